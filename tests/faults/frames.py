"""WebSocket frames in a stream of bytes: just enough to tell where messages end (RFC 6455, 5.2)."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

__all__ = ["Frame", "Frames", "close_frame", "data_frame"]

_FIN: Final = 0x80
_MASKED: Final = 0x80
_CONTINUATION: Final = 0
_TEXT: Final = 1
_CLOSE: Final = 8


@dataclass(frozen=True, slots=True)
class Frame:
    """One frame, or, at the start, the head of the HTTP exchange that comes before all frames.

    Attributes:
        raw: its bytes as they came.
        opcode: its kind; None for the HTTP head.
        final: whether a message ends with it.
        header: how many bytes come before its payload.
        mask: with what its payload is masked, may be empty.
    """

    raw: bytes
    opcode: int | None = None
    final: bool = False
    header: int = 0
    mask: bytes = b""

    @property
    def ends_message(self) -> bool:
        """Whether it is the last frame of a message, which most are alone."""
        return self.opcode is not None and self.opcode < _CLOSE and self.final

    @property
    def payload(self) -> bytes:
        """What it carries."""
        return _masked(self.raw[self.header :], self.mask)

    def inside(self) -> int:
        """A place within the frame: inside a character of several bytes, if there is one."""
        for index, byte in enumerate(self.payload):
            if byte & 0xC0 == 0x80:  # a byte that continues a character
                return self.header + index
        return self.header + (len(self.raw) - self.header) // 2

    def in_two(self) -> bytes:
        """The same message as two frames, cut at `inside`."""
        at = self.inside() - self.header
        payload, masked = self.payload, bool(self.mask)
        first = _frame(self.opcode or _CONTINUATION, payload[:at], masked=masked, final=False)
        return first + _frame(_CONTINUATION, payload[at:], masked=masked)


class Frames:
    """Cuts a stream of bytes into the HTTP head and frames."""

    def __init__(self) -> None:
        self._rest = bytearray()
        self._in_head = True

    def feed(self, data: bytes) -> Iterator[Frame]:
        """What has become complete."""
        self._rest += data
        while (frame := self._next()) is not None:
            del self._rest[: len(frame.raw)]
            yield frame

    def _next(self) -> Frame | None:
        rest = self._rest
        if self._in_head:
            end = rest.find(b"\r\n\r\n")
            if end < 0:
                return None
            self._in_head = False
            return Frame(bytes(rest[: end + 4]))
        if len(rest) < 2:
            return None
        header, length = 2, rest[1] & 0x7F
        if length > 125:
            size, form = (2, "!H") if length == 126 else (8, "!Q")
            if len(rest) < header + size:
                return None
            [length] = struct.unpack_from(form, rest, header)
            header += size
        mask = 4 if rest[1] & _MASKED else 0
        end = header + mask + length
        if len(rest) < end:
            return None
        return Frame(
            bytes(rest[:end]),
            rest[0] & 0x0F,
            bool(rest[0] & _FIN),
            header + mask,
            bytes(rest[header : header + mask]),
        )


def _masked(payload: bytes, mask: bytes) -> bytes:
    if not mask:
        return payload
    key = int.from_bytes((mask * (len(payload) // 4 + 1))[: len(payload)])
    return (int.from_bytes(payload) ^ key).to_bytes(len(payload))


def _frame(opcode: int, payload: bytes, *, masked: bool, final: bool = True) -> bytes:
    first = opcode | (_FIN if final else 0)
    bit = _MASKED if masked else 0
    if len(payload) < 126:
        head = struct.pack("!BB", first, len(payload) | bit)
    elif len(payload) < 1 << 16:
        head = struct.pack("!BBH", first, 126 | bit, len(payload))
    else:
        head = struct.pack("!BBQ", first, 127 | bit, len(payload))
    mask = b"mask" if masked else b""
    return head + mask + _masked(payload, mask)


def close_frame(code: int, reason: str, *, masked: bool) -> bytes:
    """A close frame; what a client sends is masked."""
    return _frame(_CLOSE, struct.pack("!H", code) + reason.encode(), masked=masked)


def data_frame(text: str, *, masked: bool) -> bytes:
    """A text message in one frame."""
    return _frame(_TEXT, text.encode(), masked=masked)
