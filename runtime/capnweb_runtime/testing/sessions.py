"""A session for the time of a test."""

import asyncio
import gc
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, Final, TypeVar, Unpack, overload

from capnweb_runtime.aio.capability_shapes import interface_of
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Ref, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import hook_of, reference_to
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.testing.leaks import End, NotedTransport, leftovers

__all__ = ["session"]

S = TypeVar("S", bound=Stub)

#: Turns of the event loop within which what has been given up is released everywhere. A release
#: takes two for each side that it goes through; handlers that are cancelled have some to clean up.
_TURNS: Final = 100


@overload
def session(
    main: object,
    /,
    *,
    allow_leaks: bool = False,
    **options: Unpack[SessionOptions],
) -> AbstractAsyncContextManager[DynamicStub]: ...
@overload
def session(
    stub: type[S],
    main: object,
    /,
    *,
    allow_leaks: bool = False,
    **options: Unpack[SessionOptions],
) -> AbstractAsyncContextManager[S]: ...
def session(
    *what: Any, allow_leaks: bool = False, **options: Unpack[SessionOptions]
) -> AbstractAsyncContextManager[Any]:
    """Serve an object in this event loop, without a network: `async with` gives a stub of it.

    Args:
        what: the generated stub class of its interface, for an untyped stub nothing, and the
            object: a fake, or any implementation, which need not inherit the generated target.
        allow_leaks: whether references may be left at the end.
        options: of both sides, see `SessionOptions`.

    Raises:
        CallError: if the object lacks a member of the interface, or does not go by reference.
        AssertionError: at the end, if one side still refers to something of the other's. It is not
            looked for if the block has raised something, or the session ended before it.
    """
    stub, main = what if len(what) > 1 else (DynamicStub, *what)
    given = Options.among(options, SessionOptions)
    return _session(stub, main, given, allow_leaks=allow_leaks)


@asynccontextmanager
async def _session(
    stub: type[S], main: object, options: Options, *, allow_leaks: bool
) -> AsyncIterator[S]:
    near, far = NotedTransport.pair()
    server = Session(far, DynamicStub, _served(stub, main), options)
    client = Session(near, stub, None, options)
    try:
        yield client.main
        if not allow_leaks:
            await _check(End(client, near), End(server, far))
    finally:
        await client.aclose()
        await server.wait_closed()


def _served(stub: type[Stub], main: object) -> Hook:
    """The hook of what is served, by the interface of `stub` if it has one."""
    if stub._default is None or isinstance(main, Ref):
        return hook_of(main)
    return reference_to(main, interface_of(stub)).hook


async def _check(client: End, server: End) -> None:
    gc.collect()  # what is in a cycle is released no sooner
    for _ in range(_TURNS):
        if client.session.reason is not None or (client.is_clean and server.is_clean):
            return
        await asyncio.sleep(0)
    left = "".join(f"\n  {each}" for each in leftovers(client, server))
    raise AssertionError(
        f"not all references were given up when the session ended:{left}\n"
        "Dispose of stubs and promises, as `with` does, and of what dup() gives"
    )
