"""Good use of connections that are opened again: both checkers infer what the standing stub is."""

from __future__ import annotations

from typing import Protocol

from typing_extensions import assert_type

import capnweb_runtime as rpc
from api import User
from api_rpc import ApiStub, AuthedApiStub
from websockets.asyncio.client import connect


class Marked(Protocol):
    @rpc.idempotent
    async def get(self, key: str) -> int: ...


async def marked(something: Marked) -> None:
    assert_type(await something.get("x"), int)


async def log_in(api: ApiStub) -> AuthedApiStub:
    return await api.authenticate("token")


async def greet(api: ApiStub) -> None:
    await api.get_user(1)


async def untyped(api: rpc.DynamicStub) -> AuthedApiStub:
    raise NotImplementedError


async def opened() -> rpc.WebSocketTransport:
    return rpc.WebSocketTransport(await connect("ws://x"))


def tell(error: Exception, delay: float) -> None: ...


def last(error: Exception) -> bool:
    return rpc.is_hopeless(error) or isinstance(error, rpc.ProtocolError)


async def connecting() -> None:
    backoff = rpc.Backoff(initial=1, attempts=5)
    async with rpc.connect(ApiStub, "ws://x", reconnect=backoff) as api:
        assert_type(api, ApiStub)
        assert_type(await api.get_user(1), User)
    async with rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_connect=log_in) as authed:
        assert_type(authed, AuthedApiStub)
    async with rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_connect=greet) as api:
        assert_type(api, ApiStub)
    async with rpc.connect(
        ApiStub, "ws://x", reconnect=backoff, on_connect=lambda api: api.authenticate("token")
    ) as authed:
        assert_type(authed, AuthedApiStub)
    async with rpc.connect("ws://x", reconnect=backoff) as dynamic:
        assert_type(dynamic, rpc.DynamicStub)
    async with rpc.connect("ws://x", reconnect=backoff, on_connect=untyped) as authed:
        assert_type(authed, AuthedApiStub)
    connection = rpc.connect(
        ApiStub,
        opened,
        reconnect=backoff,
        on_connect=log_in,
        local=object(),
        idempotent=["get_user"],
        max_waiting=10,
        max_wait=5,
        attempt_timeout=None,
        give_up=last,
        on_disconnect=tell,
        idle_timeout=10,
    )
    _: rpc.Reconnecting[ApiStub, AuthedApiStub] = connection
    assert_type(await connection, AuthedApiStub)
    assert_type(connection.session, rpc.Session[ApiStub])
    assert_type(connection.stats(), rpc.ReconnectStats)
    await connection.aclose()
