"""Blobs, message by message (BLOB-*): one end, fed raw frames."""

from typing import Any

import pytest

from capnweb_runtime.core.payload import EncodedPayload
from capnweb_runtime.core.streams import BlobHook
from capnweb_runtime.errors import CallError
from capnweb_runtime.limits import Limits
from tests.core.streaming import DONE, StreamEnd, give, keep, write

#: What is no readable.
CONTENTS: list[Any] = [None, 5, "x", {}, ["bytes", "aGk"], [[]], []]


def blob(media_type: Any = "text/plain", number: int = 1) -> list[Any]:
    return ["blob", media_type, ["readable", number]]


@pytest.mark.parametrize("media_type", ["text/plain", ""])
def test_a_blob_arrives_whole(media_type: str) -> None:
    """BLOB-01, BLOB-02, BLOB-03, ORD-06: its call begins when all of it is here, others before."""
    with StreamEnd.open() as end:
        end.feed(["pipe"], keep({"deep": [[blob(media_type)]]}, 5), ["pull", 2])
        assert end.feed(write(1, ["bytes", "aGk"])) == [["resolve", 3, DONE]]
        assert end.feed(write(1, ["bytes", ""]), write(1, ["bytes", "IQ"]))[1][1] == 5
        assert end.main.got == []
        assert end.feed(keep("another")) == []
        assert ["resolve", 2, None] in end.feed(write(1, method="close"))
        assert end.main.got[0] == ["another"]
        found: BlobHook = end.main.got[1][0]["deep"][0]
        assert (found.data, found.media_type) == (b"hi!", media_type)


def test_a_blob_of_this_side() -> None:
    """BLOB-01: through a pipe, whatever its size."""
    with StreamEnd.open() as end:
        hook = BlobHook(b"hi", "image/png", lambda part: part)
        assert give(end, hook, hook) == [
            ["pipe"],
            ["pipe"],
            ["resolve", 1, [[blob("image/png", 1), blob("image/png", 2)]]],
        ]
        for part, writer in end.pumps:
            assert isinstance(part, BlobHook)
            writer.give_up()


@pytest.mark.parametrize(
    "expression",
    [
        ["blob"],
        ["blob", "t"],
        ["blob", ["readable", 1]],
        ["blob", "t", ["readable", 1], 5],
        *(blob(media_type) for media_type in (None, 5, ["undefined"], ["readable", 1])),
        *(["blob", "t", content] for content in CONTENTS),
        *(["blob", "t", [tag, 1]] for tag in ("import", "pipeline", "writable", "export")),
        ["blob", "t", ["readable", 2]],
        ["blob", "t", ["readable", "1"]],
        ["blob", "t", [[["readable", 1]]]],
    ],
)
def test_malformed_blobs(expression: list[Any]) -> None:
    """BLOB-04"""
    with StreamEnd.open() as end:
        end.aborts(["pipe"], ["push", 5], ["push", expression])


@pytest.mark.parametrize(
    ("messages", "why"),
    [
        ([write(1, ["error", "Error", "broke"], method="abort")], "broke"),
        ([["release", 1, 1]], "given up without being closed"),
        ([write(1, ["bytes", "aGk"]), write(1, "text")], "a blob consists of bytes"),
        ([write(1, [["bytes", "aGk"]])], "a blob consists of bytes"),
        ([write(1)], "a blob consists of bytes"),
        ([write(1, ["bytes", "aGkh"]), write(1, ["bytes", "aGkh"])], "larger than 5 bytes"),
    ],
)
def test_blobs_that_do_not_become_any(messages: list[Any], why: str) -> None:
    """BLOB-05, Limits.blob_size: the call is rejected, and later writes; the session lives."""
    with StreamEnd.open(Limits(blob_size=5)) as end:
        end.feed(["pipe"], keep(blob()), ["pull", 2])
        [reason] = [
            message[2][2] for message in end.feed(*messages) if message[:2] == ["reject", 2]
        ]
        assert why in reason
        assert end.main.got == []
        assert end.feed(keep(1)) == []
        assert end.reason is None


def test_local_blobs_and_streams_are_passed_as_they_are() -> None:
    """BLOB-06, STR-08: and have no members."""
    hook = BlobHook(b"hi", "", lambda part: part)
    assert hook.dup() is hook
    outcome: list[Any] = []
    hook.call(("text",), EncodedPayload([[]])).pull(outcome.append)
    assert isinstance(outcome[0], CallError)
