"""JSON text <-> trees, by orjson where it can and by the standard library where it cannot.

orjson refuses two things that a JavaScript peer may legally send or be sent: strings with lone
surrogates, and nesting of more than 254 levels (an array of a value is two levels of JSON).
"""

import json
from collections.abc import Callable
from typing import NoReturn

import orjson

from capnweb_runtime.errors import ProtocolError
from capnweb_runtime.wire.binary import encode_base64
from capnweb_runtime.wire.expressions import Expression, Leaf, SentError

__all__ = ["dumps", "dumps_plain", "loads"]


def loads(text: str) -> Expression:
    """The JSON value that `text` holds.

    Raises:
        ProtocolError: if it is no JSON (`NaN` and `Infinity` are none).
    """
    try:
        tree: Expression = orjson.loads(text)
    except orjson.JSONDecodeError:
        pass
    else:
        return tree
    try:
        tree = json.loads(text, parse_constant=_refuse_constant, parse_int=_parse_int)
    except (ValueError, RecursionError) as error:
        fault = str(error)
    else:
        return tree
    # Raised out here, so that it does not keep the other error, and that the whole text.
    raise ProtocolError(f"not a JSON message: {fault}")


def dumps_plain(tree: Expression) -> str | None:
    """`tree` as text if there is nothing to be filled in, and orjson can write it; else None.

    Most messages are such. To write them needs no function that fills, which would be made for each
    message, and nothing that this function might leave behind.
    """
    try:
        return orjson.dumps(tree).decode()
    except orjson.JSONEncodeError:
        return None


def dumps(
    tree: Expression,
    fill: Callable[[Leaf], Expression],
    fill_error: Callable[[SentError], Expression] = lambda sent: sent.expression,
) -> str:
    """`tree` as text, each of its leaves replaced by what `fill` makes of it, and each exception.

    Bytes are base64.

    They are called once for each, in the order in which they stand in the text; what they raise
    passes through.
    """
    filled: dict[int, Expression] = {}

    def default(leaf: object) -> Expression:
        if type(leaf) is bytes:
            return encode_base64(leaf)
        # Also keeps a second attempt by the other library from filling a leaf twice.
        if id(leaf) not in filled:
            if isinstance(leaf, SentError):
                filled[id(leaf)] = fill_error(leaf)
            else:
                assert isinstance(leaf, Leaf), f"{type(leaf).__name__} in an expression"
                filled[id(leaf)] = fill(leaf)
        return filled[id(leaf)]

    try:
        return orjson.dumps(tree, default=default).decode()
    except orjson.JSONEncodeError as error:
        fault = error.__cause__
    if fault is not None:
        raise fault  # out here, so that the two errors do not keep each other
    # ASCII only: a lone surrogate survives as an escape, and no UTF-8 encoder ever sees it.
    return json.dumps(tree, default=default, allow_nan=False, separators=(",", ":"))


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _parse_int(digits: str) -> int | float:
    # Longer than any int that is kept as one: a double, as at the peer. int() has a guard as well.
    return int(digits) if len(digits) < 20 else float(digits)
