"""A WebSocket whose frames are read by `picows`: no task, no future, no object for each message.

The `websockets` library opens the connection and decides how it ends; this reads what lies between,
by callbacks of the event loop, and writes it in few pieces. A message that is echoed takes 8
microseconds of the processors of both ends, not 21 (of 1,000 in flight), or 274 and not 396 (one
after the other).

The bounds are those of `queued`, and for the same reasons. Messages that cannot be handed on yet,
because this side has had its turn of the event loop or because too much waits to be written, stand
in a line. While they do for the former reason, which is over in the next turn, nothing is read;
while they do for the latter, pings and the end of the connection are seen, and so is everything
else until the line is too long.

Life: open; deaf, when the peer has closed, or has made a mistake, after which nothing of it is
listened to; lost, when there is no connection any more; over, when all that came has been handed
on, and the receiver has been told.
"""

import asyncio
from collections import deque
from typing import Final

from picows import WSFrame, WSMsgType
from typing_extensions import override
from websockets.exceptions import ProtocolError
from websockets.frames import CloseCode, Opcode
from websockets.protocol import Side

from capnweb_runtime.transports.base import (
    CLOSE_NORMAL,
    NO_CLOSE,
    Close,
    Receiver,
    Transport,
)
from capnweb_runtime.transports.busy_poll import busy_poll_of
from capnweb_runtime.transports.closing import ClosingHandshake, control_frame
from capnweb_runtime.transports.frames import joined_frames
from capnweb_runtime.transports.handover import OpenedConnection
from capnweb_runtime.transports.keepalive import Heartbeat, Keepalive, Pinger
from capnweb_runtime.transports.picows_parser import FrameParser, feed, parsers_of
from capnweb_runtime.transports.queued import (
    CLOSE_TIMEOUT,
    FEW,
    HOLD_ABOVE,
    HOLD_AT_MOST,
    OVERHEAD,
    next_turn,
)

__all__ = ["PicowsTransport"]

_TEXT: Final = WSMsgType.TEXT
_BINARY: Final = WSMsgType.BINARY
_CONTINUATION: Final = WSMsgType.CONTINUATION

#: Bytes that are read at a time: some thousand small messages, which takes a millisecond or two.
_READ_AT_ONCE: Final = 64 * 1024

#: Characters in the line up to which reading goes on although it goes on in the next turn anyway:
#: to stop and begin again takes as long as to read a dozen messages.
_READ_AHEAD: Final = 64 * 1024

#: A protocol of the event loop that takes what nobody has.
_NOBODY: Final = asyncio.Protocol()

#: Where that is read to which nobody listens.
_DEAF: Final = memoryview(bytearray(64 * 1024))


class PicowsTransport(asyncio.BufferedProtocol, Transport, Pinger):
    """Moves messages over a connection that was just opened, which it takes: it closes it."""

    # So many attributes are 1.4 KiB in a dictionary.
    __slots__ = (
        "_at_once",
        "_blocked",
        "_busy_poll",
        "_came",
        "_client",
        "_closing",
        "_deadline",
        "_deaf",
        "_fault",
        "_fragments",
        "_fragments_kind",
        "_handshake",
        "_heard",
        "_heart",
        "_left",
        "_line",
        "_line_moves",
        "_line_size",
        "_loop",
        "_lost",
        "_max_size",
        "_opened",
        "_over",
        "_parser",
        "_parsers",
        "_paused",
        "_pinged",
        "_pong",
        "_queue",
        "_queued",
        "_receiver",
        "_socket",
        "_tail",
        "_waiter",
        "_writing",
        "_written",
        "_written_before",
    )

    def __init__(
        self,
        connection: OpenedConnection,
        max_size: int,
        keepalive: Keepalive | None = None,
        busy_poll: float | None = None,
    ) -> None:
        """Nothing is read before `start`.

        Args:
            connection: open, without extensions; nobody has received or sent anything.
            max_size: bytes of a message.
            keepalive: when to ping.
            busy_poll: seconds for which the event loop is kept awake; None for not at all.
        """
        self._opened: OpenedConnection | None = connection  # until it is started
        self._socket = connection.transport
        self._max_size = max_size
        self._client = connection.protocol.side is Side.CLIENT
        self._receiver: Receiver | None = None
        self._loop = asyncio.get_running_loop()
        self._parsers = parsers_of(self._loop, max_size, client=self._client)
        self._busy_poll = None if busy_poll is None else busy_poll_of(self._loop, busy_poll)
        self._parser: FrameParser | None = None  # while something of a frame is there
        self._tail = 0  # bytes in it after the last frame; below 0 if there was none
        self._fragments: bytearray | None = None  # of the message that is under way
        self._fragments_kind = _TEXT
        self._deaf = False
        self._lost = False
        self._over = False
        self._waiter: asyncio.Future[None] | None = None  # of those who wait for that
        self._fault = ""  # why this side gave it up: what then happens tells less
        # What came and waits to be handed on.
        self._came: list[str | bytes] = []  # with what is being read
        self._line: deque[str | bytes] | None = None  # empty it has 760 bytes, and most never wait
        self._line_size = 0
        self._line_moves = False  # in the next turn
        self._paused = False  # reading
        self._at_once = self._left = FEW  # messages that are handed on in this turn
        # What waits to be written.
        self._queue: list[str | bytes] = []
        self._queued = 0  # characters
        self._blocked = connection.paused  # the socket takes no more
        self._writing = False  # which may end and begin the former, before it returns
        self._written = 0  # bytes, so far
        self._written_before = 0  # this turn of the line
        self._pong: bytes | None = None  # the answer to the last ping, if there was no room for it
        self._closing: Close | None = None  # once there is no more to send
        self._handshake: ClosingHandshake | None = None  # once it is not open any more
        self._deadline: asyncio.TimerHandle | None = None
        self._pinged = 0  # bytes that were written up to the last ping
        self._heard = 0  # how often something was read
        self._heart = Heartbeat(keepalive or Keepalive(None, None), self)

    # ---------------------------------------------------------------- for the session (Transport)

    @override
    def start(self, receiver: Receiver) -> None:
        assert self._opened is not None, "it is started once"
        opened, self._opened = self._opened, None
        self._receiver = receiver
        rest = opened.hand_over()
        if opened.connection_lost_waiter.done():
            self._loop.call_soon(self.connection_lost, None)
            return
        # Event loops choose how to read when they begin to.
        self._stop_reading()
        self._socket.set_protocol(_NOBODY)  # uvloop keeps the last one that was given bytes
        self._socket.set_protocol(self)
        self._heart.start()
        self._loop.call_soon(self._begin, rest)

    def _begin(self, rest: bytes) -> None:
        """Read, first what came with the handshake."""
        if not self._lost:
            self._paused = False
            feed(self, rest)
            if not self._paused:
                self._read_on()

    @override
    def send(self, messages: list[str | bytes]) -> None:
        if self._handshake is not None or self._socket.is_closing():
            return
        if self._queue or self._blocked or self._writing:
            begin = 0
        else:
            begin = self._write_some(messages)
            if begin == len(messages):
                return
        rest = messages[begin:]
        self._queue += rest
        self._queued += sum(map(len, rest))
        self._write_queue()  # if there was room after all

    @property
    @override
    def unsent(self) -> int:
        return self._queued + (self._socket.get_write_buffer_size() if self._blocked else 0)

    @override
    def close(self, code: int, reason: str) -> None:
        if self._closing is None:
            self._closing = Close(code, reason)
            self._set_deadline()
            self._write_queue()

    @override
    def abort(self) -> None:
        self._socket.abort()

    @override
    async def wait_closed(self) -> None:
        if self._receiver is not None and not self._over:
            if self._waiter is None:
                self._waiter = self._loop.create_future()
            await asyncio.wait([self._waiter])  # who stops waiting does not stop the others

    # ---------------------------------------------------------------- for the event loop

    @override
    def get_buffer(self, sizehint: int) -> memoryview:
        if self._deaf:
            return _DEAF
        parser = self._parser
        if parser is None:
            parser = self._parser = self._parsers.take(self._on_frame)
        return parser.get_buffer(sizehint)[:_READ_AT_ONCE]

    @override
    def buffer_updated(self, nbytes: int) -> None:
        self._heard += 1
        if self._deaf:
            return
        if self._busy_poll is not None:
            self._busy_poll.read(nbytes)
        parser = self._parser
        assert parser is not None, "it was asked for a buffer"
        self._tail = -1
        parser.buffer_updated(nbytes)
        fault = parser.fault
        if fault is not None and not self._deaf:
            self._fail(*fault)
        if self._deaf:
            self._parser = None
        elif self._tail == 0:
            self._parsers.give_back(parser)
            self._parser = None
        if self._pong is not None:
            self._send_pong()
        if self._came:
            self._hand_on()
        if self._line_moves and self._line_size > _READ_AHEAD and not self._paused:
            self._stop_reading()

    @override
    def eof_received(self) -> None:
        self._set_deadline()  # the loop closes the connection, once all that was written is taken

    @override
    def pause_writing(self) -> None:
        self._blocked = True

    @override
    def resume_writing(self) -> None:
        self._blocked = False
        if self._pong is not None:
            self._send_pong()
        self._write_queue()
        self._move_line()

    @override
    def connection_lost(self, exc: Exception | None) -> None:
        self._lost = self._deaf = True
        self._blocked = False
        self._heart.stop()
        if self._deadline is not None:
            self._deadline.cancel()
        self._ending()
        self._drop_queue()
        self._parser = None  # they refer to each other
        self._move_line()
        if not self._line:
            self._end()

    # ---------------------------------------------------------------- reading

    def _on_frame(self, _: object, frame: WSFrame) -> None:
        self._tail = frame.tail_size
        if self._deaf:
            return
        if (
            frame.msg_type is not _TEXT
            or not frame.fin
            or self._fragments is not None
            or frame.rsv1
            or frame.rsv2
            or frame.rsv3
        ):
            self._unusual(frame)
            return
        try:
            message = frame.get_payload_as_utf8_text()
        except UnicodeDecodeError as error:
            self._fail_text(error)
            return
        self._came.append(message)

    def _unusual(self, frame: WSFrame) -> None:
        """What is not a text in one frame."""
        kind = frame.msg_type
        if frame.rsv1 or frame.rsv2 or frame.rsv3:
            self._fail(CloseCode.PROTOCOL_ERROR, "reserved bits must be 0")
        elif kind is WSMsgType.PING:
            self._pong = frame.get_payload_as_bytes()
        elif kind is WSMsgType.PONG:
            self._heart.answered()
        elif kind is WSMsgType.CLOSE:
            self._closed_by_peer(frame.get_payload_as_bytes())
        else:
            self._add(frame)

    def _add(self, frame: WSFrame) -> None:
        """A frame of data, which may be a part of a message."""
        if (frame.msg_type is _CONTINUATION) is (self._fragments is None):
            which = "unexpected" if self._fragments is None else "expected a"
            self._fail(CloseCode.PROTOCOL_ERROR, f"{which} continuation frame")
            return
        if self._fragments is None:
            self._fragments = bytearray()
            self._fragments_kind = frame.msg_type
        size = len(self._fragments) + frame.payload_size
        if size > self._max_size:
            reason = f"message of {size} bytes or more exceeds limit of {self._max_size} bytes"
            self._fail(CloseCode.MESSAGE_TOO_BIG, reason)
            return
        self._fragments += frame.get_payload_as_memoryview()
        if not frame.fin:
            return
        data, self._fragments = self._fragments, None
        if self._fragments_kind is _BINARY:
            self._came.append(bytes(data))
            return
        try:
            message = data.decode()
        except UnicodeDecodeError as error:
            self._fail_text(error)
        else:
            self._came.append(message)

    def _closed_by_peer(self, data: bytes) -> None:
        self._drop_queue()
        self._deaf = True
        try:
            answer = self._ending().receive(data)
        except ProtocolError as error:
            self._fail(CloseCode.PROTOCOL_ERROR, str(error))
        except UnicodeDecodeError as error:
            self._fail_text(error)
        else:
            self._finish(answer)

    def _fail_text(self, error: UnicodeDecodeError) -> None:
        self._fail(CloseCode.INVALID_DATA, f"{error.reason} at position {error.start}")

    def _fail(self, code: int, reason: str) -> None:
        """The peer has made a mistake: tell it, and listen to it no more."""
        self._deaf = True
        self._drop_queue()
        self._finish(self._ending().close(code, reason))

    def _stop_reading(self) -> None:
        self._paused = True
        if not self._socket.is_closing():
            self._socket.pause_reading()

    def _read_on(self) -> None:
        self._paused = False
        if not self._socket.is_closing():
            self._socket.resume_reading()

    # ---------------------------------------------------------------- handing on

    def _hand_on(self) -> None:
        """Hand on what has just come, or have it stand in the line."""
        messages, self._came = self._came, []
        if len(messages) <= self._left and not self._line and not self._blocked:
            self._left -= len(messages)
            self._tell(messages)
            return
        if self._line is None:
            self._line = deque()
        self._line += messages
        self._line_size += sum(map(len, messages)) + OVERHEAD * len(messages)
        self._move_line()

    def _tell(self, messages: list[str | bytes]) -> None:
        assert self._receiver is not None
        if self._closing is None:  # else only the close frame is of interest
            self._receiver.received(messages)

    def _holds(self) -> bool:
        """Whether what is in the line waits for room for the answers."""
        return self._line_size <= HOLD_AT_MOST and self.unsent > HOLD_ABOVE

    def _move_line(self) -> None:
        """Go on with the line in the next turn, unless it has to wait for something else."""
        if self._line and not self._line_moves and not self._holds():
            self._line_moves = True
            self._loop.call_soon(self._next_turn)

    def _next_turn(self) -> None:
        self._line_moves = False
        answers = max(self.unsent, self._written - self._written_before)
        self._at_once = self._left = next_turn(self._at_once, answers)
        self._written_before = self._written
        if self._line and not self._holds():
            count = min(self._left, len(self._line))
            messages = [self._line.popleft() for _ in range(count)]
            self._line_size -= sum(map(len, messages)) + OVERHEAD * count
            self._left -= count
            self._tell(messages)
        self._move_line()
        if self._lost:
            if not self._line:
                self._end()
        elif self._paused and not self._line_moves:
            self._read_on()

    def _end(self) -> None:
        assert self._receiver is not None
        self._closing = self._closing or Close(CLOSE_NORMAL)
        ending = (self._fault, NO_CLOSE) if self._fault else self._ending().explained()
        self._receiver.lost(*ending)
        self._over = True
        if self._waiter is not None:
            self._waiter.set_result(None)

    # ---------------------------------------------------------------- writing

    def _write_some(self, messages: list[str | bytes]) -> int:
        """Write messages while the socket takes them; gives how many."""
        self._writing = True
        begin = 0
        try:
            while begin < len(messages) and not self._blocked:
                data, begin = joined_frames(messages, begin, self._client)
                self._write(data)
        finally:
            self._writing = False
        return begin

    def _write_queue(self) -> None:
        if self._writing or self._blocked or self._socket.is_closing():
            return
        if self._queue:
            count = self._write_some(self._queue)
            self._queued -= sum(map(len, self._queue[:count]))
            del self._queue[:count]
        if not self._queue and self._closing is not None and self._handshake is None:
            handshake = ClosingHandshake(client=self._client)
            frame = handshake.close(*self._closing)
            self._handshake = handshake
            self._write(frame)

    def _drop_queue(self) -> None:
        self._queue.clear()
        self._queued = 0
        self._pong = None

    def _write_control(self, kind: Opcode, data: bytes) -> None:
        self._write(control_frame(kind, data, masked=self._client))

    def _write(self, data: bytes) -> None:
        self._written += len(data)
        self._socket.write(data)
        if self._busy_poll is not None:
            self._busy_poll.wrote(len(data))

    def _send_pong(self) -> None:
        # To the last ping only (section 5.5.3), and only if there is room: otherwise a peer that
        # pings and does not read could fill the memory.
        if not self._blocked and self._handshake is None and not self._socket.is_closing():
            assert self._pong is not None
            pong, self._pong = self._pong, None
            self._write_control(Opcode.PONG, pong)

    # ---------------------------------------------------------------- the end

    def _ending(self) -> ClosingHandshake:
        """It is not open any more."""
        if self._handshake is None:
            self._handshake = ClosingHandshake(client=self._client)
        return self._handshake

    def _finish(self, frame: bytes) -> None:
        """Write the last frame, if there is one; a client then waits for the server to close."""
        if frame and not self._socket.is_closing():
            self._write(frame)
        if not self._client and not self._socket.is_closing():
            if self._socket.can_write_eof():
                self._socket.write_eof()
            else:
                self._socket.close()
        self._set_deadline()

    def _set_deadline(self) -> None:
        # A peer that does not read, or does not close its side, must not keep the connection, and
        # with it the session, for ever.
        self._heart.stop()
        if self._deadline is None and not self._lost:
            self._deadline = self._loop.call_later(CLOSE_TIMEOUT, self.abort)

    # ---------------------------------------------------------------- for the heartbeat (Pinger)

    @override
    def ping(self) -> None:
        if self._handshake is None and not self._socket.is_closing():
            self._write_control(Opcode.PING, b"")
            self._pinged = self._written

    @override
    def signs_of_life(self) -> tuple[int, int]:
        # While the ping waits to be written, more than the system's buffers hold waits as well:
        # that some of it goes is a sign, too.
        gone = self._written - self._socket.get_write_buffer_size()
        return self._heard, min(gone, self._pinged)

    @override
    def give_up(self, fault: str) -> None:
        self._fault = fault
        self.abort()
