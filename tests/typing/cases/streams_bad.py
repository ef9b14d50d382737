"""Bad use of streams: every marked line is rejected."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import capnweb_runtime as rpc
from api import Address, Event, Recording, User
from api_rpc import MediaStub, MediaTarget, RecordingPromise


async def texts() -> AsyncIterator[str]:
    yield "a"


async def numbers() -> AsyncIterator[int]:
    yield 1


def pieces() -> Iterator[bytes]:
    yield b"a"


async def reading(media: MediaStub) -> None:
    for _ in media.tail():  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    async for text in media.tail():
        shown: str = text  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
        print(shown)
    async for event in media.follow():
        event.nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    async for _ in media.maybe(1):  # type: ignore[attr-defined]  # pyright: ignore[reportGeneralTypeIssues, reportUnknownVariableType]
        pass
    stream: AsyncIterator[str] = await media.tail()  # type: ignore[assignment]  # pyright: ignore[reportAssignmentType]
    print(stream, len(media.tail()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    media.tail()[0]  # type: ignore[index]  # pyright: ignore[reportIndexIssue]
    media.tail().map(lambda c: c)  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownLambdaType, reportUnknownMemberType]
    await media.tail().nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    (await media.tail()).nope  # type: ignore[attr-defined]  # pyright: ignore[reportAttributeAccessIssue, reportUnknownMemberType]
    await media.play(Recording("song", numbers()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    (await media.play(RecordingPromise.of(title="x", sound=texts()))).nope  # type: ignore[arg-type, attr-defined]  # pyright: ignore[reportArgumentType, reportAttributeAccessIssue, reportUnknownMemberType]


async def writing(media: MediaStub) -> None:
    await media.upload(b"abc")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload([b"abc"])  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload(pieces())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload(texts())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload(texts)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload(media.ticks)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.upload(media.upload(media.tail()))  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.save_users(numbers())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.greet(numbers())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.greet(media.tail())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.through(numbers(), texts)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.through(texts(), lambda n: texts())  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.through(numbers(), lambda n: n)  # type: ignore[arg-type, return-value]  # pyright: ignore[reportArgumentType]
    await media.thumbnail(b"abc")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    await media.twice(5)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


class Wrong(MediaTarget):
    async def tail(self) -> AsyncIterator[str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        yield "a"

    def follow(self) -> list[Event]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return []

    def count(self, end: int) -> Iterator[int]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        yield end

    async def opened(self) -> AsyncIterator[User]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        yield User(id=1, name="", address=Address(street="", city=""))

    async def upload(self, data: AsyncIterator[str]) -> int:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return 0

    async def maybe(self, end: int | None) -> AsyncIterator[str] | None:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return None

    async def save_users(self, users: list[User]) -> list[str]:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return []

    def thumbnail(self, picture: bytes) -> rpc.Blob:  # type: ignore[override]  # pyright: ignore[reportIncompatibleMethodOverride]
        return rpc.Blob(b"")
