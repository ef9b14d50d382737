"""Bad use: every marked line is rejected, for an ignore that nothing needs is an error too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import capnweb_runtime as rpc
from api import Address, Api, AuthedApi, Color, Event, Page, Room, Span, User
from api_rpc import (
    ApiStub,
    ApiTarget,
    AuthedApiStub,
    AuthedApiTarget,
    ChannelTarget,
    PointPromise,
    RepoTarget,
    RoomPromise,
    SourceTarget,
    UserPromise,
    export_authed_api,
    export_channel,
)


async def members(api: ApiStub) -> None:
    me, ids = api.get_user(1), api.list_ids()
    me.nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.nope()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    me.address.nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.authenticate("t").nope()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await api.authenticate("t")).nope()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await me).address.nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.get_user_id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    ids.append(3)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    me.name.upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await me.address.street.upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.lookup("x").name  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await api.lookup("x")).name  # type: ignore[union-attr]  # pyright: ignore[reportOptionalMemberAccess]
    api.plot(PointPromise.of(x=1), {"title": "M"}, Span(1, 2)).middle  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await api.room(1)).channel.log  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    api.room(1).neighbour.channel  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def promises_as_values(api: ApiStub) -> None:
    me, ids = api.get_user(1), api.list_ids()
    number: int = api.get_user(1).id  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType, reportUnusedVariable]
    user: User = api.get_user(1)  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType, reportUnusedVariable]
    me.id + 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    me.id > 1  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue, reportUnusedExpression]
    len(ids)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    for _ in ids:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    print(3 in ids)  # type: ignore[operator]  # pyright: ignore[reportOperatorIssue]
    print(me.id == 3)  # type: ignore[comparison-overlap]  # pyright: ignore[reportUnnecessaryComparison]
    api.pair()[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    first, second = api.pair()  # type: ignore[misc]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType, reportUnusedVariable]
    asyncio.create_task(me)  # type: ignore[arg-type, unused-awaitable]  # pyright: ignore[reportArgumentType]
    api.motd = "x"  # type: ignore[assignment, misc]  # pyright: ignore[reportAttributeAccessIssue]
    me.name = "x"  # type: ignore[assignment, misc]  # pyright: ignore[reportAttributeAccessIssue]
    api.join(api.channels()[0])  # type: ignore[unused-awaitable]


async def truth(api: ApiStub) -> str:
    if api.get_user(1).id:  # type: ignore[truthy-bool]  # pyright: ignore[reportGeneralTypeIssues]
        return "always"
    return "never"


async def arguments(
    api: ApiStub, text: rpc.Promise[str], maybe: rpc.Promise[int | None]
) -> None:
    me, ids = api.get_user(1), api.list_ids()
    await api.get_user("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user(me.name)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user(text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user(ids)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user(maybe)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user(await maybe)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_user()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await api.get_user(1, 2)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await api.get_user(uid=1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await api.get_users("12")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.get_users([1, "x"])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await api.get_users([me.name])  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await api.get_users(b"ab")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.paint("red")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.paint(Color.RED, "root")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.search(query="x")  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await api.search("x", limit="3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.search("x", 3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.save_user({"id": 1})  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.save_user(me.address)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.save_user(UserPromise.of(id=me.name, name="x", address=me.address))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.save_user(UserPromise.of(id=1, name="x"))  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue, reportUnknownArgumentType]
    await api.join(me)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.join(api.authenticate("x"))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.join(object())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.enter(RoomPromise.of(id=1, channel=me))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.users().put(me.address)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.user_repo().put(me.address)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.source().page(1)  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]
    await api.rename(1, 50)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.since("now")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.plot(PointPromise.of(x="1"), {"title": "M"}, Span(1, 2))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.plot(PointPromise.of(x=1), {"name": "M"}, Span(1, 2))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def callbacks(api: ApiStub) -> None:
    await api.subscribe(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.subscribe(lambda: None)  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType]
    await api.subscribe(takes_text)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.watch(lambda number: number)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]
    await api.callback()("1")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await (await api.callback())()  # type: ignore[call-arg]  # pyright: ignore[reportCallIssue]


def takes_text(event: str) -> None: ...


async def coroutine() -> int:
    return 1


async def awaitables(api: ApiStub) -> None:
    await api.get_user(coroutine())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    async for _ in api.list_ids():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass


async def connecting() -> None:
    rpc.connect(Api, "ws://x")  # type: ignore[type-abstract, type-var, unused-awaitable]  # pyright: ignore[reportArgumentType]
    rpc.connect(User, "ws://x")  # type: ignore[type-var, unused-awaitable]  # pyright: ignore[reportArgumentType]
    with rpc.connect(ApiStub, "ws://x") as _:  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass


class Missing(ApiTarget):
    def get_user(self, user_id: int) -> User:
        raise NotImplementedError


Missing()  # type: ignore[abstract]  # pyright: ignore[reportAbstractUsage]


class Wrong(ApiTarget):
    def get_user(self, user_id: str) -> User:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        raise NotImplementedError

    async def save_user(self, user: User) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return ""

    async def lookup(self, key: str, more: int) -> User | None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return None

    def authenticate(self, token: str) -> User:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        raise NotImplementedError

    async def subscribe(self, on_event: Callable[[str], Awaitable[None]]) -> Any: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]

    def page(self, token: str | None) -> Page[User]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        raise NotImplementedError

    async def users(self) -> list[User]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return []

    async def list_ids(self) -> list[str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return []

    async def enter(self, room: Room) -> None: ...  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]

    async def search(self, query: str, /, *tags: str) -> list[User]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return []

    @property
    def motd(self) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return 1


class WrongAuthed:
    def get_user_id(self) -> str:
        return ""


class WrongChannel:
    async def send(self, text: int) -> None: ...
    async def close(self) -> None: ...


class WrongRepo:
    def get(self, key: int) -> Address:
        raise NotImplementedError

    def all(self) -> list[User]:
        return []

    def put(self, item: User) -> None: ...


class WrongSource:
    latest = 1

    def page(self) -> list[str]:
        return []


authed: AuthedApiTarget = WrongAuthed()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
channel: ChannelTarget = WrongChannel()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
repo: RepoTarget[User] = WrongRepo()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
source: SourceTarget[str] = WrongSource()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
export_authed_api(WrongAuthed())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
export_channel(WrongChannel())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


def stub_is_not_the_protocol(stub: AuthedApiStub) -> AuthedApi:
    return stub  # type: ignore[return-value]  # pyright: ignore[reportReturnType]


async def generator(api: ApiStub) -> AsyncIterator[Event]:
    yield Event(kind="moved", user=await api.get_user(1))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
