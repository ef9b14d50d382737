"""The claim: any text works, or ends its session with a documented error, and nothing is left.

This side has a main object that does all there is to do with what it is given: `tests/core/api.py`,
and streams and blobs in both directions. Limits are small, so that they are reached.
"""

import gc
import json
from contextlib import suppress
from functools import partial
from typing import Final

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Path
from capnweb_runtime.core.hooks import ValueHook
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.streams import (
    BlobHook,
    Chunk,
    End,
    Once,
    PartHook,
    ReadableHook,
    SourceHook,
    StreamWriter,
    WritableHook,
    Written,
    WrittenHook,
)
from capnweb_runtime.errors import EncodeError, PeerAbortedError, ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.decode import Decoder, NoReferences
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Expression, Leaf
from capnweb_runtime.wire.json_text import dumps, loads
from tests.core import harness
from tests.core.api import Api
from tests.core.objects import Cap, encoded, nothing

__all__ = ["check", "check_codec", "check_session"]

LIMITS: Final = Limits(
    message_size=100_000,
    depth=40,
    bigint_digits=500,
    exports=60,
    imports=60,
    map_operations=500,
    stream_buffer=3_000,
    blob_size=1_000,
)

#: So many messages are enough for anything that only happens in a sequence.
MOST_MESSAGES: Final = 100


def check(text: str) -> None:
    """Check one input, as a session and value by value.

    Raises:
        Exception: whatever should not have been raised; that is a finding.
    """
    messages = text.split("\n")[:MOST_MESSAGES]
    check_session(messages)
    for message in messages:
        check_codec(message)


# ---------------------------------------------------------------------------------- a session


def check_session(messages: list[str]) -> bool:
    """Let a session receive some messages; gives whether it was still open after them."""
    world = harness.World()
    api = Api(world)
    end = _End(world, api)
    for message in messages:
        end.receive(message)
        if end.reason is not None:
            break
    reason = end.reason
    for error in end.reported:
        raise error
    assert reason is None or isinstance(reason, ProtocolError | PeerAbortedError), repr(reason)
    end.close()
    end.let_go()
    for cap in api.kept:
        cap.dispose()
    for later in api.laters:
        later.fail(ValueError("it is over"))
    if any(target.handles for target in world.targets):
        gc.collect()  # a peer can tie what it gives into a circle
    world.check_closed()
    return reason is None


class _Sink(Written):
    """Something that the peer can write to."""

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        arguments.dispose()
        return ValueHook(EncodedPayload(None))

    @override
    def get(self, path: Path) -> Hook:
        return ValueHook(EncodedPayload(None))

    @override
    def released(self) -> None:
        pass

    @override
    def lost(self, reason: BaseException) -> None:
        pass


class _End(harness.End):
    """One end, and what it does with streams."""

    def __init__(self, world: harness.World, api: Api) -> None:
        super().__init__(world, api.target, LIMITS)
        self._pumps: list[tuple[PartHook, StreamWriter]] = []
        self._writers: list[StreamWriter] = []
        self._clock = 0.0
        # How the reference of a call tells a stream from a capability is the shell's business.
        api.target.members.update(
            source=lambda: Cap(SourceHook([1, [2], "3"], self.unwrap, Once(nothing))),
            blob=lambda: Cap(BlobHook(b"abc", "text/plain", self.unwrap)),
            sink=lambda: Cap(WritableHook(WrittenHook(_Sink()), self.unwrap)),
            read=self._read,
            write=self._write,
        )

    def receive(self, message: str) -> None:
        """One message, and what this side does then."""
        self.endpoint.receive(message)
        while self._pumps:
            self._pump(*self._pumps.pop(0))
        for text in self.take():
            json.loads(text)

    def let_go(self) -> None:
        """Of what it writes to."""
        for writer in self._writers:
            writer.give_up()

    # ---- for the endpoint

    @override
    def now(self) -> float:
        self._clock += 0.01
        return self._clock

    @override
    def pump(self, source: PartHook, writer: StreamWriter) -> None:
        self._pumps.append((source, writer))  # a task, in a real shell: not in the midst of this
        self._writers.append(writer)

    @override
    def unwrap(self, part: PartHook) -> object:
        return part

    # ---- streams

    def _pump(self, source: PartHook, writer: StreamWriter) -> None:
        match source:
            case ReadableHook():
                source.pipe.read(partial(self._forward, source, writer))
            case BlobHook():
                self._put(writer, [source.data])
            case SourceHook():
                assert isinstance(source.source, list)
                self._put(writer, source.source)
            case _:
                raise AssertionError(source)

    def _forward(self, source: ReadableHook, writer: StreamWriter, chunk: Chunk) -> None:
        if isinstance(chunk, End):
            self._put(writer, [])
        elif isinstance(chunk, BaseException):
            writer.abort(encoded([chunk]), nothing_of)
        else:
            chunk.dispose()
            source.pipe.read(partial(self._forward, source, writer))

    @staticmethod
    def _put(writer: StreamWriter, chunks: list[object]) -> None:
        with suppress(Exception):  # what an earlier write failed with
            for chunk in chunks:
                writer.write(encoded([chunk]))
        writer.close(nothing_of)

    @staticmethod
    def _read(stream: object) -> object:
        """Read one chunk; what it is does not matter."""
        hook = stream.hook if isinstance(stream, Cap) else None
        if not isinstance(hook, ReadableHook):
            return None
        hook.once.taken = True
        if hook.pipe._reading is None:
            hook.pipe.read(_drop)
        return None

    def _write(self, stream: object, value: object) -> object:
        hook = stream.hook if isinstance(stream, Cap) else None
        if isinstance(hook, WritableHook):
            writer = StreamWriter(hook.hook.dup(), self.now)
            self._writers.append(writer)
            writer.write(encoded([value]))
            self._put(writer, [value])
        return None


def _drop(chunk: Chunk) -> None:
    if not isinstance(chunk, End | BaseException):
        chunk.dispose()


def nothing_of(_: object) -> None:
    """What becomes of it does not matter."""


# ---------------------------------------------------------------------------------- the codec


def check_codec(text: str) -> None:
    """Decode one text; what that gives can be encoded, and then comes to the same text again."""
    try:
        value = Decoder(NoReferences(), LIMITS).decode(loads(text))
    except ProtocolError:
        return
    try:
        written = _written(value)
    except EncodeError:
        return  # deeper than what may be sent, or changed by being a value
    again = Decoder(NoReferences(), Limits()).decode(loads(written))
    assert _written(again) == written, "what came of a value is another value"


def _written(value: object) -> str:
    encoder = Encoder(lambda unknown: unknown, Limits().depth)
    return dumps(encoder.encode(value), _no_leaf)


def _no_leaf(leaf: Leaf) -> Expression:
    raise AssertionError(leaf)
