"""Maps and streams through generated code: the uses that type checkers accept, and what fails."""

import asyncio
import gc
import shutil
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import quiet
from tests.generator.generated import imported

_CASES = Path(__file__).parents[1] / "typing/cases"
_NAMES = ("api", "api_rpc", "use_ok", "maps_ok", "streams_ok")


class Modules(NamedTuple):
    api: Any
    api_rpc: Any
    use_ok: Any
    maps_ok: Any
    streams_ok: Any


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    folder = tmp_path_factory.mktemp("maps_and_streams")
    for name in _NAMES:
        if name != "api_rpc":
            shutil.copy(_CASES / f"{name}.py", folder)
    with imported(folder, *_NAMES) as found:
        yield Modules(*found)


def run(
    modules: Modules, client: Callable[[Any], Awaitable[object]], target: object = None
) -> None:
    """Run a client against the implementation of `use_ok`; then nothing may be left."""

    async def both() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, target or modules.use_ok.MyApi())
        connection = rpc.connect(modules.api_rpc.ApiStub, near)
        async with connection as stub:
            await client(stub)
            await quiet()
            gc.collect()  # what failed is held by its traceback
            await quiet()
            assert (connection.session.stats(), server.stats()) == ((1, 1), (1, 1)), "a leak"

    asyncio.run(both())


@pytest.mark.parametrize(
    "use", ["over_lists", "structures", "nested", "over_optionals", "over_streams"]
)
def test_maps(modules: Modules, use: str) -> None:
    run(modules, getattr(modules.maps_ok, use))


@pytest.mark.parametrize("use", ["reading", "writing", "inside", "values"])
def test_streams(modules: Modules, use: str) -> None:
    run(modules, lambda stub: getattr(modules.streams_ok, use)(stub.media()))


def test_streams_of_a_local_object(modules: Modules) -> None:
    asyncio.run(modules.streams_ok.locally())


_VALUES = """
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import Protocol

from capnweb_runtime import BigInt, Blob, FarDate
from pydantic import BaseModel


class Picture(BaseModel):
    data: Blob
    more: list[Blob] = []


@dataclass
class Day:
    date: FarDate


class Api(Protocol):
    async def picture(self, picture: Picture) -> Picture: ...
    async def days(self, day: Day, dates: dict[str, FarDate]) -> list[FarDate]: ...
    def ticks(self, until: BigInt | None = None) -> AsyncIterator[Picture]: ...
"""


class Serving(rpc.Target):
    """Has nothing but media."""

    def __init__(self, make: Callable[[], object]) -> None:
        self._make = make

    def media(self) -> object:
        return self._make()


class Wrong:
    """Serves streams of what is not declared."""

    async def tail(self) -> AsyncIterator[object]:
        yield b"a"
        yield "b"

    async def follow(self) -> AsyncIterator[object]:
        yield {"kind": "moved", "user": {}}

    def count(self, end: int) -> object:
        return [end]

    async def opened(self) -> AsyncIterator[object]:
        yield object()

    async def maybe(self, _: int | None) -> object:
        return 5

    def __getattr__(self, name: str) -> object:
        return None


@pytest.mark.parametrize(
    ("read", "message"),
    [
        (lambda media: media.tail(), r"^Media\.tail\(\) result chunk: Input should be .* bytes"),
        (lambda media: media.follow(), r"^Media\.follow\(\) result chunk\.kind: Input should be"),
        (lambda media: media.count(1), "a list is no stream: an async generator is one"),
        (lambda media: media.opened(), "a object is no Channel: it lacks"),
        (lambda media: media.maybe(1).some, "a int is no stream"),
    ],
)
def test_chunks_are_validated(modules: Modules, read: Callable[[Any], Any], message: str) -> None:
    async def client(stub: Any) -> None:
        with pytest.raises((rpc.RpcError, TypeError), match=message):
            async for _ in read(stub.media()):
                pass

    run(modules, client, Serving(lambda: modules.api_rpc.export_media(Wrong())))


def test_arguments_that_are_streams_are_validated(modules: Modules) -> None:
    async def client(stub: Any) -> None:
        media = stub.media()
        for wrong in ([b"a"], b"abc", None):
            with pytest.raises(rpc.CallError, match=r"is no stream: an async generator is one"):
                media.upload(wrong)

        async def texts() -> AsyncIterator[str]:
            yield "a"

        message = r"Media\.upload\(data\) chunk: Input should be"
        with pytest.raises(TypeError, match=message):
            await media.upload(texts())
        message = r"Media\.through\(data\) chunk: Input should be"
        with pytest.raises(TypeError, match=message):
            async for _ in media.through(texts(), modules.streams_ok.loud):
                pass

    run(modules, client)


def test_a_peer_that_sends_no_stream_where_one_is_declared(modules: Modules) -> None:
    async def both() -> None:
        near, far = rpc.memory_pair()
        rpc.accept(far, modules.use_ok.MyApi())
        async with rpc.connect(near) as stub:
            with pytest.raises(TypeError, match=r"Media\.upload\(data\): .*expected a stream"):
                await stub.media().upload([b"a"])

    asyncio.run(both())


def test_a_stream_of_objects_is_sent_once_as_others_are(modules: Modules) -> None:
    async def mailboxes() -> AsyncIterator[object]:
        yield modules.streams_ok.Mailbox()

    async def client(stub: Any) -> None:
        media = stub.media()
        for channels, count in [(mailboxes(), 1), (await media.opened(), 2)]:
            greeted = media.greet(channels)
            with pytest.raises(rpc.CallError, match="a stream can be sent once"):
                media.greet(channels)
            assert await greeted == count

    run(modules, client)


def test_a_stream_that_is_left_early_closes_its_source(modules: Modules) -> None:
    closed: list[str] = []

    class Endless(modules.streams_ok.MyMedia):  # type: ignore[misc, name-defined]
        async def tail(self) -> AsyncIterator[bytes]:
            try:
                while True:
                    yield b"a"
            finally:
                closed.append("tail")

        async def opened(self) -> AsyncIterator[object]:
            try:
                while True:
                    yield modules.streams_ok.Mailbox()
            finally:
                closed.append("opened")

    async def client(stub: Any) -> None:
        async for _ in stub.media().tail():
            break
        await quiet()
        assert closed == ["tail"]
        async for channel in stub.media().opened():
            channel.dispose()
            break
        await quiet()
        assert closed == ["tail", "opened"]
        local = modules.api_rpc.export_media(Endless())
        async for _ in local.opened():
            break
        await quiet()
        assert closed == ["tail", "opened", "opened"]

    run(modules, client, Serving(Endless))


def test_what_the_function_of_a_map_must_not_do(modules: Modules) -> None:
    async def client(stub: Any) -> None:
        ids = stub.list_ids()
        with pytest.raises(TypeError, match="must return promises"):
            ids.map(lambda _: 5)
        with pytest.raises(TypeError, match="await it first"):
            ids.map(lambda i: stub.get_user(i) if i else stub.get_user(0))
        media = stub.media()
        with pytest.raises(rpc.EncodeError, match="cannot be passed by the function of a map"):
            ids.map(lambda _: media.upload(modules.streams_ok.counted(1)))
        assert await ids.map(stub.get_user)

    run(modules, client)


@pytest.mark.timeout(20)
def test_results_of_a_map_are_validated(modules: Modules) -> None:
    class Liar(modules.use_ok.MyApi):  # type: ignore[misc, name-defined]
        def get_user(self, user_id: int) -> object:
            return {"id": user_id, "name": 5}

    async def client(stub: Any) -> None:
        with pytest.raises(TypeError, match=r"\[0\]\.name: Input should be a valid string"):
            await stub.list_ids().map(stub.get_user)

    run(modules, client, Liar())


def test_values_that_are_classes_of_the_runtime(tmp_path: Path) -> None:
    (tmp_path / "values_api.py").write_text(_VALUES)
    with imported(tmp_path, "values_api", "values_api_rpc") as (api, api_rpc):

        class Target(api_rpc.ApiTarget):  # type: ignore[misc, name-defined]
            def picture(self, picture: object) -> object:
                assert type(picture) is api.Picture
                return picture

            def days(self, day: Any, dates: dict[str, object]) -> list[object]:
                return [day.date, *dates.values()]

            async def ticks(self, until: int | None = None) -> AsyncIterator[object]:
                assert until is None or type(until) is rpc.BigInt
                yield api.Picture(data=rpc.Blob(b"tick"))

        async def main() -> None:
            near, far = rpc.memory_pair()
            rpc.accept(far, Target())
            async with rpc.connect(api_rpc.ApiStub, near) as stub:
                picture = api.Picture(data=rpc.Blob(b"a", "image/png"), more=[rpc.Blob(b"b")])
                assert await stub.picture(picture) == picture
                assert await stub.picture(picture).more[0] == rpc.Blob(b"b")
                far_away = rpc.FarDate(8_640_000_000_000_000)
                day = api.Day(far_away)
                assert await stub.days(day, {"invalid": rpc.FarDate(None)}) == [
                    far_away,
                    rpc.FarDate(None),
                ]
                ticks = [tick.data.data async for tick in stub.ticks(rpc.BigInt(1))]
                assert ticks == [b"tick"]
                with pytest.raises(TypeError, match=r"Api\.picture\(picture\)\.data"):
                    await stub.picture({"data": b"a"})
                with pytest.raises(TypeError, match=r"Api\.ticks\(until\)"):
                    await stub.ticks(5)

        asyncio.run(main())
