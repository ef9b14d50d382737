"""Options that cannot be are told of at the call, by name."""

import asyncio
import math
import sys
from collections.abc import Callable
from typing import Any

import pytest

import capnweb_runtime as rpc
from tests.connecting.objects import Api, at_rest
from tests.labels import label
from tests.loops import own_loop

NAN = math.nan
URL = "ws://127.0.0.1:1"


async def later(*_: object) -> None:
    """An async function where a plain one belongs."""


def serve(**options: Any) -> object:
    return rpc.serve(Api, **{"host": "127.0.0.1", "port": 0, **options})


def serve_elsewhere(**options: Any) -> object:
    return rpc.serve(Api, **options)


def asgi(**options: Any) -> object:
    return rpc.asgi_app(Api, **options)


def connect(**options: Any) -> object:
    return rpc.connect(URL, **options)


def reconnect(**options: Any) -> object:
    return rpc.connect(URL, **{"reconnect": rpc.Backoff(), **options})


def batch(**options: Any) -> object:
    return rpc.http_batch("http://127.0.0.1:1", **options)


def response(**options: Any) -> object:
    return asyncio.run(rpc.batch_response(b"", Api(), **options))


def spawn(**options: Any) -> object:
    return rpc.spawn(sys.executable, **options)


Caller = Callable[..., object]

#: Who has them, and values that cannot be.
IMPOSSIBLE: list[tuple[tuple[Caller, ...], str, type[Exception], list[object]]] = [
    (
        (serve, asgi, connect, reconnect, batch, response, spawn),
        "limits",
        TypeError,
        [5, {"exports": 5}],
    ),
    (
        (serve, asgi, connect, reconnect, batch, response, spawn),
        "call_timeout",
        ValueError,
        [0, -1, NAN, "5", True],
    ),
    ((serve, asgi, connect, spawn), "idle_timeout", ValueError, [0, -1, NAN, "5", True]),
    ((serve, connect, batch, spawn), "on_error", TypeError, [5, "f", later]),
    ((serve, connect, batch, spawn), "on_close", TypeError, [5, "f", later]),
    ((serve, connect, batch, spawn), "on_send_error", TypeError, [5, "f", later]),
    ((serve, connect, reconnect), "ssl", TypeError, [5, True, "cert.pem"]),
    ((serve, asgi, connect, reconnect), "subprotocols", TypeError, ["x", 5, [5], [b"x"]]),
    ((serve, connect, reconnect), "compression", TypeError, ["deflate", 1, None]),
    ((serve, connect, reconnect), "keepalive", ValueError, [0, -1, NAN, "5", True]),
    ((serve, connect, reconnect), "keepalive_timeout", ValueError, [0, -1, NAN, "5", True]),
    ((serve, connect, reconnect), "busy_poll", ValueError, [0, -1, NAN, "5", True]),
    ((serve, connect, reconnect), "open_timeout", ValueError, [0, -1, NAN, "5", True]),
    ((serve, connect, reconnect), "socket_library", ValueError, ["asyncio", None, True, []]),
    ((connect, reconnect, batch), "headers", TypeError, ["x", 5, [("a", "b")]]),
    ((serve, asgi), "origins", ValueError, ["https://a.example", ["a.example"]]),
    ((serve, asgi), "max_sessions", ValueError, [0, -1, "5", 2.5, True, None]),
    ((serve, asgi), "batches", TypeError, ["no", 0, None]),
    ((serve, asgi), "batch_timeout", ValueError, [0, -1, NAN, "5", True, None]),
    ((serve, asgi), "grace", ValueError, [-1, NAN, "5", True]),
    ((serve,), "host", TypeError, [5, b"localhost", ["a", "b"]]),
    ((serve,), "port", TypeError, ["80", 80.0, True]),
    ((serve,), "port", ValueError, [-1, 65536]),
    ((serve,), "reuse_port", TypeError, [1, "yes", None]),
    ((serve_elsewhere,), "unix", TypeError, [5, b"path"]),
    ((serve_elsewhere,), "sock", TypeError, [5, "path"]),
    ((reconnect,), "idempotent", TypeError, ["get", 5, [5]]),
    ((reconnect,), "max_waiting", ValueError, [0, -1, "5", 2.5, True, None]),
    ((reconnect,), "max_wait", ValueError, [0, -1, NAN, "5", True]),
    ((reconnect,), "attempt_timeout", ValueError, [0, -1, NAN, "5", True]),
    ((reconnect,), "give_up", TypeError, [5, later]),
    ((reconnect,), "on_connect", TypeError, [5]),
    ((reconnect,), "on_disconnect", TypeError, [5, later]),
    ((serve, connect, batch, spawn), "offer_contract", TypeError, [1, "yes", None]),
    ((serve, asgi, connect, reconnect, spawn), "stream_calls", TypeError, [1, "yes", None]),
    ((connect, reconnect, batch, spawn), "contract", ValueError, ["yes", True, 1, []]),
    ((batch, response), "timeout", ValueError, [0, -1, NAN, "5", True, None]),
    ((spawn,), "grace", ValueError, [0, -1, NAN, "5", True]),
    ((spawn,), "cwd", TypeError, [5]),
    ((spawn,), "env", TypeError, ["A=b", ["A=b"]]),
]


@pytest.mark.parametrize(
    ("caller", "name", "error", "value"),
    [
        pytest.param(caller, name, error, value, id=f"{caller.__name__}-{name}-{label(value)}")
        for callers, name, error, values in IMPOSSIBLE
        for caller in callers
        for value in values
    ],
)
def test_what_cannot_be(caller: Caller, name: str, error: type[Exception], value: object) -> None:
    # Of origins the text tells what is wrong with one.
    with pytest.raises(error, match=rf"^({name}|an origin)\b"):
        caller(**{name: value})


def test_every_option_is_in_the_table() -> None:
    told = {name for _, name, _, _ in IMPOSSIBLE}
    kinds = (
        rpc.ServeOptions,
        rpc.AsgiOptions,
        rpc.ReconnectingOptions,
        rpc.BatchOptions,
        rpc.SpawnOptions,
    )
    # A client of the user's own may be anything that has its methods.
    assert set().union(*(kind.__annotations__ for kind in kinds)) - told == {"client"}


@pytest.mark.parametrize(
    "values",
    [
        {"attempts": 2.5},
        {"initial": "1"},
        {"factor": math.nan},
        {"jitter": True},
        {"maximum": None},
    ],
    ids=label,
)
def test_backoffs_of_other_types(values: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=f"^Backoff.{next(iter(values))} must be"):
        rpc.Backoff(**values)


def test_only_ports_are_shared(tmp_path: Any) -> None:
    with pytest.raises(TypeError, match="reuse_port: only"):
        serve_elsewhere(unix=tmp_path / "socket", reuse_port=True)


def test_a_factory_is_no_async_function() -> None:
    with pytest.raises(TypeError, match="main objects must be a plain function"):
        rpc.asgi_app(later)


def test_what_was_lent_to_a_call_that_failed_is_not_taken() -> None:
    left: list[object] = []

    class Leaving(Api):
        def __exit__(self, *_: object) -> None:
            left.append(self)

    async def test() -> None:
        near, far = rpc.memory_pair()
        main = Leaving()
        wrong: Any = 0
        with pytest.raises(ValueError, match="call_timeout"):
            rpc.accept(far, main, call_timeout=wrong)
        session = rpc.accept(far, main)
        async with rpc.connect(near) as api:
            await api.square(2)
            await at_rest(session)
        await session.wait_closed()
        await asyncio.sleep(0)
        assert left == [main]

    asyncio.run(test())


@own_loop
async def test_infinity_is_as_long_as_it_takes() -> None:
    api = Api()
    server = await rpc.serve(
        lambda: api,
        "127.0.0.1",
        0,
        grace=math.inf,
        keepalive=math.inf,
        keepalive_timeout=math.inf,
        open_timeout=math.inf,
        batch_timeout=math.inf,
        idle_timeout=math.inf,
    )
    async with rpc.http_batch(f"http://127.0.0.1:{server.port}") as batch_api:
        assert await batch_api.square(3) == 9
    connection = rpc.connect(f"ws://127.0.0.1:{server.port}", open_timeout=math.inf)
    stub = await connection
    waiting = asyncio.ensure_future(stub.wait())
    await api.waiting.wait()
    for wrong in (-1, NAN):
        with pytest.raises(ValueError, match="grace is"):
            await server.aclose(grace=wrong)
    closing = asyncio.ensure_future(server.aclose())
    assert await stub.square(3) == 9
    api.gate.set()
    assert await waiting == "through"
    await closing
    await connection.aclose()
