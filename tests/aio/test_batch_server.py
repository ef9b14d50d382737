"""Servers of HTTP batches: bytes in, bytes out."""

import asyncio
import contextlib
import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import capnweb_runtime as rpc
from capnweb_runtime.aio import batch_server
from tests.aio.batches import Api, call, lines, run
from tests.aio.pairs import quiet


@pytest.mark.parametrize(
    ("body", "answer"),
    [
        (b"", b""),
        (b"\n", b""),
        (lines(call("square", 3), ["pull", 1]), b'["resolve",1,9]'),
        (lines(call("square", 3), ["pull", 1]) + b"\n", b'["resolve",1,9]'),
        (b'["push",["pipeline",0,["square"],[3]]]\r\n["pull",1]\r\n', b'["resolve",1,9]'),
        (lines(call("square", 3)), b""),
        (lines(call("square", 3), ["pull", 1], ["release", 1, 1]), b'["resolve",1,9]'),
    ],
)
def test_batches_and_their_line_ends(body: bytes, answer: bytes) -> None:
    """HTTP-02, HTTP-06, HTTP-09"""

    async def test() -> None:
        assert await rpc.batch_response(body, Api()) == answer
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


@pytest.mark.parametrize(
    ("body", "error", "reason"),
    [
        (b"not JSON", rpc.ProtocolError, "not a JSON message"),
        (b'["pull",1]', rpc.ProtocolError, "no such entry"),
        (b"[]", rpc.ProtocolError, "bad RPC message"),
        (b"\n\n", rpc.ProtocolError, "not a JSON message"),
        (lines(call("square", 1)) + b"\n\n", rpc.ProtocolError, "not a JSON message"),
        (b"\n" * 1_000_000, rpc.ProtocolError, "not a JSON message"),
        (b"\xff", rpc.ProtocolError, "UTF-8"),
        (lines(["abort", ["error", "Error", "over"]]), rpc.PeerAbortedError, "over"),
        (lines(call("hang"), ["pull", 1], ["oh"]), rpc.ProtocolError, "bad RPC message"),
    ],
)
def test_malformed_batches_raise(body: bytes, error: type[Exception], reason: str) -> None:
    """HTTP-08, HTTP-09"""

    async def test() -> None:
        journal: list[str] = []
        with pytest.raises(error, match=reason):
            await rpc.batch_response(body, Api(journal))
        await quiet()
        assert journal[-1] == "gone"
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_limits_of_a_batch() -> None:
    """At each limit, and one past it."""

    async def test() -> None:
        body = lines(call("square", 3), ["pull", 1])
        longest = len(body.split(b"\n")[0])
        for name, exact in (("batch_size", len(body)), ("message_size", longest)):
            fits = rpc.Limits(**{name: exact})
            assert await rpc.batch_response(body, Api(), limits=fits) == b'["resolve",1,9]'
            with pytest.raises(rpc.ProtocolError, match=f"{exact}"):
                await rpc.batch_response(body, Api(), limits=rpc.Limits(**{name: exact - 1}))
        body = lines(call("echo", "x" * 1000), ["pull", 1])
        size = len(b'["resolve",1,""]\n') + 1000
        await rpc.batch_response(body, Api(), limits=rpc.Limits(unsent=size))
        with pytest.raises(rpc.ConnectionLostError, match="unsent"):
            await rpc.batch_response(body, Api(), limits=rpc.Limits(unsent=size - 1))

    run(test)


def test_the_time_of_a_batch() -> None:
    async def test() -> None:
        journal: list[str] = []
        body = lines(call("hang"), ["pull", 1])
        with pytest.raises(TimeoutError, match=r"within 0\.01 s"):
            await rpc.batch_response(body, Api(journal), timeout=0.01)
        assert journal == ["cancelled", "gone"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_a_long_batch_lets_others_have_their_turn() -> None:
    async def test() -> None:
        body = lines(*[call("square", 1)] * 1000)
        turns = 0

        async def other() -> None:
            nonlocal turns
            while True:
                turns += 1
                await asyncio.sleep(0)

        task = asyncio.create_task(other())
        await rpc.batch_response(body, Api())
        task.cancel()
        assert turns >= 10

    run(test)


def test_how_many_batches_may_run_on(monkeypatch: pytest.MonkeyPatch) -> None:
    async def test() -> None:
        monkeypatch.setattr(batch_server, "_MAX_RUNNING", 2)
        journals: list[list[str]] = [[], [], [], []]
        for journal in journals:
            assert await rpc.batch_response(lines(call("hang")), Api(journal)) == b""
        await quiet()
        assert journals == [["gone"], ["gone"], [], []]  # the oldest, before they had begun
        for task in list(batch_server._RUNNING.sessions):
            batch_server._stop(task)
        await quiet()
        assert [sorted(each) for each in journals] == [
            *[["gone"]] * 2,
            *[["cancelled", "gone"]] * 2,
        ]
        assert not batch_server._RUNNING.sessions

    run(test)


#: What a batch may be made of, in any order.
MESSAGES = [
    *(call("square", 2), call("call", ["export", -1]), call("later", 1), ["pipe"]),
    *(["pull", 1], ["pull", 2], ["release", 1, 1], ["resolve", -1, 1], ["abort", 0]),
    *(call("echo", ["promise", -1]), call("blob", 10), call("stream"), ["push", 0]),
    *(call("fire", ["export", -2]), call("read", ["readable", 1]), call("note", "x")),
    *(["stream", ["pipeline", 1, ["write"], [1]]], ["reject", -1, ["error", "", ""]]),
]


@given(
    st.binary(max_size=50)
    | st.lists(st.sampled_from(MESSAGES)).map(lambda messages: lines(*messages))
)
@settings(deadline=None, max_examples=300)
def test_any_body_is_answered_or_refused(body: bytes) -> None:
    """HTTP-08, HTTP-12: whatever it is, and soon."""
    kinds = {"resolve", "reject", "push", "pull", "pipe", "stream", "release"}

    async def test() -> None:
        journal: list[str] = []
        with contextlib.suppress(rpc.ProtocolError, rpc.PeerAbortedError):
            answer = await rpc.batch_response(body, Api(journal), timeout=1000)
            for line in answer.decode().splitlines():
                assert json.loads(line)[0] in kinds
        await quiet()
        assert "gone" in journal
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_a_main_object_must_go_by_reference() -> None:
    async def test() -> None:
        with pytest.raises(rpc.CallError):
            await rpc.batch_response(b"", {"no": "target"})

    run(test)
