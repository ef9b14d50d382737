"""The shape of streams: each chunk is validated when it is read, and prepared when it is sent."""

from collections.abc import AsyncIterable, AsyncIterator, Callable
from typing import Annotated, Any, TypeVar, cast

from pydantic import PlainValidator, ValidationInfo
from typing_extensions import override

from capnweb_runtime.aio.promises import StreamPromise
from capnweb_runtime.aio.referable import Referable
from capnweb_runtime.aio.refs import encode_arguments, source_hook, take
from capnweb_runtime.aio.shapes import Label, Shape
from capnweb_runtime.aio.streams import ReceivedStream, close
from capnweb_runtime.aio.waiting import Arrival
from capnweb_runtime.core.hook import Reference
from capnweb_runtime.core.streams import PartHook, SourceHook
from capnweb_runtime.errors import CallError

__all__ = ["stream_of"]

R = TypeVar("R")
P = TypeVar("P")


def stream_of(element: Shape[R, Any], /) -> Shape[AsyncIterator[R], StreamPromise[R]]:
    """`AsyncIterator[element]`."""
    return _Stream(element)


class _Stream(Shape[R, P]):
    """A stream: received as an async iterator that validates each chunk."""

    __slots__ = ()

    def __init__(self, element: Shape[Any, Any]) -> None:
        super().__init__(cast("Any", StreamPromise), element, label="stream")
        self.carries = True

    @override
    def described(self) -> Any:
        return Annotated[Any, PlainValidator(self._validate)]

    def _validate(self, value: object, info: ValidationInfo) -> object:
        label: Label | None = info.context
        return self._typed(value, label() if label else self.label)

    def _typed(self, value: object, name: str) -> object:
        """The stream, as one of such chunks; its errors begin with `name`."""
        element = self.args[0]

        def receive(chunk: object) -> Any:
            return element.receive(chunk, lambda: f"{name} chunk")

        if isinstance(value, ReceivedStream):
            return value.typed(receive)
        if isinstance(value, AsyncIterable):  # of a local call
            return _copied(value, receive)
        raise ValueError("expected a stream")

    @override
    def receive(self, value: object, label: Label) -> R:
        if isinstance(value, AsyncIterable):
            return cast("R", self._typed(value, label()))
        return super().receive(value, label)

    @override
    def _fits(self, value: object) -> bool:
        return isinstance(value, AsyncIterable)

    @override
    def _send(self, value: Any) -> object:
        if not isinstance(value, AsyncIterable):
            raise CallError(
                f"a {type(value).__qualname__} is no stream: an async generator is one, or any "
                "other async iterable"
            )
        element = self.args[0]
        return _Prepared(value, element) if element.carries else value


class _Prepared(Referable):
    """An async iterable whose chunks are prepared for sending by their shape."""

    def __init__(self, chunks: AsyncIterable[object], element: Shape[Any, Any]) -> None:
        self._chunks = chunks
        self._element = element

    async def __aiter__(self) -> AsyncIterator[object]:
        async for chunk in self._chunks:
            yield self._element.send(chunk)

    async def aclose(self) -> None:
        """Close what it goes through, if that can be closed."""
        await close(self._chunks)

    @override
    def __rpc_reference__(self) -> Reference:
        chunks = self._chunks
        read = chunks.passed_on() if isinstance(chunks, ReceivedStream) else source_hook(chunks)

        def unwrap(part: PartHook) -> object:
            read.unwrap_with(part)
            return self

        hook = SourceHook(self, unwrap, read.once)  # so that what it goes through is sent once
        read.dispose()
        return Reference(hook, is_promise=False)


async def _copied(
    source: AsyncIterable[object], receive: Callable[[object], R]
) -> AsyncIterator[R]:
    """The chunks of a local stream, each copied as if it came from a peer."""
    try:
        async for chunk in source:
            payload = encode_arguments([chunk]).open()
            failure = await Arrival(payload.settle)
            if failure is not None:
                raise failure.with_traceback(None)
            yield receive(take(payload)[0])
    finally:
        await close(source)
