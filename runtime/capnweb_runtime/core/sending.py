"""What one end of a session sends: the messages of its calls, and the answers that its peer awaits.

Each message is written at once and kept until the shell takes it. A reference in it is lent: what
it needs of the tables is entered as it is written, and taken back if it cannot be.
"""

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from capnweb_runtime.checks import check_timeout
from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.core.deadlines import Deadlines
from capnweb_runtime.core.exports import ExportTable
from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.imports import Import, ImportOwner, ImportTable
from capnweb_runtime.core.payload import Payload, PlainPayload
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.core.references import ErrorPolicy, Expresser, express_imports
from capnweb_runtime.core.streams import PartHook, StreamWriter
from capnweb_runtime.errors import BrokenError, EncodeError, RpcError, wire_error
from capnweb_runtime.ids import ImportId
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.errors import forget_traceback
from capnweb_runtime.wire.expressions import Expression
from capnweb_runtime.wire.json_text import dumps, dumps_plain
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["MANY", "Sender"]

#: Messages that are not kept until the next turn of the event loop. While the peer works on them,
#: more are made here; a thousand at once, and the two ends would take turns. (Fewer messages in a
#: write to the socket would cost more than that gains.)
MANY: Final = 64


@mypyc_attr(allow_interpreted_subclasses=True)
class Sender(ImportOwner):
    """The half of an endpoint that sends. The other half, `Endpoint`, takes in and ends it.

    A base rather than a part of it: a message in either direction touches both tables, and a call
    through one more object would be felt in each.

    Attributes:
        broken: the callbacks to be run at the end, in order.
        reason: why the session ended, None while it is open.
    """

    def __init__(
        self,
        host: Host,
        main: Hook,
        limits: Limits,
        errors: ErrorPolicy,
        call_timeout: float | None,
        *,
        codec: StructuredCodec | None,
    ) -> None:
        """Takes the hook of the main object; the arguments are those of `Endpoint`.

        Raises:
            ValueError: if the timeout is not above zero.
        """
        seconds = check_timeout(call_timeout)
        self._host = host
        self._errors = errors
        self._codec = codec
        self._exports = ExportTable(main, limits.exports)
        self._imports = self._make_imports(limits.imports)
        self._outgoing: list[object] = []
        self._awake = False  # the host knows of messages that somebody waits for
        self._dropped: list[Import] = []
        self._deadlines = None if seconds is None else Deadlines(seconds, host.now)
        self._asked = 0  # pulls that the peer has not answered
        self._unanswered: set[int] = set()  # those of the peer's
        self._draining: list[Callable[[BrokenError | None], None]] = []
        self._disposing: list[Hook] = []
        self.broken: dict[Registration, None] = {}
        self.reason: BrokenError | None = None

    def _make_imports(self, limit: int) -> ImportTable:
        return ImportTable(self, limit)

    # ---------------------------------------------------------------- for the shell

    def take_outgoing(self) -> list[object]:
        """The messages to be sent, in order; they are the caller's now.

        They are text, or what the codec makes.
        """
        self._release_dropped()
        messages, self._outgoing = self._outgoing, []
        self._awake = False
        return messages

    def drain(self, then: Callable[[BrokenError | None], None]) -> None:
        """Call `then` when the peer waits for no answer, perhaps at once, or when it is over."""
        if self.reason is None and self._unanswered:
            self._draining.append(then)
        else:
            then(self.reason)

    # ---------------------------------------------------------------- messages that are sent

    def _send(self, message: list[Expression]) -> object:
        """Send a message whose references are lent; gives it as it is sent.

        Raises:
            CallError, EncodeError: if something in it cannot be exported, or the transport cannot
                encode it; then nothing has happened.
        """
        if self._codec is None:
            text = dumps_plain(message)
            if text is not None:
                self._put(text)
                return text
        expresser = Expresser(self._exports, self._imports, self, self._errors)
        write = dumps if self._codec is None else self._codec.write
        try:
            sent = write(message, expresser.express, expresser.express_error)
        except BaseException:
            expresser.take_back()
            raise
        finally:
            if expresser.borrowed:
                expresser.finish()
        self._put(sent)
        for export_id in expresser.promises:
            self._answer(export_id)
        return sent

    def _put(self, message: object) -> None:
        outgoing = self._outgoing
        outgoing.append(message)
        if not self._awake:
            self._awake = True
            self._host.wake()
        elif len(outgoing) >= MANY and self._host.send(outgoing):
            self._outgoing = []

    def _put_lazily(self, message: object) -> None:
        """Have a message sent with what is sent next, if that is soon: nobody waits for it."""
        self._outgoing.append(message)
        if len(self._outgoing) == 1:
            self._host.wake(lazily=True)

    def _answer(self, export_id: int) -> None:
        """Send the value of an export when it is there, once.

        Raises:
            ProtocolError: if there is no such export.
        """
        entry = self._exports.get(export_id)
        if entry.pulled:
            return
        entry.pulled = True
        hook = entry.hook
        if type(hook) is ValueHook and type(hook.payload) is PlainPayload:
            # Nothing that could fail, or must be waited for: most answers, in half of the calls.
            self._send(["resolve", export_id, hook.payload.tree])
            if entry.passing:
                self._exports.release(export_id, 1)
            return
        self._unanswered.add(export_id)
        if type(hook) is PromiseHook:
            hook.ask()
            hook.when_resolved(lambda became: self._answer_with(export_id, became))
        else:
            self._answer_with(export_id, hook)

    def _answer_with(self, export_id: int, hook: Hook) -> None:
        if isinstance(hook, ValueHook):
            root = hook.root
            # Of the peer's own promise the value need not travel here and back.
            if root is None or not root.is_promise or self._imports.entry_of(root.hook):
                self._send_settled(export_id, hook.payload)
                return
        hook.pull(lambda settled: self._send_settled(export_id, settled))

    def _send_settled(self, export_id: int, settled: Settled) -> None:
        entry = self._exports.find(export_id)
        if entry is None or self.reason is not None:
            return  # released meanwhile: nobody waits for it
        self._send_answer(export_id, settled)
        if entry.passing:
            self._exports.release(export_id, 1)
        self._no_longer_waited_for(export_id)

    def _no_longer_waited_for(self, export_id: int) -> None:
        self._unanswered.discard(export_id)
        if self._draining and not self._unanswered:
            self._tell_drained(None)

    def _tell_drained(self, reason: BrokenError | None) -> None:
        waiting, self._draining = self._draining, []
        for then in waiting:
            then(reason)

    def _send_answer(self, export_id: int, settled: Settled) -> None:
        if not isinstance(settled, BaseException):
            try:
                self._send(["resolve", export_id, self._forwarded(settled)])
            except (RpcError, RecursionError) as error:
                settled = forget_traceback(error)  # else it and this frame keep each other
            else:
                return
        self._send_error(["reject", export_id], settled)

    def _forwarded(self, payload: Payload) -> Expression:
        """The tree to resolve with.

        The reference cannot await a bare stub of its own: it gets one of ours that forwards to it.
        """
        tree = payload.tree
        if (
            isinstance(tree, Reference)
            and not tree.is_promise
            and self._imports.entry_of(tree.hook)
        ):
            return ["export", self._exports.add(tree.hook.target.dup())]
        return tree

    def _send_error(self, message: list[Expression], error: BaseException) -> None:
        """Send a message that ends with an error. There are no capabilities in it."""
        try:
            tree = Encoder(self._errors.adapt, DEFAULT_LIMITS.depth).encode(error)
        except EncodeError as unsendable:  # a value that was thrown, and changed meanwhile
            tree = ["error", *wire_error(unsendable)]
        try:
            self._send([*message, tree])
        except (RecursionError, EncodeError):  # too much in it: the error itself always arrives
            self._send_plain_error(message, error)

    def _send_plain_error(self, message: list[Expression], error: BaseException) -> None:
        if self._codec is None:
            self._put(dumps([*message, ["error", *wire_error(error)]], _no_leaf))
            return
        try:
            self._put(self._codec.pack([*message, ["error", *wire_error(error)]]))
        except EncodeError:  # there is a text in it that the transport cannot encode
            said: list[object] = ["error", "Error", "an error that the transport cannot encode"]
            self._put(self._codec.pack([*message, said]))

    # ---------------------------------------------------------------- for imports (ImportOwner)

    @override
    def send_call(self, import_id: ImportId, path: Path, arguments: Payload) -> Hook:
        if self.reason is not None:
            arguments.dispose()
            return ErrorHook(self.reason)
        try:
            self._send(["push", ["pipeline", import_id, list(path), self._items(arguments)]])
        finally:
            arguments.dispose()
        return self._imports.add_pushed()

    def _items(self, arguments: Payload) -> Expression:
        tree = arguments.tree
        assert isinstance(tree, list)  # arguments are an array, in its escaping brackets
        if not arguments.references:
            return tree[0]
        items = tree[0]
        assert isinstance(items, list)
        return express_imports(self._imports, items)

    @override
    def send_get(self, import_id: ImportId, path: Path) -> Hook:
        if self.reason is not None:
            return ErrorHook(self.reason)
        self._send(["push", ["pipeline", import_id, list(path)]])
        return self._imports.add_pushed()

    @override
    def send_stream(
        self, import_id: ImportId, path: Path, arguments: Payload
    ) -> tuple[Hook, int | None]:
        if self.reason is not None:
            arguments.dispose()
            return ErrorHook(self.reason), None
        try:
            items = self._items(arguments)
            sent = self._send(["stream", ["pipeline", import_id, list(path), items]])
        finally:
            arguments.dispose()
        size = len(sent) if isinstance(sent, str) else StructuredCodec.size(sent)
        return self._imports.add_streamed(), size

    def send_pipe(self, source: PartHook) -> Import:
        """Make a pipe at the peer, and have the host pump a source into it."""
        self._put('["pipe"]' if self._codec is None else self._codec.pack(["pipe"]))
        hook = self._imports.add_pipe()
        entry = hook.entry
        assert entry is not None
        self._host.pump(source, StreamWriter(hook, self._host.now))
        return entry

    def check_stream(self) -> None:
        """Streams can be sent."""

    @override
    def send_map(self, import_id: ImportId, path: Path, mapper: Mapper) -> Hook:
        if self.reason is not None:
            mapper.dispose()
            return ErrorHook(self.reason)
        captures: list[Expression] = [
            Reference(capture, is_promise=False) for capture in mapper.captures
        ]
        try:
            self._send(["push", ["remap", import_id, list(path), captures, mapper.instructions]])
        finally:
            mapper.dispose()
        return self._imports.add_pushed()

    @override
    def send_pull(self, entry: Import) -> None:
        if self.reason is None:
            if self._deadlines is not None:
                self._deadlines.start(entry)
            if self._codec is None:
                self._put(f'["pull",{entry.id}]')
            else:
                self._put(self._codec.pack(["pull", entry.id]))
            self._asked += 1
            if self._asked == 1 and self._host.send(self._outgoing):
                # Whoever asks is about to wait, and there is nothing else that it could go with (as
                # RFC 896 has it): calls one after the other go out a turn of the loop earlier.
                self._outgoing = []

    @override
    def wait_long(self, entry: Import) -> None:
        if self._deadlines is not None:
            self._deadlines.stop(entry)

    @override
    def release(self, entry: Import) -> None:
        if self._deadlines is not None:
            self._deadlines.stop(entry)
        if self.reason is None and self._imports.remove(entry) and entry.introductions:
            if entry.pulled and entry.id > 0:
                self._asked -= 1
            if self._codec is None:
                self._put_lazily(f'["release",{entry.id},{entry.introductions}]')
            else:
                self._put_lazily(self._codec.pack(["release", entry.id, entry.introductions]))

    @override
    def dispose_of(self, hook: Hook) -> None:
        # In a loop: a peer can make chains of promises that are longer than Python's stack.
        self._disposing.append(hook)
        if len(self._disposing) == 1:
            try:
                for disposing in self._disposing:  # which grows meanwhile
                    disposing.dispose()
            finally:
                self._disposing.clear()

    @override
    def release_later(self, entry: Import) -> None:
        if self.reason is None:
            self._dropped.append(entry)
            self._host.wake()

    def _release_dropped(self) -> None:
        while self._dropped:
            entry = self._dropped.pop()
            if entry.handles == 0:  # the peer may have introduced it again meanwhile
                self.release(entry)
                entry.forget()


def _no_leaf(leaf: object) -> Expression:
    raise AssertionError("an error holds no references")
