"""Several modules of interfaces in one run: what one defines, the others take from its package."""

import asyncio
import importlib
import itertools
import json
import shutil
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_gen import generate
from tests.typing.checkers import mypy, pyright

_CASE = Path(__file__).parent / "cases/together/market"
_MODULES = ("api", "users", "orders")
_FILES = ("__init__.py", "client.py", "server.py", "fake.py", "contract.json")


def generated(folder: Path, *modules: str, output: Path | None = None) -> Path:
    """A copy of the market with the packages of its modules."""
    shutil.copytree(_CASE / "market", folder / "market")
    result = generate([folder / f"market/{module}.py" for module in modules or _MODULES], output)
    assert result.diagnostics == ()
    return folder


def run_python(code: str, *folders: Path) -> str:
    """What a fresh interpreter prints."""
    root = Path(__file__).parents[2]
    path = ";".join(f"sys.path.insert(0, {str(each)!r})" for each in [root / "runtime", *folders])
    done = subprocess.run(
        [sys.executable, "-B", "-c", f"import sys; {path}\n{code}"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_the_packages_are_those_expected(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    made = generated(tmp_path) / "market"
    for name in (f"{module}_rpc" for module in _MODULES):
        expected = _CASE / "expected" / name
        if request.config.getoption("--update-goldens", default=False):
            shutil.copytree(made / name, expected, dirs_exist_ok=True)
        for file in _FILES:
            assert (made / name / file).read_text() == (expected / file).read_text()


def test_the_order_of_the_sources_does_not_count(tmp_path: Path) -> None:
    for number, order in enumerate(itertools.permutations(_MODULES)):
        made = generated(tmp_path / str(number), *order) / "market"
        for module in _MODULES:
            expected = _CASE / f"expected/{module}_rpc/client.py"
            assert (made / f"{module}_rpc/client.py").read_text() == expected.read_text()


@pytest.mark.timeout(300)
@pytest.mark.parametrize("check", [mypy, pyright])
def test_type_checkers_see_one_class(tmp_path: Path, check: Callable[[Path], str]) -> None:
    made = generated(tmp_path)
    (made / "use.py").write_text(
        """
from typing import assert_type

from market.api_rpc import ApiStub, UserPromise
from market.orders_rpc import CourierPromise, CourierStub, OrderPromise
from market.users_rpc import UserPromise as UsersUserPromise
from market.users_rpc import UserStub, UserTarget


async def greet(user: UserStub) -> str:
    return await user.profile().name


async def use(api: ApiStub, local: UserTarget) -> None:
    await assert_type(api.me(), UserPromise)
    await assert_type(api.sign_in("Ada"), UsersUserPromise)
    await greet(await api.sign_in("Ada"))
    courier = api.trade().courier(1)
    await assert_type(courier.renamed("Bob"), CourierPromise)
    assert_type(await courier, CourierStub)
    await greet(courier)
    await api.trade().given_to(courier)
    await api.trade().given_to(local)
    await assert_type(api.trade().get(1), OrderPromise)
    await greet(api.me())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
"""
    )
    assert check(made) == ""


@pytest.mark.timeout(300)
@pytest.mark.parametrize("check", [mypy, pyright])
def test_any_layout(tmp_path: Path, check: Callable[[Path], str]) -> None:
    """Re-exports, other names, nested classes, modules called as generated ones or libraries."""
    made = tmp_path / "layouts"
    shutil.copytree(_CASE.with_name("layouts"), made)
    sources = [made / f"fleet/{name}.py" for name in ("client", "server", "parts/engine")]
    assert len(generate(sources).folders) == 3
    assert check(made) == ""
    code = """
import fleet.server_rpc, fleet.client_rpc, fleet.parts.engine_rpc
from fleet.client_rpc import ShipStub
returns = ShipStub._default.interface.members["valve"].returns
print(returns.itself is fleet.parts.engine_rpc.EngineValveStub._default)
"""
    assert run_python(code, made) == "True\n"


_IMPORTS = """
import importlib, itertools, sys
packages = ["market.api_rpc", "market.users_rpc", "market.orders_rpc"]
parts = [f"{package}.{part}" for package in packages for part in ("client", "server")]
orders = [*itertools.permutations(packages), *([part] for part in parts)]
orders += zip(parts, reversed(parts))
for order in orders:
    for name in [name for name in sys.modules if name.startswith("market")]:
        del sys.modules[name]
    for name in order:
        importlib.import_module(name)
    from market.api_rpc import ApiStub
    from market.users_rpc import UserStub
    from market.orders_rpc import CourierStub
    assert issubclass(CourierStub, UserStub)
    assert ApiStub._default.interface.members["sign_in"].returns.itself is UserStub._default
    assert CourierStub._default.interface.extends(UserStub._default.interface)
print(len(orders))
"""


def test_modules_can_be_imported_alone_and_in_every_order(tmp_path: Path) -> None:
    assert run_python(_IMPORTS, generated(tmp_path)) == "18\n"


def test_as_it_lies_in_a_wheel_or_anywhere_else(tmp_path: Path) -> None:
    made = generated(tmp_path / "src")
    installed = tmp_path / "site-packages"
    shutil.move(made, installed)
    assert run_python(_IMPORTS, installed) == "18\n"


def test_importing_one_package_leaves_the_others_be(tmp_path: Path) -> None:
    code = "import market.api_rpc; print(sorted(n for n in sys.modules if n.endswith('_rpc')))"
    assert run_python(code, generated(tmp_path)) == "['market.api_rpc']\n"


@pytest.mark.parametrize(
    ("output", "package"),
    [("out", "api_rpc"), ("src/market/rpc", "market.rpc.api_rpc"), ("src", "api_rpc")],
)
def test_another_folder(tmp_path: Path, output: str, package: str) -> None:
    folder = tmp_path / output
    made = generated(tmp_path / "src", output=folder)
    root = made if package.startswith("market") or folder == made else folder
    code = f"import {package} as api; print(api.ApiStub._default.interface.members['trade']"
    shown = run_python(f"{code}.returns.itself.promise.__module__)", made, root)
    assert shown == f"{package.replace('api', 'orders')}.client\n"


def test_what_is_left_out_is_generated_where_it_is_needed(tmp_path: Path) -> None:
    made = generated(tmp_path, "orders") / "market"
    text = (made / "orders_rpc/client.py").read_text()
    assert "class ProfilePromise(" in text
    assert "users_rpc" not in text


def test_two_classes_of_one_name_need_a_package_each(tmp_path: Path) -> None:
    shutil.copytree(_CASE / "market", tmp_path / "market")
    result = generate(tmp_path / "market/api.py")
    found = result.diagnostics[0]
    assert found.code == "CW304"
    assert (
        found.message
        == "UserStub would be generated for both market.api:User and market.users:User"
    )
    assert found.fix == "rename one of them, or generate from both modules in one run"


def test_each_contract_is_whole(tmp_path: Path) -> None:
    made = generated(tmp_path / "together") / "market"
    for module in ("users", "orders"):  # in api alone, two classes have one name
        alone = generated(tmp_path / module, module) / "market"
        contract = (alone / f"{module}_rpc/contract.json").read_text()
        assert json.loads(contract)["interfaces"]
        assert (made / f"{module}_rpc/contract.json").read_text() == contract


class Market:
    """Serves all interfaces of the market."""

    def __init__(self, modules: Any, name: str = "Ada") -> None:
        self._m = modules
        self._name = name

    def people(self) -> "Market":
        return self

    trade = me = orders = prices = people

    def sign_in(self, name: str) -> "Market":
        return Market(self._m, name)

    find = renamed = sign_in

    def courier(self, number: int) -> "Market":
        return Market(self._m, f"courier {number}")

    def profile(self) -> object:
        return self._m.users.Profile(name=self._name)

    def get(self, key: int) -> object:
        return self._order(key)

    def _order(self, number: int) -> object:
        buyer, to = self.profile(), self._m.users.Address(city="Turin")
        price = self._m.money.Price(cents=number)
        return self._m.orders.Order(number=number, buyer=buyer, price=price, to=to)

    def all(self) -> object:
        return self._m.users.Page(items=[self._order(1)])

    async def each(self, give: Callable[[object], Any]) -> None:
        await give(self._order(5))

    def place(self, item: str, to: object) -> object:
        assert item == "tea"
        return self._order(2).model_copy(update={"to": to})  # type: ignore[attr-defined]

    async def given_to(self, user: Any) -> list[object]:
        name = (await user.profile()).name
        order = self._order(3)
        return [order.model_copy(update={"buyer": self._m.users.Profile(name=name)})]  # type: ignore[attr-defined]

    def last_order(self) -> None:
        return None

    def carries(self) -> list[object]:
        return [self._order(4)]

    def number(self) -> int:
        return 7

    def desk(self, desk: Any) -> object:
        self.received = desk
        return self._m.api.Desk(clerk=desk.clerk.dup(), courier=Market(self._m, "Bob"))

    def either(self, key: object) -> object:
        return self.sign_in("Eve") if key == 1 else f"{type(key).__name__}"

    def close(self) -> None:
        return None


class Modules:
    """The modules of a market, imported."""

    def __getattr__(self, name: str) -> Any:
        return importlib.import_module(f"market.{name}")


@pytest.fixture(scope="module", name="modules")
def _modules(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Modules]:
    folder = generated(tmp_path_factory.mktemp("market"))
    sys.path.insert(0, str(folder))
    importlib.invalidate_caches()
    yield Modules()
    sys.path.remove(str(folder))
    for name in [name for name in sys.modules if name.partition(".")[0] == "market"]:
        del sys.modules[name]


async def connected(modules: Any) -> AsyncIterator[Any]:
    near, far = rpc.memory_pair()
    rpc.accept(far, modules.api_rpc.export_api(Market(modules)))
    async with rpc.connect(modules.api_rpc.ApiStub, near) as api:
        yield api


def test_calls_go_through_all_packages(modules: Any) -> None:
    async def both() -> None:
        async for api in connected(modules):
            assert type(await api.sign_in("Bob")) is modules.users_rpc.UserStub
            assert await api.sign_in("Bob").renamed("Eve").profile().name == "Eve"
            assert await api.sign_in("Bob").last_order() is None
            courier = api.trade().courier(1)
            assert type(courier) is modules.orders_rpc.CourierPromise
            assert await courier.renamed("Dan").carries()[0].to.city == "Turin"
            assert await courier.orders().get(9).price.cents == 9
            assert type(api.trade().get(1)) is modules.orders_rpc.OrderPromise
            assert (await api.trade().all()).items[0].number == 1
            assert await api.me().number() == 7
            assert await api.people().find("Zoe").profile().name == "Zoe"
            given = await api.trade().given_to(courier)
            assert given[0].buyer.name == "courier 1"
            assert (await api.trade().given_to(Market(modules)))[0].buyer.name == "Ada"
            seen: list[Any] = []
            await api.trade().each(seen.append)
            assert type(seen[0]) is modules.orders.Order

    asyncio.run(both())


def test_values_with_capabilities_of_other_packages(modules: Any) -> None:
    async def both() -> None:
        async for api in connected(modules):
            desk = await api.desk(modules.api.Desk(clerk=Market(modules, "Zoe")))
            assert type(desk) is modules.api_rpc.DeskResult
            assert type(desk.clerk) is modules.users_rpc.UserStub
            assert type(desk.courier) is modules.orders_rpc.CourierStub
            assert await desk.clerk.profile().name == "Zoe"
            assert await desk.courier.profile().name == "Bob"
            made = modules.api_rpc.DeskPromise.of(clerk=api.sign_in("Dan"))
            assert await (await api.desk(made)).clerk.profile().name == "Dan"
            user = await api.either(1)
            assert await user.profile().name == "Eve"
            order = modules.orders.Order(
                number=1,
                buyer={"name": "Ada"},
                price={"cents": 1},
                to={"city": "Rome"},
            )
            assert await api.either(order) == "Order"

    asyncio.run(both())


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda api: api.trade().place("tea", {"town": "Rome"}), r"Orders\.place\(to\)\.city"),
        (lambda api: api.prices().get(1), r"Repo\.get\(\) result"),
        (lambda api: api.trade().given_to(object()), "a object is no User: it lacks"),
    ],
)
def test_values_are_validated(modules: Any, call: Callable[[Any], Any], message: str) -> None:
    async def both() -> None:
        async for api in connected(modules):
            with pytest.raises((TypeError, rpc.CallError), match=message):
                await call(api)

    asyncio.run(both())
