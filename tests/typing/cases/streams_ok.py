"""Good use of streams: every line passes both checkers, with exactly these types, and runs."""

# mypy: disable-error-code="unused-awaitable"
# (assert_type gives back what it is given, and nobody awaits it.)

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator
from typing import assert_type

import capnweb_runtime as rpc
from api import Address, Event, Recording, User
from api_rpc import (
    ChannelStub,
    MediaStub,
    MediaTarget,
    RecordingPromise,
    RecordingResult,
    UserPromise,
    export_media,
)


class Mailbox:
    def __init__(self) -> None:
        self.log: list[str] = []

    async def send(self, text: str) -> None:
        self.log.append(text)

    def close(self) -> None: ...

    async def list(self) -> list[str]:
        return self.log


def user(number: int) -> User:
    return User(id=number, name=f"u{number}", address=Address(street="s", city="c"))


async def counted(end: int) -> AsyncIterator[int]:
    for number in range(end):
        yield number


async def loud(numbers: AsyncIterator[int]) -> AsyncIterator[str]:
    async for number in numbers:
        yield f"{number}!"


class MyMedia(MediaTarget):
    async def tail(self) -> AsyncIterator[bytes]:  # an async generator
        yield b"a"
        yield b"b"

    async def follow(self) -> AsyncGenerator[Event, None]:  # the narrower type of one
        yield Event(kind="joined", user=user(1))

    def count(self, end: int) -> AsyncIterator[int]:  # a function that returns one
        return counted(end)

    async def opened(self) -> AsyncIterator[Mailbox]:  # of objects, each by reference
        yield Mailbox()
        yield Mailbox()

    async def greet(self, channels: AsyncIterator[ChannelStub]) -> int:
        greeted = 0
        async for channel in channels:
            assert_type(channel, ChannelStub)
            await channel.send("hello")
            greeted += 1
        return greeted

    async def upload(self, data: AsyncIterable[bytes]) -> int:  # the wider type of the parameter
        return sum([len(chunk) async for chunk in data])

    async def save_users(self, users: AsyncIterator[User]) -> list[str]:
        return [each.name async for each in users]

    async def maybe(self, end: int | None) -> AsyncIterator[int] | None:  # a coroutine
        return None if end is None else counted(end)

    async def play(self, recording: RecordingResult) -> RecordingResult:
        assert_type(recording.sound, AsyncIterator[bytes])
        return recording

    async def through(
        self,
        data: AsyncIterator[int],
        change: rpc.Callback[
            [AsyncIterable[rpc.Arg[int]] | rpc.Promise[AsyncIterator[int]]], rpc.StreamPromise[str]
        ],
    ) -> AsyncIterator[str]:
        async for text in change(data):
            assert_type(text, str)
            yield text

    @property
    def ticks(self) -> AsyncIterator[int]:
        return counted(3)

    def thumbnail(self, picture: rpc.Blob) -> rpc.Blob:
        return rpc.Blob(picture.data[:1], picture.media_type)

    def twice(self, number: rpc.BigInt) -> rpc.BigInt:
        return rpc.BigInt(number * 2)

    def doomsday(self) -> rpc.FarDate:
        return rpc.FarDate(8_640_000_000_000_000)


async def reading(media: MediaStub) -> None:
    tail = media.tail()
    assert_type(tail, rpc.StreamPromise[bytes])
    assert_type(await tail, AsyncIterator[bytes])
    async for chunk in media.tail():  # without awaiting it first
        assert_type(chunk, bytes)
    assert [chunk async for chunk in await media.tail()] == [b"a", b"b"]
    async for event in media.follow():
        assert assert_type(event, Event).user == user(1)
    async for channel in media.opened():
        assert_type(channel, ChannelStub)
        await channel.send("x")
        assert await channel.list() == ["x"]
    assert [number async for number in media.ticks] == [0, 1, 2]
    maybe = media.maybe(2)
    assert_type(maybe, rpc.OptionalPromise[AsyncIterator[int], rpc.StreamPromise[int]])
    assert_type(await maybe, AsyncIterator[int] | None)
    assert [number async for number in media.maybe(2).some] == [0, 1]
    assert await media.maybe(None) is None


async def writing(media: MediaStub) -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"abc"
        yield b"de"

    assert assert_type(await media.upload(pieces()), int) == 5
    # One that came from there, or is still to come.
    assert await media.upload(await media.tail()) == 2
    assert await media.upload(media.tail()) == 2

    async def users() -> AsyncIterator[User | UserPromise]:
        yield user(1)
        yield UserPromise.of(id=2, name="promised", address=user(1).address)

    assert await media.save_users(users()) == ["u1", "promised"]

    boxes = [Mailbox(), Mailbox()]

    async def mailboxes() -> AsyncIterator[Mailbox]:
        for box in boxes:
            yield box

    assert await media.greet(mailboxes()) == 2
    assert [box.log for box in boxes] == [["hello"], ["hello"]]
    assert await media.greet(media.opened()) == 2


async def inside(media: MediaStub) -> None:
    async def sound() -> AsyncIterator[bytes]:
        yield b"la"

    played = media.play(Recording("song", sound()))
    assert_type(played, RecordingPromise)
    assert_type(played.sound, rpc.StreamPromise[bytes])
    result = await played
    assert assert_type(result, RecordingResult).title == "song"
    assert [chunk async for chunk in assert_type(result.sound, AsyncIterator[bytes])] == [b"la"]
    again = await media.play(RecordingPromise.of(title="two", sound=media.tail()))
    assert [chunk async for chunk in again.sound] == [b"a", b"b"]
    shouted = media.through(counted(2), loud)
    assert_type(shouted, rpc.StreamPromise[str])
    assert [text async for text in shouted] == ["0!", "1!"]


async def values(media: MediaStub) -> None:
    blob = await media.thumbnail(rpc.Blob(b"abc", "image/png"))
    assert assert_type(blob, rpc.Blob) == rpc.Blob(b"a", "image/png")
    assert await media.thumbnail(media.thumbnail(blob)) == blob
    number = await media.twice(rpc.BigInt(5))
    assert (assert_type(number, rpc.BigInt), type(number)) == (10, rpc.BigInt)
    assert_type(await media.doomsday(), rpc.FarDate)


async def locally() -> None:
    """The same with a stub of a local object."""
    media = export_media(MyMedia())
    for use in (reading, writing, inside, values):
        await use(media)
