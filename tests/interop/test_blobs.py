"""Blobs in both directions and in both roles (BLOB-*)."""

from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us
from tests.interop.streaming import ROLES, both
from tests.loops import own_loop

BLOBS = [rpc.Blob(b""), rpc.Blob(b"abc", "text/plain"), rpc.Blob(bytes(range(256)) * 2000, "a/b")]


@ROLES
@own_loop
async def test_blobs_there_and_back(role: str) -> None:
    """BLOB-01, BLOB-02, BLOB-03: whole, with their types, several at once and inside structures."""
    async with both(role) as ends:
        await ends.eval("""(api) => api.put("echo", (value) => value)""")
        with ends.link.world.shelf.pop("echo") as echo:
            for blob in BLOBS:
                assert await echo(blob) == blob
            value: Any = {"deep": [BLOBS, {"one": BLOBS[1]}], "n": 1}
            assert await echo(value) == value
        assert await ends.eval("""async (api) => {
            const blobs = [new Blob([]), new Blob(["abc"], {type: "text/plain"}),
                           new Blob([new Uint8Array(300000).fill(7)], {type: "a/b"})];
            const got = await api.echo({deep: [blobs], one: blobs[1]});
            const shown = [];
            for (const blob of [...got.deep[0], got.one]) {
                const bytes = new Uint8Array(await blob.arrayBuffer());
                const start = await blob.slice(0, 3).text();
                shown.push([blob.size, blob.type, bytes.every((b) => b === 7), start]);
            }
            return shown;
        }""") == [
            [0, "", True, ""],
            [3, "text/plain", False, "abc"],
            [300000, "a/b", True, "\7\7\7"],
            [3, "text/plain", False, "abc"],
        ]


@own_loop
async def test_a_blob_that_is_too_large() -> None:
    """BLOB-05, Limits.blob_size: fails its call, and nothing else."""
    async with node_calls_us(limits=rpc.Limits(blob_size=10)) as link:
        assert await link.node.eval("""async (api) => {
            const got = [];
            for (const size of [10, 11]) {
                const sent = api.echo(new Blob([new Uint8Array(size)]));
                got.push(await sent.then((blob) => blob.size, (error) => error.message));
            }
            return [...got, await api.square(3)];
        }""") == [10, "a blob is larger than 10 bytes (Limits.blob_size)", 9]


@own_loop
async def test_blobs_are_values() -> None:
    """BLOB-06: a local one is passed as it is."""
    blob = BLOBS[1]
    with rpc.stub_of(lambda value: value) as echo:
        assert await echo(blob) == blob
    with pytest.raises(AttributeError):
        blob.data = b""  # type: ignore[misc]
