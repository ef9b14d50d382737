"""Errors: exceptions here, Error objects in JavaScript (protocol: error).

Name and message are always sent. Further properties are sent of exceptions that offer them: those
that came from a peer, and those of a class with a method `rpc_properties`, which returns them. What
else lies in an exception's attributes stays here; libraries keep all sorts of things there. In
addition the cause that it was raised *from* is sent, and what an exception group consists of.

A property that cannot be sent is left out; the error itself always arrives.
"""

import traceback
from collections.abc import Callable, Iterator, Mapping
from types import CodeType
from typing import TYPE_CHECKING, Final, cast

from capnweb_runtime.errors import RemoteError, remote_error, wire_error
from capnweb_runtime.wire.expressions import RESERVED_KEYS, Expression, malformed

if TYPE_CHECKING:
    from capnweb_runtime.wire.decode import Decoder
    from capnweb_runtime.wire.encode import Encoder

__all__ = ["decode_error", "encode_error", "forget_traceback", "stack_text"]

#: Names of properties that the other elements of the expression stand for.
_ELEMENTS: Final = frozenset({"name", "message", "stack"})

#: The attribute of an exception that says where it was raised, once its traceback is gone.
_PLACES: Final = "_capnweb_places"


def encode_error(
    encoder: "Encoder", error: BaseException, depth: int, stack: str | None = None
) -> list[Expression]:
    """`["error", name, message]`, followed by stack and properties if there are any. Never raises.

    Leaves in a property that is left out are the encoder's `dropped`.
    """
    expression: list[Expression] = ["error", *wire_error(error)]
    properties: dict[str, Expression] = {}
    for key, value in _properties(error):
        mark = len(encoder.leaves)
        try:
            encoder.check_depth(depth + 1)
            properties[key] = encoder.encode(value, depth + 1)
        except Exception:  # noqa: BLE001 (whatever it is, the error itself has to arrive)
            encoder.dropped = (*encoder.dropped, *encoder.leaves[mark:])
            del encoder.leaves[mark:]
    if properties:
        expression += (stack, properties)
    elif stack is not None:
        expression.append(stack)
    return expression


def _properties(error: BaseException) -> Iterator[tuple[str, object]]:
    """What is sent of an exception besides name and message."""
    offered = _offered(error)
    for key, value in offered.items():
        if type(key) is str and key not in _ELEMENTS and key not in RESERVED_KEYS:
            yield key, value
    # Not __context__: that an error came up while another was handled says nothing to a peer.
    if error.__cause__ is not None and "cause" not in offered:
        yield "cause", error.__cause__
    if isinstance(error, BaseExceptionGroup) and "errors" not in offered:
        yield "errors", error.exceptions


def _offered(error: BaseException) -> Mapping[object, object]:
    try:
        if isinstance(error, RemoteError):
            return dict(cast("Mapping[object, object]", error.properties))
        # Of the class: an instance may answer to any name.
        offer = cast(
            "Callable[[BaseException], Mapping[object, object]] | None",
            getattr(type(error), "rpc_properties", None),
        )
        return {} if offer is None else dict(offer(error))
    except Exception:  # noqa: BLE001 (as above: it may be anything, and raise anything)
        return {}


def forget_traceback(error: BaseException) -> BaseException:
    """The exception, without its traceback but with what `stack_text` needs of it.

    A traceback leads to frames, and those to whatever was handled in them: it must not be kept for
    as long as a peer keeps a result. Code objects and line numbers lead nowhere.
    """
    trace = error.__traceback__
    if trace is not None:
        places: list[tuple[CodeType, int]] = []
        while trace is not None:
            places.append((trace.tb_frame.f_code, trace.tb_lineno))
            trace = trace.tb_next
        object.__setattr__(error, _PLACES, places)  # whatever the class does with attributes
    return error.with_traceback(None)


def stack_text(error: BaseException) -> str | None:
    """The stack to be sent with an error that `on_send_error` returned; None if it has none."""
    if isinstance(error, RemoteError) and error.stack is not None:
        return error.stack
    if error.__traceback__ is not None:
        stack = traceback.extract_tb(error.__traceback__)
    else:
        places = cast("list[tuple[CodeType, int]]", vars(error).get(_PLACES, []))
        stack = traceback.StackSummary.from_list(
            [traceback.FrameSummary(code.co_filename, line, code.co_name) for code, line in places]
        )
    if not stack:
        return None
    try:
        lines = [*stack.format(), *traceback.format_exception_only(error)]
    except Exception:  # noqa: BLE001 (the error has notes that cannot be read, for example)
        return None
    return "Traceback (most recent call last):\n" + "".join(lines)


def decode_error(decoder: "Decoder", expression: list[Expression], depth: int) -> RemoteError:
    """The exception for an expression.

    Raises:
        ProtocolError: if it, or one of its properties, is malformed.
    """
    match expression:
        case [_, str() as name, str() as message]:
            return remote_error(name, message, {})
        case [_, str() as name, str() as message, stack]:
            return remote_error(name, message, {}, stack if isinstance(stack, str) else None)
        case [_, str() as name, str() as message, stack, dict() as members, *_]:
            for key in _ELEMENTS.intersection(members):
                del members[key]  # the reference does not look at them either
            properties = decoder.decode_object(members, depth)
            text = stack if isinstance(stack, str) else None
            return remote_error(name, message, properties, text)
        case _:
            raise malformed(expression)
