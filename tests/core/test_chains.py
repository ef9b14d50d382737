"""Long chains: what waits for what waits for something. Their length is not that of the stack."""

from typing import Any

import pytest

from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.limits import Limits
from tests.core.harness import EMPTY, End, World
from tests.core.objects import Cap, Later, Target

LENGTH = 3000


def _chain(length: int, link: list[Any]) -> list[Any]:
    """Pushes of which each is made of the one before it; the first is of promise 1."""
    return [["push", ["pipeline", number, *link]] for number in range(1, length + 1)]


def _releases(length: int) -> list[Any]:
    return [["release", number, 1] for number in range(1, length + 1)]


def test_properties_of_properties(world: World) -> None:
    """PIPE-01: of something that is not there yet."""
    later = Later()
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]], *_chain(LENGTH, [["a"]]))
    end.feed(["pull", LENGTH + 1], ["pull", 2])
    later.settle({"a": None})
    [[kind, number, [_, _, message]], second] = end.sent()
    assert (kind, number) == ("reject", LENGTH + 1)
    assert message == "Cannot read properties of undefined (reading 'a')"
    assert second == ["resolve", 2, None]
    assert end.feed(*_releases(LENGTH + 1)) == []


def test_calls_on_results_of_calls(world: World) -> None:
    """PIPE-01, PIPE-02: in order, when the first is there."""
    made: list[Target] = []

    def following() -> Target:
        made.append(world.target(next=following))
        return made[-1]

    later = Later()
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]], *_chain(LENGTH, [["next"], []]))
    end.feed(["pull", LENGTH + 1])
    later.settle(following())
    assert end.sent() == [["resolve", LENGTH + 1, ["export", -1]]]
    assert len(made) == LENGTH + 1
    assert end.feed(["release", -1, 1], *_releases(LENGTH + 1)) == []


@pytest.mark.parametrize("link", [[["x"]], [["x"], []]], ids=["get", "call"])
def test_the_failure_of_the_first(world: World, link: list[Any]) -> None:
    """PIPE-05"""
    later = Later()
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]], *_chain(LENGTH, link))
    end.feed(["pull", LENGTH + 1])
    later.fail(ValueError("no"))
    assert end.sent() == [["reject", LENGTH + 1, ["error", "ValueError", "no"]]]
    assert end.feed(*_releases(LENGTH + 1)) == []


def test_a_chain_that_nobody_waits_for(world: World) -> None:
    """PIPE-12: is let go from the front, and what was called runs all the same."""
    calls: list[int] = []
    main = world.target()
    later = Later()

    def following() -> Target:
        calls.append(1)
        return main

    main.members |= {"next": following, "later": lambda: later}
    end = world.end(main)
    end.feed(["push", ["pipeline", 0, ["later"], []]], *_chain(LENGTH, [["next"], []]))
    assert end.feed(*_releases(LENGTH + 1)) == []
    later.settle(main)
    assert len(calls) == LENGTH


def test_the_end_of_a_session_with_a_chain(world: World) -> None:
    """BAD-04"""
    later = Later()
    end = world.end(world.target(later=lambda: later))
    end.feed(["push", ["pipeline", 0, ["later"], []]], *_chain(LENGTH, [["next"], []]))
    end.feed(["pull", LENGTH + 1])
    assert end.feed(["nope"])[0][0] == "abort"
    assert later.cancelled == 1
    later.settle(5)


def test_many_that_wait_for_one(world: World) -> None:
    """ORD-04"""
    later = Later()
    end = world.end(world.target(later=lambda: later, count=lambda *values: len(values)))
    end.feed(["push", ["pipeline", 0, ["later"], []]])
    end.feed(["push", ["pipeline", 0, ["count"], [["pipeline", 1]] * LENGTH]], ["pull", 2])
    end.feed(*[["push", ["pipeline", 1, ["a"]]]] * LENGTH)
    later.settle({"a": 1})
    assert end.sent() == [["resolve", 2, LENGTH]]
    assert end.feed(*_releases(LENGTH + 2)) == []


def test_a_promise_of_the_peer_that_becomes_another_and_another(world: World) -> None:
    """PIPE-10: a chain that a peer makes, link by link, as long as it is of some use."""
    length = 100
    end = world.end(world.target(kind=lambda value: type(value).__name__))
    end.feed(["push", ["pipeline", 0, ["kind"], [["promise", -1]]]], ["pull", 1])
    for number in range(1, length):
        answers = end.feed(["resolve", -number, ["promise", -number - 1]])
        assert answers == [["release", -number, 1]]
    assert end.feed(["resolve", -length, 5])[-1] == ["resolve", 1, "int"]
    assert end.feed(["release", 1, 1]) == []


def test_values_in_values(world: World) -> None:
    """BAD-01: each holds the one before it. It is Python's stack that ends such a session."""
    length = 60_000
    end = world.end(world.target(), Limits(exports=length + 1))
    end.feed(["push", [[None]]])
    sent = end.feed(*(["push", [[["pipeline", number]]]] for number in range(1, length)))
    assert sent == [["abort", ["error", "TypeError", "a message is nested too deeply"]]]
    assert end.stats == EMPTY


def both(end: End) -> list[Any]:
    """Call `both` with the results of `one` and `two`, and ask for what it gives: the answers."""
    return end.feed(
        ["push", ["pipeline", 0, ["one"], []]],
        ["push", ["pipeline", 0, ["two"], []]],
        ["push", ["pipeline", 0, ["both"], [["pipeline", 1], "plain", ["pipeline", 2]]]],
        ["pull", 3],
    )


@pytest.mark.parametrize("second", [5, None, "text", 1.5, {"a": [5]}])
def test_results_among_arguments(world: World, second: object) -> None:
    """PIPE-03"""
    given: list[object] = []
    end = world.end(
        world.target(one=lambda: 1, two=lambda: second, both=lambda *values: given.extend(values))
    )
    both(end)
    assert given == [1, "plain", second]
    end.feed(*(["release", number, 1] for number in (1, 2, 3)))


def test_a_result_that_is_not_here_yet(world: World) -> None:
    """PIPE-03: the one that is here waits with the other."""
    later = Later()
    given: list[object] = []
    end = world.end(
        world.target(one=lambda: 1, two=lambda: later, both=lambda *values: given.extend(values))
    )
    both(end)
    assert given == []
    later.settle(2)
    assert given == [1, "plain", 2]
    end.feed(*(["release", number, 1] for number in (1, 2, 3)))


def test_a_result_that_failed(world: World) -> None:
    """PIPE-05"""
    given: list[object] = []
    end = world.end(
        world.target(one=lambda: 1, two=lambda: 1 / 0, both=lambda *values: given.extend(values))
    )
    assert [message[:2] for message in both(end)] == [["reject", 3]]
    assert given == []
    end.feed(*(["release", number, 1] for number in (1, 2, 3)))


@pytest.mark.parametrize("path", [[], ["a"], ["a", 0, "b"]])
@pytest.mark.parametrize("deep", [False, True])
def test_a_promise_that_becomes_itself(world: World, path: list[str | int], deep: bool) -> None:
    """A method returns what a callback will give, and that gives what the method will return."""
    later = Later()
    kept: list[Cap] = []

    def method(callback: Cap) -> Later:
        kept.append(callback().dup())
        return later

    end = world.end(world.target(method=method))
    end.feed(["push", ["pipeline", 0, ["method"], [["export", -1]]]], ["pull", 1])
    end.feed(["push", ["pipeline", 1, ["a"]]], ["pull", 2])
    end.feed(["resolve", 1, ["pipeline", 1, path]])
    later.settle({"a": kept[0].reference()} if deep else kept[0].reference())
    answers = [message[:2] for message in end.sent()]
    if end.reason is None:  # else it ended by the depth of what is in itself
        assert ["reject", 2] in answers
        end.feed(["release", 1, 1], ["release", 2, 1])
    for each in kept:
        each.dispose()
    end.sent()
    end.close()


def test_two_promises_that_become_each_other(world: World) -> None:
    laters = [Later(), Later()]
    end = world.end(world.target(first=lambda: laters[0], second=lambda: laters[1]))
    for number, name in enumerate(("first", "second")):
        end.feed(["push", ["pipeline", 0, [name], []]], ["pull", number + 1])
    promises = [Cap(PromiseHook(later.pending), is_promise=True) for later in laters]
    laters[0].settle(promises[1].reference())
    assert end.sent() == []
    laters[1].settle(promises[0].reference())
    message = ["error", "TypeError", "a promise has become itself"]
    assert end.sent() == [["reject", 2, message], ["reject", 1, message]]
    end.feed(["release", 1, 1], ["release", 2, 1])
    for each in promises:
        each.dispose()
