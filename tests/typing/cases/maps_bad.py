"""Bad use of maps: every marked line is rejected."""

from __future__ import annotations

import capnweb_runtime as rpc
from api import User
from api_rpc import ApiStub, UserPromise


async def functions(api: ApiStub) -> None:
    ids = api.list_ids()
    await ids.map(lambda i: i.nope)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await ids.map(lambda i: api.get_user(i).nope)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await ids.map(lambda i: api.lookup(i))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await ids.map(lambda i: 5)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(lambda i: None)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(lambda i: "seen")  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(lambda i: (i, "seen"))  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(lambda i: i + 1)  # type: ignore[arg-type, operator, return-value]  # pyright: ignore[reportOperatorIssue, reportUnknownLambdaType]
    await ids.map(lambda i: f(i) if i else f(i))  # type: ignore[truthy-bool]  # pyright: ignore[reportGeneralTypeIssues]
    await ids.map(lambda a, b: api.get_user(a))  # type: ignore[arg-type, misc]  # pyright: ignore[reportArgumentType, reportCallIssue, reportUnknownLambdaType]
    await ids.map(asynchronous)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(on_values)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(api.lookup)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(5)  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(lambda i: UserPromise.of(id=api.motd, name="x", address=api.me.address))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await ids.map(lambda i: api.list_ids().map(lambda j: api.lookup(j)))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await ids.map(lambda i: rpc.const(1)).map(lambda j: api.lookup(j))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


async def what_has_no_map(api: ApiStub) -> None:
    me = api.get_user(1)
    await me.map(lambda u: u.name)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await me.name.map(lambda u: u)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await api.counts().map(lambda u: u)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    (await api.list_ids()).map(lambda i: i)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await api.find("k").map(lambda u: u)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]


async def results(api: ApiStub) -> None:
    ids = api.list_ids()
    names: list[str] = await ids.map(lambda i: i)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportAssignmentType]
    users: list[User] = await ids.map(lambda i: (i, api.get_user(i)))  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    await api.get_users(ids.map(lambda i: api.get_user(i)))  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]
    await api.get_users(ids.map(api.get_user))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    user: User = await api.lookup("x").map(lambda u: u)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportAssignmentType]
    await api.lookup("x").map(lambda u: u.nope)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await api.lookup("x").map(lambda u: u.name).upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await api.lookup("x").map(lambda u: 5)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await ids.map(api.get_user)[0].nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    print(names, users, user)


def f(number: rpc.Promise[int]) -> rpc.Promise[int]:
    return number


async def asynchronous(number: rpc.Promise[int]) -> User:
    raise NotImplementedError


def on_values(number: int) -> rpc.Promise[int]:
    raise NotImplementedError
