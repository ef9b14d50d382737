"""Every exception of the runtime, one tree, arranged by whose fault it is.

```
RpcError
├── RemoteError            the peer's application raised; `name` is the error's name on the wire
│   └── RemoteTypeError, RemoteValueError, ...   also the builtin of that name (REMOTE_ERRORS)
├── CallError              this side could not make or serve one call (also a TypeError)
│   ├── ArgumentError      an argument or result has not the declared type
│   └── EncodeError        a value cannot be sent; `path` leads to it
├── DisposedError          a stub or promise was used after dispose()
└── BrokenError            the session is over: pending and later calls fail with it
    ├── ProtocolError      the peer broke the protocol, or passed a limit of ours
    ├── PeerAbortedError   the peer ended the session with an abort message
    ├── ConnectionLostError   the transport went away
    ├── SessionClosedError    this side closed the session
    └── InternalError      a fault of the runtime itself; please report it
```

An application's own exceptions cross the wire by name and message (`wire_error`), and arrive at the
peer as a `RemoteError`.
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar

from typing_extensions import override

__all__ = [
    "ArgumentError",
    "BrokenError",
    "CallError",
    "ConnectionLostError",
    "DisposedError",
    "EncodeError",
    "InternalError",
    "PeerAbortedError",
    "ProtocolError",
    "RemoteError",
    "RpcError",
    "SessionClosedError",
    "excerpt",
    "remote_error",
    "wire_error",
]


class RpcError(Exception):
    """Root of all exceptions that the runtime raises."""

    #: The name under which the error is sent; None means the name of its class.
    wire_name: ClassVar[str | None] = None


class RemoteError(RpcError):
    """The peer's application raised an error.

    Attributes:
        name: the error's name as it was sent, for example ``"TypeError"`` or ``"NotFound"``.
        message: its message.
        properties: further members of the error that the peer sent (protocol: error, `props`).
    """

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


#: Which class a received error becomes. An explicit table: a name from the wire is never looked up
#: anywhere else (PROTOCOL-wise any other name is a plain error).
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


class DisposedError(RpcError):
    """A stub or promise was used after it had been disposed of."""

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


class SessionClosedError(BrokenError):
    """This side closed the session, for example by disposing of its main stub."""


class InternalError(BrokenError):
    """A fault of the runtime itself ended the session."""


def remote_error(name: str, message: str, properties: Mapping[str, object]) -> RemoteError:
    """The exception for an error received from the peer (protocol: error)."""
    return REMOTE_ERRORS.get(name, RemoteError)(message, name, properties)


def wire_error(error: BaseException) -> tuple[str, str]:
    """Name and message under which an exception is sent (protocol: error). Never a stack."""
    if isinstance(error, RemoteError):
        return error.name, error.message
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


def format_path(path: list[str | int]) -> str:
    """`["items", 3, "price"]` as `.items[3].price`."""
    return "".join(
        f"[{key}]" if isinstance(key, int) else f".{key}" if key.isidentifier() else f"[{key!r}]"
        for key in path
    )
