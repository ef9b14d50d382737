"""Handlers that raise everything there is, in every way: only their call is the worse for it."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest
from typing_extensions import override

from capnweb_runtime import Target
from capnweb_runtime.errors import ConnectionLostError, DisposedError, ProtocolError
from tests.hostile.site import Main, Site, attacked


class SpeechlessError(Exception):
    """An exception that cannot say what it is."""

    def __init__(self, raised: BaseException) -> None:
        super().__init__()
        self.raised = raised

    @override
    def __str__(self) -> str:
        raise self.raised

    __repr__ = __str__


class OddError(Exception):
    """One whose message is no plain string, and hostile to JSON."""

    @override
    def __str__(self) -> str:
        return Text("\ud800\u0000 {0.__class__} %s " + "x" * 100_000)


class Text(str):
    __slots__ = ()


def raised() -> dict[str, BaseException]:
    return {
        "Exception": Exception("no"),
        "ValueError": ValueError("no"),
        "BaseException": BaseException("no"),
        "SystemExit": SystemExit(3),
        "KeyboardInterrupt": KeyboardInterrupt("no"),
        "GeneratorExit": GeneratorExit("no"),
        "CancelledError": asyncio.CancelledError("no"),
        "StopIteration": StopIteration("no"),
        "StopAsyncIteration": StopAsyncIteration("no"),
        "RecursionError": RecursionError("no"),
        "MemoryError": MemoryError("no"),
        "AssertionError": AssertionError("no"),
        "TimeoutError": TimeoutError("no"),
        "OSError": OSError(2, "no"),
        "UnicodeDecodeError": UnicodeDecodeError("utf-8", b"\xff", 0, 1, "no"),
        "ExceptionGroup": ExceptionGroup("no", [ValueError("a"), TypeError("b")]),
        "BaseExceptionGroup": BaseExceptionGroup("no", [SystemExit(1)]),
        "ProtocolError": ProtocolError("not the peer's fault at all"),
        "ConnectionLostError": ConnectionLostError("another one's"),
        "DisposedError": DisposedError("no"),
        "speechless": SpeechlessError(ValueError("no")),
        "speechless exit": SpeechlessError(SystemExit(3)),
        "speechless interrupt": SpeechlessError(KeyboardInterrupt()),
        "odd": OddError(),
    }


def raise_by_name(name: str) -> Any:
    raise raised()[name]


class Unsendable:
    """A value that nobody can send, and that is not glad to be looked at."""

    @override
    def __repr__(self) -> str:
        raise SystemExit(3)

    @override
    def __eq__(self, other: object) -> bool:
        raise SystemExit(3)

    @override
    def __hash__(self) -> int:
        raise SystemExit(3)

    def __len__(self) -> int:
        raise SystemExit(3)


class FailingAwaitable:
    """An awaitable that is no coroutine."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __await__(self) -> Iterator[Any]:
        yield
        raise_by_name(self.name)


class Guest(Target):
    """An object whose disposer raises."""

    def __init__(self, name: str) -> None:
        self.name = name

    def __exit__(self, *exc: object) -> None:
        raise_by_name(self.name)


class LateGuest(Target):
    """One whose disposer raises later."""

    def __init__(self, name: str) -> None:
        self.name = name

    async def __aexit__(self, *exc: object) -> None:
        await asyncio.sleep(0)
        raise_by_name(self.name)


class Api(Main):
    """Raises in every way."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    def at_once(self, name: str) -> None:
        raise_by_name(name)

    async def in_a_task(self, name: str) -> None:
        raise_by_name(name)

    async def after_a_turn(self, name: str) -> None:
        await asyncio.sleep(0)
        raise_by_name(name)

    def awaitable(self, name: str) -> FailingAwaitable:
        return FailingAwaitable(name)

    def future(self, name: str) -> "asyncio.Future[None]":
        error = raised()[name]
        future = asyncio.get_running_loop().create_future()
        # A future takes no StopIteration, and asyncio keeps these two for itself.
        if isinstance(error, StopIteration | SystemExit | KeyboardInterrupt):
            raise error
        future.set_exception(error)
        return future

    def handing_over(self, name: str, _: Any, __: Any) -> None:
        raise_by_name(name)

    def as_a_value(self, name: str) -> BaseException:
        return raised()[name]

    def guest(self, name: str) -> Guest:
        return Guest(name)

    def late_guest(self, name: str) -> LateGuest:
        return LateGuest(name)

    def unsendable(self) -> Any:
        return {"a": [Unsendable()]}

    def generator(self) -> Iterator[int]:
        yield 1
        raise SystemExit(3)

    async def stubborn(self) -> str:
        """Does not let itself be cancelled the first time."""
        try:
            await self.gate.wait()
        except asyncio.CancelledError:
            await asyncio.sleep(0)
        raise SystemExit(3)

    async def patient(self) -> None:
        await self.gate.wait()

    def on_loss(self, stub: Any) -> None:
        self.kept = stub.dup()
        for name in ("ValueError", "SystemExit", "KeyboardInterrupt", "CancelledError"):
            self.kept.on_broken(lambda _, name=name: raise_by_name(name))

    @property
    def bad(self) -> str:
        raise SystemExit(3)


class Properties(Main):
    """One failing property for each."""


def failing(name: str) -> property:
    return property(lambda _: raise_by_name(name))


for each in raised():
    setattr(Properties, each.replace(" ", "-"), failing(each))

HANDLERS = ("at_once", "in_a_task", "after_a_turn", "awaitable", "future")


def expected(name: str, handler: str) -> tuple[str, str]:
    """Name and part of the message that the caller gets."""
    error = raised()[name]
    if isinstance(error, StopIteration) and handler != "at_once":
        # Python makes this of it in a coroutine; a plain function's is its own.
        return ("RuntimeError", "StopIteration") if handler != "future" else ("StopIteration", "no")
    if isinstance(error, ProtocolError):
        return "TypeError", "not the peer's fault"
    if isinstance(error, ConnectionLostError | DisposedError):
        return "Error", str(error)
    if isinstance(error, SpeechlessError):
        return "SpeechlessError", "could not be made"
    if isinstance(error, OddError):
        return "OddError", "\ud800\u0000 {0.__class__} %s xxx"
    if isinstance(error, BaseExceptionGroup):
        return "AggregateError", error.message
    return type(error).__name__, "3" if isinstance(error, SystemExit) else "no"


@pytest.mark.parametrize("name", raised())
@attacked(Api)
async def test_handlers(site: Site, name: str) -> None:
    """ERR-01, traps 23: the caller is told, and nothing else happens."""
    raw = await site.raw()
    for handler in HANDLERS:
        kind, error, message, *_ = await raw.ask([handler], [name])
        wanted, text = expected(name, handler)
        assert (kind, error) == ("reject", wanted), handler
        assert text in message, handler
        await site.answers()


@pytest.mark.parametrize("name", raised())
@attacked(Api)
async def test_errors_as_values(site: Site, name: str) -> None:
    """ERR-01"""
    raw = await site.raw()
    kind, [tag, error, message, *_] = await raw.ask(["as_a_value"], [name])
    wanted, text = expected(name, "at_once")
    assert (kind, tag, error) == ("resolve", "error", wanted)
    assert text in message


@attacked(Properties)
async def test_properties(site: Site) -> None:
    """PATH-14"""
    raw = await site.raw()
    for name in raised():
        kind, error, message, *_ = await raw.ask([name.replace(" ", "-")])
        wanted, text = expected(name, "at_once")
        assert (kind, error) == ("reject", wanted)
        assert text in message
        await site.answers()


@pytest.mark.parametrize("name", raised())
@attacked(Api)
async def test_arguments_are_let_go(site: Site, name: str) -> None:
    """DISP-10, DISP-18: on this path as well."""
    raw = await site.raw()
    await raw.send(
        ["push", ["pipeline", 0, ["handing_over"], [name, ["export", -1], ["export", -2]]]]
    )
    assert sorted(message[1] for message in await raw.barrier()) == [-2, -1]
    await raw.send(["release", 1, 1])


@pytest.mark.parametrize("name", raised())
@pytest.mark.parametrize("kind", ["guest", "late_guest"])
@attacked(Api)
async def test_disposers(site: Site, kind: str, name: str) -> None:
    """DISP-23: reported, and no more; not even when it asks the process to end."""
    raw = await site.raw()
    _, [_, number] = await raw.ask([kind], [name])
    await raw.send(["release", number, 1])
    await raw.barrier()
    await site.answers()
    await site.answers()
    reported = [fault["exception"] for fault in site.faults]
    site.faults.clear()
    if not (kind == "late_guest" and name == "CancelledError"):  # a task that was cancelled
        assert len(reported) == 1
        assert type(reported[0]) in {type(raised()[name]), RuntimeError}


@attacked(Api)
async def test_results_that_cannot_be_sent(site: Site) -> None:
    """ERR-20, VAL-28: with the path to it, and whatever it does when it is looked at."""
    raw = await site.raw()
    for name, path in (
        ("unsendable", "result.a[0]"),
        ("generator", "result"),
    ):
        kind, error, message = await raw.ask([name], [])
        assert (kind, error) == ("reject", "TypeError")
        assert message.startswith(path), message
        assert message.endswith("cannot be sent")
    await site.answers()


@attacked(Api)
async def test_handlers_under_way_when_the_peer_goes(site: Site) -> None:
    """BAD-04: cancelled, whether they like it or not; and their peer's going is nobody else's."""
    for ending in (["nope"], ["abort", 1], None):
        raw = await site.raw()
        await raw.send(
            *(["push", ["pipeline", 0, ["stubborn"], []]], ["pull", 1]),
            *(["push", ["pipeline", 0, ["patient"], []]], ["pull", 2]),
            *(["push", ["pipeline", 0, ["handing_over"], ["x", 1, ["pipeline", 2]]]], ["pull", 3]),
        )
        await raw.barrier()
        if ending is None:
            await raw.websocket.close()
        else:
            await raw.send(ending)
        await raw.over()
        await site.answers()


@attacked(Api)
async def test_a_handler_is_cancelled_by_who_asked_for_it(site: Site) -> None:
    """DISP-17: it ends only itself."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["stubborn"], []]], ["pull", 1], ["release", 1, 1])
    await raw.send(["push", ["pipeline", 0, ["patient"], []]], ["pull", 2], ["release", 2, 1])
    assert await raw.barrier() == []
    await site.answers()


@attacked(Api)
async def test_callbacks_of_a_lost_session(site: Site) -> None:
    """BRK-01: each runs although the one before it raised, and the session ends as it should."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["on_loss"], [["export", -1]]]], ["nope"])
    await raw.aborted()
    await site.answers()
    reported = [type(fault["exception"]) for fault in site.faults]
    site.faults.clear()
    assert reported == [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError]


@attacked(Api)
async def test_callbacks_of_a_promise_that_fails(site: Site) -> None:
    """BRK-02: the same, where the session goes on."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["on_loss"], [["promise", -1]]]], ["pull", 1])
    await raw.send(["reject", -1, ["error", "E", "no"]])
    assert [message[0] for message in await raw.barrier()] == ["release", "reject"]
    await raw.send(["release", 1, 1])
    await raw.send(["push", ["pipeline", 0, ["on_loss"], [["export", -2]]]])
    await raw.send(["reject", -2, ["error", "E", "no"]])
    await raw.barrier()
    reported = [type(fault["exception"]) for fault in site.faults]
    site.faults.clear()
    assert reported == [ValueError, SystemExit, KeyboardInterrupt, asyncio.CancelledError]
    await raw.send(["release", 2, 1])


class Picky(Main):
    """Whose factory turns people away, in its own way."""

    guests = 0
    refuse_by = "ValueError"

    def __init__(self) -> None:
        Picky.guests += 1
        if Picky.guests > 1:
            raise_by_name(Picky.refuse_by)
        super().__init__()


@pytest.mark.parametrize(
    "name", ["ValueError", "SystemExit", "KeyboardInterrupt", "CancelledError"]
)
def test_factories(name: str) -> None:
    """A main object that cannot be made ends that connection, and no more."""
    Picky.guests = 0
    Picky.refuse_by = name

    @attacked(Picky)
    async def attack(site: Site) -> None:
        for _ in range(3):
            assert await site.turned_away() == (1011, "")
            await site.answers()
        reported = [fault["exception"] for fault in site.faults]
        site.faults.clear()
        assert [type(error).__name__ for error in reported] == [name] * 3

    attack()
