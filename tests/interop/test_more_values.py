"""Typed arrays, errors with all there is to them, and Fetch values: to npm `capnweb` and back."""

import asyncio
import contextlib
from array import array
from collections.abc import AsyncIterator, Mapping
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.errors import OnSendError
from tests.interop.helpers import Link, interop, node_calls_us, we_call_node
from tests.interop.node import NodePeer
from tests.interop.python_api import PATIENCE_SECONDS, World
from tests.notation import load, text
from tests.wire.kinds import same, value

FILES = ("containers", "errors", "fetch")

ROWS: list[Any] = [row for name in FILES for row in load(name)]

#: Rows that have a value, as which their wire is received.
VALUES = [(text(row["wire"]), value(row["value"]), row) for row in ROWS if "value" in row]

#: The JavaScript function that tells all about a value, as JSON: what `inspect` leaves out, too.
FORM = """((value) => {
    const hex = ({buffer, byteOffset, byteLength}) =>
        Buffer.from(buffer, byteOffset, byteLength).toString("hex");
    const form = (v) => {
        if (v === undefined) return "undefined";
        if (v === null || typeof v !== "object") return typeof v === "bigint" ? `${v}n` : v;
        if (v instanceof Error) {
            const own = Object.keys(v).filter((key) => key !== "cause" && key !== "errors");
            return [v.constructor.name, v.message, own.map((key) => [key, form(v[key])]),
                    form(v.cause), form(v.errors)];
        }
        if (v instanceof ArrayBuffer) return ["ArrayBuffer", hex(new Uint8Array(v))];
        if (v instanceof Uint8Array) return ["Uint8Array", hex(v)];  // or Node's Buffer
        if (ArrayBuffer.isView(v)) return [v.constructor.name, hex(v)];
        if (v instanceof URL) return ["URL", v.href];
        if (v instanceof Headers) return ["Headers", [...v]];
        if (v instanceof Request)
            return ["Request", v.url, v.method, [...v.headers], v.cache, v.redirect, v.integrity,
                    v.mode, v.credentials, v.referrer, v.referrerPolicy, v.keepalive,
                    v.body !== null];
        if (v instanceof Response)
            return ["Response", v.status, v.statusText, [...v.headers], v.body !== null];
        if (Array.isArray(v)) return v.map(form);
        if (v instanceof Date) return ["Date", v.getTime()];
        return Object.entries(v).map(([key, item]) => [key, form(item)]);
    };
    return JSON.stringify(form(value));
})"""


class Post(rpc.Target):
    """Takes and gives values."""

    def __init__(self, values: list[Any] | None = None) -> None:
        self.received: list[Any] = []
        self._values = values or []

    def put(self, value: Any) -> None:
        self.received.append(value)

    def get(self, index: int) -> Any:
        return self._values[index]

    def echo(self, value: Any) -> Any:
        return value


def has_body(given: Any) -> bool:
    """Whether the reference sends it with a stream, so that it comes back as something else."""
    return getattr(given, "body", None) is not None


@interop
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


@interop
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


@interop
async def test_bodies_from_node() -> None:
    """VAL-34 to VAL-36: text and bytes of JavaScript arrive as streams, with their type."""
    seen: list[Any] = []

    class Reader(rpc.Target):
        async def read(self, message: Any) -> str:
            seen.append(message)
            assert isinstance(message.body, rpc.ReceivedStream)
            got: str = await message.text()
            return got

        def ignore(self, message: Any) -> bool:
            return message.body is not None

    async with node_calls_us(lambda _: Reader()) as link:
        assert await link.node.eval("""async (api) => {
            const bytes = (text) => new TextEncoder().encode(text);
            const stream = () => new ReadableStream({ start(controller) {
                for (const piece of ["a", "bc"]) controller.enqueue(bytes(piece));
                controller.close();
            }});
            const url = "http://example.com/a?b#c";
            const text = {method: "POST", body: "gr\u00fc\u00df", keepalive: true};
            const init = {status: 404, statusText: "nope", headers: {b: "1", A: "2"}};
            return [
                await api.read(new Request(url, text)),
                await api.read(new Request(url, {method: "PUT", body: stream(), duplex: "half"})),
                await api.read(new Response("hi", init)),
                await api.read(new Response(stream())),
                await api.read(Response.json({a: 1})),
                await api.ignore(new Response("unread")),
            ];
        }""") == ["gr\u00fc\u00df", "abc", "hi", "abc", '{"a":1}', True]
    first, second, third, _, fifth = seen
    assert first.url == "http://example.com/a?b#c"
    assert (first.method, first.keepalive) == ("POST", True)
    assert first.headers == rpc.Headers({"content-type": "text/plain;charset=UTF-8"})
    assert (second.method, second.headers) == ("PUT", rpc.Headers())
    assert (third.status, third.status_text) == (404, "nope")
    assert list(third.headers) == ["a", "b", "content-type"]
    assert fifth.headers["content-type"] == "application/json"


async def pieces() -> AsyncIterator[bytes]:
    yield b"a"
    yield b"bc"


@interop
async def test_bodies_to_node() -> None:
    """VAL-33 to VAL-36: JavaScript makes its own objects of ours, and reads what is in them."""
    async with we_call_node("""
        async read(message) {
            const {url, status} = message;
            const type = message.headers.get("content-type");
            return [message.constructor.name, url || status, await message.text(), type ?? ""];
        }
        answer() { return new Response("from Node", {status: 201}); }
    """) as link:
        url = "http://example.com/"
        kind = "text/plain;charset=UTF-8"
        for message, wanted in (
            (rpc.Request(url, method="POST", body="t"), ["Request", url, "t", kind]),
            (rpc.Request(url, method="POST", body=b"b", keepalive=True), ["Request", url, "b", ""]),
            (
                rpc.Request(url, method="POST", body=pieces(), keepalive=True),
                ["Request", url, "abc", ""],
            ),
            (rpc.Response("t", status=404), ["Response", 404, "t", kind]),
            (
                rpc.Response(pieces(), headers={"content-type": "a/b"}),
                ["Response", 200, "abc", "a/b"],
            ),
        ):
            assert await link.api.read(message) == wanted
        with link.api.answer() as promise:
            response = await promise
            assert (response.status, await response.read()) == (201, b"from Node")


class Failure(Exception):  # noqa: N818
    """An exception that offers what a test gives it."""

    def __init__(self, message: str, **properties: object) -> None:
        super().__init__(message)
        self.properties = properties

    def rpc_properties(self) -> Mapping[str, object]:
        return self.properties


class Failing(rpc.Target):
    """Raises and returns errors."""

    def thrown(self) -> None:
        raise Failure("outer", code=5, big=rpc.BigInt(1), stub=self, when=b"x") from TypeError(
            "inner"
        )

    def group(self) -> None:
        raise ExceptionGroup("both", [TypeError("a"), Failure("b", code=1)])

    def values(self) -> object:
        return [Failure("kept", function=lambda: 7), ExceptionGroup("g", [ValueError("x")])]


@interop
async def test_errors_of_ours_in_node() -> None:
    """ERR-06, ERR-07, ERR-09 to ERR-11: properties, causes and groups, thrown and as values."""
    async with node_calls_us(lambda _: Failing()) as link:
        assert await link.node.eval(f"""async (api, env) => {{
            const form = (value) => JSON.parse({FORM}(value));
            const values = await api.values();
            const [kept, group] = values;
            const seen = [await api.thrown().catch(form), await api.group().catch(form),
                          await kept.function(), form(group)];
            env.dispose(values);
            return seen;
        }}""") == [
            [
                *("Error", "outer", [["code", 5], ["big", "1n"], ["when", ["Uint8Array", "78"]]]),
                *(["TypeError", "inner", [], "undefined", "undefined"], "undefined"),
            ],
            [
                *("AggregateError", "both", [], "undefined"),
                [
                    ["TypeError", "a", [], "undefined", "undefined"],
                    ["Error", "b", [["code", 1]], "undefined", "undefined"],
                ],
            ],
            7,
            [
                "AggregateError",
                "g",
                [],
                "undefined",
                [["Error", "x", [], "undefined", "undefined"]],
            ],
        ]


@interop
async def test_errors_of_node_here() -> None:
    """ERR-06 to ERR-08, ERR-11, ERR-12: exceptions with causes, and groups for `except*`."""
    async with we_call_node("""
        thrown() {
            const cause = Object.assign(new RangeError("inner"), {by: 2});
            const headers = new Headers({a: "b"});
            throw Object.assign(new Error("outer", {cause}), {code: 42, headers});
        }
        many() { throw new AggregateError([new TypeError("a"), new Error("b")], "both"); }
        mixed() { throw new AggregateError([new TypeError("a"), "b", 5n], "mixed"); }
        none() { throw new AggregateError([], "none"); }
        value() { return Object.assign(new Error("kept"), {f: new env.RpcStub(() => 7)}); }
    """) as link:
        with pytest.raises(rpc.RemoteError) as caught:
            await link.api.thrown()
        error = caught.value
        assert error.properties == {"code": 42, "headers": rpc.Headers({"a": "b"})}
        assert isinstance(error.__cause__, ValueError)
        assert isinstance(error.__cause__, rpc.RemoteError)
        assert error.__cause__.properties == {"by": 2}
        assert error.stack is None
        seen: list[str] = []
        try:
            await link.api.many()
        except* TypeError as found:
            seen += map(str, found.exceptions)
        except* rpc.RemoteError as rest:
            seen += map(str, rest.exceptions)
        assert seen == ["a", "Error: b"]
        with pytest.raises(rpc.RemoteErrorGroup) as group:
            await link.api.mixed()
        assert len(group.value.exceptions) == 1
        errors = group.value.properties["errors"]
        assert isinstance(errors, list)
        assert errors[1:] == ["b", 5]
        with pytest.raises(rpc.RemoteError) as none:
            await link.api.none()
        assert (none.value.name, none.value.properties) == ("AggregateError", {"errors": []})
        with link.api.value() as promise:
            kept = await promise
            assert await kept.properties["f"]() == 7


@contextlib.asynccontextmanager
async def node_calls(main: object, on_send_error: OnSendError) -> AsyncIterator[Link]:
    """As `node_calls_us`, with a server that has the option."""
    async with (
        rpc.serve(lambda: main, "127.0.0.1", 0, on_send_error=on_send_error) as server,
        NodePeer.connect(f"ws://127.0.0.1:{server.port}") as node,
    ):
        async with asyncio.timeout(PATIENCE_SECONDS):
            assert await node.eval("api => api.nothing") is None
        (session,) = server.sessions
        link = Link(node, session, World())
        yield link
        await link.at_rest()


@interop
async def test_stacks_of_ours_in_node() -> None:
    """ERR-05, ERR-15, ERR-16: on_send_error decides what Node sees."""
    async with node_calls(Failing(), lambda error: error) as link:
        stack = await link.node.eval("api => api.thrown().catch((error) => error.stack)")
        assert stack.startswith("Traceback (most recent call last)")
        assert "in thrown" in stack
    async with node_calls(Failing(), lambda _: rpc.RemoteError("hidden", "RangeError")) as link:
        assert await link.node.eval(
            "api => api.thrown().catch((e) => [e.constructor.name, e.message, Object.keys(e)])"
        ) == ["RangeError", "hidden", []]
        stack = await link.node.eval("api => api.thrown().catch((error) => error.stack)")
        assert "Traceback" not in stack


class Caller(rpc.Target):
    """Calls a function of the peer's, which fails."""

    async def relay(self, function: Any) -> list[str | None]:
        try:
            await function()
        except rpc.RemoteError as error:
            return [str(error), error.stack]
        return []


@interop
async def test_stacks_of_node_here() -> None:
    """ERR-01, ERR-05, ERR-15: a peer that sends its stacks is heard; most keep them."""
    async with node_calls_us(lambda _: Caller()) as link:
        quiet, [message, stack] = await link.node.eval(
            """async (api, env) => {
                const fail = () => { throw new TypeError("in Node"); };
                const {session} = env;
                const ws = new WebSocket(session.ws.url);
                const talking = new env.RpcSession(
                    new env.WebSocketTransport(ws), undefined, {onSendError: (error) => error});
                const main = talking.getRemoteMain();
                const results = [await api.relay(fail), await main.relay(fail)];
                env.dispose(main);
                return results;
            }"""
        )
    assert quiet == ["in Node", None]
    assert message == "in Node"
    assert stack.startswith("TypeError: in Node\n    at ")


@interop
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
