"""The main object that the transcripts of tests/vectors talk to, in words and in Python.

hello(name)     gives "hi " and the name
echo(x)         gives its argument back, with the capabilities in it
count(...)      gives the number of its arguments
kind(x)         "function" for a capability (a function or an object), else "undefined", "null",
                "boolean", "number", "string", "array" or "object"
call(f, x)      calls f(x) and gives what that gives
user()          gives {"id": 1, "name": "ann", "friends": [{"id": 2}, {"id": 3}], "boss": null,
                "when": the date 0, "data": a byte, "error": an Error("no"), "big": the bigint 5,
                "again": a function that gives "again", "own": a counter}
mk()            gives a new counter: an object with increment(by), which gives the new value, and
                the property value, which is 0 at first
pair()          gives [counter, counter], a new one twice
later()         gives what now(x) will be called with
now(x)          settles the oldest later() that is left; gives null
never(x)        rejects the oldest later() that is left with an Error(x); gives null
fail(message)   raises a TypeError
keep(f)         keeps a capability past the call; gives null
tell(x)         calls the oldest capability that is kept, with x, and gives what that gives
drop()          lets that capability go; gives null
gone            property: how many counters were let go of by all who had them
list            property: [10, [20], {"a": 30}]
text            property: "abc"
bad             property: reading it raises a TypeError("bad")

All methods are synchronous, but for what later(), call() and tell() give.
"""

from datetime import UTC, datetime
from functools import partial

from capnweb_runtime.errors import RemoteError
from capnweb_runtime.wire.expressions import UNDEFINED
from capnweb_runtime.wire.numbers import BigInt
from tests.core.harness import World
from tests.core.objects import Cap, Getter, Later, Target

__all__ = ["Api", "api"]


def api(world: World) -> Target:
    """A new one."""
    return Api(world).target


class Api:
    """What is behind it."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.laters: list[Later] = []
        self.kept: list[Cap] = []
        self.counters: list[Target] = []
        self.target = world.target(
            hello=lambda name: f"hi {name}",
            echo=lambda value: value,
            count=lambda *values: len(values),
            kind=_kind,
            call=lambda function, value: function(value),
            user=self.user,
            mk=self.mk,
            pair=self.pair,
            later=self.later,
            now=lambda value: self.laters.pop(0).settle(value),
            never=lambda message: self.laters.pop(0).fail(RemoteError(message)),
            fail=_fail,
            keep=lambda cap: self.kept.append(cap.dup()),
            tell=self.tell,
            drop=lambda: self.kept.pop(0).dispose(),
            gone=Getter(lambda: sum(counter.disposals for counter in self.counters)),
            list=[10, [20], {"a": 30}],
            text="abc",
            bad=Getter(partial(_fail, "bad")),
        )

    def user(self) -> object:
        return {
            "id": 1,
            "name": "ann",
            "friends": [{"id": 2}, {"id": 3}],
            "boss": None,
            "when": datetime(1970, 1, 1, tzinfo=UTC),
            "data": b"a",
            "error": RemoteError("no"),
            "big": BigInt(5),
            "again": self.world.target(**{"": lambda: "again"}),
            "own": self.mk(),
        }

    def mk(self) -> Target:
        value = 0

        def increment(by: int) -> int:
            nonlocal value
            value += by
            return value

        counter = self.world.target(increment=increment, value=Getter(lambda: value))
        self.counters.append(counter)
        return counter

    def pair(self) -> list[Target]:
        counter = self.mk()
        return [counter, counter]

    def tell(self, value: object) -> Cap:
        return self.kept[0](value)

    def later(self) -> Later:
        self.laters.append(Later())
        return self.laters[-1]


def _fail(message: str) -> object:
    raise TypeError(message)


def _kind(value: object = UNDEFINED) -> str:
    if value is UNDEFINED:
        return "undefined"
    if isinstance(value, Cap):
        return "function"
    kinds = {bool: "boolean", int: "number", float: "number", str: "string", list: "array"}
    return "null" if value is None else kinds.get(type(value), "object")
