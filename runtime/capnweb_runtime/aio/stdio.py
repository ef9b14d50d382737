"""The other end of `spawn`: a process that serves on its standard input and output."""

import asyncio
import io
import os
import sys
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any, BinaryIO, Final, TypeVar, Unpack, overload

from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.transports.lines import LineTransport

__all__ = ["accept_stdio", "serve_stdio"]

S = TypeVar("S", bound=Stub)

_STDIN: Final = 0
_STDOUT: Final = 1
_STDERR: Final = 2


async def serve_stdio(main: object, /, **options: Unpack[SessionOptions]) -> None:
    """Serve `main` on standard input and output, until whoever started the process closes them.

    ```python
    asyncio.run(serve_stdio(Worker()))
    ```

    What the program prints goes to standard error from now on, and it reads nothing from standard
    input: both belong to the session. To call the other side's main object, see `accept_stdio`.

    Args:
        main: the object that the other side gets.
        options: see `SessionOptions`.

    Raises:
        CallError: if `main` does not go by reference.
        ValueError: if standard input or output is a file.
    """
    async with accept_stdio(main, **options) as session:
        await session.wait_closed()


@overload
def accept_stdio(
    main: object,
    /,
    **options: Unpack[SessionOptions],
) -> AbstractAsyncContextManager[Session[DynamicStub]]: ...
@overload
def accept_stdio(
    main: object,
    stub: type[S],
    /,
    **options: Unpack[SessionOptions],
) -> AbstractAsyncContextManager[Session[S]]: ...
@asynccontextmanager
async def accept_stdio(
    main: object,
    stub: type[Any] = DynamicStub,
    /,
    **options: Unpack[SessionOptions],
) -> AsyncIterator[Session[Any]]:
    """As `serve_stdio`, for a program that has to do with the session as well.

    ```python
    async with accept_stdio(Worker(), ParentStub) as session:
        await session.main.report("ready")
        await session.wait_closed()
    ```

    Args:
        main: the object that the other side gets.
        stub: the generated stub class of the other side's main object, if it has one.
        options: see `SessionOptions`.

    Returns:
        Gives the session, which is closed when the block is left.

    Raises:
        CallError: if `main` does not go by reference.
        ValueError: if standard input or output is a file.
    """
    given = Options.among(options, SessionOptions)
    hook = main_hook(main, given)
    try:
        transport = await _stdio_transport(given.bounds.message_size)
    except BaseException:
        hook.dispose()
        raise
    session: Session[Any] = Session(transport, stub, hook, given)
    try:
        yield session
    finally:
        await session.aclose()


async def _stdio_transport(message_size: int) -> LineTransport:
    source, sink = _taken_stdio()
    loop = asyncio.get_running_loop()
    reader = asyncio.StreamReader()
    reading: asyncio.ReadTransport | None = None
    try:
        reading, _ = await loop.connect_read_pipe(
            lambda: asyncio.StreamReaderProtocol(reader), source
        )
        writing, protocol = await loop.connect_write_pipe(
            # This one is never fed: there is no other public protocol that a writer can wait with.
            lambda: asyncio.StreamReaderProtocol(asyncio.StreamReader()),
            sink,
        )
    except BaseException:
        (reading or source).close()
        sink.close()
        raise
    writer = asyncio.StreamWriter(writing, protocol, None, loop)
    return LineTransport(reader, writer, reading=reading, message_size=message_size)


def _taken_stdio() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output, which nothing else in this process has any more.

    Of the descriptors, and not of `sys.stdout` alone: libraries in C and child processes write to
    them as well.
    """
    source, sink = os.dup(_STDIN), os.dup(_STDOUT)
    os.dup2(_STDERR, _STDOUT)
    nothing = os.open(os.devnull, os.O_RDONLY)
    os.dup2(nothing, _STDIN)
    os.close(nothing)
    if isinstance(sys.stdout, io.TextIOWrapper):
        # Written late otherwise, since it was made for a pipe; this also flushes what is left.
        sys.stdout.reconfigure(line_buffering=True)
    return os.fdopen(source, "rb", 0), os.fdopen(sink, "wb", 0)
