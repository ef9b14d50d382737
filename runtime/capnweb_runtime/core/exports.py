"""The export table: what the peer may use."""

from collections.abc import Callable
from functools import partial

from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.streams import Pipe, ReadableHook, WrittenHook
from capnweb_runtime.errors import CallError, ProtocolError
from capnweb_runtime.ids import MAIN_EXPORT, ExportId

__all__ = ["Export", "ExportTable"]


class Export:
    """Something that the peer may use.

    Attributes:
        hook: owned by the table.
        introductions: how many times its id was sent, less what the peer has released.
        pulled: whether the peer has asked for its value, or need not.
        readable: the readable end of a pipe, until it is taken.
        passing: whether it goes by itself when it has been answered (protocol: stream).
    """

    __slots__ = ("hook", "introductions", "passing", "pulled", "readable")

    def __init__(self, hook: Hook) -> None:
        self.hook = hook
        self.introductions = 1
        self.pulled = False
        self.passing = False
        self.readable: ReadableHook | None = None


class ExportTable:
    """All exports of a session."""

    def __init__(self, main: Hook, limit: int) -> None:
        """Takes the hook of the main object."""
        self._limit = limit
        self._entries: dict[int, Export] = {MAIN_EXPORT: Export(main)}
        self._next_pushed = 1
        self._next_own = -1
        self._running: dict[Pending, None] = {}
        self._over = False
        self._ended: list[Callable[[], None]] = []

    def __len__(self) -> int:
        return len(self._entries)

    def hooks(self) -> dict[ExportId, Hook]:
        """What the peer may use, by id, the main object included. Lent."""
        return {ExportId(export_id): entry.hook for export_id, entry in self._entries.items()}

    def set_main(self, main: Hook) -> None:
        """Make something, whose hook this takes, the main object."""
        entry = self._entries[MAIN_EXPORT]
        entry.hook.dispose()
        entry.hook = main

    def find(self, export_id: int) -> Export | None:
        """The entry of an id, None if it has been released."""
        return self._entries.get(export_id)

    def get(self, export_id: int) -> Export:
        """The entry of an id that the peer named: an int, no bool or float that equals one.

        Raises:
            ProtocolError: if there is none.
        """
        entry = self._entries.get(export_id)
        if entry is None:
            raise ProtocolError(f"no such entry on exports table: {export_id!r}")
        return entry

    def take_readable(self, export_id: int) -> ReadableHook:
        """Gives the readable end of a pipe, which can be taken once.

        Raises:
            ProtocolError: if it has been taken, or the id is that of no pipe.
        """
        entry = self.get(export_id)
        readable, entry.readable = entry.readable, None
        if readable is None:
            raise ProtocolError(
                f"export {export_id} is no pipe, or its readable end has been taken"
            )
        return readable

    def add_pipe(self, pipe: Pipe, readable: ReadableHook) -> None:
        """The peer made a pipe, whose writable end it may use."""
        entry = self._entries[self.add_pushed(WrittenHook(pipe))]
        entry.readable = readable

    def add_pushed(self, hook: Hook) -> ExportId:
        """The peer pushed an expression that became `hook`, which is taken."""
        export_id = ExportId(self._next_pushed)
        self._entries[export_id] = Export(hook)
        self._next_pushed += 1
        return export_id

    def check_room(self) -> None:
        """Call before anything that the peer asked for is added.

        Raises:
            ProtocolError: if the table is full.
        """
        if len(self._entries) >= self._limit:
            raise ProtocolError(
                f"the session holds more than {self._limit} results and objects for the peer"
            )

    def watch(self, hook: Hook) -> None:
        """A call or read of the peer's gave `hook`, which is lent: it ends with the session.

        Also if the peer has released it, or has it in a message that was not read to its end.

        Raises:
            ProtocolError: if too many are under way.
        """
        pending = hook.pending if type(hook) is PromiseHook else None
        if pending is None or pending in self._running:
            return
        self._running[pending] = None
        pending.then(partial(self._went_on, pending))
        if self._over:
            self._stop(pending, 1)  # `hook` itself
        elif len(self._running) > self._limit:
            raise ProtocolError(f"more than {self._limit} calls of the session are under way")

    def _went_on(self, pending: Pending, hook: Hook) -> None:
        """A call has its result, which may be that of another call."""
        if pending in self._running:
            del self._running[pending]
            if not self._over or not pending.handles:
                self.watch(hook)
            if self._over:
                self._tell_ended()

    def _stop(self, pending: Pending, handles: int) -> None:
        """The session is over: cancel a call, unless somebody has more than `handles` of it."""
        if pending.handles > handles or not pending.cancel():
            self._running.pop(pending, None)

    def when_ended(self, then: Callable[[], None]) -> None:
        """Call `then`, perhaps at once, when the session is over and no call of its runs on.

        A call that somebody else has kept does not count.
        """
        self._ended.append(then)
        self._tell_ended()

    def _tell_ended(self) -> None:
        if self._over and not self._running:
            ended, self._ended = self._ended, []
            for then in ended:
                then()

    @property
    def is_idle(self) -> bool:
        """Whether no call of the peer's is under way."""
        return not self._running

    def when_idle(self, then: Callable[[], None]) -> None:
        """Call `then` when no call of the peer's is under way, perhaps at once."""
        pending = next(iter(self._running), None)
        if pending is None:
            then()
        else:  # after `_went_on`, which has waited for longer
            pending.then(lambda _: self.when_idle(then))

    def fail_pipes(self, reason: BaseException) -> None:
        """Nothing more will be written to pipes: those that were not closed fail."""
        for entry in list(self._entries.values()):
            if isinstance(entry.hook, WrittenHook):
                entry.hook.unfinished(reason)

    def add(self, hook: Hook) -> ExportId:
        """Export `hook`, which is taken.

        Each time under a new id, also if it is the same object: the reference releases an id once,
        however often it was sent.

        Raises:
            CallError: if the table is full.
        """
        if len(self._entries) >= self._limit:
            hook.dispose()
            raise CallError(
                f"the peer holds {self._limit} objects of this session already (Limits.exports);"
                " dispose of some, or raise the limit"
            )
        export_id = ExportId(self._next_own)
        self._next_own -= 1
        self._entries[export_id] = Export(hook)
        return export_id

    def release(self, export_id: int, count: int) -> bool:
        """The peer gives up `count` introductions of an id. Tells whether they were the last.

        Raises:
            ProtocolError: if there are not as many.
        """
        entry = self.get(export_id)
        if count < 0 or entry.introductions < count:
            raise ProtocolError(
                f"{count} references of export {export_id} released, it has {entry.introductions}"
            )
        entry.introductions -= count
        if entry.introductions:
            return False
        del self._entries[export_id]
        entry.hook.dispose()
        return True

    def dispose_all(self, reason: BaseException) -> None:
        """The session is over, for this reason: nothing is wanted any more."""
        self._over = True
        entries = list(self._entries.values())
        self._entries.clear()
        for entry in entries:  # before the writes to it, which could not tell the reason
            if isinstance(entry.hook, WrittenHook):
                entry.hook.lose(reason)
        for entry in reversed(entries):  # a call lets go of its arguments: results of earlier ones
            entry.hook.dispose()
        for pending in reversed(list(self._running)):
            self._stop(pending, 0)
        self._tell_ended()
