"""The clock jumps from timer to timer, and what cannot go on is reported at once."""

import asyncio
import contextlib
import math
import socket
import threading

import pytest

from capnweb_runtime.testing import virtual_time


def test_sleeping_takes_no_time_and_keeps_its_order() -> None:
    log: list[tuple[str, float]] = []

    async def sleeper(name: str, *seconds: float) -> None:
        for each in seconds:
            await asyncio.sleep(each)
            log.append((name, asyncio.get_running_loop().time()))

    async def main() -> str:
        await asyncio.gather(sleeper("a", 3600, 3600), sleeper("b", 5400), sleeper("c", 0.001))
        return "done"

    assert virtual_time.run(main()) == "done"
    assert log == [("c", 0.001), ("a", 3600), ("b", 5400), ("a", 7200)]


def test_what_is_ready_comes_before_the_next_timer() -> None:
    async def busy() -> float:
        for _ in range(1000):
            await asyncio.sleep(0)
        return asyncio.get_running_loop().time()

    async def main() -> float:
        timer = asyncio.get_running_loop().call_later(0.001, pytest.fail, "the clock ran ahead")
        try:
            return await busy()
        finally:
            timer.cancel()

    assert virtual_time.run(main()) == 0


def test_timeouts_pass() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(asyncio.get_running_loop().create_future(), 30)
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30 * 24 * 3600):  # more than a loop sleeps at once
                await asyncio.Event().wait()
        return asyncio.get_running_loop().time()

    assert virtual_time.run(main()) == pytest.approx(30 + 30 * 24 * 3600)


def test_time_elapses() -> None:
    async def main() -> list[str]:
        loop, log = asyncio.get_running_loop(), list[str]()
        loop.call_later(5, log.append, "within")
        late = loop.call_later(5.5, log.append, "after")
        await virtual_time.elapse(2)
        await virtual_time.elapse(3)
        assert loop.time() == 5
        late.cancel()
        return log

    assert virtual_time.run(main()) == ["within"]


def test_time_does_not_elapse_on_another_loop() -> None:
    with pytest.raises(RuntimeError, match="whose clock does not jump"):
        asyncio.run(virtual_time.elapse(3600))


@pytest.mark.parametrize("seconds", [-1, math.inf, math.nan])
def test_no_such_time_elapses(seconds: float) -> None:
    with pytest.raises(ValueError, match="cannot elapse"):
        virtual_time.run(virtual_time.elapse(seconds))


def test_a_deadlock_is_reported_with_what_waits() -> None:
    ended: list[str] = []

    async def waits_for_nobody() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            ended.append("cancelled")

    async def main() -> None:
        guest = asyncio.create_task(waits_for_nobody(), name="the guest")
        await asyncio.sleep(2)
        await guest

    with pytest.raises(virtual_time.DeadlockError) as caught:
        virtual_time.run(main())
    report = str(caught.value)
    assert report.startswith("deadlock at 2 s")
    assert "the guest" in report
    assert "in test_a_deadlock_is_reported_with_what_waits.<locals>.waits_for_nobody" in report
    assert ended == ["cancelled"]


def test_a_timer_that_was_cancelled_is_none() -> None:
    async def main() -> None:
        asyncio.get_running_loop().call_later(5, pytest.fail, "it was cancelled").cancel()
        await asyncio.Event().wait()

    with pytest.raises(virtual_time.DeadlockError, match="deadlock at 0 s"):
        virtual_time.run(main())


def test_threads_of_the_loop_are_waited_for() -> None:
    release = threading.Event()

    async def main() -> str:
        # The thread goes on once the loop has begun to wait for it.
        asyncio.get_running_loop().call_soon(release.set)
        return await asyncio.to_thread(lambda: "done" if release.wait(30) else "late")

    assert virtual_time.run(main()) == "done"


def test_a_socket_is_waited_for_where_there_is_no_timer() -> None:
    async def main() -> bytes:
        here, there = socket.socketpair()
        with contextlib.closing(here), contextlib.closing(there):
            here.setblocking(False)
            sender = threading.Timer(0.02, there.sendall, [b"hello"])
            sender.start()
            try:
                return await asyncio.get_running_loop().sock_recv(here, 10)
            finally:
                sender.join()

    assert virtual_time.run(main()) == b"hello"


def test_an_error_of_the_program_comes_out() -> None:
    async def main() -> None:
        await asyncio.sleep(1)
        raise ValueError("of the program")

    with pytest.raises(ValueError, match="of the program"):
        virtual_time.run(main(), debug=True)
