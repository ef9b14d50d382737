"""Streams of the peer, message by message (STR-*): one end, fed raw frames."""

import json
from typing import Any

import pytest

from capnweb_runtime.core.payload import EncodedPayload
from capnweb_runtime.errors import RemoteError, StreamError
from capnweb_runtime.limits import Limits
from tests.core.streaming import DONE, Reader, StreamEnd, keep, write


def reading(end: StreamEnd) -> Reader:
    """The reader of a pipe, which is export 1; the call that got it is export 2."""
    assert end.feed(["pipe"], keep(["readable", 1])) == []
    return Reader(end.main.got[0][0])


def test_a_stream_is_read() -> None:
    """STR-02, STR-09, STR-11, STR-20: a write is answered when it is read, the close at the end."""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert end.feed(write(1, "a"), write(1, "b")) == []
        assert reader.read() == ["a"]
        assert end.sent() == [["resolve", 3, DONE]]
        assert end.feed(write(1, method="close")) == []
        assert reader.read() == ["a", "b"]
        assert end.sent() == [["resolve", 4, DONE], ["resolve", 5, DONE]]
        assert reader.read() == ["a", "b", "the end"]
        assert end.feed(["release", 1, 1], ["release", 2, 1]) == []
        assert end.stats == (1, 1)


def test_a_stream_that_is_waited_for() -> None:
    """STR-09, STR-11: the other way round; its writes are answered at once."""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert reader.read() == []
        assert end.feed(write(1, "a")) == [["resolve", 3, DONE]]
        assert reader.read() == ["a"]
        assert end.feed(write(1, method="close")) == [["resolve", 4, DONE]]
        assert reader.got == ["a", "the end"]


def test_what_was_written_before_the_readable_end_was_taken() -> None:
    """STR-11: is there, and the close as well."""
    with StreamEnd.open() as end:
        assert end.feed(["pipe"], write(1, "a"), write(1, method="close")) == []
        answers = end.feed(["release", 1, 1])
        assert [message[:2] for message in answers] == [["reject", 2], ["reject", 3]]
        assert "no such entry on exports table: 1" in end.aborts(keep(["readable", 1]))
    with StreamEnd.open() as end:
        end.feed(["pipe"], write(1, "a"), write(1, method="close"), keep(["readable", 1]))
        assert end.feed(["release", 1, 1]) == []
        assert Reader(end.main.got[0][0]).read(2) == ["a", "the end"]


@pytest.mark.parametrize(
    ("chunk", "value"),
    [
        (None, None),
        (DONE, None),
        ([[1, [[2]]]], [1, [2]]),
        ({"a": [["x"]]}, {"a": ["x"]}),
        (["bytes", "aGk"], b"hi"),
        (["error", "TypeError", "no"], TypeError),
    ],
)
def test_chunks_are_any_values(chunk: Any, value: Any) -> None:
    """STR-03"""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, chunk))
        [got] = reader.read()
        if isinstance(value, type):
            assert isinstance(got, value)
        elif chunk != DONE:
            assert got == value


def test_capabilities_in_chunks() -> None:
    """STR-17: they belong to who reads the chunk; in a chunk that is lost they are released."""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, ["export", -5]), write(1, {"a": ["export", -6]}))
        [stub] = reader.read()
        end.sent()
        stub.dispose()
        assert end.sent() == [["release", -5, 1]]
        reader.pipe.fail(StreamError("enough"))
        assert [message[0] for message in end.sent()] == ["release", "reject"]
        assert end.feed(write(1, ["export", -7]))[0] == ["release", -7, 1]


def test_promises_in_chunks() -> None:
    """STR-03, STR-17: a chunk is read when it is complete, and not before those ahead of it."""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert end.feed(write(1, ["promise", -5]), write(1, "b")) == []
        assert reader.read() == []
        assert end.feed(["resolve", -5, "a"]) == [["release", -5, 1], ["resolve", 3, DONE]]
        assert reader.read() == ["a", "b"]
        end.feed(write(1, ["promise", -6]))
        end.sent()
        reader.read()
        [*_, [kind, _, [_, _, why]]] = end.feed(["reject", -6, ["error", "Error", "no"]])
        assert (kind, why) == ("reject", "no")
        assert isinstance(reader.got[-1], RemoteError)


def test_an_abort_loses_what_was_not_read() -> None:
    """STR-05, STR-13: the reader and the writes get its reason."""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, "a"), write(1, method="close"))
        answers = end.feed(write(1, ["error", "RangeError", "broke"], method="abort"))
        error = ["error", "RangeError", "broke"]
        assert answers == [["reject", 3, error], ["reject", 4, error], ["resolve", 5, DONE]]
        assert str(reader.read()[0]) == "broke"
        assert end.feed(write(1, "late")) == [["reject", 6, error]]


@pytest.mark.parametrize(
    ("reason", "text"),
    [
        ([], "the stream was aborted"),
        ([DONE], "the stream was aborted"),
        ([None], "the stream was aborted"),
        (["why"], "the stream was aborted: why"),
        ([5], "the stream was aborted: 5"),
    ],
)
def test_reasons_that_are_no_errors(reason: list[Any], text: str) -> None:
    """STR-05"""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert end.feed(write(1, *reason, method="abort")) == [["resolve", 3, DONE]]
        [error] = reader.read()
        assert isinstance(error, StreamError)
        assert str(error) == text


def test_a_pipe_that_is_released_unclosed() -> None:
    """STR-14: its reader fails; what it did not read is lost."""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, "a"))
        assert reader.read() == ["a"]
        assert end.feed(["release", 1, 1]) == [["resolve", 3, DONE]]
        assert str(reader.read()[1]) == "the stream was given up without being closed"
        end.feed(["release", 2, 1])
        assert end.stats == (1, 1)


def test_a_pipe_that_is_released_after_its_close() -> None:
    """STR-07, STR-11, STR-14: may be read to its end."""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, "a"), write(1, method="close"), ["release", 1, 1])
        assert reader.read(2) == ["a", "the end"]


def test_a_reader_that_cancels() -> None:
    """STR-12: the writes that wait, and later ones, are rejected with its reason."""
    with StreamEnd.open() as end:
        reader = reading(end)
        end.feed(write(1, "a"), write(1, "b"))
        reader.read()
        reader.pipe.fail(StreamError("enough"))
        error = ["error", "Error", "enough"]
        assert end.sent() == [["resolve", 3, DONE], ["reject", 4, error]]
        assert end.feed(write(1, "c"), write(1, method="close")) == [
            ["reject", 5, error],
            ["reject", 6, error],
        ]


def test_a_stream_that_its_call_did_not_read() -> None:
    """STR-16: is cancelled when the call ends."""
    with StreamEnd.open() as end:
        end.feed(["pipe"], write(1, "a"))
        [[kind, number, [_, _, why]]] = end.feed(
            ["push", ["pipeline", 0, ["use"], [["readable", 1]]]]
        )
        assert (kind, number) == ("reject", 2)
        assert why == "the stream was given up without being read"


def test_a_result_that_is_not_read() -> None:
    """STR-15: a stream in a result of the peer's goes with it."""
    with StreamEnd.open() as end:
        promise = end.endpoint.main.call(("x",), EncodedPayload([[]]))
        promise.pull(lambda _: None)
        end.sent()
        end.feed(["pipe"], ["resolve", 1, {"a": ["readable", 1]}])
        promise.dispose()
        assert [m[0] for m in end.feed(write(1, "a"))] == ["reject"]
        assert end.feed(["release", 1, 1]) == []
        assert end.stats == (1, 1)


@pytest.mark.parametrize(
    ("message", "why"),
    [
        (["stream", ["pipeline", 1, ["peek"], []]], "methods write, close and abort"),
        (["stream", ["pipeline", 1, [], []]], "methods write, close and abort"),
        (["stream", ["pipeline", 1, ["write", "call"], ["x"]]], "methods write, close and abort"),
        (["stream", ["pipeline", 1, [0], []]], "methods write, close and abort"),
        (["stream", ["pipeline", 1, ["desiredSize"]]], "no properties"),
        (["stream", ["remap", 1, [], [], [["pipeline", 0, ["write"], ["x"]]]]], "cannot be mapped"),
        (["stream", ["remap", 1, ["a"], [], [1]]], "cannot be mapped"),
    ],
)
def test_what_a_pipe_does_not_have(message: list[Any], why: str) -> None:
    """STR-08, MAP-21: is rejected, and the stream lives."""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert why in end.rejects(message)
        assert end.feed(write(1, "a")) == []
        assert reader.read() == ["a"]


def test_a_pipe_has_no_value() -> None:
    """STR-08: to pull it is rejected."""
    with StreamEnd.open() as end:
        reader = reading(end)
        assert "has no value" in end.rejects(["pull", 1])
        end.feed(write(1, "a"))
        assert reader.read() == ["a"]


@pytest.mark.parametrize(
    "expression",
    [
        ["readable"],
        ["readable", "1"],
        ["readable", 1.5],
        ["readable", True],
        ["readable", None],
        ["readable", 0],
        ["readable", 2],
        ["readable", 77],
        ["readable", -1],
        ["writable"],
        ["writable", "-1"],
        ["writable", None],
        ["writable", 1.5],
        [[["readable", 1], ["readable", 1]]],
    ],
)
def test_malformed_streams(expression: list[Any]) -> None:
    """STR-10: unknown, no pipe, taken before, or no number at all."""
    with StreamEnd.open() as end:
        end.aborts(["pipe"], ["push", 5], ["push", expression])


@pytest.mark.parametrize("where", ["push", "stream", "resolve"])
def test_the_readable_end_is_taken_once(where: str) -> None:
    """STR-10: in whatever message."""
    with StreamEnd.open() as end:
        promise = end.endpoint.main.call(("x",), EncodedPayload([[]]))
        end.sent()
        last = [where, *([1] if where == "resolve" else []), {"a": ["readable", 1]}]
        assert "readable end has been taken" in end.aborts(["pipe"], keep(["readable", 1]), last)
        promise.dispose()


def test_extra_elements_of_a_pipe_are_ignored() -> None:
    with StreamEnd.open() as end:
        assert end.feed(["pipe", 1, 2], keep(["readable", 1])) == []


@pytest.mark.parametrize("message", [["stream"], ["stream", ["nope", 1]], ["stream", [1]]])
def test_malformed_stream_messages(message: list[Any]) -> None:
    """BAD-01, BAD-02"""
    with StreamEnd.open() as end:
        end.aborts(message)


def test_what_is_not_read_is_bounded() -> None:
    """Limits.stream_buffer: of one stream, in characters of its messages; that stream fails."""
    message = write(1, "x" * 40)
    size = len(json.dumps(message))
    with StreamEnd.open(Limits(stream_buffer=2 * size)) as end:
        reader = reading(end)
        end.feed(message, message)
        reader.read()
        end.sent()
        assert end.feed(message) == [], "what was read does not count any more"
        answers = end.feed(message)
        assert [answer[:2] for answer in answers] == [["reject", number] for number in (4, 5, 6)]
        why = f"a stream has more than {2 * size} characters to be read (Limits.stream_buffer)"
        assert {answer[2][2] for answer in answers} == {why}
        assert str(reader.read()[1]) == why
        assert end.feed(keep(1)) == []
        assert end.reason is None
