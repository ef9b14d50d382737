"""Maps of Node's over what we have: it records, we run it (MAP-*)."""

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.interop.helpers import node_calls_us
from tests.interop.python_api import Counter, PythonApi
from tests.loops import own_loop


class Lists(PythonApi):
    """What Node maps over."""

    def ids(self) -> list[int]:
        return [1, 2, 3]

    async def ids_later(self) -> list[int]:
        await asyncio.sleep(0)
        return [1, 2, 3]

    @property
    def numbers(self) -> list[int]:
        return [10, 20]

    def value(self, kind: str) -> Any:
        return {"none": None, "one": 7, "empty": [], "text": "abc", "mixed": [None, 1, [2]]}[kind]

    def users(self) -> list[dict[str, Any]]:
        return [self.get_user(number) for number in (1, 2)]

    def counters(self) -> list[Counter]:
        return [Counter(self._world, number, f"number {number}") for number in (1, 2)]

    async def only_odd(self, number: int) -> int:
        await asyncio.sleep(0)
        if number % 2 == 0:
            raise ValueError(f"{number} is even")
        return number

    def promised(self, callback: Any) -> list[Any]:
        """A list of what is not there yet: promises on a function of Node's."""
        return [callback(1), callback(2)]

    async def stream(self) -> AsyncIterator[int]:
        yield 1


@own_loop
async def test_a_map_on_the_wire() -> None:
    """MAP-01, MAP-02, MAP-03, MAP-04, MAP-08, MSG-17: one push; promises in its result follow."""
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const ids = api.ids();
            const got = await ids.map((n) => api.square(n));
            env.dispose(ids);
            return got;
        }""") == [1, 4, 9]
        frames = [(way, json.loads(text)) for way, text in await link.frames()]
        assert frames[:3] == [
            ("out", ["push", ["pipeline", 0, ["ids"], []]]),
            (
                "out",
                [
                    "push",
                    [
                        *("remap", 1, [], [["import", 0]]),
                        [["pipeline", -1, ["square"], [["pipeline", 0]]], ["pipeline", 1]],
                    ],
                ],
            ),
            ("out", ["pull", 2]),
        ]
        assert [message[0] for way, message in frames if way == "in"] in (
            ["resolve"],
            ["resolve"] * 4,
        )


#: What Node evaluates, and gets. `$` is a promise that it does not await, and has to dispose of.
SOURCES: list[tuple[str, Any]] = [
    ("$(api.ids()).map((n) => n)", [1, 2, 3]),
    ("$(api.ids()).map(() => 'x')", ["x", "x", "x"]),
    (
        "$(api.ids()).map((n) => ({n, square: api.square(n), is: [n]}))",
        [{"n": n, "square": n * n, "is": [n]} for n in (1, 2, 3)],
    ),
    ("$(api.ids()).map((n) => api.square(api.square(n)))", [1, 16, 81]),
    ("$(api.ids()).map((n) => api.get_user(n).address.city)", ["Oslo"] * 3),
    ("$(api.users()).map((user) => user.friends)", [[2, 3], [3, 4]]),
    (
        "$(api.users()).map((user) => [user.id, api.echo(user.address).city])",
        [[1, "Oslo"], [2, "Oslo"]],
    ),
    # On whatever there is: pending results, properties, results of maps (MAP-09).
    ("$(api.ids_later()).map((n) => api.square(n))", [1, 4, 9]),
    ("api.numbers.map((n) => api.square(n))", [100, 400]),
    ("$(api.get_user(1)).friends.map((n) => api.square(n))", [4, 9]),
    ("api.data.deep.list.map((item) => api.echo(item))", [10, 20, {"c": "end"}]),
    ("$($(api.ids()).map((n) => api.square(n))).map((n) => api.square(n))", [1, 16, 81]),
    ("$($(api.ids()).map((n) => ({n}))).map((item) => item.n)", [1, 2, 3]),
    # Maps inside (MAP-06), which use what is outside.
    (
        "$(api.users()).map((u) => u.friends.map((f) => [u.id, f, api.square(f)]))",
        [[[u, f, f * f] for f in (u + 1, u + 2)] for u in (1, 2)],
    ),
    (
        "$(api.ids()).map((n) => api.numbers.map((m) => api.echo([n, m])))",
        [[[n, m] for m in (10, 20)] for n in (1, 2, 3)],
    ),
    (
        "$(api.ids()).map((n) => api.numbers.map((m) => api.ids().map((k) => [n, m, k])))",
        [[[[n, m, k] for k in (1, 2, 3)] for m in (10, 20)] for n in (1, 2, 3)],
    ),
    # What is no array (MAP-07).
    ("$(api.value('none')).map((x) => api.fail('ValueError', 'never'))", None),
    ("$(api.nothing()).map((x) => api.fail('ValueError', 'never'))", None),
    ("api.no_such_property.map((x) => api.fail('ValueError', 'never'))", None),
    ("$(api.value('one')).map((n) => api.square(n))", 49),
    ("$(api.get_user(4)).map((user) => [user.name, user.id])", ["user 4", 4]),
    ("$(api.value('text')).map((text) => api.greet(text))", "Hello, abc!"),
    ("$(api.value('empty')).map((n) => api.square(n))", []),
    ("$(api.value('mixed')).map((x) => [x])", [[None], [1], [[2]]]),
]


@own_loop
@pytest.mark.parametrize("part", [0, 1, 2])
async def test_node_maps(part: int) -> None:
    """MAP-01 to MAP-03, MAP-05 to MAP-07, MAP-09"""
    async with node_calls_us(Lists) as link:
        for source, result in SOURCES[part::3]:
            got = await link.node.eval(f"""async (api, env) => {{
                const owned = [], $ = (promise) => (owned.push(promise), promise);
                const got = await {source};
                env.dispose(...owned);
                return got ?? null;
            }}""")
            assert got == result, source


@own_loop
async def test_elements_that_are_objects() -> None:
    """MAP-10, DISP-06: they can be called and read; they go with the result of the call."""
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const counters = api.counters();
            const got = await counters.map((counter) => [counter.value, counter.increment(5)]);
            env.dispose(counters);
            return got;
        }""") == [[6, 6], [7, 7]]  # the property is part of the last instruction
        await link.at_rest()
        assert sorted(link.world.journal) == ["dispose number 1", "dispose number 2"]


@own_loop
async def test_results_that_are_objects() -> None:
    """MAP-08, DISP-05: they are the caller's."""
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const ids = api.ids();
            const counters = await ids.map((n) => api.make_counter(n, "made"));
            const got = await Promise.all(counters.map((counter) => counter.increment()));
            env.dispose(counters, ids);
            return got;
        }""") == [2, 3, 4]
        await link.world.logged("dispose made", 3)


@own_loop
async def test_stubs_of_both_sides_in_a_map_of_node() -> None:
    """MAP-04, MAP-05, MAP-11, MAP-12: used for each element, and the caller's afterwards.

    But for a stub that is an argument in the function of a map: capnweb 0.12 takes that one, and
    disposes of it.
    """
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const heard = [];
            const mine = new env.RpcStub(
                Object.assign((n, x) => { heard.push([n, x]); return n * 10; },
                              {[Symbol.dispose]: () => env.log("dispose mine")}));
            const theirs = await api.make_counter(0, "theirs");
            const ids = api.ids(), users = api.users();
            const got = [
                await ids.map((n) => mine(n, "x")),
                await users.map((user) => mine(user.friends[0], user.name)),
                await ids.map((n) => theirs.increment(n)),
                await ids.map((n) => [theirs.value, mine(n, n), theirs.increment(1)]),
                heard.slice(), await mine(5)];
            env.log("done");
            got.push(await ids.map((n) => api.call_it(mine, n)));
            env.dispose(mine, theirs, ids, users);
            return got;
        }""") == [
            [10, 20, 30],
            [20, 30],
            [1, 3, 6],
            [[7, 10, 7], [8, 20, 8], [9, 30, 9]],
            [
                *([n, "x"] for n in (1, 2, 3)),
                *([n, f"user {n - 1}"] for n in (2, 3)),
                *([n, n] for n in (1, 2, 3)),
            ],
            50,
            [10, 20, 30],
        ]
        await link.node.logged("dispose mine")
        assert await link.node.log() == ["done", "dispose mine"]
        # capnweb 0.12 keeps its references of the stubs of ours on which the function makes calls.
        assert link.session.stats().exports > 1
        await link.session.aclose()
        await link.world.logged("dispose theirs")


@own_loop
async def test_promises_in_what_is_mapped() -> None:
    """MAP-08, MAP-09, PIPE-06: elements that are promises of Node's own functions."""
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const callback = async (n) => ({n: n * 10});
            const promised = api.promised(callback);
            const got = await promised.map((item) => [item.n, api.square(item.n)]);
            env.dispose(promised);
            return got;
        }""") == [[10, 100], [20, 400]]


@own_loop
async def test_errors_in_what_node_maps() -> None:
    """MAP-18, MAP-19, MAP-12: of one element, of the input; captures are released."""
    async with node_calls_us(Lists) as link:
        assert await link.node.eval("""async (api, env) => {
            const mine = new env.RpcStub(
                Object.assign(() => { throw new RangeError("mine"); },
                              {[Symbol.dispose]: () => env.log("dispose mine")}));
            const ids = api.ids(), failed = api.fail("ValueError", "no"), none = api.nope();
            failed.catch(() => {}), none.catch(() => {});
            const got = [];
            for (const promise of [
                ids.map((n) => api.only_odd(n)),
                failed.map((n) => mine(n)),
                none.map((n) => mine(n)),
                ids.map((n) => mine(n)),
                ids.map((n) => n.no.such.thing),
                ids.map((n) => n.method()),
            ]) got.push(await promise.then(() => "no error", (error) => error.message));
            env.dispose(mine, ids, failed, none);
            return got;
        }""") == [
            "2 is even",
            "no",
            "'nope' is not a function.",
            "mine",
            "Cannot read properties of undefined (reading 'such')",
            "'method' is not a function.",
        ]
        await link.node.logged("dispose mine")
        assert await link.node.log() == ["dispose mine"]


@own_loop
async def test_a_map_that_node_gives_up() -> None:
    """MAP-12, DISP-17: before what it is a map of is there; captures are released."""
    async with node_calls_us(Lists) as link:
        await link.node.eval("""async (api, env) => {
            const mine = new env.RpcStub(
                Object.assign(() => 1, {[Symbol.dispose]: () => env.log("dispose mine")}));
            const slow = api.slow([1, 2]);
            const mapped = slow.map((n) => mine(n));
            mapped.catch(() => {});
            env.dispose(mapped, slow, mine);
            await api.release();
        }""")
        await link.node.logged("dispose mine")


@own_loop
async def test_streams_cannot_be_mapped() -> None:
    """MAP-21"""
    async with node_calls_us(Lists) as link:
        got = await link.node.eval("""async (api, env) => {
            const stream = api.stream();
            const got = await stream.map((x) => x.locked).then(() => "mapped", String);
            env.dispose(stream);
            return got;
        }""")
        assert got.startswith("TypeError: a stream or blob has no methods or properties")
