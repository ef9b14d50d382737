"""Clients of HTTP batches: sessions of one round trip."""

import asyncio
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final, Generic, TypeVar, Unpack, overload

from typing_extensions import override

from capnweb_runtime.aio.contracts import Comparison, ContractOptions, comparison_of
from capnweb_runtime.aio.options import Options, SessionOptions
from capnweb_runtime.aio.refs import DynamicStub, Stub
from capnweb_runtime.aio.session import Session
from capnweb_runtime.aio.targets import main_hook
from capnweb_runtime.checks import check_kind, check_seconds
from capnweb_runtime.core.batch import BatchEndpoint
from capnweb_runtime.core.endpoint import Endpoint
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.errors import (
    BatchEndedError,
    BrokenError,
    ProtocolError,
    SessionClosedError,
)
from capnweb_runtime.transports.batch import BatchClientTransport, Exchange
from capnweb_runtime.transports.http_client import HttpExchange
from capnweb_runtime.wire.structured import StructuredCodec

if TYPE_CHECKING:
    import httpx2

__all__ = ["BatchOptions", "HttpBatch", "http_batch"]

S = TypeVar("S", bound=Stub)

#: Seconds for a batch and its answer; as long as our servers take at most.
_TIMEOUT: Final = 30.0


def _over() -> BatchEndedError:
    return BatchEndedError("an HTTP batch is one round trip: make all calls before the first await")


class _Session(Session[S]):
    """The session of one batch."""

    _endpoint: BatchEndpoint

    def __init__(
        self,
        exchange: Exchange,
        stub: type[S],
        main: Hook | None,
        options: Options,
        comparison: Comparison | None = None,
    ) -> None:
        self._scheduled = False
        self._comparison = comparison
        self._request: asyncio.Task[None] | None = None
        self._batch = BatchClientTransport(exchange)
        super().__init__(self._batch, stub, main, options)

    @override
    def _make_endpoint(self, errors: ErrorPolicy, codec: StructuredCodec | None) -> Endpoint:
        assert codec is None, "batches are text"
        timeout = self._options.call_timeout
        return BatchEndpoint(self, self._limits, errors, timeout, self._pulled)

    def _pulled(self) -> None:
        """Somebody waits for a result: send when all who do so in this turn have done it."""
        if not self._scheduled:
            self._scheduled = True
            self._loop.call_soon(self._send_batch)

    def _send_batch(self) -> None:
        if self.reason is None and self._request is None:
            if self._comparison is not None:
                self._comparison.watch(self.main)
            self._endpoint.sent_all(_over())
            self._flush()
            self._request = self._loop.create_task(self._make_request())

    async def _make_request(self) -> None:
        reason: BrokenError
        try:
            await self._batch.make_request()
            reason = _over()
            self._endpoint.received_all(reason)
        except BrokenError as error:
            reason = error
        except asyncio.CancelledError:
            self._endpoint.close(SessionClosedError("the session was closed"))
            raise
        if isinstance(reason, ProtocolError):
            self._endpoint.abort(reason)
        else:
            self._endpoint.close(reason)

    @override
    def ended(self, reason: BrokenError) -> None:
        if self._request is not None and self._request is not asyncio.current_task():
            self._request.cancel()
        super().ended(reason)

    @override
    async def wait_closed(self) -> None:
        if self._request is not None:
            await asyncio.wait([self._request])
        await super().wait_closed()

    async def complete(self) -> None:
        """Send what has not been sent, and wait for the answer.

        Raises:
            BrokenError: if that failed, and nobody has awaited a call to learn of it.
        """
        awaited = self._scheduled
        self._flush()
        if self._batch.unsent:
            self._send_batch()
        if self._request is not None:
            await asyncio.wait([self._request])
        reason = self.reason
        if (
            not awaited
            and reason is not None
            and not isinstance(reason, BatchEndedError | SessionClosedError)
        ):
            raise reason.with_traceback(None)


class BatchOptions(SessionOptions, ContractOptions, total=False):
    """Options of `http_batch`: those of a session, `contract`, and these.

    Keys:
        client: an `httpx2.AsyncClient` of your own, for authentication, proxies, TLS, or requests
            to an ASGI app; lent. Without it each batch opens a connection of its own.
        headers: HTTP headers of the request.
        timeout: seconds for all of it; 30 by default.
    """

    client: "httpx2.AsyncClient | None"
    headers: Mapping[str, str] | None
    timeout: float


class HttpBatch(Generic[S]):
    """A batch about to be made, to be entered with `async with`; see `http_batch`."""

    def __init__(
        self,
        exchange: Exchange,
        stub: type[S],
        local: object,
        options: Options,
        comparison: Comparison | None,
    ) -> None:
        self._comparison = comparison
        self._exchange = exchange
        self._stub = stub
        self._local = local
        self._options = options
        self._session: _Session[S] | None = None

    async def __aenter__(self) -> S:
        if self._session is not None:
            raise RuntimeError("a batch is made once; call http_batch() again")
        comparison = self._comparison
        if comparison is not None and comparison.required:
            await self._require(comparison)
            comparison = None
        main = None if self._local is None else main_hook(self._local, self._options)
        self._session = _Session(self._exchange, self._stub, main, self._options, comparison)
        return self._session.main

    async def _require(self, comparison: Comparison) -> None:
        """Compare contracts in a request of its own: the calls are not to be made otherwise."""
        session = _Session(self._exchange, self._stub, None, self._options)
        try:
            await comparison.require(session.main)
        finally:
            await session.aclose()

    async def __aexit__(self, kind: object, error: BaseException | None, trace: object) -> None:
        assert self._session is not None
        try:
            if error is None:
                await self._session.complete()
        finally:
            await self._session.aclose()


@overload
def http_batch(
    url: str,
    /,
    *,
    local: object = None,
    **options: Unpack[BatchOptions],
) -> HttpBatch[DynamicStub]: ...
@overload
def http_batch(
    stub: type[S],
    url: str,
    /,
    *,
    local: object = None,
    **options: Unpack[BatchOptions],
) -> HttpBatch[S]: ...
def http_batch(
    stub: Any,
    url: Any = None,
    /,
    *,
    local: object = None,
    **options: Unpack[BatchOptions],
) -> HttpBatch[Any]:
    """Make calls in one HTTP request (npm package: newHttpBatchRpcSession).

    ```python
    async with http_batch(ApiStub, "https://example.com/api") as api:
        authed = api.authenticate(token)
        me = api.get_profile(authed.get_user_id())
        profile, friends = await asyncio.gather(me, authed.get_friend_ids())
    ```

    All calls made before the first await travel in one POST. It is sent at the end of the turn of
    the event loop in which the first result is awaited, so that those awaited together, as by
    `asyncio.gather`, are in it; an ``await asyncio.sleep(0)`` between calls does no harm. Calls
    that nobody awaited are sent when the block is left, unless it is left by an exception.

    Whatever is asked for later fails with `BatchEndedError`: results that nobody awaited in time,
    calls of objects that were received. Streams cannot be sent; lists, bytes and blobs can.

    Args:
        stub: the generated stub class of the server's main object; left out, the stub is untyped.
        url: where the server is, `http://` or `https://`.
        local: this side's main object. The server may call it, and is never answered.
        options: see `SessionOptions`, `ContractOptions` and `BatchOptions`.

    Returns:
        To be entered with `async with`: it gives the stub of the server's main object.

    Raises:
        TypeError, ValueError: for an option that there is not, or that has an impossible value.
        ImportError: if httpx2 is not installed (``pip install 'capnweb-runtime[http]'``).

    Raises (when a result is awaited; when the block is left, if none was):
        HttpStatusError: if the server answers by a status other than 2xx.
        ConnectionLostError: if there is no answer, in time, or if it is too large.
        ProtocolError: if the answer is no batch.

    Raises (when the block is entered):
        ContractMismatchError: if the server's contract is another, and it is required, which is
            asked in a request before.
    """
    if url is None:
        stub, url = DynamicStub, stub
    if not isinstance(stub, type) or not issubclass(stub, Stub):
        raise TypeError(f"the first argument must be a generated stub class, not {stub!r}")
    session = Options.among(options, BatchOptions)
    check_kind(url, str, "url", "a text")
    check_kind(options.get("headers"), Mapping, "headers", "a mapping")
    exchange = HttpExchange(
        url,
        options.get("client"),
        options.get("headers") or {},
        check_seconds(options.get("timeout", _TIMEOUT), "timeout"),
        session.bounds.batch_size,
    )
    return HttpBatch(exchange, stub, local, session, comparison_of(stub, options))
