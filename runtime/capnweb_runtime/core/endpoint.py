"""One end of a session: the messages, and what they do to its two tables.

An `Endpoint` is driven by a shell. The shell hands each message that arrives to `receive` and
writes what `take_outgoing` gives it; `Host` is how the endpoint calls back. Everything happens at
once and in order: ids are assigned, tables change and handlers start before `receive` returns, so
that the next message finds what this one did. Nothing that the peer sends makes `receive` raise.

Life: open until it *ends*, once, for one reason (a `BrokenError`): a fault of the peer (it is told,
by an abort message), an abort by the peer, a lost transport, or `close`. Then, in this order: the
shell is told, the `on_broken` callbacks run, everything imported fails with the reason, everything
exported is released. An ended endpoint sends nothing and ignores what comes.
"""

from collections.abc import Callable
from typing import Final, NamedTuple, Protocol

from typing_extensions import override

from capnweb_runtime.checks import check_timeout
from capnweb_runtime.core.deadlines import Deadlines
from capnweb_runtime.core.exports import ExportTable
from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.imports import Import, ImportOwner, ImportTable
from capnweb_runtime.core.payload import Payload
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.core.references import ErrorPolicy, Expresser, SessionEvaluator
from capnweb_runtime.core.streams import PartHook, Pipe, ReadableHook, StreamWriter
from capnweb_runtime.errors import (
    BrokenError,
    CallTimeoutError,
    EncodeError,
    InternalError,
    PeerAbortedError,
    ProtocolError,
    RpcError,
    ThrownValueError,
    excerpt,
    wire_error,
)
from capnweb_runtime.ids import ExportId, ImportId
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.errors import forget_traceback
from capnweb_runtime.wire.expressions import Expression
from capnweb_runtime.wire.json_text import dumps, loads
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["Endpoint", "Host", "Stats"]


class Stats(NamedTuple):
    """Entries of the two tables, the main objects included: an idle session has one of each."""

    imports: int
    exports: int


class Host(Protocol):
    """What an endpoint needs of its shell. No method may raise."""

    def wake(self) -> None:
        """There is something to send. May be called from wherever Python collects garbage."""

    def ended(self, reason: BrokenError) -> None:
        """The session is over: write what is left to be sent, then close the transport."""

    def now(self) -> float:
        """The time, in seconds from any start, as flow control needs it."""

    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        """Write all that comes out of a stream or blob that is being sent; then close."""

    def unwrap(self, part: PartHook) -> object:
        """What the application knows a stream or blob of the peer as."""

    def report(self, error: Exception) -> None:
        """A callback of the application failed, or the runtime itself did."""


class Endpoint(ImportOwner):
    """One end of a session.

    Attributes:
        main: the peer's main object. Disposing of this reference ends the session.
        broken: the callbacks to be run at the end, in order.
        reason: why the session ended, None while it is open.
        consequences: of that reason makes what awaited promises fail with, and later calls of what
            was imported; the reason itself, unless the shell knows better.
    """

    def __init__(
        self,
        host: Host,
        main: Hook | None = None,
        limits: Limits = DEFAULT_LIMITS,
        errors: ErrorPolicy = ErrorPolicy(),  # noqa: B008 (it is immutable)
        call_timeout: float | None = None,
        *,
        codec: StructuredCodec | None = None,
    ) -> None:
        """Takes the hook of this side's main object. Nothing is sent at the start.

        Args:
            host: the shell.
            main: this side's main object; None if it has none.
            limits: what the peer may cost.
            errors: how errors are sent.
            call_timeout: seconds from the pull of a call until its answer; None for no limit.
            codec: what makes messages; None if they are text.

        Raises:
            ValueError: if the timeout is not above zero.
        """
        seconds = check_timeout(call_timeout)
        if main is None:
            main = ErrorHook(RpcError("This connection has no main object."))
        self._host = host
        self._limits = limits
        self._errors = errors
        self._codec = codec
        self._exports = ExportTable(main, limits.exports)
        self._imports = ImportTable(self, limits.imports)
        self._evaluator = SessionEvaluator(self._exports, self._imports, limits, host.unwrap)
        self._outgoing: list[object] = []
        self._dropped: list[Import] = []
        self._deadlines = None if seconds is None else Deadlines(seconds, host.now)
        self._size = 0
        self._unanswered: set[ExportId] = set()
        self._draining: list[Callable[[BrokenError | None], None]] = []
        self._disposing: list[Hook] = []
        self.broken: dict[Registration, None] = {}
        self.reason: BrokenError | None = None
        self.consequences: Callable[[BrokenError], tuple[BrokenError, BrokenError]] = _just_that
        self.main: Hook = self._imports.main

    # ---------------------------------------------------------------- for the shell

    def offer(self, main: Hook) -> None:
        """Make something, whose hook this takes, this side's main object, before anything came."""
        if self.reason is None:
            self._exports.set_main(main)
        else:  # what made it has closed the session
            main.dispose()

    def receive(self, message: object) -> None:
        """Take one message from the peer: text, or what the codec reads."""
        if self.reason is not None:
            return
        try:
            self._receive(self._read(message))
        except ProtocolError as error:
            # The traceback would keep what of the message was evaluated for as long as the reason,
            # and so would that of the error that it came of.
            error.__context__ = None
            forget_traceback(error)
            self._end(error, tell_peer=True)
        except RecursionError:
            self._end(ProtocolError("a message is nested too deeply"), tell_peer=True)
        except Exception as error:  # noqa: BLE001 (a bug here must not take the server with it)
            self._host.report(error)
            self._end(InternalError("internal error"), tell_peer=True)

    def take_outgoing(self) -> list[object]:
        """The messages to be sent, in order; they are the caller's now.

        They are text, or what the codec makes.
        """
        self._release_dropped()
        messages, self._outgoing = self._outgoing, []
        return messages

    @property
    def next_deadline(self) -> float | None:
        """When to call `handle_timer`, in the host's time; None for not yet.

        To be asked when something was sent, and after each `handle_timer`. It only grows, until it
        is None: a timer that is set need not be set anew.
        """
        return None if self._deadlines is None else self._deadlines.next

    def handle_timer(self, now: float) -> None:
        """Give up the calls that have not been answered in time."""
        if self._deadlines is not None:
            for entry in self._deadlines.take_expired(now):
                entry.resolve(ErrorHook(CallTimeoutError(self._deadlines.seconds)))

    @override
    def close(self, reason: BrokenError) -> None:
        """End the session from this side, without an abort message."""
        self._end(reason, tell_peer=False)

    def abort(self, reason: BrokenError) -> None:
        """End the session because of a fault, and tell the peer of it."""
        self._end(reason, tell_peer=True)

    def drain(self, then: Callable[[BrokenError | None], None]) -> None:
        """Call `then` when the peer waits for no answer, perhaps at once, or when it is over."""
        if self.reason is None and self._unanswered:
            self._draining.append(then)
        else:
            then(self.reason)

    @property
    def busy(self) -> bool:
        """Whether the peer waits for an answer of this side, or this side for one of the peer's."""
        return bool(self._unanswered) or self._imports.awaited

    def when_ended(self, then: Callable[[], None]) -> None:
        """Call `then`, perhaps at once, when it is over and none of the peer's calls runs on.

        Calls are cancelled at the end; some take their time. What somebody else has kept of a call
        goes on without the session, and does not count.
        """
        self._exports.when_ended(then)

    def stats(self) -> Stats:
        """How much the tables hold now."""
        self._release_dropped()
        return Stats(len(self._imports), len(self._exports))

    def exports(self) -> dict[ExportId, Hook]:
        """What the peer may use now, by id, the main object included. Lent."""
        return self._exports.hooks()

    # ---------------------------------------------------------------- messages that arrive

    def _read(self, message: object) -> Expression:
        if self._codec is not None:
            tree, self._size = self._codec.read(message, self._limits)
            return tree
        if not isinstance(message, str):
            raise ProtocolError("a message must be text, not binary")
        self._size = size = len(message)
        if size > self._limits.message_size:
            raise ProtocolError(
                f"a message of {size} characters is longer than {self._limits.message_size}"
            )
        return loads(message)

    def _receive(self, message: Expression) -> None:
        if not isinstance(message, list) or not message:
            raise ProtocolError("bad RPC message: not a list that begins with a name")
        handler = _HANDLERS.get(message[0]) if type(message[0]) is str else None
        if handler is None or not handler(self, message):
            raise ProtocolError(f"bad RPC message: {excerpt(message)}")

    def _receive_push(self, message: list[Expression]) -> bool:
        if len(message) < 2:
            return False
        self._exports.check_room()
        hook = self._evaluator.hook(message[1])
        if self.reason is None:
            self._exports.add_pushed(hook)
        else:  # a handler closed the session
            hook.dispose()
        return True

    def _receive_stream(self, message: list[Expression]) -> bool:
        if len(message) < 2:
            return False
        self._exports.check_room()
        hook = self._evaluator.hook(message[1])
        if self.reason is not None:
            hook.dispose()
            return True
        export_id = self._exports.add_pushed(hook)
        self._exports.get(export_id).passing = True
        self._answer(export_id)
        return True

    def _receive_pipe(self, _: list[Expression]) -> bool:
        self._exports.check_room()
        pipe = Pipe(lambda: self._size, self._limits.stream_buffer)
        self._exports.add_pipe(pipe, ReadableHook(pipe, self._host.unwrap))
        return True

    def _receive_pull(self, message: list[Expression]) -> bool:
        if len(message) < 2 or type(message[1]) is not int:
            return False
        self._exports.get(message[1])
        self._answer(ExportId(message[1]))
        return True

    def _receive_resolve(self, message: list[Expression]) -> bool:
        if len(message) < 3 or type(message[1]) is not int:
            return False
        entry = self._imports.get(message[1])  # before the value may introduce one of this id
        # Evaluated whether or not anybody waits, so that the capabilities in it are released.
        payload = self._evaluator.payload(message[2])
        if entry is None or entry.resolution is not None:
            payload.dispose()
        else:
            if self._deadlines is not None and entry in self._deadlines:
                # What is missing of the answer, such as the results of a map, has as much time.
                for reference in payload.promises:
                    part = self._imports.entry_of(reference.hook)
                    if part is not None:
                        self._deadlines.start(part)
            entry.resolve(ValueHook(payload))
        return True

    def _receive_reject(self, message: list[Expression]) -> bool:
        if len(message) < 3 or type(message[1]) is not int:
            return False
        entry = self._imports.get(message[1])
        if entry is not None and entry.resolution is None:
            entry.resolve(ErrorHook(self._thrown(message[2])))
        return True

    def _receive_release(self, message: list[Expression]) -> bool:
        if len(message) < 3 or type(message[1]) is not int or type(message[2]) is not int:
            return False
        export_id = ExportId(message[1])
        self._exports.release(export_id, message[2])
        if self._exports.find(export_id) is None:
            self._no_longer_waited_for(export_id)
        return True

    def _receive_abort(self, message: list[Expression]) -> bool:
        reason: object = self._thrown(message[1]) if len(message) > 1 else None
        if isinstance(reason, ThrownValueError):
            reason = reason.value
        self._end(PeerAbortedError(reason), tell_peer=False)
        return True

    def _thrown(self, expression: Expression) -> BaseException:
        """What a reject or an abort gives as the error: an exception, whatever it is."""
        payload = self._evaluator.payload(expression)
        payload.dispose()  # an error carries no capabilities
        value = payload.strip()
        return value if isinstance(value, BaseException) else ThrownValueError(value)

    # ---------------------------------------------------------------- messages that are sent

    def _send(self, message: list[Expression]) -> object:
        """Send a message whose references are lent; gives it as it is sent.

        Raises:
            CallError, EncodeError: if something in it cannot be exported, or the transport cannot
                encode it; then nothing has happened.
        """
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
        self._outgoing.append(message)
        if len(self._outgoing) == 1:
            self._host.wake()

    def _answer(self, export_id: ExportId) -> None:
        """Send the value of an export when it is there, once."""
        entry = self._exports.get(export_id)
        if entry.pulled:
            return
        entry.pulled = True
        self._unanswered.add(export_id)
        hook = entry.hook
        if type(hook) is PromiseHook:
            hook.ask()
            hook.when_resolved(lambda became: self._answer_with(export_id, became))
        else:
            self._answer_with(export_id, hook)

    def _answer_with(self, export_id: ExportId, hook: Hook) -> None:
        if isinstance(hook, ValueHook):
            root = hook.root
            if root is not None and root.is_promise and self._imports.entry_of(root.hook):
                # The peer's own promise: its value need not travel here and back.
                self._send_settled(export_id, hook.payload)
                return
        hook.pull(lambda settled: self._send_settled(export_id, settled))

    def _send_settled(self, export_id: ExportId, settled: Settled) -> None:
        entry = self._exports.find(export_id)
        if entry is None or self.reason is not None:
            return  # released meanwhile: nobody waits for it
        self._send_answer(export_id, settled)
        if entry.passing:
            self._exports.release(export_id, 1)
        self._no_longer_waited_for(export_id)

    def _no_longer_waited_for(self, export_id: ExportId) -> None:
        self._unanswered.discard(export_id)
        if self._draining and not self._unanswered:
            self._tell_drained(None)

    def _tell_drained(self, reason: BrokenError | None) -> None:
        waiting, self._draining = self._draining, []
        for then in waiting:
            then(reason)

    def _send_answer(self, export_id: ExportId, settled: Settled) -> None:
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
            tree = arguments.tree
            assert isinstance(tree, list)  # arguments are an array, in its escaping brackets
            self._send(["push", ["pipeline", import_id, list(path), tree[0]]])
        finally:
            arguments.dispose()
        return self._imports.add_pushed()

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
            tree = arguments.tree
            assert isinstance(tree, list)
            sent = self._send(["stream", ["pipeline", import_id, list(path), tree[0]]])
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
            codec = self._codec
            self._put(f'["pull",{entry.id}]' if codec is None else codec.pack(["pull", entry.id]))

    @override
    def wait_long(self, entry: Import) -> None:
        if self._deadlines is not None:
            self._deadlines.stop(entry)

    @override
    def release(self, entry: Import) -> None:
        if self._deadlines is not None:
            self._deadlines.stop(entry)
        if self.reason is None and self._imports.remove(entry) and entry.introductions:
            if self._codec is None:
                self._put(f'["release",{entry.id},{entry.introductions}]')
            else:
                self._put(self._codec.pack(["release", entry.id, entry.introductions]))

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

    # ---------------------------------------------------------------- the end

    def _end(self, reason: BrokenError, *, tell_peer: bool) -> None:
        if self.reason is not None:
            return
        if tell_peer:
            self._send_error(["abort"], reason)
        self.reason = reason
        if self._deadlines is not None:
            self._deadlines.clear()
        self._host.ended(reason)
        for registration in list(self.broken):
            registration.run(reason)
        self._imports.fail_all(*self.consequences(reason))
        for registration in list(self.broken):  # made by those callbacks
            registration.run(reason)
        self._exports.dispose_all(reason)
        self._tell_drained(reason)


def _just_that(reason: BrokenError) -> tuple[BrokenError, BrokenError]:
    return reason, reason


def _no_leaf(leaf: object) -> Expression:
    raise AssertionError("an error holds no references")


_Handler = Callable[[Endpoint, list[Expression]], bool]

#: What to do with each message; False if it is malformed (protocol: Top-level messages).
_HANDLERS: Final[dict[object, _Handler]] = {
    "push": Endpoint._receive_push,
    "stream": Endpoint._receive_stream,
    "pipe": Endpoint._receive_pipe,
    "pull": Endpoint._receive_pull,
    "resolve": Endpoint._receive_resolve,
    "reject": Endpoint._receive_reject,
    "release": Endpoint._receive_release,
    "abort": Endpoint._receive_abort,
}
