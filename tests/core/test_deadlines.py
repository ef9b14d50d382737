"""Calls that are not answered in time (`call_timeout`). The test has the clock."""

from typing import Any

import pytest

from capnweb_runtime.checks import check_timeout
from capnweb_runtime.errors import CallTimeoutError, RemoteError
from tests.core.harness import QUIET, End, World
from tests.core.objects import Outcome


@pytest.fixture(name="end")
def _end(world: World) -> End:
    return End(world, world.target(echo=lambda value: value), call_timeout=30)


def expired(outcome: Outcome) -> bool:
    if outcome.pending:
        return False
    error = outcome.error
    assert isinstance(error, CallTimeoutError)
    assert (error.seconds, str(error)) == (30, "no answer came within 30 s")
    return True


def pass_time(end: End, time: float) -> list[Any]:
    """Let the clock show `time`; gives what is sent then."""
    end.time = time
    deadline = end.endpoint.next_deadline
    if deadline is not None and deadline <= time:
        end.endpoint.handle_timer(time)
    return end.sent()


def test_a_call_that_is_not_answered(end: End) -> None:
    """It fails, and is released, which cancels it at the peer."""
    assert end.endpoint.next_deadline is None
    call = end.main.call("slow")
    assert end.endpoint.next_deadline is None, "nobody has asked for its value"
    outcome = call.pull()
    end.sent()
    assert end.endpoint.next_deadline == 31
    assert pass_time(end, 30.9) == []
    assert pass_time(end, 31) == [["release", 1, 1]]
    assert expired(outcome)
    assert end.stats == QUIET
    assert end.endpoint.next_deadline is None
    assert end.feed(["resolve", 1, "too late"]) == []
    assert expired(call.call("more").pull())
    assert end.sent() == []


def test_each_has_its_own_time(end: End) -> None:
    """The clock of a call begins when it is pulled, and does not begin anew."""
    calls = [end.main.call("slow") for _ in range(3)]
    outcomes: list[Outcome] = []
    for index in (1, 0, 2):
        end.time = 10.0 * (len(outcomes) + 1)
        outcomes.append(calls[index].pull())
    end.time = 35
    again = calls[1].pull()
    end.sent()
    assert pass_time(end, 40) == [["release", 2, 1]]
    assert [expired(outcome) for outcome in (*outcomes, again)] == [True, False, False, True]
    assert end.endpoint.next_deadline == 50
    assert pass_time(end, 60) == [["release", 1, 1], ["release", 3, 1]]
    assert all(expired(outcome) for outcome in outcomes)


def test_answers_and_releases_stop_the_clock(end: End) -> None:
    outcomes = [end.main.call("fast").pull() for _ in range(3)]
    end.feed(["resolve", 1, 5], ["reject", 2, ["error", "Error", "no"]])
    outcomes[2].source.dispose()
    assert end.endpoint.next_deadline is None
    assert outcomes[0].value == 5
    assert isinstance(outcomes[1].error, RemoteError)


def test_answered_calls_are_not_kept(end: End) -> None:
    """However many there are in the time of one."""
    deadlines = end.endpoint._deadlines
    assert deadlines is not None
    waiting = end.main.call("slow").pull()
    for number in range(2, 2000):
        outcome = end.main.call("fast").pull()
        end.feed(["resolve", number, 1])
        assert outcome.value == 1
        assert len(deadlines) == 1
    assert end.endpoint.next_deadline == 31
    pass_time(end, 31)
    assert expired(waiting)


def test_what_is_missing_of_an_answer_has_as_much_time(end: End) -> None:
    """MAP-01: the answer to a map holds promises of what its calls will give."""
    outcome = end.main.call("map").pull()
    end.sent()
    end.time = 20
    end.feed(["resolve", 1, [[["promise", -1], ["promise", -2]]]], ["resolve", -1, 5])
    assert end.endpoint.next_deadline == 50
    assert pass_time(end, 50) == [["release", -2, 1]]
    assert expired(outcome)
    outcome.source.dispose()
    end.sent()
    assert end.stats == QUIET


def test_promises_of_the_peer_have_no_time(end: End) -> None:
    """How long an argument takes is the peer's affair, and so are its objects."""
    answers = end.feed(["push", ["pipeline", 0, ["echo"], [["promise", -1]]]], ["pull", 1])
    assert (answers, end.endpoint.next_deadline) == ([], None)
    assert pass_time(end, 100) == []
    assert end.feed(["resolve", -1, 5]) == [["release", -1, 1], ["resolve", 1, 5]]
    assert end.feed(["release", 1, 1]) == []
    assert end.stats == QUIET


def test_a_call_that_may_take_its_time(end: End) -> None:
    call = end.main.call("slow")
    outcome = call.pull()
    call.hook.wait_long()
    end.sent()
    assert end.endpoint.next_deadline is None
    end.feed(["resolve", 1, [["promise", -1]]], ["resolve", -1, 5])
    assert end.endpoint.next_deadline is None
    call.hook.wait_long()
    call.dispose()
    call.hook.wait_long()
    assert outcome.results


def test_the_end_stops_all_clocks(world: World, end: End) -> None:
    end.main.call("slow").pull()
    end.close()
    assert end.endpoint.next_deadline is None
    assert End(world).endpoint.next_deadline is None


@pytest.mark.parametrize("seconds", [0, -1, -0.0, float("nan"), float("-inf")])
def test_timeouts_that_are_none(world: World, seconds: float) -> None:
    with pytest.raises(ValueError, match="above zero"):
        check_timeout(seconds)


def test_timeouts_that_are_some() -> None:
    assert [check_timeout(each) for each in (None, float("inf"), 1, 0.5)] == [None, None, 1, 0.5]
