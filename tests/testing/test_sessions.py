"""`testing.session`, and what it says of what is left."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

import pytest

import capnweb_runtime as rpc
from capnweb_runtime import testing


class Account(rpc.Target):
    def name(self) -> str:
        return "Ada"


class Api(rpc.Target):
    def __init__(self) -> None:
        self.kept: list[rpc.DynamicStub] = []
        self.open = asyncio.Event()

    def add(self, a: int, b: int) -> int:
        return a + b

    def log_in(self) -> Account:
        return Account()

    def accounts(self) -> dict[str, list[Account]]:
        return {"all": [Account(), Account()]}

    def keep(self, stub: rpc.DynamicStub) -> None:
        self.kept.append(stub.dup())

    async def wait(self) -> None:
        await self.open.wait()

    async def count(self) -> AsyncIterator[int]:
        for number in range(3):
            yield number


def run(client: Callable[[rpc.DynamicStub], Awaitable[object]]) -> None:
    async def main() -> None:
        async with testing.session(Api()) as api:
            await client(api)

    testing.virtual_time.run(main())


def test_what_is_given_up_is_not_left() -> None:
    async def client(api: rpc.DynamicStub) -> None:
        assert await api.add(1, 2) == 3
        with api.log_in() as account:
            assert await account.name() == "Ada"
            with await account as stub:
                assert await stub.name() == "Ada"
        assert [number async for number in await api.count()] == [0, 1, 2]
        assert await api.accounts()["all"][1].name() == "Ada"

    run(client)


HELD: list[object] = []


@pytest.fixture(autouse=True)
def _held() -> Iterator[None]:
    yield
    HELD.clear()


@pytest.mark.parametrize(
    ("use", "left"),
    [
        (lambda api: api.log_in(), ["the client holds a Account, from log_in()"]),
        (lambda api: api.accounts(), ["the client holds a Account, from accounts()"] * 2),
        (lambda api: api.add, ["the client holds the method add of a Api, from add"]),
    ],
)
def test_what_is_left_is_named(
    use: Callable[[rpc.DynamicStub], rpc.DynamicPromise], left: list[str]
) -> None:
    async def client(api: rpc.DynamicStub) -> None:
        HELD.append(await use(api))

    with pytest.raises(AssertionError) as caught:
        run(client)
    lines = str(caught.value).splitlines()
    assert lines[0] == "not all references were given up when the session ended:"
    assert [line.strip() for line in lines[1:-1]] == left


@pytest.mark.parametrize(
    ("use", "left"),
    [
        (lambda api: api.add(1, 2), r"the client holds the result of add\(\)"),
        (lambda api: api.wait(), r"the client waits for wait\(\)"),
    ],
)
def test_what_nobody_awaited_is_named(
    use: Callable[[rpc.DynamicStub], rpc.DynamicPromise], left: str
) -> None:
    async def client(api: rpc.DynamicStub) -> None:
        HELD.append(use(api))

    with pytest.raises(AssertionError, match=left):
        run(client)


def test_what_the_server_keeps_is_named() -> None:
    def on_news(_: str) -> None: ...

    async def client(api: rpc.DynamicStub) -> None:
        await api.keep(on_news)

    match = r"the server holds the function \S+on_news, an argument of keep\(\)"
    with pytest.raises(AssertionError, match=match):
        run(client)


def test_leaks_may_be_allowed() -> None:
    async def main() -> None:
        async with testing.session(Api(), allow_leaks=True) as api:
            HELD.append(await api.log_in())

    testing.virtual_time.run(main())


def test_what_the_block_raises_is_not_hidden() -> None:
    async def client(api: rpc.DynamicStub) -> None:
        HELD.append(await api.log_in())
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        run(client)


def test_a_session_that_has_ended_is_not_looked_at() -> None:
    async def client(api: rpc.DynamicStub) -> None:
        HELD.append(await api.log_in())
        api.dispose()

    run(client)


def test_options_are_those_of_sessions() -> None:
    async def main() -> None:
        async with testing.session(Api(), call_timeout=1) as api:
            with pytest.raises(rpc.CallTimeoutError):
                await api.wait()
        with pytest.raises(TypeError, match="did you mean 'call_timeout'"):
            testing.session(Api(), cal_timeout=1)  # type: ignore[call-overload]
        with pytest.raises(rpc.CallError, match="does not go by reference"):
            async with testing.session(object()):
                pass

    testing.virtual_time.run(main())
