"""A server offers its contract, and clients compare: over every way to connect."""

import asyncio
import json
import logging
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.testing import virtual_time
from tests.aio.pairs import quiet
from tests.contracts.packages import Versions
from tests.contracts.packages import versions as _versions  # noqa: F401 (a fixture)
from tests.loops import own_loop
from tests.reconnect.site import STEADY, in_virtual_time


def server(package: Any) -> Any:
    class Server(package.ApiTarget):  # type: ignore[misc]
        def __init__(self) -> None:
            self.calls = 0

        def add(self, a: int, b: int) -> int:
            self.calls += 1
            return a + b

    return Server()


def offered(package: Any, *, offer: bool = True, main: Any = None) -> rpc.Transport:
    """The near end of a session whose far end serves."""
    near, far = rpc.memory_pair()
    rpc.accept(far, main or server(package), offer_contract=offer)
    return near


def digest_of(package: Any) -> str:
    contract = json.loads(Path(package.__file__).with_name("contract.json").read_text())
    [digest] = [each["digest"] for name, each in contract["interfaces"].items() if "Api" in name]
    return str(digest)


@own_loop
async def test_the_contract_can_be_read(versions: Versions) -> None:
    async with rpc.connect(offered(versions.old)) as api:
        text = await api["$contract"]
        assert text == Path(versions.old.__file__).with_name("contract.json").read_text()
        assert await api["$digest"] == digest_of(versions.old)
        assert await api.add(1, 2) == 3


@own_loop
async def test_it_is_not_offered_by_default(versions: Versions) -> None:
    near, far = rpc.memory_pair()
    rpc.accept(far, server(versions.old))
    async with rpc.connect(near) as api:
        assert await api["$contract"] is None
        assert await api["$digest"] is None


@own_loop
async def test_only_the_main_object_has_it(versions: Versions) -> None:
    near, far = rpc.memory_pair()
    local = server(versions.old)
    session = rpc.accept(far, server(versions.old), offer_contract=True)
    async with rpc.connect(near, local=local):
        assert await session.main["$digest"] is None


@own_loop
async def test_a_client_may_offer_its_own(versions: Versions) -> None:
    near, far = rpc.memory_pair()
    session = rpc.accept(far, server(versions.old))
    async with rpc.connect(near, local=server(versions.new), offer_contract=True):
        assert await session.main["$digest"] == digest_of(versions.new)


def test_what_has_none_cannot_offer_it(versions: Versions) -> None:
    class Plain(rpc.Target):
        pass

    @own_loop
    async def test() -> None:
        _, far = rpc.memory_pair()
        with pytest.raises(rpc.CallError, match=r"offer_contract: a .*Plain has none"):
            rpc.accept(far, Plain(), offer_contract=True)

    test()
    with pytest.raises(TypeError, match="contract: DynamicStub was not generated"):
        rpc.connect("ws://localhost", contract="require")  # type: ignore[unused-awaitable]
    with pytest.raises(ValueError, match='must be "require", "warn" or None'):
        rpc.connect(versions.old.ApiStub, "ws://localhost", contract="yes")  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="offer_contract must be True or False"):
        rpc.connect("ws://localhost", offer_contract=1)  # type: ignore[call-overload]


@own_loop
async def test_the_same_contract_lets_in(versions: Versions) -> None:
    stub = versions.old.ApiStub
    for package in (versions.old, versions.moved):
        async with rpc.connect(stub, offered(package), contract="require") as api:
            assert await api.add(1, 2) == 3


@own_loop
async def test_another_contract_does_not(versions: Versions) -> None:
    main = server(versions.new)
    connection = rpc.connect(
        versions.old.ApiStub, offered(versions.new, main=main), contract="require"
    )
    with pytest.raises(rpc.ContractMismatchError, match="generate the client") as caught:
        await connection
    assert caught.value.ours == digest_of(versions.old)
    assert caught.value.theirs == digest_of(versions.new)
    assert connection.session.reason is not None
    assert main.calls == 0


@own_loop
async def test_none_is_told_apart(versions: Versions) -> None:
    near = offered(versions.old, offer=False)
    with pytest.raises(rpc.ContractMismatchError, match="offers no contract") as caught:
        await rpc.connect(versions.old.ApiStub, near, contract="require")
    assert caught.value.theirs is None


class Answering(rpc.Target):
    """Gives as its digest what it was told, by a name that only JavaScript has."""

    def __init__(self, answer: Callable[[], object]) -> None:
        self._answer = answer

    def answer(self) -> object:
        return self._answer()


setattr(Answering, "$digest", property(Answering.answer))


def answering(answer: Callable[[], object]) -> rpc.Transport:
    return offered(None, offer=False, main=Answering(answer))


def _fail() -> object:
    raise LookupError("y" * 10_000)


_OTHER = "sha256:" + "0" * 64

_NO_DIGESTS: dict[str, Callable[[], object]] = {
    "number": lambda: 7,
    "empty": lambda: "",
    "long": lambda: "sha256:\n" + "x" * 1_000_000,
    "line": lambda: _OTHER + "\n",
    "object": lambda: {"sha256": [_OTHER]},
    "capabilities": lambda: [print, Answering(lambda: 1)],
    "function": lambda: print,
}


@pytest.mark.parametrize("answer", _NO_DIGESTS.values(), ids=_NO_DIGESTS)
def test_an_answer_that_is_no_digest(
    versions: Versions, caplog: pytest.LogCaptureFixture, answer: Callable[[], object]
) -> None:
    @own_loop
    async def test() -> None:
        stub = versions.old.ApiStub
        with pytest.raises(rpc.ContractMismatchError, match="which is none") as caught:
            await rpc.connect(stub, answering(answer), contract="require")
        assert caught.value.theirs is None
        near = answering(answer)
        connection = rpc.connect(stub, near, contract="warn")
        async with connection:
            await quiet()
            assert connection.session.stats() == (1, 1), "nothing of it is kept"

    with caplog.at_level(logging.WARNING, "capnweb_runtime"):
        test()
    [record] = [each for each in caplog.records if each.name.startswith("capnweb_runtime")]
    assert "which is none" in record.getMessage()
    assert len(record.getMessage()) < 400
    assert "\n" not in record.getMessage()


def test_a_peer_that_fails_to_tell(versions: Versions, caplog: pytest.LogCaptureFixture) -> None:
    @own_loop
    async def test() -> None:
        stub = versions.old.ApiStub
        with pytest.raises(LookupError):
            await rpc.connect(stub, answering(_fail), contract="require")
        near = answering(_fail)
        async with rpc.connect(stub, near, contract="warn"):
            await quiet()

    with caplog.at_level(logging.WARNING, "capnweb_runtime"):
        test()
    [record] = [each for each in caplog.records if each.name.startswith("capnweb_runtime")]
    assert "does not tell its contract" in record.getMessage()
    assert len(record.getMessage()) < 400


@in_virtual_time
async def test_an_answer_that_never_comes(versions: Versions) -> None:
    def never() -> asyncio.Future[object]:
        return asyncio.get_running_loop().create_future()

    stub = versions.old.ApiStub
    near = answering(never)
    with pytest.raises(rpc.CallTimeoutError, match="30 s"):
        await rpc.connect(stub, near, contract="require", call_timeout=30)
    near = answering(never)
    connection = rpc.connect(stub, near, contract="require")
    opening = asyncio.ensure_future(connection)
    await virtual_time.elapse(3600)
    assert not opening.done()
    await connection.aclose()
    with pytest.raises(rpc.SessionClosedError):
        await opening
    for answer in (never, lambda: [rpc.stub_of(Answering(never)).answer()]):
        connection = rpc.connect(stub, answering(answer), contract="warn")
        async with connection as api:
            assert await rpc.DynamicStub(api._hook)["$other"] is None


@pytest.mark.parametrize(
    ("which", "offer", "warning"),
    [("old", True, None), ("new", True, "serves the contract"), ("old", False, "offers no contr")],
)
def test_a_warning_delays_nothing(
    versions: Versions,
    caplog: pytest.LogCaptureFixture,
    which: str,
    offer: bool,
    warning: str | None,
) -> None:
    @own_loop
    async def test() -> None:
        near = offered(getattr(versions, which), offer=offer)
        async with rpc.connect(versions.old.ApiStub, near, contract="warn") as api:
            assert await api.add(1, 2) == 3
            await quiet()

    with caplog.at_level(logging.WARNING, "capnweb_runtime"):
        test()
    messages = [record.getMessage() for record in caplog.records]
    assert [warning is not None and warning in each for each in messages] == [True] * bool(warning)


def test_servers_and_batches(versions: Versions, caplog: pytest.LogCaptureFixture) -> None:
    @own_loop
    async def test() -> None:
        old, mains = versions.old.ApiStub, []

        def make() -> Any:
            mains.append(server(versions.new))
            return mains[-1]

        async with rpc.serve(make, "localhost", 0, offer_contract=True) as running:
            url = f"http://localhost:{running.port}"
            async with rpc.http_batch(versions.new.ApiStub, url, contract="require") as api:
                assert await api.add(1, 2) == 3
            with pytest.raises(rpc.ContractMismatchError):
                async with rpc.http_batch(old, url, contract="require") as api:
                    raise AssertionError("it was entered")
            assert [main.calls for main in mains] == [0, 1, 0]
            async with rpc.http_batch(old, url, contract="warn") as api:
                await asyncio.sleep(0)  # what was asked for beside must not have sent the batch
                assert await api.add(1, 2) == 3
            assert len(mains) == 4
            with pytest.raises(rpc.ContractMismatchError):
                async with rpc.connect(old, url.replace("http", "ws"), contract="require"):
                    raise AssertionError("it was entered")

    with caplog.at_level(logging.WARNING, "capnweb_runtime"):
        test()
    [record] = [each for each in caplog.records if each.name.startswith("capnweb_runtime")]
    assert "serves the contract" in record.getMessage()


@in_virtual_time
async def test_a_connection_that_comes_back_compares_anew(versions: Versions) -> None:
    served = [versions.old, versions.old, versions.new]
    far_ends: list[rpc.Session[Any]] = []

    async def opened() -> rpc.Transport:
        near, far = rpc.memory_pair()
        main = server(served[len(far_ends)])
        far_ends.append(rpc.accept(far, main, offer_contract=True))
        return near

    broken: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
    connection = rpc.connect(
        versions.old.ApiStub,
        opened,
        reconnect=STEADY,
        contract="require",
    )
    async with connection as api:
        api.on_broken(broken.set_result)
        assert await api.add(1, 2) == 3
        far_ends[0].abort()
        await quiet()
        assert await api.add(2, 2) == 4
        far_ends[1].abort()
        reason = await broken
        assert isinstance(reason, rpc.NotConnectedError)
        assert isinstance(reason.__cause__, rpc.ContractMismatchError)
    assert len(far_ends) == 3
