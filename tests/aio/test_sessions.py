"""Sessions as users see them, joined in memory."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet


class Counter(rpc.Target):
    """Counts, and notes when nobody refers to it any more."""

    def __init__(self, log: list[str], name: str = "counter") -> None:
        self._log = log
        self._name = name
        self.value = 0

    def increment(self, by: int = 1) -> int:
        self.value += by
        return self.value

    def __exit__(self, *exc: object) -> None:
        self._log.append(f"{self._name} is done")


class Api(rpc.Target):
    def __init__(self) -> None:
        self.log: list[str] = []
        self.kept: list[rpc.DynamicStub] = []
        self.gate = asyncio.Event()

    def note(self, text: str) -> None:
        self.log.append(text)

    async def note_later(self, text: str) -> None:
        self.log.append(text)

    def echo(self, value: object) -> object:
        return value

    async def wait(self) -> str:
        self.log.append("waiting")
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            self.log.append("cancelled")
            raise
        return "through"

    def counter(self, name: str = "counter") -> Counter:
        return Counter(self.log, name)

    def keep(self, callback: rpc.DynamicStub) -> None:
        self.kept.append(callback.dup())

    async def call(self, function: rpc.DynamicStub, value: object) -> object:
        return await function(value)


def run(test: Callable[[Api, Any, rpc.Session[rpc.DynamicStub]], Awaitable[None]]) -> None:
    """Run a test with an Api, a client's stub of it, and the server's session."""

    async def main() -> None:
        target = Api()
        async with joined(target) as (api, server):
            await test(target, api, server)
            for stub in target.kept:
                stub.dispose()
            del api

    asyncio.run(main())


def test_handlers_start_in_the_order_of_their_calls() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        calls = [
            api.note("1"),
            api.note_later("2"),
            api.note("3"),
            api.note_later("4"),
            api.note_later("5"),
            api.note("6"),
        ]
        await asyncio.gather(*calls)
        assert target.log == ["1", "2", "3", "4", "5", "6"]

    run(test)


def test_call_with_open_promise_is_overtaken() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        slow = api.note(api.wait())
        await api.note("fast")
        assert target.log == ["waiting", "fast"]
        target.gate.set()
        await slow
        assert target.log == ["waiting", "fast", "through"]

    run(test)


def test_call_that_was_awaited_and_given_up_is_cancelled() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        task = asyncio.ensure_future(api.wait())
        await quiet()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        del task
        await quiet()
        assert target.log == ["waiting", "cancelled"]

    run(test)


def test_call_that_nobody_awaits_runs_to_its_end() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        api.wait()
        await quiet()
        target.gate.set()
        await quiet()
        assert target.log == ["waiting"]

    run(test)


def test_closing_cancels_handlers_and_fails_calls() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        pending = asyncio.ensure_future(api.wait())
        await quiet()
        await server.aclose()
        with pytest.raises(rpc.ConnectionLostError):
            await pending
        await quiet()
        assert target.log == ["waiting", "cancelled"]
        with pytest.raises(rpc.ConnectionLostError):
            await api.echo(1)

    run(test)


def test_disposing_of_the_main_stub_closes_the_session() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        pending = asyncio.ensure_future(api.wait())
        await quiet()
        api.dispose()
        with pytest.raises(rpc.SessionClosedError):
            await pending
        await server.wait_closed()
        assert isinstance(server.reason, rpc.ConnectionLostError)

    run(test)


def test_disposer_runs_once_when_the_last_reference_goes() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        first = await api.counter("a")
        second = first.dup()
        first.dispose()
        first.dispose()
        assert await second.increment(2) == 2
        assert target.log == []
        second.dispose()
        await quiet()
        assert target.log == ["a is done"]

    run(test)


def test_target_returned_twice_is_told_once() -> None:
    class Shared(rpc.Target):
        def __init__(self) -> None:
            self.log: list[str] = []
            self.counter = Counter(self.log)

        def pair(self) -> list[Counter]:
            return [self.counter, self.counter]

    async def main() -> None:
        target = Shared()
        async with joined(target) as (api, _):
            with api.pair() as pair:
                one, two = await pair
                assert await one.increment() == 1
                assert await two.increment() == 2
                one.dispose()
                await quiet()
                assert target.log == []
            await quiet()
            assert target.log == ["counter is done"]

    asyncio.run(main())


def test_async_disposer() -> None:
    log: list[str] = []

    class Resource(rpc.Target):
        async def __aexit__(self, *exc: object) -> None:
            await asyncio.sleep(0)
            log.append("closed")

    async def main() -> None:
        async with joined(Api()) as (api, _):
            assert await api.echo(Resource()) is not None
            await quiet()
        await quiet()

    asyncio.run(main())
    assert log == ["closed"]


def test_forgotten_stubs_and_promises_are_released() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        counter = await api.counter()
        assert await counter.increment() == 1
        assert await api.counter("other").increment(5) == 5
        del counter
        await quiet()
        assert sorted(target.log) == ["counter is done", "other is done"]
        assert server.stats() == (1, 1)

    run(test)


def test_value_outlives_its_promise() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        counters = await api.echo([api.counter("a"), api.counter("b")])
        await quiet()
        assert [await counter.increment() for counter in counters] == [1, 1]

    run(test)


def test_with_disposes_of_the_stubs_in_the_value() -> None:
    async def test(target: Api, api: Any, _: object) -> None:
        with api.counter() as promise:
            counter = await promise
        with pytest.raises(rpc.DisposedError):
            await counter.increment()

    run(test)


def test_callbacks_are_released_when_the_call_ends_unless_kept() -> None:
    """API-01."""

    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        heard: list[object] = []
        assert await api.call(lambda value: [value, value], 4) == [4, 4]
        await quiet()
        assert server.stats() == (1, 1)
        await api.keep(heard.append)
        await quiet()
        assert server.stats().imports == 2
        await target.kept[0]("later")
        assert heard == ["later"]

    run(test)


def test_errors_travel_by_name_and_message() -> None:
    class NotFoundError(Exception):
        pass

    class Failing(rpc.Target):
        def fail(self, kind: str) -> None:
            raise {
                "value": ValueError("bad"),
                "own": NotFoundError("nothing here"),
                "key": KeyError("k"),
                "exit": SystemExit(1),
                "cancelled": asyncio.CancelledError(),
            }[kind]

        async def fail_later(self, kind: str) -> None:
            await asyncio.sleep(0)
            self.fail(kind)

    async def main() -> None:
        async with joined(Failing()) as (api, _):
            for method in (api.fail, api.fail_later):
                with pytest.raises(ValueError, match=r"^bad$") as caught:
                    await method("value")
                assert isinstance(caught.value, rpc.RemoteError)
                with pytest.raises(rpc.RemoteError, match="NotFoundError: nothing here"):
                    await method("own")
                with pytest.raises(KeyError, match="k"):
                    await method("key")
                with pytest.raises(rpc.RemoteError, match="SystemExit"):
                    await method("exit")
                with pytest.raises(rpc.RemoteError, match="CancelledError"):
                    await method("cancelled")

    asyncio.run(main())


def test_on_broken_can_be_undone() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        reasons: list[str] = []
        counter = await api.counter()
        counter.on_broken(lambda reason: reasons.append(f"first {type(reason).__name__}"))
        undone = api.on_broken(lambda _: reasons.append("undone"))
        api.on_broken(lambda _: reasons.append("last"))
        undone.undo()
        await server.aclose()
        await quiet()
        assert reasons == ["first ConnectionLostError", "last"]

    run(test)


def test_failing_callbacks_of_the_application_are_reported_and_harm_nothing() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        told: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))
        reasons: list[BaseException] = []

        def fail(reason: BaseException) -> None:
            raise RuntimeError("of the application")

        api.nothing().on_broken(fail)
        promise = api.nothing()
        promise.on_broken(fail)
        with pytest.raises(TypeError):
            await promise
        assert await api.echo(1) == 1, "the session goes on"
        api.on_broken(fail)
        api.on_broken(reasons.append)
        await server.aclose()
        await quiet()
        assert len(reasons) == 1
        assert {str(context["exception"]) for context in told} == {"of the application"}

    run(test)


def test_promises_refuse_what_would_be_nonsense() -> None:
    """STUB-07."""

    async def test(target: Api, api: Any, _: object) -> None:
        promise = api.echo([1, 2])
        with pytest.raises(TypeError, match="await it first"):
            bool(promise)
        with pytest.raises(TypeError, match="await it first"):
            f"{promise}"
        with pytest.raises(TypeError):
            list(promise)
        with pytest.raises(TypeError):
            1 in promise  # noqa: B015
        with pytest.raises(AttributeError):
            promise.__wrapped__  # noqa: B018 (what is looked for by inspect and others)
        with pytest.raises(AttributeError):
            promise.name = "value"
        assert repr(promise.name) == "<DynamicPromise.name>"
        assert await promise[1] == 2
        assert await promise == await promise

    run(test)


def test_argument_that_cannot_be_sent_raises_at_the_call() -> None:
    async def test(target: Api, api: Any, server: rpc.Session[rpc.DynamicStub]) -> None:
        counter = Counter(target.log, "local")
        with pytest.raises(rpc.EncodeError, match=r"arguments\[0\]\.items\[1\]: object"):
            api.echo({"items": [counter, object()]})
        await quiet()
        assert target.log == ["local is done"], "an argument belongs to the callee, even so"
        assert await api.echo("fine") == "fine"

    run(test)


def test_result_that_cannot_be_sent_rejects_the_call() -> None:
    class Odd(rpc.Target):
        def odd(self) -> object:
            return {"items": [1, {2, 3}]}

    async def main() -> None:
        async with joined(Odd()) as (api, _):
            with pytest.raises(TypeError, match=r"result\.items\[1\]: set cannot be sent"):
                await api.odd()

    asyncio.run(main())


def test_local_stub_behaves_as_a_remote_one() -> None:
    """STUB-06."""

    async def main() -> None:
        target = Api()
        api: Any = rpc.stub_of(target)
        value = {"list": [1, [2]]}
        copy = await api.echo(value)
        assert copy == value
        assert copy is not value
        assert await api.counter().increment(3) == 3
        await quiet()
        assert target.log == ["counter is done"]

    asyncio.run(main())


def test_main_object_must_go_by_reference() -> None:
    async def main() -> None:
        near, _ = rpc.memory_pair()
        with pytest.raises(rpc.CallError, match=r"a dict does not go by reference: inherit"):
            rpc.accept(near, {})

    asyncio.run(main())
