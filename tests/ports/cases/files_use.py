"""What a client does with files."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import PurePosixPath as Path
from typing import assert_type

import capnweb_runtime as rpc
from files import Change, Kind, Node, Stat, Usage, Whence
from files_rpc import (
    FolderPromise,
    FolderStub,
    HandlePromise,
    HandleStub,
    NodePromise,
    StatPromise,
)
from files_server import NOW, OneFolder, make

STUB = FolderStub
TARGET = make


async def use(disk: FolderStub) -> None:
    assert assert_type(await disk.root, Path) == Path("/")
    with disk.mkdir(Path("/home/ada"), parents=True) as home:
        assert_type(home, FolderPromise)
        await handles(home)
        await streams(disk, home)
        await facts(disk)
        await trees(disk, home)
        await errors(disk)
        await capabilities(disk)
        await being_told(disk, home)
    assert await disk.remove(Path("/home"), recursive=True) > 5
    assert await disk.listing() == ["copy", "mounted"]
    await disk.remove(Path("/mounted"))


async def handles(home: FolderPromise) -> None:
    # Make a folder, open a file in it, write: one round trip, in order.
    with home.open(Path("/poem"), "x") as handle:
        assert_type(handle, HandlePromise)
        written = await asyncio.gather(handle.write(b"roses\n"), handle.write(b"violets\n"))
        assert list(written) == [6, 8]
        assert await handle.position == 14
        assert await handle.mode == "x"
        try:
            await handle.read()
        except PermissionError as error:
            assert str(error) == "/poem is open for writing"
        else:
            raise AssertionError("read from it")
    with home.open(Path("/poem"), "r+") as handle:
        assert await handle.read(5) == b"roses"
        assert await handle.seek(-8, Whence.END) == 6
        assert [line async for line in handle.lines(keep_ends=True)] == [b"violets\n"]
        await handle.seek(0)
        again = handle.truncate(9)
        assert_type(again, HandlePromise)
        assert_type(await again, HandleStub)
        assert await again.read() == b"roses\nvio"
        stat = handle.stat()
        assert_type(stat, StatPromise)
        assert assert_type(await stat, Stat).size == 9
        assert await stat.kind is Kind.FILE
        # One lock at a time.
        with home.open(Path("/poem")) as second, handle.lock() as lock:
            assert await lock.held
            try:
                await second.lock(timedelta(0))
            except rpc.RemoteError as error:
                assert error.name == "BlockingIOError"
            else:
                raise AssertionError("two locks")
            waiting = asyncio.ensure_future(second.lock(timedelta(hours=1)))
            await second.position
            assert not waiting.done()
            await lock.release()
            assert not await lock.held
            with await waiting as other:
                assert await other.held


async def streams(disk: FolderStub, home: FolderPromise) -> None:
    async def numbers() -> AsyncIterator[bytes]:
        for number in range(100):
            yield f"{number}\n".encode()

    assert await home.write_chunks(Path("/numbers"), numbers()) == 290
    there = Path("/home/ada/numbers")
    chunks = [chunk async for chunk in disk.read_chunks(there, 64, start=2)]
    assert [len(chunk) for chunk in chunks] == [64, 64, 64, 64, 32]
    # From one file into another without coming here.
    copied = disk.write_chunks(Path("/copy"), disk.read_chunks(there, 100))
    assert await copied == 290
    assert await disk.hash(Path("/copy")) == hashlib.sha256(b"".join([b"0\n", *chunks])).hexdigest()
    assert await disk.hash(Path("/copy"), "md5") == await disk.hash(there, "md5")
    with home.open(Path("/numbers"), "a") as end:
        assert await end.append_from(numbers()) == 290
    seen = 0
    async for _ in disk.read_chunks(there, 1):
        seen += 1
        if seen == 3:
            break  # the rest is never read

    async def backwards(lines: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
        async for line in lines:
            yield line[::-1]

    await disk.write_text(Path("/copy"), "ab\ncd", encoding="ascii")
    assert await disk.edit(Path("/copy"), backwards) == 4
    assert await disk.read_text(Path("/copy")) == "badc"


async def facts(disk: FolderStub) -> None:
    poem, copy = Path("/home/ada/poem"), Path("/copy")
    stats = disk.stats(poem, copy)
    assert_type(stats, rpc.DictPromise[Stat, StatPromise])
    assert {name: stat.size for name, stat in (await stats).items()} == {
        "/home/ada/poem": 9,
        "/copy": 4,
    }
    assert await stats["/copy"].size == 4
    assert (await disk.chmod(copy, 0o600)).mode == 0o600
    yesterday = NOW - timedelta(days=1)
    assert assert_type(await disk.touch(copy, yesterday), Stat).modified == yesterday
    assert await disk.newer_than(timedelta(hours=1)) == [
        "/home",
        "/home/ada",
        "/home/ada/numbers",
        "/home/ada/poem",
    ]
    found = disk.glob("*/ada/*")
    assert await found == [Path("/home/ada/numbers"), poem]
    sizes = found.map(lambda path: (path, disk.stat(path).size))
    assert await sizes == [(Path("/home/ada/numbers"), 580), (poem, 9)]
    assert await found.map(disk.read_bytes)[1] == b"roses\nvio"
    await disk.link(Path("/link"), poem)
    assert await disk.stat(Path("/link"), follow=False) == Stat(
        Kind.LINK, 0, NOW, 0o777, target=poem
    )
    assert await disk.stat(Path("/link")).kind is Kind.FILE
    assert await disk.read_bytes(disk.resolve(Path("/link"))) == b"roses\nvio"
    await disk.remove(Path("/link"))
    assert await disk.usage() == Usage(files=3, folders=2, bytes=593)


async def trees(disk: FolderStub, home: FolderPromise) -> None:
    tree = home.tree()
    assert_type(tree, NodePromise)
    assert (await tree).names() == ["/numbers", "/poem"]
    assert [child.stat.size for child in await tree.children] == [580, 9]
    garden = Node(
        "garden",
        Stat(Kind.FOLDER, 0, NOW),
        (
            Node("shed", Stat(Kind.FOLDER, 0, NOW), (Node("spade", Stat(Kind.FILE, 0, NOW)),)),
            Node("rose", Stat(Kind.FILE, 0, NOW)),
        ),
    )
    assert await home.plant(garden) == 4
    assert await home.plant(garden) == 0
    walked = [(str(path), stat.kind.value) async for path, stat in disk.walk(Path("/home/ada"))]
    assert walked == [
        ("/home/ada/garden", "folder"),
        ("/home/ada/garden/rose", "file"),
        ("/home/ada/garden/shed", "folder"),
        ("/home/ada/garden/shed/spade", "file"),
        ("/home/ada/numbers", "file"),
        ("/home/ada/poem", "file"),
    ]
    assert len([path async for path, _ in disk.walk(depth=1)]) == 3


async def errors(disk: FolderStub) -> None:
    async def name_of(promise: rpc.Promise[object]) -> str:
        try:
            await promise
        except rpc.RemoteError as error:
            return error.name
        raise AssertionError("no error")

    assert await name_of(disk.open(Path("/nothing"))) == "FileNotFoundError"
    assert await name_of(disk.open(Path("/nothing")).read()) == "FileNotFoundError"
    assert await name_of(disk.open(Path("/home"))) == "IsADirectoryError"
    assert await name_of(disk.open(Path("/copy"), "x")) == "FileExistsError"
    assert await name_of(disk.remove(Path("/home"))) == "OSError"
    assert await name_of(disk.mkdir(Path("/copy/below"))) == "NotADirectoryError"
    assert not await disk.exists(Path("/nothing"))
    try:
        await disk.chmod(Path("/copy"), -1)
    except TypeError as error:
        assert "Folder.chmod(mode)" in str(error)
    else:
        raise AssertionError("no such mode")


async def capabilities(disk: FolderStub) -> None:
    # Less than what one has, to hand on.
    with disk.read_only() as look, look.folder(Path("/home/ada")) as part:
        assert await part.listing() == ["garden", "numbers", "poem"]
        assert not hasattr(look, "remove")
        try:
            await part.stat(Path("/../../copy"))
        except PermissionError as error:
            assert "leads out" in str(error)
        else:
            raise AssertionError("out of the folder")
        await disk.mount(Path("/mounted"), part)
        assert await disk.read_text(Path("/mounted/poem")) == "roses\nvio"
        await disk.remove(Path("/mounted"))
    # A file system of this side's, at a path of theirs.
    mine = make()
    await mine.write_text(Path("/letter"), "Dear Bob")
    await disk.mount(Path("/mounted"), OneFolder.read_only(mine))
    assert await disk.read_text(Path("/mounted/letter")) == "Dear Bob"
    assert await disk.hash(Path("/mounted/letter")) == hashlib.sha256(b"Dear Bob").hexdigest()


async def being_told(disk: FolderStub, home: FolderPromise) -> None:
    changes: list[Change] = []
    with disk.watch(lambda change: changes.append(change), "/po*") as watch:
        await home.move(Path("/poem"), Path("/poetry"))
        await home.copy(Path("/poetry"), Path("/poetry.bak"))
        await home.remove(Path("/numbers"))
        assert await watch.seen == 3
        await watch.stop()
        await home.touch(Path("/poem"))
    assert changes == [
        Change(Path("/poem"), "moved", Path("/poetry")),
        Change(Path("/poetry.bak"), "created"),
        Change(Path("/poetry.bak"), "changed"),
    ]
