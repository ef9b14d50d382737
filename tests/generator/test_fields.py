"""Fields of models, through generated code: what was sent arrives."""

import asyncio
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.generator.generated import imported

_CASE = Path(__file__).parent / "cases/good/fields/fields.py"


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Any, Any]]:
    folder = tmp_path_factory.mktemp("fields")
    shutil.copy(_CASE, folder)
    with imported(folder, "fields", "fields_rpc") as (api, api_rpc):
        yield api, api_rpc


class _Same:
    """Gives back what it gets."""

    def kind(self, value: Any) -> Any:
        return value

    access = area = point = checked = partial = kind


def same(modules: tuple[Any, Any], method: str, value: object) -> Any:
    async def both() -> Any:
        near, far = rpc.memory_pair()
        rpc.accept(far, modules[1].export_fields(_Same()))
        async with rpc.connect(modules[1].FieldsStub, near) as stub:
            return await getattr(stub, method)(value)

    return asyncio.run(both())


def test_models_arrive_as_they_were(modules: tuple[Any, Any]) -> None:
    api = modules[0]
    for method, value in [
        ("kind", api.Kind.A),
        ("access", api.Access.READ | api.Access.WRITE),
        ("access", api.Access(0)),
        ("area", api.Area(user_name="x", width=2, h=3)),
        ("point", api.Point(x=2, factor=2)),
        ("checked", api.Checked(theA=1, b=2)),
        ("partial", {"id": 1, "size": 2}),
    ]:
        got = same(modules, method, value)
        assert got == value
        assert type(got) is type(value)


def test_pydantic_dataclasses_are_validated(modules: tuple[Any, Any]) -> None:
    with pytest.raises(rpc.RemoteError, match="greater than 0"):
        same(modules, "checked", {"theA": 1, "b": 0})
