"""Generated code and Node: types that need more than a name, in both directions."""

import pytest

import capnweb_runtime as rpc
from tests.generator.kinds import Modules
from tests.generator.kinds import modules as _modules  # noqa: F401 (a fixture)
from tests.interop.helpers import node_calls_us
from tests.interop.node import NodeError, NodePeer
from tests.loops import own_loop


@pytest.mark.parametrize(
    ("method", "value"),
    [
        ("same_decimal", "1.50"),
        ("same_uuid", "12345678-1234-5678-1234-56789abcdef0"),
        ("same_date", "2024-02-29"),
        ("same_time", "10:30:00.000250+02:00"),
        ("same_timedelta", 90.5),
        ("same_path", "a/b"),
        (
            "same_item",
            {"id": "12345678-1234-5678-1234-56789abcdef0", "price": "1.50", "paid": "2024-01-01"},
        ),
        ("same_slot", {"begin": "08:00:00", "length": 5400}),
        ("same_entry", {"path": "x/y", "size": "3"}),
        ("same_dates", ["2024-01-01", "2024-12-31"]),
    ],
)
def test_scalars_of_the_library(modules: Modules, method: str, value: object) -> None:
    """Node sends and gets the documented forms."""

    @own_loop
    async def test() -> None:
        async with node_calls_us(lambda _: modules.kinds_ok.MyLibrary()) as link:
            got = await link.node.eval(
                "async (api, env, method, value) => await api[method](value)", method, value
            )
            assert got == value

    test()


_SAME = """
    same_decimal(value) { env.log(JSON.stringify(value)); return value; }
    same_uuid(value) { env.log(JSON.stringify(value)); return value; }
    same_date(value) { env.log(JSON.stringify(value)); return value; }
    same_time(value) { env.log(JSON.stringify(value)); return value; }
    same_timedelta(value) { env.log(JSON.stringify(value)); return value; }
    same_path(value) { env.log(JSON.stringify(value)); return value; }
    same_pure_path(value) { return value; }
    inside(ids, pair) { return [ids.all, pair[0]]; }
    same_item(value) { return value; }
    same_slot(value) { return value; }
    same_entry(value) { return value; }
    same_dates(value) { return value; }
    get released() { return "2024-02-29"; }
"""


def test_good_use_of_an_object_of_nodes(modules: Modules) -> None:
    """The uses that the type checkers accept, of what Node offers in place of our server."""

    @own_loop
    async def test() -> None:
        async with NodePeer.serve() as node:
            await node.eval(
                "(api, env) => env.offer(() => new (class extends env.RpcTarget {" + _SAME + "})())"
            )
            async with rpc.connect(modules.kinds_rpc.LibraryStub, node.url) as stub:
                await modules.kinds_ok.library(stub)
                assert '"1.50"' in await node.log()
                assert '"2024-02-29"' in await node.log()

    test()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        ("api.age(0)", "Limits.age(age): Input should be greater than 0"),
        ("api.some([1, -1])", "Limits.some(numbers)[1]: Input should be greater than 0"),
        ("api.days('2023-12-31')", "Limits.days(since): Input should be greater than or equal to"),
    ],
)
def test_conditions_on_what_node_sends(modules: Modules, call: str, message: str) -> None:
    @own_loop
    async def test() -> None:
        async with node_calls_us(lambda _: modules.kinds_ok.MyLimits()) as link:
            with pytest.raises(NodeError) as caught:
                await link.node.eval(f"async api => await {call}")
            assert caught.value.message.startswith(message)

    test()
