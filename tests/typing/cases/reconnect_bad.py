"""Bad use of connections that are opened again: every marked line is rejected."""

from __future__ import annotations

import capnweb_runtime as rpc
from api_rpc import ApiStub, AuthedApiStub


async def log_in(api: ApiStub) -> AuthedApiStub:
    return await api.authenticate("token")


async def number(api: ApiStub) -> int:
    return 1


def at_once(api: ApiStub) -> None: ...


def tell(error: Exception) -> None: ...


async def connecting(transport: rpc.Transport) -> None:
    backoff = rpc.Backoff()
    rpc.connect(ApiStub, "ws://x", reconnect=0.5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    rpc.connect(ApiStub, "ws://x", on_connect=log_in)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    rpc.connect(ApiStub, "ws://x", max_waiting=3)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    rpc.connect(ApiStub, transport, reconnect=backoff)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    rpc.connect(AuthedApiStub, "ws://x", reconnect=backoff, on_connect=log_in)  # type: ignore[arg-type, unused-awaitable]  # pyright: ignore[reportArgumentType, reportCallIssue]
    rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_connect=number)  # type: ignore[arg-type, unused-awaitable]  # pyright: ignore[reportArgumentType, reportCallIssue]
    rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_connect=at_once)  # type: ignore[arg-type, unused-awaitable]  # pyright: ignore[reportArgumentType, reportCallIssue]
    rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_disconnect=tell)  # type: ignore[arg-type, unused-awaitable]  # pyright: ignore[reportArgumentType]
    rpc.connect(ApiStub, "ws://x", reconnect=backoff, max_wait="5")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    rpc.connect(ApiStub, "ws://x", reconnect=backoff, nope=1)  # type: ignore[call-overload]  # pyright: ignore[reportCallIssue]
    async with rpc.connect(ApiStub, "ws://x", reconnect=backoff, on_connect=log_in) as authed:
        authed.get_user(1)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    rpc.Backoff(maximum="60")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    rpc.Backoff().initial = 3  # type: ignore[misc]  # pyright: ignore[reportAttributeAccessIssue]


rpc.idempotent(3)  # type: ignore[type-var]  # pyright: ignore[reportArgumentType]
