"""Errors cross with type and message, and without a stack: ours to Node and Node's to us."""

import json

import pytest
from typing_extensions import override

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us, we_call_node
from tests.interop.node import NodeError
from tests.interop.python_api import EXCEPTIONS, Counter, NotFound
from tests.loops import own_loop

#: The class that Node makes of an error with this name; of any other it makes an Error (ERR-02).
IN_NODE = {"TypeError": "TypeError"}

MESSAGES = ["", "no", "größer — 😀\n\ttwo lines", "lone \ud800", "x" * 200_000]


@own_loop
async def test_exceptions_of_our_handlers() -> None:
    """ERR-01, ERR-02, ERR-05: name and message of whatever is raised, and nothing else."""
    async with node_calls_us() as link:
        outcomes = await link.node.eval(
            """async (api, env, kinds) => {
                const outcomes = [];
                for (const method of ["fail", "fail_later"])
                    for (const kind of kinds)
                        await api[method](kind, `no ${kind}`).catch((error) =>
                            outcomes.push([error.constructor.name, error.message]));
                return outcomes;
            }""",
            list(EXCEPTIONS),
        )
        expected = [[IN_NODE.get(kind, "Error"), f"no {kind}"] for kind in EXCEPTIONS]
        assert outcomes == 2 * expected
        rejected = [json.loads(text)[2] for _, text in await link.frames() if "reject" in text]
        assert rejected == 2 * [["error", kind, f"no {kind}"] for kind in EXCEPTIONS]
        assert await link.node.eval("api => api.square(2)") == 4, "the server goes on"


@own_loop
async def test_messages_of_our_exceptions() -> None:
    """ERR-04, VAL-38: any text is a message."""
    async with node_calls_us() as link:
        for message in MESSAGES:
            shown = await link.node.eval(
                "(api, env, message) => api.fail('ValueError', message).catch((e) => e.message)",
                message,
            )
            assert shown == message


class Broken(Exception):  # noqa: N818
    """Its message cannot be made."""

    @override
    def __str__(self) -> str:
        raise RuntimeError("not even this")


class Results(rpc.Target):
    """Returns what is hard to send."""

    def unsendable(self) -> object:
        return {"items": [1, {"price": object()}], "counter": Counter}

    def endless(self) -> object:
        value: list[object] = []
        value.append(value)
        return value

    def broken(self) -> object:
        raise Broken

    def errors(self) -> object:
        return [TypeError("a"), {"deep": [NotFound("b")]}, KeyError("c")]

    def renamed(self) -> object:
        raise rpc.RemoteError("as it came", "SyntaxError")

    def describe(self, error: Exception) -> list[object]:
        assert isinstance(error, rpc.RemoteError)
        return [type(error).__name__, error.name, error.message]


@own_loop
async def test_results_that_cannot_be_sent() -> None:
    """VAL-28, VAL-29, VAL-30, ERR-20, DISP-19: the call is rejected, with the path to the fault."""
    async with node_calls_us(lambda _: Results()) as link:
        outcomes = await link.node.eval("""async (api) => {
            const message = (error) => `${error}`;
            return [await api.unsendable().catch(message), await api.endless().catch(message),
                    await api.broken().catch(message)];
        }""")
        unsendable, endless, broken = outcomes
        assert unsendable == "TypeError: result.items[1].price: object cannot be sent"
        assert endless.startswith("TypeError: result[0][0]")
        assert endless.endswith("[0]: nested deeper than 256 levels (or within itself)")
        assert broken == "Error: (the message of this error could not be made)"


@own_loop
async def test_errors_as_values_from_us_to_node_and_back() -> None:
    """ERR-01, ERR-02: in a result or an argument an error is a value and is not thrown."""
    async with node_calls_us(lambda _: Results()) as link:
        assert await link.node.eval("""async (api, env) => {
            const [first, {deep: [second]}, third] = await api.errors();
            const form = (e) => [e instanceof Error, e.constructor.name, e.message];
            return [form(first), form(second), form(third),
                    await api.describe(new RangeError("x")), await api.describe(new Error("y")),
                    await api.renamed().catch((e) => e.constructor.name + e.message)];
        }""") == [
            [True, "TypeError", "a"],
            [True, "Error", "b"],
            [True, "Error", "c"],
            ["RemoteValueError", "RangeError", "x"],
            ["RemoteError", "Error", "y"],
            "SyntaxErroras it came",
        ]


#: The builtin class that a received error also is, by its name on the wire.
IN_PYTHON: dict[str, type[Exception]] = {
    "Error": rpc.RemoteError,
    "EvalError": rpc.RemoteError,
    "RangeError": ValueError,
    "SyntaxError": rpc.RemoteError,
    "TypeError": TypeError,
    "URIError": rpc.RemoteError,
    "AggregateError": rpc.RemoteError,
    "NotFound": rpc.RemoteError,
    "KeyError": KeyError,
    "constructor": rpc.RemoteError,
    "SystemExit": rpc.RemoteError,
}


@own_loop
async def test_errors_of_node() -> None:
    """ERR-01, ERR-02, ERR-03, ERR-05: an exception with the name and message that were thrown."""
    async with we_call_node() as link:
        for name, builtin in IN_PYTHON.items():
            for message in MESSAGES:
                with pytest.raises(rpc.RemoteError) as caught:
                    await link.api.fail(name, message)
                assert isinstance(caught.value, builtin)
                assert (caught.value.name, caught.value.message) == (name, message)
                # Of errors there are always some, even if there are none (ERR-08).
                several: dict[str, object] = {"errors": []} if name == "AggregateError" else {}
                assert caught.value.properties == several
        with pytest.raises(rpc.RemoteError, match=r"^Error: later$"):
            await link.api.throwsLater("later")


@own_loop
async def test_errors_with_more_to_them() -> None:
    """ERR-06, ERR-07, ERR-08, ERR-10, ERR-12: further members of an error, `cause` and `errors`."""
    async with we_call_node("""
        thrown() {
            const error = new Error("outer", {cause: new RangeError("inner")});
            throw Object.assign(error, {code: 42, list: [1n], toString: "hidden",
                                        counter: new env.Counter(env.world, 0, "in an error")});
        }
        many() { throw new AggregateError([new TypeError("a"), "b"], "both"); }
    """) as link:
        with pytest.raises(rpc.RemoteError) as thrown:
            await link.api.thrown()
        properties = thrown.value.properties
        cause = thrown.value.__cause__
        assert isinstance(cause, ValueError)
        assert str(cause) == "inner"
        assert properties == {"code": 42, "list": [1]}
        with pytest.raises(rpc.RemoteError) as many:
            await link.api.many()
        errors = many.value.properties["errors"]
        assert isinstance(errors, list)
        assert isinstance(errors[0], TypeError)
        assert errors[1] == "b"


@own_loop
async def test_anything_can_be_thrown_in_javascript() -> None:
    """ERR-14: it is an exception here, and goes on as what it was."""
    async with we_call_node("throws(value) { throw value; }") as link:
        for value in ("text", None, 5, {"code": [1, 2]}):
            with pytest.raises(rpc.RpcError) as caught:
                await link.api.throws(value)
            assert not isinstance(caught.value, rpc.BrokenError | rpc.CallError)
            assert str(caught.value) == f"the peer threw {value!r}"
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api) => {
            const thrown = [];
            for (const value of ["text", null, {code: [1, 2]}])
                await api.call_it(() => { throw value; }).catch((what) => thrown.push(what));
            return thrown;
        }""") == ["text", None, {"code": [1, 2]}]


@own_loop
async def test_results_of_node_that_cannot_be_sent() -> None:
    """VAL-28, ERR-20."""
    async with we_call_node("map() { return {a: new Map()}; }") as link:
        with pytest.raises(TypeError, match=r"^Cannot serialize value: \[object Map\]$"):
            await link.api.map()


@own_loop
async def test_arguments_that_cannot_be_sent() -> None:
    """VAL-28, VAL-29, VAL-30, DISP-18, DISP-19: the call itself raises, and nothing was sent."""
    async with we_call_node() as link:
        counter = Counter(link.world, 0, "not sent")
        with pytest.raises(
            rpc.EncodeError, match=r"^arguments\[1\]\.a\[2\]: object cannot be sent"
        ):
            _ = link.api.echo(counter, {"a": [1, 2, object()]})
        await link.world.logged("dispose not sent")
        endless: list[object] = []
        endless.append(endless)
        with pytest.raises(rpc.EncodeError, match="deeper than 256 levels"):
            _ = link.api.echo(endless)
        assert [text for way, text in await link.frames() if way == "in"] == []


@own_loop
async def test_what_is_no_function() -> None:
    """PATH-12, PATH-18, ERR-18: Node's own messages arrive."""
    async with we_call_node() as link:
        for promise, message in (
            (link.api.nope(), "'nope' is not a function."),
            (link.api(), "'' is not a function."),
            (link.api.motd(), "'motd' is not a function."),
            (link.api.nope.deeper, "Cannot read properties of undefined (reading 'deeper')"),
        ):
            with pytest.raises(TypeError) as caught:
                await promise
            assert str(caught.value) == message


@own_loop
async def test_an_error_from_the_other_side_of_a_callback() -> None:
    """FN-02: the error of a callback is the error of the call that made it, in both directions."""
    async with node_calls_us() as link:
        with pytest.raises(NodeError) as in_node:
            await link.node.eval(
                "api => api.call_it(() => { throw new SyntaxError('in the callback'); })"
            )
        assert (in_node.value.name, in_node.value.message) == ("SyntaxError", "in the callback")

    def fail(value: object) -> None:
        raise NotFound(f"no {value}")

    async with we_call_node() as link:
        with pytest.raises(rpc.RemoteError) as in_python:
            await link.api.callIt(fail, 3)
        assert in_python.value.message == "no 3"


@own_loop
async def test_a_session_without_a_main_object() -> None:
    """MSG-23: calls of it are rejected, in both directions, and the session is unharmed."""
    async with we_call_node(local=lambda _: None) as link:
        with pytest.raises(NodeError, match=r"^Error: This connection has no main object\.$"):
            await link.node.eval("api => api.square(2)")
        assert await link.api.square(2) == 4
    async with we_call_node(offer=None) as link:
        await link.node.eval("(api, env) => env.offer(() => null)")
        async with rpc.connect(link.node.url) as bare:
            with pytest.raises(rpc.RemoteError, match=r"^Error: This connection has no main obj"):
                await bare.square(2)
