"""A virtual file system: the interface.

Paths are absolute and have forward slashes. What is open is a handle, a capability of its own: who
has it may read or write that file and nothing else, and giving it up closes the file.
"""

from __future__ import annotations

from collections.abc import AsyncIterable, AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from pathlib import PurePosixPath
from typing import Annotated, Literal, NamedTuple, Protocol, TypeAlias

from annotated_types import Ge
from typing_extensions import Self

Size: TypeAlias = Annotated[int, Ge(0)]
Mode = Literal["r", "w", "a", "r+", "x"]


class Whence(Enum):
    START = 0
    HERE = 1
    END = 2


class Kind(Enum):
    FILE = "file"
    FOLDER = "folder"
    LINK = "link"


class Stat(NamedTuple):
    """What is known of a file without opening it."""

    kind: Kind
    size: int
    modified: datetime
    mode: int = 0o644
    target: PurePosixPath | None = None


@dataclass(frozen=True)
class Node:
    """A file or folder with all that is in it."""

    name: str
    stat: Stat
    children: tuple[Node, ...] = ()

    def names(self) -> list[str]:
        """Of all files in it."""
        inside = [f"{self.name}/{each}" for child in self.children for each in child.names()]
        return inside or [self.name]


@dataclass(frozen=True)
class Usage:
    files: int
    folders: int
    bytes: int


@dataclass(frozen=True)
class Change:
    path: PurePosixPath
    what: Literal["created", "changed", "deleted", "moved"]
    to: PurePosixPath | None = None


class Handle(Protocol):
    """An open file. Giving it up closes it."""

    @property
    def path(self) -> PurePosixPath: ...
    @property
    def mode(self) -> Mode: ...
    @property
    def position(self) -> Size: ...
    async def read(self, size: Size | None = None) -> bytes:
        """Read on.

        Args:
            size: how much at most; all that is left if None.

        Returns:
            Nothing at the end of the file.
        """
        ...

    async def write(self, data: bytes) -> Size: ...
    async def seek(self, offset: int, whence: Whence = Whence.START) -> Size: ...
    async def truncate(self, size: Size | None = None) -> Self: ...
    async def stat(self) -> Stat: ...
    def lines(self, *, keep_ends: bool = False) -> AsyncIterator[bytes]: ...
    async def append_from(self, chunks: AsyncIterable[bytes]) -> Size: ...
    async def lock(self, patience: timedelta = timedelta(seconds=1)) -> Lock: ...


class Lock(Protocol):
    """Keeps others from locking the same file, for as long as it is held."""

    @property
    def held(self) -> bool: ...
    async def release(self) -> None: ...


class Watch(Protocol):
    @property
    def seen(self) -> int: ...
    async def stop(self) -> None: ...


class ReadOnly(Protocol):
    """A folder, with all that can be done without changing anything."""

    @property
    def root(self) -> PurePosixPath: ...
    async def exists(self, path: PurePosixPath) -> bool: ...
    async def stat(self, path: PurePosixPath, *, follow: bool = True) -> Stat: ...
    async def stats(self, *paths: PurePosixPath) -> Mapping[str, Stat]: ...
    async def read_bytes(self, path: PurePosixPath) -> bytes: ...
    async def read_text(self, path: PurePosixPath, encoding: str = "utf-8") -> str: ...
    def read_chunks(
        self, path: PurePosixPath, chunk: Annotated[int, Ge(1)] = 4, *, start: Size = 0
    ) -> AsyncIterator[bytes]: ...
    async def hash(self, path: PurePosixPath, name: Literal["sha256", "md5"] = "sha256") -> str: ...
    async def listing(self, path: PurePosixPath | None = None) -> Sequence[str]: ...
    def walk(
        self, path: PurePosixPath | None = None, *, depth: Size | None = None
    ) -> AsyncIterator[tuple[PurePosixPath, Stat]]: ...
    async def tree(self, path: PurePosixPath | None = None) -> Node: ...
    async def glob(self, pattern: str) -> list[PurePosixPath]: ...
    async def usage(self, path: PurePosixPath | None = None) -> Usage: ...
    async def resolve(self, path: PurePosixPath) -> PurePosixPath: ...
    async def folder(self, path: PurePosixPath) -> ReadOnly:
        """A folder in this one, from which nothing outside of it can be reached."""
        ...

    async def newer_than(self, age: timedelta, path: PurePosixPath | None = None) -> list[str]: ...


class Folder(ReadOnly, Protocol):
    """A folder that can be changed."""

    async def open(self, path: PurePosixPath, mode: Mode = "r") -> Handle:
        """Open a file.

        Args:
            path: of the file.
            mode: `w` empties it, `x` makes a new one, `a` writes at the end.

        Raises:
            FileNotFoundError: to read or change what is not there.
            FileExistsError: for `x`, if it is there.
            IsADirectoryError: if it is a folder.
        """
        ...

    async def write_bytes(self, path: PurePosixPath, data: bytes) -> Size: ...
    async def write_text(self, path: PurePosixPath, text: str, encoding: str = "utf-8") -> Size: ...
    async def write_chunks(self, path: PurePosixPath, chunks: AsyncIterable[bytes]) -> Size: ...
    async def touch(self, path: PurePosixPath, at: datetime | None = None) -> Stat: ...
    async def mkdir(
        self, path: PurePosixPath, *, parents: bool = False, exist_ok: bool = False
    ) -> Folder: ...
    async def remove(self, path: PurePosixPath, *, recursive: bool = False) -> int: ...
    async def move(self, path: PurePosixPath, to: PurePosixPath) -> None: ...
    async def copy(self, path: PurePosixPath, to: PurePosixPath) -> Size: ...
    async def link(self, path: PurePosixPath, target: PurePosixPath) -> None: ...
    async def chmod(self, path: PurePosixPath, mode: Annotated[int, Ge(0)]) -> Stat: ...
    async def plant(self, tree: Node, at: PurePosixPath | None = None) -> int:
        """Make the folders and empty files of a tree; returns how many there were not."""
        ...

    async def mount(self, path: PurePosixPath, other: ReadOnly) -> None:
        """Have another file system, perhaps of the caller's, at a path of this one."""
        ...

    async def watch(
        self, callback: Callable[[Change], None], pattern: str = "*"
    ) -> Watch: ...
    async def edit(
        self, path: PurePosixPath, change: Callable[[AsyncIterator[bytes]], AsyncIterator[bytes]]
    ) -> Size:
        """Replace a file by what `change` makes of its lines."""
        ...

    def read_only(self) -> ReadOnly: ...
