"""Generated fakes run: the uses that the type checkers accept, and what a test forgot to say."""

import asyncio
import shutil
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime import testing
from tests.generator.generated import imported

_CASES = Path(__file__).parents[1] / "typing/cases"


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, ...]]:
    folder = tmp_path_factory.mktemp("fakes")
    for name in ("api.py", "fakes_ok.py"):
        shutil.copy(_CASES / name, folder)
    with imported(folder, "api", "api_rpc", "api_rpc.fake", "fakes_ok") as modules:
        yield modules


def run(modules: Any, test: Callable[[Any, Any], Awaitable[object]]) -> Any:
    """Run a test with a fake of `Api` and a stub of it; gives the fake."""
    _, api_rpc, fakes, _ = modules
    fake = fakes.FakeApi()

    async def main() -> None:
        async with testing.session(api_rpc.ApiStub, fake) as api:
            await test(fake, api)

    testing.virtual_time.run(main())
    return fake


@pytest.mark.parametrize(
    "use",
    ["answers", "parameters", "properties", "capabilities", "generics", "callbacks", "streams"],
)
def test_good_use_runs(modules: Any, use: str) -> None:
    run(modules, getattr(modules[3], use))


def test_fakes_with_overloads_run(tmp_path: Path) -> None:
    for name in ("kinds.py", "fakes_overloads_ok.py"):
        shutil.copy(_CASES / name, tmp_path)
    with imported(tmp_path, "kinds", "fakes_overloads_ok") as (_, use):
        testing.virtual_time.run(use.overloads())


def test_what_was_not_said_fails_at_the_caller(modules: Any) -> None:
    fakes = modules[2]

    async def test(fake: Any, api: Any) -> None:
        with pytest.raises(NotImplementedError) as caught:
            await api.get_user(1)
        assert isinstance(caught.value, rpc.RemoteError)
        assert caught.value.message == (
            "the fake of ApiTarget.get_user was called, but not told what to answer: use "
            "fake.get_user.returns(...), .does(...) or .raises(...)"
        )
        with pytest.raises(NotImplementedError, match=r"FakeApi\.motd was .* fake\.motd = \.\.\."):
            await api.motd
        fake.media.returns(fakes.FakeMedia())
        with (
            api.media() as media,
            pytest.raises(NotImplementedError, match=r"use fake\.tail\.yields\(\.\.\.\), "),
        ):
            async for _ in media.tail():
                pass
        fake.get_user.returns_each([])
        with pytest.raises(NotImplementedError, match="all that returns_each was told"):
            await api.get_user(2)

    fake = run(modules, test)
    assert fake.get_user.calls == [fake.get_user.call(1), fake.get_user.call(2)]


def test_answers_and_arguments_are_validated(modules: Any) -> None:
    async def test(fake: Any, api: Any) -> None:
        fake.get_user.returns("Ada")
        with pytest.raises(rpc.ArgumentError, match=r"Api\.get_user\(\) result"):
            await api.get_user(1)
        with pytest.raises(TypeError, match=r"Api\.get_user\(user_id\)"):
            await api.get_user("1")
        fake.authenticate.returns(object())
        with pytest.raises(rpc.RemoteError, match="a object is no AuthedApi: it lacks"):
            await api.authenticate("token")

    assert len(run(modules, test).get_user.calls) == 1


_SKIPPING = """
from typing import Protocol


class Api(Protocol):
    async def shown(self, a: int = 1, b: str = "b") -> str: ...
"""


def test_skipped_arguments(tmp_path: Path) -> None:
    (tmp_path / "skipping.py").write_text(_SKIPPING)
    with imported(tmp_path, "skipping", "skipping_rpc.fake", "skipping_rpc") as (_, fakes, package):

        async def main() -> None:
            fake = fakes.FakeApi()
            async with testing.session(package.ApiStub, fake) as api:
                fake.shown.does(lambda a=5, b="?": f"{a}{b}")
                assert await api.shown() == "5?"
                assert await api.shown(b="c") == "5c"
                fake.shown.does(lambda *given: repr(given))
                assert await api.shown() == "()"
                assert await api.shown(b="c") == "(UNSET, 'c')"
            assert fake.shown.calls[:2] == [fake.shown.call(), fake.shown.call(rpc.UNSET, "c")]

        testing.virtual_time.run(main())


def test_a_fake_is_served_by_its_interface_wherever_it_is_passed(modules: Any) -> None:
    _, api_rpc, fakes, _ = modules

    async def main() -> None:
        fake = fakes.FakeApi()
        fake.motd = "hello"
        async with testing.session(fake) as untyped:
            assert await untyped.motd == "hello"
        stub = api_rpc.export_api(fake)
        assert await stub.motd == "hello"
        async with testing.session(api_rpc.ApiStub, stub) as api:
            assert await api.motd == "hello"

    asyncio.run(main())


def test_what_shows_of_a_fake(modules: Any) -> None:
    fake = modules[2].FakeApi()
    assert repr(fake.get_user) == "<fake ApiTarget.get_user>"
    fake.search.returns([])
    fake.search("q", "a", limit=3)
    assert repr(fake.search.calls) == "[call('q', 'a', limit=3)]"


def test_production_does_not_pay(tmp_path: Path) -> None:
    shutil.copy(_CASES / "api.py", tmp_path / "production.py")
    with imported(tmp_path, "production", "production_rpc") as (_, package):
        assert package.ApiTarget
        assert package.ApiStub
        assert "production_rpc.fake" not in sys.modules
