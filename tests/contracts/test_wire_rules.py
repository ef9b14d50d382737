# ruff: noqa: ARG005 (a method has the parameters of its interface, whether it needs them or not)
"""The rules of the axis `wire` are true: a client of the previous contract, and a server of each.

Each case of tests/generator/cases/breaking that concerns the wire is run: the client works with a
server of its own contract; with one of the current it does so as well if the case is one in which
nothing breaks, and else fails, or gets something else.
"""

import asyncio
import importlib
import sys
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

import capnweb_runtime as rpc
from capnweb_gen.emit import render_package
from capnweb_gen.ir import Contract
from capnweb_gen.plan import plan
from tests.generator.reading import read_all
from tests.generator.test_breaking import CASES


class Side(NamedTuple):
    """One version: the user's module and the generated package."""

    api: Any
    rpc: Any


#: What a server does: its methods, and properties that are no functions.
Members = Callable[[Side], dict[str, Any]]


class Proof(NamedTuple):
    """What servers of the previous and the current contract do, and what the client does."""

    old: Members
    new: Members
    client: Callable[[Any, Side], Awaitable[Any]]


def listener(side: Side, **methods: Any) -> Any:
    return type("Listener", (side.rpc.ListenerTarget,), methods)()


async def heard(stub: Any, side: Side, said: Any) -> list[Any]:
    """What a listener of the client was told."""
    told: list[Any] = []
    await stub.listen(listener(side, said=lambda _, *given: told.append(said(*given))))
    return told


def tells(*calls: str) -> Members:
    """A server that calls methods of the listener, with "x" for each argument."""

    async def listen(_: Any, given: Any) -> None:
        for call in calls:
            name, _, count = call.partition(" ")
            await getattr(given, name)(*["x"] * int(count))

    return lambda _: {"listen": listen}


def gives(**members: Any) -> Members:
    """A server whose methods give these values, which may depend on the arguments."""
    return lambda _: {
        name: value if callable(value) else lambda *_, value=value, **__: value
        for name, value in members.items()
    }


def same(members: Members) -> tuple[Members, Members]:
    return members, members


async def watched(stub: Any, _: Side) -> list[int]:
    seen: list[int] = []
    await stub.watch(seen.append)
    return seen


def watches(value: object) -> Members:
    async def watch(_: Any, on: Any) -> None:
        await on(value)

    return lambda _: {"watch": watch}


async def lines(stub: Any, _: Side) -> list[str]:
    found: list[str] = await stub.lines()
    return found


async def streamed(_: Any) -> Any:
    yield "a"


def played(_: Any, tone: Any) -> None:
    assert tone.value


PROOFS: dict[str, Proof] = {
    "CW502_member": Proof(gives(a=1, b=2), gives(a=1), lambda stub, _: stub.b()),
    "CW502_member_ok": Proof(
        gives(a=1),
        lambda _: {**gives(a=1, b=2)(_), "c": property(lambda _: "c")},
        lambda stub, _: stub.a(),
    ),
    "CW503_kind": Proof(
        gives(size=1), lambda _: {"size": property(lambda _: 1)}, lambda stub, _: stub.size()
    ),
    "CW504_wire_name": Proof(*same(gives(list_users=1)), lambda stub, _: stub.list_users()),
    "CW504_python_name_ok": Proof(
        gives(list_users=1), gives(all_users=1), lambda stub, _: stub.list_users()
    ),
    "CW505_callback_interface": Proof(
        tells("said 1"), tells("said 1", "left 0"), lambda stub, side: heard(stub, side, str)
    ),
    "CW510_param": Proof(
        gives(find=lambda _, name, limit=3: limit),
        gives(find=lambda _, name: 3),
        lambda stub, _: stub.find("a", 7),
    ),
    "CW510_option": Proof(
        gives(find=lambda _, limit=3, order="": limit),
        gives(find=lambda _, order="": 3),
        lambda stub, _: stub.find(limit=7),
    ),
    "CW510_callback": Proof(
        tells("said 2"), tells("said 1"), lambda stub, side: heard(stub, side, lambda a, b: a + b)
    ),
    "CW511_position": Proof(
        gives(move=lambda _, x, y: x - y),
        gives(move=lambda _, y, x: x - y),
        lambda stub, _: stub.move(3, 1),
    ),
    "CW511_options_moved": Proof(
        gives(find=lambda _, name, limit=3: limit),
        gives(find=lambda _, name, page=0, limit=3: limit),
        lambda stub, _: stub.find("a", limit=7),
    ),
    "CW511_rest_moved": Proof(
        gives(add=lambda _, *numbers: sum(numbers)),
        gives(add=lambda _, first=0, *numbers: sum(numbers)),
        lambda stub, _: stub.add(1, 2, 3),
    ),
    "CW511_by_keyword": Proof(
        *same(gives(find=lambda _, name, limit=3: limit)), lambda stub, _: stub.find("a", 7)
    ),
    "CW511_position_ok": Proof(
        gives(find=lambda _, name: len(name)),
        gives(find=lambda _, name, limit=3, *tags, page=0: len(name)),
        lambda stub, _: stub.find("ab"),
    ),
    "CW512_name_ok": Proof(*same(gives(find=lambda _, name: 1)), lambda stub, _: stub.find("a")),
    "CW513_required": Proof(
        gives(find=1), gives(find=lambda _, name, limit: 1), lambda stub, _: stub.find("a")
    ),
    "CW513_default_gone": Proof(
        gives(find=1), gives(find=lambda _, limit, order: 1), lambda stub, _: stub.find()
    ),
    "CW513_required_ok": Proof(
        gives(find=1),
        gives(find=lambda _, name, limit=3, order="": 1),
        lambda stub, _: stub.find("a"),
    ),
    "CW515_narrowed": Proof(*same(gives(find=1)), lambda stub, _: stub.find(3)),
    "CW515_condition": Proof(*same(gives(find=1)), lambda stub, _: stub.find(0)),
    "CW515_not_none": Proof(*same(gives(find=1)), lambda stub, _: stub.find(None)),
    "CW515_widened_ok": Proof(*same(gives(find=1)), lambda stub, _: stub.find("a", 1, [1, 2])),
    "CW520_result": Proof(gives(size=1), gives(size="a"), lambda stub, _: stub.size()),
    "CW520_of_callback": Proof(watches(1), watches("a"), watched),
    "CW520_narrowed_ok": Proof(
        gives(size=1, share=1.0), gives(size=1, share=1), lambda stub, _: stub.share()
    ),
    "CW521_none": Proof(gives(size=1), gives(size=None), lambda stub, _: stub.size()),
    "CW530_deleted": Proof(
        lambda side: {"get": lambda _: side.api.User(id=1, name="a")},
        lambda side: {"get": lambda _: side.api.User(id=1)},
        lambda stub, _: stub.get(),
    ),
    "CW530_left_out": Proof(
        gives(get={"name": "a", "year": 1}), gives(get={"name": "a"}), lambda stub, _: stub.get()
    ),
    "CW531_required": Proof(
        *same(gives(put=None)), lambda stub, side: stub.put(side.api.User(id=1))
    ),
    "CW531_required_ok": Proof(
        lambda side: {
            "put": lambda _, user: None,
            "all": lambda _: side.api.Users(users=[side.api.User(id=1)]),
        },
        lambda side: {
            "put": lambda _, user: None,
            "all": lambda _: side.api.Users(users=[side.api.User(id=1, name="a")], next=2),
        },
        lambda stub, side: asyncio.gather(stub.put(side.api.User(id=1)), stub.all()),
    ),
    "CW532_wire_name": Proof(
        lambda side: {"get": lambda _: side.api.User(first_name="a")},
        lambda side: {"get": lambda _: side.api.User(firstName="a")},
        lambda stub, _: stub.get(),
    ),
    "CW533_type": Proof(
        lambda side: {"get": lambda _: side.api.User(id=1), "put": lambda _, user: None},
        lambda side: {"get": lambda _: side.api.User(id="a"), "put": lambda _, user: None},
        lambda stub, _: stub.get(),
    ),
    "CW534_closed": Proof(
        lambda side: {"get": lambda _: side.api.User(id=1)},
        lambda side: {"get": lambda _: side.api.User(id=1, name="a")},
        lambda stub, _: stub.get(),
    ),
    "CW540_value": Proof(
        *same(gives(play=played)), lambda stub, side: stub.play(side.api.Tone.LOUD)
    ),
    "CW540_value_ok": Proof(
        *same(gives(play=played)), lambda stub, side: stub.play(side.api.Tone.SOFT)
    ),
    "CW541_value": Proof(
        lambda side: {"tone": lambda _: side.api.Tone.SOFT},
        lambda side: {"tone": lambda _: side.api.Tone.LOUD},
        lambda stub, _: stub.tone(),
    ),
    "CW542_union": Proof(gives(get=1), gives(get=[1]), lambda stub, _: stub.get()),
    "CW550_reference": Proof(
        lambda side: {
            "room": lambda _: type("R", (side.rpc.RoomTarget,), {"enter": lambda _: None})()
        },
        gives(room="a", open=None),
        lambda stub, _: stub.room().enter(),
    ),
    "CW551_stream": Proof(gives(lines=["a"]), lambda _: {"lines": streamed}, lines),
}

#: Rules that concern what is not to be seen in one call: a default that the callee has, repeated
#: calls, deletion that was not announced, an interface that nobody offers; and those of source, as
#: which class inherits from which.
NOT_RUN = {"CW501", "CW506", "CW507", "CW512", "CW514", "CW516", "CW553"}


def test_every_case_is_run() -> None:
    names = {case.name for case in CASES}
    left = {name for name in names - set(PROOFS) if name[:5] not in NOT_RUN}
    assert left == {"CW505_callback_interface_ok"}  # there is nothing that the server could do
    assert set(PROOFS) <= names


@pytest.fixture(scope="module", name="sides")
def _sides(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Side]]:
    """Both versions of each case, imported."""
    folder = tmp_path_factory.mktemp("wire_rules")
    texts = {
        f"{case.name}_{version}": (case / f"{version}.py").read_text(encoding="utf-8")
        for case in CASES
        if case.name in PROOFS
        for version in ("previous", "current")
    }
    for name, contract in read_all(folder, texts).items():
        _write(folder / f"{name}_rpc", contract)
    before = set(sys.modules)
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    try:
        yield {
            name: Side(importlib.import_module(name), importlib.import_module(f"{name}_rpc"))
            for name in texts
        }
    finally:
        sys.path.remove(str(folder))
        for name in set(sys.modules) - before:
            del sys.modules[name]


def _write(package: Path, contract: Contract) -> None:
    package.mkdir()
    for name, text in render_package(plan(contract)).items():
        (package / name).write_text(text, encoding="utf-8")


async def outcome(client: Side, server: Side, members: dict[str, Any], proof: Proof) -> object:
    """What the client gets, or the error."""
    main = type("Server", (server.rpc.ApiTarget,), members)()
    near, far = rpc.memory_pair()
    session = rpc.accept(far, main)
    try:
        async with rpc.connect(client.rpc.ApiStub, near) as stub:
            try:
                return await proof.client(stub, client)
            except rpc.RpcError as error:
                return error
    finally:
        await session.aclose()


@pytest.mark.parametrize("name", sorted(PROOFS))
def test_wire(sides: dict[str, Side], name: str) -> None:
    proof = PROOFS[name]
    old, new = sides[f"{name}_previous"], sides[f"{name}_current"]
    before = asyncio.run(outcome(old, old, proof.old(old), proof))
    now = asyncio.run(outcome(old, new, proof.new(new), proof))
    assert not isinstance(before, rpc.RpcError), before
    if name.endswith("_ok"):
        assert not isinstance(now, rpc.RpcError), now
    else:
        assert isinstance(now, rpc.RpcError) or now != before
