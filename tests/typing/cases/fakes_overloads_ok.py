"""Good use of fakes with overloaded methods: what they are called with is not checked."""

from __future__ import annotations

from decimal import Decimal
from uuid import UUID

from capnweb_runtime import testing
from kinds import Item
from kinds_rpc import OverloadedStub, OverloadedTarget
from kinds_rpc.fake import FakeFile, FakeOverloaded


def use(target: OverloadedTarget) -> None: ...


async def overloads() -> None:
    fake, item = FakeOverloaded(), Item(id=UUID(int=1))
    use(fake)

    def find(key: UUID | list[UUID] | int, *, price: Decimal | None = None) -> Item | list[Item]:
        return [item] if isinstance(key, list) else item

    fake.find.does(find)
    fake.open.returns(FakeFile())
    async with testing.session(OverloadedStub, fake) as api:
        assert await api.find(item.id) == item
        assert await api.find([item.id]) == [item]
        assert await api.find(3, price=Decimal(1)) == item
        with api.open("path", "read") as file:
            await file
        fake.open.returns(7)
        assert await api.open("path", "write") == 7
    assert [call.args for call in fake.find.calls] == [(item.id,), ([item.id],), (3,)]
