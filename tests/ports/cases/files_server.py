"""A file system in memory."""

from __future__ import annotations

import asyncio
import fnmatch
import hashlib
from collections.abc import AsyncIterable, AsyncIterator, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import PurePosixPath
from typing import Literal

import capnweb_runtime as rpc
from files import Change, Kind, Mode, Node, Stat, Usage, Whence
from files_rpc import (
    FolderTarget,
    HandleTarget,
    LockTarget,
    ReadOnlyStub,
    ReadOnlyTarget,
    WatchTarget,
)

ROOT = PurePosixPath("/")
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@dataclass(eq=False)
class File:
    content: bytearray = field(default_factory=bytearray)
    modified: datetime = NOW
    mode: int = 0o644
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)

    def stat(self) -> Stat:
        return Stat(Kind.FILE, len(self.content), self.modified, self.mode)


@dataclass(eq=False)
class Directory:
    entries: dict[str, Entry] = field(default_factory=lambda: {})
    modified: datetime = NOW
    mode: int = 0o755

    def stat(self) -> Stat:
        return Stat(Kind.FOLDER, len(self.entries), self.modified, self.mode)


@dataclass(eq=False)
class Link:
    target: PurePosixPath
    modified: datetime = NOW
    mode: int = 0o777

    def stat(self) -> Stat:
        return Stat(Kind.LINK, 0, self.modified, self.mode, self.target)


@dataclass(eq=False)
class Mounted:
    """Somebody else's."""

    other: ReadOnlyStub
    modified: datetime = NOW
    mode: int = 0o555

    def stat(self) -> Stat:
        return Stat(Kind.FOLDER, 0, self.modified, self.mode)


Entry = File | Directory | Link | Mounted


@dataclass(eq=False)
class Disk:
    top: Directory = field(default_factory=Directory)
    watches: list[OneWatch] = field(default_factory=lambda: [])

    async def happened(self, change: Change) -> None:
        for watch in tuple(self.watches):
            await watch.tell(change)


class OneWatch(WatchTarget):
    def __init__(
        self, disk: Disk, pattern: str, callback: rpc.Callback[[rpc.Arg[Change]], rpc.Promise[None]]
    ) -> None:
        self._disk, self._pattern, self._callback = disk, pattern, callback.dup()
        self._seen = 0
        disk.watches.append(self)

    async def tell(self, change: Change) -> None:
        if fnmatch.fnmatchcase(str(change.path), self._pattern):
            self._seen += 1
            await self._callback(change)

    @property
    def seen(self) -> int:
        return self._seen

    def stop(self) -> None:
        if self in self._disk.watches:
            self._disk.watches.remove(self)
            self._callback.dispose()

    def __exit__(self, *exc: object) -> None:
        self.stop()


class OneLock(LockTarget):
    def __init__(self, lock: asyncio.Lock) -> None:
        self._lock: asyncio.Lock | None = lock

    @property
    def held(self) -> bool:
        return self._lock is not None

    def release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def __exit__(self, *exc: object) -> None:
        self.release()


class OneHandle(HandleTarget):
    def __init__(self, disk: Disk, path: PurePosixPath, file: File, mode: Mode) -> None:
        self._disk, self._path, self._file = disk, path, file
        self._mode: Mode = mode
        self._position = len(file.content) if mode == "a" else 0

    @property
    def path(self) -> PurePosixPath:
        return self._path

    @property
    def mode(self) -> Mode:
        return self._mode

    @property
    def position(self) -> int:
        return self._position

    def read(self, size: int | None = None) -> bytes:
        if self._mode in {"w", "a", "x"}:
            raise PermissionError(f"{self._path} is open for writing")
        end = None if size is None else self._position + size
        found = bytes(self._file.content[self._position : end])
        self._position += len(found)
        return found

    async def write(self, data: bytes) -> int:
        if self._mode == "r":
            raise PermissionError(f"{self._path} is open for reading")
        end = self._position + len(data)
        self._file.content[self._position : end] = data
        self._position = end
        await self._disk.happened(Change(self._path, "changed"))
        return len(data)

    def seek(self, offset: int, whence: Whence = Whence.START) -> int:
        starts = {
            Whence.START: 0,
            Whence.HERE: self._position,
            Whence.END: len(self._file.content),
        }
        self._position = max(0, starts[whence] + offset)
        return self._position

    def truncate(self, size: int | None = None) -> OneHandle:
        del self._file.content[self._position if size is None else size :]
        return self

    def stat(self) -> Stat:
        return self._file.stat()

    async def lines(self, *, keep_ends: bool = False) -> AsyncIterator[bytes]:
        for line in self.read().splitlines(keepends=keep_ends):
            yield line

    async def append_from(self, chunks: AsyncIterable[bytes]) -> int:
        return sum([await self.write(chunk) async for chunk in chunks])

    async def lock(self, patience: timedelta = timedelta(seconds=1)) -> OneLock:
        if patience <= timedelta() and self._file.lock.locked():
            raise BlockingIOError(f"{self._path} is locked")
        await asyncio.wait_for(self._file.lock.acquire(), patience.total_seconds() or None)
        return OneLock(self._file.lock)


class OneReadOnly(ReadOnlyTarget):
    def __init__(self, disk: Disk, top: Directory) -> None:
        self._disk, self._top = disk, top

    # ---- finding

    def _find(self, path: PurePosixPath | None, *, follow: bool = True, hops: int = 0) -> Entry:
        entry: Entry = self._top
        for part in (path or ROOT).parts[1:]:
            if not isinstance(entry, Directory):
                raise NotADirectoryError(str(path))
            if part == "..":
                raise PermissionError(f"{path} leads out of this folder")
            if part not in entry.entries:
                raise FileNotFoundError(str(path))
            entry = entry.entries[part]
            if isinstance(entry, Link) and (follow or part != (path or ROOT).name):
                if hops > 8:
                    raise RecursionError(f"{path} is a link to itself")
                entry = self._find(entry.target, hops=hops + 1)
        return entry

    def _file(self, path: PurePosixPath) -> File:
        found = self._find(path)
        if not isinstance(found, File):
            raise IsADirectoryError(str(path))
        return found

    def _directory(self, path: PurePosixPath | None) -> Directory:
        found = self._find(path)
        if not isinstance(found, Directory):
            raise NotADirectoryError(str(path))
        return found

    def _below(
        self, path: PurePosixPath, directory: Directory, depth: int | None
    ) -> Iterator[tuple[PurePosixPath, Entry]]:
        for name, entry in sorted(directory.entries.items()):
            yield path / name, entry
            if isinstance(entry, Directory) and depth != 0:
                yield from self._below(path / name, entry, None if depth is None else depth - 1)

    # ---- what it is for

    @property
    def root(self) -> PurePosixPath:
        return ROOT

    def exists(self, path: PurePosixPath) -> bool:
        try:
            self._find(path)
        except OSError:
            return False
        return True

    def stat(self, path: PurePosixPath, *, follow: bool = True) -> Stat:
        return self._find(path, follow=follow).stat()

    def stats(self, *paths: PurePosixPath) -> dict[str, Stat]:
        return {str(path): self.stat(path) for path in paths}

    async def read_bytes(self, path: PurePosixPath) -> bytes:
        for parent in path.parents:
            if self.exists(parent) and isinstance(mounted := self._find(parent), Mounted):
                return await mounted.other.read_bytes(ROOT / path.relative_to(parent))
        return bytes(self._file(path).content)

    async def read_text(self, path: PurePosixPath, encoding: str = "utf-8") -> str:
        return (await self.read_bytes(path)).decode(encoding)

    async def read_chunks(
        self, path: PurePosixPath, chunk: int = 4, *, start: int = 0
    ) -> AsyncIterator[bytes]:
        content = await self.read_bytes(path)
        for begin in range(start, len(content), chunk):
            yield content[begin : begin + chunk]

    async def hash(self, path: PurePosixPath, name: Literal["sha256", "md5"] = "sha256") -> str:
        return hashlib.new(name, await self.read_bytes(path), usedforsecurity=False).hexdigest()

    def listing(self, path: PurePosixPath | None = None) -> list[str]:
        return sorted(self._directory(path).entries)

    async def walk(
        self, path: PurePosixPath | None = None, *, depth: int | None = None
    ) -> AsyncIterator[tuple[PurePosixPath, Stat]]:
        for found, entry in self._below(path or ROOT, self._directory(path), depth):
            yield found, entry.stat()

    def tree(self, path: PurePosixPath | None = None) -> Node:
        return self._node((path or ROOT).name, self._find(path))

    def _node(self, name: str, entry: Entry) -> Node:
        inside = sorted(entry.entries.items()) if isinstance(entry, Directory) else []
        return Node(name, entry.stat(), tuple(self._node(*item) for item in inside))

    def glob(self, pattern: str) -> list[PurePosixPath]:
        return [path for path, _ in self._below(ROOT, self._top, None) if path.match(pattern)]

    def usage(self, path: PurePosixPath | None = None) -> Usage:
        entries = [entry for _, entry in self._below(ROOT, self._directory(path), None)]
        files = [entry for entry in entries if isinstance(entry, File)]
        folders = sum(isinstance(entry, Directory) for entry in entries)
        return Usage(len(files), folders, sum(len(file.content) for file in files))

    def resolve(self, path: PurePosixPath) -> PurePosixPath:
        found = self._find(path, follow=False)
        return self.resolve(found.target) if isinstance(found, Link) else path

    def folder(self, path: PurePosixPath) -> OneReadOnly:
        return OneReadOnly(self._disk, self._directory(path))

    def newer_than(self, age: timedelta, path: PurePosixPath | None = None) -> list[str]:
        found = self._below(path or ROOT, self._directory(path), None)
        return [str(each) for each, entry in found if entry.modified > NOW - age]


class OneFolder(OneReadOnly, FolderTarget):
    async def _make(self, path: PurePosixPath, entry: Entry) -> None:
        self._directory(path.parent).entries[path.name] = entry
        await self._disk.happened(Change(path, "created"))

    async def _file_for(self, path: PurePosixPath, *, new: bool = False) -> File:
        if new and self.exists(path):
            raise FileExistsError(str(path))
        if not self.exists(path):
            await self._make(path, File())
        return self._file(path)

    async def open(self, path: PurePosixPath, mode: Mode = "r") -> OneHandle:
        if mode in {"r", "r+"}:
            return OneHandle(self._disk, path, self._file(path), mode)
        file = await self._file_for(path, new=mode == "x")
        if mode == "w":
            file.content.clear()
        return OneHandle(self._disk, path, file, mode)

    async def write_bytes(self, path: PurePosixPath, data: bytes) -> int:
        return await (await self.open(path, "w")).write(data)

    async def write_text(self, path: PurePosixPath, text: str, encoding: str = "utf-8") -> int:
        return await self.write_bytes(path, text.encode(encoding))

    async def write_chunks(self, path: PurePosixPath, chunks: AsyncIterable[bytes]) -> int:
        return await (await self.open(path, "w")).append_from(chunks)

    async def touch(self, path: PurePosixPath, at: datetime | None = None) -> Stat:
        file = await self._file_for(path)
        file.modified = at or NOW
        return file.stat()

    async def mkdir(
        self, path: PurePosixPath, *, parents: bool = False, exist_ok: bool = False
    ) -> OneFolder:
        if self.exists(path) and not exist_ok:
            raise FileExistsError(str(path))
        if parents and not self.exists(path.parent):
            await self.mkdir(path.parent, parents=True)
        if not self.exists(path):
            await self._make(path, Directory())
        return OneFolder(self._disk, self._directory(path))

    async def remove(self, path: PurePosixPath, *, recursive: bool = False) -> int:
        found = self._find(path, follow=False)
        inside = list(self._below(path, found, None)) if isinstance(found, Directory) else []
        if inside and not recursive:
            raise OSError(f"{path} is not empty")
        if isinstance(found, Mounted):
            found.other.dispose()
        del self._directory(path.parent).entries[path.name]
        await self._disk.happened(Change(path, "deleted"))
        return len(inside) + 1

    async def move(self, path: PurePosixPath, to: PurePosixPath) -> None:
        entries = self._directory(path.parent).entries
        found = self._find(path, follow=False)
        self._directory(to.parent).entries[to.name] = found
        del entries[path.name]
        await self._disk.happened(Change(path, "moved", to))

    async def copy(self, path: PurePosixPath, to: PurePosixPath) -> int:
        return await self.write_bytes(to, await self.read_bytes(path))

    async def link(self, path: PurePosixPath, target: PurePosixPath) -> None:
        await self._make(path, Link(target))

    def chmod(self, path: PurePosixPath, mode: int) -> Stat:
        found = self._find(path)
        found.mode = mode
        return found.stat()

    async def plant(self, tree: Node, at: PurePosixPath | None = None) -> int:
        path = (at or ROOT) / tree.name
        made = not self.exists(path)
        if made:
            await self._make(path, File() if tree.stat.kind is Kind.FILE else Directory())
        return made + sum([await self.plant(child, path) for child in tree.children])

    async def mount(self, path: PurePosixPath, other: ReadOnlyStub) -> None:
        await self._make(path, Mounted(other.dup()))

    def watch(
        self,
        callback: rpc.Callback[[rpc.Arg[Change]], rpc.Promise[None]],
        pattern: str = "*",
    ) -> OneWatch:
        return OneWatch(self._disk, pattern, callback)

    async def edit(
        self,
        path: PurePosixPath,
        change: rpc.Callback[
            [AsyncIterable[rpc.Arg[bytes]] | rpc.Promise[AsyncIterator[bytes]]],
            rpc.StreamPromise[bytes],
        ],
    ) -> int:
        handle = OneHandle(self._disk, path, self._file(path), "r")
        made = [line async for line in change(handle.lines())]
        return await self.write_bytes(path, b"".join(made))

    def read_only(self) -> OneReadOnly:
        return OneReadOnly(self._disk, self._top)


def make() -> OneFolder:
    disk = Disk()
    return OneFolder(disk, disk.top)
