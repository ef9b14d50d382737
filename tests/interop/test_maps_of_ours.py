"""Maps of ours over what Node has: we record, it runs them (MAP-*)."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import we_call_node
from tests.interop.python_api import Counter
from tests.loops import own_loop

LISTS = """
    ids() { return [1, 2, 3]; }
    async idsLater() { await env.turn(); return [1, 2, 3]; }
    get numbers() { return [10, 20]; }
    value(kind) { return {none: null, one: 7, empty: [], undefined: undefined}[kind]; }
    square(n) { return n * n; }
    echo(value) { return value; }
    user(id) { return {id, name: `user ${id}`, friends: [id + 1, id + 2]}; }
    counters() { return [1, 2].map((n) => new env.Counter(env.world, n, `number ${n}`)); }
    makeCounter(n) { return new env.Counter(env.world, n, "made"); }
    async onlyOdd(n) {
        await env.turn();
        if (n % 2 === 0) throw new RangeError(`${n} is even`);
        return n;
    }
    fail(message) { throw new RangeError(message); }
    callIt(f, n) { return f(n); }
    promised(callback) { return [callback(1), callback(2)]; }
    slow() { return new Promise((done) => { env.state.done = done; env.log("slow waits"); }); }
    stream() { return new ReadableStream({start: (c) => c.close()}); }
"""

#: A use of the API, and what it gives.
Case = tuple[Callable[[Any], Any], Any]

CASES: list[Case] = [
    (lambda api: api.ids().map(api.square), [1, 4, 9]),
    (lambda api: api.ids().map(lambda n: n), [1, 2, 3]),
    (lambda api: api.ids().map(lambda _: "x"), ["x"] * 3),
    (
        lambda api: api.ids().map(lambda n: {"n": n, "s": [api.square(n)]}),
        [{"n": n, "s": [n * n]} for n in (1, 2, 3)],
    ),
    (lambda api: api.ids().map(lambda n: api.square(api.square(n))), [1, 16, 81]),
    (lambda api: api.ids().map(lambda n: api.user(n).name), [f"user {n}" for n in (1, 2, 3)]),
    (lambda api: api.idsLater().map(api.square), [1, 4, 9]),
    (lambda api: api.numbers.map(api.square), [100, 400]),
    (lambda api: api.user(1).friends.map(api.square), [4, 9]),
    (lambda api: api.ids().map(api.square).map(api.square), [1, 16, 81]),
    (lambda api: api.ids().map(lambda n: {"n": n}).map(lambda item: item.n), [1, 2, 3]),
    (
        lambda api: api.ids().map(lambda n: api.numbers.map(lambda m: api.echo([n, m]))),
        [[[n, m] for m in (10, 20)] for n in (1, 2, 3)],
    ),
    (
        lambda api: api.ids().map(api.user).map(lambda u: u.friends.map(lambda f: [u.id, f])),
        [[[u, f] for f in (u + 1, u + 2)] for u in (1, 2, 3)],
    ),
    (lambda api: api.value("none").map(api.fail), None),
    (lambda api: api.value("undefined").map(api.fail), None),
    (lambda api: api.value("one").map(api.square), 49),
    (lambda api: api.value("empty").map(api.square), []),
    (lambda api: api.user(4).map(lambda user: [user.name, user.id]), ["user 4", 4]),
]


@own_loop
@pytest.mark.parametrize("part", [0, 1, 2])
async def test_we_map(part: int) -> None:
    """MAP-01 to MAP-03, MAP-05 to MAP-09"""
    async with we_call_node(LISTS) as link:
        for use, result in CASES[part::3]:
            assert await use(link.api) == result


@own_loop
async def test_objects_in_maps_of_ours() -> None:
    """MAP-08, MAP-10, DISP-06: as elements, and as results."""
    async with we_call_node(LISTS) as link:
        with link.api.counters() as counters:
            assert await counters.map(lambda c: c.increment(5)) == [6, 7]
            assert await counters.map(lambda c: [c.value, c.value]) == [[6, 6], [7, 7]]
        await link.node.logged("dispose number 2")
        with link.api.ids().map(link.api.makeCounter) as made:
            assert [await counter.increment() for counter in await made] == [2, 3, 4]
        await link.node.logged("dispose made", 3)


@own_loop
async def test_stubs_of_both_sides_in_a_map_of_ours() -> None:
    """MAP-04, MAP-05, MAP-11, MAP-12: used for each element, and the caller's afterwards."""
    async with we_call_node(LISTS) as link:
        api, heard = link.api, list[tuple[int, Any]]()

        def listen(number: int, value: Any = None) -> int:
            heard.append((number, value))
            return number * 10

        with rpc.stub_of(listen) as mine, api.makeCounter(0) as theirs:
            assert await api.ids().map(lambda n: mine(n, "x")) == [10, 20, 30]
            users = api.ids().map(api.user)
            assert await users.map(lambda u: mine(u.friends[0], u.name)) == [20, 30, 40]
            assert await api.ids().map(theirs.increment) == [1, 3, 6]
            mixed = api.ids().map(lambda n: [mine(n), theirs.increment(1)])
            assert await mixed == [[10, 7], [20, 8], [30, 9]]
            assert await api.ids().map(lambda n: api.callIt(mine, n)) == [10, 20, 30]
            assert await mine(5) == 50
            del users, mixed
        assert heard[:4] == [(1, "x"), (2, "x"), (3, "x"), (2, "user 1")]
        assert await api.promised(listen).map(lambda n: [n, api.square(n)]) == [
            [10, 100],
            [20, 400],
        ]


@own_loop
async def test_errors_in_what_we_map() -> None:
    """MAP-12, MAP-18, MAP-19, MAP-21: of one element, of the input, of a capture of ours."""
    async with we_call_node(LISTS) as link:
        api: Any = link.api
        with rpc.stub_of(Counter(link.world, 0, "mine")) as mine:
            for promise, why in [
                (api.ids().map(api.onlyOdd), "2 is even"),
                (api.fail("no").map(mine.increment), "no"),
                (api.noSuchMethod().map(mine.increment), "is not a function"),
                (api.ids().map(lambda _: mine.broken), "this property cannot be read"),
                (api.ids().map(lambda n: n.no.such.thing), "Cannot read properties of undefined"),
                (api.stream().map(lambda stream: stream), "raw ReadableStreams"),
            ]:
                with pytest.raises(Exception, match=why):
                    await promise
            assert link.world.journal == []
            del promise
        await link.at_rest()
        await link.world.logged("dispose mine")


@own_loop
async def test_a_map_that_we_give_up() -> None:
    """MAP-12, DISP-20: before what it is a map of is there; captures are released."""
    async with we_call_node(LISTS) as link:
        slow = link.api.slow()
        waiting = asyncio.ensure_future(slow)
        await link.node.logged("slow waits")
        with rpc.stub_of(Counter(link.world, 0, "mine")) as mine:
            mapped = slow.map(mine.increment)
        mapped.dispose()
        await link.node.eval("(api, env) => env.state.done([1, 2])")
        assert await waiting == [1, 2]
        slow.dispose()
        await link.world.logged("dispose mine")


@own_loop
async def test_what_cannot_be_recorded() -> None:
    """MAP-13, MAP-14: fails here and at once; nothing was sent or is left."""

    async def asynchronous(_: object) -> int:
        return 1

    async def stream() -> AsyncGenerator[int, None]:
        yield 1

    unread = stream()
    async with we_call_node(LISTS) as link:
        api: Any = link.api
        for function in (
            asynchronous,
            lambda _: Counter(link.world),
            lambda n: api.callIt(print, n),
            lambda n: [n, unread],
            lambda n: n + 1,
        ):
            with pytest.raises(TypeError):
                api.ids().map(function)
    await unread.aclose()
