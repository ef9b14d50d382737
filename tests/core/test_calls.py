"""Two joined ends: what calls of the application make on the wire, and what comes back."""

from collections.abc import Callable

import pytest

from capnweb_runtime.errors import CallError, RemoteError, RpcError
from tests.core.api import api
from tests.core.harness import World
from tests.core.objects import Cap, Later, Target


def test_an_awaited_call(world: World) -> None:
    """MSG-09: the frames of the official client."""
    pair = world.pair(api(world))
    outcome = pair.left.main.call("hello", "ann").pull()
    assert pair.pump() == [
        ("->", ["push", ["pipeline", 0, ["hello"], ["ann"]]]),
        ("->", ["pull", 1]),
        ("<-", ["resolve", 1, "hi ann"]),
        ("->", ["release", 1, 1]),
    ]
    assert outcome.value == "hi ann"


def test_a_call_that_nobody_awaits_is_not_pulled(world: World) -> None:
    """MSG-10, PIPE-01"""
    pair = world.pair(api(world))
    user = pair.left.main.call("user")
    friend = user.get("friends", 1)
    name = pair.left.main.call("hello", friend.at("id")).pull()
    assert pair.pump()[:4] == [
        ("->", ["push", ["pipeline", 0, ["user"], []]]),
        ("->", ["push", ["pipeline", 1, ["friends", 1]]]),
        ("->", ["push", ["pipeline", 0, ["hello"], [["pipeline", 2, ["id"]]]]]),
        ("->", ["pull", 3]),
    ]
    assert name.value == "hi 3"


def test_a_second_await_asks_for_nothing(world: World) -> None:
    """MSG-12"""
    pair = world.pair(api(world))
    call = pair.left.main.call("hello", "ann")
    first = call.pull()
    second = call.pull()
    assert [message[0] for _, message in pair.pump()] == ["push", "pull", "resolve", "release"]
    third = call.pull()
    assert not pair.pump()
    assert [first.value, second.value, third.value] == ["hi ann"] * 3


def test_three_deep_in_one_round_trip(world: World) -> None:
    """PIPE-01, PIPE-03"""
    main = world.target()
    main.members |= {"next": lambda: main, "value": 7}
    pair = world.pair(main)
    chain = [pair.left.main]
    for _ in range(3):
        chain.append(chain[-1].call("next"))
    outcome = chain[-1].get("value").pull()
    sent = pair.left.take()
    assert [message[:7] for message in sent] == ['["push"'] * 4 + ['["pull"']
    for message in sent:
        pair.right.endpoint.receive(message)
    for message in pair.right.take():
        pair.left.endpoint.receive(message)
    assert outcome.value == 7


def test_the_value_is_served_from_here_once_it_came(world: World) -> None:
    """MSG-11"""
    pair = world.pair(api(world))
    user = pair.left.main.call("user")
    assert user.pull().pending
    pair.pump()
    assert user.get("friends", 0, "id").pull().value == 2
    assert user.get("nope").pull().value is None
    assert str(user.get("nope", "x").pull().error).startswith("Cannot read properties of undefined")
    assert isinstance(user.call("name").pull().error, CallError)
    assert not pair.pump()


def test_a_stub_in_a_value_that_came_is_called_over_there(world: World) -> None:
    """MSG-11, STUB-02"""
    pair = world.pair(api(world))
    user = pair.left.main.call("user")
    whole = user.pull()
    pair.pump()
    increment = user.call(("own", "increment"), 4).pull()
    assert pair.pump()[0] == ("->", ["push", ["pipeline", -2, ["increment"], [4]]])
    assert increment.value == 4
    assert set(whole.value) >= {"again", "own"}


@pytest.mark.parametrize(
    "nest",
    [lambda x: x, lambda x: [x], lambda x: {"a": [1, {"b": x}]}],
    ids=["alone", "in a list", "deep"],
)
def test_a_settled_promise_is_sent_as_its_value(
    world: World, nest: Callable[[object], object]
) -> None:
    """PIPE-03: the id that it had was given up with its resolution (#265)."""
    pair = world.pair(api(world))
    number = pair.left.main.call("count", 1, 2)
    number.pull()
    pair.pump()
    echo = pair.left.main.call("echo", nest(number)).pull()
    frames = pair.pump()
    assert "pipeline" not in str(frames[0][1][1][3])
    assert echo.value == nest(2)


def test_a_property_of_a_settled_promise_is_sent_as_its_value(world: World) -> None:
    """PIPE-03"""
    pair = world.pair(api(world))
    user = pair.left.main.call("user")
    user.pull()
    pair.pump()
    echo = pair.left.main.call("echo", [user.at("friends", 1), user.at("own")]).pull()
    [_, [_, [_, _, _, [argument]]]] = pair.pump()[0]
    assert argument == [[{"id": 3}, ["import", -2]]]
    assert echo.value[0] == {"id": 3}
    assert isinstance(echo.value[1], Cap)


def test_a_promise_that_failed_fails_what_it_is_passed_to(world: World) -> None:
    """PIPE-05"""
    pair = world.pair(api(world))
    failed = pair.left.main.call("fail", "no")
    failed.pull()
    pair.pump()
    outcome = pair.left.main.call("hello", failed).pull()
    pair.pump()
    assert isinstance(outcome.error, RemoteError)
    assert (outcome.error.name, outcome.error.message) == ("TypeError", "no")


def test_a_promise_of_this_side_is_passed_on_before_it_is_settled(world: World) -> None:
    """PIPE-08, PIPE-09"""
    pair = world.pair(api(world))
    later = Later()
    outcome = pair.left.main.call("hello", later).pull()
    assert pair.pump() == [
        ("->", ["push", ["pipeline", 0, ["hello"], [["promise", -1]]]]),
        ("->", ["pull", 1]),
    ]
    later.settle("there")
    assert pair.pump() == [
        ("->", ["resolve", -1, "there"]),
        ("<-", ["release", -1, 1]),
        ("<-", ["resolve", 1, "hi there"]),
        ("->", ["release", 1, 1]),
    ]
    assert outcome.value == "hi there"


def test_a_promise_of_this_side_that_fails(world: World) -> None:
    """PIPE-05, PIPE-08"""
    pair = world.pair(api(world))
    later = Later()
    outcome = pair.left.main.call("hello", [later]).pull()
    pair.pump()
    later.fail(ValueError("no"))
    pair.pump()
    assert isinstance(outcome.error, RemoteError)
    assert outcome.error.name == "ValueError"


def test_a_promise_of_this_side_that_becomes_an_object(world: World) -> None:
    """PIPE-10"""
    pair = world.pair(api(world))
    later = Later()
    kept = pair.left.main.call("keep", later)
    pair.pump()
    thing = world.target(**{"": lambda value: value * 2})
    later.settle(thing)
    pair.pump()
    outcome = pair.left.main.call("tell", 21).pull()
    pair.pump()
    assert outcome.value == 42
    pair.left.main.call("drop")
    kept.dispose()
    pair.pump()
    assert (thing.handles, thing.disposals) == (0, 1)


def test_promises_in_a_result(world: World) -> None:
    """PIPE-06, MSG-17"""
    laters = [Later(), Later()]
    pair = world.pair(world.target(get=lambda: {"a": laters[0], "b": [laters[1]], "c": 3}))
    outcome = pair.left.main.call("get").pull()
    pair.pump()
    assert outcome.pending
    laters[1].settle("two")
    pair.pump()
    assert outcome.pending
    laters[0].settle("one")
    pair.pump()
    assert outcome.value == {"a": "one", "b": ["two"], "c": 3}


def test_a_promise_in_a_result_that_fails(world: World) -> None:
    """PIPE-05, PIPE-06"""
    later = Later()
    pair = world.pair(world.target(get=lambda: [later, world.target()]))
    outcome = pair.left.main.call("get").pull()
    pair.pump()
    later.fail(KeyError("gone"))
    pair.pump()
    assert isinstance(outcome.error, RemoteError)
    assert str(outcome.error) == "gone"


def test_an_object_goes_there_and_back(world: World) -> None:
    """STUB-01, STUB-03, STUB-09"""
    pair = world.pair(api(world))
    thing = world.target(ping=lambda: "pong")
    at_root = pair.left.main.call("echo", thing)
    inside = pair.left.main.call("echo", [thing])
    roots, insides = at_root.pull(), inside.pull()
    pair.pump()
    pings = [roots.value.call("ping").pull(), insides.value[0].call("ping").pull()]
    frames = pair.pump()
    assert [ping.value for ping in pings] == ["pong", "pong"]
    assert len(frames) > 0, "at the root it was wrapped, for the sake of the reference"


def test_calls_on_the_own_object_that_came_back_stay_here(world: World) -> None:
    """STUB-03"""
    pair = world.pair(api(world))
    thing = world.target(ping=lambda: "pong")
    back = pair.left.main.call("echo", [thing]).pull()
    pair.pump()
    assert back.value[0].call("ping").pull().value == "pong"
    assert not pair.pump()


def test_an_own_object_with_a_path_that_was_awaited(world: World) -> None:
    """STUB-09: a promise that became an object of this side."""
    pair = world.pair(api(world))
    thing = world.target(ping=lambda: "pong")
    promise = pair.left.main.call("echo", {"thing": thing})
    ping = promise.call(("thing", "ping")).pull()
    pair.pump()
    assert ping.value == "pong"


def test_a_session_without_a_main_object(world: World) -> None:
    """MSG-23"""
    pair = world.pair(None)
    outcomes = [pair.left.main.call("x").pull(), pair.left.main.get("x").pull()]
    pair.pump()
    for outcome in outcomes:
        assert isinstance(outcome.error, RemoteError)
        assert outcome.error.message == "This connection has no main object."


def test_an_error_that_is_a_value_is_no_failure(world: World) -> None:
    """ERR-01: traps 20."""
    pair = world.pair(world.target(get=lambda: ValueError("only a value")))
    outcome = pair.left.main.call("get")
    results = outcome.pull().results
    pair.pump()
    [error] = results
    assert isinstance(error, RemoteError)
    taken = pair.left.main.call("get").get("message").pull()
    pair.pump()
    assert taken.value is None


def test_properties_of_an_error(world: World) -> None:
    """ERR-06, ERR-12: may hold capabilities, but none under a name that the error has itself."""
    seen: list[RemoteError] = []
    kinds: list[object] = []

    def look(error: RemoteError) -> None:
        seen.append(error)
        kinds.extend(type(value) for value in error.properties.values())

    end = world.end(world.target(look=look))
    hidden = {"name": ["export", -1], "stack": [[["export", -2]]], "toString": ["export", -3]}
    error = ["error", "E", "m", None, {**hidden, "f": ["export", -4], "p": ["promise", -5]}]
    end.feed(["push", ["pipeline", 0, ["look"], [error]]])
    released = end.feed(["resolve", -5, 7])
    # Under names that the other elements stand for, nothing is looked at, as with the reference.
    assert sorted(message[1] for message in released) == [-5, -4, -3]
    assert list(seen[0].properties) == ["f", "p"]
    assert kinds == [Cap, int]
    end.feed(["release", 1, 1])


def test_a_stack_is_never_sent(world: World) -> None:
    """ERR-05, ERR-19, SEC-04: and a failure that nobody asks for is reported nowhere."""
    end = world.end(api(world))
    fail = ["push", ["pipeline", 0, ["fail"], ["no"]]]
    assert end.feed(fail, fail, ["pull", 2]) == [["reject", 2, ["error", "TypeError", "no"]]]
    assert end.feed(["release", 1, 1], ["release", 2, 1]) == []


def test_thrown_values_that_are_no_errors(world: World) -> None:
    """ERR-14: also when they are passed on."""
    end = world.end(api(world))
    outcome = end.main.call("x").pull()
    end.feed(["reject", 1, {"code": [[1]], "f": ["export", -1], "p": ["promise", -2]}])
    assert isinstance(outcome.error, RpcError)
    assert outcome.error.value == {"code": [1]}  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    "thrown",
    [
        ["bigint", "9" * 5000],
        [[["bigint", "9" * 16384]]],
        "x" * 100_000,
        {"a": ["error", "E", "m"]},
        ["date", 8.64e15],
        ["pipeline", 0, ["later"], []],
        [[["promise", -5]]],
    ],
    ids=["bigint", "bigints", "long", "error", "date", "promise", "promises"],
)
def test_whatever_is_thrown_is_an_error_that_can_be_passed_on(world: World, thrown: object) -> None:
    """ERR-14: shown, and thrown on, whatever it is."""
    end = world.end(api(world))
    end.feed(["push", ["pipeline", 0, ["hello"], [["promise", -1]]]], ["pull", 1])
    answers = end.feed(["reject", -1, thrown])
    assert end.reason is None, end.reason
    assert [answer[0] for answer in answers][-1] == "reject"
    outcome = end.main.call("x").pull()
    end.feed(["reject", 1, thrown])
    assert len(str(outcome.error)) < 300
    end.feed(["release", 1, 1])


def test_calls_made_from_within_calls(world: World) -> None:
    """FN-01, FN-02: there and back three times, before the first has an answer."""
    left, right = world.target(), world.target()
    for own in (left, right):
        own.members["down"] = _down(own)
    pair = world.pair(right, left)
    outcome = pair.left.main.call("down", left, 6).pull()
    pair.pump()
    assert outcome.value == 0


def _down(own: Target) -> Callable[[Cap, int], object]:
    return lambda other, depth: other.call("down", own, depth - 1) if depth else 0
