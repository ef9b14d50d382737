"""Values as text, without a session."""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

import capnweb_runtime as rpc


@dataclass
class Size:
    width: int


class Thing(rpc.Target):
    pass


async def stream() -> AsyncIterator[bytes]:
    yield b"x"


def test_there_and_back() -> None:
    """VAL-39"""
    value = {"a": [1, None, b"x"], "url": rpc.URL("http://x"), "size": Size(3)}
    text = rpc.serialize(value)
    assert text == '{"a":[[1,null,["bytes","eA"]]],"url":["url","http://x/"],"size":{"width":3}}'
    assert rpc.deserialize(text) == {**value, "size": {"width": 3}}
    error = rpc.deserialize(rpc.serialize(rpc.RemoteError("no", "Odd", {"code": 5})))
    assert isinstance(error, rpc.RemoteError)
    assert (error.name, error.properties) == ("Odd", {"code": 5})


@pytest.mark.parametrize(
    "value",
    [Thing(), print, stream, rpc.Blob(b"x"), rpc.stub_of(print), object()],
    ids=["target", "function", "generator function", "blob", "stub", "object"],
)
def test_what_needs_a_session(value: object) -> None:
    """VAL-39: is refused, and nothing is made of it."""
    with pytest.raises(rpc.EncodeError, match=r"^a\[0\]: .* cannot be sent$"):
        rpc.serialize({"a": [value]})


def test_streams_need_a_session() -> None:
    """VAL-39"""
    for value in (stream(), rpc.Response(stream())):
        with pytest.raises(rpc.EncodeError, match="cannot be sent"):
            rpc.serialize(value)


@pytest.mark.parametrize(
    "text",
    [
        '["import",0]',
        '["pipeline",0,["a"]]',
        '["export",-1]',
        '["promise",-1]',
        '["remap",0,[],[],[null]]',
        '["readable",1]',
        '["writable",-1]',
        '["blob","",["readable",1]]',
        '["response",["readable",1],{}]',
        '["nope"]',
        "[]",
        "x",
        "",
    ],
)
def test_what_is_no_value(text: str) -> None:
    """VAL-39"""
    with pytest.raises(rpc.ProtocolError):
        rpc.deserialize(text)
