"""Sessions of one round trip, message by message (HTTP-12, HTTP-13)."""

from typing import Any

import pytest

from capnweb_runtime.core.batch import BatchEndpoint
from capnweb_runtime.core.hook import Reference
from capnweb_runtime.core.hooks import Callee, TargetHook
from capnweb_runtime.core.payload import reference_payload
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.core.streams import BlobHook, Once, SourceHook
from capnweb_runtime.errors import BatchEndedError, CallError
from capnweb_runtime.limits import DEFAULT_LIMITS
from tests.core.harness import End, World
from tests.core.objects import Cap, Later, nothing

OVER = BatchEndedError("over")


class BatchEnd(End):
    """One end of a batch.

    Attributes:
        pulls: how many results it has asked for.
    """

    def __init__(self, world: World, main: Callee | None = None) -> None:
        super().__init__(world)
        self.pulls = 0
        self.batch = self.endpoint = BatchEndpoint(
            self, DEFAULT_LIMITS, ErrorPolicy(), pulled=self._pulled
        )
        if main is not None:
            self.batch.offer(TargetHook(main))

    def _pulled(self) -> None:
        self.pulls += 1


def call(name: str, *arguments: object) -> list[Any]:
    return ["push", ["pipeline", 0, [name], list(arguments)]]


def test_a_client_knows_that_somebody_waits() -> None:
    """HTTP-01: calls alone send nothing yet, to whoever looks for it."""
    with World.checked() as world:
        end = BatchEnd(world)
        result = end.main.call("f")
        assert end.pulls == 0
        outcome = result.pull()
        assert end.pulls == 1
        assert end.sent() == [call("f"), ["pull", 1]]
        end.feed(["resolve", 1, 5])
        assert outcome.value == 5
        result.dispose()


def test_after_all_was_sent() -> None:
    """HTTP-11: what was asked for is waited for; nothing more can be."""
    with World.checked() as world:
        end = BatchEnd(world)
        asked, other = end.main.call("f"), end.main.call("g")
        outcome = asked.pull()
        end.batch.sent_all(OVER)
        assert end.sent() == [call("f"), call("g"), ["pull", 1]]
        for late in (other, end.main.call("h"), end.main.get("p"), asked.call("i"), asked.get("p")):
            assert late.pull().error is OVER
            late.dispose()
        assert outcome.pending
        end.feed(["resolve", 1, 5])
        assert outcome.value == 5
        assert end.pulls == 1
        asked.dispose()


def test_a_promise_that_was_not_settled_when_all_was_sent() -> None:
    with World.checked() as world:
        end = BatchEnd(world)
        later = Later()
        late, promise = end.main.call("f", later), later
        end.batch.sent_all(OVER)
        push, reject = end.sent()
        assert push == call("f", ["promise", -1])
        assert reject[:2] == ["reject", -1]
        assert "not settled" in reject[2][2]
        promise.settle(1)
        late.dispose()


def test_after_all_was_received() -> None:
    """HTTP-12: whoever waits fails, now and later; calls are made still, and may be passed on."""
    with World.checked() as world:
        given: list[Cap] = []
        end = BatchEnd(world, world.target(take=lambda cap: given.append(cap.dup())))
        end.feed(call("take", ["export", -1]), ["pull", 1])
        (theirs,) = given
        waiting = theirs.call("a")
        outcome = waiting.pull()
        assert end.sent() == [["push", ["pipeline", -1, ["a"], []]], ["pull", 1]]
        end.batch.received_all(OVER)
        assert outcome.error is OVER
        later = theirs.call("b")
        assert later.pull().error is OVER
        assert later.pull().error is OVER
        further = later.call("c")
        assert end.sent() == [
            ["push", ["pipeline", -1, ["b"], []]],
            ["push", ["pipeline", 2, ["c"], []]],
        ]
        for cap in (waiting, later, further, theirs):
            cap.dispose()


def test_a_promise_of_the_peer_that_never_comes() -> None:
    with World.checked() as world:
        got: list[object] = []
        end = BatchEnd(world, world.target(take=got.append))
        assert end.feed(call("take", ["promise", -1]), ["pull", 1]) == []
        end.batch.received_all(OVER)
        assert sorted(message[:2] for message in end.sent()) == [["reject", 1], ["release", -1]]
        assert got == []


def test_when_nothing_runs_any_more() -> None:
    with World.checked() as world:
        first, second = Later(), Later()
        end = BatchEnd(world, world.target(first=lambda: first, second=lambda: second))
        idle: list[int] = []
        end.batch.when_idle(lambda: idle.append(0))
        assert idle == [0]
        end.feed(call("first"), call("second"))
        end.batch.when_idle(lambda: idle.append(1))
        second.settle(2)
        assert idle == [0]
        assert not end.batch.is_idle
        first.settle(1)
        assert idle == [0, 1]
        assert end.batch.is_idle


def test_blobs_are_written_before_they_are_sent() -> None:
    """HTTP-13"""
    with World.checked() as world:
        end = BatchEnd(world)
        blob = Reference(BlobHook(b"x" * 65537, "t", nothing), is_promise=False)  # type: ignore[arg-type]
        hook = end.endpoint.main.call(("f",), _arguments(blob))
        sent = end.sent()
        assert [message[0] for message in sent] == ["pipe", "stream", "stream", "stream", "push"]
        assert [message[1][2] for message in sent[1:4]] == [["write"], ["write"], ["close"]]
        assert sent[4] == call("f", ["blob", "t", ["readable", 1]])
        # What a server answers to the writes is of no interest.
        assert end.feed(*(["resolve", number, ["undefined"]] for number in (2, 3, 4))) == []
        hook.dispose()


def test_streams_are_refused_and_given_up() -> None:
    """HTTP-13"""
    with World.checked() as world:
        end = BatchEnd(world)
        given_up: list[int] = []
        source = SourceHook(object(), nothing, Once(lambda: given_up.append(1)))  # type: ignore[arg-type]
        with pytest.raises(CallError, match="carries no streams"):
            end.endpoint.main.call(("f",), _arguments(Reference(source, is_promise=False)))
        assert given_up == [1]
        assert end.sent() == []


def _arguments(reference: Reference) -> Any:
    payload = reference_payload(reference)
    payload.tree = [[reference]]
    return payload
