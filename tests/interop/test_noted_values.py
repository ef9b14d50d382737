"""All that tests/vectors notes of containers of bytes, errors and Fetch, to Node and back."""

from array import array
from typing import Any

import capnweb_runtime as rpc
from tests.interop.helpers import FORM, node_calls_us, we_call_node
from tests.interop.python_api import Post
from tests.loops import own_loop
from tests.notation import load, text
from tests.wire.kinds import same, value

FILES = ("containers", "errors", "fetch")

ROWS: list[Any] = [row for name in FILES for row in load(name)]

#: Rows that have a value, as which their wire is received.
VALUES = [(text(row["wire"]), value(row["value"]), row) for row in ROWS if "value" in row]


def has_body(given: Any) -> bool:
    """Whether the reference sends it with a stream, so that it comes back as something else."""
    return getattr(given, "body", None) is not None


@own_loop
async def test_from_us_to_node_and_back() -> None:
    """VAL-19 to VAL-22, VAL-31 to VAL-36, ERR-06 to ERR-08, ERR-21: every kind, in both places."""
    async with we_call_node(f"""
        same(wire, value) {{ return {FORM}(value) === {FORM}(env.deserialize(wire)); }}
        get(wire) {{ return env.deserialize(wire); }}
        echo(value) {{ return value; }}
    """) as link:
        wrong: list[str] = []
        for wire, given, row in VALUES:
            if not await link.api.same(wire, given):
                wrong.append(f"sent: {row['what']}")
            if has_body(given) or "reference" in row:
                continue
            for how, promise in (("echo", link.api.echo([given])), ("get", link.api.get(wire))):
                arrived = await promise
                arrived = arrived[0] if how == "echo" else arrived
                if not same(without_stack(arrived), without_stack(given)):
                    wrong.append(f"{how}: {row['what']}: {arrived!r}")
        assert wrong == [], "\n".join(wrong)


def without_stack(given: Any) -> Any:
    """A stack is not sent on."""
    if isinstance(given, rpc.RemoteError):
        given.stack = None
    return given


@own_loop
async def test_from_node_to_us_and_back() -> None:
    """VAL-19 to VAL-22, VAL-31 to VAL-36, ERR-06 to ERR-08, ERR-21: the other way round."""
    rows = [row for row in VALUES if not has_body(row[1]) and "reference" not in row[2]]
    post = Post([given for _, given, _ in rows])
    async with node_calls_us(lambda _: post) as link:
        wrong = await link.node.eval(
            f"""async (api, env, wires) => {{
                const form = {FORM};
                const wrong = [];
                for (const [index, wire] of wires.entries()) {{
                    const make = () => env.deserialize(wire);
                    const wanted = form(make());
                    const check = (how, got) =>
                        form(got) === wanted || wrong.push(`${{how}} ${{wire}}: ${{form(got)}}`);
                    try {{
                        await api.put(make());
                        check("get", await api.get(index));
                        check("echo", await api.echo(make()));
                        check("nested", (await api.echo({{a: [make()]}})).a[0]);
                    }} catch (error) {{ wrong.push(`${{wire}}: ${{error}}`); }}
                }}
                return wrong;
            }}""",
            [wire for wire, _, _ in rows],
        )
        # Text as a body is a stream on its way, and so it stays one.
        assert wrong == [], "\n".join(wrong)
        for got, (_, given, row) in zip(post.received, rows, strict=True):
            assert same(without_stack(got), without_stack(given)), row["what"]


@own_loop
async def test_other_containers_in_node() -> None:
    """VAL-19, VAL-20, VAL-22: what is no container of JavaScript's here arrives as one there."""
    async with we_call_node("""
        kind(value) { return `${value.constructor.name} ${[...value]}`; }
    """) as link:
        for given, wanted in (
            (bytearray(b"\x01\x02"), "Buffer 1,2"),
            (array("B", [1, 2]), "Buffer 1,2"),
            (memoryview(b"0123456789")[1:7:2], "Buffer 49,51,53"),
            (memoryview(array("h", range(8)))[2:4], "Int16Array 2,3"),
            (memoryview(array("d", [0.5])), "Float64Array 0.5"),
            (array("Q", [2**64 - 1]), "BigUint64Array 18446744073709551615"),
        ):
            assert await link.api.kind(given) == wanted
