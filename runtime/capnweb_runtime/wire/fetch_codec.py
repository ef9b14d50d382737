"""`URL`, `Headers`, `Request`, `Response` <-> expressions (protocol: url, headers, ...)."""

from typing import TYPE_CHECKING, Final, TypedDict, cast

from capnweb_runtime.errors import EncodeError, ProtocolError, excerpt
from capnweb_runtime.wire.expressions import Expression, Leaf, malformed
from capnweb_runtime.wire.fetch import (
    CLIENT,
    URL,
    Body,
    Headers,
    Request,
    Response,
    assign,
)
from capnweb_runtime.wire.fetch_rules import Cache, Credentials, Mode, Redirect, ReferrerPolicy

if TYPE_CHECKING:
    from capnweb_runtime.wire.decode import Decoder
    from capnweb_runtime.wire.encode import Encoder

__all__ = [
    "decode_headers",
    "decode_request",
    "decode_response",
    "decode_url",
    "encode_headers",
    "encode_request",
    "encode_response",
]


class _RequestInit(TypedDict, total=False):
    """Arguments of `Request`, of the types that they should have."""

    method: str
    headers: Headers
    cache: Cache
    credentials: Credentials
    integrity: str
    keepalive: bool
    mode: Mode
    redirect: Redirect
    referrer: str
    referrer_policy: ReferrerPolicy


class _ResponseInit(TypedDict, total=False):
    """Arguments of `Response`, of the types that they should have."""

    status: int
    status_text: str
    headers: Headers


#: Members of a request: attribute, name on the wire, and the value that is not sent.
_REQUEST: Final[tuple[tuple[str, str, str | int | bool], ...]] = (
    ("method", "method", "GET"),
    ("cache", "cache", "default"),
    ("redirect", "redirect", "follow"),
    ("integrity", "integrity", ""),
    ("mode", "mode", "cors"),
    ("credentials", "credentials", "same-origin"),
    ("referrer", "referrer", CLIENT),
    ("referrer_policy", "referrerPolicy", ""),
    ("keepalive", "keepalive", False),
)

#: The same of a response.
_RESPONSE: Final[tuple[tuple[str, str, str | int | bool], ...]] = (
    ("status", "status", 200),
    ("status_text", "statusText", ""),
)


def encode_headers(headers: Headers) -> Expression:
    """`["headers", [[name, value], ...]]`; the pairs are not escaped as arrays elsewhere are."""
    return ["headers", _pairs(headers)]


def encode_request(encoder: "Encoder", request: Request, depth: int) -> Expression:
    """`["request", url, init]`; `init` has what is not as it is by default.

    Raises:
        EncodeError: if the body is a stream that cannot be sent.
    """
    init = _init(request, _REQUEST)
    if request.body is not None:
        init["body"] = _encode_body(encoder, request.body, depth)
        init["duplex"] = "half"
        if not isinstance(request.body, str | bytes):
            init.pop("keepalive", None)  # JavaScript refuses it with a stream
    return ["request", request.url, init]


def encode_response(encoder: "Encoder", response: Response, depth: int) -> Expression:
    """`["response", body, init]`; `init` has what is not as it is by default.

    Raises:
        EncodeError: if the body is a stream that cannot be sent.
    """
    body = _encode_body(encoder, response.body, depth)
    return ["response", body, _init(response, _RESPONSE)]


def _init(
    message: Request | Response, members: tuple[tuple[str, str, str | int | bool], ...]
) -> dict[str, Expression]:
    init: dict[str, Expression] = {}
    for attribute, name, default in members:
        value = cast("str | int | bool", getattr(message, attribute))
        if value != default:
            init[name] = value
    if message.headers:
        init["headers"] = _pairs(message.headers)
    return init


def _pairs(headers: Headers) -> Expression:
    return [[name, value] for name, value in headers.pairs]


def _encode_body(encoder: "Encoder", body: Body, depth: int) -> Expression:
    # Text and bytes go with the message: the protocol allows it, and a pipe costs several.
    try:
        encoder.check_depth(depth + 1)
        return encoder.encode(body, depth + 1)
    except EncodeError as error:
        error.inside("body")
        raise


def decode_url(expression: list[Expression]) -> URL:
    """The URL for an expression.

    Raises:
        ProtocolError: if it is malformed, or no absolute URL.
    """
    if len(expression) != 2 or not isinstance(expression[1], str):
        raise malformed(expression)
    try:
        return URL(expression[1])
    except ValueError as error:
        raise ProtocolError(str(error)) from None


def decode_headers(expression: list[Expression]) -> Headers:
    """The headers for an expression.

    Raises:
        ProtocolError: if it is malformed, or HTTP does not allow such headers.
    """
    if len(expression) != 2:
        raise malformed(expression)
    return _headers(expression[1])


def decode_request(decoder: "Decoder", expression: list[Expression], depth: int) -> Request:
    """The request for an expression.

    Raises:
        ProtocolError: if it is malformed, JavaScript would not make it, or it has a `signal`.
    """
    match expression:
        case [_, str() as url, dict() as init]:
            if init.get("signal") is not None:
                raise ProtocolError("the signal of a request is not supported")
            body = _decode_body(decoder, init.get("body"), depth)
            given = cast("_RequestInit", _given(init, _REQUEST))
            try:
                request = Request(url, body=cast("Body", body), **given)
            except ValueError as error:
                raise ProtocolError(str(error)) from None
            if isinstance(body, Leaf):
                decoder.note(_BodyPlace(request), body)
            return request
        case _:
            raise malformed(expression)


def decode_response(decoder: "Decoder", expression: list[Expression], depth: int) -> Response:
    """The response for an expression.

    Raises:
        ProtocolError: if it is malformed, JavaScript would not make it, or it has a `webSocket`.
    """
    match expression:
        case [_, content, dict() as init]:
            if init.get("webSocket") not in (None, False, ""):
                raise ProtocolError("the webSocket of a response is not supported")
            body = _decode_body(decoder, content, depth)
            given = cast("_ResponseInit", _given(init, _RESPONSE))
            try:
                response = Response(cast("Body", body), **given)
            except ValueError as error:
                raise ProtocolError(str(error)) from None
            if isinstance(body, Leaf):
                decoder.note(_BodyPlace(response), body)
            return response
        case _:
            raise malformed(expression)


def _given(
    init: dict[str, Expression], members: tuple[tuple[str, str, str | int | bool], ...]
) -> dict[str, object]:
    given: dict[str, object] = {
        attribute: init[name] for attribute, name, _ in members if name in init
    }
    if "headers" in init:
        given["headers"] = _headers(init["headers"])
    return given


def _headers(pairs: Expression) -> Headers:
    if isinstance(pairs, list) and all(isinstance(pair, list) and len(pair) == 2 for pair in pairs):
        try:
            return Headers(cast("list[tuple[str, str]]", pairs))
        except ValueError as error:
            raise ProtocolError(str(error)) from None
    raise ProtocolError(f"headers must be a list of pairs, not {excerpt(pairs)}")


def _decode_body(decoder: "Decoder", expression: Expression, depth: int) -> "Body | Leaf":
    if expression is None or isinstance(expression, str | Leaf):
        return expression  # a leaf is a stream of this side's that is already in place
    decoder.check_depth(depth + 1)
    body = decoder.decode(expression, depth + 1)
    if type(body) is bytes:
        return body
    if isinstance(body, Leaf) and isinstance(expression, list) and expression[0] == "readable":
        return body
    raise ProtocolError("a body must be null, text, bytes or a readable")


class _BodyPlace:
    """Where the stream goes that is the body of a request or response."""

    __slots__ = ("_message",)

    def __init__(self, message: Request | Response) -> None:
        self._message = message

    def __setitem__(self, key: str, value: object, /) -> None:
        assign(self._message, body=value)
