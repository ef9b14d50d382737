"""Bad use of fakes with overloaded methods: what they give is checked."""

from __future__ import annotations

from kinds_rpc.fake import FakeOverloaded


def overloads(fake: FakeOverloaded) -> None:
    fake.find.returns("text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.open.does(lambda *given: "text")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    fake.nope.returns(1)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
