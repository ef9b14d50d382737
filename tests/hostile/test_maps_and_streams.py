"""Maps and streams as a weapon: what one message may cause, and what may be left lying."""

from typing import Any

import pytest

from capnweb_runtime import Limits
from tests.hostile.objects import Api
from tests.hostile.site import Raw, Site, attacked

ECHO_INPUT = ["pipeline", -1, ["echo"], [["pipeline", 0]]]


def bomb(depth: int) -> list[Any]:
    """A map in a map in a map: each goes through its input again for every element of it."""
    instructions: list[Any] = [["pipeline", 0]]
    for _ in range(depth):
        # The input is an element; capture 1 is what holds all of them.
        instructions = [["remap", -1, [], [["import", -1]], instructions]]
    return instructions


async def many(raw: Raw, count: int) -> None:
    """Push an array of `count` numbers; it is export 1."""
    await raw.send(["push", [list(range(count))]])


@attacked(Api, Limits(map_operations=1000))
async def test_map_bombs(site: Site) -> None:
    """LIM, MAP-16: elements times instructions, to any power, are rejected at the limit."""
    raw = await site.raw()
    await many(raw, 10)
    for depth in (3, 4, 8, 20):
        answer = await raw.result(["remap", 1, [], [["import", 1]], bomb(depth)])
        assert answer[:2] == ["reject", "TypeError"]
        assert "more than 1000 operations" in answer[2]
    answer = await raw.result(["remap", 1, [], [["import", 1]], bomb(1)])
    assert answer[0] == "resolve"
    await raw.send(["release", 1, 1])
    await raw.barrier()
    await site.answers()


@attacked(Api, Limits(exports=50))
async def test_map_of_calls_that_never_end(site: Site) -> None:
    """Limits.exports: calls made by a map count as any others."""
    raw = await site.raw()
    await many(raw, 60)
    await raw.send(["push", ["remap", 1, [], [["import", 0]], [["pipeline", -1, ["wait"], []]]]])
    await raw.send(["pull", 2])
    answer = await raw.receive()
    assert answer[:2] == ["reject", 2]
    assert "more than 50 calls" in answer[2][2]
    await site.answers()


@attacked(Api)
async def test_map_function_cannot_reach_the_session(site: Site) -> None:
    """MAP-16, MAP-17, SEC: numbers in it are its own, and it introduces nothing."""
    raw = await site.raw()
    await many(raw, 2)
    for instruction in (
        ["pipeline", 1],
        ["pipeline", -2, ["ping"], []],
        ["import", 999_999_999_999],
        ["export", -1],
        ["promise", -1],
        ["readable", 1],
        ["writable", -1],
        ["blob", "", ["readable", 1]],
        ["pipeline", -1, ["__class__"]],
        ["nonsense"],
    ):
        answer = await raw.result(["remap", 1, [], [["import", 0]], [instruction, instruction]])
        found = ["resolve", [[["undefined"], ["undefined"]]]]
        assert answer[0] == "reject" or answer == found, instruction
    await raw.send(["release", 1, 1])
    assert [message for message in await raw.barrier() if message[0] != "release"] == []


@attacked(Api, Limits(stream_buffer=10_000))
async def test_stream_that_nobody_reads(site: Site) -> None:
    """FLOW: a writer that does not wait for answers fails its stream, and keeps no memory."""
    raw = await site.raw()
    await raw.send(["pipe"])
    chunk = ["stream", ["pipeline", 1, ["write"], ["x" * 1000]]]
    await raw.send(*[chunk] * 50)
    answers = await raw.barrier()
    assert len(answers) == 50
    assert {answer[0] for answer in answers} == {"reject"}
    await raw.send(["push", ["pipeline", 0, ["ping"], []]], ["pull", 52])
    assert await raw.receive() == ["resolve", 52, "pong"]
    await raw.send(["release", 1, 1], ["release", 52, 1])
    await raw.barrier()
    assert raw.tables == (1, 1)


@attacked(Api, Limits(exports=50))
async def test_pipes_without_end(site: Site) -> None:
    """Limits.exports: each pipe is an entry of the table."""
    raw = await site.raw()
    await raw.send(*[["pipe"]] * 49)
    await raw.barrier()
    assert raw.tables.exports == 50
    await raw.send(["pipe"])
    assert "more than 50 results and objects" in await raw.aborted()


@pytest.mark.parametrize(
    "message",
    [
        ["push", [[["readable", 1], ["readable", 1]]]],
        ["push", ["readable", 0]],
        ["push", ["readable", 99]],
        ["push", ["readable", "1"]],
        ["push", ["writable", 1]],
        ["push", ["blob", "text/plain", "content"]],
        ["push", ["blob", 1, ["readable", 1]]],
        ["push", ["blob", "text/plain", ["readable", 1], "more"]],
        ["push", ["remap", 0, [], [], "instructions"]],
        ["push", ["remap", 0, [], [["pipeline", 0]], []]],
        ["push", ["remap", 99, [], [], [1]]],
        ["stream", ["pipeline", 99, ["write"], [1]]],
        ["stream"],
    ],
    ids=lambda message: str(message)[:60],
)
@attacked(Api)
async def test_malformed_streams_and_maps_abort(site: Site, message: list[Any]) -> None:
    """STR-10, BLOB-04, MAP-15, BAD-01, BAD-02."""
    raw = await site.raw()
    await raw.send(["pipe"], message)
    await raw.aborted()
    await site.answers()


@attacked(Api, Limits(blob_size=1000))
async def test_blob_without_end(site: Site) -> None:
    """LIM: what does not fit fails its call; the session lives."""
    raw = await site.raw()
    await raw.send(["pipe"])
    echo = ["pipeline", 0, ["echo"], [["blob", "", ["readable", 1]]]]
    await raw.send(["push", echo], ["pull", 2])
    for _ in range(3):
        await raw.send(["stream", ["pipeline", 1, ["write"], [["bytes", "A" * 1000]]]])
    answers = await raw.barrier()
    rejected = next(answer for answer in answers if answer[:2] == ["reject", 2])
    assert "larger than 1000 bytes" in rejected[2][2]
    await raw.send(["release", 1, 1], ["release", 2, 1])
    await raw.barrier()
