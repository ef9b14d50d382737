"""Servers of HTTP batches: a function of bytes, for any web framework."""

import asyncio
import threading
from collections.abc import Callable
from typing import Any, Final, Generic, TypeVar, Unpack

from typing_extensions import override

from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.aio.waiting import Arrival
from capnweb_runtime.checks import check_seconds
from capnweb_runtime.core.batch import BatchEndpoint
from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.errors import (
    BatchEndedError,
    ConnectionLostError,
    ProtocolError,
    SessionClosedError,
)
from capnweb_runtime.transports.batch import BatchServerTransport
from capnweb_runtime.wire.structured import StructuredCodec

__all__ = ["BATCH_TIMEOUT", "Batches", "batch_response"]

S = TypeVar("S", bound=Stub)

#: Seconds that a batch may take. As long as proxies commonly wait (30 to 60 s), so that this answer
#: is the one that arrives.
BATCH_TIMEOUT: Final = 30.0


def _no_answer() -> BatchEndedError:
    return BatchEndedError(
        "the client of an HTTP batch answers no calls: call it without awaiting the result, "
        "or have it connect by WebSocket"
    )


class _Session(Session[S]):
    """The session of one request."""

    _endpoint: BatchEndpoint

    @override
    def _make_endpoint(self, errors: ErrorPolicy, codec: StructuredCodec | None) -> Endpoint:
        assert codec is None, "batches are text"
        return BatchEndpoint(self, self._limits, errors, self._options.call_timeout)

    async def answer(self, transport: BatchServerTransport, body: bytes) -> bytes:
        """Receive a request; gives the answer when it has all that was asked for."""
        limit = self._limits.batch_size
        if len(body) > limit:
            raise ProtocolError(
                f"a batch of {len(body)} bytes is larger than {limit} (Limits.batch_size)"
            )
        await transport.receive_request(body)
        self._endpoint.received_all(_no_answer())
        await self.drain()
        self._flush()
        if self.reason is not None:  # it had too much to say
            raise self.reason
        return transport.take_answer()

    @property
    def is_idle(self) -> bool:
        """Whether no call is under way."""
        return self._endpoint.is_idle

    def end(self) -> None:
        """End it: calls that still run are cancelled."""
        self._endpoint.close(SessionClosedError("the batch is over"))

    async def idle(self) -> None:
        """Wait until no call is under way."""
        await Arrival[None](lambda arrived: self._endpoint.when_idle(lambda: arrived(None)))


class Batches(Generic[S]):
    """The batches of one server: answers them, and knows those of which something still runs.

    A call whose result the client did not ask for is not waited for. It runs on when the answer has
    been given, as it does in the reference, until it is done or the time of its batch is over.

    Attributes:
        sessions: of the batches that are being answered.
    """

    def __init__(
        self, stub: type[S], options: Options, timeout: float, sessions: set[Session[S]]
    ) -> None:
        """`stub` is the class of the clients' main objects; `timeout` is in seconds."""
        self.sessions = sessions
        self._stub = stub
        self._options = options
        self._timeout = timeout
        self._running: set[asyncio.Task[None]] = set()

    async def answer(self, body: bytes, main: Hook | Callable[[S], Hook]) -> bytes:
        """Answer one batch, with a hook of the main object, or what makes one; it is taken.

        Raises:
            as `batch_response`, and what making the main object raises.
        """
        transport = BatchServerTransport()
        session = _Session(transport, self._stub, main, self._options)
        self.sessions.add(session)
        try:
            return await self._answer(session, transport, body)
        finally:
            self.sessions.discard(session)

    async def _answer(
        self, session: _Session[S], transport: BatchServerTransport, body: bytes
    ) -> bytes:
        deadline = asyncio.get_running_loop().time() + self._timeout
        done = False
        try:
            async with asyncio.timeout_at(deadline):
                answer = await session.answer(transport, body)
            done = True
        except TimeoutError:
            raise TimeoutError(f"a batch was not done within {self._timeout} s") from None
        except ConnectionLostError:
            raise ConnectionLostError(
                f"the answer to a batch has more than {self._options.bounds.unsent} characters"
                " (Limits.unsent)"
            ) from None
        finally:
            if not done:
                await session.aclose()
        if session.is_idle:
            await session.aclose()
            return answer
        task = _let_run(session, deadline)
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return answer

    async def aclose(self) -> None:
        """Cancel what still runs of batches that were answered, and wait until it is gone."""
        for task in self._running:
            _stop(task)
        if self._running:
            await asyncio.wait(self._running)


class _Running(threading.local):
    """Batches that were answered and of which something still runs, on this thread's event loop."""

    def __init__(self) -> None:
        #: The oldest first.
        self.sessions: dict[asyncio.Task[None], _Session[Any]] = {}


_RUNNING = _Running()

#: How many there may be. Their clients need not even hold a connection, so that nothing else bounds
#: them; a call that is worth waiting for is awaited, and is not among them.
_MAX_RUNNING: Final = 1000


def _let_run(session: _Session[Any], deadline: float) -> asyncio.Task[None]:
    """The task in which what a batch has begun comes to its end."""
    sessions = _RUNNING.sessions
    task = asyncio.create_task(_run_on(session, deadline))
    sessions[task] = session
    task.add_done_callback(lambda _: sessions.pop(task, None))
    if len(sessions) > _MAX_RUNNING:
        _stop(next(iter(sessions)))
    return task


def _stop(task: asyncio.Task[None]) -> None:
    session = _RUNNING.sessions.pop(task, None)
    if session is not None:
        session.end()  # here, since a task that has not begun never gets to do it
        task.cancel()


async def _run_on(session: _Session[Any], deadline: float) -> None:
    try:
        async with asyncio.timeout_at(deadline):
            await session.idle()
    except TimeoutError:
        pass
    finally:
        await session.aclose()


async def batch_response(
    body: bytes,
    main: object,
    *,
    timeout: float = BATCH_TIMEOUT,  # noqa: ASYNC109 (for more than this function waits for)
    **options: Unpack[SessionOptions],
) -> bytes:
    """Answer the body of a POST request that is an HTTP batch (npm: newHttpBatchRpcResponse).

    ```python
    @app.post("/api")
    async def api(request: Request) -> Response:
        return PlainTextResponse(await batch_response(await request.body(), ApiServer()))
    ```

    Each batch is a session of its own. The answer is there when all results are that the client
    asked for. Calls whose results it did not ask for run on in the background, until they are done
    or the time is over (or a thousand batches after it have such calls); if this function is
    cancelled, or raises, all calls are cancelled.

    The client cannot answer: whoever awaits the result of a call to it gets a `BatchEndedError`, at
    once. Streams cannot be sent either; blobs can.

    Args:
        body: the request's body, of any content type.
        main: the object that the client gets; taken, as by `accept`.
        timeout: seconds that the batch may take.
        options: see `SessionOptions`.

    Returns:
        The body of the answer, status 200, `text/plain;charset=UTF-8`.

    Raises:
        ProtocolError: if the batch is malformed or goes past a limit (answer status 400).
        PeerAbortedError: if the client says that it gave up (400).
        TimeoutError: if it takes too long (504; a 503 would have the client send it again).
        ConnectionLostError: if the answer has more than `Limits.unsent` characters (500).
        CallError: if `main` does not go by reference.
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
    """
    given = Options.among(options, SessionOptions)
    batches = Batches(DynamicStub, given, check_seconds(timeout, "timeout"), set())
    return await batches.answer(body, main_hook(main, given))
