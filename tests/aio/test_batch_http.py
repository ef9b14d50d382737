"""HTTP batches as requests and responses: methods, statuses, origins."""

import asyncio
import ssl
from collections.abc import Callable, Coroutine
from typing import Any

import httpx2
import pytest
import trustme

import capnweb_runtime as rpc
from capnweb_runtime.aio.batch_http import BatchHandler
from capnweb_runtime.aio.batch_server import BATCH_TIMEOUT
from capnweb_runtime.aio.hosting import Hosting
from capnweb_runtime.aio.options import Options
from capnweb_runtime.transports.http import HttpRequest, HttpResponse, RequestHead
from capnweb_runtime.transports.http_server import HttpLimits
from tests.aio.batches import Api, call, lines, run
from tests.aio.http_site import http_site
from tests.aio.pairs import quiet

#: Of localhost, with its key.
GOOD = "https://good.test"
BODY = lines(call("square", 3), ["pull", 1])


def handler(
    factory: Callable[[], object] = Api, timeout: float = BATCH_TIMEOUT, **options: Any
) -> BatchHandler[rpc.DynamicStub]:
    host: rpc.HostOptions = {"origins": [GOOD], "batch_timeout": timeout}
    return BatchHandler(Hosting(factory, rpc.DynamicStub, host, Options(**options)))


def post(body: bytes, method: str = "POST", headers: dict[str, str] | None = None) -> HttpRequest:
    return HttpRequest(method, RequestHead("/", headers or {}, ""), body)


def respond(
    method: str, body: bytes = b"", headers: dict[str, str] | None = None, **options: Any
) -> HttpResponse:
    """The response to one request; nothing may be reported to the event loop."""
    faults: list[Any] = []

    async def test() -> HttpResponse:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))
        made = handler(**options)
        response = await made(post(body, method, headers))
        await made.aclose()
        assert asyncio.all_tasks() == {asyncio.current_task()}
        return response

    response = asyncio.run(test())
    assert faults == []
    return response


def test_a_batch_is_answered() -> None:
    """HTTP-02, HTTP-07"""
    for content_type in ("text/plain", "application/json", None):
        headers: dict[str, str] = {} if content_type is None else {"content-type": content_type}
        response = respond("POST", BODY, headers)
        assert (response.status, response.body) == (200, b'["resolve",1,9]')
        assert dict(response.headers)["content-type"] == "text/plain;charset=UTF-8"
        assert "access-control-allow-origin" not in dict(response.headers)


def test_an_empty_batch() -> None:
    """HTTP-06"""
    response = respond("POST")
    assert (response.status, response.body) == (200, b"")


@pytest.mark.parametrize("method", ["GET", "HEAD", "PUT", "DELETE", "PATCH", "CONNECT", "NOVEL"])
def test_other_methods(method: str) -> None:
    """HTTP-05, HTTP-15"""
    response = respond(method, BODY)
    assert response.status == 405
    assert response.body == b"This endpoint only accepts POST requests."
    assert dict(response.headers)["allow"] == "POST, OPTIONS"


def test_origins() -> None:
    """HTTP-15"""
    response = respond("POST", BODY, {"origin": GOOD})
    assert response.status == 200
    assert dict(response.headers)["access-control-allow-origin"] == GOOD
    assert dict(response.headers)["vary"] == "origin"
    for origin in ("https://evil.test", "null", "", GOOD + ".evil.test"):
        for method in ("POST", "OPTIONS", "GET"):
            called: list[int] = []

            def factory(called: list[int] = called) -> Api:
                called.append(1)
                return Api()

            response = respond(method, BODY, {"origin": origin}, factory=factory)
            assert response.status == 403
            assert "access-control-allow-origin" not in dict(response.headers)
            assert called == []


def test_preflights() -> None:
    """HTTP-15"""
    headers = {
        "origin": GOOD,
        "access-control-request-method": "POST",
        "access-control-request-headers": "authorization,x-of-mine",
    }
    response = respond("OPTIONS", b"", headers)
    assert (response.status, response.body) == (204, b"")
    answered = dict(response.headers)
    assert answered["access-control-allow-origin"] == GOOD
    assert answered["access-control-allow-methods"] == "POST"
    assert answered["access-control-allow-headers"] == "authorization,x-of-mine"
    assert "access-control-allow-credentials" not in answered
    assert dict(respond("OPTIONS").headers) == {"allow": "POST, OPTIONS"}


def test_what_is_no_batch() -> None:
    """HTTP-08"""
    for body in (b"[", b"[]\n", b'["pull",1]', b"\xff", lines(["abort", 1])):
        response = respond("POST", body, {"origin": GOOD})
        assert response.status == 400
        assert response.body
        assert dict(response.headers)["access-control-allow-origin"] == GOOD
        assert dict(response.headers)["x-content-type-options"] == "nosniff"


def test_limits() -> None:
    exact = rpc.Limits(batch_size=len(BODY))
    assert respond("POST", BODY, limits=exact).status == 200
    assert respond("POST", BODY, limits=rpc.Limits(batch_size=len(BODY) - 1)).status == 413
    hanging = lines(call("hang"), ["pull", 1])
    assert respond("POST", hanging, timeout=0.01).status == 504


class Odd(BaseException):
    """None of those that are expected."""


def test_faults_of_the_server_tell_nothing() -> None:
    async def test() -> None:
        faults: list[Any] = []
        asyncio.get_running_loop().set_exception_handler(lambda _, context: faults.append(context))

        def failing(error: BaseException) -> Callable[[], object]:
            def factory() -> object:
                raise error

            return factory

        request = post(lines(call("echo", "x" * 1000), ["pull", 1]))
        too_much = rpc.Limits(unsent=100)
        for made in (
            handler(failing(ValueError("secret"))),
            handler(failing(TimeoutError("secret"))),
            handler(failing(SystemExit("secret"))),
            handler(failing(Odd("secret"))),
            handler(lambda: "secret, and no target"),
            handler(limits=too_much),
        ):
            response = await made(request)
            assert (response.status, response.body) == (500, b"The batch could not be answered.")
        assert len(faults) == 6
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_closing_cancels_what_runs_on() -> None:
    async def test() -> None:
        journal: list[str] = []
        made = handler(lambda: Api(journal))
        response = await made(post(lines(call("hang"))))
        assert response.status == 200
        assert journal == []
        await made.aclose()  # before the call has begun
        await quiet()
        assert journal == ["gone"]
        response = await made(post(lines(call("hang"))))
        await quiet()
        await made.aclose()
        await quiet()
        assert sorted(journal) == ["cancelled", "gone", "gone"]
        assert asyncio.all_tasks() == {asyncio.current_task()}

    run(test)


def test_over_a_socket() -> None:
    """HTTP-01, HTTP-02, HTTP-14: our client, httpx2 and h11 between the two."""

    async def calls(url: str, n: int) -> None:
        async with rpc.http_batch(url) as api:
            counter = api.counter(n)
            sums = await asyncio.gather(counter.add(1), counter.add(2))
            assert list(sums) == [n + 1, n + 3]

    async def test() -> None:
        async with http_site(handler(), HttpLimits(body_size=1000)) as site:
            await asyncio.gather(*(calls(site.url, n) for n in range(20)))
            assert len(site.requests) == 20
            async with rpc.http_batch(site.url) as api:
                with pytest.raises(rpc.HttpStatusError, match="413"):
                    await api.echo("x" * 1000)
            async with rpc.http_batch(site.url, headers={"origin": "https://evil.test"}) as api:
                with pytest.raises(rpc.HttpStatusError, match="403"):
                    await api.square(1)
        async with rpc.http_batch(site.url) as api:
            with pytest.raises(rpc.ConnectionLostError, match="ConnectError"):
                await api.square(1)

    run(test)


def test_over_tls() -> None:
    """A transport of another kind: it is written to, and closed, in its own way."""

    async def test() -> None:
        authority = trustme.CA()
        here, there = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), ssl.create_default_context()
        authority.issue_cert("127.0.0.1").configure_cert(here)
        authority.configure_trust(there)
        client = httpx2.AsyncClient(verify=there)
        async with http_site(handler(), HttpLimits(body_size=1000), tls=here) as site:
            async with client:
                for n in range(3):
                    async with rpc.http_batch(site.url, client=client) as api:
                        assert await api.echo("x" * n) == "x" * n
                async with rpc.http_batch(site.url, client=client) as api:
                    with pytest.raises(rpc.ConnectionLostError):  # 413, or a reset before it
                        await api.echo("x" * 1000)
            assert len(site.requests) == 3
            assert site.faults == []

    run(test)


def test_a_client_that_hangs_up_cancels_what_it_asked_for() -> None:
    journal: list[str] = []

    async def ask(url: str, begun: Coroutine[Any, Any, Any]) -> None:
        async with rpc.http_batch(url) as api:
            hanging = asyncio.ensure_future(api.hang())
            await begun
            raise KeyError(hanging)

    async def test() -> None:
        made = handler(lambda: Api(journal))
        begun = asyncio.Event()

        async def handle(request: HttpRequest) -> HttpResponse:
            begun.set()
            return await made(request)

        async with http_site(handle, HttpLimits(body_size=1000)) as site:
            with pytest.raises(KeyError) as caught:
                await ask(site.url, begun.wait())
            with pytest.raises(rpc.SessionClosedError):
                await caught.value.args[0]
        assert sorted(journal) in (["cancelled", "gone"], ["gone"])

    run(test)
