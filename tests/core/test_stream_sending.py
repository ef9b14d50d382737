"""Streams of this side, and writables, message by message (STR-*): one end, fed raw frames."""

from typing import Any

import pytest

from capnweb_runtime.core.hook import Reference
from capnweb_runtime.core.hooks import ValueHook
from capnweb_runtime.core.payload import EncodedPayload
from capnweb_runtime.core.streams import (
    Once,
    Pipe,
    SourceHook,
    StreamWriter,
    WritableHook,
    WrittenHook,
)
from capnweb_runtime.errors import BrokenError, RemoteError, StreamError
from tests.core.streaming import DONE, Reader, StreamEnd, Writing, give, keep, write


def source() -> SourceHook:
    return SourceHook(object(), lambda part: part, Once(lambda: None))


def test_a_stream_is_sent() -> None:
    """STR-02, STR-07, STR-09, STR-20: the pipe first; released after the close."""
    with StreamEnd.open() as end:
        assert give(end, source()) == [["pipe"], ["resolve", 1, ["readable", 1]]]
        writing = Writing(end.pumps[0][1])
        writing.write("a", [[1]])
        assert end.sent() == [write(1, "a"), write(1, [[1]])]
        assert end.feed(["resolve", 2, DONE], ["resolve", 3, DONE]) == []
        writing.close()
        assert end.sent() == [write(1, method="close")]
        assert writing.told == []
        assert end.feed(["resolve", 4, DONE], ["release", 1, 1]) == [["release", 1, 1]]
        assert writing.told == [None]
        assert end.stats == (1, 1)


def test_several_streams_in_one_message() -> None:
    """STR-19"""
    with StreamEnd.open() as end:
        assert give(end, source(), source()) == [
            ["pipe"],
            ["pipe"],
            ["resolve", 1, [[["readable", 1], ["readable", 2]]]],
        ]
        for _, writer in end.pumps:
            writer.give_up()


def test_a_source_that_fails() -> None:
    """STR-05, STR-07, STR-13"""
    with StreamEnd.open() as end:
        give(end, source())
        writing = Writing(end.pumps[0][1])
        writing.write("a")
        writing.abort(["error", "Error", "broke"])
        assert end.sent()[1] == write(1, ["error", "Error", "broke"], method="abort")
        assert end.feed(["reject", 2, ["error", "Error", "broke"]], ["resolve", 3, DONE]) == [
            ["release", 1, 1]
        ]
        assert isinstance(writing.told[0], RemoteError)


def test_a_reader_at_the_peer_that_cancels() -> None:
    """STR-04, STR-12: the writer is told at the first answer, and what it writes then fails."""
    with StreamEnd.open() as end:
        give(end, source())
        writing = Writing(end.pumps[0][1])
        told: list[str] = []
        writing.writer.failed = lambda: told.append("failed")
        writing.write("a", "b")
        end.feed(["reject", 2, ["error", "Error", "enough"]])
        assert told == ["failed"]
        with pytest.raises(RemoteError, match="enough"):
            writing.write("c")
        writing.writer.give_up()
        assert end.sent()[-1] == ["release", 1, 1]
        assert end.feed(["reject", 3, ["error", "Error", "enough"]]) == []


def test_a_stream_is_sent_once() -> None:
    """STR-09, STR-10: here the second time fails, before the peer has to abort."""
    with StreamEnd.open() as end:
        stream = source()
        answers = give(end, stream, stream.dup())
        assert answers[-1][:2] == ["reject", 1]
        assert "a stream can be sent once" in answers[-1][2][2]
        for _, writer in end.pumps:
            writer.give_up()


# --- writables


def test_a_writable_of_the_peer() -> None:
    """STR-01, STR-02, STR-07: released after the close, and only then."""
    with StreamEnd.open() as end:
        assert end.feed(keep(["writable", -1])) == []
        sink: WritableHook = end.main.got[0][0]
        writing = Writing(StreamWriter(sink.hook.dup(), end.now))
        writing.write("x")
        writing.close()
        assert end.sent() == [write(-1, "x"), write(-1, method="close")]
        end.main.let_go()
        assert end.feed(["resolve", 1, DONE], ["resolve", 2, DONE]) == [["release", -1, 1]]
        assert writing.told == [None]


def test_a_writable_that_nobody_writes_to_is_released() -> None:
    """STR-06: so that the peer aborts it."""
    with StreamEnd.open() as end:
        message = ["push", ["pipeline", 0, ["use"], [["writable", -1]]]]
        assert end.feed(message) == [["release", -1, 1]]


@pytest.mark.parametrize("ending", ["close", "abort", "release"])
def test_a_writable_of_this_side(ending: str) -> None:
    """STR-01, STR-05, STR-06, STR-07"""
    with StreamEnd.open() as end:
        pipe = Pipe(lambda: 0, 1)
        sink = WritableHook(WrittenHook(pipe), lambda part: part)
        assert give(end, sink) == [["resolve", 1, ["writable", -1]]]
        got: list[Any] = []
        pipe.read(got.append)
        assert end.feed(write(-1, "x")) == [["resolve", 2, DONE]]
        pipe.read(got.append)
        end.feed(["release", 1, 1])
        if ending == "release":
            end.feed(["release", -1, 1])
        else:
            end.feed(write(-1, method=ending))
        after = end.feed(write(-1, "late")) if ending == "close" else []
        assert [message[0] for message in after] == (["reject"] if after else [])
        assert len(got) == 2
        assert isinstance(got[1], StreamError) is (ending != "close")


def test_a_writable_is_not_written_to_by_pipelining() -> None:
    """STR-18: neither before the result is there, nor after; a stream has no members."""
    with StreamEnd.open() as end:
        pipe = Pipe(lambda: 0, 1)
        writable = WritableHook(WrittenHook(pipe), lambda part: part)
        sink = Reference(writable.dup(), is_promise=False)
        give(end, writable)
        end.feed(["push", ["pipeline", 0, ["later"], []]], write(2, "x"))
        end.main.laters[0].settle(ValueHook(EncodedPayload(sink, [sink])))
        [[kind, *_]] = end.sent()
        assert kind == "reject"
        [[kind, *_]] = end.feed(write(1, "x"))
        assert kind == "reject"
        [[kind, *_]] = end.feed(["stream", ["pipeline", 1, ["locked"]]])
        assert kind == "reject"
        [[kind, *_]] = end.feed(["stream", ["remap", 1, [], [], [["pipeline", 0, []]]]])
        assert kind == "reject", "MAP-21"
        end.feed(["release", 1, 1])


def test_the_end_of_the_session() -> None:
    """WS-09, STR-20: ends what is being read and written."""
    with StreamEnd.open() as end:
        give(end, source())
        pumped = Writing(end.pumps[0][1])
        pumped.write("y")
        end.feed(["pipe"], keep(["readable", 2], ["writable", -1]))
        readable, sink = end.main.got[0]
        reader = Reader(readable)
        assert reader.read() == []
        writing = Writing(StreamWriter(sink.hook.dup(), end.now))
        writing.write("x")
        end.feed(["abort", ["error", "Error", "over"]])
        assert isinstance(reader.got[0], BrokenError | StreamError)
        writing.close()
        pumped.close()
        assert writing.told == pumped.told == [end.reason]
