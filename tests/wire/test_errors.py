"""Exceptions on the wire, and the tree they are in."""

import asyncio
import builtins
import json
from collections.abc import Iterator
from typing import Any

import pytest
from typing_extensions import override

from capnweb_runtime import errors
from capnweb_runtime.errors import (
    REMOTE_ERRORS,
    CallError,
    DisposedError,
    EncodeError,
    PeerAbortedError,
    ProtocolError,
    RemoteError,
    RpcError,
    remote_error,
)
from tests.labels import label
from tests.wire.codec import decode, encode


class NotFoundError(Exception):
    pass


class Loud(Exception):  # noqa: N818 (its name is what is tested)
    def __init__(self, raised: BaseException) -> None:
        super().__init__()
        self.raised = raised

    @override
    def __str__(self) -> str:
        raise self.raised


@pytest.mark.parametrize(
    ("error", "name", "message"),
    [
        (ValueError("no"), "ValueError", "no"),
        (TypeError(), "TypeError", ""),
        (NotFoundError("who?"), "NotFoundError", "who?"),
        (KeyError("missing"), "KeyError", "missing"),
        (KeyError("a", "b"), "KeyError", "('a', 'b')"),
        (OSError(2, "No such file"), "FileNotFoundError", "[Errno 2] No such file"),
        (SystemExit(3), "SystemExit", "3"),
        (KeyboardInterrupt(), "KeyboardInterrupt", ""),
        (asyncio.CancelledError("why"), "CancelledError", "why"),
        (RemoteError("no", "NotFound"), "NotFound", "no"),
        (remote_error("RangeError", "no", {}), "RangeError", "no"),
        (CallError("no"), "TypeError", "no"),
        (EncodeError("no"), "TypeError", "no"),
        (ProtocolError("no"), "TypeError", "no"),
        (DisposedError("no"), "Error", "no"),
        (PeerAbortedError(None), "Error", "the peer ended the session: None"),
        (Exception("\ud800"), "Exception", "\ud800"),
    ],
    ids=label,
)
def test_an_exception_is_sent_by_name_and_message(
    error: BaseException, name: str, message: str
) -> None:
    """ERR-01, ERR-02, ERR-05: never with a stack."""
    assert json.loads(encode(error)) == ["error", name, message]


@pytest.mark.parametrize(
    "raised",
    [ValueError(), RecursionError(), SystemExit(), KeyboardInterrupt(), asyncio.CancelledError()],
    ids=lambda raised: type(raised).__name__,
)
def test_an_exception_that_cannot_say_what_it_is(raised: BaseException) -> None:
    """ERR-01: the error itself has to reach the caller, whatever its own __str__ does."""
    tag, name, message = json.loads(encode(Loud(raised)))
    assert (tag, name) == ("error", "Loud")
    assert "could not be made" in message


@pytest.mark.parametrize("name", REMOTE_ERRORS)
def test_known_names_are_python_exceptions_as_well(name: str) -> None:
    """ERR-02"""
    error = decode(json.dumps(["error", name, "no"]))
    assert type(error) is REMOTE_ERRORS[name]
    assert isinstance(error, RemoteError)
    builtin = ValueError if name == "RangeError" else getattr(builtins, name)
    assert issubclass(type(error), builtin)
    assert (error.name, error.message, str(error)) == (name, "no", "no")
    assert encode(error) == f'["error","{name}","no"]'


@pytest.mark.parametrize(
    "name",
    [
        *("Error", "NotFound", "", "constructor", "toString", "__class__", "\ud800"),
        *("SystemExit", "KeyboardInterrupt", "StopIteration", "GeneratorExit", "CancelledError"),
        *("BaseException", "Exception", "RemoteError", "ProtocolError", "RpcError", "__import__"),
    ],
    ids=ascii,
)
def test_other_names_are_plain_errors(name: str) -> None:
    """ERR-02, ERR-03, SEC-03: a name from the wire is looked up in one table and nowhere else."""
    error = decode(json.dumps(["error", name, "no"]))
    assert type(error) is RemoteError
    assert error.name == name
    assert str(error) == f"{name}: no"


def test_properties() -> None:
    """ERR-06, ERR-12"""
    error = decode('["error","E","no","stack",{"code":404,"name":"x","stack":"y","toString":1}]')
    assert isinstance(error, RemoteError)
    assert error.properties == {"code": 404}


def _classes(root: type[RpcError]) -> Iterator[type[RpcError]]:
    yield root
    for derived in root.__subclasses__():
        yield from _classes(derived)


def test_every_exception_is_in_the_tree_of_the_docstring() -> None:
    tree = errors.__doc__ or ""
    own = [error for error in _classes(RpcError) if error.__module__ == errors.__name__]
    missing = [
        error.__name__
        for error in own
        if error.__name__ not in tree and not issubclass(error, tuple(REMOTE_ERRORS.values()))
    ]
    assert not missing
    assert all(error.__doc__ for error in own)


def test_whose_fault_it_is_can_be_told_by_class() -> None:
    kinds: list[type[Any]] = [errors.RemoteError, errors.CallError, errors.BrokenError]
    for error in _classes(RpcError):
        if error.__module__ == errors.__name__:
            assert sum(issubclass(error, kind) for kind in kinds) <= 1
