"""Every exception of the runtime, one tree, arranged by whose fault it is.

```
RpcError
├── RemoteError            the peer's application raised; `name` is the error's name on the wire
│   ├── RemoteTypeError, RemoteValueError, ...   also the builtin of that name (REMOTE_ERRORS)
│   ├── RemoteErrorGroup      it raised several at once; also an ExceptionGroup
│   └── ThrownValueError      it threw a value that is no error
├── CallError              this side could not make or serve one call (also a TypeError)
│   ├── ArgumentError      an argument or result has not the declared type
│   └── EncodeError        a value cannot be sent; `path` leads to it
├── CallTimeoutError       no answer came in time (also a TimeoutError)
├── ContractMismatchError  the peer serves another contract than this client was made for
├── StreamError            a stream ended before its end
├── DisposedError          a stub or promise was used after dispose()
└── BrokenError            the session is over: pending and later calls fail with it
    ├── ProtocolError      the peer broke the protocol, or passed a limit of ours
    ├── PeerAbortedError   the peer ended the session with an abort message
    ├── ConnectionLostError   the transport went away
    │   ├── HttpStatusError     the server answered an HTTP batch by a status other than 2xx
    │   ├── InterruptedCallError   during this call; it may have been carried out
    │   └── NotConnectedError      there is none at present; the call was not sent
    ├── SessionClosedError    this side closed the session
    ├── BatchEndedError       the one round trip of an HTTP batch is over, or this cannot be in it
    └── InternalError      a fault of the runtime itself; please report it
```

An application's own exceptions cross the wire by name and message (`wire_error`), with the cause
they were raised from and what else they have to say (wire/errors.py), and arrive at the peer as a
`RemoteError`.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import ClassVar, Self, TypeAlias

from typing_extensions import override

__all__ = [
    "ArgumentError",
    "BatchEndedError",
    "BrokenError",
    "CallError",
    "CallTimeoutError",
    "ConnectionLostError",
    "ContractMismatchError",
    "DisposedError",
    "EncodeError",
    "HttpStatusError",
    "InternalError",
    "InterruptedCallError",
    "NotConnectedError",
    "OnSendError",
    "PeerAbortedError",
    "ProtocolError",
    "RemoteError",
    "RemoteErrorGroup",
    "RpcError",
    "SessionClosedError",
    "StreamError",
    "ThrownValueError",
    "excerpt",
    "remote_error",
    "wire_error",
]

#: The option `on_send_error` of a session: given an error that is about to be sent, it returns the
#: one to send instead, with its traceback as the stack, or None: this one, and no stack.
OnSendError: TypeAlias = Callable[[BaseException], BaseException | None]


class RpcError(Exception):
    """Root of all exceptions that the runtime raises."""

    #: The name under which the error is sent; None means the name of its class.
    wire_name: ClassVar[str | None] = None


class RemoteError(RpcError):
    """The peer's application raised an error.

    An error that the peer sent as the `cause` of this one is its `__cause__`.

    Attributes:
        name: the error's name as it was sent, for example ``"TypeError"`` or ``"NotFound"``.
        message: its message.
        properties: further members of the error that the peer sent (protocol: error, `props`).
        stack: where it was raised, as text; most peers keep that to themselves, and it is None.
    """

    stack: str | None = None

    def __init__(
        self, message: str, name: str = "Error", properties: Mapping[str, object] | None = None
    ) -> None:
        super().__init__(message)
        self.message = message
        self.name = name
        self.properties: Mapping[str, object] = properties or {}

    @override
    def __str__(self) -> str:
        return f"{self.name}: {self.message}" if type(self) is RemoteError else self.message


class RemoteTypeError(RemoteError, TypeError):
    """A ``TypeError`` raised by the peer."""


class RemoteValueError(RemoteError, ValueError):
    """A ``ValueError`` or JavaScript ``RangeError`` raised by the peer."""


class RemoteKeyError(RemoteError, KeyError):
    """A ``KeyError`` raised by the peer."""


class RemoteIndexError(RemoteError, IndexError):
    """An ``IndexError`` raised by the peer."""


class RemoteLookupError(RemoteError, LookupError):
    """A ``LookupError`` raised by the peer."""


class RemotePermissionError(RemoteError, PermissionError):
    """A ``PermissionError`` raised by the peer."""


class RemoteNotImplementedError(RemoteError, NotImplementedError):
    """A ``NotImplementedError`` raised by the peer."""


class RemoteErrorGroup(RemoteError, ExceptionGroup[Exception]):  # noqa: N818 (named like its base)
    """The peer raised several errors at once (JavaScript: AggregateError).

    Where something among them is no error, all of them are in `properties` as well, as ``errors``.
    A group without any error is a plain `RemoteError`, since Python has no empty groups.
    """

    def __new__(
        cls,
        message: str,
        exceptions: Sequence[Exception],
        properties: Mapping[str, object] | None = None,
    ) -> Self:
        """A group of at least one exception."""
        group = super().__new__(cls, message, exceptions)
        group.name = AGGREGATE_ERROR
        group.properties = properties or {}
        return group

    def __init__(self, *args: object) -> None:
        """All is done by `__new__`, as in every exception group."""

    @override
    def derive(self, excs: Sequence[Exception], /) -> "RemoteErrorGroup":  # type: ignore[override]
        """A group of some of its errors, as `except*` makes them."""
        return RemoteErrorGroup(self.message, excs, self.properties)

    @override
    def __str__(self) -> str:
        return ExceptionGroup.__str__(self)


class ThrownValueError(RemoteError):
    """The peer's application threw what is no error: in JavaScript any value may be thrown.

    Where it is sent on, it is that value again.

    Attributes:
        value: what was thrown.
    """

    def __init__(self, value: object) -> None:
        super().__init__(f"the peer threw {excerpt(value)}")
        self.value = value


#: The name of an error that is several, in JavaScript and on the wire.
AGGREGATE_ERROR = "AggregateError"

#: Which class a received error becomes. An explicit table: a name from the wire is never looked up
#: anywhere else, and any other name is a plain `RemoteError`.
REMOTE_ERRORS: Mapping[str, type[RemoteError]] = MappingProxyType(
    {
        "TypeError": RemoteTypeError,
        "ValueError": RemoteValueError,
        "RangeError": RemoteValueError,
        "KeyError": RemoteKeyError,
        "IndexError": RemoteIndexError,
        "LookupError": RemoteLookupError,
        "PermissionError": RemotePermissionError,
        "NotImplementedError": RemoteNotImplementedError,
    }
)


class CallError(RpcError, TypeError):
    """One call could not be made or served here; the session is unharmed."""

    wire_name = "TypeError"


class ArgumentError(CallError):
    """An argument, or a result, has not the type its interface declares.

    The message names interface, method, parameter and the path within it:
    ``Api.get_profile(user_id): Input should be a valid integer``.
    """


class EncodeError(CallError):
    """A value cannot be sent.

    Attributes:
        reason: what is wrong with it.
        path: the keys and indexes that lead to it, outermost first.
    """

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
        self.path: list[str | int] = []

    def inside(self, key: str | int) -> None:
        """Note that the faulty value lies under `key` (called while the error travels outwards)."""
        self.path.insert(0, key)

    @override
    def __str__(self) -> str:
        where = format_path(self.path).removeprefix(".")
        return f"{where}: {self.reason}" if where else self.reason


class CallTimeoutError(RpcError, TimeoutError):
    """No answer to a call came in time; it was given up, and the peer was told.

    Attributes:
        seconds: how long it was waited for.
    """

    wire_name = "TimeoutError"

    def __init__(self, seconds: float) -> None:
        super().__init__(f"no answer came within {seconds:g} s")
        self.seconds = seconds


class ContractMismatchError(RpcError):
    """The peer serves another contract than the one that this client was made for, or offers none.

    Attributes:
        ours: the digest of this client's contract.
        theirs: that of the peer's; None if it offers none, or gives what is no digest.
    """

    wire_name = "Error"

    def __init__(self, ours: str, said: object) -> None:
        """`said` is what the peer gave as its digest, whatever that is; None for nothing."""
        theirs = said if isinstance(said, str) and _DIGEST.fullmatch(said) else None
        if said is None:
            message = (
                f"the peer offers no contract to compare this client's with ({ours}): have it serve"
                " with offer_contract=True (in JavaScript: give its main object a getter $digest),"
                " or connect without `contract`"
            )
        elif theirs is None:
            message = (
                f"the peer gives {excerpt(said)} as the digest of its contract, which is none"
                f" (this client's: {ours}): have it give what stands in its contract.json"
            )
        else:
            message = (
                f"the peer serves the contract {theirs}, and this client was made for {ours}:"
                " generate the client anew from the peer's interfaces, or update the peer"
                " (`capnweb-gen breaking` tells what has changed)"
            )
        super().__init__(message)
        self.ours = ours
        self.theirs = theirs


#: How a contract is named, whatever it says.
_DIGEST = re.compile(r"sha256:[0-9a-f]{64}")


class DisposedError(RpcError):
    """A stub or promise was used after it had been disposed of."""

    wire_name = "Error"


class StreamError(RpcError):
    """A stream ended before its end: given up, cancelled, or written to after it was closed."""

    wire_name = "Error"


class BrokenError(RpcError):
    """The session is over. Base of the reasons why."""

    wire_name = "Error"


class ProtocolError(BrokenError):
    """The peer sent what the protocol does not allow, or went past a limit of this side."""

    wire_name = "TypeError"


class PeerAbortedError(BrokenError):
    """The peer ended the session with an abort message.

    Attributes:
        reason: what it gave as the reason, usually a `RemoteError`; None where it gave none.
    """

    def __init__(self, reason: object) -> None:
        super().__init__(f"the peer ended the session: {reason}")
        self.reason = reason


class ConnectionLostError(BrokenError):
    """The transport was closed or failed."""


class HttpStatusError(ConnectionLostError):
    """The server answered an HTTP batch by a status other than 2xx.

    Attributes:
        status: for example 503.
    """

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"the HTTP batch failed: {status} {reason}".rstrip())
        self.status = status


class InterruptedCallError(ConnectionLostError):
    """The session ended while this call was under way, and is being opened again.

    Whether the call was carried out is not known. Why the session ended is the `__cause__`.
    """


class NotConnectedError(ConnectionLostError):
    """There is no session at present, and this call was not sent: not now, and not later.

    Too many calls wait for one already, or it has waited for too long, or the connection has been
    given up, for the reason that is the `__cause__`.
    """


class BatchEndedError(BrokenError):
    """An HTTP batch is one round trip: what was asked for lies beyond its end."""


class SessionClosedError(BrokenError):
    """This side closed the session, for example by disposing of its main stub."""


class InternalError(BrokenError):
    """A fault of the runtime itself ended the session."""


def remote_error(
    name: str, message: str, properties: dict[str, object], stack: str | None = None
) -> RemoteError:
    """The exception for an error received from the peer (protocol: error).

    Takes the properties; those that are exceptions' own in Python, `cause` and the `errors` of a
    group, are taken out of them.
    """
    cause = properties.get("cause")
    if isinstance(cause, BaseException):
        del properties["cause"]
    else:
        cause = None
    error = _remote_group(message, properties) if name == AGGREGATE_ERROR else None
    if error is None:
        error = REMOTE_ERRORS.get(name, RemoteError)(message, name, properties)
    error.__cause__ = cause
    error.stack = stack
    return error


def _remote_group(message: str, properties: dict[str, object]) -> RemoteError | None:
    """The group for a received AggregateError; None if no error is in it."""
    members = properties.setdefault("errors", [])
    if not isinstance(members, list):
        return None
    errors = [each for each in members if isinstance(each, Exception)]
    if not errors:
        return None
    if len(errors) == len(members):
        del properties["errors"]
    return RemoteErrorGroup(message, errors, properties)


def wire_error(error: BaseException) -> tuple[str, str]:
    """Name and message under which an exception is sent (protocol: error). Never a stack."""
    if isinstance(error, RemoteError):
        return error.name, error.message
    if isinstance(error, BaseExceptionGroup):
        return AGGREGATE_ERROR, error.message
    name = error.wire_name if isinstance(error, RpcError) else None
    return name or type(error).__name__, _message(error)


def _message(error: BaseException) -> str:
    # str(KeyError("x")) is "'x'"; and a __str__ of the application's own may itself raise.
    try:
        if isinstance(error, KeyError) and len(error.args) == 1:
            return str(error.args[0])
        return str(error)
    except BaseException:  # noqa: BLE001 (whatever it is, the error itself has to reach the caller)
        return "(the message of this error could not be made)"


def excerpt(value: object) -> str:
    """The repr of what a peer sent, in at most 80 characters and whatever it is."""
    try:
        text = repr(value)
    except (ValueError, RecursionError):  # an int longer than Python likes, deep nesting
        text = f"a {type(value).__name__}"
    return text if len(text) <= 80 else text[:77] + "..."


def format_path(path: Sequence[str | int]) -> str:
    """`["items", 3, "price"]` as `.items[3].price`."""
    return "".join(
        f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f"[{key!r}]"
        for key in path
    )
