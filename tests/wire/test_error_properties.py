"""What of an exception is sent besides name and message, and what becomes of it here."""

import asyncio
import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest
from typing_extensions import override

from capnweb_runtime import RemoteError, RemoteErrorGroup, ThrownValueError
from capnweb_runtime.aio.records import by_value, plain
from capnweb_runtime.errors import ProtocolError, remote_error
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.errors import stack_text
from capnweb_runtime.wire.expressions import Leaf
from capnweb_runtime.wire.json_text import dumps
from tests.notation import text
from tests.wire.codec import decode, encode, no_leaf
from tests.wire.kinds import received_rows, refused_rows, same, sent_rows, value


@pytest.mark.parametrize("row", sent_rows("errors"))
def test_sent_as(row: Any) -> None:
    assert encode(value(row["value"])) == text(row["wire"])


@pytest.mark.parametrize("row", received_rows("errors"))
def test_received_as(row: Any) -> None:
    assert same(decode(text(row["wire"])), value(row["value"]))


@pytest.mark.parametrize("row", refused_rows("errors"))
def test_refused(row: Any) -> None:
    with pytest.raises(ProtocolError) as caught:
        decode(text(row["wire"]))
    assert row["why"] in str(caught.value)


class OutOfStock(Exception):  # noqa: N818 (an application may name its exceptions as it likes)
    """An exception that offers some of what it knows."""

    def __init__(self, item: str, left: object) -> None:
        super().__init__(f"{item}: {left} left")
        self.item = item
        self.left = left
        self.password = "secret"

    def rpc_properties(self) -> Mapping[Any, object]:
        return {"item": self.item, "left": self.left}


class Offers(Exception):  # noqa: N818
    """An exception that offers whatever a test wants it to."""

    def __init__(self, offer: Callable[[], Any]) -> None:
        super().__init__("no")
        self._offer = offer

    def rpc_properties(self) -> Any:
        return self._offer()


def raised(error: BaseException, cause: BaseException | None = None) -> BaseException:
    """The exception, once it has been raised."""
    with pytest.raises(type(error)) as caught:
        raise error from cause
    return caught.value


def sent(error: BaseException, adapt: Callable[[object], object] = plain) -> Any:
    encoder = Encoder(adapt, 256)
    return json.loads(dumps(encoder.encode(error), no_leaf))


def test_an_exception_sends_what_it_offers() -> None:
    """ERR-06: and nothing else that lies in its attributes."""
    assert sent(raised(OutOfStock("pen", [1, {"a": b"x"}]))) == [
        *("error", "OutOfStock", "pen: [1, {'a': b'x'}] left", None),
        {"item": "pen", "left": [[1, {"a": ["bytes", "eA"]}]]},
    ]


def test_attributes_are_not_sent() -> None:
    """ERR-06: libraries keep requests, statements and credentials there."""
    error = ValueError("no")
    error.code = 5  # type: ignore[attr-defined]
    error.add_note("a note")
    assert sent(error) == ["error", "ValueError", "no"]
    with pytest.raises(AttributeError) as found:
        _ = (5).nope  # type: ignore[attr-defined]
    assert sent(found.value) == ["error", "AttributeError", str(found.value)]


@pytest.mark.parametrize(
    "offer",
    [
        lambda: None,
        dict,
        lambda: 5,
        lambda: {"name": 1, "message": 2, "stack": 3},
        lambda: {"toString": 1, "__proto__": {}, "toJSON": 2},
        lambda: {1: "one", None: "none"},
        lambda: 1 / 0,
        lambda: {"a": object(), "b": {"c": [object()]}, "d": 1j},
    ],
    ids=[
        *("None", "empty", "a number", "other elements", "reserved", "no text"),
        *("raises", "unsendable"),
    ],
)
def test_what_cannot_be_offered(offer: Callable[[], object]) -> None:
    """ERR-09, ERR-12: the error itself always arrives."""
    assert sent(Offers(offer)) == ["error", "Offers", "no"]


def endless() -> object:
    inner: list[object] = []
    inner.append(inner)
    return inner


def exploding(_: object) -> object:
    raise RuntimeError("an adapter of the application's failed")


def test_only_the_property_that_cannot_be_sent_is_dropped() -> None:
    """ERR-09"""
    offered = {"a": 1, "b": object(), "c": endless(), "d": {"e": 2}}
    assert sent(Offers(lambda: offered)) == ["error", "Offers", "no", None, {"a": 1, "d": {"e": 2}}]
    assert sent(Offers(lambda: offered), exploding)[4] == {"a": 1, "d": {"e": 2}}


class Thing:
    """What goes by reference, in these tests."""


def test_leaves_of_a_dropped_property_are_told() -> None:
    """ERR-09, ERR-11: for whoever made references of them to dispose of them."""
    made: list[Leaf] = []

    def adapt(value: object) -> object:
        if isinstance(value, Thing):
            made.append(Leaf())
            return made[-1]
        return value

    encoder = Encoder(adapt, 256)
    encoder.encode(
        [
            Thing(),
            Offers(lambda: {"a": Thing(), "b": [Thing(), object()], "c": Thing()}),
            Thing(),
        ]
    )
    first, a, b, c, last = made
    assert encoder.leaves == [first, a, c, last]
    assert list(encoder.dropped) == [b]


def test_a_cause_is_what_the_error_was_raised_from() -> None:
    """ERR-07"""
    assert sent(raised(ValueError("outer"), KeyError("inner"))) == [
        *("error", "ValueError", "outer", None, {"cause": ["error", "KeyError", "inner"]})
    ]


def fail_while_handling() -> None:
    try:
        [].pop()
    except IndexError:
        int("outer")


def test_an_error_raised_while_another_is_handled_has_no_cause() -> None:
    """ERR-07: the context may be anything, and nobody meant to show it."""
    with pytest.raises(ValueError, match="outer") as found:
        fail_while_handling()
    assert isinstance(found.value.__context__, IndexError)
    assert len(sent(found.value)) == 3


def test_an_offered_cause_comes_first() -> None:
    """ERR-07"""
    error = raised(Offers(lambda: {"cause": "what I say"}), KeyError("x"))
    assert sent(error)[4] == {"cause": "what I say"}


def test_an_exception_group_is_an_aggregate_error() -> None:
    """ERR-07"""
    group = ExceptionGroup("both", [ValueError("a"), ExceptionGroup("in", [OutOfStock("b", 1)])])
    assert sent(group) == [
        *("error", "AggregateError", "both", None),
        {
            "errors": [
                [
                    ["error", "ValueError", "a"],
                    [
                        *("error", "AggregateError", "in", None),
                        {
                            "errors": [
                                [
                                    [
                                        *("error", "OutOfStock", "b: 1 left", None),
                                        {"item": "b", "left": 1},
                                    ]
                                ]
                            ]
                        },
                    ],
                ]
            ]
        },
    ]
    unusual = BaseExceptionGroup("", [KeyboardInterrupt(), asyncio.CancelledError("x")])
    assert sent(unusual)[4] == {
        "errors": [[["error", "KeyboardInterrupt", ""], ["error", "CancelledError", "x"]]]
    }


def test_a_received_group_is_an_exception_group() -> None:
    """ERR-07, ERR-08: `except*` takes it apart, by the builtin classes as well."""
    group = decode(
        '["error","AggregateError","both",null,'
        '{"code":5,"errors":[[["error","TypeError","a"],["error","Odd","b"]]]}]'
    )
    assert isinstance(group, RemoteErrorGroup)
    assert isinstance(group, RemoteError)
    assert issubclass(RemoteErrorGroup, ExceptionGroup)
    assert str(group) == "both (2 sub-exceptions)"
    assert (group.name, group.message) == ("AggregateError", "both")
    seen: list[BaseException] = []
    try:
        raise group
    except* TypeError as found:
        seen.append(found)
    except* RemoteError as rest:
        seen.append(rest)
    parts = [part for part in seen if isinstance(part, RemoteErrorGroup)]
    assert [[str(error) for error in part.exceptions] for part in parts] == [["a"], ["Odd: b"]]
    assert all(part.properties == {"code": 5} for part in parts)


def test_a_received_cause_is_the_cause() -> None:
    """ERR-07: Python's traceback shows it, and not what was being handled here."""
    error = decode('["error","Error","no",null,{"cause":["error","TypeError","inner"]}]')
    assert isinstance(error, RemoteError)
    assert isinstance(error.__cause__, TypeError)
    assert error.__suppress_context__
    assert error.properties == {}


def test_a_cause_is_dropped_by_dropping_it() -> None:
    """ERR-16: nothing of it lies anywhere else."""
    error = decode('["error","Error","no",null,{"cause":["error","TypeError","inner"]}]')
    assert isinstance(error, RemoteError)
    error.__cause__ = None
    assert encode(error) == '["error","Error","no"]'


def chain(length: int) -> BaseException:
    error: BaseException = ValueError("0")
    for number in range(1, length):
        outer = ValueError(str(number))
        outer.__cause__ = error
        error = outer
    return error


def causes(error: object) -> Iterator[BaseException]:
    while isinstance(error, BaseException):
        yield error
        error = error.__cause__


def test_a_long_chain_of_causes() -> None:
    """ERR-09, LIM-08: as far as the peer would take it; what lies deeper is dropped."""
    assert len(list(causes(decode(encode(chain(100)))))) == 100
    assert len(list(causes(decode(encode(chain(256)))))) == 256
    assert len(list(causes(decode(encode(chain(300)))))) == 256


def test_an_error_within_itself() -> None:
    """ERR-09"""
    error, other = ValueError("a"), ValueError("b")
    error.__cause__, other.__cause__ = other, error
    assert json.loads(encode(error)) == [
        *("error", "ValueError", "a", None, {"cause": ["error", "ValueError", "b"]})
    ]
    own: list[Any] = []
    own.append(Offers(lambda: {"own": own}))
    assert json.loads(encode(own)) == [[["error", "Offers", "no"]]]


def test_thrown_values_are_sent_as_what_was_thrown() -> None:
    """ERR-14"""
    assert encode(ThrownValueError({"a": [1]})) == '{"a":[[1]]}'
    assert encode([ThrownValueError(None)]) == "[[null]]"
    assert sent(raised(ValueError("x"), ThrownValueError("y")))[4] == {"cause": "y"}
    assert str(ThrownValueError("y")) == "the peer threw 'y'"


def test_the_stack_of_a_replacement() -> None:
    """ERR-15: its own traceback, without what led to it; a peer's own stack if it has one."""
    assert stack_text(ValueError("never raised")) is None
    shown = stack_text(raised(ValueError("shown"), KeyError("hidden")))
    assert shown is not None
    assert shown.startswith("Traceback (most recent call last):\n")
    assert shown.endswith("ValueError: shown\n")
    assert "hidden" not in shown
    assert stack_text(raised(remote_error("Error", "x", {}, "at x.js:1"))) == "at x.js:1"


class Unreadable(Exception):  # noqa: N818
    """Nothing about it can be found out."""

    def rpc_properties(self) -> Mapping[str, object]:
        return Items()


class Items(Mapping[str, object]):
    """Members that cannot be read."""

    @override
    def __getitem__(self, key: str) -> object:
        raise RuntimeError("not this")

    @override
    def __iter__(self) -> Iterator[str]:
        raise RuntimeError("nor this")

    @override
    def __len__(self) -> int:
        return 1


def test_an_error_of_which_nothing_can_be_read() -> None:
    """ERR-09"""
    assert sent(Unreadable("no")) == ["error", "Unreadable", "no"]
    assert sent(RemoteError("no", "Odd", Items())) == ["error", "Odd", "no"]


class Noteless(Exception):  # noqa: N818
    """Its notes cannot be read, and the traceback module looks at them."""

    @override
    def __getattribute__(self, name: str) -> Any:
        if name == "__notes__":
            raise RuntimeError("not even this")
        return super().__getattribute__(name)


def test_a_stack_that_cannot_be_shown() -> None:
    """ERR-09, ERR-15"""
    stack = stack_text(raised(Noteless("no")))
    assert stack is None or "Noteless: no" in stack  # Python 3.13 shows it all the same


class Referable:
    def __rpc_reference__(self) -> object:
        raise AssertionError("no reference must be made")


async def stream() -> Any:
    yield


def test_values_of_errors_that_are_thrown() -> None:
    """ERR-10: what goes by reference is not even asked for one."""
    for value_ in (Referable(), stream(), print, lambda: None):
        assert by_value(value_) is value_
    assert by_value(("a",)) == ("a",)
