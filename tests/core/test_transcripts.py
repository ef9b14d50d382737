"""One end against tests/vectors: what it is sent, and what it answers.

A row names the conformance ids that it shows.
"""

import json
from typing import Any

import pytest

from capnweb_runtime.core.endpoint import _HANDLERS, Stats
from capnweb_runtime.errors import PeerAbortedError, ProtocolError
from tests.core.api import api
from tests.core.harness import EMPTY, World
from tests.core.objects import Cap, Later, Outcome
from tests.notation import load, matches, names, rows, text


def check(world: World, row: Any) -> None:
    end = world.end(api(world))
    assert not end.take(), "MSG-01, LIM-09: nothing is sent at the start"
    answers: list[Any] = []
    for way, message in row["steps"]:
        if way == "in":
            assert not answers, "it sent more than was expected"
            answers = end.feed(message)
        else:
            assert answers, f"it did not send {message}"
            answer = answers.pop(0)
            assert matches(answer, message), f"it sent {answer} in place of {message}"
    assert not answers, "it sent more than was expected"
    assert ("open" if end.reason is None else "aborted") == row["end"]
    assert end.stats == Stats(*row["left"])
    if row["end"] == "aborted":
        assert isinstance(end.reason, ProtocolError | PeerAbortedError)


@pytest.mark.parametrize("row", [row for name in names("transcripts") for row in rows(name)])
def test_transcript(world: World, row: Any) -> None:
    check(world, row)


def _message(row: Any) -> str:
    return text(row["text"]) if "text" in row else json.dumps(row["message"])


@pytest.mark.parametrize("row", rows("malformed"))
def test_malformed(world: World, row: Any) -> None:
    end = world.end(api(world))
    assert_aborted(end.feed(_message(row)), row["why"])
    assert isinstance(end.reason, ProtocolError)
    assert row["why"] in str(end.reason)
    assert end.stats == EMPTY


def assert_aborted(answers: list[Any], why: str) -> None:
    """One message, an abort that says why, in few words."""
    [[kind, [tag, name, message]]] = answers
    assert (kind, tag, name) == ("abort", "error", "TypeError")
    assert why in message
    assert len(message) < 200


@pytest.mark.parametrize("row", rows("malformed"))
def test_malformed_in_the_middle_of_things(world: World, row: Any) -> None:
    """BAD-04, WS-05, WS-09, BRK-01, BRK-06: the same, where there is much to lose.

    There are calls under way in both directions, a kept callback, an exported object, and promises
    that wait. All of it ends, in order, and nothing of it is said after the abort.
    """
    later: list[Later] = []
    told: list[str] = []
    held: list[Cap] = []
    outcomes: list[Outcome] = []

    def keep(cap: Cap) -> None:
        held.append(cap.dup())
        held.append(cap(1))
        outcomes.append(held[-1].pull())
        held[0].on_broken(lambda _: told.append("callback"))
        held[1].on_broken(lambda _: told.append("call"))

    main = world.target(keep=keep, wait=lambda: later[0], make=world.target)
    later.append(Later())
    end = world.end(main)
    end.main.on_broken(lambda _: told.append("main"))
    end.feed(["push", ["pipeline", 0, ["keep"], [["export", -1]]]])
    end.feed(["push", ["pipeline", 0, ["wait"], []]], ["pull", 2])
    end.feed(["push", ["pipeline", 0, ["make"], []]], ["pull", 3])
    end.feed(["push", {"a": ["pipeline", 2, ["b"]], "c": ["promise", -7]}], ["pull", 4])
    outcomes.append(end.main.call("more").pull())
    end.take()
    assert end.stats != EMPTY

    answers = end.feed(_message(row))
    # Messages about things that are there are what they are; all others end the session.
    if end.reason is None:
        assert row["what"] == "a pull of a negative id"
        return
    assert answers[-1][0] == "abort"
    assert isinstance(end.reason, ProtocolError)
    assert told == ["main", "callback", "call"]
    assert all(outcome.error is end.reason for outcome in outcomes)
    assert end.stats == EMPTY
    assert later[0].cancelled == 1, "nobody waits for the result any more"
    later[0].settle(5)
    held[0].dispose()
    assert end.feed(["pull", 2], ["nope"], ["abort"]) == []


def test_every_kind_of_message_has_a_malformed_row() -> None:
    messages = [row["message"] for row in load("malformed") if "message" in row]
    starts = [message[0] for message in messages if isinstance(message, list) and message]
    # A pipe is its name alone: nothing in it can be malformed.
    assert all(kind in starts for kind in _HANDLERS if kind != "pipe")
