"""npm `capnweb` reads the contract of our server, and has none of its own to offer."""

import json
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.contracts.packages import Versions
from tests.contracts.packages import versions as _versions  # noqa: F401 (a fixture)
from tests.contracts.test_comparing import digest_of, server
from tests.interop.node import NodePeer
from tests.loops import own_loop


@own_loop
async def test_node_reads_it(versions: Versions) -> None:
    def make() -> Any:
        return server(versions.old)

    async with (
        rpc.serve(make, "localhost", 0, offer_contract=True) as running,
        NodePeer.connect(f"ws://localhost:{running.port}") as node,
    ):
        text = await node.eval("api => api.$contract")
        assert "old_api:Api" in json.loads(text)["interfaces"]
        assert await node.eval("api => api.$digest") == digest_of(versions.old)
        assert await node.eval("api => api.add(1, 2)") == 3


@own_loop
async def test_node_offers_none(versions: Versions) -> None:
    async with NodePeer.serve() as node:
        with pytest.raises(rpc.ContractMismatchError, match="offers no contract"):
            await rpc.connect(versions.old.ApiStub, node.url, contract="require")
