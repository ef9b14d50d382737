"""npm `capnweb` calls our server: callbacks, objects by reference, and their disposal."""

from typing import Any

import capnweb_runtime as rpc
from tests.interop.helpers import node_calls_us
from tests.interop.python_api import Counter, World
from tests.loops import own_loop


@own_loop
async def test_a_callback_within_its_call() -> None:
    """FN-01, FN-02, DISP-10, DISP-11: it is released when the call ends, before the answer."""
    async with node_calls_us() as link:
        assert await link.node.eval("api => api.call_it((a, b) => a + b, 2, 3)") == 5
        assert await link.frames() == [
            ("out", '["push",["pipeline",0,["call_it"],[["export",-1],2,3]]]'),
            ("out", '["pull",1]'),
            ("in", '["push",["pipeline",-1,[],[2,3]]]'),
            ("in", '["pull",1]'),
            ("out", '["resolve",1,5]'),
            ("in", '["release",1,1]'),
            ("in", '["release",-1,1]'),
            ("in", '["resolve",1,5]'),
            ("out", '["release",1,1]'),
        ]


@own_loop
async def test_methods_as_callbacks() -> None:
    """PATH-16, STUB-03, PIPE-03: our own method, and our main object, as arguments to us."""
    async with node_calls_us() as link:
        got = await link.node.eval("""async (api, env) => {
            const {api: mine} = await api.echo({api});
            const got = [await api.call_it(api.square, 5), await mine.square(6)];
            env.dispose(mine);
            return got;
        }""")
        assert got == [25, 36]


@own_loop
async def test_a_handler_that_waits_for_a_callback_is_stopped() -> None:
    """DISP-10, DISP-17: and gives up its own call of the callback."""
    async with node_calls_us() as link:
        await link.node.eval("""async (api, env) => {
            const never = () => { env.log("called"); return new Promise(() => {}); };
            env.state.call = api.call_it(never);
            env.state.call.catch(() => {});
        }""")
        await link.node.logged("called")
        assert await link.node.stats() == {"imports": 2, "exports": 3}
        await link.node.eval("(api, env) => env.dispose(env.state.call)")


@own_loop
async def test_callbacks_that_call_back() -> None:
    """FN-02, MSG-05: handlers on both sides are called while others wait for them."""
    async with node_calls_us() as link:
        got = await link.node.eval("""api =>
            api.call_it((n) => api.call_it(async (m) => await api.square(m) + n, n + 1), 2)
        """)
        assert got == 11


@own_loop
async def test_callbacks_kept_and_called_later() -> None:
    """FN-05, DISP-06, DISP-10, DISP-15: dup() keeps them; each is disposed of once."""
    async with node_calls_us() as link:
        got = await link.node.eval("""async (api, env) => {
            const named = (label, f) =>
                Object.assign(f, {[Symbol.dispose]() { env.log(`dispose ${label}`); }});
            await api.keep(named("double", (x) => x * 2));
            await api.keep(named("triple", async (x) => x * 3));
            const fired = [await api.fire(7), await api.fire(8)];
            return [fired, await env.stats()];
        }""")
        assert got == [[[14, 21], [16, 24]], {"imports": 1, "exports": 3}]
        assert await link.node.log() == []
        assert link.session.stats() == (3, 1)
        assert await link.node.eval("api => api.drop()") == 2
        await link.at_rest()
        assert sorted(await link.node.log()) == ["dispose double", "dispose triple"]


class Registry(rpc.Target):
    """Does with the stubs that it is given what callers have to reckon with."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.kept: list[Any] = []

    def forget_to_dup(self, callback: Any) -> None:
        self.kept.append(callback)

    async def use_kept(self) -> Any:
        return await self.kept[0](1)

    def return_it(self, callback: Any) -> Any:
        return callback

    async def call_member(self, handlers: dict[str, Any], value: int) -> Any:
        return [await handlers["on"]["each"](value), await handlers["list"][0](value)]

    def many(self) -> Any:
        """Three objects and a function, deep inside a structure."""
        counters = [Counter(self.world, n, f"nested {n}") for n in (1, 2)]
        return {
            "counters": counters,
            "deep": {"one": Counter(self.world, 3, "nested 3")},
            "add": lambda a, b=100: a + b,
        }

    def thrice(self) -> Any:
        counter = Counter(self.world, 0, "thrice")
        return [counter, counter, {"x": counter}]

    def stub_of_a_stub(self) -> Any:
        return rpc.stub_of(Counter(self.world, 5, "by stub"))

    def promised(self, callback: Any) -> Any:
        """Results that are not there yet: promises on Node's own functions."""
        return {"a": callback(1), "deep": [callback(2), {"b": callback(3).value}]}

    def passed_on(self, callback: Any) -> Any:
        return callback(4)

    def failing(self, callback: Any) -> Any:
        return [1, callback("no")]

    def keep_twice(self, callback: Any) -> None:
        self.kept += [callback.dup(), callback.dup()]

    def drop_one(self) -> None:
        self.kept.pop().dispose()


@own_loop
async def test_a_callback_that_was_not_kept_is_dead_after_the_call() -> None:
    """DISP-10, DISP-03, DISP-12: but one that is returned lives on, as the caller's."""
    async with node_calls_us(Registry) as link:
        await link.node.eval("api => api.forget_to_dup(() => 1)")
        assert await link.node.eval("api => api.use_kept().catch(String)") == (
            "Error: a stub or promise was used after it had been disposed of"
        )
        got = await link.node.eval("""async (api, env) => {
            const home = await api.return_it((n) => n + 1);
            const n = await home(1);
            env.dispose(home);
            return n;
        }""")
        assert got == 2


@own_loop
async def test_functions_inside_structures() -> None:
    """FN-03, STUB-01, DISP-05: in arguments and in results, called by their path."""
    async with node_calls_us(Registry) as link:
        assert await link.node.eval("""async (api, env) => {
            const handlers = {on: {each: (n) => n + 1}, list: [(n) => n + 2]};
            return api.call_member(handlers, 10);
        }""") == [11, 12]
        assert await link.node.eval("""async (api, env) => {
            const unawaited = api.many();
            const got = [await unawaited.add(1, 2), await unawaited.deep.one.increment(5)];
            const many = await unawaited;
            got.push(await many.add(1), await many.add(1, undefined),
                     await many.counters[0].increment(), await many.counters[1].value);
            env.dispose(many);
            return got;
        }""") == [3, 8, 101, 101, 2, 2]
        await link.at_rest()
        assert sorted(link.world.journal) == [f"dispose nested {n}" for n in (1, 2, 3)]


@own_loop
async def test_promises_of_node_in_our_results() -> None:
    """MSG-16, MSG-17, MSG-18, PIPE-06, PIPE-07: Node gets the values, wherever they come from."""
    async with node_calls_us(Registry) as link:
        assert await link.node.eval("""async (api, env) => {
            const callback = async (n) => n === "no" ? Promise.reject(new RangeError("no")) :
                n === 3 ? {value: 30} : n * 10;
            const got = [await api.promised(callback), await api.passed_on(callback)];
            await api.failing(callback).catch((error) => got.push(String(error)));
            return got;
        }""") == [{"a": 10, "deep": [20, {"b": 30}]}, 40, "RangeError: no"]


@own_loop
async def test_our_object_used_by_node_and_passed_back_to_us() -> None:
    """STUB-03, STUB-04, DISP-09, DISP-13, DISP-15: one object here, whatever it travels through."""
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api, env) => {
            const counter = await api.make_counter(10, "ours");
            const got = [await counter.increment(), await counter.value,
                         await api.increment_counter(counter, 5)];
            const again = await api.give_back(counter);  // through Python, and a stub of Node again
            const copy = counter.dup();
            env.dispose(counter);
            const echoed = await api.echo({copy});
            got.push(await again.increment(), await copy.increment(), await echoed.copy.value);
            env.dispose(again, echoed);
            got.push(await copy.value);
            env.dispose(copy, copy);  // twice is as once
            return got;
        }""") == [11, 11, 16, 17, 18, 18, 18]
        await link.world.logged("dispose ours")
        assert link.world.journal == ["dispose ours"]


@own_loop
async def test_nodes_object_used_by_us_and_given_back() -> None:
    """STUB-01, STUB-03, STUB-09, DISP-08: Node can even await its own object (capnweb cannot)."""
    async with node_calls_us() as link:
        assert await link.node.eval("""async (api, env) => {
            const counter = (label) => new env.Counter(env.world, 3, label);
            const got = [await api.increment_counter(counter("used"), 2)];
            const home = await api.give_back(counter("home"));
            got.push(await home.increment(4), await home.value);
            const {inside} = await api.echo({inside: counter("inside")});
            got.push(await inside.increment());
            env.dispose(home, inside);
            const pipelined = api.give_back(counter("pipelined"));
            got.push(await pipelined.increment(7));
            env.dispose(pipelined);
            return got;
        }""") == [5, 7, 7, 4, 10]
        for label in ("used", "home", "inside", "pipelined"):
            await link.node.logged(f"dispose {label}")
        await link.at_rest()
        assert len(await link.node.log()) == 4


@own_loop
async def test_disposers_run_once_and_with_the_last_reference() -> None:
    """DISP-01, DISP-02, DISP-06, DISP-07, DISP-15, CNT-01: an object of ours, many references."""
    async with node_calls_us(Registry) as link:
        await link.node.eval("""async (api, env) => {
            env.state.thrice = await api.thrice();
            env.state.copy = env.state.thrice[0].dup();
            env.dispose(env.state.thrice);
        }""")
        await link.node.stats(imports=2, exports=1)
        assert link.world.journal == []
        await link.node.eval("(api, env) => env.dispose(env.state.copy, env.state.copy)")
        await link.world.logged("dispose thrice")
        await link.node.eval("""async (api, env) => {
            const counter = await api.stub_of_a_stub();
            env.dispose(counter);
        }""")
        await link.world.logged("dispose by stub")
        await link.at_rest()
        # The reference disposes of an object once for each time that it was returned (DISP-07).
        assert link.world.journal == ["dispose thrice", "dispose by stub"]


@own_loop
async def test_what_node_passes_is_released_on_every_path() -> None:
    """DISP-08, DISP-10, DISP-18, CNT-05, STUB-04: success, failure, unknown method, dead target."""
    async with node_calls_us() as link:
        await link.node.eval("""async (api, env) => {
            const argument = (label) => new env.Counter(env.world, 0, label);
            const quiet = (promise) => promise.catch(() => {});
            await quiet(api.echo(5, argument("too many")));
            await quiet(api.nope(argument("no such method")));
            await quiet(api.motd.deeper(argument("no function")));
            await quiet(api.square(argument("failed")));
            await quiet(api.fail("ValueError", "no", {deep: [argument("deep")]}));
            const dead = await api.make_counter(0, "dead");
            env.dispose(dead);
            await quiet(dead.increment(argument("disposed target")));
            const same = argument("same");
            const stub = new env.RpcStub(same);
            await api.call_it(() => 1, stub, stub);
            env.dispose(stub);
        }""")
        for label in ("too many", "no such method", "no function", "failed", "deep", "same"):
            await link.node.logged(f"dispose {label}")
        await link.at_rest()
        assert len(set(await link.node.log())) == len(await link.node.log())


@own_loop
async def test_a_stub_kept_twice() -> None:
    """DISP-15, CNT-01: it is released with the second, not the first."""
    async with node_calls_us(Registry) as link:
        await link.node.eval(
            "(api, env) => api.keep_twice(new env.Counter(env.world, 0, 'kept twice'))"
        )
        await link.node.eval("api => api.drop_one()")
        assert await link.node.stats() == {"imports": 1, "exports": 2}
        assert await link.node.log() == []
        await link.node.eval("api => api.drop_one()")
        await link.node.logged("dispose kept twice")
        assert link.session.stats() == (1, 1)


@own_loop
async def test_results_that_nobody_wants_any_more_are_released() -> None:
    """DISP-13, DISP-17, DISP-20, MSG-13: a promise given up before or after its object came."""
    async with node_calls_us() as link:
        await link.node.eval("""async (api, env) => {
            env.dispose(api.make_counter(0, "never pulled"));
            const counter = api.make_counter(0, "in a slow result");
            const slow = api.slow({counter});
            slow.catch(() => {});
            await api.motd;
            env.dispose(counter, slow);
        }""")
        await link.world.logged("dispose never pulled")
        await link.world.logged("slow cancelled")
        await link.world.logged("dispose in a slow result")


@own_loop
async def test_the_main_object_lives_as_long_as_its_session() -> None:
    """DISP-21, DISP-22, CNT-08, STUB-03: stubs of it come and go."""
    async with node_calls_us() as link:
        got = await link.node.eval("""async (api, env) => {
            const me = await api.me();
            const n = await me.square(3);
            env.dispose(me);
            return n;
        }""")
        assert got == 9
        await link.at_rest()
        assert "dispose api" not in link.world.journal
        await link.node.eval("(api, env) => env.dispose(api)")
        await link.world.logged("dispose api")
        await link.session.wait_closed()
        assert link.world.journal == ["dispose api"]
