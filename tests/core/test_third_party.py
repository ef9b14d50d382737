"""Three ends: what one peer gave, given to another. Neither session may suffer from the other."""

import pytest

from capnweb_runtime.errors import ConnectionLostError, RemoteError
from capnweb_runtime.limits import Limits
from tests.core.harness import Pair, World
from tests.core.objects import Cap, Later, Target


class Middle:
    """A server that two peers are connected to; what one puts there, the other takes."""

    def __init__(self, world: World, limits: Limits | None = None) -> None:
        self.kept: list[Cap] = []
        self.main = world.target(
            put=lambda *caps: self.kept.extend(cap.dup() for cap in caps),
            take=lambda: self.kept[0],
            call=self.call,
            drop=self.drop,
        )
        self.one: Pair = world.pair(self.main, limits=limits or Limits())
        self.other: Pair = world.pair(self.main)

    def call(self, *values: object) -> Cap:
        return self.kept[0](*values)

    def drop(self) -> None:
        for cap in self.kept:
            cap.dispose()
        self.kept.clear()

    def put(self, *values: object) -> None:
        self.one.left.main.call("put", *values)
        self.pump()

    def pump(self) -> None:
        while self.one.pump() or self.other.pump():
            pass


@pytest.fixture
def middle(world: World) -> Middle:
    return Middle(world)


def test_calls_are_forwarded(world: World, middle: Middle) -> None:
    """STUB-05"""
    thing = world.target(double=lambda value: value * 2, value=7)
    middle.put(thing)
    taken = middle.other.left.main.call("take")
    outcomes = [taken.call("double", 21).pull(), taken.get("value").pull()]
    middle.pump()
    assert [outcome.value for outcome in outcomes] == [42, 7]
    middle.drop()
    taken.dispose()
    middle.pump()
    assert (thing.handles, thing.disposals) == (0, 1)


def test_errors_are_forwarded_by_name(world: World, middle: Middle) -> None:
    """STUB-05, ERR-02"""

    def fail() -> None:
        raise LookupError("nothing")

    middle.put(world.target(fail=fail))
    taken = middle.other.left.main.call("take")
    outcome = taken.call("fail").pull()
    middle.pump()
    assert isinstance(outcome.error, RemoteError)
    assert (outcome.error.name, outcome.error.message) == ("LookupError", "nothing")
    middle.drop()


def test_functions_of_the_one_are_called_by_the_other(world: World, middle: Middle) -> None:
    """STUB-05, FN-01: and get functions of theirs."""
    middle.put(world.target(**{"": lambda function, value: function(value)}))
    thing = world.target(**{"": lambda value: value + 1})
    outcome = middle.other.left.main.call("call", thing, 41).pull()
    middle.pump()
    assert outcome.value == 42
    assert (thing.handles, thing.disposals) == (0, 1)
    middle.drop()


def test_promises_of_the_one_are_given_to_the_other(world: World, middle: Middle) -> None:
    """PIPE-03, PIPE-08"""
    later = Later()
    middle.put(world.target(wait=lambda: later, **{"": lambda value: f"got {value}"}))
    waited = middle.other.left.main.call("take").call("wait")
    outcome = middle.other.left.main.call("call", waited).pull()
    middle.pump()
    assert outcome.pending
    later.settle("it")
    middle.pump()
    assert outcome.value == "got it"
    middle.drop()


def test_the_one_is_lost(world: World, middle: Middle) -> None:
    """BRK-03, BRK-06: the other is told why, by the call, and keeps its session."""
    middle.put(world.target(f=lambda: 1))
    taken = middle.other.left.main.call("take")
    middle.pump()
    for end in (middle.one.right, middle.one.left):
        end.endpoint.close(ConnectionLostError("the cable was cut"))
    outcome = taken.call("f").pull()
    middle.pump()
    assert isinstance(outcome.error, RemoteError)
    assert outcome.error.message == "the cable was cut"
    assert middle.other.right.reason is None
    middle.drop()


def test_the_one_is_full(world: World) -> None:
    """Limits.exports: what does not fit fails the other's call, not the other's session."""
    middle = Middle(world, Limits(exports=2))
    middle.put(world.target(**{"": lambda *things: len(things)}))
    things: list[Target] = [world.target(), world.target()]
    outcomes = [
        middle.other.left.main.call("call", *things).pull(),
        middle.other.left.main.call("take").call((), *things).pull(),
    ]
    middle.pump()
    for outcome in outcomes:
        assert isinstance(outcome.error, RemoteError)
        assert "Limits.exports" in outcome.error.message
    for end in (middle.one.right, middle.other.right, middle.other.left):
        assert end.reason is None, end.reason
    assert [thing.handles for thing in things] == [0, 0]
    middle.drop()


def test_a_call_by_path_into_the_one_that_is_full(world: World) -> None:
    """The same where the call is forwarded at once, on receipt."""
    middle = Middle(world, Limits(exports=2))
    middle.put(world.target(f=lambda *things: len(things)))
    taken = middle.other.left.main.call("take").pull()
    middle.pump()
    things = [world.target(), world.target()]
    outcome = taken.value.call("f", *things).pull()
    middle.pump()
    assert isinstance(outcome.error, RemoteError), outcome.results
    assert middle.other.right.reason is None
    assert [thing.handles for thing in things] == [0, 0]
    middle.drop()


def test_a_value_that_the_other_cannot_be_sent(world: World) -> None:
    """Limits.depth: the peers of a server need not have the same."""
    middle = Middle(world, Limits(depth=400))
    middle.put(world.target(**{"": lambda: "x"}))
    value: object = "x"
    for _ in range(250):
        value = [value]
    wide = middle.one.left
    wide.main.call("put", wide.main.call("take"))
    middle.pump()
    outcome = middle.other.left.main.call("call", value).pull()
    middle.pump()
    assert outcome.results
    assert middle.other.right.reason is None
    middle.drop()
