"""Calls that become streams (option `stream_calls`): when, and what is done with them then."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from typing_extensions import override

from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.hooks import TargetHook
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.core.recording import Recorder
from capnweb_runtime.errors import (
    CallError,
    CallTimeoutError,
    DisposedError,
    RemoteError,
    SessionClosedError,
)
from capnweb_runtime.wire.structured import StructuredCodec
from tests.core.harness import QUIET, End, World
from tests.core.objects import Cap, Later, Outcome, encoded


@pytest.fixture(name="end")
def _end(world: World) -> End:
    return world.end(world.target(echo=lambda value: value), streaming=True)


def push(method: str, *arguments: object, of: int = 0) -> list[Any]:
    return ["push", ["pipeline", of, [method], list(arguments)]]


def stream(method: str, *arguments: object, of: int = 0) -> list[Any]:
    return ["stream", ["pipeline", of, [method], list(arguments)]]


def awaited(end: End, method: str = "f") -> tuple[Cap, Outcome]:
    """A call that has been sent as a stream, and what it will give."""
    call = end.main.call(method)
    outcome = call.pull()
    assert end.sent() == [stream(method)]
    return call, outcome


# -------------------------------------------------------------------------------- when they do


def test_one_message_for_a_call(end: End) -> None:
    """MSG-19: it is answered unasked, and forgotten with its answer."""
    call, outcome = awaited(end)
    assert end.stats.imports == 2
    assert end.feed(["resolve", 1, 5]) == []
    assert outcome.value == 5
    assert call.pull().value == 5
    assert end.stats == QUIET


def test_each_in_its_place(end: End) -> None:
    """MSG-03: the ids, and the order of the messages, are as they would be."""
    calls = [end.main.call("f", number) for number in range(4)]
    outcomes = [calls[number].pull() for number in (2, 0)]
    assert end.sent() == [stream("f", 0), push("f", 1), stream("f", 2), push("f", 3)]
    end.feed(["resolve", 3, "third"], ["resolve", 1, "first"])
    assert [outcome.value for outcome in outcomes] == ["third", "first"]
    assert (calls[1].pull().pending, end.sent()) == (True, [["pull", 2]])


def test_reads_and_maps_as_well(end: End) -> None:
    read = end.main.get("name")
    read.pull()
    recorder = Recorder(end.endpoint.main, ("list",), None)
    called = recorder.call(end.endpoint.main, ("f",), encoded([1]))
    result = encoded(Cap(called, is_promise=True).reference())
    mapped = Cap(recorder.finish(result))
    mapped.pull()
    sent = end.sent()
    assert sent[0] == ["stream", ["pipeline", 0, ["name"]]]
    assert [sent[1][0], sent[1][1][0]] == ["stream", "remap"]
    end.feed(["resolve", 1, "Ada"], ["resolve", 2, [[7]]])
    assert (read.pull().value, mapped.pull().value) == ("Ada", [7])


def test_one_that_has_been_sent_stays_a_push(end: End) -> None:
    call = end.main.call("f")
    assert end.sent() == [push("f")]
    other = end.main.call("g")  # where the first one was
    call.pull()
    assert end.sent() == [push("g"), ["pull", 1]]
    assert end.feed(["resolve", 1, 5]) == [["release", 1, 1]]
    other.dispose()


def mapped(over: Hook, captured: Hook) -> Cap:
    recorder = Recorder(over, (), None)
    called = recorder.call(captured, ("f",), encoded([1]))
    return Cap(recorder.finish(encoded(Cap(called, is_promise=True).reference())), is_promise=True)


#: All that names a call: whatever does it, it stays a push.
USES: dict[str, Callable[[End, Cap], Cap]] = {
    "call": lambda _, call: call.call("g"),
    "read": lambda _, call: call.get("name"),
    "read of itself": lambda _, call: call.get(),
    "argument": lambda end, call: end.main.call("g", call.reference()),
    "deep argument": lambda end, call: end.main.call("g", {"a": [[call.reference()]]}),
    "property as argument": lambda end, call: end.main.call("g", call.at("a").reference()),
    "map of it": lambda end, call: mapped(call.hook, end.endpoint.main),
    "capture of a map": lambda end, call: mapped(end.endpoint.main, call.hook),
}


@pytest.mark.parametrize("use", USES)
def test_one_that_is_named_stays_a_push(end: End, use: str) -> None:
    call = end.main.call("f")
    made = USES[use](end, call)
    call.pull()
    sent = end.sent()
    assert (sent[0], sent[-1]) == (push("f"), ["pull", 1])
    assert ["stream"] not in [message[:1] for message in sent]
    made.dispose()
    call.dispose()


def test_a_reference_more_changes_nothing(end: End) -> None:
    call = end.main.call("f")
    more = call.dup()
    outcome = more.pull()
    assert end.sent() == [stream("f")]
    call.dispose()
    end.feed(["resolve", 1, 5])
    assert outcome.value == 5


def test_an_answer_of_this_side_behind_the_push(end: End) -> None:
    """A promise in the arguments whose value is here follows the push: that is no push."""
    call = end.main.call("f", failed().reference())
    call.pull()
    sent = end.sent()
    assert [message[0] for message in sent] == ["push", "reject", "pull"]
    end.feed(["release", -1, 1], ["resolve", 1, 5])


def failed() -> Cap:
    """A promise of this side that has failed."""
    later = Later()
    promise = Cap(PromiseHook(later.pending), is_promise=True)
    later.fail(ValueError("no value"))
    return promise


class Sending(End):
    """An end whose host sends early, when it is asked to."""

    early: list[int]
    messages: list[Any]

    @override
    def send(self, messages: list[object]) -> bool:
        self.early.append(len(messages))
        self.messages += [json.loads(str(message)) for message in messages]
        return True


@pytest.fixture(name="sending")
def _sending(world: World) -> Sending:
    end = Sending(world, streaming=True)
    end.early, end.messages = [], []
    return end


def test_the_first_that_is_asked_for_goes_out_at_once(sending: Sending) -> None:
    for number in range(1, 4):
        outcome = sending.main.call("f", number).pull()
        assert sending.messages.pop() == stream("f", number)
        assert sending.feed(["resolve", number, number]) == []
        assert outcome.value == number
    assert sending.early == [1, 1, 1]


def test_many_are_kept_until_they_are_asked_for(sending: Sending) -> None:
    """All are written first, then all are asked for (`gather`)."""
    calls = [sending.main.call("f", number) for number in range(200)]
    assert sending.early == []
    outcomes = [call.pull() for call in calls]
    assert sending.early == [64, 64, 64], "many at once, as the peer can begin with them"
    assert sending.messages + sending.sent() == [stream("f", number) for number in range(200)]
    sending.feed(*[["resolve", number + 1, number] for number in range(200)])
    assert [outcome.value for outcome in outcomes] == list(range(200))


def test_what_has_gone_out_with_something_else(sending: Sending) -> None:
    """Where its push stood is that of another now."""
    first = sending.main.call("f")
    assert sending.sent() == [push("f")]
    second = sending.main.call("g")
    first.pull()
    assert sending.messages == [push("g"), ["pull", 1]]
    third = sending.main.call("h")
    second.pull()
    assert sending.sent() == [push("h"), ["pull", 2]]
    third.dispose()


def test_too_many_are_not_kept(sending: Sending) -> None:
    calls = [sending.main.call("f", number) for number in range(1500)]
    assert sending.early == [1024]
    for call in (calls[-1], calls[0]):
        call.pull()
    sent = sending.messages + sending.sent()
    assert sent[:1499] == [push("f", number) for number in range(1499)]
    assert sent[1499:] == [stream("f", 1499), ["pull", 1]]


# -------------------------------------------------------------------------------- what is done then


@pytest.mark.parametrize("use", USES)
def test_what_is_done_with_it_meanwhile_does_not_name_it(end: End, use: str) -> None:
    call, outcome = awaited(end)
    made = USES[use](end, call)
    names = [name for message in end.sent() for name in numbers(message)]
    assert 1 not in names, "the peer knows no such id"
    end.feed(["resolve", 1, ["export", -1]])
    assert not outcome.pending
    names = [name for message in end.sent() for name in numbers(message)]
    assert 1 not in names
    made.dispose()
    call.dispose()
    end.sent()
    end.close()


def numbers(message: Any) -> list[int]:
    """What a message names: ids stand second in it, and in each expression that refers to one."""
    if not isinstance(message, list):
        return []
    if message[:1] == ["remap"]:  # the instructions have numbers of their own
        return [message[1], *numbers(message[3])]
    named = [n for item in message for n in numbers(item)]
    refers = message[:1] in (["pipeline"], ["import"], ["pull"], ["release"])
    return [message[1], *named] if refers else named


class TestGivenUp:
    def test_nothing_is_said(self, end: End) -> None:
        """DISP-17: there is no name by which it could be; what comes in the answer is released."""
        call, outcome = awaited(end)
        call.dispose()
        assert isinstance(outcome.error, DisposedError)
        assert (end.sent(), end.stats) == ([], QUIET)
        assert end.feed(["resolve", 1, ["export", -1]]) == [["release", -1, 1]]

    def test_forgotten(self, end: End) -> None:
        end.main.call("f").hook.pull(lambda _: None)
        assert end.sent() == [stream("f")]
        assert (end.stats, end.sent()) == (QUIET, [])
        assert end.feed(["resolve", 1, ["export", -1]]) == [["release", -1, 1]]

    def test_before_it_was_sent(self, end: End) -> None:
        call = end.main.call("f")
        call.pull()
        call.dispose()
        assert end.sent() == [stream("f")]

    def test_what_waits_for_it_goes_on(self, end: End) -> None:
        """As at the peer: a call that was sent goes on when what it was made on is released.

        Whoever awaited just that is told at once.
        """
        call, given_up = awaited(end)
        made = call.call("g")
        outcome = made.pull()
        call.dispose()
        assert isinstance(given_up.error, DisposedError)
        assert end.feed(["resolve", 1, ["export", -1]])[0] == stream("g", of=-1)
        assert end.feed(["resolve", 2, 5]) == []
        assert outcome.value == 5
        made.dispose()
        end.sent()


def test_calls_on_it_keep_their_order(world: World) -> None:
    """ORD-04: nor does one that the first of them makes overtake the second."""
    order: list[str] = []

    def note(text: str) -> None:
        order.append(text)
        if text == "first":
            made.append(call.call("note", "third"))

    end = world.end(streaming=True)
    thing = Cap(TargetHook(world.target(note=note)))
    call = end.main.call("f", thing.reference())
    call.pull()
    assert end.sent() == [stream("f", ["export", -1])]
    made = [call.call("note", "first"), call.call("note", "second")]
    assert order == []
    end.feed(["resolve", 1, ["import", -1]], ["release", -1, 1])
    made.append(call.call("note", "fourth"))
    assert order == ["first", "second", "third", "fourth"]
    for each in (*made, call, thing):
        each.dispose()


def test_as_an_argument_it_is_a_promise_of_this_side(end: End) -> None:
    call, outcome = awaited(end)
    made = end.main.call("g", call.reference())
    assert end.sent() == [push("g", ["promise", -1])]
    assert end.feed(["resolve", 1, {"a": 5}]) == [["resolve", -1, {"a": 5}]]
    assert outcome.value == {"a": 5}
    made.dispose()
    assert end.feed(["release", -1, 1]) == [["release", 2, 1]]


@pytest.mark.parametrize("path", [[], ["a"], ["a", "b"]])
@pytest.mark.parametrize("kind", ["import", "pipeline"])
def test_it_becomes_what_stands_in_for_it(end: End, kind: str, path: list[str]) -> None:
    """A peer that resolves it with the promise that it got in its place."""
    call, outcome = awaited(end)
    made = end.main.call("g", call.reference())
    assert end.sent() == [push("g", ["promise", -1])]
    end.feed(["resolve", 1, [kind, -1, path]])
    if kind == "import":
        outcome.value.dispose()  # the promise itself, as something that can be called
    else:
        assert end.endpoint.reason is not None or isinstance(outcome.error, CallError)
    call.dispose()
    made.dispose()
    end.sent()
    end.close()


def test_it_is_in_its_own_value(end: End) -> None:
    call, _ = awaited(end)
    made = end.main.call("g", call.reference())
    end.sent()
    end.feed(["resolve", 1, {"a": ["pipeline", -1]}])
    call.dispose()
    made.dispose()
    end.sent()
    end.close()


def test_two_become_each_other(end: End) -> None:
    calls = [end.main.call("f"), end.main.call("g")]
    outcomes = [call.pull() for call in calls]
    made = [end.main.call("h", call.reference()) for call in calls]
    end.sent()
    end.feed(["resolve", 1, ["pipeline", -2]], ["resolve", 2, ["pipeline", -1]])
    assert end.endpoint.reason is not None or isinstance(outcomes[0].error, CallError)
    for each in (*calls, *made):
        each.dispose()
    end.sent()
    end.close()


def test_several_wait_for_it(end: End) -> None:
    call, first = awaited(end)
    second = call.pull()
    read = call.get("a").pull()
    assert end.sent() == []
    end.feed(["resolve", 1, {"a": 5}])
    assert (first.value, second.value, read.value) == ({"a": 5}, {"a": 5}, 5)


@pytest.mark.parametrize("line", [False, True])
def test_an_error(end: End, line: bool) -> None:
    call, outcome = awaited(end)
    made = [call.call("g").pull()] if line else []
    assert end.feed(["reject", 1, ["error", "TypeError", "no"]]) == []
    for failed_one in (outcome, *made, call.call("h").pull()):
        assert isinstance(failed_one.error, RemoteError)
    assert (end.sent(), end.stats) == ([], QUIET)


@pytest.mark.parametrize("line", [False, True])
def test_capabilities_in_the_answer_are_the_callers(end: End, line: bool) -> None:
    call, outcome = awaited(end)
    more = call.dup() if line else None
    kept = call.get("a") if line else None
    end.feed(["resolve", 1, {"a": ["export", -1], "b": ["promise", -2]}])
    assert outcome.pending
    assert end.feed(["resolve", -2, "here"]) == [["release", -2, 1]]
    assert outcome.value["b"] == "here"
    call.dispose()
    if more is not None and kept is not None:
        assert end.sent() == []
        more.dispose()
        kept.dispose()
    assert end.sent() == [["release", -1, 1]]


def test_a_second_answer_is_ignored(end: End) -> None:
    """MSG-14"""
    _, outcome = awaited(end)
    assert end.feed(["resolve", 1, 5], ["resolve", 1, 6], ["reject", 1, 7]) == []
    assert outcome.value == 5


@pytest.mark.parametrize("line", [False, True])
def test_the_end_of_the_session(end: End, line: bool) -> None:
    """BRK-01: callbacks run in the order of registration, whatever they were registered on."""
    call = end.main.call("f")
    told: list[str] = []
    call.on_broken(lambda _: told.append("before"))
    outcome = call.pull()
    end.main.on_broken(lambda _: told.append("main"))
    call.on_broken(lambda _: told.append("after"))
    made = [call.call("g").pull()] if line else []
    assert end.sent() == [stream("f")]
    end.close()
    assert told == ["before", "main", "after"]
    for failed_one in (outcome, *made, call.call("h").pull()):
        assert isinstance(failed_one.error, SessionClosedError)


def test_what_it_became_is_lost(end: End) -> None:
    call, _ = awaited(end)
    told: list[BaseException] = []
    call.on_broken(told.append)
    end.feed(["resolve", 1, ["export", -1]])
    assert told == []
    call.dispose()
    end.sent()
    end.close()
    assert len(told) == 1


class TestDeadlines:
    @pytest.fixture(name="end")
    def _end(self, world: World) -> End:
        return End(world, call_timeout=30, streaming=True)

    def test_it_fails_here(self, end: End) -> None:
        call, outcome = awaited(end)
        made = call.call("g").pull()
        assert end.endpoint.next_deadline == 31
        end.endpoint.handle_timer(31)
        for late in (outcome, made, call.call("h").pull()):
            assert isinstance(late.error, CallTimeoutError)
        assert (end.sent(), end.stats) == ([], QUIET)
        assert end.endpoint.next_deadline is None
        assert end.feed(["resolve", 1, ["export", -1]]) == [["release", -1, 1]]

    def test_it_is_answered_in_time(self, end: End) -> None:
        _, outcome = awaited(end)
        end.feed(["resolve", 1, 5])
        assert (outcome.value, end.endpoint.next_deadline) == (5, None)

    def test_one_that_may_take_long(self, end: End) -> None:
        call, outcome = awaited(end)
        call.hook.wait_long()
        assert end.endpoint.next_deadline is None
        end.feed(["resolve", 1, 5])
        assert outcome.value == 5

    def test_given_up(self, end: End) -> None:
        call, _ = awaited(end)
        call.dispose()
        assert end.endpoint.next_deadline is None


def test_one_that_waits_is_counted(end: End) -> None:
    """`idle_timeout` is not for a session in which somebody waits."""
    call, _ = awaited(end)
    assert end.endpoint.busy
    end.feed(["resolve", 1, 5])
    assert not end.endpoint.busy
    call.dispose()


def test_messages_that_are_not_text(world: World) -> None:
    """What a codec has made of a push is not known here: it stays one."""
    codec = StructuredCodec("jsonCompatible", lambda tree: tree, lambda tree: tree)
    pair = world.pair(world.target(f=lambda: 5), codec=codec, streaming=True)
    call = pair.left.main.call("f")
    outcome = call.pull()
    assert [frame[1][0] for frame in pair.pump()] == ["push", "pull", "resolve", "release"]
    assert outcome.value == 5


def test_two_ends(world: World) -> None:
    """All that is awaited at once: objects of either side come and go as usual."""
    make = world.target(f=lambda n: n + 1)
    pair = world.pair(world.target(same=lambda value: value, make=lambda: make), streaming=True)
    ours = Cap(TargetHook(world.target(f=lambda: "called")))
    returned, made = pair.left.main.call("same", ours.reference()), pair.left.main.call("make")
    back, thing = returned.pull(), made.pull()
    assert [message[0] for _, message in pair.pump()] == ["stream"] * 2 + ["resolve"] * 2
    called, number = back.value.call("f").pull(), thing.value.call("f", 1).pull()
    frames = [(way, message[0]) for way, message in pair.pump()]
    assert sorted(frames) == [
        ("->", "resolve"),
        ("->", "stream"),
        ("->", "stream"),
        ("<-", "resolve"),
        ("<-", "resolve"),
        ("<-", "stream"),
    ], "what came back is called by way of the peer"
    assert (called.value, number.value) == ("called", 2)
    for each in (returned, made, ours, called.source, number.source):
        each.dispose()
