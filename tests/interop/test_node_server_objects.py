"""We call a server on npm `capnweb`: callbacks, objects by reference, when they are disposed of."""

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import we_call_node
from tests.interop.python_api import Counter, World
from tests.loops import own_loop


class Callback:
    """A function with a disposer."""

    def __init__(self, world: World, label: str, factor: int) -> None:
        self._world = world
        self._label = label
        self._factor = factor

    async def __call__(self, n: int) -> int:
        return n * self._factor

    def __exit__(self, *exc: object) -> None:
        self._world.log(f"dispose {self._label}")


@own_loop
async def test_a_callback_within_its_call() -> None:
    """FN-01, FN-02, DISP-10: Node releases it when its call ends."""
    async with we_call_node() as link:
        assert await link.api.callIt(lambda a, b: a + b, 2, 3) == 5
        frames = await link.frames()
        assert [text for way, text in frames if way == "in"] == [
            '["push",["pipeline",0,["callIt"],[["export",-1],2,3]]]',
            '["pull",1]',
            '["resolve",1,5]',
            '["release",1,1]',
        ]
        assert [text for way, text in frames if way == "out"] == [
            '["push",["pipeline",-1,[],[2,3]]]',
            '["release",-1,1]',  # the result is a promise, with which the call has ended
            '["pull",1]',
            '["release",1,1]',
            '["resolve",1,5]',
        ]


@own_loop
async def test_methods_as_callbacks() -> None:
    """PATH-16, STUB-03, PIPE-03: Node's own methods, as arguments to it."""
    async with we_call_node("""
        square(n) { return n * n; }
        callIt(f, ...args) { return f(...args); }
        squareOf(stub, n) { return stub.square(n); }
    """) as link:
        assert await link.api.callIt(link.api.square, 5) == 25
        assert await link.api.squareOf(link.api, 6) == 36
        with await link.api.square as square:
            assert await link.api.callIt(square, 7) == 49


@own_loop
async def test_callbacks_that_call_back() -> None:
    """FN-02, MSG-05: handlers on both sides are called while others wait for them."""
    async with we_call_node() as link:
        api = link.api

        async def inner(n: int) -> int:
            squared: int = await api.square(n)
            return squared + 2

        async def outer(n: int) -> int:
            result: int = await api.callIt(inner, n + 1)
            return result

        assert await api.callIt(outer, 2) == 11


@own_loop
async def test_callbacks_kept_and_called_later() -> None:
    """FN-05, DISP-06, DISP-10, DISP-15: each is disposed of once, when Node drops it."""
    async with we_call_node() as link:
        await link.api.keep(Callback(link.world, "double", 2))
        await link.api.keep(Callback(link.world, "triple", 3))
        assert [await link.api.fire(7), await link.api.fire(8)] == [[14, 21], [16, 24]]
        assert link.session.stats() == (1, 3)
        assert link.world.journal == []
        assert await link.api.drop() == 2
        await link.at_rest()
        assert sorted(link.world.journal) == ["dispose double", "dispose triple"]


@own_loop
async def test_what_javascript_passes_to_a_python_function() -> None:
    """VAL-05: what is undefined is left out if there is a default, and None if there is none."""

    def show(first: object, second: object = "default", *rest: object) -> list[object]:
        return [first, second, *rest]

    async with we_call_node("""
        calls(f) { return Promise.all([f(1), f(undefined), f(1, undefined), f(1, 2, undefined)]); }
        results(f) { return f().then((value) => value === undefined); }
    """) as link:
        assert await link.api.calls(show) == [
            *([1, "default"], [None, "default"], [1, "default"], [1, 2])
        ]

        def nothing() -> None:
            pass

        assert await link.api.results(nothing) is True


@own_loop
async def test_nodes_object_used_by_us_and_passed_back() -> None:
    """STUB-03, STUB-04, DISP-09, DISP-13, DISP-15: it is one object."""
    async with we_call_node() as link:
        counter = await link.api.makeCounter(10, "theirs")
        assert [await counter.increment(), await counter.value] == [11, 11]
        assert await link.api.incrementCounter(counter, 5) == 16
        assert await link.api.incrementCounter(counter.dup(), counter.value) == 32
        copy = counter.dup()
        counter.dispose()
        with pytest.raises(rpc.DisposedError):
            await counter.value
        assert await link.node.log() == []
        with copy:
            assert await copy.increment() == 33
        copy.dispose()  # twice is as once
        await link.node.logged("dispose theirs")
        await link.at_rest()
        assert await link.node.log() == ["dispose theirs"]


@own_loop
async def test_our_object_used_by_node_and_given_back() -> None:
    """STUB-01, STUB-03, STUB-09, DISP-08, DISP-15: as itself: calls of it do not travel."""
    async with we_call_node() as link:
        assert await link.api.incrementCounter(Counter(link.world, 3, "used"), 2) == 5
        await link.world.logged("dispose used")
        home = await link.api.giveBack(Counter(link.world, 3, "home"))
        nested = await link.api.giveBackInside(Counter(link.world, 3, "inside"))
        await link.node.stats(imports=1, exports=1)  # Node holds nothing of ours any more
        before = await link.node.frames()
        assert [await home.increment(4), await home.value] == [7, 7]
        assert await nested[0]["inside"].increment() == 4
        assert await link.node.frames() == before
        home.dispose()
        nested[0]["inside"].dispose()
        with link.api.giveBack(Counter(link.world, 3, "pipelined")) as pipelined:
            assert await pipelined.increment(7) == 10
        await link.at_rest()
        assert sorted(link.world.journal) == [
            f"dispose {label}" for label in ("home", "inside", "pipelined", "used")
        ]


@own_loop
async def test_a_stub_of_our_object_stays_ours() -> None:
    """DISP-09, DISP-12, DISP-15, DISP-19, STUB-04: Node's references come and go."""
    async with we_call_node() as link:
        counter = Counter(link.world, 0, "held")
        with rpc.stub_of(counter) as stub:
            assert await link.api.incrementCounter(stub, 1) == 1
            with pytest.raises(rpc.RemoteError, match="already disposed"):
                await link.api.echo([stub, stub, counter])  # DISP-12: capnweb returns no parameter
            await link.at_rest()
            assert link.world.journal == []
            assert await stub.increment() == 2
        await link.world.logged("dispose held")
        await link.at_rest()
        assert link.world.journal == ["dispose held"]


@own_loop
async def test_objects_inside_results() -> None:
    """FN-03, STUB-01, DISP-04, DISP-05, DISP-13: all of them belong to the promise they came by."""
    async with we_call_node("""
        many() {
            const counter = (n) => new env.Counter(env.world, n, `nested ${n}`);
            return {counters: [counter(1), counter(2)], deep: {one: counter(3)},
                    add: (a, b = 100) => a + b};
        }
    """) as link:
        with link.api.many() as promise:
            assert await promise.add(1, 2) == 3
            assert await promise.deep.one.increment(5) == 8
            assert await promise.counters[1].value == 2
            many: dict[str, Any] = await promise
            assert [await many["add"](1), await many["counters"][0].increment()] == [101, 2]
            promise.counters.dispose()  # a property is not disposed of by itself
            assert await many["counters"][0].value == 2
        with pytest.raises(rpc.DisposedError):
            await many["deep"]["one"].value
        for n in (1, 2, 3):
            await link.node.logged(f"dispose nested {n}")


@own_loop
async def test_promises_of_ours_in_nodes_results() -> None:
    """MSG-16, MSG-17, MSG-18, PIPE-06, PIPE-07: we get the values, wherever they come from."""

    async def callback(n: object) -> object:
        if n == "no":
            raise KeyError("no")
        return {"value": n}

    async with we_call_node("""
        promised(callback) { return {a: callback(1), deep: [callback(2)]}; }
        passedOn(callback) { return callback(4); }
        failing(callback) { return [1, callback("no")]; }
    """) as link:
        assert await link.api.promised(callback) == {"a": {"value": 1}, "deep": [{"value": 2}]}
        assert await link.api.passedOn(callback) == {"value": 4}
        assert await link.api.passedOn(callback).value == 4
        with pytest.raises(KeyError, match="no"):  # our own exception, which did not travel
            await link.api.failing(callback)


@own_loop
async def test_what_we_pass_is_released_on_every_path() -> None:
    """DISP-08, DISP-10, DISP-18: success, failure, unknown method, dead target, failed promise."""
    async with we_call_node() as link:
        api = link.api

        def argument(label: str) -> Counter:
            return Counter(link.world, 0, label)

        with await api.makeCounter() as dead:
            pass
        calls: dict[str, Callable[[Counter], rpc.DynamicPromise]] = {
            "too many": lambda it: api.square(5, it),
            "no such method": lambda it: api.nope(1, it),
            "no function": lambda it: api.motd.deeper(1, it),
            "failed": lambda it: api.fail("Error", "no", {"deep": [it]}),
            "failed argument": lambda it: api.echo(it, api.fail("Error", "no")),
            "disposed target": lambda it: dead.increment(1, it),
            "disposed promise": lambda it: _disposed(api.square(2)).call(it),
        }
        for label, call in calls.items():
            await asyncio.gather(
                asyncio.ensure_future(call(argument(label))), return_exceptions=True
            )
            await link.world.logged(f"dispose {label}")
        await link.at_rest()
        assert link.world.journal == [f"dispose {label}" for label in calls]


def _disposed(promise: rpc.DynamicPromise) -> rpc.DynamicPromise:
    promise.dispose()
    return promise


@own_loop
async def test_stubs_that_are_forgotten_are_released() -> None:
    """DISP-01: by Python's collector, later than by dispose(), but they are."""
    async with we_call_node() as link:
        counter = await link.api.makeCounter(0, "forgotten")
        assert await counter.increment() == 1
        del counter
        await link.node.logged("dispose forgotten")


@own_loop
async def test_an_id_counts_as_often_as_it_was_introduced() -> None:
    """CNT-01, CNT-05, STUB-04: a stub passed twice in a message is released twice."""
    async with we_call_node("""
        keepBoth(a, b) { env.state.kept = [a.dup(), b.dup()]; }
        dropOne() { env.dispose(env.state.kept.pop()); }
        twice() {
            const counter = new env.Counter(env.world, 0, "sent twice");
            const stub = new env.RpcStub(counter);
            return [stub, stub.dup()];
        }
    """) as link:
        with rpc.stub_of(Counter(link.world, 0, "passed twice")) as stub:
            await link.api.keepBoth(stub, stub)
        await link.api.dropOne()
        await link.node.stats(imports=2, exports=1)
        assert link.world.journal == []
        await link.api.dropOne()
        await link.world.logged("dispose passed twice")

        first, second = await link.api.twice()
        first.dispose()
        assert await second.increment() == 1
        assert await link.node.log() == []
        second.dispose()
        await link.node.logged("dispose sent twice")
