"""With generated code: what is marked in the interface is repeated, and the stub has its types."""

import asyncio
from collections.abc import Iterator
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.aio.capability_shapes import interface_of
from tests.aio.pairs import quiet
from tests.generator.generated import imported
from tests.reconnect.site import STEADY, in_virtual_time

_SOURCE = """
from typing import Protocol
import capnweb_runtime as rpc
from pydantic import BaseModel

class User(BaseModel):
    name: str

class Users(Protocol):
    @rpc.idempotent
    async def get(self, user_id: int) -> User: ...
    async def add(self, name: str) -> int: ...

class Authed(Protocol):
    @property
    def users(self) -> Users: ...
    async def all_users(self) -> Users: ...

class Api(Protocol):
    async def log_in(self, token: str) -> Authed: ...
"""


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, ...]]:
    folder = tmp_path_factory.mktemp("marked")
    (folder / "marked_api.py").write_text(_SOURCE)
    with imported(folder, "marked_api", "marked_api_rpc") as modules:
        yield modules


def test_which_methods_are_idempotent(modules: tuple[Any, Any]) -> None:
    _, generated = modules
    users, authed = interface_of(generated.UsersStub), interface_of(generated.AuthedStub)
    assert users.is_idempotent(("get",))
    assert not users.is_idempotent(("add",))
    assert not users.is_idempotent(("get", "name"))
    assert not users.is_idempotent(("nothing",))
    assert not users.is_idempotent(())
    assert authed.is_idempotent(("users", "get"))
    assert not authed.is_idempotent(("users", "add"))
    assert not authed.is_idempotent(("all_users", "get"))
    assert not authed.is_idempotent(("users",))
    assert not authed.is_idempotent((0, "get"))


def test_marked_calls_are_sent_again(modules: tuple[Any, Any]) -> None:
    again(*modules)


@in_virtual_time
async def again(api: Any, generated: Any) -> None:
    sessions: list[rpc.Session[Any]] = []
    calls: list[str] = []

    class Users:
        async def get(self, user_id: int) -> Any:
            calls.append(f"get {len(sessions)}")
            if len(sessions) == 1:
                await asyncio.get_running_loop().create_future()
            return api.User(name=f"user {user_id}")

        async def add(self, name: str) -> int:
            calls.append(f"add {name} {len(sessions)}")
            await asyncio.get_running_loop().create_future()
            return 1

    class Authed(generated.AuthedTarget):  # type: ignore[misc]
        @property
        def users(self) -> Users:
            return Users()

        def all_users(self) -> Users:
            return Users()

    class Api(generated.ApiTarget):  # type: ignore[misc]
        def log_in(self, token: str) -> Authed:
            assert token == "secret"
            return Authed()

    async def opened() -> rpc.Transport:
        near, far = rpc.memory_pair()
        sessions.append(rpc.accept(far, Api()))
        return near

    async with rpc.connect(
        generated.ApiStub,
        opened,
        reconnect=STEADY,
        on_connect=lambda api: api.log_in("secret"),
    ) as authed:
        assert type(authed) is generated.AuthedStub
        user = asyncio.ensure_future(authed.users.get(1))
        name = asyncio.ensure_future(authed.users.get(2).name)
        added = asyncio.ensure_future(authed.users.add("x"))
        elsewhere = asyncio.ensure_future(
            authed.all_users().get(3)
        )  # not known before the answer is there
        await quiet()
        await sessions[0].aclose()
        assert await user == api.User(name="user 1")
        assert await name == "user 2"
        for call in (added, elsewhere):
            with pytest.raises(rpc.InterruptedCallError):
                await call
    assert calls == ["get 1", "get 1", "add x 1", "get 1", "get 2", "get 2"]
