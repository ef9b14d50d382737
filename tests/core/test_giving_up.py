"""What is not wanted any more is given up, with all that was only wanted for its sake."""

from typing import Any

import pytest

from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import SessionClosedError
from tests.core.harness import QUIET, End, World
from tests.core.objects import Cap, Later, Target

LENGTH = 3000


class Scene:
    """An end whose `slow` is under way, and what was called meanwhile."""

    def __init__(self, world: World) -> None:
        self.later = Later()
        self.calls: list[str] = []
        self.base = world.target(next=lambda: self.calls.append("next"))
        self.main = world.target(
            slow=lambda *_: self.later,
            take=lambda *_: self.calls.append("take"),
            list=lambda: self.later,
        )
        self.end: End = world.end(self.main)

    def settle(self) -> None:
        self.later.settle(self.base)


@pytest.fixture(name="scene")
def _scene(world: World) -> Scene:
    return Scene(world)


SLOW = ["push", ["pipeline", 0, ["slow"], []]]
NEXT = ["push", ["pipeline", 1, ["next"], []]]


def test_a_chain_ends_with_its_last_link(scene: Scene) -> None:
    """DISP-17: what was called for the sake of what is dropped is not wanted, either."""
    scene.end.feed(SLOW, *[["push", ["pipeline", n, ["next"], []]] for n in range(1, LENGTH)])
    scene.end.feed(["pull", LENGTH], *[["release", n, 1] for n in range(1, LENGTH)])
    assert scene.later.cancelled == 0
    scene.end.feed(["release", LENGTH, 1])
    assert scene.later.cancelled == 1
    assert scene.end.stats == QUIET
    scene.settle()
    assert scene.calls == []


def test_whatever_order_they_are_released_in(scene: Scene) -> None:
    scene.end.feed(SLOW, NEXT, ["pull", 2], ["release", 2, 1])
    assert scene.later.cancelled == 0, "somebody has it, who may still use it"
    scene.end.feed(["release", 1, 1])
    assert scene.later.cancelled == 1
    scene.settle()
    assert scene.calls == []


def test_a_call_made_for_its_effect_keeps_what_it_waits_for(scene: Scene) -> None:
    scene.end.feed(SLOW, NEXT, NEXT, ["pull", 2], ["release", 1, 1], ["release", 3, 1])
    scene.end.feed(["release", 2, 1])
    assert scene.later.cancelled == 0
    scene.settle()
    assert scene.calls == ["next"], "not the one that was given up"


def test_a_call_made_for_its_effect_runs_on(scene: Scene) -> None:
    scene.end.feed(SLOW, NEXT, ["release", 2, 1], ["release", 1, 1])
    assert scene.later.cancelled == 0
    scene.settle()
    assert scene.calls == ["next"]


def test_two_that_wait(scene: Scene) -> None:
    """The first that is dropped changes nothing for the other."""
    scene.end.feed(SLOW, NEXT, NEXT, ["pull", 2], ["pull", 3], ["release", 1, 1])
    scene.end.feed(["release", 2, 1])
    assert scene.later.cancelled == 0
    scene.end.feed(["release", 3, 1])
    assert scene.later.cancelled == 1
    scene.settle()
    assert scene.calls == []


def test_an_argument_of_what_is_dropped(scene: Scene) -> None:
    """It was asked for by the call."""
    scene.end.feed(SLOW, ["push", ["pipeline", 0, ["take"], [["pipeline", 1]]]], ["release", 1, 1])
    scene.end.feed(["pull", 2])
    assert scene.later.cancelled == 0
    scene.end.feed(["release", 2, 1])
    assert scene.later.cancelled == 1
    scene.later.fail(ValueError("cancelled"))
    assert scene.calls == []


def test_an_argument_of_a_call_for_its_effect(scene: Scene) -> None:
    scene.end.feed(SLOW, ["push", ["pipeline", 0, ["take"], [["pipeline", 1]]]])
    scene.end.feed(["release", 1, 1], ["release", 2, 1])
    assert scene.later.cancelled == 0
    scene.settle()
    assert scene.calls == ["take"]


def test_a_map(scene: Scene) -> None:
    """MAP-01: with the calls that it would have made, and what it has captured."""
    scene.end.feed(
        ["push", ["pipeline", 0, ["list"], []]],
        [
            "push",
            ["remap", 1, [], [["import", 0]], [["pipeline", -1, ["take"], [["pipeline", 0]]]]],
        ],
        ["pull", 2],
        ["release", 1, 1],
    )
    assert scene.later.cancelled == 0
    scene.end.feed(["release", 2, 1])
    assert scene.later.cancelled == 1
    scene.later.settle([1, 2, 3])
    assert scene.calls == []


def test_properties(scene: Scene) -> None:
    scene.end.feed(SLOW, ["push", ["pipeline", 1, ["a", "b"]]], ["push", ["pipeline", 2, ["c"]]])
    scene.end.feed(["pull", 3], ["release", 1, 1], ["release", 2, 1])
    assert scene.later.cancelled == 0
    scene.end.feed(["release", 3, 1])
    assert scene.later.cancelled == 1
    scene.later.fail(ValueError("cancelled"))


def test_a_link_that_runs_already(world: World) -> None:
    """The first is done, the second under way, the third in line."""
    first, second = Later(), Later()
    calls: list[int] = []
    third = world.target(next=lambda: calls.append(3))
    middle = world.target(next=lambda: second)
    end = world.end(world.target(slow=lambda: first))
    end.feed(SLOW, NEXT, ["push", ["pipeline", 2, ["next"], []]], ["pull", 3])
    end.feed(["release", 1, 1], ["release", 2, 1])
    first.settle(middle)
    assert (first.cancelled, second.cancelled) == (0, 0)
    end.feed(["release", 3, 1])
    assert (first.cancelled, second.cancelled) == (0, 1)
    second.settle(third)
    assert calls == []


def test_a_call_that_begins_after_what_it_waits_for_was_asked(world: World) -> None:
    """Being asked for passes on to what a promise becomes."""
    first, second = Later(), Later()
    end = world.end(world.target(slow=lambda: first))
    end.feed(SLOW, NEXT, ["pull", 2], ["release", 1, 1])
    first.settle(world.target(next=lambda: second))
    assert second.cancelled == 0
    end.feed(["release", 2, 1])
    assert second.cancelled == 1
    second.fail(ValueError("cancelled"))


def test_what_somebody_else_has_as_well(world: World) -> None:
    later = Later()
    kept = Cap(PromiseHook(later.pending), is_promise=True)
    end = world.end(world.target(slow=lambda: later))
    end.feed(SLOW, ["pull", 1], ["release", 1, 1])
    assert later.cancelled == 0
    later.settle(5)
    assert kept.pull().value == 5


def test_calls_given_up_leave_nothing_in_line(scene: Scene) -> None:
    """A peer cannot fill the line of a call that takes long: it has no limit of its own."""
    scene.end.feed(SLOW)
    pushed = 1
    for _ in range(20):
        block: list[Any] = []
        for _ in range(100):
            pushed += 1
            block += [NEXT, ["pull", pushed], ["release", pushed, 1]]
        scene.end.feed(*block)
        assert len(scene.later.pending._line) < 10
    scene.end.feed(NEXT)
    scene.settle()
    assert scene.calls == ["next"]


def test_the_end_waits_for_what_was_told_to_stop(world: World) -> None:
    """BAD-04: a session's calls end with it, each in its own time."""
    laters = [Later() for _ in range(4)]
    waiting = iter(laters)
    end = world.end(world.target(slow=lambda: next(waiting)))
    kept = Cap(PromiseHook(laters[3].pending), is_promise=True)
    end.feed(*[SLOW] * 4, ["pull", 1], ["release", 1, 1], ["pull", 2], ["release", 3, 1])
    ended: list[str] = []
    end.endpoint.when_ended(lambda: ended.append("ended"))
    assert [later.cancelled for later in laters] == [1, 0, 0, 0]
    end.close()
    assert [later.cancelled for later in laters] == [1, 1, 1, 0]
    for later in laters[:3]:
        assert ended == []
        later.fail(ValueError("cancelled"))
    assert ended == ["ended"], "what somebody else has kept goes on without it"
    end.endpoint.when_ended(lambda: ended.append("at once"))
    assert ended == ["ended", "at once"]
    laters[3].settle(5)
    assert kept.pull().value == 5


def test_a_call_that_follows_the_one_that_ends_the_session(world: World) -> None:
    """BAD-04: in the same map, so that it begins after the end."""
    later = Later()
    main = Target()
    world.targets.append(main)
    end = world.end(main)
    main.members = {
        "close": lambda: end.endpoint.close(SessionClosedError("enough")),
        "slow": lambda: later,
    }
    both = [["pipeline", -1, ["close"], []], ["pipeline", -1, ["slow"], []]]
    end.feed(["push", ["remap", 0, [], [["import", 0]], both]])
    assert later.cancelled == 1
    later.fail(ValueError("cancelled"))
