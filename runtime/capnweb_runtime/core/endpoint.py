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

from capnweb_runtime.core.exports import ExportTable
from capnweb_runtime.core.hook import Hook, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, PromiseHook, ValueHook
from capnweb_runtime.core.imports import Import, ImportOwner, ImportTable
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.references import Evaluator, Expresser
from capnweb_runtime.errors import (
    BrokenError,
    EncodeError,
    InternalError,
    PeerAbortedError,
    ProtocolError,
    RpcError,
    excerpt,
    wire_error,
)
from capnweb_runtime.ids import ExportId, ImportId
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.expressions import Expression
from capnweb_runtime.wire.json_text import dumps, loads

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

    def report(self, error: Exception) -> None:
        """A callback of the application failed, or the runtime itself did."""


class Endpoint(ImportOwner):
    """One end of a session.

    Attributes:
        main: the peer's main object. Disposing of this reference ends the session.
        broken: the callbacks to be run at the end, in order.
        reason: why the session ended, None while it is open.
    """

    def __init__(
        self, host: Host, main: Hook | None = None, limits: Limits = DEFAULT_LIMITS
    ) -> None:
        """Takes the hook of this side's main object. Nothing is sent at the start."""
        if main is None:
            main = ErrorHook(RpcError("This connection has no main object."))
        self._host = host
        self._limits = limits
        self._exports = ExportTable(main, limits.exports)
        self._imports = ImportTable(self, limits.imports)
        self._evaluator = Evaluator(self._exports, self._imports, limits)
        self._outgoing: list[str] = []
        self._dropped: list[Import] = []
        self._disposing: list[Hook] = []
        self.broken: dict[Registration, None] = {}
        self.reason: BrokenError | None = None
        self.main: Hook = self._imports.main

    # ---------------------------------------------------------------- for the shell

    def receive(self, text: str) -> None:
        """Take one message from the peer."""
        if self.reason is not None:
            return
        try:
            self._receive(self._parse(text))
        except ProtocolError as error:
            # The traceback would keep what of the message was evaluated for as long as the reason.
            self._end(error.with_traceback(None), tell_peer=True)
        except RecursionError:
            self._end(ProtocolError("a message is nested too deeply"), tell_peer=True)
        except Exception as error:  # noqa: BLE001 (a bug here must not take the server with it)
            self._host.report(error)
            self._end(InternalError("internal error"), tell_peer=True)

    def take_outgoing(self) -> list[str]:
        """The messages to be sent, in order; they are the caller's now."""
        self._release_dropped()
        messages, self._outgoing = self._outgoing, []
        return messages

    @override
    def close(self, reason: BrokenError) -> None:
        """End the session from this side, without an abort message."""
        self._end(reason, tell_peer=False)

    def abort(self, reason: BrokenError) -> None:
        """End the session because of a fault, and tell the peer of it."""
        self._end(reason, tell_peer=True)

    def stats(self) -> Stats:
        """How much the tables hold now."""
        self._release_dropped()
        return Stats(len(self._imports), len(self._exports))

    # ---------------------------------------------------------------- messages that arrive

    def _parse(self, text: str) -> Expression:
        limit = self._limits.message_size
        if len(text) > limit:
            raise ProtocolError(f"a message of {len(text)} characters is longer than {limit}")
        return loads(text)

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
        self._exports.release(ExportId(message[1]), message[2])
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

    def _send(self, message: list[Expression]) -> None:
        """Send a message whose references are lent.

        Raises:
            CallError: if something in it cannot be exported; then nothing has happened.
        """
        expresser = Expresser(self._exports, self._imports)
        try:
            text = dumps(message, expresser.express)
        except BaseException:
            expresser.take_back()
            raise
        self._put(text)
        for export_id in expresser.promises:
            self._answer(export_id)

    def _put(self, text: str) -> None:
        self._outgoing.append(text)
        if len(self._outgoing) == 1:
            self._host.wake()

    def _answer(self, export_id: ExportId) -> None:
        """Send the value of an export when it is there, once."""
        entry = self._exports.get(export_id)
        if entry.pulled:
            return
        entry.pulled = True
        if isinstance(entry.hook, PromiseHook):
            entry.hook.when_resolved(lambda hook: self._answer_with(export_id, hook))
        else:
            self._answer_with(export_id, entry.hook)

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
        entry.answered = True
        if not isinstance(settled, BaseException):
            try:
                self._send(["resolve", export_id, self._forwarded(settled)])
            except (RpcError, RecursionError) as error:
                settled = error.with_traceback(None)  # else it and this frame keep each other
            else:
                return
        self._put(dumps(["reject", export_id, self._encode_error(settled)], _no_leaf))

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

    def _encode_error(self, error: BaseException) -> Expression:
        if isinstance(error, ThrownValueError):
            try:
                return EncodedPayload.of(error.value).tree
            except EncodeError as unsendable:  # the application put something in it
                error = unsendable
        name, message = wire_error(error)
        return ["error", name, message]

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
    def send_pull(self, import_id: ImportId) -> None:
        if self.reason is None:
            self._put(f'["pull",{import_id}]')

    @override
    def release(self, entry: Import) -> None:
        if self.reason is None and self._imports.remove(entry):
            self._put(f'["release",{entry.id},{entry.introductions}]')

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
            self._put(dumps(["abort", self._encode_error(reason)], _no_leaf))
        self.reason = reason
        self._host.ended(reason)
        for registration in list(self.broken):
            registration.run(reason)
        self._imports.fail_all(reason)
        for registration in list(self.broken):  # made by those callbacks
            registration.run(reason)
        self._exports.dispose_all()


class ThrownValueError(RpcError):
    """The peer's application threw what is no error: any value may be thrown in JavaScript.

    Attributes:
        value: what was thrown.
    """

    def __init__(self, value: object) -> None:
        super().__init__(f"the peer threw {excerpt(value)}")
        self.value = value


def _no_leaf(leaf: object) -> Expression:
    raise AssertionError("an error holds no references")


_Handler = Callable[[Endpoint, list[Expression]], bool]

#: What to do with each message; False if it is malformed (protocol: Top-level messages).
_HANDLERS: Final[dict[object, _Handler]] = {
    "push": Endpoint._receive_push,
    "pull": Endpoint._receive_pull,
    "resolve": Endpoint._receive_resolve,
    "reject": Endpoint._receive_reject,
    "release": Endpoint._receive_release,
    "abort": Endpoint._receive_abort,
}
