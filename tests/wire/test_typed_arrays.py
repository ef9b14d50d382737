"""Containers of bytes other than `bytes`, on the wire and back."""

import ctypes
import json
import sys
from array import array
from typing import Any, Literal

import numpy as np
import pytest

from capnweb_runtime import ArrayBuffer, EncodeError, ProtocolError
from capnweb_runtime.aio.records import plain
from capnweb_runtime.wire import typed_arrays
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.json_text import dumps
from tests.labels import label
from tests.notation import text
from tests.wire.codec import decode, encode, no_leaf
from tests.wire.kinds import TYPECODES, received_rows, refused_rows, same, sent_rows, value


@pytest.mark.parametrize("row", sent_rows("containers"))
def test_sent_as(row: Any) -> None:
    assert encode(value(row["value"])) == text(row["wire"])


@pytest.mark.parametrize("row", received_rows("containers"))
def test_received_as(row: Any) -> None:
    assert same(decode(text(row["wire"])), value(row["value"]))


@pytest.mark.parametrize("row", refused_rows("containers"))
def test_refused(row: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(text(row["wire"]))
    assert row["why"] in str(caught.value)
    assert len(str(caught.value)) < 200


def wire(value: object) -> list[Any]:
    """What a value is sent as, with hexadecimal digits in place of base64."""
    tag, *rest = json.loads(encode(value))
    assert tag == "bytes"
    arrived = decode(json.dumps([tag, rest[0]]))
    assert isinstance(arrived, bytes)
    return [arrived.hex(), *rest[1:]]


@pytest.mark.parametrize("container", TYPECODES)
def test_an_echo_changes_nothing(container: str) -> None:
    """VAL-19, VAL-22: what was received as a typed array is sent as the same one."""
    sent = json.dumps(["bytes", "AAECAwQFBgcICQoLDA0ODw", container], separators=(",", ":"))
    assert encode(decode(sent)) == sent


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (bytearray(b"\x01\x02"), ["0102"]),
        (bytearray(), [""]),
        (memoryview(b"\x01\x02"), ["0102"]),
        (memoryview(bytearray(b"\x01\x02")), ["0102"]),
        (memoryview(b"\x01\x02").cast("c"), ["0102"]),
        (memoryview(b"\x01\xff").cast("b"), ["01ff", "Int8Array"]),
        (array("B", b"\x01\x02"), ["0102"]),
        (array("b", [1, -1]), ["01ff", "Int8Array"]),
        (array("h", [258]), ["0201", "Int16Array"]),
        (array("H", [258]), ["0201", "Uint16Array"]),
        (array("i", [16909060]), ["04030201", "Int32Array"]),
        (array("I", [16909060]), ["04030201", "Uint32Array"]),
        (array("q", [-2]), ["feffffffffffffff", "BigInt64Array"]),
        (array("Q", [2]), ["0200000000000000", "BigUint64Array"]),
        (array("f", [1.5]), ["0000c03f", "Float32Array"]),
        (array("d", [1.5]), ["000000000000f83f", "Float64Array"]),
        (memoryview(array("d", [1.5])), ["000000000000f83f", "Float64Array"]),
    ],
    ids=label,
)
def test_other_containers(given: object, expected: list[str]) -> None:
    """VAL-19, VAL-20, VAL-22: as the array of such elements; unsigned bytes are plain bytes."""
    assert wire(given) == expected


@pytest.mark.parametrize("typecode", ["l", "L"])
def test_the_size_of_the_elements_counts(typecode: str) -> None:
    """VAL-19: a C long has 4 or 8 bytes."""
    elements = array(typecode, [1])
    names = {("l", 4): "Int32Array", ("l", 8): "BigInt64Array"}
    names |= {("L", 4): "Uint32Array", ("L", 8): "BigUint64Array"}
    assert wire(elements)[1] == names[typecode, elements.itemsize]


@pytest.mark.parametrize(
    ("view", "expected"),
    [
        (memoryview(b"0123456789")[3:6], [b"345".hex()]),
        (memoryview(b"0123456789")[::3], [b"0369".hex()]),
        (memoryview(b"0123456789")[::-1], [b"9876543210".hex()]),
        (memoryview(array("h", range(8)))[2:4], ["02000300", "Int16Array"]),
        (memoryview(array("h", range(8)))[6::-3], ["060003000000", "Int16Array"]),
        (memoryview(array("d"))[:], ["", "Float64Array"]),
    ],
    ids=["slice", "every third", "backwards", "typed slice", "typed steps", "empty"],
)
def test_of_a_view_what_is_visible(view: memoryview, expected: list[str]) -> None:
    """VAL-21"""
    assert wire(view) == expected


def test_a_view_is_sent_as_it_is_at_the_time() -> None:
    """VAL-21: what was encoded has a buffer of its own."""
    data = bytearray(b"before")
    tree = Encoder(lambda unknown: unknown, 256).encode(memoryview(data))
    data[:] = b"behind"
    assert tree == ["bytes", b"before"]


def test_big_endian_elements() -> None:
    """VAL-22: little-endian on the wire, whatever they are here."""
    big = (ctypes.c_int16.__ctype_be__ * 2)(1, -2)
    little = (ctypes.c_int16.__ctype_le__ * 2)(1, -2)
    assert wire(memoryview(big)) == wire(memoryview(little)) == ["0100feff", "Int16Array"]


def test_on_a_big_endian_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """VAL-22: as if this were one, whose memory has all elements the other way round."""
    swapped = array("i", [1, -2])
    swapped.byteswap()
    other = "little" if sys.byteorder == "big" else "big"
    monkeypatch.setattr(sys, "byteorder", other)
    monkeypatch.setattr(typed_arrays, "_ORDERS", {**typed_arrays._ORDERS, "@": other})
    assert wire(swapped) == ["01000000feffffff", "Int32Array"]
    assert decode('["bytes","AQAAAP7///8","Int32Array"]') == swapped


@pytest.mark.parametrize(
    ("given", "message"),
    [
        (memoryview(b"\x01").cast("?"), "elements of format '?' cannot be sent"),
        (memoryview(b"1234").cast("B", [2, 2]), "must have one dimension to be sent, not 2"),
        (memoryview(b"1").cast("B", []), "must have one dimension to be sent, not 0"),
    ],
    ids=["booleans", "two dimensions", "no dimension"],
)
def test_elements_without_a_typed_array(given: object, message: str) -> None:
    """VAL-28: refused, with the path to them."""
    with pytest.raises(EncodeError) as caught:
        encode({"a": [given]})
    assert message in str(caught.value)
    assert str(caught.value).startswith("a[0]: ")


def test_a_view_that_has_been_released() -> None:
    """VAL-28"""
    view = memoryview(b"x")
    view.release()
    with pytest.raises(EncodeError, match="released"):
        encode(view)


def test_kinds_are_bytes_as_well() -> None:
    """VAL-18, VAL-19: whoever wants bytes can take any of them."""
    arrived = decode('["bytes","AAE","ArrayBuffer"]')
    assert isinstance(arrived, ArrayBuffer)
    assert arrived == b"\x00\x01"
    assert bytes(arrived) == b"\x00\x01"


def test_large_containers() -> None:
    """VAL-24"""
    elements = array("d", range(100_000))
    assert decode(encode(elements)) == elements


class TestNumPy:
    """VAL-19 to VAL-22, VAL-28: NumPy arrays, where there is a NumPy."""

    def sent(self, given: object) -> str:
        encoder = Encoder(plain, 256)
        return dumps(encoder.encode(given), no_leaf)

    def test_it_is_not_imported(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delitem(sys.modules, "numpy", raising=False)
        assert plain([]) == []
        assert "numpy" not in sys.modules

    @pytest.mark.parametrize(
        ("dtype", "container"),
        [
            ("int8", "Int8Array"),
            ("int16", "Int16Array"),
            ("uint16", "Uint16Array"),
            ("int32", "Int32Array"),
            ("uint32", "Uint32Array"),
            ("int64", "BigInt64Array"),
            ("uint64", "BigUint64Array"),
            ("float32", "Float32Array"),
            ("float64", "Float64Array"),
        ],
    )
    @pytest.mark.parametrize("order", ["<", ">"])
    def test_elements(self, dtype: str, container: str, order: Literal["<", ">"]) -> None:
        given = np.array([1, 2, 100], np.dtype(dtype).newbyteorder(order))
        arrived = decode(self.sent(given))
        assert isinstance(arrived, array)
        assert arrived.typecode == TYPECODES[container]
        assert list(arrived) == [1, 2, 100]

    def test_unsigned_bytes_are_plain(self) -> None:
        assert decode(self.sent(np.array([1, 2], "uint8"))) == b"\x01\x02"

    def test_slices(self) -> None:
        given = np.arange(10, dtype="int16")
        assert decode(self.sent(given[2:8:3])) == array("h", [2, 5])
        assert decode(self.sent(given.reshape(2, 5)[:, 1])) == array("h", [1, 6])
        assert decode(self.sent(np.array([], "float32"))) == array("f")

    def test_what_is_refused(self) -> None:
        for given, message in (
            (np.zeros((2, 2)), "one dimension"),
            (np.array(1.5), "one dimension"),
            (np.array([True]), "format"),
            (np.array([1], "float16"), "format"),
            (np.array([1j]), "format"),
            (np.array([object()]), "format"),
            (np.array(["2020-01-01"], "datetime64[D]"), "cannot be sent"),
            (np.ma.array([1, 2], mask=[False, True]), "cannot be sent"),
        ):
            with pytest.raises(EncodeError, match=message):
                self.sent(given)
