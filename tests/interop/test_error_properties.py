"""Errors with all there is to them: properties, causes, groups and stacks, of both sides."""

from collections.abc import Mapping
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import FORM, node_calls_us, we_call_node
from tests.loops import own_loop


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


@own_loop
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


@own_loop
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


@own_loop
async def test_stacks_of_ours_in_node() -> None:
    """ERR-05, ERR-15, ERR-16: on_send_error decides what Node sees."""
    async with node_calls_us(lambda _: Failing(), on_send_error=lambda error: error) as link:
        stack = await link.node.eval("api => api.thrown().catch((error) => error.stack)")
        assert stack.startswith("Traceback (most recent call last)")
        assert "in thrown" in stack
    hidden = rpc.RemoteError("hidden", "RangeError")
    async with node_calls_us(lambda _: Failing(), on_send_error=lambda _: hidden) as link:
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


@own_loop
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
