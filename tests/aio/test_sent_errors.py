"""Errors between two sessions: their properties, and the option `on_send_error` (API-03)."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from capnweb_runtime.errors import OnSendError
from tests.aio.pairs import joined, quiet
from tests.loops import run


class Failure(Exception):  # noqa: N818
    """An exception that offers what a test gives it."""

    def __init__(self, message: str = "no", **properties: object) -> None:
        super().__init__(message)
        self.properties = properties

    def rpc_properties(self) -> Mapping[str, object]:
        return self.properties


class Thing(rpc.Target):
    def __init__(self) -> None:
        self.disposed = 0

    def ping(self) -> str:
        return "pong"

    def __exit__(self, *exc: object) -> None:
        self.disposed += 1


class Api(rpc.Target):
    def __init__(self, *errors: BaseException) -> None:
        self._errors = list(errors)
        self.received: list[Any] = []

    def throw(self, index: int = 0) -> None:
        raise self._errors[index]

    def get(self) -> list[BaseException]:
        return self._errors

    def take(self, value: object) -> None:
        self.received.append(value)

    async def wait(self) -> None:
        await asyncio.Event().wait()

    async def relay(self, function: Any) -> Any:
        return await function()


async def caught(promise: Any) -> rpc.RemoteError:
    with pytest.raises(rpc.RemoteError) as info:
        await promise
    return info.value


@asynccontextmanager
async def replacing(
    main: object, on_send_error: OnSendError
) -> AsyncIterator[tuple[rpc.DynamicStub, list[str]]]:
    """A client's stub of `main`, whose server has the option; and what was reported to the loop."""
    reports: list[str] = []
    loop = asyncio.get_running_loop()
    loop.set_exception_handler(lambda _, context: reports.append(str(context["exception"])))
    near, far = rpc.memory_pair()
    server = rpc.accept(far, main, on_send_error=on_send_error)
    async with rpc.connect(near) as api:
        yield api, reports
        await quiet()
        assert server.stats() == (1, 1)
    await server.wait_closed()


# ---- properties


def test_properties_arrive() -> None:
    """ERR-06, ERR-07, ERR-21: of an error that is thrown, and of one that is a value."""
    cause = Failure("inner", code=1)
    error = Failure("outer", code=2, request=rpc.Request("http://example.com/"))
    error.__cause__ = cause

    async def test() -> None:
        async with joined(Api(error)) as (api, _):
            for arrived in (await caught(api.throw()), (await api.get())[0]):
                assert str(arrived) == "Failure: outer"
                assert arrived.properties == {
                    "code": 2,
                    "request": rpc.Request("http://example.com/"),
                }
                assert isinstance(arrived.__cause__, rpc.RemoteError)
                assert arrived.__cause__.properties == {"code": 1}
                assert arrived.stack is None

    run(test)


def test_properties_are_passed_on() -> None:
    """ERR-06, ERR-07: what a callback fails with is what the call that made it fails with."""

    async def test() -> None:
        async with joined(Api()) as (api, _):

            def fail() -> None:
                raise ExceptionGroup("all", [Failure("a", code=5), ValueError("b")])

            error = await caught(api.relay(fail))
            assert isinstance(error, rpc.RemoteErrorGroup)
            first, second = error.exceptions
            assert isinstance(first, rpc.RemoteError)
            assert first.properties == {"code": 5}
            assert isinstance(second, ValueError)

    run(test)


def test_a_thrown_value_is_passed_on() -> None:
    """ERR-14: through a handler that knows nothing of it."""

    async def test() -> None:
        async with joined(Api()) as (api, _):

            def fail() -> None:
                raise rpc.ThrownValueError({"code": [1, None]})

            error = await caught(api.relay(fail))
            assert isinstance(error, rpc.ThrownValueError)
            assert error.value == {"code": [1, None]}

    run(test)


def test_capabilities_of_a_thrown_error() -> None:
    """ERR-10, SEC-05: dropped; they are neither exported nor disposed of."""
    thing = Thing()

    async def stream() -> AsyncIterator[int]:
        yield 1

    unread = stream()
    error = Failure(
        code=1, thing=thing, deep=[{"f": print}], stream=unread, blob=rpc.Blob(b"x"), ok=[2]
    )

    async def test() -> None:
        async with joined(Api(error)) as (api, server):
            assert (await caught(api.throw())).properties == {"code": 1, "ok": [2]}
            await quiet()
            assert server.stats() == (1, 1)
        assert [number async for number in unread] == [1], "it is still the application's"

    run(test)
    assert thing.disposed == 0


def test_capabilities_of_an_error_that_is_a_value() -> None:
    """ERR-11, ERR-09: exported, unless something beside them in the same property cannot be."""
    kept, lost = Thing(), Thing()
    error = Failure(code=1, thing=kept, mixed={"thing": lost, "bad": object()})

    async def test() -> None:
        async with joined(Api(error)) as (api, _):
            with api.get() as promise:
                [arrived] = await promise
                assert list(arrived.properties) == ["code", "thing"]
                assert await arrived.properties["thing"].ping() == "pong"
                assert (kept.disposed, lost.disposed) == (0, 1)

    run(test)
    assert (kept.disposed, lost.disposed) == (1, 1)


def test_a_full_table_does_not_stop_an_error() -> None:
    """ERR-09, LIM-01: what was exported for the property until then is taken back."""
    things = [Thing() for _ in range(10)]
    error = Failure(code=1, things=things)

    async def test() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, Api(error), limits=rpc.Limits(exports=8))
        async with rpc.connect(near) as api:
            with api.get() as promise:
                [arrived] = await promise
                assert arrived.properties == {"code": 1}
                assert server.stats() == (1, 2)
        await server.wait_closed()

    run(test)
    assert [thing.disposed for thing in things] == [1] * 10


def test_received_capabilities_of_a_thrown_error() -> None:
    """ERR-10: nobody could dispose of them, so they are released at once, and are not there."""

    async def test() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, Api())
        connection = rpc.connect(near)
        async with connection as api:
            promise = asyncio.ensure_future(caught(api.wait()))
            await quiet()
            rejected = (
                '["reject",1,["error","Error","no",null,'
                '{"a":["export",-5],"b":[[["export",-6],1]],"c":2}]]'
            )
            connection.session.received([rejected])
            assert (await promise).properties == {"b": [None, 1], "c": 2}
            assert connection.session.stats() == (1, 1)
            await connection.aclose()  # the server knows nothing of such exports
        await server.wait_closed()

    run(test)


# ---- on_send_error


def test_the_stack_is_not_sent_unless_the_option_says_so() -> None:
    """ERR-05, ERR-15, SEC-04"""

    async def test() -> None:
        for option, shown in (
            (lambda _: None, False),
            (lambda error: error, True),
        ):
            async with replacing(Api(ValueError("no")), option) as (api, _):
                error = await caught(api.throw())
                assert isinstance(error, ValueError)
                assert str(error) == "no"
                assert (error.stack is not None) is shown
                if error.stack is not None:
                    assert error.stack.startswith("Traceback (most recent call last)")
                    assert "in throw" in error.stack

    run(test)


def test_another_error_in_its_place() -> None:
    """ERR-15, ERR-16: with the properties of the one that is sent, and its stack if it has one."""

    def replace(error: BaseException) -> BaseException:
        return rpc.RemoteError(f"not {error}", "Hidden", {"code": 7})

    async def test() -> None:
        async with replacing(Api(Failure("secret", key="secret")), replace) as (api, _):
            for error in (await caught(api.throw()), (await api.get())[0]):
                assert (error.name, error.message) == ("Hidden", "not secret")
                assert error.properties == {"code": 7}
                assert error.stack is None

    run(test)


def test_the_same_error_changed() -> None:
    """ERR-16"""

    def scrub(error: BaseException) -> BaseException:
        if isinstance(error, Failure):
            error.properties.pop("secret", None)
            error.__cause__ = None
        return error

    original = Failure(code=1, secret="x")
    original.__cause__ = KeyError("secret")

    async def test() -> None:
        async with replacing(Api(original), scrub) as (api, _):
            error = await caught(api.throw())
            assert error.properties == {"code": 1}
            assert error.__cause__ is None

    run(test)


def test_every_error_is_offered() -> None:
    """ERR-15: in results and arguments, thrown and as values, causes and members of groups."""
    outer = ValueError("outer")
    outer.__cause__ = KeyError("inner")
    group = ExceptionGroup("group", [TypeError("one"), TypeError("two")])
    offered: list[str] = []

    def note(error: BaseException) -> None:
        offered.append(str(error.args[0]))

    async def test() -> None:
        async with replacing(Api(outer, group, Failure("deep", e=ValueError("in"))), note) as (
            api,
            _,
        ):
            await caught(api.throw())
            assert offered == ["outer", "inner"]
            offered.clear()
            await caught(api.throw(1))
            assert offered == ["group", "one", "two"]
            offered.clear()
            await caught(api.throw(2))
            assert offered == ["deep", "in"]
            offered.clear()
            await api.get()
            assert offered == ["outer", "inner", "group", "one", "two", "deep", "in"]
            offered.clear()
            await caught(api.nope())
            assert offered == ["'nope' is not a function."]

    run(test)


def test_errors_in_arguments_are_offered_to_the_caller_s_option() -> None:
    """ERR-15"""
    main = Api()

    async def test() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, main)
        connection = rpc.connect(near, on_send_error=lambda error: TypeError(f"not {error}"))
        async with connection as api:
            await api.take([{"a": ValueError("x")}])
        await server.wait_closed()

    run(test)
    error = main.received[0][0]["a"]
    assert isinstance(error, TypeError)
    assert str(error) == "not x"


def test_an_error_with_capabilities_is_replaced_with_them() -> None:
    """ERR-11, ERR-16: returned as it is, a value keeps its capabilities."""
    thing = Thing()

    async def test() -> None:
        async with replacing(Api(Failure(thing=thing)), lambda error: error) as (api, _):
            with api.get() as promise:
                [arrived] = await promise
                assert await arrived.properties["thing"].ping() == "pong"
            error = await caught(api.throw())
            assert error.properties == {}

    run(test)
    assert thing.disposed == 1


def test_a_replacement_for_what_is_passed_on() -> None:
    """ERR-15, ERR-16: a received error is offered as well; of its replacement all can be sent."""

    async def test() -> None:
        def replace(error: BaseException) -> BaseException:
            return Failure(str(error), url=rpc.URL("http://x"), model=(1, 2))

        async with replacing(Api(), replace) as (api, _):

            def fail() -> list[BaseException]:
                return [ValueError("a")]

            for arrived in (await api.relay(fail),):
                assert arrived[0].name == "Failure"
                assert arrived[0].properties == {"url": rpc.URL("http://x/"), "model": [1, 2]}

    run(test)


def test_a_replacement_that_is_raised_from_the_original() -> None:
    """ERR-09, ERR-15: the original is not sent within what stands for it."""

    def replace(error: BaseException) -> BaseException:
        hidden = RuntimeError("hidden")
        hidden.__cause__ = error
        return hidden

    async def test() -> None:
        async with replacing(Api(ValueError("secret")), replace) as (api, _):
            for error in (await caught(api.throw()), (await api.get())[0]):
                assert str(error) == "RuntimeError: hidden"
                assert error.__cause__ is None

    run(test)


@pytest.mark.parametrize("result", [None, "text"], ids=["raises", "no exception"])
def test_an_option_that_fails(result: Any) -> None:
    """ERR-15: what it was to hide stays hidden, and the fault is reported."""

    def broken(_: BaseException) -> BaseException | None:
        if result is None:
            raise RuntimeError("a bug in on_send_error")
        return result  # type: ignore[no-any-return]

    async def test() -> None:
        async with replacing(Api(ValueError("secret")), broken) as (api, reports):
            for error in (await caught(api.throw()), (await api.get())[0]):
                assert "secret" not in str(error)
                assert error.message == "an error that could not be prepared for being sent"
            assert len(reports) == 2
            assert "on_send_error" in reports[0]

    run(test)


def test_aborts_are_offered() -> None:
    """ERR-15"""

    async def test() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, Api(), on_send_error=lambda error: TypeError(f"hidden: {error}"))
        async with rpc.connect(near) as api:
            broken: list[BaseException] = []
            api.on_broken(broken.append)
            server.received(["nope"])
            await quiet()
            [error] = broken
            assert isinstance(error, rpc.PeerAbortedError)
            assert str(error.reason).startswith("hidden: not a JSON message")
        assert isinstance(server.reason, rpc.ProtocolError)
        await server.wait_closed()

    run(test)


def test_it_is_not_called_for_a_map() -> None:
    """ERR-17: an error in the function of a map is sent as it is."""
    main = Api()

    class Lists(rpc.Target):
        def numbers(self) -> list[int]:
            return [1, 2]

        def take(self, value: object) -> None:
            main.received.append(value)

    async def test() -> None:
        offered: list[BaseException] = []

        def note(error: BaseException) -> None:
            offered.append(error)

        near, far = rpc.memory_pair()
        server = rpc.accept(far, Lists())
        async with rpc.connect(near, on_send_error=note) as api:
            await api.numbers().map(lambda _: api.take(ValueError("x")))
        await server.wait_closed()
        assert offered == []

    run(test)
    assert [str(error) for error in main.received] == ["x", "x"]


def test_errors_of_streams_are_offered() -> None:
    """ERR-15: what a stream is aborted with is an argument."""

    class Streams(rpc.Target):
        async def numbers(self) -> AsyncIterator[int]:
            yield 1
            raise ValueError("secret")

    async def test() -> None:
        async with replacing(Streams(), lambda _: TypeError("hidden")) as (api, _):
            with api.numbers() as promise:
                stream = await promise
                assert await anext(stream) == 1
                with pytest.raises(TypeError, match="hidden"):
                    await anext(stream)

    run(test)


class Loud(Exception):  # noqa: N818
    @override
    def __str__(self) -> str:
        raise RuntimeError("not even this")


def test_an_error_of_which_nothing_can_be_said() -> None:
    """ERR-09: it arrives all the same, also where its stack is to be sent."""

    async def test() -> None:
        async with replacing(Api(Loud()), lambda error: error) as (api, _):
            error = await caught(api.throw())
            assert error.name == "Loud"

    run(test)


def test_many_causes() -> None:
    """ERR-09: as many as the peer would take are sent, with the option fewer; never none."""
    error: BaseException = ValueError("first")
    for number in range(300):
        outer = ValueError(str(number))
        outer.__cause__ = error
        error = outer

    async def test() -> None:
        async with joined(Api(error)) as (api, _):
            assert count(await caught(api.throw())) == 256
        async with replacing(Api(error), lambda _: None) as (api, _):
            assert count(await caught(api.throw())) > 100

    def count(found: BaseException | None) -> int:
        length = 0
        while found is not None:
            found = found.__cause__
            length += 1
        return length

    run(test)
