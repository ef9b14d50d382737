"""Limits, at the limit and one past it."""

from collections.abc import Callable
from typing import Any

import pytest

from capnweb_runtime.errors import CallError, EncodeError, ProtocolError, RemoteError
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.numbers import BigInt
from tests.core.api import api
from tests.core.harness import EMPTY, End, World
from tests.core.objects import Cap, Later, Outcome
from tests.core.test_transcripts import assert_aborted


def test_defaults() -> None:
    """LIM-01"""
    assert (DEFAULT_LIMITS.depth, DEFAULT_LIMITS.bigint_digits) == (256, 16384)
    assert DEFAULT_LIMITS.message_size == 32 * 1024 * 1024


@pytest.mark.parametrize("value", [0, -1, 1.5, "5", None, True])
@pytest.mark.parametrize("name", ["message_size", "depth", "exports", "unsent"])
def test_a_limit_is_a_positive_number(name: str, value: Any) -> None:
    with pytest.raises(ValueError, match=f"^Limits.{name} must be a positive int, not "):
        Limits(**{name: value})


# --- the size of a message


@pytest.mark.parametrize("character", ["x", "é", "😀"], ids=ascii)
def test_message_size(world: World, character: str) -> None:
    """LIM-02, LIM-06: in characters, whatever they are."""
    end = world.end(api(world), Limits(message_size=100))
    frame = '["push","{}"]'
    longest = frame.format(character * (100 - len(frame) + 2))
    assert len(longest) == 100
    assert end.feed(longest) == []
    assert_aborted(end.feed(longest + " "), "a message of 101 characters is longer than 100")
    assert end.stats == EMPTY


def test_message_size_is_looked_at_before_the_json(world: World) -> None:
    """LIM-06"""
    end = world.end(api(world), Limits(message_size=100))
    assert_aborted(end.feed("[" * 101), "a message of 101 characters")


# --- depth


def nested(depth: int, inner: object = 1) -> Any:
    """As it is on the wire."""
    for _ in range(depth):
        inner = [[inner]]
    return inner


@pytest.mark.parametrize(
    "message",
    [
        lambda depth: ["push", nested(depth)],
        lambda depth: ["resolve", 7, nested(depth)],
        lambda depth: ["reject", 0, nested(depth)],
        # The list of arguments is a level, too.
        lambda depth: ["push", ["pipeline", 0, ["kind"], [nested(depth - 1)]]],
        lambda depth: ["push", [[["pipeline", 0, ["kind"], [nested(depth - 2)]]]]],
        lambda depth: ["push", ["pipeline", 0, ["kind"], [["import", 0, [], [nested(depth - 2)]]]]],
        lambda depth: ["push", {"a": nested(depth - 1)}],
    ],
    ids=["push", "resolve", "reject", "argument", "deep argument", "argument's argument", "member"],
)
def test_depth(world: World, message: Callable[[int], Any]) -> None:
    """LIM-02, LIM-04, LIM-05"""
    end = world.end(api(world), Limits(depth=10))
    end.feed(message(9))
    assert end.reason is None, end.reason
    end = world.end(api(world), Limits(depth=10))
    assert end.feed(message(10))[-1][0] == "abort"
    assert str(end.reason) == "a value is nested deeper than 10 levels"
    assert end.stats == EMPTY


def test_depth_of_calls_in_calls(world: World) -> None:
    """LIM-05"""

    def calls(depth: int) -> object:
        expression: object = 1
        for _ in range(depth):
            expression = ["pipeline", 0, ["kind"], [expression]]
        return expression

    end = world.end(api(world), Limits(depth=10))
    assert end.feed(["push", calls(9)], ["pull", 1]) == [["resolve", 1, "string"]]
    assert end.feed(["push", calls(10)])[-1][0] == "abort"
    assert end.stats == EMPTY


def test_calls_in_calls_as_deep_as_they_get_do_no_harm(world: World) -> None:
    """LIM-05: done, or the abort of a message that is nested too deeply, never a fault here."""
    expression: object = 1
    for _ in range(255):
        expression = ["pipeline", 0, ["kind"], [expression]]
    end = world.end(api(world))
    end.feed(["push", expression])
    assert end.reason is None or isinstance(end.reason, ProtocolError)


def _through_echo(pair_left: End, value: object) -> Outcome:
    return pair_left.main.call("echo", value).pull()


def _through_a_promise(pair_left: End, value: object) -> Outcome:
    later = Later()
    outcome = pair_left.main.call("echo", later).pull()
    later.settle(value)
    return outcome


def _through_a_result_of_theirs(pair_left: End, value: object) -> Outcome:
    return pair_left.main.call("echo", pair_left.main.call("echo", value)).pull()


WAYS = [_through_echo, _through_a_promise, _through_a_result_of_theirs]


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", ["arrays", "objects"])
def test_a_value_of_the_greatest_depth_gets_everywhere(
    world: World, way: Callable[[End, object], Outcome], kind: str
) -> None:
    """LIM-01, LIM-08: there and back, by every way, without a fault for lack of stack."""
    pair = world.pair(api(world))
    value: object = "x"
    for _ in range(254):  # the list of arguments is one more
        value = [value] if kind == "arrays" else {"a": value}
    outcome = way(pair.left, value)
    pair.pump()
    assert outcome.value == value


@pytest.mark.parametrize("asked_at_once", [True, False])
def test_properties_of_a_value_of_the_greatest_depth(world: World, *, asked_at_once: bool) -> None:
    """PATH-01: at each end."""
    value: object = "x"
    for _ in range(254):
        value = [value]
    later = Later()
    pair = world.pair(world.target(get=lambda: later))
    got = pair.left.main.call("get")
    part = got.get(*(0,) * 4)
    if not asked_at_once:
        pair.pump()
    later.settle(value)
    outcomes = [part.pull(), got.pull()]
    pair.pump()
    outcomes.append(got.get(*(0,) * 250).pull())
    for _ in range(4):
        assert isinstance(value, list)
        value = value[0]
    assert outcomes[0].value == value
    assert outcomes[2].value == [[[["x"]]]]


@pytest.mark.parametrize("way", WAYS)
def test_limits_above_the_default_hold_everywhere(
    world: World, way: Callable[[End, object], Outcome]
) -> None:
    """LIM-01, LIM-09: each can be set per session; what was let in is not measured again."""
    limits = Limits(depth=300, bigint_digits=30_000)
    left, right = world.end(None, limits), world.end(api(world), limits)
    number = BigInt(10**20_000)
    outcome = way(left, {"a": [number]})
    for _ in range(4):
        left.feed(*right.feed(*left.take()))
        right.feed(*left.take())
    left.feed(*right.take())
    assert left.reason is right.reason is None, (left.reason, right.reason)
    assert outcome.value == {"a": [number]}


def test_a_value_that_is_let_in_past_the_default_depth_can_be_used(world: World) -> None:
    """LIM-01: also where it is searched, copied and shown."""
    later = Later()
    end = world.end(world.target(use=lambda _: "used", get=lambda: later), Limits(depth=300))
    end.feed(["push", ["pipeline", 0, ["use"], [["promise", -1]]]], ["pull", 1])
    assert end.feed(["resolve", -1, nested(290)])[-1] == ["resolve", 1, "used"]
    assert end.feed(["push", nested(290)], ["push", ["pipeline", 2, [0, 0]]], ["pull", 3]) == [
        ["resolve", 3, nested(288)]
    ]
    end.feed(["push", ["pipeline", 0, ["use"], [["promise", -2]]]], ["pull", 4])
    assert end.feed(["reject", -2, nested(290)])[-1][0] == "reject"
    assert end.reason is None


# --- bigints


def test_bigint(world: World) -> None:
    """LIM-02"""
    end = world.end(api(world), Limits(bigint_digits=10))
    assert end.feed(["push", ["bigint", "1" * 10]]) == []
    assert_aborted(end.feed(["push", ["bigint", "1" * 11]]), "a bigint of 11 characters")


# --- exports


def test_results_that_nobody_releases(world: World) -> None:
    """Limits.exports: the main object counts, as in the statistics."""
    end = world.end(api(world), Limits(exports=5))
    for _ in range(4):
        assert end.feed(["push", 1]) == []
    assert end.stats.exports == 5
    assert_aborted(end.feed(["push", 1]), "the session holds more than 5 results and objects")


def test_room_is_made_by_a_release(world: World) -> None:
    end = world.end(api(world), Limits(exports=2))
    for number in range(1, 10):
        assert end.feed(["push", ["pipeline", 0, ["mk"], []]], ["release", number, 1]) == []
    assert end.stats.exports == 1


def test_a_full_table_runs_no_call(world: World) -> None:
    calls: list[int] = []
    end = world.end(world.target(f=lambda: calls.append(1)), Limits(exports=2))
    end.feed(*[["push", ["pipeline", 0, ["f"], []]]] * 2)
    assert calls == [1]


@pytest.mark.parametrize(
    "message",
    [
        [["push", ["pipeline", 0, ["wait"], []]], ["release", 1, 1]],
        [["push", [[["pipeline", 0, ["wait"], []]]]], ["release", 1, 1]],
        [["resolve", 99, ["pipeline", 0, ["wait"], []]]],
    ],
    ids=["released", "in a value", "for nobody"],
)
def test_calls_that_are_let_go_but_run_on(world: World, message: list[Any]) -> None:
    """Limits.exports: they count, although they are in no table."""
    laters: list[Later] = []

    def wait() -> Later:
        laters.append(Later())
        return laters[-1]

    end = world.end(world.target(wait=wait), Limits(exports=3))
    for number in range(1, 4):
        end.feed(message[0], *[["release", number, 1] for _ in message[1:]])
    assert end.reason is None
    laters[0].settle(1)
    end.feed(message[0], *[["release", 4, 1] for _ in message[1:]])
    assert end.reason is None, "one has ended"
    assert_aborted(end.feed(message[0]), "more than 3 calls of the session are under way")
    assert [later.cancelled for later in laters] == [0, 1, 1, 1, 1]


def test_calls_in_one_message(world: World) -> None:
    """Limits.exports: no more than those are begun."""
    laters: list[Later] = []

    def wait() -> Later:
        laters.append(Later())
        return laters[-1]

    end = world.end(world.target(wait=wait), Limits(exports=10))
    answers = end.feed(["push", [[["pipeline", 0, ["wait"], []]] * 1000]])
    assert_aborted(answers, "more than 10 calls of the session are under way")
    assert [later.cancelled for later in laters] == [1] * 11


def test_objects_that_are_given_away(world: World) -> None:
    """Limits.exports: a call whose result does not fit is rejected; nothing is left of it."""
    end = world.end(api(world), Limits(exports=4))
    call = ["push", ["pipeline", 0, ["pair"], []]]
    assert end.feed(call, ["pull", 1]) == [["resolve", 1, [[["export", -1], ["export", -2]]]]]
    end.feed(["release", 1, 1])
    [[kind, name, [_, _, message]]] = end.feed(call, ["pull", 2])
    assert (kind, name) == ("reject", 2)
    assert "4 objects of this session already (Limits.exports)" in message
    assert end.stats.exports == 4
    end.feed(["release", 2, 1], ["release", -1, 1], ["release", -2, 1])
    assert end.feed(["push", ["pipeline", 0, ["gone"]]], ["pull", 3]) == [["resolve", 3, 2]]
    end.feed(["release", 3, 1])


def test_objects_in_arguments(world: World) -> None:
    """Limits.exports: the call is refused here, and nothing of it is sent or left."""
    end = world.end(None, Limits(exports=2))
    thing = world.target()
    first = end.main.call("keep", thing)
    end.take()
    with pytest.raises(CallError, match=r"2 objects of this session already \(Limits.exports\)"):
        end.main.call("keep", thing)
    with pytest.raises(CallError):
        end.main.call("keep", [Later(), {"a": thing}])
    assert end.take() == []
    assert end.stats == (2, 2)
    end.feed(["release", -1, 1])
    assert thing.disposals == 1
    first.dispose()


def test_a_failed_encoding_takes_back_what_it_exported(world: World) -> None:
    """DISP-19, VAL-29"""
    end = world.end(None, Limits(exports=4))
    things = [world.target() for _ in range(5)]
    with pytest.raises(CallError, match=r"\(Limits\.exports\)"):
        end.main.call("keep", things)
    assert end.stats == (1, 1)
    assert [thing.handles for thing in things] == [0] * 5
    with pytest.raises(EncodeError):
        end.main.call("keep", [*things, object()])
    assert end.stats == (1, 1)
    assert [thing.handles for thing in things] == [0] * 5
    assert not end.take()


def test_ids_are_not_used_again_after_a_failed_encoding(world: World) -> None:
    """MSG-04"""
    end = world.end(None, Limits(exports=3))
    thing = world.target()
    with pytest.raises(CallError):
        end.main.call("keep", [thing] * 3)
    end.main.call("keep", thing)
    [[_, [_, _, _, [[tag, export_id]]]], *_] = end.sent()
    assert tag == "export"
    assert export_id < 0
    end.feed(["release", export_id, 1])


# --- imports


@pytest.mark.parametrize("tag", ["export", "promise"])
def test_objects_that_are_held(world: World, tag: str) -> None:
    """Limits.imports: the peer's objects and promises; what this side pushes does not count."""
    kept: list[Cap] = []
    end = world.end(
        world.target(keep=lambda *caps: kept.extend(cap.dup() for cap in caps)), Limits(imports=3)
    )
    mine = [end.main.call("x") for _ in range(5)]
    end.take()
    end.feed(["push", [[[tag, -1], [tag, -2], [tag, -3]]]])
    assert end.reason is None
    answers = end.feed(["push", [[[tag, -4]]]])
    assert_aborted(answers[-1:], "the peer exports more than 3 objects")
    assert end.stats == EMPTY
    assert all(call.pull().error is end.reason for call in mine)


def test_room_is_made_by_letting_go(world: World) -> None:
    end = world.end(api(world), Limits(imports=1))
    for number in range(1, 6):
        assert end.feed(["push", ["pipeline", 0, ["kind"], [["export", -number]]]]) == [
            ["release", -number, 1]
        ]
    assert end.reason is None
    for number in range(1, 6):
        end.feed(["release", number, 1])
    assert end.stats == (1, 1)


def test_a_stub_introduced_again_takes_no_room(world: World) -> None:
    """CNT-05"""
    end = world.end(api(world), Limits(imports=1))
    assert end.feed(["push", ["pipeline", 0, ["count"], [["export", -1]] * 50]]) == [
        ["release", -1, 50]
    ]
    end.feed(["release", 1, 1])


def test_remote_limits_are_told_as_what_they_are(world: World) -> None:
    """A limit that a call passes at the other end is that call's error, and no more."""
    pair = world.pair(api(world), limits=Limits(exports=4))
    first = pair.left.main.call("mk").pull()
    pair.pump()
    outcome = pair.left.main.call("pair").pull()
    pair.pump()
    assert isinstance(outcome.error, RemoteError)
    assert isinstance(first.value, Cap)
