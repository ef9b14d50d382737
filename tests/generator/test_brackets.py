"""Type parameters in brackets, through generated code: what they are filled with is validated."""

import asyncio
import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.generator.generated import imported

_CASE = Path(__file__).parent / "cases/good/brackets/brackets.py"


@pytest.mark.skipif(sys.version_info < (3, 12), reason="Python 3.11 cannot read them")
def test_they_are_filled(tmp_path: Path) -> None:
    shutil.copy(_CASE, tmp_path)
    with imported(tmp_path, "brackets", "brackets_rpc") as (api, api_rpc):
        asyncio.run(_both_sides(api, api_rpc))


async def _both_sides(api: Any, api_rpc: Any) -> None:
    class Cursor:
        def next(self) -> Any:
            return api.User(name="Ada")

        def page(self) -> Any:
            return api.Page(items=[{"name": 3}])  # which is no user

    class Server:
        def cursor(self) -> Any:
            return Cursor()

        async def sink(self, sink: Any) -> None:
            await sink.put(api.User(name="Bob"))
            assert await sink.each(lambda user: user.name) == ["Bob"]
            with pytest.raises(rpc.ArgumentError, match="item"):
                await sink.put(3)

        def page(self, page: Any) -> Any:
            return api.Both(page.items[0], api.Page(items=["x"]))

        def json(self, value: Any, pair: Any, number: int) -> Any:
            return (value, pair[0] + number)

        def first(self, items: list[Any]) -> Any:
            return items[0]

        def get(self, item: Any, number: int | str) -> Any:
            return item if isinstance(number, int) else [item]

        users = renamed = feed = cursor

    class Sink:
        def __init__(self) -> None:
            self.items: list[Any] = []

        def put(self, item: Any) -> None:
            assert type(item) is api.User
            self.items.append(item)

        async def each(self, change: Any) -> list[Any]:
            return [await change(item) for item in self.items]

    stub = api_rpc.export_brackets(Server())
    cursor = stub.cursor()
    assert await cursor.next() == api.User(name="Ada")
    assert await cursor.next().some.name == "Ada"
    with pytest.raises(rpc.ArgumentError, match="name: Input should be a valid string"):
        await cursor.page()
    await stub.sink(Sink())
    both = stub.page(api.Page[int](items=[7]))
    assert await both == api.Both(7, api.Page[str](items=["x"]))
    assert await both.second.items[0] == "x"
    assert await stub.json({"a": [1]}, (1, 2), 3) == ({"a": [1]}, 4)
    with pytest.raises(rpc.ArgumentError, match="greater than 0"):
        await stub.json(None, (1, 2), 0)
    assert await stub.first([1, 2]) == 1
    assert await stub.get("x", 1) == "x"
    assert await stub.get("x", "y") == ["x"]
    stub.dispose()
