"""One end of a session: the messages that arrive, and what they do to its two tables.

What an end sends is in `sending`, the half that this one builds on. An `Endpoint` is driven by a
shell: it hands each message that arrives to `receive` and writes what `take_outgoing` gives it;
`Host` is how the endpoint calls back. Everything happens at once and in order: ids are assigned,
tables change and handlers start before `receive` returns, so that the next message finds what this
one did. Nothing that the peer sends makes `receive` raise.

Life: open until it *ends*, once, for one reason (a `BrokenError`): a fault of the peer (it is told,
by an abort message), an abort by the peer, a lost transport, or `close`. Then, in this order: the
shell is told, the `on_broken` callbacks run, everything imported fails with the reason, everything
exported is released. An ended endpoint sends nothing and ignores what comes.
"""

from collections.abc import Callable
from typing import Final, NamedTuple

from typing_extensions import override

from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.references import ErrorPolicy, SessionEvaluator
from capnweb_runtime.core.sending import Sender
from capnweb_runtime.core.streams import Pipe, ReadableHook
from capnweb_runtime.errors import (
    BrokenError,
    CallTimeoutError,
    InternalError,
    PeerAbortedError,
    ProtocolError,
    RpcError,
    ThrownValueError,
    excerpt,
)
from capnweb_runtime.ids import ExportId
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.errors import forget_traceback
from capnweb_runtime.wire.expressions import Expression
from capnweb_runtime.wire.json_text import loads
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["Endpoint", "Stats"]


class Stats(NamedTuple):
    """Entries of the two tables, the main objects included: an idle session has one of each."""

    imports: int
    exports: int


@mypyc_attr(allow_interpreted_subclasses=True)
class Endpoint(Sender):
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
        if main is None:
            main = ErrorHook(RpcError("This connection has no main object."))
        super().__init__(host, main, limits, errors, call_timeout, codec=codec)
        self._limits = limits
        self._evaluator = SessionEvaluator(self._exports, self._imports, limits, host.unwrap)
        self._size = 0
        self.consequences: Callable[[BrokenError], tuple[BrokenError, BrokenError]] = _just_that
        self.main: Hook = self._imports.main

    # ---------------------------------------------------------------- for the shell

    def offer(self, main: Hook) -> None:
        """Make something, whose hook this takes, this side's main object, before anything came."""
        if self.reason is None:
            self._exports.set_main(main)
        else:  # what made it has closed the session
            main.dispose()

    def receive(self, *messages: object) -> None:
        """Take messages from the peer, in order: text, or what the codec reads."""
        try:
            for message in messages:
                if self.reason is not None:
                    return
                self._receive(message)
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

    def _receive(self, message: object) -> None:
        # Not a part of `receive`, which would keep the tree, and what it was evaluated to, until
        # after the end.
        if self._codec is not None:
            tree, self._size = self._codec.read(message, self._limits)
        elif type(message) is str:
            self._size = size = len(message)
            if size > self._limits.message_size:
                raise ProtocolError(
                    f"a message of {size} characters is longer than {self._limits.message_size}"
                )
            tree = loads(message)
        else:
            raise ProtocolError("a message must be text, not binary")
        if type(tree) is not list or not tree:
            raise ProtocolError("bad RPC message: not a list that begins with a name")
        handle = _HANDLERS.get(tree[0]) if type(tree[0]) is str else None
        if handle is None or not handle(self, tree):
            raise ProtocolError(f"bad RPC message: {excerpt(tree)}")

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
        self._answer(message[1])
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
        if self._exports.release(message[1], message[2]):
            self._no_longer_waited_for(message[1])
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
