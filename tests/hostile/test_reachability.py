"""What of a server's objects can be reached: PROTOCOL-TRAPS.md, "Security rules", over the wire.

Deny by default. Every attempt here was possible in some port of the protocol.
"""

from typing import Any

import pytest

from capnweb_runtime.wire.expressions import RESERVED_KEYS
from tests.hostile.objects import Guarded, Typed
from tests.hostile.site import Main, Raw, Site, attacked

UNDEFINED = ["resolve", ["undefined"]]


def no_function(*path: Any) -> list[str]:
    return ["reject", "TypeError", f"'{'.'.join(map(str, path))}' is not a function."]


BOTH = pytest.mark.parametrize("main", [Guarded, Typed])

DUNDERS = (
    *("__class__", "__init__", "__dict__", "__doc__", "__module__", "__slots__", "__weakref__"),
    *("__getattribute__", "__getattr__", "__setattr__", "__delattr__", "__dir__", "__new__"),
    *(
        "__reduce__",
        "__reduce_ex__",
        "__getstate__",
        "__sizeof__",
        "__hash__",
        "__eq__",
        "__repr__",
    ),
    *("__str__", "__len__", "__call__", "__exit__", "__init_subclass__", "__subclasshook__"),
    *("__format__", "__mro__", "__bases__", "__subclasses__", "__globals__", "__builtins__"),
    *("__annotations__", "__abstractmethods__", "__orig_bases__", "__parameters__"),
    *("__rpc_reference__", "__rpc_returned__", "__capnweb_interface__", "_abc_impl"),
    *("_private", "_hidden", "_help", "_site", "_Api__x", "_", "__"),
)

#: Names that a stub has, that JavaScript treats in its own way, or that are none.
ODD = (
    *("dup", "dispose", "on_broken", "onRpcBroken", "map", "then", "catch", "finally", "mro"),
    *("call", "apply", "bind", "length", "prototype", "name", "caller", "arguments", "Symbol"),
    *(
        "",
        " ",
        ".",
        "echo.__globals__",
        "echo ",
        "Echo",
        "\u0000",
        "\ud800",
        "ｅｃｈｏ",
        "import os",
    ),
    *("{0.__class__}", "{self.secret}", "%s", "%(secret)s", "$secret", "${secret}", "'", '"'),
)


async def forbidden(site: Site, raw: Raw, names: tuple[Any, ...], *prefix: Any) -> None:
    """Nothing is there by any of these names, to be read, called, or read further."""
    for name in names:
        path = [*prefix, name]
        assert await raw.ask(path) == UNDEFINED, path
        answer = await raw.ask(path, [])
        assert answer[:2] == ["reject", "TypeError"], path
        assert answer[2].endswith(f"{name}' is not a function."), answer
        kind, error, text = await raw.ask([*path, "x"])
        assert (kind, error) == ("reject", "TypeError"), path
        assert "Cannot read properties of undefined" in text
    await site.answers()


@attacked(Guarded)
async def test_names_with_underscores(site: Site) -> None:
    """SEC-01, PATH-05, PATH-08"""
    await forbidden(site, await site.raw(), DUNDERS)


@attacked(Typed)
async def test_names_with_underscores_where_an_interface_is_served(site: Site) -> None:
    """SEC-01"""
    await forbidden(site, await site.raw(), DUNDERS)


@attacked(Guarded)
async def test_names_of_members_of_every_object(site: Site) -> None:
    """PATH-07, SEC-01"""
    await forbidden(site, await site.raw(), tuple(sorted(RESERVED_KEYS)))


@attacked(Guarded)
async def test_odd_names(site: Site) -> None:
    """STUB-08, PATH-19, SEC-01: names are compared, never formatted, normalized or evaluated."""
    await forbidden(site, await site.raw(), ODD)


@attacked(Typed)
async def test_odd_names_where_an_interface_is_served(site: Site) -> None:
    """SEC-01"""
    raw = await site.raw()
    await forbidden(site, raw, ODD)
    await forbidden(site, raw, ("not_in_the_interface", "secret", "data.text", "alive"))


@attacked(Guarded)
async def test_keys_that_are_no_names(site: Site) -> None:
    """PATH-04, PATH-10"""
    raw = await site.raw()
    for key in (0, 1, -1, 1.5, 10**15, 2**63, 1e300):
        assert await raw.ask([key]) == UNDEFINED
        assert (await raw.ask([key], []))[:2] == ["reject", "TypeError"]


@attacked(Guarded)
async def test_attributes_that_are_no_methods(site: Site) -> None:
    """PATH-05: of the class, constants and descriptors of other kinds are not reachable."""
    raw = await site.raw()
    await forbidden(site, raw, ("constant", "table", "Inner", "cached", "alive"))


@attacked(Guarded)
async def test_attributes_of_the_instance(site: Site) -> None:
    """PATH-06"""
    raw = await site.raw()
    for name in ("secret", "method_on_instance", "ran"):
        for answer in (await raw.ask([name]), await raw.ask([name], [])):
            kind, error, text = answer
            assert (kind, error) == ("reject", "TypeError")
            assert f"'{name}' is an attribute of the instance" in text
        assert (await raw.ask([name, "__class__"]))[0] == "reject"


@attacked(Guarded)
async def test_what_is_reachable_is(site: Site) -> None:
    """PATH-05, PATH-14: the other side of all of these."""
    raw = await site.raw()
    assert await raw.ask(["help"], []) == ["resolve", "helped"]
    assert await raw.ask(["static"], []) == ["resolve", "static"]
    assert await raw.ask(["of_class"], []) == ["resolve", "class"]
    assert await raw.ask(["text"]) == ["resolve", "{0.__class__} %s"]
    assert await raw.ask(["part", "label"], []) == ["resolve", "part"]
    assert await raw.ask(["part", "bait"], []) == ["resolve", "bait"]
    assert await raw.ask(["echo"], [{"a": 1}]) == ["resolve", {"a": 1}]


OF_VALUES: dict[str, tuple[str, ...]] = {
    "text": ("upper", "format", "format_map", "join", "encode", "maketrans", "length", "at"),
    "number": ("bit_length", "real", "to_bytes", "from_bytes", "toFixed"),
    "fraction": ("hex", "fromhex", "is_integer", "real"),
    "flag": ("real", "bit_length"),
    "list": ("append", "clear", "sort", "pop", "length", "push", "copy"),
    "date": ("strftime", "replace", "isoformat", "tzinfo", "year", "now", "getTime"),
    "bytes": ("hex", "decode", "join", "length", "buffer"),
    "error": ("args", "with_traceback", "add_note", "name", "message", "properties", "stack"),
    "none": ("real", "x"),
}


@pytest.mark.parametrize("kind", OF_VALUES)
@attacked(Guarded)
async def test_methods_of_returned_values(site: Site, kind: str) -> None:
    """PATH-12, SEC-01: values have no members but those of objects and arrays."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["data"], []]])
    for name in (*OF_VALUES[kind], *DUNDERS[:20], *RESERVED_KEYS, "0x0", "-1"):
        assert await raw.ask([kind, name], target=1) == UNDEFINED, name
        assert await raw.ask([kind, name], [], target=1) == no_function(kind, name)
        assert await raw.ask([kind, name], ["{0.__class__}"], target=1) == no_function(kind, name)
    await raw.send(["release", 1, 1])


@attacked(Guarded)
async def test_methods_of_returned_dicts(site: Site) -> None:
    """PATH-09: a dict has its keys."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["data"], []]])
    for path in (["dict"], []):
        for name in ("keys", "get", "items", "update", "pop", "clear", "setdefault", *DUNDERS[:20]):
            assert await raw.ask([*path, name], target=1) == UNDEFINED
            assert await raw.ask([*path, name], ["x"], target=1) == no_function(*path, name)
    assert await raw.ask(["dict", "inner"], target=1) == ["resolve", 1]
    assert await raw.ask(["list", 1], target=1) == ["resolve", 2]
    assert await raw.ask(["list", -1], target=1) == UNDEFINED
    assert await raw.ask(["list", 2**70], target=1) == UNDEFINED
    await raw.send(["release", 1, 1])


@BOTH
def test_formatting_with_a_callback(main: type[Main]) -> None:
    """SEC-01: `str.format` with an object of the peer's read module globals in one port."""

    @attacked(main)
    async def attack(site: Site) -> None:
        raw = await site.raw()
        for name in ("format", "format_map", "__mod__", "__format__"):
            answer = await raw.ask(["text", name], [["export", -1], {"x": ["export", -2]}])
            assert answer == no_function(name)
        await raw.barrier()

    attack()


OF_FUNCTIONS = (
    *("__globals__", "__code__", "__closure__", "__defaults__", "__kwdefaults__", "__wrapped__"),
    *("__self__", "__func__", "__call__", "__get__", "__name__", "__qualname__", "attribute"),
    *("call", "apply", "bind", "length", "name", "prototype", "toString", "constructor"),
)


@attacked(Guarded)
async def test_attributes_of_functions(site: Site) -> None:
    """PATH-09, SEC-01: a function can be called, and has nothing."""
    raw = await site.raw()
    await raw.send(["push", ["pipeline", 0, ["data"], []]])
    functions = (
        (0, ["echo"]),
        (0, ["part", "bait"]),
        (0, ["part", "label"]),
        (1, ["function"]),
        (1, ["lambda"]),
    )
    for target, path in functions:
        for name in (*OF_FUNCTIONS, *DUNDERS):
            for args in (None, [], ["x"]):
                answer = await raw.ask([*path, name], args, target=target)
                assert answer == UNDEFINED or answer[:2] == ["reject", "TypeError"], (path, name)
                assert answer[0] == ("resolve" if args is None else "reject"), (path, name)
            for further in ("__class__", "x", 0):
                answer = await raw.ask([*path, name, further], target=target)
                assert answer[:2] == ["reject", "TypeError"], (path, name, further)
    await raw.send(["release", 1, 1])
    await raw.barrier()


@attacked(Guarded)
async def test_attributes_of_exported_functions(site: Site) -> None:
    """PATH-16, SEC-01: the same by a stub of one, and of an object that is no main object."""
    raw = await site.raw()
    _, function = await raw.ask(["echo"])
    _, part = await raw.ask(["part"])
    _, made = await raw.result({"a": ["pipeline", 0, ["data"], []]})
    stubs = [function, part, made["a"]["function"], made["a"]["lambda"], made["a"]["object"]]
    assert [tag for tag, _ in stubs] == ["export"] * 5
    for _, number in stubs:
        for name in (*OF_FUNCTIONS, *DUNDERS):
            assert await raw.ask([name], target=number) == UNDEFINED, name
            assert (await raw.ask([name], ["x"], target=number))[:2] == ["reject", "TypeError"]
    assert await raw.ask([], ["x"], target=function[1]) == ["resolve", "x"]
    assert (await raw.ask(["secret"], target=part[1]))[0] == "reject"
    await raw.send(*[["release", number, 1] for _, number in stubs])


@attacked(Guarded)
async def test_an_object_that_python_can_call(site: Site) -> None:
    """PATH-18: an object with __call__ is no function of the protocol's."""
    raw = await site.raw()
    assert await raw.ask([], []) == no_function()
    assert await raw.ask([], [1, 2]) == no_function()


@attacked(Guarded)
async def test_keys_of_the_peers_own_data(site: Site) -> None:
    """SEC-02, VAL-26: what a peer sends cannot pass for behaviour when it is read again."""
    raw = await site.raw()
    value = {"__class__": 1, "__proto__": 2, "toString": 3, "_private": 4, "a": 5, "__len__": 6}
    answer = await raw.ask(["echo"], [value])
    assert answer == ["resolve", {"__class__": 1, "_private": 4, "a": 5, "__len__": 6}]
    await raw.send(["push", ["pipeline", 0, ["echo"], [value]]])
    number = raw._pushes
    assert await raw.ask(["__class__"], target=number) == ["resolve", 1]
    assert await raw.ask(["__proto__"], target=number) == UNDEFINED
    await raw.send(["release", number, 1])


@attacked(Guarded)
async def test_ids_of_other_sessions(site: Site) -> None:
    """SEC-01: an id means something in its own session only."""
    one, other = await site.raw(), await site.raw()
    _, [_, number] = await one.ask(["part"])
    assert await one.ask(["label"], [], target=number) == ["resolve", "part"]
    await other.send(["push", ["pipeline", number, ["label"], []]])
    assert f"no such entry on exports table: {number}" in await other.aborted()
    await one.send(["release", number, 1])
    await one.barrier()


@attacked(Guarded)
async def test_error_names_are_not_looked_up(site: Site) -> None:
    """SEC-03, ERR-03: what a peer throws is an error, whatever it calls itself."""
    raw = await site.raw()
    for name in ("SystemExit", "KeyboardInterrupt", "StopIteration", "__import__", "GeneratorExit"):
        await raw.send(["push", ["pipeline", 0, ["echo"], [["promise", -1]]]])
        await raw.send(["pull", raw._pushes], ["reject", -1, ["error", name, "x"]])
        assert await raw.receive() == ["release", -1, 1]
        assert await raw.receive() == ["reject", raw._pushes, ["error", name, "x"]]
        await raw.send(["release", raw._pushes, 1])
