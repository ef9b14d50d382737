"""What is opened once, by `async with` or by awaiting it: connections, processes, servers."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Generator
from typing import Any, ClassVar, Generic, TypeVar

from typing_extensions import override

from capnweb_runtime.aio.contracts import Comparison
from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.refs import Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.errors import SessionClosedError
from capnweb_runtime.transports.base import Transport

__all__ = ["Opening", "SessionOpening"]

R = TypeVar("R")
S = TypeVar("S", bound=Stub)


class Opening(ABC, Generic[R]):
    """Something about to be opened."""

    #: What is said of one that is opened again.
    _once: ClassVar[str]

    _begun = False

    @abstractmethod
    async def _open(self) -> R:
        """Open it; gives what `async with` gives."""

    @abstractmethod
    async def aclose(self) -> None:
        """Close it, if it is open, and wait until it is closed."""

    async def _open_once(self) -> R:
        if self._begun:
            raise RuntimeError(self._once)
        self._begun = True
        return await self._open()

    def __await__(self) -> Generator[Any, Any, R]:
        return self._open_once().__await__()

    async def __aenter__(self) -> R:
        return await self._open_once()

    async def __aexit__(self, *exc: object) -> None:
        await self.aclose()


class SessionOpening(Opening[S], Generic[S]):
    """One session about to be opened; it gives the stub of the peer's main object."""

    #: What is said where it is asked for its session too early.
    _too_early: ClassVar[str]

    def __init__(
        self, stub: type[S], local: object, options: Options, comparison: Comparison | None
    ) -> None:
        self._stub = stub
        self._local = local
        self._options = options
        self._comparison = comparison
        self._connecting: asyncio.Future[Transport] | None = None
        self._closed = False
        self._session: Session[S] | None = None

    @abstractmethod
    async def _connect(self) -> Transport:
        """Open the transport."""

    @property
    def session(self) -> Session[S]:
        """The session, once it is open.

        Raises:
            RuntimeError: before that.
        """
        if self._session is None:
            raise RuntimeError(self._too_early)
        return self._session

    @override
    async def _open(self) -> S:
        main = None if self._local is None else main_hook(self._local, self._options)
        try:
            # In a task of its own, which `aclose` can end.
            self._connecting = asyncio.ensure_future(self._connect())
            transport = await self._connecting
            self._refuse_closed()
        except BaseException as error:
            if self._connecting is not None:
                _abort(self._connecting)
            if main is not None:
                main.dispose()
            if self._closed and isinstance(error, asyncio.CancelledError):
                raise SessionClosedError(_CLOSED) from None
            raise
        session = Session(transport, self._stub, main, self._options)
        self._session = session
        if self._comparison is not None:
            try:
                await self._comparison.begin(session.main)
            except BaseException:
                await self.aclose()
                raise
        return session.main

    def _refuse_closed(self) -> None:
        if self._closed:
            raise SessionClosedError(_CLOSED)

    @override
    async def aclose(self) -> None:
        """Close the session, and wait until the connection is closed; or give up opening it."""
        self._closed = True
        if self._session is not None:
            await self._session.aclose()
        elif self._connecting is not None:
            self._connecting.cancel()
            await asyncio.wait([self._connecting])


def _abort(connecting: "asyncio.Future[Transport]") -> None:
    """Close what nobody wants any more: who was to have it was cancelled as it came, or closed."""
    if connecting.done() and not connecting.cancelled() and connecting.exception() is None:
        connecting.result().abort()


_CLOSED = "the session was closed while it was being opened"
