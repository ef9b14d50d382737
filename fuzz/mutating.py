"""Makes of some messages other messages, most of them well-formed JSON and nearly right.

A fuzzer that flips bytes of JSON is told for hours that it is none. This one changes trees: what it
puts in is a message or an expression of the protocol, often with ids that are in use.
"""

import json
from collections.abc import Callable
from random import Random
from typing import Any, Final

__all__ = ["as_text", "mutate"]

_IDS: Final = (0, 0, 1, 1, 2, 3, 4, 5, -1, -1, -2, -3, 6, 7, 99, -99, 1.5, 2**53, True)
_NAMES: Final = (
    *("hello", "echo", "count", "kind", "call", "user", "mk", "pair", "later", "now", "never"),
    *("fail", "keep", "tell", "drop", "gone", "list", "text", "bad", "source", "blob", "sink"),
    *("read", "write", "close", "abort", "increment", "value", "friends", "name", "id", "nope"),
    *("toString", "__proto__", "constructor", "toJSON", "__class__", "", "length", "then"),
)
_TEXTS: Final = ("", "a", "AQID", "-0x1", "12345678901234567890", "\ud800", "a/b", "Error", "é")
_MARKERS: Final = ("Int16Array", "Float64Array", "ArrayBuffer", "DataView", "BigInt64Array", "x")
_INIT: Final = (
    *("method", "headers", "body", "duplex", "status", "statusText", "signal", "mode", "cache"),
    *("redirect", "referrer", "keepalive", "credentials", "integrity", "referrerPolicy"),
)


class _Maker:
    """Makes messages and expressions."""

    def __init__(self, random: Random) -> None:
        self._random = random

    def message(self) -> Any:
        pick = self._random
        makers: list[Callable[[], Any]] = [
            lambda: ["push", self.expression()],
            lambda: ["push", ["pipeline", 0, [pick.choice(_NAMES)], self.expressions()]],
            lambda: ["stream", ["pipeline", self.id(), [self.stream_call()], [self.leaf()]]],
            lambda: ["pipe"],
            lambda: ["pull", self.id()],
            lambda: ["resolve", self.id(), self.expression()],
            lambda: ["reject", self.id(), self.expression()],
            lambda: ["release", self.id(), pick.choice([1, 1, 1, 2, 0, -1])],
            lambda: ["abort", self.expression()],
        ]
        return pick.choices(makers, weights=[8, 12, 8, 4, 8, 6, 4, 6, 1])[0]()

    def id(self) -> Any:
        return self._random.choice(_IDS)

    def stream_call(self) -> str:
        return self._random.choice(["write", "write", "write", "close", "abort", "nope"])

    def leaf(self) -> Any:
        pick = self._random
        return pick.choice(
            [None, True, 0, 1, -1, 1.5, 1e300, 2**53, 2**70, pick.choice(_TEXTS), {}, [[]]]
        )

    def expressions(self, depth: int = 0) -> list[Any]:
        return [self.expression(depth) for _ in range(self._random.choice([0, 1, 1, 2, 3]))]

    def path(self) -> list[Any]:
        some = (*_NAMES, 0, 1, "0", -1, 1.5)
        return [self._random.choice(some) for _ in range(self._random.choice([0, 1, 1, 2]))]

    def expression(self, depth: int = 0) -> Any:
        if depth > 4:
            return self.leaf()
        pick = self._random
        return pick.choice(self._reference(depth) + self._value(depth))()

    def _reference(self, depth: int) -> list[Callable[[], Any]]:
        pick, tag = self._random, self._random.choice(["pipeline", "pipeline", "import"])
        return [
            lambda: [tag, self.id()],
            lambda: [tag, self.id(), self.path()],
            lambda: [tag, self.id(), self.path(), self.expressions(depth + 1)],
            lambda: ["export", self.id()],
            lambda: ["promise", self.id()],
            lambda: ["writable", self.id()],
            lambda: ["readable", self.id()],
            lambda: ["blob", pick.choice(_TEXTS), ["readable", self.id()]],
            lambda: ["remap", self.id(), self.path(), self.captures(), self.expressions(depth + 1)],
        ]

    def captures(self) -> list[Any]:
        pick = self._random
        return [[pick.choice(["import", "export"]), self.id()] for _ in range(pick.choice([0, 1]))]

    def _value(self, depth: int) -> list[Callable[[], Any]]:
        pick = self._random
        return [
            self.leaf,
            self.leaf,
            lambda: [self.expressions(depth + 1)],
            lambda: {pick.choice(_NAMES): each for each in self.expressions(depth + 1)},
            lambda: [pick.choice(["undefined", "inf", "-inf", "nan", "nope"])],
            lambda: ["bigint", pick.choice(_TEXTS)],
            lambda: ["date", pick.choice([0, 1.5, None, 8.64e15, 1e300, -62135596800001])],
            lambda: ["bytes", pick.choice(_TEXTS)],
            lambda: ["bytes", pick.choice(["AAAAAAAAAAA", "AQ"]), pick.choice(_MARKERS)],
            lambda: ["error", pick.choice(["Error", "AggregateError", "x"]), "m"],
            lambda: ["error", "AggregateError", "m", None, self.properties(depth)],
            lambda: ["url", pick.choice(["http://a/", "data:,x", "x"])],
            lambda: ["headers", [[pick.choice(_TEXTS), "b"]]],
            lambda: ["request", "http://a/", self.init(depth)],
            lambda: ["response", self.expression(depth + 1), self.init(depth)],
        ]

    def properties(self, depth: int) -> Any:
        return {
            self._random.choice(["cause", "errors", "code", "name"]): self.expression(depth + 1)
        }

    def init(self, depth: int) -> Any:
        pick = self._random
        values = ["POST", 204, [["a", "b"]], "half", self.leaf(), self.expression(depth + 1)]
        return {pick.choice(_INIT): pick.choice(values) for _ in range(pick.choice([0, 1, 2, 3]))}


def as_text(data: bytes) -> str:
    """Bytes as text: lone surrogates are as good as any character, wrong UTF-8 is not."""
    try:
        return data.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return data.decode("utf-8", "replace")


def mutate(text: str, seed: int) -> str:
    """Another input, made of one."""
    random = Random(seed)  # noqa: S311 (an input that is found has to be found again)
    messages = [_parsed(line) for line in text.split("\n") if line]
    for _ in range(random.choice([1, 1, 2, 4])):
        _change(messages, random)
    return "\n".join(map(_text, messages))


def _change(messages: list[Any], random: Random) -> None:
    make = _Maker(random)
    at = random.randrange(len(messages) + 1)
    what = random.randrange(10)
    if what < 4 or not messages:
        messages.insert(at, make.message())
        return
    at %= len(messages)
    match what:
        case 4:
            del messages[at]
        case 5:
            messages.insert(random.randrange(len(messages)), messages[at])
        case 6:
            messages[at] = _Raw(_scratched(_text(messages[at]), random))
        case _:
            messages[at] = _replaced(messages[at], make, random)


def _replaced(tree: Any, make: _Maker, random: Random) -> Any:
    """A tree with another one somewhere within."""
    if isinstance(tree, list) and tree and random.random() < 0.85:
        at = random.randrange(len(tree))
        if random.random() < 0.1:
            return [*tree[:at], *tree[at + 1 :]]
        return [*tree[:at], _replaced(tree[at], make, random), *tree[at + 1 :]]
    if isinstance(tree, dict) and tree and random.random() < 0.85:
        key = random.choice(list(tree))
        return {**tree, key: _replaced(tree[key], make, random)}
    if type(tree) is int and random.random() < 0.7:
        return random.choice([make.id(), tree + 1, tree - 1, -tree])
    return [[tree]] if random.random() < 0.1 else make.expression()


def _scratched(text: str, random: Random) -> str:
    at = random.randrange(len(text) + 1)
    return text[:at] + random.choice('[]{}",:0e.-\\ \ud800') + text[at + random.choice([0, 1]) :]


def _parsed(line: str) -> Any:
    """The message of a line, or the line itself."""
    try:
        return json.loads(line)
    except (ValueError, RecursionError):
        return _Raw(line)


class _Raw(str):
    """A line that is no JSON."""

    __slots__ = ()


def _text(message: Any) -> str:
    if isinstance(message, _Raw):
        return message
    try:
        return json.dumps(message)
    except RecursionError:
        return "[]"
