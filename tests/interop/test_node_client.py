"""npm `capnweb` calls our server: calls, properties, pipelining, order."""

import asyncio

import pytest

from tests.interop.helpers import node_calls_us
from tests.interop.node import NodeError
from tests.loops import own_loop


@own_loop
async def test_a_call_and_its_frames() -> None:
    """MSG-01, MSG-03, MSG-06, MSG-09, MSG-10, MSG-11, WS-01: the first messages of a session."""
    async with node_calls_us() as link:
        assert await link.node.frames() == []
        assert await link.node.eval("(api, env, n) => api.square(n)", 3) == 9
        assert await link.node.eval("(api, env, name) => api.greet(name)", "Ada") == "Hello, Ada!"
        assert await link.frames() == [
            ("out", '["push",["pipeline",0,["square"],[3]]]'),
            ("out", '["pull",1]'),
            ("in", '["resolve",1,9]'),
            ("out", '["release",1,1]'),
            ("out", '["push",["pipeline",0,["greet"],["Ada"]]]'),
            ("out", '["pull",2]'),
            ("in", '["resolve",2,"Hello, Ada!"]'),
            ("out", '["release",2,1]'),
        ]


@own_loop
async def test_a_call_is_made_whether_or_not_its_result_is_wanted() -> None:
    """MSG-05, MSG-10, ERR-19: what is not awaited runs, and neither value nor error is sent."""
    async with node_calls_us() as link:
        await link.node.eval("""(api, env) => env.dispose(
            api.log("first"), api.fail("ValueError", "unseen"), api.log("second"))""")
        await link.world.logged("second")
        assert link.world.journal == ["first", "second"]
        assert all(way == "out" for way, _ in await link.frames())


@own_loop
async def test_arguments_left_out_and_methods_without_a_result() -> None:
    """VAL-05: a default applies to what is left out or undefined; None is undefined or null."""
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api, env) => {
            const counter = await api.make_counter(1);
            const got = [await counter.increment(), await counter.increment(undefined),
                         await counter.increment(5)];
            got.push(await api.nothing() === undefined, await api.echo(null) === null);
            env.dispose(counter);
            return got;
        }""") == [2, 3, 8, True, True]


@own_loop
async def test_three_calls_deep_in_one_round_trip() -> None:
    """PIPE-01, PIPE-03, PIPE-04, MSG-10, PIPE-12: each call uses the one before; one is awaited."""
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api, env) => {
            const me = api.me();
            const user = me.get_user(7);
            const square = me.square(user.id);
            const all = api.echo({
                deep: [square, {city: user.address.city, list: [[user.id]]}],
                friends: user.friends,
                user,
            });
            env.dispose(me, user, square);  // the calls are under way
            return all;
        }""") == {
            "deep": [49, {"city": "Oslo", "list": [[7]]}],
            "friends": [8, 9],
            "user": {
                "id": 7,
                "name": "user 7",
                "friends": [8, 9],
                "address": {"city": "Oslo", "zip": None},
            },
        }
        frames = await link.frames()
        assert frames[:4] == [
            ("out", '["push",["pipeline",0,["me"],[]]]'),
            ("out", '["push",["pipeline",1,["get_user"],[7]]]'),
            ("out", '["push",["pipeline",1,["square"],[["pipeline",2,["id"]]]]]'),
            (
                "out",
                (
                    '["push",["pipeline",0,["echo"],[{"deep":[[["pipeline",3],{"city":["pipeline",2,'
                    '["address","city"]],"list":[[[[["pipeline",2,["id"]]]]]]}]],'
                    '"friends":["pipeline",2,["friends"]],"user":["pipeline",2]}]]]'
                ),
            ),
        ]
        assert [text for _, text in frames if "pull" in text] == ['["pull",4]']
        assert [way for way, _ in frames].count("in") == 1


@own_loop
async def test_an_error_passes_down_the_pipeline() -> None:
    """PIPE-05, DISP-18: calls, properties and arguments made of a failed promise fail like it."""
    async with node_calls_us() as link:
        got = await link.node.eval("""async (api, env) => {
            const bad = api.fail_later("TypeError", "the root");
            const called = bad.call();
            const uses = [called.deeper(), bad.property, api.square(bad), api.echo({x: [bad]}),
                          api.call_it(new env.Counter(env.world, 0, "argument"), bad)];
            const outcomes = await Promise.allSettled(uses);
            env.dispose(bad, called);
            return outcomes.map(({reason}) => `${reason}`);
        }""")
        assert got == ["TypeError: the root"] * 5
        await link.node.logged("dispose argument")


@own_loop
async def test_a_promise_of_the_caller_as_an_argument() -> None:
    """PIPE-08, PIPE-09, PIPE-10, PIPE-13: the call waits for a value, a stub, or an error."""
    async with node_calls_us() as link:
        await link.node.eval("""(api, env) => {
            env.state.value = env.deferred();
            const pending = new env.RpcPromise(env.state.value.promise);
            env.state.square = api.square(pending).then((n) => n);
            env.dispose(pending);
        }""")
        # The call is there, and what comes after it is answered meanwhile.
        assert await link.node.eval("api => api.square(2)") == 4
        assert (
            await link.node.eval(
                "async (api, env) => { env.state.value.resolve(9); return env.state.square; }"
            )
            == 81
        )
        assert await link.node.eval("""async (api, env) => {
            const stub = new env.RpcPromise(Promise.resolve(new env.Counter(env.world, 1, "late")));
            const error = new env.RpcPromise(Promise.reject(new RangeError("never came")));
            const got = [await api.increment_counter(stub, 2)];
            await api.echo([error]).catch((reason) => got.push(String(reason)));
            env.dispose(stub, error);
            return got;
        }""") == [3, "RangeError: never came"]
        await link.node.logged("dispose late")
        sent = [text for way, text in await link.frames() if way == "out"]
        assert '["push",["pipeline",0,["square"],[["promise",-1]]]]' in sent
        assert '["resolve",-1,9]' in sent
        assert ("in", '["release",-1,1]') in await link.node.frames()


#: What JavaScript finds at the end of a path.
PATHS = {
    "api.motd": "'be kind'",
    "api.data.deep": "{ list: [ 10, 20, { c: 'end' } ] }",
    "api.data.deep.list": "[ 10, 20, { c: 'end' } ]",
    "api.data.deep.list[1]": "20",  # JavaScript sends "1"; a server on Node says undefined
    "api.data.deep.list[2].c": "'end'",
    "api.data.keys": "'a member called like a method of dict'",
    # What is not there.
    "api.nope": "undefined",
    "api.data.nope": "undefined",
    "api.data.none": "null",
    "api.data.none.deeper": "undefined",
    "api.data.deep.list[3]": "undefined",
    "api.data.deep.list[-1]": "undefined",
    "api.data.deep.list['01']": "undefined",
    "api.nope.deeper": "TypeError: Cannot read properties of undefined (reading 'deeper')",
    "api.data.nope.deeper": "TypeError: Cannot read properties of undefined (reading 'deeper')",
    # What is there for Python, and nobody else.
    "api._world": "undefined",
    "api.__class__": "undefined",
    "api.__init__": "undefined",
    "api.square.__globals__": "undefined",
    "api.data.deep.list.length": "undefined",
    "api.data.deep.list.append": "undefined",
    "api.data.text.upper": "undefined",
    "api.data.number.real": "undefined",
    "api.data.bytes.hex": "undefined",
    "api.data.date.year": "undefined",
    "api.data.error.args": "undefined",
    "api.data.items": "undefined",
    "api.counter.exposed": (
        "TypeError: 'exposed' is an attribute of the instance, and those are private: to let the "
        "peer read it, define a property on the class"
    ),
    # Getters.
    "api.counter.value": "100",
    "api.counter.increment(5)": "105",
    "api.counter.broken": "Error: this property cannot be read",
    # Calls of what is no function.
    "api()": "TypeError: '' is not a function.",
    "api.nope()": "TypeError: 'nope' is not a function.",
    "api.motd()": "TypeError: 'motd' is not a function.",
    "api._world()": "TypeError: '_world' is not a function.",
    "api.data.text.upper()": "TypeError: 'text.upper' is not a function.",
    "api.data.copy()": "TypeError: 'copy' is not a function.",
    "api.data.nope.deeper()": "TypeError: Cannot read properties of undefined (reading 'deeper')",
}


@own_loop
async def test_property_paths() -> None:
    """PATH-01, PATH-02, PATH-05 to PATH-15, PATH-18, ERR-18, SEC-01."""
    async with node_calls_us() as link:
        found = await link.node.eval(
            """async (api, env, sources) => {
                const found = {};
                for (const source of sources) {
                    const path = eval(`() => ${source}`);
                    found[source] = await path().then(env.show, String);
                }
                return found;
            }""",
            list(PATHS),
        )
        assert found == PATHS
        await link.world.logged("dispose read", 4)  # one for each time that `counter` was read


@own_loop
async def test_a_method_read_as_a_property() -> None:
    """PATH-16, PATH-17, FN-03: it is a function bound to its object."""
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api, env) => {
            const increment = await api.counter.increment;
            const got = [typeof increment, await increment(1), await increment(1)];
            env.dispose(increment);
            return got;
        }""") == ["function", 101, 102]


@own_loop
async def test_dup_of_a_promise() -> None:
    """DISP-16, MSG-16, PIPE-12: it is a reference of its own, to what the promise will be."""
    async with node_calls_us() as link:
        got = await link.node.eval("""async (api, env) => {
            const user = api.get_user(7), counter = api.make_counter(1, "copied");
            const [copy, again] = [user.dup(), counter.dup()];
            env.dispose(user, counter);
            const got = [await copy.friends, await again.increment(), await again.increment()];
            env.dispose(copy, again);
            return got;
        }""")
        assert got == [[8, 9], 2, 3]
        assert ("out", '["push",["pipeline",1,[]]]') in await link.frames()
        await link.world.logged("dispose copied")


@own_loop
async def test_calls_start_in_order() -> None:
    """ORD-01, ORD-02, ORD-04: whatever the handlers are, and whatever they are called on."""
    async with node_calls_us() as link:
        await link.node.eval("""async (api, env) => {
            const me = api.me();
            const calls = Array.from({length: 30}, (_, n) => [
                api.log(`${3 * n}`), api.log_later(`${3 * n + 1}`), me.log(`${3 * n + 2}`)]).flat();
            await Promise.all(calls);
            env.dispose(me);
        }""")
        assert link.world.journal == [str(n) for n in range(90)]


@own_loop
async def test_a_call_that_waits_for_an_argument_is_overtaken() -> None:
    """ORD-03, ORD-05: and answers come as they are ready."""
    async with node_calls_us() as link:
        await link.node.eval("""async (api, env) => {
            const slow = api.slow("slow");
            const calls = [api.log("1"), api.log(slow), api.log("2")];
            await calls[2];
            await api.release();
            await Promise.all(calls);
            env.dispose(slow);
        }""")
        assert link.world.journal == ["slow waits", "1", "2", "slow goes on", "slow"]


@own_loop
async def test_a_result_that_is_not_wanted_any_more_stops_its_handler() -> None:
    """DISP-17: the promise fails at once in Node; here the handler's task is cancelled."""
    async with node_calls_us() as link:
        call = asyncio.create_task(
            link.node.eval("(api, env) => { env.state.call = api.slow(1); return env.state.call; }")
        )
        await link.world.logged("slow waits")
        await link.node.eval("(api, env) => env.dispose(env.state.call)")
        with pytest.raises(NodeError, match="RPC was canceled because the RpcPromise was disposed"):
            await call
        await link.world.logged("slow cancelled")


@own_loop
async def test_a_handler_that_others_wait_for_is_not_stopped() -> None:
    """PIPE-12, DISP-17: a pipelined call that was sent survives the disposal of its base."""
    async with node_calls_us() as link:
        call = asyncio.create_task(
            link.node.eval("""(api, env) => {
                env.state.base = api.slow({n: 5});
                env.state.base.catch(() => {});
                return api.square(env.state.base.n);
            }""")
        )
        await link.world.logged("slow waits")
        await link.node.eval("(api, env) => { env.dispose(env.state.base); return api.release(); }")
        assert await call == 25
        assert "slow cancelled" not in link.world.journal
