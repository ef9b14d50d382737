"""Opening, losing, opening again, and the end of it."""

import asyncio
from typing import Any

import pytest
from websockets.datastructures import Headers
from websockets.exceptions import InvalidStatus, InvalidURI
from websockets.http11 import Response

import capnweb_runtime as rpc
from capnweb_runtime.testing.virtual_time import elapse
from tests.aio.pairs import quiet
from tests.reconnect.site import STEADY, Site, in_virtual_time


def now() -> float:
    return asyncio.get_running_loop().time()


@in_virtual_time
async def test_the_first_session_is_waited_for() -> None:
    async with Site() as site:
        site.up = False
        told: list[tuple[str, float]] = []

        def tell(error: Exception, delay: float) -> None:
            told.append((str(error), delay))
            site.up = len(told) == 3

        connection = site.connect(on_disconnect=tell)
        with pytest.raises(RuntimeError, match="no session"):
            _ = connection.session
        async with connection as api:
            assert site.attempts == [0, 1, 3, 7]
            assert await api.number() == 1
            assert connection.session is connection.session
            assert connection.stats() == (True, 1, 3, 0)
        assert told == [("down", 1), ("down", 2), ("down", 4)]


@in_virtual_time
async def test_waits_grow_and_begin_anew_after_a_session_that_lasted() -> None:
    async with Site() as site, site.connect() as api:
        await site.go_down()
        await elapse(16)
        assert site.attempts == [0, 1, 3, 7, 15]
        site.up = True
        await elapse(8)
        assert site.attempts[-1] == 23
        await elapse(8)
        await site.lose()  # after 9 seconds, which is too soon
        assert await api.number() == 3
        assert site.attempts[-1] == now() == 32 + 8
        await elapse(10)
        await site.lose()
        assert await api.number() == 4
        assert site.attempts[-1] == now() == 50 + 1


@in_virtual_time
async def test_a_server_that_takes_clients_and_drops_them_is_not_hammered() -> None:
    async with Site() as site:

        async def fail(_: rpc.DynamicStub) -> None:
            await site.sessions[-1].aclose()

        async with site.connect(on_connect=fail):
            await elapse(30)
            assert site.attempts == [0, 1, 3, 7, 15, 23]


@in_virtual_time
async def test_giving_up_after_a_number_of_attempts() -> None:
    async with Site() as site:
        backoff = rpc.Backoff(initial=1, jitter=0, attempts=3)
        connection = site.connect(backoff)
        async with connection as api:
            broken: list[BaseException] = []
            undone: list[BaseException] = []
            api.on_broken(broken.append)
            api.on_broken(undone.append).undo()
            await site.lose()
            assert await api.number() == 2
            assert broken == [], "an interruption is not the end"
            await elapse(10)
            await site.go_down()
            waiting = asyncio.ensure_future(api.number())
            with pytest.raises(rpc.NotConnectedError, match="the connection was given up: down"):
                await waiting
            assert len(site.attempts) == 2 + 3
            with pytest.raises(rpc.NotConnectedError) as caught:
                await api.number()
            assert caught.value.__cause__ is site.refuse
            assert broken == [caught.value]
            late: list[BaseException] = []
            api.on_broken(late.append)
            assert late == broken
            assert undone == []
        with pytest.raises(ConnectionRefusedError):
            await site.connect(backoff)


@in_virtual_time
async def test_what_is_hopeless_is_not_tried_again() -> None:
    refused = InvalidStatus(Response(401, "Unauthorized", Headers()))
    unavailable = InvalidStatus(Response(503, "Service Unavailable", Headers()))
    fault = KeyError("a fault of this program")
    for error, hopeless in [
        (refused, True),
        (unavailable, False),
        (InvalidURI("x", "is no URL"), True),
        (fault, True),
        (ExceptionGroup("", [OSError(), fault]), True),
        (ExceptionGroup("", [OSError()]), False),
        (rpc.RemoteErrorGroup("", [KeyError()]), False),
        (rpc.ConnectionLostError(""), False),
        (rpc.CallError(""), True),
        (TimeoutError(), False),
    ]:
        assert rpc.is_hopeless(error) is hopeless
    async with Site() as site:
        site.up = False
        site.refuse = refused
        with pytest.raises(InvalidStatus):
            await site.connect()
        assert site.attempts == [0]


@in_virtual_time
async def test_a_wrong_password_is_not_tried_again() -> None:
    async with Site() as site:
        with pytest.raises(rpc.RemoteError, match="wrong") as caught:
            await site.connect(on_connect=lambda api: api.authenticate("wrong"))
        assert isinstance(caught.value, PermissionError)
        assert len(site.attempts) == 1


@in_virtual_time
async def test_what_on_connect_cancels_itself_is_an_attempt_that_failed() -> None:
    async def cancelled(_: object) -> None:
        task = asyncio.get_running_loop().create_task(elapse(1))
        task.cancel()
        await task

    async with Site() as site:
        with pytest.raises(RuntimeError, match="cancelled from within") as caught:
            await site.connect(on_connect=cancelled)
        assert isinstance(caught.value.__cause__, asyncio.CancelledError)
        failing = [cancelled, cancelled]

        async def at_first(api: object) -> None:
            if failing:
                await failing.pop()(api)

        async with site.connect(on_connect=at_first, give_up=lambda _: False) as api:
            assert await api.number() == 4


@in_virtual_time
async def test_when_to_give_up_is_the_applications_choice() -> None:
    async with Site() as site:
        tokens = ["wrong", "wrong", "secret"]
        log_in = lambda api: api.authenticate(tokens.pop(0))  # noqa: E731
        async with site.connect(on_connect=log_in, give_up=lambda _: False) as authed:
            assert await authed.number() == 3

        def faulty(error: Exception) -> bool:
            raise ZeroDivisionError

        site.up = False
        with pytest.raises(ZeroDivisionError):
            await site.connect(give_up=faulty)


@in_virtual_time
async def test_on_connect_takes_the_capabilities_again() -> None:
    async with Site() as site:
        given: list[Any] = []

        async def log_in(api: rpc.DynamicStub) -> rpc.DynamicStub:
            given.append(await api.number())
            with api:  # does not close the session
                authed: rpc.DynamicStub = await api.authenticate("secret")
            return authed

        async with site.connect(on_connect=log_in) as authed:
            assert type(authed) is rpc.DynamicStub
            assert await authed.number() == 1
            hanging = asyncio.ensure_future(authed.hang())
            await site.hanging.wait()
            await site.go_down()
            waiting = asyncio.ensure_future(authed.number())
            with pytest.raises(rpc.InterruptedCallError):
                await hanging
            site.up = True
            assert await waiting == 2
            assert given == [1, 2]
        # Before what waits:
        assert site.calls[-3:] == ["number 2", "authenticate 2", "number 2"]


@in_virtual_time
async def test_on_connect_may_give_nothing_or_a_promise() -> None:
    async with Site() as site:

        async def nothing(api: rpc.DynamicStub) -> None:
            await api.same("on_connect")

        async def promise(api: rpc.DynamicStub) -> rpc.DynamicStub:
            return api.authenticate("secret")

        async def number(api: rpc.DynamicStub) -> Any:
            return 3

        async with site.connect(on_connect=nothing) as api:
            assert await api.number() == 1
        async with site.connect(on_connect=promise) as authed:
            assert await authed.number() == 2
        with pytest.raises(TypeError, match="on_connect must give a stub or None, not 3"):
            await site.connect(on_connect=number)


@in_virtual_time
async def test_a_session_that_ends_during_on_connect_is_an_attempt_that_failed() -> None:
    async with Site() as site:
        errors: list[Exception] = []

        async def log_in(api: rpc.DynamicStub) -> None:
            if len(site.sessions) == 1:
                await asyncio.gather(api.hang(), site.lose())
            if len(site.sessions) == 2:
                await site.lose()
            if len(site.sessions) == 3:
                await api.hang()  # for ever

        async with site.connect(
            on_disconnect=lambda error, _: errors.append(error),
            on_connect=log_in,
            attempt_timeout=5,
        ) as api:
            assert await api.number() == 4
        assert [str(error) for error in errors] == [
            "the peer closed: 1001",
            "the peer closed: 1001",
            "there was no session within 5 seconds",
        ]
        assert site.attempts == [0, 1, 3, 3 + 5 + 4]


@in_virtual_time
async def test_what_this_side_offers_is_offered_again_and_released_once() -> None:
    class Local(rpc.Target):
        released = 0

        def number(self) -> int:
            return 42

        def __exit__(self, *_: object) -> None:
            self.released += 1

    local = Local()
    async with Site() as site:
        async with site.connect(local=local) as api:
            for _ in range(3):
                assert await api.ask_local() == 42
                await site.lose()
                await elapse(10)
            assert local.released == 0
        await quiet()
        assert local.released == 1


@in_virtual_time
async def test_closing_ends_all_at_once() -> None:
    async with Site() as site:
        connection = site.connect()
        async with connection as api:
            hanging = asyncio.ensure_future(api.hang())
            await site.hanging.wait()
        with pytest.raises(rpc.SessionClosedError):
            await hanging
        with pytest.raises(rpc.SessionClosedError):
            await api.number()
        await connection.aclose()
        assert len(site.attempts) == 1, "no attempt after the end"
        with pytest.raises(RuntimeError, match="opened once"):
            await connection


@in_virtual_time
async def test_closing_during_a_wait() -> None:
    async with Site() as site:
        async with site.connect(max_wait=100) as api:
            await site.go_down()
            waiting = asyncio.ensure_future(api.number())
            await quiet()
        with pytest.raises(rpc.SessionClosedError):
            await waiting
        assert now() == 0


@in_virtual_time
async def test_closing_during_an_attempt() -> None:
    async with Site() as site:
        attempts: list[rpc.Transport] = []
        trying = asyncio.Event()

        async def opened() -> rpc.Transport:
            attempts.append(await site.open())
            if len(attempts) > 1:
                trying.set()
                await asyncio.get_running_loop().create_future()
            return attempts[0]

        async with rpc.connect(opened, reconnect=STEADY):
            await site.lose()
            await trying.wait()
        assert len(attempts) == 2
        await site.sessions[1].aclose()


@in_virtual_time
async def test_closing_during_on_connect() -> None:
    async with Site() as site:

        async def log_in(api: rpc.DynamicStub) -> None:
            if len(site.sessions) == 2:
                await api.hang()

        async with site.connect(on_connect=log_in):
            await site.lose()
            await site.hanging.wait()
        assert site.sessions[1].reason is not None


@in_virtual_time
async def test_closing_from_on_connect() -> None:
    async with Site() as site:

        async def log_in(api: rpc.DynamicStub) -> None:
            if len(site.sessions) == 2:
                await connection.aclose()

        connection = site.connect(on_connect=log_in)
        async with connection as api:
            await site.lose()
            with pytest.raises(rpc.SessionClosedError):
                await api.number()


@in_virtual_time
async def test_the_opening_task_is_cancelled() -> None:
    async with Site() as site:

        async def log_in(api: rpc.DynamicStub) -> None:
            await api.hang()

        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3):
                await site.connect(on_connect=log_in)
        assert site.sessions[0].reason is not None
        site.up = False
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(3.5):
                await site.connect()
        assert len(site.attempts) == 1 + 3


@in_virtual_time
async def test_disposing_of_the_stub_closes() -> None:
    async with Site() as site:
        connection = site.connect()
        api = await connection
        api.dispose()
        await site.sessions[0].wait_closed()
        with pytest.raises(rpc.DisposedError):
            await api.number()
        await elapse(100)
        assert len(site.attempts) == 1
        await connection.aclose()


@in_virtual_time
async def test_a_session_that_is_closed_by_hand_is_opened_again() -> None:
    async with Site() as site:
        connection = site.connect()
        async with connection as api:
            hanging = asyncio.ensure_future(api.hang())
            await site.hanging.wait()
            await connection.session.aclose()
            with pytest.raises(rpc.InterruptedCallError):
                await hanging
            assert await api.number() == 2


@in_virtual_time
async def test_a_fault_of_the_peer_is_an_end_like_any_other() -> None:
    near, far = rpc.memory_pair()
    far.send(["nonsense"])
    async with Site() as site:
        errors: list[Exception] = []

        async def opened() -> rpc.Transport:
            return await site.open() if errors else near

        async with rpc.connect(
            opened, reconnect=STEADY, on_disconnect=lambda error, _: errors.append(error)
        ) as api:
            await quiet()
            assert [type(error) for error in errors] == [rpc.ProtocolError]
            assert await api.number() == 1


@in_virtual_time
async def test_callbacks_of_each_session() -> None:
    async with Site() as site:
        closes: list[tuple[int, str]] = []
        async with site.connect(on_close=lambda *close: closes.append(close)) as api:
            await site.lose()
            await api.number()
        assert closes == [(1001, ""), (1000, "")]
