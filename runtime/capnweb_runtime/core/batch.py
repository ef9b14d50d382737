"""An end of a session of one round trip: all messages of the client, then all of the server's.

Whatever asks for one more answer can never get it, and is told so at once instead of waiting for
ever: the client when its messages are on their way (`sent_all`), the server when it has read them
(`received_all`). The server may still call what it was given by its client, without awaiting the
result, and may pass the promise of that result on: such calls are sent, as by the reference.

Streams need answers to their writes, which tell the sender that there is room, and that all was
taken: they are refused. A blob is all there when it is sent, and is written whole.
"""

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook, Mapper, Path
from capnweb_runtime.core.hooks import ErrorHook
from capnweb_runtime.core.host import Host
from capnweb_runtime.core.imports import Import
from capnweb_runtime.core.payload import EncodedPayload, Payload
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.core.streams import BlobHook, PartHook, blob_pieces
from capnweb_runtime.errors import BatchEndedError, BrokenError, CallError, StreamError
from capnweb_runtime.ids import ImportId
from capnweb_runtime.limits import Limits

__all__ = ["BatchEndpoint"]

_NO_STREAMS: Final = (
    "an HTTP batch carries no streams, since nobody would answer what is written to them: "
    "send a list, bytes or a blob, or connect by WebSocket"
)


class BatchEndpoint(Endpoint):
    """One end of a batch."""

    def __init__(
        self,
        host: Host,
        limits: Limits,
        errors: ErrorPolicy,
        call_timeout: float | None = None,
        pulled: Callable[[], None] = lambda: None,
    ) -> None:
        """`pulled` is called each time the peer is asked for a result."""
        super().__init__(host, None, limits, errors, call_timeout)
        self._pulled = pulled
        self._sent: BrokenError | None = None
        self._received: BrokenError | None = None
        self._pipes: list[Hook] = []

    # ---------------------------------------------------------------- for the shell

    def sent_all(self, reason: BrokenError) -> None:
        """What is called from now on cannot be sent any more, and fails with `reason`.

        Promises of this side that were sent and are not settled are rejected: to be called before
        the last messages are taken.
        """
        for export_id in list(self._unanswered):
            self._send_settled(
                export_id,
                BatchEndedError(
                    "a promise in the arguments was not settled when its HTTP batch was sent"
                ),
            )
        self._sent = reason

    def received_all(self, reason: BrokenError) -> None:
        """The peer will not answer any more: whoever waits for it fails with `reason`.

        What it has not written to the end by now fails as well.
        """
        self._received = reason
        self._imports.unanswered(reason)
        self._exports.fail_pipes(StreamError("an HTTP batch has ended within a stream"))

    @property
    def is_idle(self) -> bool:
        """Whether no call of the peer's is under way."""
        return self._exports.is_idle

    def when_idle(self, then: Callable[[], None]) -> None:
        """Call `then` when no call of the peer's is under way, perhaps at once."""
        self._exports.when_idle(then)

    # ---------------------------------------------------------------- for imports

    @override
    def send_call(self, import_id: ImportId, path: Path, arguments: Payload) -> Hook:
        if self._sent is not None:
            arguments.dispose()
            return ErrorHook(self._sent)
        return super().send_call(import_id, path, arguments)

    @override
    def send_get(self, import_id: ImportId, path: Path) -> Hook:
        return super().send_get(import_id, path) if self._sent is None else ErrorHook(self._sent)

    @override
    def send_map(self, import_id: ImportId, path: Path, mapper: Mapper) -> Hook:
        if self._sent is not None:
            mapper.dispose()
            return ErrorHook(self._sent)
        return super().send_map(import_id, path, mapper)

    @override
    def send_stream(
        self, import_id: ImportId, path: Path, arguments: Payload
    ) -> tuple[Hook, int | None]:
        arguments.dispose()
        return ErrorHook(CallError(_NO_STREAMS)), None

    @override
    def send_pull(self, entry: Import) -> None:
        reason = self._sent or self._received
        if reason is None:
            super().send_pull(entry)
            self._pulled()
        else:
            entry.unanswered(reason)

    # ---------------------------------------------------------------- streams and blobs

    @override
    def check_stream(self) -> None:
        raise CallError(_NO_STREAMS)

    @override
    def send_pipe(self, source: PartHook) -> Import:
        assert isinstance(source, BlobHook)  # all else was refused
        self._put('["pipe"]')
        pipe = self._imports.add_pipe()
        self._pipes.append(pipe)  # not released: the peer has still to take its readable end
        entry = pipe.entry
        assert entry is not None
        for piece in blob_pieces(source.data):
            self._write(entry.id, ("write",), EncodedPayload.of([piece]))
        self._write(entry.id, ("close",), EncodedPayload([[]]))
        return entry

    def _write(self, pipe: ImportId, path: Path, arguments: Payload) -> None:
        answer, _ = super().send_stream(pipe, path, arguments)
        answer.dispose()
