"""Bad use of `kinds`: every marked line is rejected, for an ignore that nothing needs is one too."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from kinds_rpc import LibraryStub, LibraryTarget, LimitsStub


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
