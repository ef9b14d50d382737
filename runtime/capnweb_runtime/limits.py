"""What one peer may cost. Each limit with its default, and the reason of the default."""

from dataclasses import dataclass, fields

from capnweb_runtime.checks import check_count

__all__ = ["DEFAULT_LIMITS", "Limits"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Limits of one session. They are this side's alone: the peer is never told of them.

    What comes in past `message_size`, `depth`, `bigint_digits`, `exports` or `imports` ends the
    session with a `ProtocolError`, what waits to be written past `unsent` with a
    `ConnectionLostError`. A map past `map_operations`, a stream past `stream_buffer` and a blob
    past `blob_size` fail alone; an HTTP batch past `batch_size` is refused as a whole. What the
    application itself sends past `exports`, or deeper than the default of `depth`, fails that call.

    Raises:
        ValueError: for a limit that is not a positive whole number.
    """

    #: Characters of one incoming message. 32 MiB, as the reference has it: room for a 20 MB file
    #: in base64, and small enough that a handful of hostile sessions cannot fill a machine.
    message_size: int = 32 * 1024 * 1024

    #: Bytes of an HTTP batch: of a request at the server, of an answer at the client. All of it is
    #: in memory before its first message is read, so it is as large as one message may be.
    batch_size: int = 32 * 1024 * 1024

    #: Levels of nesting of a value that comes in, counted through the arguments of calls. 256 as
    #: the reference has it. What goes out has 256 at most: a value that passes here passes there.
    depth: int = 256

    #: Characters of a bigint. The cost of reading one grows with the square of its length;
    #: 16,384, the reference's bound, takes well under a millisecond.
    bigint_digits: int = 16384

    #: Entries of the export table: results not yet released, and objects that the peer holds. And
    #: calls of the peer under way, whether it has released them or not.
    #: An entry costs about half a kilobyte, so a peer can bind some 50 MB.
    exports: int = 100_000

    #: Objects and promises of the peer that are held here. Calls of this side are not counted: how
    #: many it makes is its own affair.
    imports: int = 100_000

    #: Instructions that one map may run: elements times instructions, nested maps included. Each
    #: makes an object of about a kilobyte, or a call.
    map_operations: int = 250_000

    #: Characters of one stream that have been written by the peer and not read here. The window of
    #: an honest peer follows what is read, and seldom passes a few megabytes.
    stream_buffer: int = 64 * 1024 * 1024

    #: Bytes of one blob, which is delivered whole. As large as a message; of a peer that sends it
    #: in one chunk, as the reference does, some 24 MiB fit in a message.
    blob_size: int = 32 * 1024 * 1024

    #: Characters waiting to be written to a peer that does not read. Past it the session ends:
    #: whoever asks for more than this and takes none of it is not coming back. The answer to an
    #: HTTP batch waits until it is complete, and has no more than this.
    unsent: int = 64 * 1024 * 1024

    def __post_init__(self) -> None:
        for field in fields(self):
            check_count(getattr(self, field.name), f"Limits.{field.name}")


DEFAULT_LIMITS = Limits()
