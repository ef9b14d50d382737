"""Which web pages may connect."""

import pytest
from websockets.asyncio.client import connect as open_websocket
from websockets.exceptions import InvalidStatus

import capnweb_runtime as rpc
from capnweb_runtime.transports.origins import AllowedOrigins, Origins
from tests.connecting.objects import Api
from tests.loops import own_loop

APP = "https://app.example.com"


@pytest.mark.parametrize(
    ("allowed", "origin", "host", "expected"),
    [
        ((), None, "api.example.com", True),  # no browser
        ((), None, None, True),
        ((), "https://api.example.com", "api.example.com", True),
        ((), "HTTPS://API.example.com", "api.EXAMPLE.com", True),
        ((), "http://localhost:8080", "localhost:8080", True),
        ((), "http://localhost:3000", "localhost:8080", False),
        ((), APP, "api.example.com", False),
        ((), APP, None, False),
        ((), "", "", False),
        ((), "null", "null", False),  # a sandboxed frame, a file
        ((), "https://[", "[", False),
        ((), "https://api.example.com, https://evil.example", "api.example.com", False),
        ([APP], APP, "api.example.com", True),
        ([APP], "HTTPS://APP.example.com", "api.example.com", True),
        ([APP], "http://app.example.com", "api.example.com", False),
        ([APP], "https://app.example.com:444", "api.example.com", False),
        ([APP], "https://app.example.com.evil.example", "api.example.com", False),
        ([APP, "null"], "null", "api.example.com", True),
        ("*", "https://evil.example", "api.example.com", True),
    ],
)
def test_origins(
    allowed: AllowedOrigins, origin: str | None, host: str | None, expected: bool
) -> None:
    assert Origins(allowed).allows(origin, host) is expected


@pytest.mark.parametrize("bad", ["app.example.com", f"{APP}/", f"{APP}/path", "", "*"])
def test_what_is_no_origin(bad: str) -> None:
    with pytest.raises(ValueError, match="an origin is a scheme and a host"):
        rpc.asgi_app(Api, origins=[bad])


def test_a_single_text_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="must be a list"):
        Origins(APP)


@own_loop
async def test_a_page_of_another_host_is_refused() -> None:
    async with rpc.serve(Api, "127.0.0.1", 0, origins=[APP]) as server:
        url = f"ws://127.0.0.1:{server.port}"
        for origin in (APP, f"http://127.0.0.1:{server.port}"):
            websocket = await open_websocket(url, origin=origin)  # type: ignore[arg-type]
            async with rpc.connect(websocket) as api:
                assert await api.square(2) == 4
        with pytest.raises(InvalidStatus) as refused:
            await open_websocket(url, origin="https://evil.example")  # type: ignore[arg-type]
        assert refused.value.response.status_code == 403
        assert refused.value.response.body == b"origin https://evil.example is not allowed\n"
        assert server.stats().refused == 1
        async with rpc.connect(url) as api:
            assert await api.square(2) == 4
