"""The end of a session: sockets that die, processes that die, aborts and orderly closes."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import Link, node_calls_us, we_call_node
from tests.interop.node import NodeError, NodePeer, NodePeerFailedError
from tests.interop.python_api import Counter, PythonApi, World
from tests.loops import own_loop


async def kill(node: NodePeer) -> None:
    with pytest.raises(NodePeerFailedError):
        await node.eval("() => process.kill(process.pid, 'SIGKILL')")


#: Ways in which a connection ends without a word, by Node's doing.
DEATHS = {"terminated": NodePeer.terminate, "killed": kill}


@pytest.mark.parametrize("death", DEATHS)
@own_loop
async def test_node_is_gone_in_the_middle_of_our_calls(death: str) -> None:
    """BRK-01, BRK-03, BRK-06, WS-06, WS-09, ORD-01: all that wait are told, in order, the same."""
    async with we_call_node() as link:
        told: list[object] = []
        stub = await link.api.makeCounter()
        await link.api.keep(Counter(link.world, 0, "kept by Node"))
        slow, chained = link.api.slow(1), link.api.slow(2).deeper.still()
        stub.on_broken(lambda reason: told.append(("stub", reason)))
        link.api.on_broken(lambda reason: told.append(("main", reason)))
        slow.on_broken(lambda reason: told.append(("promise", reason)))
        undone = link.api.on_broken(lambda reason: told.append(("undone", reason)))
        undone.undo()
        slow.on_broken(lambda reason: told.append(("again", reason))).undo()
        await link.node.eval("api => { api.slow('Node waits'); }")
        await link.world.logged("slow waits")
        waiting = [asyncio.ensure_future(promise) for promise in (slow, chained)]
        await link.node.logged("slow waits", 2)

        await DEATHS[death](link.node)
        outcomes = await asyncio.gather(*waiting, return_exceptions=True)
        reason = link.session.reason
        assert isinstance(reason, rpc.ConnectionLostError)
        assert str(reason) == "the connection was closed: no close frame received"
        assert outcomes == [reason, reason]
        assert told == [("stub", reason), ("main", reason), ("promise", reason)]

        # Later uses fail in the same way, and not at the call.
        later = [
            link.api.square(2),
            stub.increment(),
            stub.value,
            slow,
            slow.x,
            link.api.dup().motd,
        ]
        with pytest.raises(rpc.ConnectionLostError):
            await link.api.callIt(Counter(link.world, 0, "passed too late"))
        for promise in later:
            with pytest.raises(rpc.ConnectionLostError) as caught:
                await promise
            assert caught.value is reason
        stub.on_broken(lambda reason: told.append(("late", reason)))
        assert told[3:] == [("late", reason)]

        for line in ("slow cancelled", "dispose api", "dispose kept by Node"):
            await link.world.logged(line)
        await link.world.logged("dispose passed too late")
        assert len(link.world.journal) == 5
        await link.session.wait_closed()


@pytest.mark.parametrize("death", DEATHS)
@own_loop
async def test_a_client_on_node_is_gone_in_the_middle_of_its_calls(death: str) -> None:
    """BRK-01, WS-06, WS-09, DISP-21: its handlers are cancelled and what it held is let go."""
    async with node_calls_us() as link:
        broken: list[BaseException] = []
        link.session.main.on_broken(broken.append)
        await link.node.eval("""async (api, env) => {
            env.state.counter = await api.make_counter(0, "held by Node");
            await api.keep((n) => n);
            api.slow(1).catch(() => {});
            api.log(api.slow(2)).catch(() => {});
        }""")
        await link.world.logged("slow waits", 2)
        pending = asyncio.ensure_future(link.api.slow("Node's"))
        await link.node.logged("slow waits")
        url = await link.node.eval("(api, env) => env.session.ws.url")
        async with NodePeer.connect(url) as other:
            await DEATHS[death](link.node)
            with pytest.raises(rpc.ConnectionLostError):
                await pending
            assert broken == [link.session.reason]
            await link.world.logged("slow cancelled", 2)
            for line in ("dispose held by Node", "dispose api"):
                await link.world.logged(line)
            assert await other.eval("api => api.square(3)") == 9


@own_loop
async def test_our_socket_dies() -> None:
    """WS-06, BRK-03: what Node sees of it, and what we see of our own."""
    async with node_calls_us() as link:
        call = asyncio.create_task(link.node.eval("api => api.slow(1)"))
        await link.world.logged("slow waits")
        link.session._transport.abort()
        with pytest.raises(NodeError, match=r"^Error: Peer closed WebSocket: 1006"):
            await call
        await link.node.logged("broken: Error: Peer closed WebSocket: 1006 ")
        await link.node.logged("dispose api")
        await link.world.logged("slow cancelled")
        assert isinstance(link.session.reason, rpc.ConnectionLostError)


async def dispose_main(link: Link) -> None:
    link.api.dispose()
    await link.session.wait_closed()


async def aclose(link: Link) -> None:
    await link.session.aclose()


@pytest.mark.parametrize("close", [dispose_main, aclose])
@own_loop
async def test_we_close(close: Callable[[Link], Awaitable[None]]) -> None:
    """DISP-21, DISP-22, BRK-06, WS-04: no abort message; close code 1000; ours fail at once."""
    async with we_call_node() as link:
        told: list[BaseException] = []
        link.api.on_broken(told.append)
        counter = await link.api.makeCounter(0, "Node's")
        await link.api.keep(lambda: 1)
        waiting = asyncio.ensure_future(link.api.slow(1))
        await link.node.logged("slow waits")
        await close(link)
        with pytest.raises(rpc.SessionClosedError):
            await waiting
        with pytest.raises(rpc.SessionClosedError):
            await counter.increment()
        assert told == [link.session.reason]
        await link.world.logged("dispose api")
        for line in ("closed 1000", "broken: Error: Peer closed WebSocket: 1000 ", "dispose api"):
            await link.node.logged(line)
        await link.node.logged("dispose Node's")
        assert not [
            text for way, text in await link.node.frames() if way == "in" and "abort" in text
        ]


@own_loop
async def test_node_closes() -> None:
    """WS-06: code and reason of the close frame are in the reason here."""
    async with we_call_node() as link:
        waiting = asyncio.ensure_future(link.api.slow(1))
        await link.node.logged("slow waits")
        await link.node.disconnect(4321, "good — bye")
        with pytest.raises(rpc.ConnectionLostError, match=r"closed: 4321 good — bye$"):
            await waiting
        await link.world.logged("dispose api")


@own_loop
async def test_node_shuts_down() -> None:
    """DISP-22, WS-02, WS-04: disposing of its main stub closes with 3000 and no abort message."""
    async with node_calls_us() as link:
        await link.node.eval("(api, env) => env.dispose(api)")
        await link.session.wait_closed()
        reason = link.session.reason
        assert isinstance(reason, rpc.ConnectionLostError)
        assert str(reason).endswith("3000 RPC session was shut down by disposing the main stub")
        await link.world.logged("dispose api")


LONG = "€" * 100  # 300 bytes

#: What Node may say as the reason of an abort, and what comes of it here.
ABORTS: dict[str, object] = {
    '["abort",["error","RangeError","enough"]]': "enough",
    '["abort",["error","Error","' + LONG + '"]]': f"Error: {LONG}",
    '["abort","a text"]': "a text",
    '["abort",["undefined"]]': None,
    '["abort"]': None,
    '["abort",{"code":[[1]]}]': {"code": [1]},
}


@pytest.mark.parametrize("message", ABORTS)
@own_loop
async def test_node_aborts(message: str) -> None:
    """WS-05, WS-08, BRK-03, BAD-04: the reason reaches all that wait; nothing is sent any more."""
    async with we_call_node() as link:
        waiting = asyncio.ensure_future(link.api.slow(1))
        await link.node.logged("slow waits")
        while not any(text.startswith('["pull"') for _, text in await link.node.frames()):
            pass  # it is on its way, in a frame of its own
        await link.node.eval("(api, env, message) => env.session.ws.send(message)", message)
        with pytest.raises(rpc.PeerAbortedError) as caught:
            await waiting
        assert caught.value is link.session.reason
        reason = caught.value.reason
        wanted = ABORTS[message]
        assert (str(reason) if isinstance(reason, BaseException) else reason) == wanted
        await link.session.wait_closed()
        frames = await link.node.frames()
        assert "in" not in [way for way, _ in frames[frames.index(("out", message)) :]]
        await link.world.logged("dispose api")


@own_loop
async def test_node_aborts_because_of_us() -> None:
    """WS-02, LIM-01, LIM-02, BRK-03, BRK-06: we pass a limit of its; it says so and closes."""
    async with we_call_node() as link:
        with pytest.raises(rpc.PeerAbortedError) as caught:
            await link.api.echo(10**20_000)
        assert isinstance(caught.value.reason, TypeError)
        assert str(caught.value.reason) == (
            "Deserialized bigint exceeds maximum length of 16384 digits."
        )
        await link.node.logged(
            "broken: TypeError: Deserialized bigint exceeds maximum length of 16384 digits."
        )
        await link.session.wait_closed()


#: What Node sends past a limit, and how we say so.
LIMITS = {
    "api.echo(12345678901n)": "a bigint of 11 characters is longer than 10",
    "api.echo([[[[[1]]]]])": "a value is nested deeper than 5 levels",
    "api.echo('x'.repeat(1000))": "a message of 1037 characters is longer than 1000",
    "api.echo(1, ...Array(5).fill(() => () => 1))": "the peer exports more than 4 objects",
}


@pytest.mark.parametrize("call", LIMITS)
@own_loop
async def test_we_abort_because_of_node(call: str) -> None:
    """WS-02, WS-04, LIM-02, BAD-04: Node learns why; code 3000; other sessions go on."""
    limits = rpc.Limits(bigint_digits=10, depth=5, message_size=1000, imports=4)
    async with node_calls_us(limits=limits) as link:
        url = await link.node.eval("(api, env) => env.session.ws.url")
        async with NodePeer.connect(url) as other:
            waiting = asyncio.create_task(link.node.eval("api => api.slow(1)"))
            await link.world.logged("slow waits")
            reason = LIMITS[call]
            with pytest.raises(NodeError) as caught:
                await link.node.eval(f"api => {call}")
            assert (caught.value.name, caught.value.message) == ("TypeError", reason)
            with pytest.raises(NodeError) as pending:
                await waiting
            assert pending.value.message == reason
            await link.node.logged(f"closed 3000 {reason}")
            assert isinstance(link.session.reason, rpc.ProtocolError)
            await link.world.logged("slow cancelled")
            await link.world.logged("dispose api")
            assert await other.eval("api => api.square(3)") == 9


@own_loop
async def test_a_message_far_past_the_limit() -> None:
    """LIM-02, LIM-06: it is not even read to its end; both sides name the reason."""
    async with node_calls_us(limits=rpc.Limits(message_size=1000)) as link:
        with pytest.raises(NodeError, match=r"^Error: Peer closed WebSocket: 1009"):
            await link.node.eval("api => api.echo('x'.repeat(5000))")
        await link.session.wait_closed()
        assert str(link.session.reason).startswith("the connection was closed: 1009")


@own_loop
async def test_a_reason_that_is_too_long_for_a_close_frame() -> None:
    """WS-03: 123 bytes, cut at a character, in both directions; the abort message has it all."""
    async with node_calls_us() as link:
        unknown = f'["{LONG}"]'
        await link.node.eval("(api, env, text) => env.session.ws.send(text)", unknown)
        await link.session.wait_closed()
        reason = str(link.session.reason)
        cut = reason.encode()[:123].decode(errors="ignore")
        assert len(cut.encode()) < len(reason.encode())
        await link.node.logged(f"closed 3000 {cut}")
        await link.node.logged(f"broken: TypeError: {reason}")


@own_loop
async def test_a_session_of_its_own_for_each_connection() -> None:
    """BAD-04, DISP-21: each gets a new main object, and each ends alone."""
    made: list[PythonApi] = []

    def make(world: World) -> PythonApi:
        made.append(PythonApi(world))
        return made[-1]

    async with node_calls_us(make) as link:
        await link.node.eval("""async (api, env) => {
            env.state.second = await env.connect(env.session.ws.url);
        }""")
        assert len(made) == 2
        await link.node.eval("(api, env) => env.state.second.ws.send('not JSON')")
        await link.world.logged("dispose api")
        assert await link.node.eval("(api, env) => env.sessions[0].api.square(3)") == 9


@own_loop
async def test_a_registration_moves_to_what_its_promise_becomes() -> None:
    """BRK-01, BRK-02, BRK-04, BRK-05: a stub, an error, a value, an object of our own."""
    async with we_call_node() as link:
        told: list[str] = []
        becomes_stub, becomes_error = link.api.makeCounter(), link.api.throwsLater("no")
        becomes_value, becomes_ours = link.api.square(2), link.api.giveBack(Counter(link.world))
        becomes_stub.on_broken(lambda reason: told.append(f"stub: {reason}"))
        becomes_error.on_broken(lambda reason: told.append(f"error: {reason}"))
        becomes_value.on_broken(lambda reason: told.append(f"value: {reason}"))
        becomes_ours.on_broken(lambda reason: told.append(f"ours: {reason}"))
        stub = await becomes_stub
        await becomes_value
        ours = await becomes_ours
        assert told == []
        with pytest.raises(rpc.RemoteError):
            await becomes_error
        assert told == ["error: Error: no"]
        becomes_error.on_broken(lambda reason: told.append(f"at once: {reason}"))
        assert told[1:] == ["at once: Error: no"]
        assert await stub.increment() == await ours.increment() == 1
        await link.node.terminate()
        await link.session.wait_closed()
        assert told[2:] == ["stub: the connection was closed: no close frame received"]
        assert await ours.increment() == 2, "our own object lives on"
        ours.dispose()
