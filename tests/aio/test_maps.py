"""Maps as users write them: recorded here, applied at the peer (MAP-*)."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.aio.pairs import joined, quiet


class Person(rpc.Target):
    def __init__(self, log: list[str], number: int) -> None:
        self._log = log
        self._number = number

    def name(self) -> str:
        return f"person {self._number}"

    @property
    def number(self) -> int:
        return self._number

    def __exit__(self, *exc: object) -> None:
        self._log.append(f"person {self._number} is done")


class Api(rpc.Target):
    def __init__(self) -> None:
        self.log: list[str] = []
        self.calls: list[int] = []

    def ids(self) -> list[int]:
        return [1, 2, 3]

    async def ids_later(self) -> list[int]:
        await asyncio.sleep(0)
        return [1, 2, 3]

    def nothing(self) -> object:
        return None

    def one(self) -> int:
        return 7

    def user(self, number: int) -> object:
        self.calls.append(number)
        return {"id": number, "name": f"u{number}", "tags": [number, number + 1]}

    async def square(self, number: int) -> int:
        await asyncio.sleep(0)
        return number * number

    def only_odd(self, number: int) -> int:
        if number % 2 == 0:
            raise ValueError(f"{number} is even")
        return number

    def people(self) -> list[Person]:
        return [Person(self.log, number) for number in (1, 2)]

    def person(self, number: int) -> Person:
        return Person(self.log, number)

    async def tell(self, number: int, person: Any) -> str:
        return f"{number}: {await person.name()}"


def run(test: Callable[[Api, Any], Awaitable[None]], local: object = None) -> None:
    async def main() -> None:
        target = Api()
        async with joined(target, local) as (api, _):
            await test(target, api)
            del api

    asyncio.run(main())


@pytest.mark.parametrize(
    ("function", "expected"),
    [
        (lambda api: lambda i: api.square(i), [1, 4, 9]),  # noqa: PLW0108 (as it is written)
        (lambda api: api.square, [1, 4, 9]),
        (lambda api: lambda i: api.user(i).name, ["u1", "u2", "u3"]),
        (lambda api: lambda i: [i, api.square(i)], [[1, 1], [2, 4], [3, 9]]),
        (lambda _: lambda i: (i, i), [[1, 1], [2, 2], [3, 3]]),
        (lambda api: lambda i: {"n": api.square(api.square(i))}, [{"n": 1}, {"n": 16}, {"n": 81}]),
        (lambda _: lambda i: i, [1, 2, 3]),
        (
            lambda _: lambda i: {"i": i, "s": rpc.const([1])},
            [{"i": i, "s": [1]} for i in (1, 2, 3)],
        ),
        (
            lambda api: lambda i: api.user(i).tags.map(lambda t: [i, t, api.square(t)]),
            [[[i, t, t * t] for t in (i, i + 1)] for i in (1, 2, 3)],
        ),
    ],
)
def test_map_gives_what_the_function_would(
    function: Callable[[Any], Callable[[Any], object]], expected: object
) -> None:
    async def test(_: Api, api: Any) -> None:
        for ids in (api.ids(), api.ids_later()):
            assert await ids.map(function(api)) == expected

    run(test)


def test_null_is_left_alone_and_a_single_value_is_mapped_by_itself() -> None:
    async def test(target: Api, api: Any) -> None:
        assert await api.nothing().map(api.user) is None
        assert await api.one().map(api.square) == 49
        assert target.calls == []

    run(test)


def test_map_on_a_property_and_on_the_result_of_a_map() -> None:
    async def test(_: Api, api: Any) -> None:
        assert await api.user(1).tags.map(api.square) == [1, 4]
        assert await api.ids().map(api.square).map(api.square) == [1, 16, 81]

    run(test)


def test_elements_may_be_objects() -> None:
    async def test(target: Api, api: Any) -> None:
        with api.people() as people:
            assert await people.map(lambda p: [p.name(), p.number]) == [
                ["person 1", 1],
                ["person 2", 2],
            ]
        await quiet()
        assert sorted(target.log) == ["person 1 is done", "person 2 is done"]

    run(test)


def test_results_may_be_objects() -> None:
    async def test(target: Api, api: Any) -> None:
        with api.ids().map(api.person) as people:
            assert [await person.name() for person in await people] == [
                f"person {i}" for i in (1, 2, 3)
            ]
        await quiet()
        assert len(target.log) == 3

    run(test)


def test_stub_of_the_caller_is_called_back_per_element() -> None:
    async def test(_: Api, api: Any) -> None:
        heard: list[object] = []
        with rpc.stub_of(heard.append) as listener:
            await api.ids().map(lambda i: listener(i))  # noqa: PLW0108 (as it is written)
        assert heard == [1, 2, 3]

    run(test)


@pytest.mark.parametrize("is_here", [True, False])
def test_object_in_another_value_may_be_used_whether_that_is_here_or_not(is_here: bool) -> None:
    async def test(_: Api, api: Any) -> None:
        with api.people() as people:
            if is_here:
                await people
            told = await api.ids().map(lambda i: api.tell(i, people[1]))
            assert told == ["1: person 2", "2: person 2", "3: person 2"]

    run(test)


def test_what_is_not_in_a_value_that_is_here_is_told_of_at_once() -> None:
    async def test(_: Api, api: Any) -> None:
        with api.user(1) as user:
            await user
            with pytest.raises(rpc.CallError, match="of undefined"):
                api.ids().map(lambda i: api.tell(i, user.friend.name))

    run(test)


def test_error_of_one_element_fails_the_whole() -> None:
    async def test(_: Api, api: Any) -> None:
        with pytest.raises(ValueError, match="2 is even"):
            await api.ids().map(api.only_odd)
        with pytest.raises(TypeError, match="is not a function"):
            await api.no_such_method().map(api.square)

    run(test)


def test_function_runs_once_and_only_records() -> None:
    async def test(target: Api, api: Any) -> None:
        runs: list[object] = []

        def function(i: Any) -> object:
            runs.append(i)
            return api.user(i).id

        promise = api.ids().map(function)
        assert len(runs) == 1
        assert target.calls == []
        assert await promise == [1, 2, 3]
        with pytest.raises(rpc.CallError, match="placeholder"):
            runs[0].square()  # type: ignore[attr-defined]  # any name is one of it

    run(test)


async def _async_function(i: object) -> object:
    return i


@pytest.mark.parametrize(
    ("function", "fault"),
    [
        (_async_function, "must not be async"),
        (lambda i: i + 1, "unsupported operand"),
        (lambda i: 1 if i else 2, "await it first"),
        (lambda i: f"{i}", "await it first"),
        (lambda i: [lambda: i], "cannot be passed by the function of a map"),
        (lambda _: Api(), "cannot be passed by the function of a map"),
    ],
    ids=["async", "arithmetic", "condition", "format", "function", "target"],
)
def test_functions_that_cannot_be_recorded(function: Callable[[Any], object], fault: str) -> None:
    async def test(_: Api, api: Any) -> None:
        with pytest.raises(TypeError, match=fault):
            api.ids().map(function)
        assert await api.one() == 7, "and calls are made again"

    run(test)


def test_map_of_a_local_value() -> None:
    async def main() -> None:
        api: Any = rpc.stub_of(Api())
        assert await api.ids().map(lambda i: {"s": api.square(i)}) == [{"s": 1}, {"s": 4}, {"s": 9}]

    asyncio.run(main())


def test_map_past_its_limit_fails_and_harms_nothing() -> None:
    async def main() -> None:
        near, far = rpc.memory_pair()
        server = rpc.accept(far, Api(), limits=rpc.Limits(map_operations=6))
        async with rpc.connect(near) as untyped:
            api: Any = untyped
            assert await api.ids().map(lambda i: [api.square(i)]) == [[1], [4], [9]]
            with pytest.raises(TypeError, match="more than 6 operations"):
                await api.ids().map(lambda i: [api.square(i), api.square(i)])
            with pytest.raises(TypeError, match="more than 6 operations"):
                await api.ids().map(lambda i: api.ids().map(lambda j: [i, j]))
            assert await api.one() == 7
        await server.wait_closed()

    asyncio.run(main())
