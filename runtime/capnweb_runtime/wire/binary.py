"""Bytes: base64 without padding in text (protocol: bytes).

Expressions hold them raw: some transports carry them so, and nobody decodes what stays here.
"""

import binascii
import re
from typing import Final

import pybase64

from capnweb_runtime.wire.expressions import Expression

__all__ = ["decode_base64", "encode_base64", "encode_bytes"]

_NOT_BASE64: Final = re.compile(r"[^A-Za-z0-9+/]+")
_URL_SAFE: Final = str.maketrans("-_", "+/")


def encode_bytes(value: bytes | bytearray, container: str | None = None) -> Expression:
    """`["bytes", <raw>]`, and the name of its container if that is not bytes."""
    raw = value if type(value) is bytes else bytes(value)  # which a bytearray may not remain
    return ["bytes", raw] if container is None else ["bytes", raw, container]


def encode_base64(data: bytes) -> str:
    """Bytes as they stand in text, without `=`."""
    return pybase64.b64encode_as_string(data).rstrip("=")


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
