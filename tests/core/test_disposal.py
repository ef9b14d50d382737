"""Who lets go of what, and when: two joined ends, and objects that are told."""

import gc
from typing import Any

import pytest

from capnweb_runtime.core.hooks import ErrorHook
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import DisposedError, RpcError, SessionClosedError
from tests.core.api import api
from tests.core.harness import QUIET, Pair, World
from tests.core.objects import Cap, Later, Target


@pytest.fixture
def pair(world: World) -> Pair:
    return world.pair(api(world))


def kinds(frames: list[tuple[str, Any]]) -> list[tuple[str, str]]:
    return [(way, message[0]) for way, message in frames]


def test_twenty_callbacks_that_nobody_keeps(world: World, pair: Pair) -> None:
    """DISP-10: traps 13."""
    things = [world.target(**{"": lambda value: value}) for _ in range(20)]
    call = pair.left.main.call
    outcomes = [call("call", thing, index).pull() for index, thing in enumerate(things)]
    pair.pump()
    assert [outcome.value for outcome in outcomes] == list(range(20))
    assert [(thing.handles, thing.disposals) for thing in things] == [(0, 1)] * 20


@pytest.mark.parametrize(
    ("name", "more"),
    [("hello", ()), ("fail", ()), ("nope", ()), ("text", ()), ("bad", ()), ("call", (1,))],
)
def test_arguments_are_let_go_whatever_becomes_of_the_call(
    world: World, pair: Pair, name: str, more: tuple[object, ...]
) -> None:
    """DISP-10, DISP-18"""
    thing = world.target()
    outcome = pair.left.main.call(name, [thing, {"a": thing}], *more).pull()
    pair.pump()
    assert outcome.results
    assert (thing.handles, thing.disposals) == (0, 1)


def test_a_stub_that_is_passed_stays_the_callers(world: World, pair: Pair) -> None:
    """DISP-09"""
    counter = pair.left.main.call("mk").pull()
    pair.pump()
    kind = pair.left.main.call("kind", counter.value).pull()
    pair.pump()
    increment = counter.value.call("increment", 2).pull()
    pair.pump()
    assert (kind.value, increment.value) == ("function", 2)


def test_a_dup_is_a_reference_of_its_own(world: World, pair: Pair) -> None:
    """DISP-01, DISP-02, DISP-15"""
    counter = pair.left.main.call("mk")
    whole = counter.pull()
    pair.pump()
    first: Cap = whole.value
    second = first.dup()
    counter.dispose()
    counter.dispose()
    assert not pair.pump(), "the second still refers to it"
    second.dispose()
    assert pair.pump() == [("->", ["release", -1, 1])]
    second.dispose()
    assert not pair.pump()


@pytest.mark.parametrize("settled", [False, True])
def test_what_was_disposed_of_fails(world: World, pair: Pair, *, settled: bool) -> None:
    """DISP-03"""
    counter = pair.left.main.call("mk")
    if settled:
        counter.pull()
        pair.pump()
    counter.dispose()
    thing = world.target()
    for outcome in (
        counter.pull(),
        counter.call("increment", thing).pull(),
        counter.get("value").pull(),
        counter.dup().pull(),
    ):
        assert isinstance(outcome.error, DisposedError)
    told: list[BaseException] = []
    counter.on_broken(told.append)
    assert isinstance(told[0], DisposedError)
    assert thing.handles == 0


def test_a_promise_is_let_go_before_it_is_settled(world: World, pair: Pair) -> None:
    """DISP-17"""
    call = pair.left.main.call("later")
    outcome = call.pull()
    pair.pump()
    call.dispose()
    assert isinstance(outcome.error, DisposedError)
    assert pair.pump() == [("->", ["release", 1, 1])]
    done = pair.left.main.call("now", 5).pull()
    pair.pump()
    assert done.value is None


def test_the_answer_crosses_the_release(world: World, pair: Pair) -> None:
    """DISP-20, MSG-13: what is in it is let go, too."""
    call = pair.left.main.call("mk")
    call.pull()
    pair.collect()
    pair.deliver(pair.right)  # the answer is under way
    call.dispose()
    frames = pair.pump()
    assert ("->", ["release", 1, 1]) in frames
    assert ("->", ["release", -1, 1]) in frames


def test_a_call_that_was_awaited_and_let_go_is_cancelled(world: World) -> None:
    """DISP-17: the reference lets it run to its end."""
    later = Later()
    pair = world.pair(world.target(wait=lambda: later))
    call = pair.left.main.call("wait")
    call.pull()
    pair.pump()
    assert later.cancelled == 0
    call.dispose()
    pair.pump()
    assert later.cancelled == 1


def test_a_call_that_nobody_awaited_runs_on(world: World) -> None:
    """A call made for its effect."""
    later = Later()
    pair = world.pair(world.target(wait=lambda: later))
    pair.left.main.call("wait").dispose()
    pair.pump()
    assert later.cancelled == 0
    later.settle(1)


@pytest.mark.parametrize(
    "messages",
    [
        [["push", ["pipeline", 0, ["wait"], []]], ["release", 1, 1]],
        [["push", {"a": [[["pipeline", 0, ["wait"], []]]]}], ["release", 1, 1]],
        [["push", {"toString": ["pipeline", 0, ["wait"], []]}], ["release", 1, 1]],
        [["resolve", 99, ["pipeline", 0, ["wait"], []]]],
        [["push", [[["pipeline", 0, ["wait"], []], [1]]]]],
        [
            ["push", ["pipeline", 0, ["wait"], [["promise", -1]]]],
            ["release", 1, 1],
            ["resolve", -1, 1],
        ],
    ],
    ids=["released", "in a value", "dropped", "for nobody", "of half a message", "that waited"],
)
def test_a_call_that_is_in_no_table_ends_with_the_session(
    world: World, messages: list[Any]
) -> None:
    """BAD-04: a peer that goes leaves nothing running behind."""
    later = Later()
    end = world.end(world.target(wait=lambda *_: later))
    end.feed(*messages)
    if end.reason is None:
        assert end.stats == QUIET
        assert later.cancelled == 0
    end.close()
    assert later.cancelled == 1
    later.fail(ValueError("cancelled"))


def test_a_call_that_somebody_else_waits_for_does_not(world: World) -> None:
    """BAD-04: what this side has kept of a peer's call goes on without the peer."""
    later = Later()
    kept: list[Cap] = []
    end = world.end(world.target(wait=lambda: later, keep=kept.append))
    end.feed(["push", ["pipeline", 0, ["wait"], []]], ["release", 1, 1])
    kept.append(Cap(PromiseHook(later.pending), is_promise=True))
    end.close()
    assert later.cancelled == 0
    later.settle(5)
    assert kept[0].pull().value == 5


def test_a_call_that_would_begin_after_the_end(world: World) -> None:
    """BAD-04: one that was waiting for a promise that outlived the session is not made."""
    first = Later()
    outlives = Cap(PromiseHook(first.pending), is_promise=True)
    calls: list[int] = []
    thing = world.target(wait=lambda: calls.append(1))
    end = world.end(world.target(wait=lambda: first))
    end.feed(["push", ["pipeline", 0, ["wait"], []]], ["push", ["pipeline", 1, ["wait"], []]])
    end.close()
    assert first.cancelled == 0
    first.settle(thing)
    assert calls == []
    outlives.dispose()


def test_a_call_that_others_wait_for_runs_on(world: World) -> None:
    """PIPE-12"""
    later = Later()
    pair = world.pair(world.target(wait=lambda: later))
    call = pair.left.main.call("wait")
    call.pull()
    part = call.get("a").pull()
    call.dispose()
    pair.pump()
    assert later.cancelled == 0
    later.settle({"a": 7})
    pair.pump()
    assert part.value == 7


def test_everything_under_way_is_cancelled_at_the_end(world: World) -> None:
    """BAD-04"""
    laters = [Later() for _ in range(3)]
    waiting = iter(laters)
    pair = world.pair(world.target(wait=lambda: next(waiting)))
    calls = [pair.left.main.call("wait") for _ in range(3)]
    calls[0].pull()
    part = calls[2].get("a").pull()
    pair.pump()
    pair.right.endpoint.close(SessionClosedError("enough"))
    assert [later.cancelled for later in laters] == [1, 1, 1]
    pair.left.close()
    assert isinstance(part.error, SessionClosedError)


def test_the_main_stub_ends_the_session(world: World, pair: Pair) -> None:
    """DISP-22, WS-04: without an abort message, and without a release of it."""
    call = pair.left.main.call("later")
    outcome = call.pull()
    told: list[BaseException] = []
    call.on_broken(told.append)
    pair.pump()
    pair.left.main.dispose()
    assert pair.left.reason is not None
    assert isinstance(outcome.error, SessionClosedError)
    assert told == [pair.left.reason]
    assert pair.left.take() == []
    later = pair.left.main.call("hello", "x").pull()
    assert isinstance(later.error, RpcError)
    pair.left.main.dispose()
    pair.right.close()


def test_a_dup_of_the_main_stub_does_not(world: World, pair: Pair) -> None:
    """DISP-22"""
    pair.left.main.dup().dispose()
    outcome = pair.left.main.call("hello", "x").pull()
    pair.pump()
    assert outcome.value == "hi x"


def test_the_main_stub_ends_the_session_also_if_the_peer_resolved_it(world: World) -> None:
    """MSG-15, DISP-22"""
    end = world.end(api(world))
    assert end.feed(["resolve", 0, {"a": 5}]) == [["release", 0, 1]]
    assert end.main.get("a").pull().value == 5
    end.main.dispose()
    assert isinstance(end.reason, SessionClosedError)


def test_the_main_object_is_told_of_the_end(world: World) -> None:
    """DISP-21"""
    main = world.target()
    end = world.end(main)
    assert main.alive
    end.close()
    assert (main.handles, main.disposals) == (0, 1)


def test_the_main_object_is_told_of_its_release(world: World) -> None:
    """CNT-04"""
    main = world.target()
    end = world.end(main)
    end.feed(["release", 0, 1])
    assert (main.handles, main.disposals) == (0, 1)


@pytest.mark.parametrize("ending", ["fault", "abort", "lost"])
def test_all_objects_are_told_of_the_end(world: World, ending: str) -> None:
    """WS-09"""
    kept: list[Cap] = []
    things: list[Target] = [world.target() for _ in range(3)]
    main = world.target(get=lambda: things, keep=lambda cap: kept.append(cap.dup()))
    end = world.end(main)
    end.feed(["push", ["pipeline", 0, ["get"], []]], ["pull", 1])
    end.feed(["push", ["pipeline", 0, ["keep"], [["import", -2]]]])
    if ending == "lost":
        end.close()
    else:
        end.feed(["nope"] if ending == "fault" else ["abort", 1])
    assert [thing.handles for thing in things] == [0, 1, 0]
    kept[0].dispose()
    assert [thing.disposals for thing in things] == [1, 1, 1]


def test_an_own_object_survives_the_session_for_who_keeps_it(world: World) -> None:
    """BRK-05: a stub of the peer's that turned out to be an own object needs no session."""
    kept: list[Cap] = []
    thing = world.target(ping=lambda: "pong")
    main = world.target(get=lambda: thing, keep=lambda cap: kept.append(cap.dup()))
    end = world.end(main)
    end.feed(["push", ["pipeline", 0, ["get"], []]])
    end.feed(["push", ["pipeline", 0, ["keep"], [["import", 1]]]])
    end.close()
    assert kept[0].call("ping").pull().value == "pong"
    kept[0].dispose()


def test_what_is_forgotten_is_let_go_with_the_next_messages(world: World, pair: Pair) -> None:
    """DISP-01: by the collector, which may run at any time and anywhere."""
    whole = pair.left.main.call("pair").pull()
    pair.pump()
    assert pair.left.stats.imports == 3
    del whole
    gc.collect()
    assert pair.left._awake, "it said that there is something to send"
    frames = pair.pump()
    assert sorted(message[1] for _, message in frames) == [-2, -1]
    assert pair.left.stats == pair.right.stats == QUIET


def test_a_forgotten_stub_that_is_introduced_again_in_time_stays(world: World) -> None:
    """CNT-05"""
    kept: list[Cap] = []
    end = world.end(world.target(keep=lambda cap: kept.append(cap.dup())))
    keep = ["push", ["pipeline", 0, ["keep"], [["export", -1]]]]
    end.feed(keep)
    kept.clear()  # forgotten, and not yet released
    end.endpoint.receive('["push",["pipeline",0,["keep"],[["export",-1]]]]')
    assert end.sent() == []
    kept.pop().dispose()
    assert end.sent() == [["release", -1, 2]]
    assert end.feed(["release", 1, 1], ["release", 2, 1]) == []


def test_an_id_that_is_used_again_is_another_object(world: World) -> None:
    """MSG-04: a peer that uses ids again must not have the new object released with the old one."""
    kept: list[Cap] = []
    end = world.end(world.target(keep=lambda cap: kept.append(cap.dup())))
    for _ in range(2):  # twice on the list of what was forgotten
        end.endpoint.receive('["push",["pipeline",0,["keep"],[["export",-1]]]]')
        kept.clear()
    end.endpoint.receive('["push",["pipeline",0,["keep"],[["export",-1]]]]')
    kept.pop().dispose()  # this releases it
    end.endpoint.receive('["push",["pipeline",0,["keep"],[["export",-1]]]]')
    assert end.sent() == [["release", -1, 3]]
    assert end.stats.imports == 2, "the new one is there"
    kept.pop().dispose()
    assert end.sent() == [["release", -1, 1]]
    assert end.feed(*[["release", number, 1] for number in range(1, 5)]) == []


def test_a_result_that_cannot_be_sent_is_the_error(world: World) -> None:
    """ERR-20, DISP-19"""
    thing = world.target()
    pair = world.pair(world.target(get=lambda: [thing, {1, 2}]))
    outcome = pair.left.main.call("get").pull()
    pair.pump()
    assert str(outcome.error) == "[1]: set cannot be sent"
    assert thing.handles == 0


def test_a_handler_that_keeps_nothing_leaves_nothing_in_an_error(world: World) -> None:
    """DISP-10: an error whose traceback leads to its arguments must not keep them."""
    thing = world.target()

    def fail(cap: Cap) -> None:
        held = cap.dup()  # forgotten when the handler ends, as locals are
        raise ValueError(str(held.is_promise))

    pair = world.pair(world.target(fail=fail))
    call = pair.left.main.call("fail", thing)
    pair.pump()
    assert thing.handles == 0, "although the result was not asked for"
    call.dispose()


def test_hooks_of_errors_hold_no_frames() -> None:
    with pytest.raises(ValueError, match="no") as caught:
        int("no")
    assert caught.value.__traceback__ is not None
    assert ErrorHook(caught.value).error is caught.value
    assert caught.value.__traceback__ is None


def test_the_reason_of_an_end_holds_nothing_of_the_message(world: World) -> None:
    """BAD-04: although it may be kept for long."""
    thing = world.target()
    end = world.end(world.target(get=lambda: thing))
    end.feed(["push", [[["pipeline", 0, ["get"], []], ["import", 0], [1]]]])
    assert end.reason is not None
    assert thing.handles == 0
    reason: BaseException | None = end.reason
    while reason is not None:
        assert reason.__traceback__ is None
        reason = reason.__context__


def test_the_end_in_the_middle_of_a_message(world: World) -> None:
    """A handler ends the session: what the message made is let go, and nothing is answered."""
    thing = world.target()
    main = world.target(get=lambda: thing)
    end = world.end(main)
    main.members["end"] = end.close
    push = [["pipeline", 0, ["get"], []], ["pipeline", 0, ["end"], []], ["export", -1]]
    assert end.feed(["push", [push]], ["pull", 1]) == []
    assert thing.handles == 0


def test_the_end_in_the_middle_of_an_argument(world: World) -> None:
    """The same, where a call would wait for ever for what comes after the end."""
    calls: list[object] = []
    main = world.target(kind=lambda *values: calls.append(values))
    end = world.end(main)
    main.members["end"] = end.close
    end.feed(["push", ["pipeline", 0, ["kind"], [["pipeline", 0, ["end"], []], ["promise", -1]]]])
    assert calls == []
    assert isinstance(end.reason, SessionClosedError)
