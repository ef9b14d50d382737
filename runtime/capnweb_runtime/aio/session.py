"""A session on an event loop: an endpoint of the core, joined to a transport.

The endpoint collects what is to be sent; it is written once per turn of the loop, so that many
small messages become few writes.
"""

import asyncio
import threading
from typing import Generic, TypeVar

from typing_extensions import override

from capnweb_runtime.aio.records import by_value
from capnweb_runtime.aio.refs import Stub
from capnweb_runtime.aio.streams import pump, unwrap
from capnweb_runtime.aio.waiting import Arrival
from capnweb_runtime.core.endpoint import Endpoint, Host, Stats
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.core.streams import PartHook, StreamWriter
from capnweb_runtime.errors import (
    BrokenError,
    ConnectionLostError,
    OnSendError,
    RpcError,
    SessionClosedError,
)
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.transports.base import CLOSE_ABORT, CLOSE_NORMAL, Receiver, Transport
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["Session"]

S = TypeVar("S", bound=Stub)


class Session(Receiver, Host, Generic[S]):
    """One end of a running session (npm package: RpcSession).

    Attributes:
        main: a stub of the peer's main object. Disposing of it closes the session.
    """

    def __init__(
        self,
        transport: Transport,
        stub: type[S],
        main: Hook | None = None,
        limits: Limits | None = None,
        on_send_error: OnSendError | None = None,
    ) -> None:
        """Start a session (for the runtime; users call `connect`, `serve` or `accept`).

        Args:
            transport: taken: the session closes it.
            stub: the class of the peer's main object: a generated stub, or `DynamicStub`.
            main: this side's main object, taken; None if it has none.
            limits: what the peer may cost.
            on_send_error: what to send in place of an error; see `connect`.

        Raises:
            TypeError: if the transport's encoding is none; then nothing has been started.
        """
        try:
            codec = _codec(transport)
        except TypeError:
            if main is not None:
                main.dispose()
            raise
        self._loop = asyncio.get_running_loop()
        self._thread = threading.get_ident()
        self._limits = limits or DEFAULT_LIMITS
        self._awake = False
        self._pumps: set[asyncio.Task[None]] = set()
        self._transport = transport
        self._on_send_error = on_send_error
        replace = None if on_send_error is None else self._replace_error
        self._endpoint = Endpoint(self, main, self._limits, ErrorPolicy(by_value, replace), codec)
        self.main: S = stub(self._endpoint.main)
        transport.start(self)

    def stats(self) -> Stats:
        """Entries of the two tables, the main objects included: an idle session has one of each."""
        return self._endpoint.stats()

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

    async def aclose(self) -> None:
        """Close the session and wait until the transport is closed.

        Pending calls fail with `SessionClosedError`, handlers that still run are cancelled.
        """
        self._endpoint.close(SessionClosedError("the session was closed"))
        await self.wait_closed()

    async def wait_closed(self) -> None:
        """Wait until the session has ended, for whatever reason, and its transport is closed."""
        await self._transport.wait_closed()

    # ---- for the transport (Receiver)

    @override
    def received(self, message: object) -> None:
        self._endpoint.receive(message)

    @override
    def lost(self, reason: str) -> None:
        self._endpoint.close(ConnectionLostError(reason))

    # ---- for the endpoint (Host)

    @override
    def wake(self) -> None:
        if threading.get_ident() != self._thread:  # the collector runs in any thread
            if not self._loop.is_closed():
                self._loop.call_soon_threadsafe(self._flush)
        elif not self._awake and not self._loop.is_closed():
            self._awake = True
            self._loop.call_soon(self._flush)

    @override
    def ended(self, reason: BrokenError) -> None:
        for pump_task in self._pumps:
            pump_task.cancel()
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
        assert self._on_send_error is not None
        try:
            replacement = self._on_send_error(error)
            if replacement is not None and not isinstance(replacement, BaseException):
                raise TypeError(  # noqa: TRY301 (it is reported as what the callback raises is)
                    f"on_send_error must return an exception or None, not {replacement!r}"
                )
        except Exception as fault:  # noqa: BLE001 (the application's fault, not that of the session)
            self.report(fault)
            return RpcError("an error that could not be prepared for being sent")
        return replacement

    def _flush(self) -> None:
        self._awake = False
        messages = self._endpoint.take_outgoing()
        if messages:
            self._transport.send(messages)
        reason = self._endpoint.reason
        if reason is not None:
            closed = isinstance(reason, SessionClosedError)
            self._transport.close(
                CLOSE_NORMAL if closed else CLOSE_ABORT, "" if closed else str(reason)
            )
        elif self._transport.unsent > self._limits.unsent:
            self._endpoint.close(
                ConnectionLostError(
                    f"more than {self._limits.unsent} characters wait for a peer that does not read"
                )
            )
            self._transport.abort()


def _codec(transport: Transport) -> StructuredCodec | None:
    """How messages are made for a transport; None if they are text."""
    encoding: object = getattr(transport, "encoding", None)
    if encoding is None or encoding == "string":
        return None
    return StructuredCodec(encoding, transport.encode, transport.decode)
