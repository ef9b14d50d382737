"""We call a server on npm `capnweb`: calls, properties, pipelining, order, giving up."""

import asyncio
from collections.abc import Callable

import pytest

import capnweb_runtime as rpc
from tests.interop.helpers import round_trip, we_call_node
from tests.interop.python_api import PythonApi
from tests.loops import own_loop


@own_loop
async def test_a_call_and_its_frames() -> None:
    """MSG-01, MSG-03, MSG-06, MSG-10, MSG-11, MSG-12: the first messages; a value is kept."""
    async with we_call_node() as link:
        assert await link.node.frames() == []
        square = link.api.square(3)
        assert [await square, await square, *await asyncio.gather(square, square)] == [9] * 4
        assert await link.api["greet"]("Ada") == "Hello, Ada!"
        assert await link.frames() == [
            ("in", '["push",["pipeline",0,["square"],[3]]]'),
            ("in", '["pull",1]'),
            ("out", '["resolve",1,9]'),
            ("in", '["release",1,1]'),
            ("in", '["push",["pipeline",0,["greet"],["Ada"]]]'),
            ("in", '["pull",2]'),
            ("out", '["resolve",2,"Hello, Ada!"]'),
            ("in", '["release",2,1]'),
        ]


@own_loop
async def test_a_call_is_made_whether_or_not_its_result_is_wanted() -> None:
    """MSG-05, MSG-10, ERR-19: what is not awaited runs; a promise that is dropped is released."""
    async with we_call_node("log(line) { env.log(line); } fail() { throw new Error(); }") as link:
        _ = link.api.log("first"), link.api.fail(), link.api.log("second")
        await link.node.logged("second")
        assert await link.node.log() == ["first", "second"]
        assert not [text for _, text in await link.node.frames() if "pull" in text]
        del _


@own_loop
async def test_three_calls_deep_in_one_round_trip() -> None:
    """PIPE-01, PIPE-03, PIPE-04, MSG-10, PIPE-12: each call uses the one before; one is awaited."""
    async with we_call_node() as link:
        with link.api.self() as me, me.getUser(7) as user, me.square(user.id) as square:
            everything = link.api.echo(
                {
                    "deep": [square, {"city": user.address.city, "list": [[user.id]]}],
                    "friends": (user.friends[1], user.friends),
                    "user": user,
                }
            )
        assert await everything == {
            "deep": [49, {"city": "Oslo", "list": [[7]]}],
            "friends": [9, [8, 9]],
            "user": {"id": 7, "name": "user 7", "friends": [8, 9], "address": {"city": "Oslo"}},
        }
        frames = await link.frames()
        assert [way for way, _ in frames].count("out") == 1
        assert [text for _, text in frames if "pull" in text] == ['["pull",4]']
        assert frames[:4] == [
            ("in", '["push",["pipeline",0,["self"],[]]]'),
            ("in", '["push",["pipeline",1,["getUser"],[7]]]'),
            ("in", '["push",["pipeline",1,["square"],[["pipeline",2,["id"]]]]]'),
            (
                "in",
                (
                    '["push",["pipeline",0,["echo"],[{"deep":[[["pipeline",3],{"city":["pipeline",2,'
                    '["address","city"]],"list":[[[[["pipeline",2,["id"]]]]]]}]],"friends":'
                    '[[["pipeline",2,["friends",1]],["pipeline",2,["friends"]]]],'
                    '"user":["pipeline",2]}]]]'
                ),
            ),
        ]


@own_loop
async def test_what_is_here_already_is_not_asked_for_again() -> None:
    """MSG-11, MSG-12: a settled promise is used from here and sent as what it is (capnweb #265)."""
    async with we_call_node() as link:
        with link.api.getUser(7) as user, link.api.makeCounter(1, "c") as counter:
            await user
            await counter
            await link.node.stats(imports=1, exports=2)  # the counter is all that Node keeps for us
            before = len(await link.node.frames())
            assert [await user.friends[0], await user.address.city, await user.nope] == [
                8,
                "Oslo",
                None,
            ]
            assert len(await link.node.frames()) == before
            assert await link.api.square(user.id) == 49
            assert await link.api.incrementCounter(counter, user.friends[1]) == 10
        frames = [text for way, text in await link.frames() if way == "in"]
        assert '["push",["pipeline",0,["square"],[7]]]' in frames
        assert '["push",["pipeline",0,["incrementCounter"],[["import",-1],9]]]' in frames


@own_loop
async def test_an_error_passes_down_the_pipeline() -> None:
    """PIPE-05, DISP-18: calls, properties and arguments made of a failed promise fail like it."""
    async with we_call_node() as link:
        with link.api.throwsLater("the root") as bad, bad.call() as called:
            uses = [
                *(called.deeper(), bad.property, link.api.square(bad), link.api.echo({"x": [bad]})),
                link.api.callIt(lambda: 1, bad),
            ]
            outcomes = await asyncio.gather(*uses, return_exceptions=True)
        assert [str(outcome) for outcome in outcomes] == ["Error: the root"] * 5


#: What Python finds at the end of a path of Node's main object.
PATHS: list[tuple[Callable[[rpc.DynamicStub], rpc.DynamicPromise], object]] = [
    (lambda api: api.motd, "be kind"),
    (lambda api: api.nested, {"a": {"b": [10, 20, {"c": "deep"}]}}),
    (lambda api: api.nested.a.b, [10, 20, {"c": "deep"}]),
    (lambda api: api.nested.a.b[1], 20),  # sent as a number, which JavaScript's client cannot
    (lambda api: api.nested.a.b[2].c, "deep"),
    (lambda api: api["nested"]["a"]["b"][0], 10),
    (lambda api: api.nope, None),
    (lambda api: api.nested.a.nope, None),
    (lambda api: api.nested.a.b[3], None),
    (lambda api: api.nested.a.b.length, None),
    (lambda api: api.motd.length, None),
    (lambda api: api["constructor"], None),
]


@own_loop
async def test_property_paths() -> None:
    """PATH-01, PATH-05, PATH-07, PATH-10, PATH-12, PATH-14."""
    async with we_call_node() as link:
        for path, wanted in PATHS:
            assert await path(link.api) == wanted, repr(path(link.api))


@own_loop
async def test_getters_and_methods_as_properties() -> None:
    """PATH-06, PATH-14, PATH-15, PATH-16."""
    async with we_call_node("""
        get counter() { return new env.Counter(env.world, 5, "read"); }
        get broken() { throw new RangeError("no reading"); }
        factor = 3;
        times(n) { return n * 4; }  // with `this` it would fail: capnweb forgets it here
    """) as link:
        with await link.api.counter as counter:
            assert await counter.increment() == 6
        await link.node.logged("dispose read")
        with pytest.raises(ValueError, match=r"^no reading$"):
            await link.api.broken
        with pytest.raises(TypeError, match="instance property of the RpcTarget"):
            await link.api.factor
        with await link.api.times as times:
            assert await times(5) == 20


@own_loop
async def test_calls_start_in_order() -> None:
    """ORD-01, ORD-02, ORD-04: whatever they are called on."""
    async with we_call_node("log(line) { env.log(line); } self() { return this; }") as link:
        with link.api.self() as me:
            calls = [stub.log(f"{n}") for n, stub in enumerate([link.api, me] * 20)]
            await asyncio.gather(*calls)
        # A promise is a turn later than the object itself, and keeps an order of its own.
        lines = [int(line) for line in await link.node.log()]
        assert [n for n in lines if n % 2 == 0] == list(range(0, 40, 2))
        assert [n for n in lines if n % 2 == 1] == list(range(1, 40, 2))


@own_loop
async def test_answers_come_in_any_order() -> None:
    """ORD-05, MSG-06."""
    async with we_call_node() as link:
        slow = asyncio.ensure_future(link.api.slow("late"))
        assert await link.api.square(2) == 4
        assert await link.api.release() == 1
        assert await slow == "late"


@own_loop
async def test_a_promise_of_ours_as_an_argument() -> None:
    """PIPE-08, PIPE-09, PIPE-10, ORD-03: the call waits for a value, a stub, or an error."""
    async with we_call_node() as link:
        ours = PythonApi(link.world)
        with rpc.stub_of(ours) as local:
            square = asyncio.ensure_future(link.api.square(local.slow(9)))
            await link.world.logged("slow waits")
            assert await link.api.square(2) == 4
            ours.release()
            assert await square == 81
            slow = link.api.incrementCounter(local.make_later(1), 2)
            assert await slow == 3
            with pytest.raises(TypeError, match=r"^never came$"):
                await link.api.echo([local.fail_later("TypeError", "never came")])
        await link.world.logged("dispose late")
        frames = [text for way, text in await link.frames() if way == "in"]
        assert '["push",["pipeline",0,["square"],[["promise",-1]]]]' in frames
        assert '["resolve",-1,9]' in frames


@own_loop
async def test_a_promise_given_up_before_its_value_came() -> None:
    """DISP-17, DISP-20, DISP-02: whoever awaits it is told; a late value is released unseen."""
    async with we_call_node() as link:
        with link.api.makeCounter(0, "late") as counter:
            slow = link.api.slow({"deep": [counter]})
        waiting = asyncio.ensure_future(slow)
        await link.node.logged("slow waits")
        slow.dispose()
        slow.dispose()
        with pytest.raises(rpc.DisposedError):
            await waiting
        assert await link.api.release() == 1
        await link.node.logged("dispose late")


@own_loop
async def test_a_task_that_is_cancelled_gives_its_promise_up() -> None:
    """DISP-17: without a word from the application."""
    async with we_call_node() as link:
        task = asyncio.ensure_future(link.api.slow(1))
        await link.node.logged("slow waits")
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        await link.node.stats(imports=1, exports=1)
        await link.api.release()


@own_loop
async def test_a_pipelined_call_survives_its_base() -> None:
    """PIPE-12, DISP-16, DISP-17."""
    async with we_call_node() as link:
        base = link.api.slow({"n": 5, "m": {"k": 6}})
        call, copy = link.api.square(base.n), base.m.dup()
        base.dispose()
        await round_trip(link.session)
        await link.api.release()
        with copy:
            assert [await call, await copy, await copy.k] == [25, {"k": 6}, 6]


@own_loop
async def test_both_sides_call_at_once() -> None:
    """MSG-03: each side has ids of its own."""
    async with we_call_node() as link:
        ours = [asyncio.ensure_future(link.api.square(n)) for n in range(200)]
        theirs = link.node.eval(
            "api => Promise.all(Array.from({length: 200}, (_, n) => api.square(n)))"
        )
        *results, last = await asyncio.gather(*ours, theirs)
        assert results == last == [n * n for n in range(200)]
