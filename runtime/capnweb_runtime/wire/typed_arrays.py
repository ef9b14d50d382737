"""Typed arrays, and the other containers of bytes that JavaScript has (protocol: bytes).

On the wire all are bytes, little-endian, with the name of the container as a third element (plain
bytes have none).

| on the wire | received as |
|---|---|
| plain, `Uint8Array` | `bytes` |
| `ArrayBuffer`, `DataView`, `Uint8ClampedArray` | `bytes`, of the subclass called so |
| `Int8Array`, `Int16Array`, `Int32Array`, `BigInt64Array` | `array.array` of b, h, i, q |
| `Uint16Array`, `Uint32Array`, `BigUint64Array` | `array.array` of H, I, Q |
| `Float32Array`, `Float64Array` | `array.array` of f, d |

All of these are sent as what they came as, so that an echo changes nothing. Sent are also:

| value | as |
|---|---|
| `bytearray`; `memoryview`, `array.array` or NumPy array of unsigned bytes | plain bytes |
| any other `memoryview`, `array.array` or NumPy array | the typed array of its elements |

They must have one dimension. The size of the elements counts: ``array("l")`` is an `Int32Array` or
a `BigInt64Array`, as C has it. Of a view the visible elements are sent, whatever lies between them.
Elements that no typed array has (booleans, half precision, complex numbers) are refused.
"""

import sys
from array import array
from typing import Final, cast

from capnweb_runtime.errors import EncodeError, ProtocolError
from capnweb_runtime.wire.binary import encode_bytes
from capnweb_runtime.wire.expressions import Expression

__all__ = [
    "ArrayBuffer",
    "DataView",
    "Uint8ClampedArray",
    "decode_container",
    "encode_view",
    "numpy_view",
]


class ArrayBuffer(bytes):
    """Bytes that are an `ArrayBuffer` in JavaScript."""

    __slots__ = ()


class DataView(bytes):
    """Bytes that are a `DataView` in JavaScript."""

    __slots__ = ()


class Uint8ClampedArray(bytes):
    """Bytes that are a `Uint8ClampedArray` in JavaScript: pixels, most often."""

    __slots__ = ()


#: Kinds of elements by their format (Python: struct, "Format Characters"; array, typecodes).
_KINDS: Final = {
    **dict.fromkeys("bhilqn", "int"),
    **dict.fromkeys("cBHILQN", "unsigned"),
    **dict.fromkeys("fd", "float"),
}

#: Names by kind and size of the elements; None is plain bytes.
_NAMES: Final[dict[tuple[str, int], str | None]] = {
    ("unsigned", 1): None,
    ("int", 1): "Int8Array",
    ("int", 2): "Int16Array",
    ("unsigned", 2): "Uint16Array",
    ("int", 4): "Int32Array",
    ("unsigned", 4): "Uint32Array",
    ("int", 8): "BigInt64Array",
    ("unsigned", 8): "BigUint64Array",
    ("float", 4): "Float32Array",
    ("float", 8): "Float64Array",
}

#: Containers without elements of their own, by name.
_BYTES: Final[dict[str, type[bytes]]] = {
    "Uint8Array": bytes,
    "ArrayBuffer": ArrayBuffer,
    "DataView": DataView,
    "Uint8ClampedArray": Uint8ClampedArray,
}

#: Typecodes by name. These have the same size wherever CPython runs; "l" has not.
_TYPECODES: Final = {
    "Int8Array": "b",
    "Int16Array": "h",
    "Uint16Array": "H",
    "Int32Array": "i",
    "Uint32Array": "I",
    "BigInt64Array": "q",
    "BigUint64Array": "Q",
    "Float32Array": "f",
    "Float64Array": "d",
}

#: Byte orders by their sign, which comes before the format (Python: struct, "Byte Order").
_ORDERS: Final = {"@": sys.byteorder, "=": sys.byteorder, "<": "little", ">": "big", "!": "big"}

#: What swaps bytes in elements of a size.
_SWAPPERS: Final = {2: "H", 4: "I", 8: "Q"}


def encode_view(view: memoryview) -> Expression:
    """`["bytes", <raw>]`, with the name of the typed array if it is one.

    Raises:
        EncodeError: if it has several dimensions, or elements that JavaScript has no array for.
    """
    try:
        dimensions, layout, size = view.ndim, view.format, view.itemsize
    except ValueError as error:  # it has been released
        raise EncodeError(str(error)) from None
    if dimensions != 1:
        raise EncodeError(f"an array must have one dimension to be sent, not {dimensions}")
    order, code = (layout[0], layout[1:]) if layout[:1] in _ORDERS else ("@", layout)
    kind = _KINDS.get(code, "")
    if (kind, size) not in _NAMES:
        raise EncodeError(f"elements of format {layout!r} cannot be sent")
    data = view.tobytes()
    if size > 1 and _ORDERS[order] == "big":
        data = _swap(data, size)
    return encode_bytes(data, _NAMES[kind, size])


def decode_container(data: bytes, name: Expression) -> object:
    """The container for received bytes with a name (protocol: bytes, third element).

    Raises:
        ProtocolError: for a name that is none, or a length that is no multiple of its elements.
    """
    if not isinstance(name, str):
        raise ProtocolError("the name of a container of bytes must be a string")
    simple = _BYTES.get(name)
    if simple is not None:
        return simple(data)
    typecode = _TYPECODES.get(name)
    if typecode is None:
        raise ProtocolError(f"unknown container of bytes: {name[:64]}")
    elements: array[int] | array[float] = array(typecode)
    if len(data) % elements.itemsize:
        raise ProtocolError(
            f"{len(data)} bytes are no {name}: its elements have {elements.itemsize}"
        )
    elements.frombytes(data)
    if sys.byteorder == "big":
        elements.byteswap()
    return elements


def numpy_view(value: object) -> memoryview | None:
    """A view of a NumPy array; None for anything else.

    NumPy is never imported for it: where there is such an array, the application has done so.

    Raises:
        EncodeError: for an array of elements that no other kind of array has.
    """
    numpy = sys.modules.get("numpy")
    # Not its subclasses: what makes them special, such as a mask, would get lost.
    if numpy is None or type(value) is not getattr(numpy, "ndarray", None):
        return None
    try:
        return memoryview(cast("bytes", value))  # it has the buffer protocol, which has no type
    except (ValueError, TypeError, BufferError) as error:
        raise EncodeError(f"a NumPy array of this type cannot be sent: {error}") from None


def _swap(data: bytes, size: int) -> bytes:
    """Elements of `size` bytes in the other byte order."""
    elements = array(_SWAPPERS[size], data)
    elements.byteswap()
    return elements.tobytes()
