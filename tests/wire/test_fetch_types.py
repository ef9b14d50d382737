"""`URL`, `Headers`, `Request`, `Response`, on the wire and by themselves."""

import asyncio
import copy
import pickle
from collections.abc import AsyncIterator
from http import HTTPMethod, HTTPStatus
from typing import Any

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from capnweb_runtime import URL, EncodeError, Headers, ProtocolError, Request, Response
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.decode import Decoder
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Leaf
from capnweb_runtime.wire.json_text import loads
from tests.labels import label
from tests.notation import text
from tests.wire.codec import decode, encode
from tests.wire.kinds import received_rows, refused_rows, same, sent_rows, value

U = "http://example.com/"


@pytest.mark.parametrize("row", sent_rows("fetch"))
def test_sent_as(row: Any) -> None:
    assert encode(value(row["value"])) == text(row["wire"])


@pytest.mark.parametrize("row", received_rows("fetch"))
def test_received_as(row: Any) -> None:
    assert same(decode(text(row["wire"])), value(row["value"]))


@pytest.mark.parametrize("row", refused_rows("fetch"))
def test_refused(row: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(text(row["wire"]))
    assert row["why"] in str(caught.value)
    assert len(str(caught.value)) < 250


class Stream(Leaf):
    """What a session would put in the place of a readable."""


class Streams:
    """A session in which every reference is a stream."""

    def refer(self, expression: list[Any], depth: int) -> Leaf:  # noqa: ARG002 (as References)
        return Stream()


async def pieces(*given: Any) -> AsyncIterator[Any]:
    for piece in given:
        yield piece


@pytest.mark.parametrize(
    "wire",
    [
        '["request","http://example.com/",{"method":"POST","body":["readable",1],"duplex":"half"}]',
        '["response",["readable",1],{"status":201}]',
    ],
)
def test_a_stream_is_put_in_its_place(wire: str) -> None:
    """VAL-34, VAL-35: the body of what is frozen otherwise; and sent on, it is in its place."""
    decoder = Decoder(Streams(), Limits())
    message = decoder.decode(loads(f"[[{wire}]]"))[0]  # type: ignore[index]
    assert isinstance(message, Request | Response)
    [slot] = decoder.slots
    held: Any = message.body
    assert held is slot.leaf
    encoder = Encoder(lambda unknown: unknown, 256)
    tree: Any = encoder.encode(message)
    assert encoder.leaves == [held]
    assert held in (tree[1], tree[2].get("body"))
    stream = pieces()
    slot.put(stream)
    assert message.body is stream


@pytest.mark.parametrize("tag", ["export", "promise", "pipeline", "import", "blob", "writable"])
@pytest.mark.parametrize(
    "wire",
    [
        '["request","http://example.com/",{{"method":"POST","body":["{}",1]}}]',
        '["response",["{}",1],{{}}]',
    ],
)
def test_a_body_that_is_another_reference(wire: str, tag: str) -> None:
    """VAL-34, VAL-35"""
    with pytest.raises(ProtocolError, match="a body must be null, text, bytes or a readable"):
        Decoder(Streams(), Limits()).decode(loads(wire.format(tag)))


def test_a_stream_is_sent_by_whoever_knows_it() -> None:
    """VAL-33, VAL-35: the adapter makes a reference of it; without one it is refused, with path."""
    stream = pieces()
    leaf = Stream()
    encoder = Encoder(lambda unknown: leaf if unknown is stream else unknown, 256)
    request = Request(U, method="POST", body=stream, keepalive=True)
    # With a stream, JavaScript refuses keepalive.
    assert encoder.encode(request) == [
        "request",
        U,
        {"method": "POST", "body": leaf, "duplex": "half"},
    ]
    assert encoder.encode(Response(stream)) == ["response", leaf, {}]
    assert encoder.leaves == [leaf, leaf]
    for message in (request, Response(stream)):
        with pytest.raises(EncodeError, match=r"^a\[0\]\.body: async_generator cannot be sent$"):
            encode({"a": [message]})


def test_depth_counts_the_body() -> None:
    """LIM-04, LIM-08: a body is one level deeper than what it is the body of."""
    limits = Limits(depth=3)
    for wire in (f'["request","{U}",{{"method":"POST","body":"x"}}]', '["response","x",{}]'):
        decode(f"[[{wire}]]", limits)
        decode(f"[[{wire.replace(chr(34) + 'x' + chr(34), 'null')}]]", limits)
    bytes_in_response = '["response",["bytes",""],{}]'
    decode(f"[[{bytes_in_response}]]", limits)
    with pytest.raises(ProtocolError, match="deeper than 3 levels"):
        decode(f"[[ [[{bytes_in_response}]] ]]", limits)
    with pytest.raises(EncodeError, match="deeper than 3 levels"):
        encode([[Response(b"")]], 3)


class TestURL:
    def test_it_is_its_text(self) -> None:
        url = URL("HTTP://example.com")
        assert str(url) == url.href == U
        assert url == URL(U)
        assert len({url, URL(U)}) == 1
        assert repr(url) == f"URL(href='{U}')"

    @pytest.mark.parametrize(
        "given", ["", "x", "/x", "//x", "http://a b", "http://\ud800", None, 5]
    )
    def test_what_is_none(self, given: Any) -> None:
        with pytest.raises(ValueError, match="no absolute URL"):
            URL(given)

    def test_frozen(self) -> None:
        with pytest.raises(AttributeError, match="a URL is frozen"):
            URL(U).href = "x"


class TestHeaders:
    def test_a_mapping_in_any_case(self) -> None:
        headers = Headers({"X-B": "1", "accept": "2"})
        assert headers["x-b"] == headers["X-B"] == headers.get("x-B") == "1"
        assert "ACCEPT" in headers
        assert list(headers) == ["accept", "x-b"]
        assert len(headers) == 2
        assert dict(headers) == {"accept": "2", "x-b": "1"}
        assert headers.get("nope") is None
        with pytest.raises(KeyError):
            headers["nope"]

    def test_several_values(self) -> None:
        headers = Headers([("a", "1"), ("Set-Cookie", "x"), ("A", "2"), ("set-cookie", "y")])
        assert headers.pairs == (("a", "1, 2"), ("set-cookie", "x"), ("set-cookie", "y"))
        assert headers["set-cookie"] == "x, y"
        assert headers.get_all("Set-Cookie") == ("x", "y")
        assert headers.get_all("a") == ("1, 2",)
        assert headers.get_all("b") == ()
        assert Headers(headers) == headers

    def test_equal_and_hashable(self) -> None:
        assert Headers({"A": "1"}) == Headers([("a", " 1 ")])
        assert len({Headers({"A": "1"}), Headers({"a": "1"})}) == 1
        assert Headers({"a": "1"}) != Headers({"a": "2"})
        assert repr(Headers({"A": "1"})) == "Headers([('a', '1')])"

    @pytest.mark.parametrize(
        "given", [{"a b": "x"}, {"": "x"}, {"a": "x\n y"}, {"a": "\u20ac"}, {1: "x"}, {"a": 1}]
    )
    def test_what_http_does_not_allow(self, given: Any) -> None:
        with pytest.raises(ValueError, match=r"no (name|value) of a header"):
            Headers(given)


class TestRequestAndResponse:
    def test_defaults(self) -> None:
        request = Request("http://example.com")
        assert (request.url, request.method, request.body) == (U, "GET", None)
        assert request.headers == Headers()
        response = Response()
        assert (response.status, response.status_text, response.body) == (200, "", None)

    def test_python_s_own_constants(self) -> None:
        request = Request(URL(U), method=HTTPMethod.PATCH)
        response = Response(status=HTTPStatus.NOT_FOUND)
        assert type(request.method) is str
        assert type(response.status) is int
        assert encode([request, response]) == (
            f'[[["request","{U}",{{"method":"PATCH"}}],["response",null,{{"status":404}}]]]'
        )

    def test_text_has_a_type(self) -> None:
        """VAL-36"""
        assert Response("x").headers["content-type"] == "text/plain;charset=UTF-8"
        assert Response("x", headers={"Content-Type": "a/b"}).headers["content-type"] == "a/b"
        assert "content-type" not in Response(b"x").headers

    @pytest.mark.parametrize("body", [b"x", bytearray(b"x"), memoryview(b"x")], ids=label)
    def test_bytes_of_all_kinds(self, body: Any) -> None:
        assert type(Response(body).body) is bytes

    @pytest.mark.parametrize(
        "init",
        [
            {"url": "/x"},
            {"url": "http://me@example.com/"},
            {"method": "A B"},
            {"method": "connect"},
            {"body": ""},
            {"method": "HEAD", "body": b""},
            {"method": "POST", "body": 5},
            {"method": "POST", "body": ["x"]},
            {"headers": {"a": "x\0"}},
            {"mode": "navigate"},
            {"mode": "no-cors", "method": "DELETE"},
            {"cache": "only-if-cached"},
            {"referrer": "x"},
            {"keepalive": 1},
            {"integrity": None},
        ],
        ids=label,
    )
    def test_requests_that_javascript_would_refuse(self, init: dict[str, Any]) -> None:
        """VAL-33: an error here, and not the end of the session there."""
        with pytest.raises(ValueError, match=r".{7}"):
            Request(**{"url": U, **init})

    @pytest.mark.parametrize(
        "init",
        [
            {"status": 100},
            {"status": 600},
            {"status": "200"},
            {"status": True},
            {"status": 204, "body": ""},
            {"status_text": "a\nb"},
            {"status_text": None},
            {"body": 5},
            {"headers": [("a", 5)]},
        ],
        ids=label,
    )
    def test_responses_that_javascript_would_refuse(self, init: dict[str, Any]) -> None:
        """VAL-35"""
        with pytest.raises(ValueError, match=r".{7}"):
            Response(**init)

    def test_frozen_and_equal(self) -> None:
        response = Response("x", status=404)
        with pytest.raises(AttributeError, match="a Response is frozen"):
            response.status = 200
        assert response == Response("x", status=404)
        assert response != Response("x")
        assert response != "x"
        for copied in (copy.copy(response), copy.deepcopy(response)):
            assert copied == response
        assert pickle.loads(pickle.dumps(response)) == response  # noqa: S301 (our own)
        assert hash(response) == hash(Response("x", status=404))
        assert "status=404" in repr(response)

    def test_reading(self) -> None:
        async def read() -> None:
            assert await Response().read() == b""
            assert await Response("gr\u00fc\u00df").read() == "gr\u00fc\u00df".encode()
            assert await Response(b"\xff").text() == "\ufffd"
            assert await Response(b'{"a": [1]}').json() == {"a": [1]}
            assert await Request(U, method="PUT", body=pieces(b"a", b"", b"bc")).text() == "abc"
            assert await Response(pieces()).read() == b""
            with pytest.raises(ValueError, match="longer than 3 bytes"):
                await Response(pieces(b"ab", b"cd")).read(limit=3)
            with pytest.raises(TypeError, match="a body consists of bytes, not of str"):
                await Response(pieces("a")).read()
            with pytest.raises(ValueError, match="Expecting value"):
                await Response(b"").json()

        asyncio.run(read())


class Page(BaseModel):
    url: URL
    headers: Headers
    answers: list[Response]


def test_models_can_declare_them() -> None:
    """Validated as what they are, and dumped as they are, for the codec to encode."""
    given = {"url": URL(U), "headers": Headers({"a": "b"}), "answers": [Response("x")]}
    page = Page.model_validate(given)
    assert page.model_dump() == given
    with pytest.raises(ValidationError):
        Page.model_validate({**given, "url": U})
    request = Request(U)
    assert TypeAdapter(Request | None).validate_python(request) is request
