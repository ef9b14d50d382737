"""What is generated runs: the uses that the type checkers accept, and what comes of them."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.generator.generated import imported

_CASES = Path(__file__).parents[1] / "typing/cases"


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any, Any]]:
    folder = tmp_path_factory.mktemp("end_to_end")
    for name in ("api.py", "use_ok.py", "streams_ok.py"):
        shutil.copy(_CASES / name, folder)
    with imported(folder, "api", "api_rpc", "use_ok") as (api, api_rpc, use_ok):
        yield api, api_rpc, use_ok


def run(modules: tuple[Any, Any, Any], client: Callable[[Any], Awaitable[object]]) -> None:
    """Run a client against the implementation of `use_ok`, over two sessions joined in memory."""
    _, api_rpc, use_ok = modules

    async def both() -> None:
        near, far = rpc.memory_pair()
        rpc.accept(far, use_ok.MyApi())
        async with rpc.connect(api_rpc.ApiStub, near) as stub:
            await client(stub)

    asyncio.run(both())


@pytest.mark.parametrize(
    "use", ["pipelining", "containers", "capabilities", "arguments", "with_asyncio"]
)
def test_good_use_runs(modules: tuple[Any, Any, Any], use: str) -> None:
    run(modules, getattr(modules[2], use))


def test_functions_over_promises_run(modules: tuple[Any, Any, Any]) -> None:
    use_ok = modules[2]
    run(modules, lambda stub: use_ok.functions(stub, use_ok.MyApi()))


def test_values_are_of_the_users_types(modules: tuple[Any, Any, Any]) -> None:
    api, api_rpc, _ = modules

    async def client(stub: Any) -> None:
        user = await stub.get_user(3)
        assert type(user) is api.User
        assert user.address.city == "c"
        assert user.color is api.Color.RED
        page = await stub.page()
        assert type(page) is api.Page[api.User]
        assert await stub.paint(api.Color.BLUE) is api.Color.BLUE
        assert await stub.plot(api.Point(1.0), {"title": "M"}, api.Span(1, 2)) == api.Span(1, 2)
        assert await stub.plot(api.Point(1.0), {"title": "M"}, api.Span(1, 2)).end == 2
        assert await stub.many() == (1, 2, 3)
        assert await stub.channel_or_note() == "none today"
        assert [type(each) for each in await stub.channels()] == [api_rpc.ChannelStub] * 2
        assert await stub.source().latest == "now"
        assert await stub.user_repo().get(4).name == "u4"

    run(modules, client)


def test_a_model_with_capabilities_arrives_with_stubs(modules: tuple[Any, Any, Any]) -> None:
    api, api_rpc, use_ok = modules

    async def client(stub: Any) -> None:
        room = await stub.room(7)
        assert type(room) is api_rpc.RoomResult
        assert (room.id, room.on_close, room.neighbour) == (7, None, None)
        await room.channel.send("hello")
        assert await room.channel.list() == ["hello"]
        closed: list[str] = []
        inner = api.Room(1, use_ok.MyChannel())
        await stub.enter(
            api.Room(2, use_ok.MyChannel(), lambda: closed.append("closed"), neighbour=inner)
        )
        assert closed == ["closed"]
        assert (await stub.lobby()).rooms == []

    run(modules, client)


def test_defaults_are_the_servers(modules: tuple[Any, Any, Any]) -> None:
    async def client(stub: Any) -> None:
        assert len(await stub.search("q")) == 10
        assert len(await stub.search("q", "tag", limit=2)) == 2
        await stub.join(stub.channels()[0])

    run(modules, client)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda stub: stub.get_user("3"), r"Api\.get_user\(user_id\)"),
        (lambda stub: stub.get_users([1, "2"]), r"Api\.get_users\(user_ids\)\[1\]"),
        (lambda stub: stub.search("q", limit="3"), r"Api\.search\(limit\)"),
        (lambda stub: stub.rename(1, 101), r"Api\.rename\(share\)"),
        (lambda stub: stub.enter({"id": 1}), "a dict is no Room"),
    ],
)
def test_arguments_are_validated(
    modules: tuple[Any, Any, Any], call: Callable[[Any], Any], message: str
) -> None:
    async def client(stub: Any) -> None:
        with pytest.raises(TypeError, match=message):
            await call(stub)

    run(modules, client)


def test_an_exported_object_works_as_a_remote_one(modules: tuple[Any, Any, Any]) -> None:
    _, api_rpc, use_ok = modules

    async def client() -> None:
        stub = api_rpc.export_authed_api(use_ok.MyAuthed(7))
        assert type(stub) is api_rpc.AuthedApiStub
        assert await stub.get_user_id() == 7
        assert await stub.get_friend_ids()[1] == 3

    asyncio.run(client())


def test_a_client_does_not_import_the_server(tmp_path: Path) -> None:
    shutil.copy(_CASES / "api.py", tmp_path / "late.py")
    with imported(tmp_path, "late", "late_rpc") as (_, late_rpc):
        assert "late_rpc.client" not in sys.modules
        assert late_rpc.ApiStub is sys.modules["late_rpc.client"].ApiStub
        assert "late_rpc.server" not in sys.modules
        assert late_rpc.ApiTarget is sys.modules["late_rpc.server"].ApiTarget
        assert "ApiTarget" in vars(late_rpc), "it is looked up once"
        with pytest.raises(AttributeError, match="module 'late_rpc' has no attribute 'ApiStubb'"):
            _ = late_rpc.ApiStubb
