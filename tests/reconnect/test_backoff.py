import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

import capnweb_runtime as rpc
from capnweb_runtime.aio.reconnect import Reconnection


def test_without_chance() -> None:
    backoff = rpc.Backoff(initial=0.5, factor=3, maximum=10, jitter=0)
    assert [backoff.delay(attempt, 0.9) for attempt in range(5)] == [0.5, 1.5, 4.5, 10, 10]


def test_full_jitter_is_the_default() -> None:
    backoff = rpc.Backoff()
    assert backoff.delay(0, 0.0) == 0.5
    assert backoff.delay(0, 0.5) == 0.25
    assert backoff.delay(3, 0.75) == 1.0
    assert backoff.delay(100, 0.0) == 60
    assert backoff.delay(10**6, 0.5) == 30, "a power that no float can hold"


def test_half_of_it_left_to_chance() -> None:
    backoff = rpc.Backoff(initial=4, jitter=0.5)
    assert (backoff.delay(0, 0.0), backoff.delay(0, 0.5), backoff.delay(1, 1.0)) == (4, 3, 4)


@given(
    attempt=st.integers(0, 10**9),
    chance=st.floats(0, 1, exclude_max=True),
    initial=st.floats(0.001, 100),
    factor=st.floats(1, 1000),
    jitter=st.floats(0, 1),
)
def test_bounds(attempt: int, chance: float, initial: float, factor: float, jitter: float) -> None:
    backoff = rpc.Backoff(initial=initial, factor=factor, maximum=1000, jitter=jitter)
    delay = backoff.delay(attempt, chance)
    assert initial * (1 - jitter) - 1e-9 <= delay <= 1000
    assert backoff.delay(attempt + 1, chance) >= delay


@pytest.mark.parametrize(
    "values",
    [
        {"initial": 0},
        {"initial": math.nan},
        {"initial": True},
        {"factor": 0.5},
        {"maximum": 0.1},
        {"maximum": math.inf},
        {"jitter": 1.5},
        {"jitter": -0.1},
        {"attempts": 0},
        {"lasting": -1},
    ],
    ids=str,
)
def test_what_is_out_of_range(values: dict[str, Any]) -> None:
    (name,) = values
    with pytest.raises(ValueError, match=f"Backoff.{name} must be"):
        rpc.Backoff(**values)


def test_options_that_make_no_sense() -> None:
    backoff = rpc.Backoff()
    cases: list[tuple[dict[str, Any], type[Exception], str]] = [
        ({"max_waiting": 0}, ValueError, "max_waiting must be"),
        ({"max_wait": 0}, ValueError, "max_wait is a number"),
        ({"attempt_timeout": -1}, ValueError, "attempt_timeout is a number"),
        ({"idempotent": "get"}, TypeError, "list of names"),
        ({"give_up": 3}, TypeError, "give_up must be a function"),
        ({"on_connect": 3}, TypeError, "on_connect must be a function"),
        ({"call_timeout": 0}, ValueError, "call_timeout is a number"),
        ({"nope": 0}, TypeError, "nope"),
        ({"reconnect": 0.5}, TypeError, "reconnect must be a Backoff"),
    ]
    for options, error, message in cases:
        given: dict[str, Any] = {"reconnect": backoff, **options}
        with pytest.raises(error, match=message):
            rpc.connect("ws://x", **given)
    with pytest.raises(TypeError, match="max_waiting: only with `reconnect`"):
        rpc.connect("ws://x", max_waiting=3)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="on_connect: only with `reconnect`"):
        rpc.connect("ws://x", on_connect=print)  # type: ignore[call-overload]
    with pytest.raises(TypeError, match="only a URL or a function"):
        rpc.connect(object(), reconnect=backoff)  # type: ignore[call-overload]


def test_the_options_are_those_of_the_complete_form() -> None:
    complete = set(Reconnection.__slots__)
    assert complete - {"backoff", "on_connect"} == rpc.ReconnectOptions.__annotations__.keys()
