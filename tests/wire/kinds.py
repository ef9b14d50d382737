"""Values in the notation of `containers.json`, `errors.json` and `fetch.json`."""

from array import array
from typing import Any

from _pytest.mark import ParameterSet

from capnweb_runtime import (
    URL,
    ArrayBuffer,
    DataView,
    Headers,
    RemoteError,
    Request,
    Response,
    Uint8ClampedArray,
)
from capnweb_runtime.errors import remote_error
from tests import notation

__all__ = ["received_rows", "refused_rows", "same", "sent_rows", "value"]

_BYTES: dict[str, type[bytes]] = {
    "ArrayBuffer": ArrayBuffer,
    "DataView": DataView,
    "Uint8ClampedArray": Uint8ClampedArray,
}

TYPECODES = {
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


def sent_rows(name: str) -> list[ParameterSet]:
    """Rows whose value is sent as their wire."""
    return [row for row in notation.rows(name) if _way(row) in {"both", "sent"}]


def received_rows(name: str) -> list[ParameterSet]:
    """Rows whose wire is received as their value."""
    return [row for row in notation.rows(name) if _way(row) in {"both", "received"}]


def refused_rows(name: str) -> list[ParameterSet]:
    """Rows whose wire is malformed."""
    return [row for row in notation.rows(name) if _way(row) == "no"]


def _way(parameters: ParameterSet) -> str:
    (row,) = parameters.values
    assert isinstance(row, dict)
    return "no" if "why" in row else str(row.get("way", "both"))


def value(written: Any) -> Any:
    """A value."""
    if isinstance(written, list):
        return [value(item) for item in written]
    if not isinstance(written, dict):
        return written
    if "$" not in written:
        return {key: value(item) for key, item in written.items()}
    match written:
        case {"$": "bytes", "container": container, "hex": digits}:
            return _BYTES[container](bytes.fromhex(digits))
        case {"$": "elements", "container": container, "of": elements}:
            return array(TYPECODES[container], value(elements))
        case {"$": "url", "href": href}:
            return URL(href)
        case {"$": "headers", "pairs": pairs}:
            return Headers([(name, text) for name, text in pairs])
        case {"$": "request", "url": url, **members}:
            return Request(url, **_members(members))
        case {"$": "response", **members}:
            return Response(**_members(members))
        case {"$": "error", "name": name, "message": message, **more}:
            return _error(name, message, more)
        case _:
            return notation.value(written)


def _members(written: dict[str, Any]) -> dict[str, Any]:
    members = {name: value(member) for name, member in written.items()}
    if "headers" in members:
        members["headers"] = [(name, text) for name, text in members["headers"]]
    return members


def _error(name: str, message: str, more: dict[str, Any]) -> RemoteError:
    properties = value(more.get("properties", {}))
    if "errors" in more:
        properties.setdefault("errors", value(more["errors"]))
    if "cause" in more:
        properties["cause"] = value(more["cause"])
    return remote_error(name, message, properties, more.get("stack"))


def same(left: object, right: object) -> bool:
    """Whether two values are the same, kinds of containers and all of an error included."""
    if type(left) is not type(right):
        return False
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, dict) and isinstance(right, dict):
        return list(left) == list(right) and all(map(same, left.values(), right.values()))
    if isinstance(left, array) and isinstance(right, array):
        return left.typecode == right.typecode and left.tobytes() == right.tobytes()
    if isinstance(left, RemoteError) and isinstance(right, RemoteError):
        return same(_parts(left), _parts(right))
    return notation.same(left, right)


def _parts(error: RemoteError) -> list[object]:
    errors = list(error.exceptions) if isinstance(error, ExceptionGroup) else None
    return [error.name, error.message, dict(error.properties), error.__cause__, errors, error.stack]
