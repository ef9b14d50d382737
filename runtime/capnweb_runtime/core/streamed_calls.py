"""Calls whose answers come unasked (protocol: stream), where that can be done without harm.

A call whose value is asked for takes three messages of the caller: a push, a pull, and the release
of the result. As a `stream` it takes one: the peer answers unasked, and forgets the result with the
answer. The price is that the result has no name by which anything more could be said of it, so

* a call becomes a stream only when its value is asked for, while its push still waits to be sent
  and nothing that has been written since names its result: neither a call on it nor an argument.
  It does so in its place, so that the order of messages and the ids they take stay as they were;
* what is done with the result later waits for the answer on this side, in a line, as it does with
  a promise of this side (`Call.named`), and finds there what it would have found at the peer;
* that it is given up cannot be told: this side forgets it, the peer works on, and the capabilities
  in an answer that nobody waits for any more are released as it comes.

Everything else stands where it stands for a push: the entry of the import table, whose value the
answer is, its deadline, its `on_broken` callbacks, and the capabilities in the value.
"""

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook, Mapper, Path
from capnweb_runtime.core.imports import (
    Import,
    ImportHook,
    ImportOwner,
    ImportTable,
    given_up,
)
from capnweb_runtime.core.payload import Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.sending import MANY
from capnweb_runtime.ids import ImportId

__all__ = ["StreamingEndpoint"]

#: Messages that are not kept any longer, in case one of them may become a stream: the peer would be
#: idle for as long as they take to be written, a few milliseconds.
_TOO_MANY: Final = 1024

_PUSH: Final = '["push",'
_STREAM: Final = '["stream",'


class Call(Import):
    """The result of a call, read or map that may become a stream.

    Attributes:
        message: its push, while it may; else None.
        place: where that stands among what is to be sent.
        streamed: whether it has become one, and the peer knows no name for it.
    """

    __slots__ = ("_line", "message", "place", "streamed")

    def __init__(self, owner: ImportOwner, import_id: ImportId) -> None:
        super().__init__(owner, import_id, is_promise=True, pulled=False)
        self.message: str | None = None
        self.place = 0
        self.streamed = False
        #: The promise that stands in for a stream, with what waits for it in line.
        self._line: PromiseHook | None = None

    @property
    def needed(self) -> bool:
        """Whether something waits in line for the answer, whoever else gives it up."""
        return self._line is not None and self.resolution is None

    def named(self) -> Hook | None:
        """It is about to be named to the peer; gives what to use in its place, lent, if it must be.

        A call that may become a stream does not any more. One that is a stream has a promise of
        this side stand in for it until it is answered.
        """
        self.message = None
        if self._line is None and self.streamed and self.resolution is None:
            self._line = PromiseHook(Pending())
        return self._line

    @override
    def forget(self) -> None:
        if self.needed:
            waiting, self._waiting = self._waiting, []
            for then in waiting or ():
                then(given_up())
        else:
            super().forget()

    @override
    def _tell_waiting(self, hook: Hook) -> None:
        stand_in = self._line
        if stand_in is None:
            super()._tell_waiting(hook)
            return
        pending = stand_in.pending
        assert pending is not None
        pending.settle(ImportHook(self))  # what is called meanwhile joins the end of the line
        self._line = None
        super()._tell_waiting(hook)
        stand_in.dispose()  # the answer goes with it, if nobody else refers to either


class CallHook(ImportHook):
    """A reference to the result of a call that may become a stream, or is one."""

    __slots__ = ()

    def _instead(self) -> Hook | None:
        entry = self._entry
        return entry.named() if isinstance(entry, Call) else None

    @property
    @override
    def entry(self) -> Import | None:
        entry = self._entry
        if entry is None or entry.resolution is not None:
            return None
        assert isinstance(entry, Call)
        entry.message = None  # whoever asks for it names it
        return entry

    @property
    @override
    def target(self) -> Hook:
        entry = self._entry
        if isinstance(entry, Call) and entry.streamed:
            return entry.named() or super().target
        return super().target

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        instead = self._instead()
        if instead is not None:
            return instead.call(path, arguments)
        return super().call(path, arguments)

    @override
    def stream(self, path: Path, arguments: Payload) -> tuple[Hook, int | None]:
        instead = self._instead()
        if instead is not None:
            return instead.stream(path, arguments)
        return super().stream(path, arguments)

    @override
    def get(self, path: Path) -> Hook:
        instead = self._instead()
        return super().get(path) if instead is None else instead.get(path)

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        instead = self._instead()
        return super().map(path, mapper) if instead is None else instead.map(path, mapper)

    @override
    def dup(self) -> Hook:
        entry = self._entry
        return super().dup() if entry is None else CallHook(entry)


class _CallTable(ImportTable):
    """The imports of a session whose calls may become streams."""

    def __init__(self, owner: ImportOwner, limit: int, written: Callable[[Call], None]) -> None:
        """`written` is told of each entry whose message has just been written."""
        super().__init__(owner, limit)
        self._written = written

    @override
    def add_pushed(self) -> ImportHook:
        entry = Call(self.owner, ImportId(self._next))
        self._next += 1
        self._entries[entry.id] = entry
        self._written(entry)
        return CallHook(entry)


class StreamingEndpoint(Endpoint):
    """One end of a session that streams the calls it can (option `stream_calls`).

    Where messages are text: what a codec has made of one is not known here.
    """

    _gone = 0  # messages that were sent while some behind them were kept

    @override
    def _make_imports(self, limit: int) -> ImportTable:
        return _CallTable(self, limit, self._written)

    def _written(self, call: Call) -> None:
        # The last message, if it is a push, is that of the latest id: an answer may have been
        # written after it, of a promise in its arguments, but nothing that takes an id.
        message = self._outgoing[-1] if self._outgoing else None
        if type(message) is str and message.startswith(_PUSH):
            call.message = message
            call.place = self._gone + len(self._outgoing) - 1

    @override
    def send_pull(self, entry: Import) -> None:
        if not isinstance(entry, Call) or entry.message is None:
            super().send_pull(entry)
            return
        message, entry.message = entry.message, None
        place = entry.place - self._gone
        outgoing = self._outgoing
        # Places are right for what is kept. Where a message that has gone stood may be another.
        if not 0 <= place < len(outgoing) or outgoing[place] is not message:
            super().send_pull(entry)
            return
        outgoing[place] = _STREAM + message[len(_PUSH) :]
        entry.streamed = True
        if self._deadlines is not None:
            self._deadlines.start(entry)
        self._asked += 1
        ready = place + 1
        if ready >= MANY or (self._asked == 1 and ready == len(outgoing)):
            self._send_first(ready)  # early, for the reasons that `Sender` has

    def _send_first(self, count: int) -> None:
        if self._host.send(self._outgoing[:count]):
            del self._outgoing[:count]
            self._gone += count

    @override
    def _put(self, message: object) -> None:
        # In `Sender`, many messages are sent early. A push that is kept may become a stream: those
        # of `gather` are all written before the first is asked for.
        self._outgoing.append(message)
        if not self._awake:
            self._awake = True
            self._host.wake()
        elif len(self._outgoing) >= _TOO_MANY:
            self._send_first(len(self._outgoing))

    @override
    def release(self, entry: Import) -> None:
        if not (isinstance(entry, Call) and entry.streamed):
            super().release(entry)
            return
        if entry.needed:
            return
        if self._deadlines is not None:
            self._deadlines.stop(entry)
        if self.reason is None and self._imports.remove(entry):
            self._asked -= 1
