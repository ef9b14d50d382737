"""Which library reads the frames of a WebSocket: the option, and what is there to choose from."""

import functools
from importlib.util import find_spec
from typing import Final, Literal, TypeAlias, get_args

__all__ = ["SocketLibrary", "check_socket_library", "takes_picows"]

SocketLibrary: TypeAlias = Literal["auto", "websockets", "picows"]

_NAMES: Final[tuple[SocketLibrary, ...]] = get_args(SocketLibrary)

_REMEDY: Final = "pip install 'capnweb-runtime[fast]'"

#: What "auto" stands for; "auto" itself is for the best that is there.
PREFERRED: SocketLibrary = "auto"


def check_socket_library(library: object, compression: bool) -> SocketLibrary:
    """See to it that the library can be had, with compression or without.

    Raises:
        ValueError: if there is none of that name, or it does not compress.
        ImportError: if it is not installed.
    """
    if library not in _NAMES:
        names = ", ".join(map(repr, _NAMES))
        raise ValueError(f"socket_library is one of {names}; not {library!r}")
    if library == "picows":
        if compression:
            raise ValueError(
                "compression: picows has none; leave out socket_library='picows', or compression"
            )
        if not _installed():
            raise ImportError(f"socket_library='picows' needs picows: {_REMEDY}")
    return library


def takes_picows(library: SocketLibrary, compression: bool) -> bool:
    """Whether it is picows that is taken. To be called while an event loop runs.

    Raises:
        ImportError: if it was asked for, and what is installed cannot be used.
    """
    if library == "auto":
        library = PREFERRED
    if library == "websockets" or compression:
        return False
    usable = _installed() and _usable()
    if library == "picows" and not usable:
        raise ImportError(f"picows cannot be used in the version that is installed: {_REMEDY}")
    return usable


@functools.cache
def _installed() -> bool:
    return find_spec("picows") is not None


def _usable() -> bool:
    from capnweb_runtime.transports.picows_parser import usable  # noqa: PLC0415 (an extra)

    return usable()
