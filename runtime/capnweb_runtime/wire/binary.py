"""Bytes: base64 without padding on the wire (protocol: bytes)."""

import binascii
import re
from typing import Final

import pybase64

from capnweb_runtime.wire.expressions import Expression

__all__ = ["decode_base64", "encode_bytes"]

_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]+")
_URL_SAFE: Final = str.maketrans("-_", "+/")


def encode_bytes(value: bytes | bytearray, container: str | None = None) -> Expression:
    """`["bytes", "<base64>"]`, without `=`, and the name of its container if that is not bytes."""
    text = pybase64.b64encode_as_string(value).rstrip("=")
    return ["bytes", text] if container is None else ["bytes", text, container]


def decode_base64(text: str) -> bytes:
    """Bytes of a received base64 text.

    As forgiving as the reference on Node: padded or not, URL-safe characters, and what is not
    base64 is passed over. Never raises.
    """
    try:
        return pybase64.b64decode(text + "=" * (-len(text) % 4), validate=True)
    except (binascii.Error, ValueError):
        # Rare, so it may be slow. Padding ends the data; a lone last character holds no byte.
        digits = _NOT_BASE64.sub("", text.translate(_URL_SAFE).split("=", 1)[0])
        digits = digits[:-1] if len(digits) % 4 == 1 else digits
        return pybase64.b64decode(digits + "=" * (-len(digits) % 4))
