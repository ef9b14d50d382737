"""Bad use of `kinds`: every marked line is rejected, for an ignore that nothing needs is one too."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID
from decimal import Decimal

from kinds import File, Page
from kinds_rpc import FilledStub, GenericsStub, LibraryStub, LibraryTarget, LimitsStub, OverloadedStub, OverloadedTarget


async def library(api: LibraryStub) -> None:
    await api.same_decimal("1.50")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_decimal(1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_uuid("12345678")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_date("2024-02-29")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_datetime(api.released)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_timedelta(1.5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.same_path("a/b")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (await api.same_decimal(Decimal(1))).upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


class WrongLibrary(LibraryTarget):
    def same_decimal(self, value: Decimal) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return str(value)

    def same_date(self, value: datetime) -> datetime:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return value


async def limits(api: LimitsStub) -> None:
    await api.age("3")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.evens(["2"], Decimal(1))  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    await api.some([1]).some[0].upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def overloaded(api: OverloadedStub) -> None:
    await api.find("x")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await api.find(1).id  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await api.open("a", "append")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType, reportCallIssue]
    await api.open("a", "read", b"x")  # type: ignore[call-overload]  # pyright: ignore[reportArgumentType]
    api.find(UUID(int=1))[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    await api.old()  # pyright: ignore[reportDeprecated]  (mypy: with --enable-error-code=deprecated)


class WrongOverloaded(OverloadedTarget):
    def find(self, key: UUID) -> str:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return ""


async def generics(api: GenericsStub) -> None:
    (await api.first([3])).upper()  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await api.first(3)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.json({1: 2})  # type: ignore[dict-item]  # pyright: ignore[reportArgumentType]
    await api.table({"x": ["1"]})  # type: ignore[list-item]  # pyright: ignore[reportArgumentType]
    api.shelf().get(1).nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]


async def filled(api: FilledStub, page: Page[File]) -> None:
    await api.numbers(page)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await api.files(Page[int](items=[]))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    api.files(page).items[0].nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await api.files(page)).items[0].nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await api.hold(api.numbers(Page[int](items=[])))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
