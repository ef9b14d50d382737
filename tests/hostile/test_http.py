"""HTTP connections of clients that mean no good, or know no better."""

import asyncio
from typing import Any

import pytest
from typing_extensions import override

from capnweb_runtime.transports.http import HttpRequest, HttpResponse
from tests.aio.http_site import HttpSite, RawHttp, http_site, on_site


def post(body: bytes, *headers: str) -> bytes:
    lines = ["POST /api HTTP/1.1", "Host: h", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


async def refused(raw: RawHttp, status: int) -> None:
    """The server answers by that status, and closes."""
    answered, headers, _ = await raw.response()
    assert answered == status
    assert headers["connection"] == "close"
    assert await raw.closed() == b""


# ---------------------------------------------------------------------------------- proper use


@on_site()
async def test_requests_one_after_the_other(site: HttpSite) -> None:
    raw = await site.raw()
    for body in (b"", b"one", b"x" * 1000):
        await raw.send(post(body, "X-Of-Client: yes"))
        status, headers, answer = await raw.response()
        assert (status, answer, headers["x-method"]) == (200, body, "post")
        assert headers["date"].endswith("gmt")
    assert site.requests[0].head.headers["x-of-client"] == "yes"
    assert (site.requests[0].method, site.requests[0].head.path) == ("POST", "/api")


@on_site()
async def test_a_request_in_single_bytes(site: HttpSite) -> None:
    raw = await site.raw()
    for byte in post(b"abc"):
        await raw.send(bytes([byte]))
        await asyncio.sleep(0)
    assert (await raw.response())[2] == b"abc"


@on_site()
async def test_chunks(site: HttpSite) -> None:
    raw = await site.raw()
    await raw.send(
        b"POST / HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n"
        b"3\r\nabc\r\n2;ext=1\r\nde\r\n0\r\n\r\n"
    )
    assert (await raw.response())[2] == b"abcde"


@on_site()
async def test_pipelined_requests_are_answered_in_order(site: HttpSite) -> None:
    raw = await site.raw()
    await raw.send(b"".join(post(b"%d" % number) for number in range(500)))
    for number in range(500):
        assert (await raw.response())[2] == b"%d" % number


@on_site()
async def test_a_client_that_asks_before_it_sends_a_body(site: HttpSite) -> None:
    raw = await site.raw()
    head = b"POST / HTTP/1.1\r\nHost: h\r\nContent-Length: %d\r\nExpect: 100-continue\r\n\r\n"
    await raw.send(head % 3)
    assert (await raw.response())[0] == 100
    await raw.send(b"abc")
    assert (await raw.response())[2] == b"abc"
    await raw.send(head % 1001)
    await refused(raw, 413)


@on_site()
async def test_old_clients_and_those_that_close(site: HttpSite) -> None:
    for request in (
        b"POST / HTTP/1.0\r\nContent-Length: 2\r\n\r\nok",
        post(b"ok", "Connection: close"),
    ):
        raw = await site.raw()
        await raw.send(request)
        status, headers, body = await raw.response()
        assert (status, headers["connection"], body) == (200, "close", b"ok")
        assert await raw.closed() == b""


@on_site()
async def test_heads_have_no_body(site: HttpSite) -> None:
    async def answer(_: HttpRequest) -> HttpResponse:
        return HttpResponse(405, [], b"no")

    async with http_site(answer) as other:
        raw = await other.raw()
        await raw.send(b"HEAD / HTTP/1.1\r\nHost: h\r\n\r\nGET / HTTP/1.1\r\nHost: h\r\n\r\n")
        head = await raw.reader.readuntil(b"\r\n\r\n")
        assert b"content-length: 2" in head.lower()
        assert (await raw.response())[2] == b"no"


# ---------------------------------------------------------------------------------- no requests


CHUNKED = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"

#: Whoever believes the one or the other sees another request after it.
BOTH_LENGTHS = (
    b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"0\r\n\r\nGET / HTTP/1.1\r\nHost: a\r\n\r\n"
)


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"garbage\r\n\r\n", 400),
        (b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n", 400),
        (b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 505),
        (b"POST / HTTP/1.1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX\x00: y\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n", 400),
        (b"POST /a b HTTP/1.1\r\nHost: a\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 3000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 1000, 431),
        (b"POST /" + b"a" * 3000, 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nX: " + b"y" * 3000 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\n" + b"X: y\r\n" * 1500 + b"\r\n\r\n", 431),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1001\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 99999999999999999999\r\n\r\n", 413),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 9" + b"9" * 1000 + b"\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: +1\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1, 2\r\n\r\n", 400),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip\r\n\r\n", 501),
        (b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n", 501),
        (BOTH_LENGTHS, 400),
        (CHUNKED + b"xyz\r\n", 400),
        (CHUNKED + b"1\r\nabc\r\n", 400),
        (CHUNKED + (b"64\r\n" + b"a" * 100 + b"\r\n") * 11, 413),
        (CHUNKED + b"1;" + b"e" * 3000, 431),
    ],
)
def test_what_is_no_request_is_refused(data: bytes, status: int) -> None:
    async def test() -> None:
        async with http_site() as site:
            raw = await site.raw()
            await raw.send(data)
            await refused(raw, status)
            assert site.requests == []
        assert site.faults == []

    asyncio.run(test())


@on_site()
async def test_a_request_that_breaks_off(site: HttpSite) -> None:
    request = post(b"abc")
    for cut in range(0, len(request), 7):
        raw = await site.raw()
        await raw.send(request[:cut])
        raw.writer.write_eof()
        assert await raw.closed() == b""
        raw = await site.raw()
        await raw.send(request[:cut])
        raw.writer.transport.abort()
        await raw.ours.wait_closed()
    assert site.requests == []


@on_site()
async def test_somebody_goes_on_sending_after_a_refusal(site: HttpSite) -> None:
    """The refusal can be read although nobody reads what follows: it is thrown away."""
    raw = await site.raw()
    await raw.send(b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 1000000\r\n\r\n")
    await raw.send(b"x" * 1_000_000)
    await refused(raw, 413)


@on_site(body_size=100_000)
async def test_chunks_of_single_bytes(site: HttpSite) -> None:
    raw = await site.raw()
    for count, status in ((4096, 200), (4097, 400)):
        await raw.send(CHUNKED + b"1\r\nx\r\n" * count + b"0\r\n\r\n")
        assert (await raw.response())[0] == status


# ---------------------------------------------------------------------------------- slow ones


@on_site(transfer_timeout=0.05)
async def test_a_request_that_takes_its_time(site: HttpSite) -> None:
    for start in (b"P", b"POST / HTTP/1.1\r\nHost: h\r\n", post(b"abc")[:-1]):
        raw = await site.raw()
        await raw.send(start)
        await refused(raw, 408)


@on_site(idle_timeout=0.05)
async def test_a_connection_that_is_not_used(site: HttpSite) -> None:
    fresh, used = await site.raw(), await site.raw()
    await used.send(post(b"abc"))
    assert (await used.response())[2] == b"abc"
    assert await used.closed() == b""
    assert await fresh.closed() == b""


def test_a_client_that_does_not_take_its_response() -> None:
    async def large(_: HttpRequest) -> HttpResponse:
        return HttpResponse(200, [], bytes(50_000_000))

    async def test() -> None:
        async with http_site(large, transfer_timeout=0.05) as site:
            raw = await site.raw()
            await raw.send(post(b""))
            await raw.ours.wait_closed()
        assert site.faults == []

    asyncio.run(test())


def test_what_is_read_ahead_is_bounded() -> None:
    go_on = asyncio.Event()

    async def wait(_: HttpRequest) -> HttpResponse:
        await go_on.wait()
        return HttpResponse(200, [])

    async def test() -> None:
        async with http_site(wait) as site:
            raw = await site.raw()
            ours: Any = raw.ours
            raw.writer.write(post(b"") + post(b"x" * 900) * 20_000)
            while ours._transport.is_reading():  # noqa: ASYNC110 (no event tells of it)
                await asyncio.sleep(0)
            assert len(ours._http.trailing_data[0]) < 1_000_000
            assert len(site.requests) == 1
            raw.writer.transport.abort()
            raw.ours.abort()
            await raw.ours.wait_closed()
            go_on.set()

    asyncio.run(test())


# ---------------------------------------------------------------------------------- the owner


class Held:
    """A handler that waits until it may go on."""

    def __init__(self) -> None:
        self.begun = asyncio.Event()
        self.go_on = asyncio.Event()
        self.cancelled = False

    async def __call__(self, _: HttpRequest) -> HttpResponse:
        self.begun.set()
        try:
            await self.go_on.wait()
        except asyncio.CancelledError:
            self.cancelled = True
            raise
        return HttpResponse(200, [], b"done")


def test_closing_waits_for_the_request_that_is_being_handled() -> None:
    async def test() -> None:
        held = Held()
        async with http_site(held) as site:
            idle, reading, busy = await site.raw(), await site.raw(), await site.raw()
            await reading.send(post(b"abc")[:-1])
            await busy.send(post(b"") + post(b"never looked at"))
            await held.begun.wait()
            for raw in (idle, reading, busy):
                raw.ours.close()
            assert await idle.closed() == b""
            assert await reading.closed() == b""
            held.go_on.set()
            status, headers, body = await busy.response()
            assert (status, headers["connection"], body) == (200, "close", b"done")
            assert await busy.closed() == b""
            assert len(site.requests) == 1

    asyncio.run(test())


@pytest.mark.parametrize("who", ["client", "half", "server"])
def test_a_connection_that_is_cut_cancels_its_handler(who: str) -> None:
    """One that is closed by half, too: it looks the same."""

    async def test() -> None:
        held = Held()
        async with http_site(held) as site:
            raw = await site.raw()
            await raw.send(post(b""))
            await held.begun.wait()
            if who == "client":
                raw.writer.transport.abort()
            elif who == "half":
                raw.writer.write_eof()
            else:
                raw.ours.abort()
            await raw.ours.wait_closed()
            assert held.cancelled

    asyncio.run(test())


def test_a_handler_that_fails() -> None:
    async def fail(_: HttpRequest) -> HttpResponse:
        raise ValueError("inner details")

    async def cancel(_: HttpRequest) -> HttpResponse:
        raise asyncio.CancelledError

    async def test() -> None:
        async with http_site(fail) as site:
            raw = await site.raw()
            await raw.send(post(b"") * 2)
            for _ in range(2):
                assert (await raw.response())[::2] == (500, b"")
        assert [str(fault["exception"]) for fault in site.faults] == ["inner details"] * 2
        async with http_site(cancel) as site:
            raw = await site.raw()
            await raw.send(post(b""))
            assert await raw.closed() == b""

    asyncio.run(test())


def test_a_response_that_cannot_be_sent() -> None:
    async def split(_: HttpRequest) -> HttpResponse:
        return HttpResponse(200, [("x-name", "a\r\nx-other: b")])

    async def test() -> None:
        async with http_site(split) as site:
            raw = await site.raw()
            await raw.send(post(b""))
            assert await raw.closed() == b""
        assert len(site.faults) == 1

    asyncio.run(test())


def test_a_transport_that_was_open_already() -> None:
    """Whoever looks at the first bytes hands the connection on with them."""

    async def test() -> None:
        async with http_site() as site:

            class First(asyncio.Protocol):
                @override
                def connection_made(self, transport: Any) -> None:
                    self.transport = transport

                @override
                def data_received(self, data: bytes) -> None:
                    site.connection().take_over(self.transport, data)

            loop = asyncio.get_running_loop()
            server = await loop.create_server(First, "127.0.0.1", 0)
            port = server.sockets[0].getsockname()[1]
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(post(b"abc"))
            await reader.readuntil(b"abc")
            writer.write(post(b"def"))
            await reader.readuntil(b"def")
            writer.close()
            server.close()
            await server.wait_closed()

    asyncio.run(test())
