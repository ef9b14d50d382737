"""Many sessions that are held open while some are busy."""

import asyncio
import contextlib
import resource
from collections.abc import Iterator
from typing import Any, Final

import pytest

import capnweb_runtime as rpc
from tests.faults.proxy import HOST

HELD: Final = 500
BUSY: Final = 50
CALLS: Final = 60  # of each busy session, each with a callback: 3,000 calls, and as many back

#: Both ends of each session are in this process, and other things are open, too.
FILES: Final = 2 * (HELD + BUSY) + 200


class Room(rpc.Target):
    """Keeps a callback of each client."""

    def __init__(self) -> None:
        self.listeners: list[Any] = []

    def listen(self, listener: Any) -> int:
        self.listeners.append(listener.dup())
        return len(self.listeners)

    async def say(self, text: str) -> list[object]:
        """Tell all; gives what they answered."""
        answers: list[object] = await asyncio.gather(
            *(listener(text) for listener in self.listeners)
        )
        return answers


class Door(rpc.Target):
    """What each client gets: the room is everybody's."""

    def __init__(self, room: Room) -> None:
        self._room = room

    def listen(self, listener: Any) -> int:
        return self._room.listen(listener)

    async def ask(self, number: int, callback: Any) -> object:
        return await callback(number)


@pytest.fixture
def enough_files() -> Iterator[None]:
    """As many open files as it takes; a system that forbids so many cannot show what is tested."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    unlimited = resource.RLIM_INFINITY
    assert hard == unlimited or hard >= FILES, f"needs {FILES} open files: see `ulimit -Hn`"
    if soft != unlimited and soft < FILES:
        resource.setrlimit(resource.RLIMIT_NOFILE, (FILES, hard))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


async def _work(api: Any, name: int) -> None:
    """Calls with a callback each, three under way at a time."""
    some = asyncio.Semaphore(3)

    async def call(number: int) -> None:
        async with some:
            assert await api.ask(number, lambda n: [name, n]) == [name, number]

    await asyncio.gather(*(call(number) for number in range(CALLS)))


@pytest.mark.usefixtures("enough_files")
def test_many_are_held_while_some_are_busy() -> None:
    async def main() -> None:
        room = Room()
        heard: list[str] = []

        def listener(text: str) -> str:
            heard.append(text)
            return text

        async with (
            rpc.serve(lambda: Door(room), HOST, 0) as server,
            contextlib.AsyncExitStack() as clients,
        ):
            url = f"ws://{HOST}:{server.port}"
            held = [rpc.connect(url) for _ in range(HELD)]
            for connection in held:
                api = await clients.enter_async_context(connection)
                await api.listen(listener)
            sessions = [connection.session for connection in held]
            busy = [await clients.enter_async_context(rpc.connect(url)) for _ in range(BUSY)]
            far_ends = [session for session in server.sessions if session.stats().imports == 2]
            assert len(far_ends) == HELD

            async with asyncio.TaskGroup() as work:
                for name, api in enumerate(busy):
                    work.create_task(_work(api, name))
                rounds = [work.create_task(room.say(f"round {n}")) for n in range(3)]
            for n, said in enumerate(rounds):
                assert said.result() == [f"round {n}"] * HELD
            assert len(heard) == 3 * HELD

            # What has been called is released by now, but for what is on its way.
            for connection in held:
                await connection.session.main["anything"]
            assert all(session.stats().exports == 2 for session in sessions), "the listeners"
            assert all(session.stats().imports == 2 for session in far_ends), "the listeners"
            assert all(session.reason is None for session in [*sessions, *server.sessions])
            for each in room.listeners:
                each.dispose()
        assert server.sessions == frozenset()
        assert all(session.stats() == (0, 0) for session in sessions)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(main())
