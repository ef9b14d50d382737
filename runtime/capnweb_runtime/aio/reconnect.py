"""Clients that open a new session when theirs is lost.

What the user holds is a standing stub (core/standing.py), which refers to the peer in all sessions.
A task opens them one after the other: when one has ended it tells the application, waits for a
while that grows from one attempt to the next, and opens the next.
"""

import asyncio
import random
from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Generic, NamedTuple, TypedDict, TypeVar, cast

from typing_extensions import override
from websockets.exceptions import InvalidStatus, InvalidURI, WebSocketException

from capnweb_runtime.aio.backoff import Backoff
from capnweb_runtime.aio.contracts import Comparison
from capnweb_runtime.aio.interfaces import Interface
from capnweb_runtime.aio.opening import Opening
from capnweb_runtime.aio.options import Options
from capnweb_runtime.aio.refs import Promise, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.checks import check_count, check_function, check_names, check_timeout
from capnweb_runtime.core.hook import Hook, Path, Registration
from capnweb_runtime.core.standing import Standing
from capnweb_runtime.errors import (
    BrokenError,
    CallError,
    ConnectionLostError,
    ContractMismatchError,
    InterruptedCallError,
    NotConnectedError,
    RemoteError,
    RpcError,
    SessionClosedError,
)
from capnweb_runtime.transports.base import Transport

__all__ = ["ReconnectOptions", "ReconnectStats", "Reconnecting", "Reconnection", "is_hopeless"]

S = TypeVar("S", bound=Stub)
R = TypeVar("R", bound=Stub)

#: HTTP statuses that say that these credentials, or this client, will not be let in.
_REFUSED = frozenset({401, 403})


def is_hopeless(error: BaseException) -> bool:
    """Whether trying again makes no sense after an attempt that failed with this.

    So it is where the peer refused (a `PermissionError` from a method that `on_connect` called,
    HTTP status 401 or 403), where it serves another contract than the one that is required, for
    what is no URL, and for faults of this program: whatever is neither an error of the peer or the
    session (`RpcError`) nor of the network (`OSError`, those of the `websockets` library).
    """
    if isinstance(error, InvalidStatus):
        return error.response.status_code in _REFUSED
    if isinstance(error, BaseExceptionGroup) and not isinstance(error, RemoteError):
        return any(map(is_hopeless, error.exceptions))
    if isinstance(error, PermissionError | CallError | InvalidURI | ContractMismatchError):
        return True
    return not isinstance(error, RpcError | OSError | WebSocketException)


class ReconnectOptions(TypedDict, total=False):
    """Options of a connection that is opened again when it is lost.

    Keys:
        idempotent: names of methods that may be called twice without harm, besides those that are
            marked as such in the interface (`idempotent`): ``["get_user", "rooms.list"]``.
        max_waiting: how many calls may wait for a session; more fail with `NotConnectedError`.
            1,000 by default: each keeps its arguments, and all are sent at once when there is a
            session again, to a server that is just coming up.
        max_wait: seconds without a session after which the calls that wait fail with
            `NotConnectedError`, and later ones at once, until there is one. None, the default, for
            never. (`call_timeout` counts from when a call is sent; `within` and `asyncio.timeout`
            bound the whole.)
        attempt_timeout: seconds for opening one session, `on_connect` included. 30 by default: a
            server that takes connections and answers nothing must not keep a client from trying
            again. None for ever.
        give_up: called with what an attempt failed with, or the reason why a session ended; true
            ends it all. `is_hopeless` by default.
        on_disconnect: called with the same and the seconds until the next attempt. Not when it is
            given up, of which the stub's `on_broken` tells.
    """

    idempotent: Collection[str]
    max_waiting: int
    max_wait: float | None
    attempt_timeout: float | None
    give_up: Callable[[Exception], bool]
    on_disconnect: Callable[[Exception, float], object] | None


@dataclass(frozen=True, slots=True)
class Reconnection(Generic[S]):
    """The same, complete, with when to try and what to do first.

    Raises:
        ValueError: for a number that is not positive.
        TypeError: for an option that there is not, or one of the wrong type.
    """

    backoff: Backoff
    on_connect: Callable[[S], Awaitable[Stub | None]] | None = None
    idempotent: Collection[str] = ()
    max_waiting: int = 1000
    max_wait: float | None = None
    attempt_timeout: float | None = 30.0
    give_up: Callable[[Exception], bool] = is_hopeless
    on_disconnect: Callable[[Exception, float], object] | None = None

    def __post_init__(self) -> None:
        if not isinstance(self.backoff, Backoff):
            raise TypeError(f"reconnect must be a Backoff, not {self.backoff!r}")
        check_names(self.idempotent, "idempotent")
        check_count(self.max_waiting, "max_waiting")
        check_timeout(self.max_wait, "max_wait")
        check_timeout(self.attempt_timeout, "attempt_timeout")
        check_function(self.give_up, "give_up")
        check_function(self.on_disconnect, "on_disconnect")
        if self.on_connect is not None and not callable(self.on_connect):
            raise TypeError(f"on_connect must be a function, not {self.on_connect!r}")


class ReconnectStats(NamedTuple):
    """How a connection has fared.

    Attributes:
        connected: whether there is a session now.
        sessions: how many there have been.
        attempts: how many have been made in a row since one lasted (see `Backoff.lasting`).
        waiting: calls that wait for a session.
    """

    connected: bool
    sessions: int
    attempts: int
    waiting: int


class Reconnecting(Opening[R], Generic[S, R]):
    """A connection that is opened again when it is lost; see `connect`.

    Enter it with `async with`, or await it and call `aclose` in the end.
    """

    _once = "a connection is opened once; call connect() again"

    def __init__(
        self,
        stub: type[S],
        open_transport: Callable[[], Awaitable[Transport]],
        local: object,
        options: Options,
        reconnection: Reconnection[S],
        *,
        comparison: Comparison | None,
    ) -> None:
        self._stub = stub
        self._comparison = comparison
        self._open_transport = open_transport
        self._local = local
        self._options = options
        self._reconnection = reconnection
        self._names = frozenset(reconnection.idempotent)
        self._interface: Interface | None = None
        self._offered: Hook | None = None
        self._standing = Standing(reconnection.max_waiting, self._repeatable, self._disposed)
        self._task: asyncio.Task[None] | None = None
        self._patience: asyncio.TimerHandle | None = None
        self._session: Session[S] | None = None
        self._closing: set[asyncio.Task[None]] = set()
        self._sessions = 0
        self._attempts = 0

    @property
    def session(self) -> Session[S]:
        """The session of the moment; from before `on_connect` is called for it.

        Raises:
            RuntimeError: while there is none.
        """
        if self._session is None:
            raise RuntimeError("there is no session at the moment")
        return self._session

    def stats(self) -> ReconnectStats:
        """How it fares."""
        standing = self._standing
        return ReconnectStats(
            standing.present is not None, self._sessions, self._attempts, standing.waiting
        )

    @override
    async def aclose(self) -> None:
        """End it: no attempt is made any more, the session is closed, what waits fails."""
        self._standing.end(SessionClosedError("the session was closed"))
        task = self._task
        if task is not None:
            task.cancel()
            if task is not asyncio.current_task():  # as it is in on_connect
                await asyncio.wait([task])
                await asyncio.gather(*self._closing)

    @override
    async def _open(self) -> R:
        # Held to the end, so that the object is told then, and not with each session.
        self._offered = None if self._local is None else main_hook(self._local, self._options)
        loop = asyncio.get_running_loop()
        opened: asyncio.Future[Stub] = loop.create_future()
        self._task = loop.create_task(self._run(opened))
        try:
            return cast("R", await opened)
        except BaseException:
            await self.aclose()
            raise

    # ---- the task

    async def _run(self, opened: "asyncio.Future[Stub]") -> None:
        """Open sessions, one after the other. `opened` gets the stub, or why there is none."""
        reason: BrokenError = SessionClosedError("the session was closed")
        try:
            error = await self._persist(opened)
            reason = NotConnectedError(f"the connection was given up: {error}")
            reason.__cause__ = error
            if not opened.done():
                opened.set_exception(error)
        finally:
            self._standing.end(reason)
            self._stop_waiting()
            opened.cancel()
            if self._offered is not None:
                self._offered.dispose()

    async def _persist(self, opened: "asyncio.Future[Stub]") -> Exception:
        """Open sessions until that is given up; gives the reason."""
        try:
            while True:
                error = await self._live(opened)
                delay = self._delay(error)
                if delay is None:
                    return error
                self._tell(error, delay)
                await asyncio.sleep(delay)
        except Exception as fault:  # noqa: BLE001 (of `give_up`, which is the application's)
            return fault

    async def _live(self, opened: "asyncio.Future[Stub]") -> Exception:
        """Have one session, from its beginning to its end; gives why it ended or never began."""
        loop = asyncio.get_running_loop()
        ended = loop.create_future()
        session: Session[S] | None = None
        limit = self._reconnection.attempt_timeout
        timeout = asyncio.timeout(limit)
        try:
            try:
                async with timeout:
                    session = self._start(await self._open_transport(), ended)
                    stub = await self._log_in(session)
            except TimeoutError:
                if timeout.expired():
                    raise TimeoutError(f"there was no session within {limit} seconds") from None
                raise
            except asyncio.CancelledError as error:
                task = asyncio.current_task()
                if task is None or task.cancelling():
                    raise
                # It is over something of the application's own, which says nothing of this task.
                raise RuntimeError("what opens a session was cancelled from within") from error
            if session.reason is None:
                since = loop.time()
                self._connected(stub, opened)
                await ended
                if loop.time() - since >= self._reconnection.backoff.lasting:
                    self._attempts = 0
        except Exception as error:  # noqa: BLE001 (is_hopeless tells which are whose)
            if session is None or session.reason is None or not isinstance(error, BrokenError):
                return error
        finally:
            self._session = None
            if session is not None:
                self._close(session)
        assert session.reason is not None, "it has ended"
        return session.reason

    def _close(self, session: Session[S]) -> None:
        # Not waited for here: a peer that is gone without a word makes that take its time.
        closing = asyncio.get_running_loop().create_task(session.aclose())
        self._closing.add(closing)
        closing.add_done_callback(self._closing.discard)

    def _start(self, transport: Transport, ended: "asyncio.Future[None]") -> Session[S]:
        offered = None if self._offered is None else self._offered.dup()
        session = Session(transport, self._stub, offered, self._options)
        session._endpoint.consequences = self._consequences

        def end(_: BaseException) -> None:
            self._disconnected()
            if not ended.done():
                ended.set_result(None)

        session.main._hook.on_broken(Registration(end))
        self._session = session
        self._sessions += 1
        return session

    async def _log_in(self, session: Session[S]) -> Stub:
        """What the standing stub is to stand for in this session."""
        # Not the main stub itself, which would close the session where it is used with `with`.
        stub = self._stub(session.main._hook.dup())
        if self._comparison is not None:
            await self._comparison.begin(stub)
        if self._reconnection.on_connect is None:
            return stub
        result: Stub | None = await self._reconnection.on_connect(stub)
        while isinstance(result, Promise):  # `return api.authenticate(...)`
            result = await result
        if result is None:
            return stub
        if not isinstance(result, Stub):
            raise TypeError(f"on_connect must give a stub or None, not {result!r}")
        return result

    def _connected(self, stub: Stub, opened: "asyncio.Future[Stub]") -> None:
        self._stop_waiting()
        self._interface = getattr(stub._shape, "interface", None)
        if not opened.done():
            opened.set_result(type(stub)(self._standing.main(), (), stub._shape))
        self._standing.connect(stub.dup()._hook)

    def _disconnected(self) -> None:
        """The session has ended: the first thing that happens then."""
        self._standing.disconnect()
        max_wait = self._reconnection.max_wait
        if max_wait is not None and self._patience is None and self._standing.reason is None:
            loop = asyncio.get_running_loop()
            error = NotConnectedError(f"there has been no connection for {max_wait:g} seconds")
            self._patience = loop.call_later(max_wait, self._standing.refuse, error)

    def _stop_waiting(self) -> None:
        if self._patience is not None:
            self._patience.cancel()
            self._patience = None

    def _consequences(self, reason: BrokenError) -> tuple[BrokenError, BrokenError]:
        if self._standing.reason is not None:
            return reason, reason
        call = InterruptedCallError(
            f"the session ended while the call was under way ({reason}); whether it was carried out"
            " is not known"
        )
        stub = ConnectionLostError(
            f"the session that this stub was got in is over ({reason}); what the next session"
            " needs has to be got by on_connect"
        )
        call.__cause__ = stub.__cause__ = reason
        return call, stub

    def _delay(self, error: Exception) -> float | None:
        """Seconds until the next attempt, None if there is to be none."""
        backoff = self._reconnection.backoff
        if self._reconnection.give_up(error) or self._attempts == backoff.attempts:
            return None
        delay = backoff.delay(self._attempts, random.random())  # noqa: S311 (it hides nothing)
        self._attempts += 1
        return delay

    def _tell(self, error: Exception, delay: float) -> None:
        if self._reconnection.on_disconnect is None:
            return
        try:
            self._reconnection.on_disconnect(error, delay)
        except Exception as fault:  # noqa: BLE001 (the application's; it does not end the connection)
            asyncio.get_running_loop().call_exception_handler(
                {"message": "an on_disconnect callback failed", "exception": fault}
            )

    # ---- for the standing stub

    def _repeatable(self, path: Path) -> bool:
        if self._names and ".".join(map(str, path)) in self._names:
            return True
        return self._interface is not None and self._interface.is_idempotent(path)

    def _disposed(self) -> None:
        if self._task is not None:
            self._task.cancel()
