"""Classes of pydantic's that stand for a scalar with a condition: fields of them are checked."""

import asyncio
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Constrained, Constraint, Scalar
from capnweb_gen.loader import read
from tests.generator.generated import imported

_API = """
from datetime import datetime
from typing import Protocol

from pydantic import AwareDatetime, BaseModel, FutureDatetime, PastDate


class Account(BaseModel):
    born: PastDate
    ends: FutureDatetime
    made: AwareDatetime


class Api(Protocol):
    async def keep(self, account: Account) -> AwareDatetime: ...
"""

_PAST = datetime(2001, 2, 3, tzinfo=UTC)
_FUTURE = datetime(9001, 2, 3, tzinfo=UTC)


def test_models_check_them(tmp_path: Path) -> None:
    (tmp_path / "conditional.py").write_text(_API)
    modules: tuple[Any, ...]
    with imported(tmp_path, "conditional", "conditional_rpc") as modules:
        api, api_rpc = modules

        class Server:
            def keep(self, account: object) -> datetime:
                assert account == api.Account(born=_PAST.date(), ends=_FUTURE, made=_PAST)
                return _FUTURE

        async def main() -> None:
            near, far = rpc.memory_pair()
            rpc.accept(far, api_rpc.export_api(Server()))
            async with rpc.connect(api_rpc.ApiStub, near) as stub:
                good = {"born": _PAST.date(), "ends": _FUTURE, "made": _PAST}
                assert await stub.keep(api.Account(**good)) == _FUTURE
                faults: list[tuple[dict[str, object], str]] = [
                    ({"born": date(9001, 1, 1)}, r"Api.keep\(account\).born: .* in the past"),
                    ({"ends": _PAST}, r"Api.keep\(account\).ends: .* in the future"),
                    ({"made": "2001-02-03T00:00:00"}, r"Api.keep\(account\).made: .* timezone"),
                ]
                for bad, reason in faults:
                    with pytest.raises(rpc.RemoteError, match=reason):
                        await stub.keep({**good, **bad})

        asyncio.run(main())


def test_an_email_address_is_text(tmp_path: Path) -> None:
    """Read only: to check them pydantic needs a package of its own."""
    (tmp_path / "conditional.py").write_text(
        "from dataclasses import dataclass\nfrom typing import Protocol\n\n"
        "from pydantic import EmailStr\n\n\n"
        "@dataclass\nclass User:\n    email: EmailStr\n\n\n"
        "class Api(Protocol):\n    async def add(self, user: User) -> None: ...\n"
    )
    report = Report()
    [(_, contract)] = read([tmp_path / "conditional.py"], report)
    assert report.diagnostics == []
    [user] = contract.types.values()
    [field] = user.fields
    condition = Constraint("validator", "pydantic.networks:EmailStr")
    assert field.type == Constrained(Scalar("str"), (condition,))
