"""What comes in over the socket: malformed, too long, too deep, or about nothing that there is."""

import asyncio
import json
from typing import Any

import pytest
from websockets.frames import CloseCode

from capnweb_runtime import Limits
from capnweb_runtime.errors import ConnectionLostError, ProtocolError
from tests.hostile.objects import Api
from tests.hostile.site import Site, attacked
from tests.notation import load, text


def test_every_malformed_message() -> None:
    """BAD-01, BAD-02, BAD-04, WS-02, WS-03, WS-04: each ends its own session, with code 3000."""

    @attacked(Api)
    async def attack(site: Site) -> None:
        for row in load("malformed"):
            raw = await site.raw()
            await raw.send(text(row["text"]) if "text" in row else json.dumps(row["message"]))
            assert row["why"] in await raw.aborted(), row
            assert isinstance(await raw.over(), ProtocolError)
        await site.answers()

    attack()


@attacked(Api)
async def test_malformed_messages_after_each_other(site: Site) -> None:
    """WS-05: only the first counts, whatever comes behind it in the same packet."""
    raw = await site.raw()
    await raw.send(*(["nope", number] for number in range(1000)))
    assert "['nope', 0]" in await raw.aborted()


@attacked(Api)
async def test_many_at_once(site: Site) -> None:
    """BAD-04: fifty who send nonsense, and one between them who does not."""
    raws = [await site.raw() for _ in range(50)]
    await asyncio.gather(*(raw.send(["push", ["pipeline", 0, ["wait"], []]]) for raw in raws))
    await asyncio.gather(*(raw.send(["nope"]) for raw in raws))
    await site.answers()
    reasons = await asyncio.gather(*(raw.aborted() for raw in raws))
    assert len(set(reasons)) == 1


@pytest.mark.parametrize("data", [b"", b"[]", b'["push",1]', b"\x00\xff\xfe", bytes(9999)], ids=len)
@attacked(Api)
async def test_binary_frames(site: Site, data: bytes) -> None:
    """WS-07, MSG-22: also if what is in them would be a message."""
    raw = await site.raw()
    await raw.send(data)
    assert await raw.aborted() == "a message must be text, not binary"


@attacked(Api)
async def test_text_that_is_no_utf8(site: Site) -> None:
    """RFC 6455: the WebSocket fails, and the session with it."""
    raw = await site.raw()
    frame = b"\x81\x82" + b"\x00" * 4 + b"\xff\xfe"
    raw.websocket.transport.write(frame)
    assert (await raw.closed())[0] == CloseCode.INVALID_DATA
    assert isinstance(await raw.over(), ConnectionLostError)


@attacked(Api)
async def test_a_frame_that_is_none(site: Site) -> None:
    """RFC 6455: reserved bits, and no mask."""
    for frame in (b"\xff\x80" + b"\x00" * 4, b"\x81\x02[]"):
        raw = await site.raw()
        raw.websocket.transport.write(frame)
        assert (await raw.closed())[0] == CloseCode.PROTOCOL_ERROR
        await raw.over()


@attacked(Api, Limits(message_size=1000))
async def test_messages_at_the_limit_and_past_it(site: Site) -> None:
    """LIM-02, LIM-06: in characters, however many bytes they are."""
    for character in ("x", "é", "😀"):
        raw = await site.raw()
        await raw.send('["push","' + character * 989 + '"]')
        assert await raw.barrier() == []
        await raw.send(["release", 1, 1], '["push","' + character * 990 + '"]')
        assert "a message of 1001 characters is longer than 1000" in await raw.aborted()


@attacked(Api, Limits(message_size=1000))
async def test_messages_far_past_the_limit(site: Site) -> None:
    """LIM-02: what is far too long is not even read."""
    raw = await site.raw()
    await raw.send("x" * 4001)
    assert (await raw.closed())[0] == CloseCode.MESSAGE_TOO_BIG
    assert isinstance(await raw.over(), ConnectionLostError)


@attacked(Api)
async def test_a_message_in_many_fragments(site: Site) -> None:
    """MSG-22: is one message."""
    raw = await site.raw()
    message = json.dumps(["push", ["pipeline", 0, ["echo"], ["x" * 1000]]])
    await raw.websocket.send(message[index : index + 1] for index in range(len(message)))
    await raw.send(["pull", 1])
    assert await raw.receive() == ["resolve", 1, "x" * 1000]
    await raw.send(["release", 1, 1])


# --- giant and deep values


@attacked(Api)
async def test_giant_bigints(site: Site) -> None:
    """LIM-01, LIM-02: up to the limit they are numbers to work with; past it, the end."""
    raw = await site.raw()
    number = "9" * 16384
    assert await raw.ask(["echo"], [["bigint", number]]) == ["resolve", ["bigint", number]]
    doubled = await raw.ask(["double"], [["bigint", number]])
    assert doubled == ["resolve", ["bigint", "1" + "9" * 16383 + "8"]]
    # Python's own guard; the call's error, and no more.
    kind, name, message = await raw.ask(["say"], [["bigint", number]])
    assert (kind, name) == ("reject", "ValueError")
    assert "4300 digits" in message
    await site.answers()
    await raw.send(["push", ["pipeline", 0, ["echo"], [["bigint", number + "9"]]]])
    assert "a bigint of 16385 characters" in await raw.aborted()


@pytest.mark.parametrize(
    "digits", [" " * 16383 + "x", "0x" + "f" * 16382, "-" * 16384, "0" * 16384], ids=range(4)
)
@attacked(Api)
async def test_bigints_that_take_long_to_look_at(site: Site, digits: str) -> None:
    """LIM-06, SEC-06: a hundred in one message; what is refused is refused at a glance."""
    raw = await site.raw()
    await raw.send(["push", [[["bigint", digits] for _ in range(100)]]])
    if digits.strip("-x "):
        await raw.barrier()
        await raw.send(["release", 1, 1])
    else:
        assert "not a bigint" in await raw.aborted()


@pytest.mark.parametrize(
    "message",
    [
        "[" * 100_000,
        "[" * 100_000 + "]" * 100_000,
        '["push",' + "[" * 100_000 + "]" * 100_000 + "]",
        '["push",' + '{"a":' * 100_000 + "1" + "}" * 100_000 + "]",
        '["push",' + "[[" * 50_000 + "]]" * 50_000 + "]",
        '["push",' + '["pipeline",0,["echo"],[' * 50_000 + "1" + "]]" * 50_000 + "]",
        '["resolve",1,' + '["error","a","b",null,{"c":' * 50_000 + "1" + "}]" * 50_000 + "]",
        '["push",["pipeline",0,' + "[" * 100_000 + "]" * 100_000 + "]]",
        '["push",' + "[[" * 257 + "]]" * 257 + "]",
        '["push",' + '["pipeline",0,["echo"],[' * 300 + "1" + "]]" * 300 + "]",
    ],
    ids=range(10),
)
@attacked(Api)
async def test_deep_nesting(site: Site, message: str) -> None:
    """LIM-07, LIM-05"""
    raw = await site.raw()
    await raw.send(message)
    reason = await raw.aborted()
    assert "nested" in reason or "not a JSON message" in reason or "maximum recursion" in reason


@attacked(Api)
async def test_values_as_deep_as_they_may_be(site: Site) -> None:
    """LIM-01: have room on the stack of a server, in a task as well."""
    raw = await site.raw()
    value: Any = 1
    for _ in range(254):
        value = [[value]]
    assert await raw.ask(["echo"], [value]) == ["resolve", value]
    await raw.send(["push", ["pipeline", 0, ["echo"], [["promise", -1]]]])
    await raw.send(["resolve", -1, value], ["pull", raw._pushes])
    assert await raw.receive() == ["release", -1, 1]
    assert await raw.receive() == ["resolve", raw._pushes, value]
    part = await raw.ask([0] * 10, target=raw._pushes)
    for _ in range(10):
        value = value[0][0]
    assert part == ["resolve", value]
    await raw.send(["release", 2, 1])


@attacked(Api)
async def test_wide_values(site: Site) -> None:
    """A message of many small things is read, answered, and forgotten."""
    raw = await site.raw()
    value = [[[[number, str(number), {"a": number}, None]] for number in range(20_000)]]
    assert await raw.ask(["echo"], [value]) == ["resolve", value]


# --- ids


@pytest.mark.parametrize("number", [True, False, 0.5, 1.0, -0.5, 2**53, 2**64, 1e308, -(2**70)])
@pytest.mark.parametrize(
    "kind", ["pull", "release", "pipeline", "import", "export", "promise", "call"]
)
def test_ids_that_are_none(kind: str, number: float) -> None:
    """BAD-03, PATH-04"""
    message = {
        "pull": ["pull", number],
        "release": ["release", number, 1],
        "pipeline": ["push", ["pipeline", number]],
        "import": ["push", [[["import", number]]]],
        "export": ["push", ["export", number]],
        "promise": ["push", {"a": ["promise", number]}],
        "call": ["push", ["pipeline", number, ["echo"], [1]]],
    }[kind]

    @attacked(Api)
    async def attack(site: Site) -> None:
        raw = await site.raw()
        await raw.send(["push", 1], ["push", 2], message)
        await raw.aborted()

    attack()


@attacked(Api)
async def test_release_abuse(site: Site) -> None:
    """CNT-02, CNT-03, CNT-04"""
    for messages in (
        [["release", 1, 2]],
        [["release", 1, 1], ["release", 1, 1]],
        [["release", 1, 2**70]],
        [["release", 1, -1]],
        [["release", 1, 0], ["release", 1, 1], ["release", 1, 0]],
        [["release", -1, 1]],
        [["release", 2, 1]],
        [["release", 0, 1], ["push", ["pipeline", 0, ["echo"], [1]]]],
        [["release", 0, 1], ["release", 0, 1]],
        [["pull", 1], ["release", 1, 1], ["pull", 1]],
    ):
        raw = await site.raw()
        await raw.send(["push", ["pipeline", 0, ["wait"], []]], *messages)
        await raw.aborted()
    await site.answers()


@attacked(Api)
async def test_releases_that_are_allowed(site: Site) -> None:
    """CNT-01, CNT-04: a peer that gives up the main object has an empty session."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["make"], []]], ["release", 0, 1], ["pull", 1])
    assert await raw.receive() == ["resolve", 1, ["export", -1]]
    await raw.send(["release", 1, 1], ["release", -1, 1])
    await raw.barrier()
    assert raw.tables == (1, 0)
