"""HTTP/1.1 on one connection: requests are read whole, handed to a handler one at a time, answered.

For small requests with small answers, such as HTTP batches. `h11` knows the rules of the protocol;
here is what one client may cost: the size of a request, the time that it may take, and how much of
what follows it is read before it is answered. Whatever a client does harms its own connection only.

Life: waiting for a request, reading it, handling it, writing the response; then waiting again, or
lingering: the response is written, the other direction is read and thrown away for a while, so that
the client can read the response before it learns that nobody listens any more.
"""

import asyncio
import http.client
from collections.abc import Callable
from dataclasses import dataclass
from email.utils import formatdate
from enum import Enum, auto
from http import HTTPStatus
from typing import Final, cast

import h11
from typing_extensions import override

from capnweb_runtime.transports.http import (
    HttpHandler,
    HttpHeaders,
    HttpRequest,
    HttpResponse,
    RequestHead,
    headers_of,
)

__all__ = ["HttpConnection", "HttpLimits"]

#: Bytes that are read ahead of a request that is being handled.
_READ_AHEAD: Final = 64 * 1024

#: Pieces of a body that may be of any size, and bytes that those of larger bodies have at least, on
#: average: each costs some twenty microseconds, and one may be a single byte.
_PIECES: Final = 4096
_PIECE_SIZE: Final = 64

#: Seconds that a client has to see that its connection is being closed.
_LINGER_SECONDS: Final = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class HttpLimits:
    """What one HTTP connection may cost."""

    #: Bytes of a request's body.
    body_size: int

    #: Bytes of request line and headers, as other servers have it: 16 KiB hold any cookie.
    head_size: int = 16 * 1024

    #: Seconds for a request to arrive, and as many for its response to be taken.
    transfer_timeout: float = 30.0

    #: Seconds that a connection may wait for its next request. Longer than proxies in front keep
    #: theirs (commonly 60 s), so that they do not send a request to one that is just closing.
    idle_timeout: float = 75.0


class _State(Enum):
    WAITING = auto()
    READING = auto()
    HANDLING = auto()
    WRITING = auto()
    LINGERING = auto()
    CLOSED = auto()


class HttpConnection(asyncio.Protocol):
    """One connection of a client.

    To be given to an event loop as a protocol; or to a transport that is open already, by
    `take_over`.
    """

    def __init__(
        self,
        handler: HttpHandler,
        limits: HttpLimits,
        closed: "Callable[[HttpConnection], object]" = lambda _: None,
    ) -> None:
        """`handler` is called for each request, one at a time; `closed` at the end."""
        self._closed = closed
        self._handler = handler
        self._limits = limits
        self._http = h11.Connection(h11.SERVER, max_incomplete_event_size=limits.head_size)
        self._state = _State.WAITING
        self._transport: asyncio.Transport | None = None
        self._request: h11.Request | None = None
        self._body = bytearray()
        self._pieces = 0
        self._ahead = 0  # bytes that came while a request was being handled
        self._closing = False
        self._blocked = False  # what was written has not been taken yet
        self._timer: asyncio.TimerHandle | None = None
        self._task: asyncio.Task[None] | None = None
        self._gone = asyncio.Event()

    # ---------------------------------------------------------------- for the owner

    def take_over(self, transport: asyncio.Transport, data: bytes) -> None:
        """Serve a transport that had another protocol until now, which has read `data` of it."""
        transport.set_protocol(self)
        self.connection_made(transport)
        if data:
            self.data_received(data)

    def close(self) -> None:
        """Close as soon as the request that is being handled, if any, has been answered."""
        self._closing = True
        if self._state in {_State.WAITING, _State.READING}:
            self._hang_up()

    def abort(self) -> None:
        """Drop the connection at once; a handler that runs is cancelled."""
        if self._transport is not None:
            self._transport.abort()

    async def wait_closed(self) -> None:
        """Wait until the connection is closed, by whomever, and no handler runs any more."""
        await self._gone.wait()
        if self._task is not None:
            await asyncio.wait([self._task])

    # ---------------------------------------------------------------- for the event loop

    @override
    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)
        self._transport.set_write_buffer_limits(0)  # so that it tells when all is written
        self._time_out_after(self._limits.idle_timeout)

    @override
    def data_received(self, data: bytes) -> None:
        if self._state in {_State.LINGERING, _State.CLOSED}:
            return
        self._http.receive_data(data)
        if self._state in {_State.WAITING, _State.READING}:
            self._read()
            return
        self._ahead += len(data)
        if self._ahead > _READ_AHEAD:
            self._open.pause_reading()

    @override
    def eof_received(self) -> bool:
        # A client that has gone cannot be told from one that only has nothing more to say, which
        # none has been seen to do: it has gone, and what it asked for is cancelled.
        return False  # closes it, once what was written has been taken

    @override
    def pause_writing(self) -> None:
        self._blocked = True

    @override
    def resume_writing(self) -> None:
        self._blocked = False
        if self._state is _State.WRITING:
            self._written()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._state = _State.CLOSED
        self._stop_timer()
        if self._task is not None:
            self._task.cancel()  # nobody will get the answer
        self._gone.set()
        self._closed(self)

    # ---------------------------------------------------------------- reading

    @property
    def _open(self) -> asyncio.Transport:
        assert self._transport is not None
        return self._transport

    def _read(self) -> None:
        """Go on with what has been received, until a request is complete or more is needed."""
        try:
            while self._state in {_State.WAITING, _State.READING}:
                event = self._http.next_event()
                if event is h11.NEED_DATA:
                    self._need_data()
                    return
                if isinstance(event, h11.Request):
                    self._begin(event)
                elif isinstance(event, h11.Data):
                    self._add(event.data)
                elif isinstance(event, h11.EndOfMessage):
                    self._handle()
                else:  # closed, or paused by an error
                    self._hang_up()
        except h11.RemoteProtocolError as error:
            self._refuse(error.error_status_hint, str(error))

    def _need_data(self) -> None:
        if self._state is _State.WAITING and self._http.trailing_data[0]:
            self._reading()
        if self._http.they_are_waiting_for_100_continue:
            go_on = h11.InformationalResponse(status_code=100, headers=[])
            self._open.write(self._http.send(go_on) or b"")

    def _reading(self) -> None:
        """The first bytes of a request are here: the rest has to come in time."""
        self._state = _State.READING
        self._time_out_after(self._limits.transfer_timeout)

    def _begin(self, request: h11.Request) -> None:
        if self._state is _State.WAITING:
            self._reading()
        self._request = request
        if not request.http_version.startswith(b"1."):
            self._refuse(505, "this is a server of HTTP/1.1")
            return
        # h11 bounds what is not complete yet; this may have come in one piece.
        size = len(request.target) + sum(len(name) + len(value) for name, value in request.headers)
        if size > self._limits.head_size:
            self._refuse(431, f"a request's head has at most {self._limits.head_size} bytes")
            return
        names = [name for name, _ in request.headers]
        if b"content-length" in names and b"transfer-encoding" in names:
            # One of them is a lie that some proxy on the way may have believed (RFC 9112, 6.1).
            self._refuse(400, "content-length and transfer-encoding exclude each other")
            return
        length = next((value for name, value in request.headers if name == b"content-length"), b"0")
        if int(length) > self._limits.body_size:
            self._refuse_body()

    def _add(self, data: bytes | bytearray) -> None:
        self._body += data
        self._pieces += 1
        if self._pieces > max(_PIECES, len(self._body) // _PIECE_SIZE):
            self._refuse(400, "the chunks of the body are too small")
        elif len(self._body) > self._limits.body_size:
            self._refuse_body()

    def _refuse_body(self) -> None:
        self._refuse(413, f"a request has at most {self._limits.body_size} bytes")

    # ---------------------------------------------------------------- handling

    def _handle(self) -> None:
        assert self._request is not None
        self._state = _State.HANDLING
        self._stop_timer()  # how long it may take is the handler's affair
        self._ahead = len(self._http.trailing_data[0])
        body, self._body, self._pieces = bytes(self._body), bytearray(), 0
        peer: object = self._open.get_extra_info("peername")
        head = RequestHead(
            self._request.target.decode("ascii"),
            headers_of(
                (name.decode("ascii"), value.decode("latin-1"))
                for name, value in self._request.headers
            ),
            str(peer[0]) if isinstance(peer, tuple) else "",
        )
        request = HttpRequest(self._request.method.decode("ascii"), head, body)
        self._task = asyncio.get_running_loop().create_task(self._run(request))

    async def _run(self, request: HttpRequest) -> None:
        try:
            response = await self._handler(request)
        except Exception as error:  # noqa: BLE001 (a fault of the handler ends its request alone)
            _report("the handler of an HTTP request failed", error)
            response = HttpResponse(500, [])
        except asyncio.CancelledError:
            self.abort()
            raise
        if self._state is not _State.HANDLING:
            return
        self._task = None
        try:
            self._respond(response)
        except (h11.LocalProtocolError, ValueError) as error:
            # Nothing of it has been written, and nobody would ever close the connection.
            _report("the response to an HTTP request cannot be sent", error)
            self.abort()

    # ---------------------------------------------------------------- writing

    def _refuse(self, status: int, reason: str) -> None:
        """Answer what is no proper request, and close: what follows cannot be made out."""
        self._closing = True
        self._body.clear()
        if self._http.our_state in {h11.IDLE, h11.SEND_RESPONSE}:
            headers = [("content-type", "text/plain;charset=UTF-8")]
            self._respond(HttpResponse(status, headers, reason.encode()))
        else:
            self._hang_up()

    def _respond(self, response: HttpResponse) -> None:
        headers: HttpHeaders = [*response.headers, ("date", formatdate(usegmt=True))]
        if response.status != HTTPStatus.NO_CONTENT:
            headers.append(("content-length", str(len(response.body))))
        if self._closing:
            headers.append(("connection", "close"))
        self._time_out_after(self._limits.transfer_timeout)
        reason = http.client.responses.get(response.status, "")
        # What a client sent may be in them, in any byte (RFC 9110, section 5.5: obs-text).
        encoded = [(name.encode("ascii"), value.encode("latin-1")) for name, value in headers]
        events: list[h11.Event] = [
            h11.Response(status_code=response.status, headers=encoded, reason=reason),
            h11.Data(data=response.body),
            h11.EndOfMessage(),
        ]
        if self._request is not None and self._request.method == b"HEAD":
            del events[1]
        # In one piece, and before it counts as being written: a transport with encryption blocks
        # and goes on within the call.
        self._open.write(b"".join(self._http.send(event) or b"" for event in events))
        self._state = _State.WRITING
        if not self._blocked:
            self._written()

    def _written(self) -> None:
        """The response is on its way; on with the next request, which may be here already."""
        self._request = None
        if self._closing or {self._http.our_state, self._http.their_state} != {h11.DONE}:
            self._hang_up()
            return
        self._http.start_next_cycle()
        self._state = _State.WAITING
        self._time_out_after(self._limits.idle_timeout)
        self._open.resume_reading()
        # Not from here: a client could make a chain of requests as deep as the stack.
        asyncio.get_running_loop().call_soon(self._go_on)

    def _go_on(self) -> None:
        if self._state is _State.WAITING:
            self._read()

    # ---------------------------------------------------------------- the end

    def _hang_up(self) -> None:
        """Close, once the client has had time to read what was written to it."""
        if self._state in {_State.LINGERING, _State.CLOSED}:
            return
        wrote = self._state is _State.WRITING
        self._state = _State.LINGERING
        if wrote and self._open.can_write_eof():
            self._open.write_eof()
            self._open.resume_reading()
            self._time_out_after(_LINGER_SECONDS)
        else:
            self._time_out_after(_LINGER_SECONDS)
            self._open.close()

    def _time_out_after(self, seconds: float) -> None:
        self._stop_timer()
        self._timer = asyncio.get_running_loop().call_later(seconds, self._timed_out)

    def _stop_timer(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _timed_out(self) -> None:
        if self._state is _State.WAITING:
            self._hang_up()
        elif self._state is _State.READING:
            self._refuse(408, "the request took too long to arrive")
        else:
            self.abort()


def _report(message: str, error: Exception) -> None:
    asyncio.get_running_loop().call_exception_handler({"message": message, "exception": error})
