"""Whatever hypothesis thinks of travels to Node and comes back, and is the same.

One Node process and one session serve all examples; each example is a list of values.
"""

import asyncio
import contextlib
import math
from array import array
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import capnweb_runtime as rpc
from capnweb_runtime.wire.numbers import MAX_SAFE_INTEGER
from tests.interop.helpers import Link, node_calls_us, we_call_node
from tests.interop.strategies import for_javascript

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

#: Many values travel in one call: a round trip costs more than they do.
batches = st.lists(for_javascript, max_size=20)

few_examples = settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


class Shelf(rpc.Target):
    """Where Node fetches what we have, and puts what it got."""

    def __init__(self) -> None:
        self.given: list[Any] = []
        self.taken: list[Any] = []

    def fetch(self) -> Any:
        return self.given

    def put(self, values: Any) -> None:
        self.taken = values


def through_javascript(value: Any) -> Any:
    """What is left of a value when it has been JavaScript's: the differences are documented."""
    match value:
        case list() | tuple():
            return [through_javascript(item) for item in value]
        case dict():
            return {key: through_javascript(item) for key, item in value.items()}
        case bool():
            return value
        case int():
            beyond = isinstance(value, rpc.BigInt) or abs(value) > MAX_SAFE_INTEGER
            return rpc.BigInt(value) if beyond else value
        case float():
            return _number(value)
        case datetime():
            return _date(value)
        case rpc.FarDate(ms=int(ms)):
            try:
                return EPOCH + timedelta(milliseconds=ms)
            except OverflowError:
                return value
        case _:
            return value


def _number(value: float) -> float:
    if value == 0:
        return 0  # -0 is sent as 0
    return int(value) if value.is_integer() and abs(value) <= MAX_SAFE_INTEGER else value


def _date(value: datetime) -> datetime:
    # A Date has no fractions of a millisecond: they are cut off, towards 1970.
    ms = abs(value - EPOCH) // timedelta(milliseconds=1)
    return EPOCH + timedelta(milliseconds=ms if value > EPOCH else -ms)


def form(value: Any) -> Any:
    """A value as something that `==` compares, types and all, members in any order.

    JavaScript puts members whose names are numbers first.
    """
    match value:
        case list() | tuple():
            return ["list", *map(form, value)]
        case dict():
            return ["dict", *sorted((key, form(item)) for key, item in value.items())]
        case float() if math.isnan(value):
            return "nan"
        case array():
            return ["array", value.typecode, value.tobytes()]
        case rpc.RemoteError():
            properties = dict(value.properties)
            if isinstance(value, BaseExceptionGroup):
                properties["errors"] = list(value.exceptions)
            if value.__cause__ is not None:
                properties["cause"] = value.__cause__
            return [value.name, value.message, form(through_javascript(properties))]
        case _:
            return [type(value).__name__, value]


@contextlib.contextmanager
def running(
    opening: contextlib.AbstractAsyncContextManager[Link],
) -> Iterator[tuple[asyncio.Runner, Link]]:
    """A link, and the event loop that it runs on, for synchronous code that uses them often."""
    with asyncio.Runner() as runner:
        link = runner.run(opening.__aenter__())
        try:
            yield runner, link
        except BaseException as error:
            runner.run(opening.__aexit__(type(error), error, error.__traceback__))
            raise
        runner.run(opening.__aexit__(None, None, None))


def assert_same(sent: list[Any], came: Any) -> None:
    assert isinstance(came, list)
    for one, other in zip(sent, came, strict=True):
        assert form(other) == form(through_javascript(one))


@pytest.mark.timeout(120)
def test_arguments_and_results_of_calls_to_node() -> None:
    """VAL-01 to 03, VAL-06, VAL-09, VAL-12, VAL-15, VAL-19, VAL-22, VAL-31 to 33, VAL-35, VAL-38,
    ERR-01, ERR-02, ERR-06 to 08: to Node and back.
    """

    async def echo(link: Link, values: list[Any]) -> Any:
        return await link.api.echo(values)

    with running(we_call_node("echo(value) { return value; }")) as (runner, link):

        @few_examples
        @given(batches)
        def check(values: list[Any]) -> None:
            assert_same(values, runner.run(echo(link, values)))

        check()


@pytest.mark.timeout(120)
def test_arguments_and_results_of_calls_by_node() -> None:
    """VAL-01 to 03, VAL-06, VAL-09, VAL-12, VAL-15, VAL-19, VAL-22, VAL-31 to 33, VAL-35, VAL-38,
    ERR-01, ERR-02, ERR-06 to 08: fetched by Node and put back.
    """
    shelf = Shelf()

    async def fetch_and_put(link: Link) -> None:
        await link.node.eval("async (api) => { await api.put(await api.fetch()); }")

    with running(node_calls_us(lambda _: shelf)) as (runner, link):

        @few_examples
        @given(batches)
        def check(values: list[Any]) -> None:
            shelf.given = values
            runner.run(fetch_and_put(link))
            assert_same(values, shelf.taken)

        check()
