"""Types that need more than a name, through generated code: what arrives, and what is refused."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest

import capnweb_runtime as rpc
from tests.generator.kinds import Modules
from tests.generator.kinds import modules as _modules  # noqa: F401 (a fixture)


def run(modules: Modules, interface: str, client: Callable[[Any], Awaitable[object]]) -> None:
    """Run a client against the implementation of an interface in `kinds_ok`."""

    async def both() -> None:
        near, far = rpc.memory_pair()
        rpc.accept(far, getattr(modules.kinds_ok, f"My{interface}")())
        async with rpc.connect(getattr(modules.kinds_rpc, f"{interface}Stub"), near) as stub:
            await client(stub)

    asyncio.run(both())


def refused(
    modules: Modules, interface: str, call: Callable[[Any], Awaitable[object]], message: str
) -> None:
    """A call that must fail, with a message that matches."""

    async def client(stub: Any) -> None:
        with pytest.raises((rpc.ArgumentError, rpc.RemoteError), match=message):
            await call(stub)

    run(modules, interface, client)


@pytest.mark.parametrize(
    "interface", ["Library", "Limits", "Overloaded", "Choices", "Generics", "Filled"]
)
def test_good_use_runs(modules: Modules, interface: str) -> None:
    run(modules, interface, getattr(modules.kinds_ok, interface.lower()))


@pytest.mark.parametrize(
    ("method", "value", "expected"),
    [
        ("decimal", 1.5, "decimal number as text"),
        ("decimal", "1_0", "decimal number as text"),
        ("decimal", " 1", "decimal number as text"),
        ("decimal", "NaN", "decimal number as text"),
        ("decimal", "\u0661", "decimal number as text"),
        ("uuid", "12345678123456781234567812345678", "UUID"),
        ("uuid", "{12345678-1234-5678-1234-567812345678}", "UUID"),
        ("date", "20240229", "date"),
        ("date", "2023-02-29", "date"),
        ("date", "2024-02-29T00:00", "date"),
        ("date", 0, "date"),
        ("time", "10", "time"),
        ("time", "25:00", "time"),
        ("timedelta", "P1D", "number of seconds"),
        ("timedelta", True, "number of seconds"),
        ("timedelta", float("inf"), "number of seconds"),
        ("timedelta", 1e300, "number of seconds"),
        ("path", b"a", "path"),
        ("path", "a\0b", "path"),
    ],
)
def test_other_forms_are_refused(
    modules: Modules, method: str, value: object, expected: str
) -> None:
    message = rf"Library\.same_{method}\(value\): .*expected a {expected}"
    refused(modules, "Library", lambda stub: getattr(stub, f"same_{method}")(value), message)


def test_what_is_no_finite_number_is_not_sent(modules: Modules) -> None:
    async def client(stub: Any) -> None:
        with pytest.raises(rpc.EncodeError, match="Decimal NaN"):
            stub.same_decimal(Decimal("NaN"))

    run(modules, "Library", client)


def test_a_datetime_is_no_date(modules: Modules) -> None:
    now = datetime.now().astimezone()
    refused(modules, "Library", lambda stub: stub.same_date(now), "expected a date")


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda api: api.age(0), r"Limits\.age\(age\): Input should be greater than 0"),
        (lambda api: api.age(True), r"Limits\.age\(age\): Input should be a valid integer"),
        (lambda api: api.age("1"), r"age\(age\): Input should be a valid integer"),
        (lambda api: api.age(100), r"Limits\.age\(\) result: Input should be less than 100"),
        (lambda api: api.name("Ada"), r"Limits\.name\(name\): String should match pattern"),
        (lambda api: api.evens([2, 3], Decimal(1)), r"Limits\.evens\(numbers\)\[1\]: not even"),
        (lambda api: api.evens(["2"], Decimal(1)), r"\[0\]: Input should be a valid integer"),
        (
            lambda api: api.evens([], Decimal("9.1")),
            r"\(price\): Input should be less than or equal",
        ),
        (lambda api: api.some([1, 0]), r"\(numbers\)\[1\]: Input should be greater than 0"),
        (lambda api: api.some([1, 2, 3]), r"\(numbers\): List should have at most 2 items"),
        (lambda api: api.some([]), r"some\(\) result: List should have at least 1 item"),
        (lambda api: api.days(date(2023, 1, 1)), r"\(since\): .*greater than or equal"),
    ],
)
def test_conditions_hold_on_both_sides(
    modules: Modules, call: Callable[[Any], Awaitable[object]], message: str
) -> None:
    """Of arguments at the server, of results at the client."""
    refused(modules, "Limits", call, message)


@pytest.mark.parametrize(
    ("pet", "message"),
    [
        ({"kind": "cow"}, "Input tag 'cow' found using 'kind' does not match"),
        ({"lives": 1}, "Unable to extract tag"),
        ({"kind": "dog", "lives": "many"}, r"dog'?\]?\.lives: Input should be a valid integer"),
    ],
)
def test_the_tag_decides(modules: Modules, pet: object, message: str) -> None:
    refused(modules, "Choices", lambda api: api.pet(pet), message)


def test_no_signature_fits(modules: Modules) -> None:
    async def client(api: Any) -> None:
        with pytest.raises(rpc.CallError, match=r"Overloaded\.find: .* none of its signatures"):
            api.find("x")
        with pytest.raises(rpc.CallError, match="none of its signatures"):
            api.find(1, cost=2)
        untyped = rpc.DynamicStub(api._hook.dup())
        with pytest.raises(rpc.RemoteError, match=r"no signature fits: .*UUID.*; or .*list"):
            await untyped.find("x")
        with pytest.raises(rpc.RemoteError, match="it takes 1 arguments"):
            await untyped.find(str(UUID(int=1)), 2)
        assert await untyped.find([str(UUID(int=1))]) == [
            {"id": str(UUID(int=1)), "price": "0.00", "paid": None}
        ]
        method = untyped.find
        assert await method(3) is None
        untyped.dispose()

    run(modules, "Overloaded", client)


def test_of_a_deprecated_method_is_warned(modules: Modules) -> None:
    async def client(api: Any) -> None:
        with pytest.warns(DeprecationWarning, match="use find"):
            assert await api.old() == 1

    run(modules, "Overloaded", client)
