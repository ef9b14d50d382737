"""Order: of calls, of their results, and of what waits."""

from typing import Any

from tests.core.api import api
from tests.core.harness import World
from tests.core.objects import Later


def test_calls_start_in_the_order_they_were_made(world: World) -> None:
    """ORD-01, ORD-02: before the next message is looked at."""
    started: list[Any] = []
    end = world.end(world.target(log=started.append))
    for number in range(1, 6):
        end.feed(["push", ["pipeline", 0, ["log"], [number]]])
        assert started == list(range(1, number + 1))
    end.feed(*[["release", number, 1] for number in range(1, 6)])


def test_a_call_that_waits_for_its_arguments_is_overtaken(world: World) -> None:
    """ORD-03: log(1), log(slow), log(2) are 1, 2, slow."""
    started: list[Any] = []
    pair = world.pair(world.target(log=started.append))
    slow = Later()
    for argument in (1, slow, 2):
        pair.left.main.call("log", argument)
    pair.pump()
    assert started == [1, 2]
    slow.settle("slow")
    pair.pump()
    assert started == [1, 2, "slow"]


def test_a_call_whose_promise_is_settled_does_not_wait(world: World) -> None:
    """ORD-03"""
    started: list[Any] = []
    end = world.end(world.target(log=started.append, one=lambda: 1))
    end.feed(["push", ["pipeline", 0, ["one"], []]])
    end.feed(["push", ["pipeline", 0, ["log"], [["pipeline", 1]]]])
    end.feed(["push", ["pipeline", 0, ["log"], [2]]])
    assert started == [1, 2]
    end.feed(*[["release", number, 1] for number in range(1, 4)])


def test_calls_that_wait_for_the_same_promise_start_in_order(world: World) -> None:
    """ORD-04"""
    started: list[Any] = []
    later = Later()
    end = world.end(world.target(log=lambda *values: started.append(values), later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]])
    for number in range(4):
        end.feed(["push", ["pipeline", 0, ["log"], [number, ["pipeline", 1]]]])
    assert started == []
    later.settle("x")
    assert started == [(number, "x") for number in range(4)]
    end.feed(*[["release", number, 1] for number in range(1, 6)])


def test_nothing_overtakes_what_is_queued_on_a_promise(world: World) -> None:
    """ORD-04: not even a call that is made by the first of the queue."""
    started: list[Any] = []
    end = world.end()
    later = Later()

    def log(value: object) -> None:
        started.append(value)
        if value == 1:
            end.feed(["push", ["pipeline", 1, ["log"], ["made by the first"]]])

    thing = world.target(log=log)
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]])
    for number in (1, 2, 3):
        end.feed(["push", ["pipeline", 1, ["log"], [number]]])
    later.settle(thing)
    end.feed(["push", ["pipeline", 1, ["log"], ["made after"]]])
    assert started == [1, 2, 3, "made by the first", "made after"]
    end.feed(*[["release", number, 1] for number in range(1, 7)])


def test_calls_and_reads_on_a_promise_of_this_side_are_in_order(world: World) -> None:
    """PIPE-13, ORD-04: and so are its answers."""
    order: list[str] = []
    later = Later()
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]])
    end.feed(["push", ["pipeline", 1, ["a"]]], ["pull", 2])
    end.feed(["push", ["pipeline", 1, ["f"], []]], ["pull", 3])
    end.feed(["pull", 1])
    later.settle({"a": 1, "f": world.target(**{"": lambda: order.append("called")})})
    assert [message[:2] for message in end.sent()] == [
        ["resolve", 2],
        ["resolve", 3],
        ["resolve", 1],
    ]
    assert order == ["called"]
    end.feed(["release", -1, 1], *[["release", number, 1] for number in (1, 2, 3)])


def test_answers_come_as_they_are_there(world: World) -> None:
    """ORD-05"""
    pair = world.pair(api(world))
    slow = pair.left.main.call("later").pull()
    quick = pair.left.main.call("hello", "x").pull()
    pair.pump()
    assert slow.pending
    assert quick.value == "hi x"
    pair.left.main.call("now", 1)
    pair.pump()
    assert slow.value == 1


def test_the_ids_of_calls_are_those_of_their_pushes(world: World) -> None:
    """MSG-03: a call that is made while another is being sent has the id after it."""
    end = world.end(None)
    first, second = end.main.call("a"), end.main.call("b")
    third = first.call("c")
    get = second.get("d")
    outcomes = [cap.pull() for cap in (get, third, second, first)]
    sent = end.sent()
    assert [message[1][1] for message in sent[:4]] == [0, 0, 1, 2]
    assert sent[4:] == [["pull", 4], ["pull", 3], ["pull", 2], ["pull", 1]]
    end.feed(*[["resolve", number, number * 10] for number in (1, 2, 3, 4)])
    assert [outcome.value for outcome in outcomes] == [40, 30, 20, 10]
