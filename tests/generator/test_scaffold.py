"""First implementations: both checkers accept them, they run, and they are written once."""

import asyncio
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import capnweb_runtime as rpc
from capnweb_gen import generate, scaffold
from capnweb_gen.diagnostics import Report
from capnweb_gen.emit import render_scaffold
from capnweb_gen.loader import import_name, read
from capnweb_gen.plan import plan_scaffold
from tests.generator.cases_on_disk import READABLE, source_of_good
from tests.generator.generated import imported
from tests.typing.checkers import mypy, pyright

_API = '''
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from enum import Enum
from typing import Protocol


class Order(Enum):
    UP = "up"
    DOWN = "down"


class Room(Protocol):
    """A place to talk."""

    async def say(self, text: str, *, loud: bool = False) -> None:
        """Tell everybody."""


class Chat(Protocol):
    @property
    def motd(self) -> str: ...
    async def join(self, name: str = "anonymous") -> Room: ...
    async def rooms(self, order: Order = Order.UP, age: timedelta | None = None) -> list[Room]: ...
    async def search(self, limit: int = int("3"), /, *words: str) -> dict[str, Room | None]: ...
    def events(self) -> AsyncIterator[Room]: ...
    async def greeter(self) -> Callable[[str], Room]: ...
'''

_EXPECTED = '''"""Serves the interfaces of chat."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable

import capnweb_runtime as rpc

from chat import Order
from chat_rpc import ChatTarget, RoomTarget


class RoomServer(RoomTarget):
    """A place to talk."""

    async def say(self, text: str, *, loud: bool = False) -> None:
        """Tell everybody."""
        raise NotImplementedError


class ChatServer(ChatTarget):
    """Serves Chat."""

    @property
    def motd(self) -> str:
        raise NotImplementedError

    async def join(self, name: str = "anonymous") -> RoomServer:
        raise NotImplementedError

    async def rooms(self, order: Order = Order.UP) -> list[RoomServer]:
        raise NotImplementedError

    async def search(self, limit: int = rpc.UNSET, /, *words: str) -> dict[str, RoomServer | None]:
        raise NotImplementedError

    async def events(self) -> AsyncIterator[RoomServer]:
        raise NotImplementedError

    async def greeter(self) -> Callable[[str], Awaitable[RoomServer]]:
        raise NotImplementedError


async def main() -> None:
    async with rpc.serve(ChatServer, "localhost", 8080) as server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
'''


@pytest.fixture(name="chat")
def _chat(tmp_path: Path) -> Path:
    path = tmp_path / "chat.py"
    path.write_text(_API.replace(", age: timedelta | None = None", ""))
    return path


def test_what_is_written(chat: Path) -> None:
    written = scaffold(chat)
    assert written.diagnostics == ()
    assert written.path == chat.parent / "chat_server.py"
    assert written.path.read_text() == _EXPECTED


def test_it_is_never_overwritten(chat: Path) -> None:
    scaffold(chat)
    mine = chat.parent / "chat_server.py"
    mine.write_text("# mine\n")
    assert [found.code for found in scaffold(chat).diagnostics] == ["CW909"]
    assert mine.read_text() == "# mine\n"
    assert scaffold(chat, chat.parent / "other.py").path == chat.parent / "other.py"


def test_nothing_is_written_after_errors(chat: Path) -> None:
    chat.write_text(chat.read_text().replace("text: str", "text: set[str]"))
    assert [found.code for found in scaffold(chat).diagnostics] == ["CW201"]
    assert list(chat.parent.iterdir()) == [chat]


def test_it_runs(chat: Path) -> None:
    assert scaffold(chat).path
    with imported(chat.parent, "chat", "chat_rpc", "chat_server") as (_, generated, server):

        async def call() -> None:
            near, far = rpc.memory_pair()
            rpc.accept(far, server.ChatServer())
            async with rpc.connect(generated.ChatStub, near) as peer:
                with pytest.raises(NotImplementedError):
                    await peer.join()

        asyncio.run(call())


@pytest.fixture(scope="module", name="project")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All good cases, generated and implemented, in one folder."""
    folder = tmp_path_factory.mktemp("scaffolds")
    ignored = shutil.ignore_patterns("expected")
    for case in READABLE:
        shutil.copytree(case, folder, dirs_exist_ok=True, ignore=ignored)
    sources = [folder / source_of_good(case).relative_to(case) for case in READABLE]
    assert len(generate(sources).folders) == len(sources)
    # As `scaffold` does it, which reads one file in a process of its own.
    for source, contract in read(sources, Report()):
        package = source.path.with_name(f"{source.path.stem}_rpc")
        text = render_scaffold(plan_scaffold(contract, import_name(package, source)))
        source.path.with_name(f"{source.path.stem}_server.py").write_text(text, encoding="utf-8")
    return folder


@pytest.mark.timeout(300)
def test_mypy_accepts_it(project: Path) -> None:
    assert mypy(project) == ""


@pytest.mark.timeout(300)
def test_pyright_accepts_it(project: Path) -> None:
    assert pyright(project) == ""


def test_ruff_accepts_it(project: Path) -> None:
    scaffolds = sorted(str(path.relative_to(project)) for path in project.rglob("*_server.py"))
    assert len(scaffolds) == len(READABLE)
    # How wide lines are and how types are written (PYI) is the user's own affair.
    options = ["--isolated", "--line-length=100", "--ignore=PYI"]
    command = [sys.executable, "-m", "ruff", "check", *options, *scaffolds]
    done = subprocess.run(command, cwd=project, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
