"""The objects that Python offers to Node: what api.mjs is for the other direction.

Nothing here waits for time. A call that must not settle yet waits for `release()`, and whatever the
tests have to see is written to the journal of a `World`, which all connections of one test share.
"""

import asyncio
from datetime import UTC, datetime
from typing import Any

import capnweb_runtime as rpc

#: How long something that has to happen may take before it is reported as missing.
PATIENCE_SECONDS = 10.0


class World:
    """What happened, in order, and a shelf of stubs that outlive the connection they came by."""

    def __init__(self) -> None:
        self.journal: list[str] = []
        self.shelf: dict[str, Any] = {}
        self._news = asyncio.Event()

    def log(self, line: str) -> None:
        """Note an event that a test may want to see."""
        self.journal.append(line)
        self._news.set()

    async def logged(self, line: str, count: int = 1) -> None:
        """Wait until `line` was noted `count` times."""
        try:
            async with asyncio.timeout(PATIENCE_SECONDS):
                while self.journal.count(line) < count:
                    self._news.clear()
                    await self._news.wait()
        except TimeoutError:
            raise AssertionError(f"not logged {count}x: {line!r}, but {self.journal}") from None


class Counter(rpc.Target):
    """A by-reference object whose disposer tells that it ran."""

    def __init__(self, world: World, start: int = 0, label: str = "counter") -> None:
        self._world = world
        self._value = start
        self._label = label
        self.exposed = "an attribute of the instance"

    def increment(self, by: int = 1) -> int:
        self._value += by
        return self._value

    @property
    def value(self) -> int:
        return self._value

    @property
    def broken(self) -> int:
        raise ValueError("this property cannot be read")

    def __exit__(self, *exc: object) -> None:
        self._world.log(f"dispose {self._label}")


class NotFound(Exception):  # noqa: N818 (an application may name its exceptions as it likes)
    """An application's own exception."""


#: What `fail` raises.
EXCEPTIONS: dict[str, type[BaseException]] = {
    kind.__name__: kind
    for kind in (
        *(Exception, TypeError, ValueError, KeyError, IndexError, ZeroDivisionError),
        *(NotImplementedError, PermissionError, OSError, TimeoutError, NotFound),
        *(SystemExit, KeyboardInterrupt, GeneratorExit, asyncio.CancelledError, BaseException),
    )
}


class PythonApi(rpc.Target):
    """The main object of a connection."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._kept: list[Any] = []
        self._waiting: list[asyncio.Future[None]] = []

    # --- values

    def square(self, n: int) -> int:
        return n * n

    async def greet(self, name: str) -> str:
        return f"Hello, {name}!"

    def echo(self, value: Any) -> Any:
        return value

    def nothing(self) -> None:
        """A method that says that it has no result."""

    def get_user(self, user_id: int) -> dict[str, Any]:
        return {
            "id": user_id,
            "name": f"user {user_id}",
            "friends": [user_id + 1, user_id + 2],
            "address": {"city": "Oslo", "zip": None},
        }

    @property
    def motd(self) -> str:
        return "be kind"

    @property
    def data(self) -> dict[str, Any]:
        """One of each kind that a path may lead to, or end at."""
        return {
            "deep": {"list": [10, 20, {"c": "end"}]},
            "none": None,
            "text": "abc",
            "number": 7,
            "bytes": b"abc",
            "date": datetime(2020, 1, 2, tzinfo=UTC),
            "error": NotFound("gone"),
            "keys": "a member called like a method of dict",
        }

    # --- errors

    def fail(self, kind: str, message: str) -> None:
        raise EXCEPTIONS[kind](message)

    async def fail_later(self, kind: str, message: str) -> None:
        await asyncio.sleep(0)  # a turn of the loop
        raise EXCEPTIONS[kind](message)

    # --- calls that stay open

    async def slow(self, value: Any) -> Any:
        """Answers `value` once `release()` is called. Start and cancellation are in the journal."""
        self._world.log("slow waits")
        waiting = asyncio.get_running_loop().create_future()
        self._waiting.append(waiting)
        try:
            await waiting
        except asyncio.CancelledError:
            self._world.log("slow cancelled")
            raise
        self._world.log("slow goes on")
        return value

    def release(self) -> int:
        """Lets all calls of `slow` go on and tells how many there were."""
        waiting, self._waiting = self._waiting, []
        for future in waiting:
            if not future.done():
                future.set_result(None)
        return len(waiting)

    def log(self, line: str) -> None:
        self._world.log(line)

    async def log_later(self, line: str) -> None:
        self._world.log(line)

    # --- objects by reference

    def make_counter(self, start: int = 0, label: str = "counter") -> Counter:
        return Counter(self._world, start, label)

    async def make_later(self, start: int) -> Counter:
        await asyncio.sleep(0)
        return Counter(self._world, start, "late")

    async def increment_counter(self, counter: Any, by: int = 1) -> Any:
        return await counter.increment(by)

    def give_back(self, stub: Any) -> Any:
        """The same stub, back to where it came from."""
        return stub.dup()

    def me(self) -> "PythonApi":
        return self

    @property
    def counter(self) -> Counter:
        """A new one for each read."""
        return Counter(self._world, 100, "read")

    def put(self, name: str, stub: Any) -> None:
        """Keeps a stub beyond this connection: another one may `take` it."""
        self._world.shelf[name] = stub.dup()

    def take(self, name: str) -> Any:
        return self._world.shelf[name].dup()

    def discard(self, name: str) -> None:
        self._world.shelf.pop(name).dispose()

    # --- callbacks

    async def call_it(self, function: Any, *args: Any) -> Any:
        """Calls `function` within this call, while the parameter is ours."""
        return await function(*args)

    def keep(self, callback: Any) -> int:
        """Keeps a callback beyond this call."""
        self._kept.append(callback.dup())
        return len(self._kept)

    async def fire(self, *args: Any) -> list[Any]:
        """Calls everything kept and answers what each answered."""
        return [await promise for promise in [callback(*args) for callback in self._kept]]

    def drop(self) -> int:
        """Disposes everything kept."""
        kept, self._kept = self._kept, []
        for callback in kept:
            callback.dispose()
        return len(kept)

    def __exit__(self, *exc: object) -> None:
        self._world.log("dispose api")


class Post(rpc.Target):
    """Takes values, and gives those that it was made with."""

    def __init__(self, values: list[Any]) -> None:
        self.received: list[Any] = []
        self._values = values

    def put(self, value: Any) -> None:
        self.received.append(value)

    def get(self, index: int) -> Any:
        return self._values[index]

    def echo(self, value: Any) -> Any:
        return value
