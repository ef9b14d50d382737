"""A session on an event loop: an endpoint of the core, joined to a transport.

The endpoint collects what is to be sent; it is written once per turn of the loop, or when all that
came at once has been taken in, so that many small messages become few writes.
"""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final, Generic

from typing_extensions import TypeVar, override

from capnweb_runtime.aio.calls import LOG, runs_handler
from capnweb_runtime.aio.idle import IdleTimer
from capnweb_runtime.aio.options import DEFAULT_OPTIONS, Options
from capnweb_runtime.aio.records import by_value
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.streams import pump, unwrap
from capnweb_runtime.aio.waiting import Arrival
from capnweb_runtime.checks import check_timeout
from capnweb_runtime.core.endpoint import Endpoint, Stats
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.core.streamed_calls import StreamingEndpoint
from capnweb_runtime.core.streams import PartHook, StreamWriter
from capnweb_runtime.errors import (
    BrokenError,
    ConnectionLostError,
    RpcError,
    SessionClosedError,
)
from capnweb_runtime.ids import ExportId
from capnweb_runtime.transports.base import (
    CLOSE_ABORT,
    CLOSE_GOING_AWAY,
    CLOSE_IDLE,
    CLOSE_NORMAL,
    NO_CLOSE,
    Close,
    Receiver,
    Transport,
)
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["Session"]

S = TypeVar("S", bound=Stub, default=DynamicStub)

#: A peer that closes with one of these has closed as usual.
_USUAL = frozenset({CLOSE_NORMAL, CLOSE_GOING_AWAY})

#: Seconds that handlers have to end when their session has: enough to roll back a transaction or
#: say goodbye to a database, and not so long that one which never ends keeps a server from closing.
_PATIENCE: Final = 10.0


class Session(Receiver, Host, Generic[S]):
    """One end of a running session (npm package: RpcSession).

    Attributes:
        main: a stub of the peer's main object. Disposing of it closes the session.
    """

    def __init__(
        self,
        transport: Transport,
        stub: type[S],
        main: Hook | Callable[[S], Hook] | None = None,
        options: Options = DEFAULT_OPTIONS,
    ) -> None:
        """Start a session (for the runtime; users call `connect`, `serve` or `accept`).

        Args:
            transport: taken: the session closes it.
            stub: the class of the peer's main object: a generated stub, or `DynamicStub`.
            main: this side's main object, taken, or what makes it of the stub of the peer's; None
                if it has none.
            options: see `SessionOptions`.

        Raises:
            TypeError: if the transport's encoding is none; then nothing has been started.
            BaseException: what making the main object raises; the session has ended then.
        """
        try:
            codec = _codec(transport)
        except TypeError:
            if isinstance(main, Hook):
                main.dispose()
            raise
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._options = options
        self._limits = options.bounds
        self._awake = False
        self._lazy = False
        self._receiving = False
        self._started = False
        self._close: Close | None = None
        self._when_ended: Callable[[Session[S]], None] | None = None
        self._pumps: set[asyncio.Task[None]] = set()
        self._transport = transport
        replace = None if options.on_send_error is None else self._replace_error
        self._endpoint = self._make_endpoint(ErrorPolicy(by_value, replace), codec)
        self._timed = options.call_timeout is not None
        self._timer: asyncio.TimerHandle | None = None
        self._idle: IdleTimer | None = None
        self.main: S = stub(self._endpoint.main)
        if main is not None:
            self._endpoint.offer(main if isinstance(main, Hook) else self._made(main))
        idle_timeout = check_timeout(options.idle_timeout)
        if idle_timeout is not None and self.reason is None:
            self._idle = IdleTimer(idle_timeout, self._endpoint, self._idled)
        self._started = True
        transport.start(self)

    def _made(self, make: Callable[[S], Hook]) -> Hook:
        try:
            return make(self.main)
        except BaseException:
            # It may have called the peer's main object already: those calls fail. The callbacks are
            # for sessions that there were.
            self._options = DEFAULT_OPTIONS
            self._endpoint.close(SessionClosedError("the session could not be started"))
            raise

    def _make_endpoint(self, errors: ErrorPolicy, codec: StructuredCodec | None) -> Endpoint:
        timeout = self._options.call_timeout
        kind = StreamingEndpoint if self._options.stream_calls else Endpoint
        return kind(self, None, self._limits, errors, timeout, codec=codec)

    def stats(self) -> Stats:
        """Entries of the two tables, the main objects included: an idle session has one of each."""
        return self._endpoint.stats()

    def exports(self) -> dict[ExportId, Hook]:
        """What the peer may use now, by id (for `capnweb_runtime.testing`)."""
        return self._endpoint.exports()

    async def drain(self) -> None:
        """Wait until every result that the peer has asked for has been given.

        Raises:
            BrokenError: if the session ends before.
        """
        reason = await Arrival(self._endpoint.drain)
        if reason is not None:
            raise reason.with_traceback(None)

    @property
    def reason(self) -> BrokenError | None:
        """Why the session ended; None while it is open."""
        return self._endpoint.reason

    async def aclose(self, code: int = CLOSE_NORMAL, reason: str = "") -> None:
        """Close the session and wait until the transport is closed.

        Pending calls fail with `SessionClosedError`, handlers that still run are cancelled and
        waited for, as `wait_closed` says.

        Args:
            code: what the peer is told, a WebSocket close code: 1000, or 3000 to 4999.
            reason: for people; of more than 123 bytes the beginning is sent.
        """
        self._end(Close(code, reason), SessionClosedError("the session was closed"))
        await self.wait_closed()

    def abort(self) -> None:
        """End the session at once, without a word to the peer; what was not written is lost."""
        if self._endpoint.reason is None:
            self._end(NO_CLOSE, SessionClosedError("the session was given up"))
            self._transport.abort()

    def when_ended(self, then: "Callable[[Session[S]], None]") -> None:
        """Call `then` in the turn after the session has ended, for whoever keeps it (once)."""
        self._when_ended = then
        if self.reason is not None:
            self._loop.call_soon(then, self)

    async def wait_closed(self) -> None:
        """Wait until the session has ended, for whatever reason, with all that belongs to it.

        That is its transport, and the handlers of its calls and sources of its streams, which are
        cancelled then. One that does not end within 10 seconds is left to itself, with a warning
        in the log ``capnweb_runtime.calls``. A handler that calls this waits for the transport
        only: it cannot wait for its own end.
        """
        await self._transport.wait_closed()
        if not runs_handler(asyncio.current_task()):
            await self._scope_closed()

    async def _scope_closed(self) -> None:
        ended = asyncio.Event()
        self._endpoint.when_ended(ended.set)
        if ended.is_set() and not self._pumps:
            return
        try:
            async with asyncio.timeout(_PATIENCE):
                await ended.wait()
                while self._pumps:
                    await asyncio.wait(self._pumps)
        except TimeoutError:
            LOG.warning(
                "handlers of a session still run %g s after it has ended: do they catch"
                " CancelledError?",
                _PATIENCE,
            )

    # ---- for the transport (Receiver)

    @override
    def received(self, messages: list[Any]) -> None:
        if self._idle is not None:
            self._idle.restart()
        awake = self._awake
        self._receiving = True
        try:
            self._endpoint.receive(*messages)
        finally:
            self._receiving = False
        if self._awake and not self._lazy:
            self._flush()  # now, and not in a turn of the loop of its own
        elif self._awake and not awake:
            self._loop.call_soon(self._flush_next)

    @override
    def lost(self, reason: str, close: Close = NO_CLOSE) -> None:
        self._end(close, ConnectionLostError(reason))

    # ---- for the endpoint (Host)

    @override
    def wake(self, *, lazily: bool = False) -> None:
        if threading.get_ident() != self._thread:  # the collector runs in any thread
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._flush)
        elif self._awake and not (self._lazy and not lazily):
            pass  # it is about to be sent
        elif self._receiving:
            self._awake, self._lazy = True, lazily
        elif not self._loop.is_closed():
            self._awake, self._lazy = True, lazily
            self._loop.call_soon(self._flush_next if lazily else self._flush)

    def _flush_next(self) -> None:
        # A release is made when a result comes; whoever awaited that runs in the next turn, and its
        # next call goes out in the one after. If the release did so before, it would wake the peer.
        if self._lazy:
            self._lazy = False
            self._loop.call_soon(self._flush)

    @override
    def send(self, messages: list[object]) -> bool:
        if not self._started:
            return False
        self._transport.send(messages)
        return True

    @override
    def ended(self, reason: BrokenError) -> None:
        for pump_task in self._pumps:
            pump_task.cancel()
        if self._timer is not None:
            self._timer.cancel()
        if self._idle is not None:
            self._idle.stop()
        if self._close is None:
            closed = isinstance(reason, SessionClosedError)
            self._close = Close(CLOSE_NORMAL) if closed else Close(CLOSE_ABORT, str(reason))
        self._tell_application(reason, self._close)
        if self._when_ended is not None and not self._loop.is_closed():
            self._loop.call_soon(self._when_ended, self)
        self.wake()  # `_flush` sees that it is over

    @override
    def now(self) -> float:
        return self._loop.time()

    @override
    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        task = self._loop.create_task(pump(source, writer))
        self._pumps.add(task)
        task.add_done_callback(self._pumps.discard)

    @override
    def unwrap(self, part: PartHook) -> object:
        return unwrap(part)

    @override
    def report(self, error: Exception) -> None:
        self._loop.call_exception_handler(
            {"message": "error in an RPC session", "exception": error, "session": self}
        )

    def _replace_error(self, error: BaseException) -> BaseException | None:
        assert self._options.on_send_error is not None
        try:
            replacement = self._options.on_send_error(error)
            if replacement is not None and not isinstance(replacement, BaseException):
                raise TypeError(  # noqa: TRY301 (it is reported as what the callback raises is)
                    f"on_send_error must return an exception or None, not {replacement!r}"
                )
        except Exception as fault:  # noqa: BLE001 (the application's fault, not that of the session)
            self.report(fault)
            return RpcError("an error that could not be prepared for being sent")
        return replacement

    def _end(self, close: Close, reason: BrokenError) -> None:
        if self._endpoint.reason is None:
            self._close = close
            self._endpoint.close(reason)

    def _idled(self) -> None:
        reason = "nothing came for too long"
        self._end(Close(CLOSE_IDLE, reason), SessionClosedError(f"the session was idle: {reason}"))

    def _tell_application(self, reason: BrokenError, close: Close) -> None:
        """Run the callbacks of the options, soon: the end of a session is no place for them."""
        if self._loop.is_closed():
            return
        options = self._options
        usual = isinstance(reason, SessionClosedError) or (
            isinstance(reason, ConnectionLostError) and close.code in _USUAL
        )
        if options.on_error is not None and not usual:
            self._loop.call_soon(options.on_error, reason)
        if options.on_close is not None:
            self._loop.call_soon(options.on_close, *close)

    def _flush(self) -> None:
        self._awake = False
        if not self._started:
            return  # its main object could not be made
        messages = self._endpoint.take_outgoing()
        if messages:
            self._transport.send(messages)
        if self._timed and self._timer is None:
            self._set_timer()
        if self._endpoint.reason is not None:
            self._transport.close(*(self._close or NO_CLOSE))
        elif self._transport.unsent > self._limits.unsent:
            self._endpoint.close(
                ConnectionLostError(
                    f"more than {self._limits.unsent} characters wait for a peer that does not read"
                )
            )
            self._transport.abort()

    def _set_timer(self) -> None:
        deadline = self._endpoint.next_deadline
        self._timer = None if deadline is None else self._loop.call_at(deadline, self._timer_rang)

    def _timer_rang(self) -> None:
        assert self._timer is not None
        # An event loop may call a little early.
        self._endpoint.handle_timer(max(self._timer.when(), self._loop.time()))
        self._set_timer()


def _codec(transport: Transport) -> StructuredCodec | None:
    """How messages are made for a transport; None if they are text."""
    encoding: object = getattr(transport, "encoding", None)
    if encoding is None or encoding == "string":
        return None
    return StructuredCodec(encoding, transport.encode, transport.decode)
