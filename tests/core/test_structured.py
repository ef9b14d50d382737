"""Sessions whose transport takes structured values, at each encoding (VAL-40, VAL-41, FLOW-07)."""

import pickle
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

import cbor2
import pytest
from hypothesis import example, given, settings

from capnweb_runtime.core.references import ErrorPolicy
from capnweb_runtime.errors import EncodeError, ProtocolError, RemoteError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.expressions import UNDEFINED
from capnweb_runtime.wire.json_text import dumps, loads
from capnweb_runtime.wire.numbers import BigInt
from capnweb_runtime.wire.structured import StructuredCodec, estimate_size
from tests import strategies
from tests.core.api import api
from tests.core.harness import QUIET, End, World
from tests.labels import label
from tests.notation import same
from tests.wire.codec import no_leaf
from tests.wire.test_properties import arrives_as

ENCODINGS = ("jsonCompatible", "jsonCompatibleWithBytes", "structuredClonable")

#: What a dict of JSON, or a format that carries more, makes of a message and back.
FORMATS: dict[str, tuple[Callable[[Any], object], Callable[[Any], object]]] = {
    "as it is": (lambda message: message, lambda received: received),
    "pickle": (pickle.dumps, pickle.loads),
}


def uncbor(received: Any) -> object:
    message: object = cbor2.loads(received)
    return message


def codec(encoding: object, form: str = "as it is") -> StructuredCodec:
    return StructuredCodec(encoding, *FORMATS[form])


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize("encoding", ENCODINGS)
@given(value=strategies.values)
@settings(max_examples=60)
def test_values_survive(encoding: str, form: str, value: Any) -> None:
    """VAL-40"""
    with World.checked() as world:
        pair = world.pair(api(world), codec=codec(encoding, form))
        outcome = pair.left.main.call("echo", value).pull()
        pair.pump()
        expected = arrives_as(value)
        assert same(outcome.value, expected if encoding == ENCODINGS[-1] else numbers(expected))
        outcome.source.dispose()
        del outcome


def numbers(value: Any) -> Any:
    """A value in which whole numbers of more than 31 bits are ints, as JavaScript means them."""
    if isinstance(value, list):
        return [numbers(item) for item in value]
    if isinstance(value, dict):
        return {key: numbers(item) for key, item in value.items()}
    if isinstance(value, float) and value.is_integer() and 2**31 <= abs(value) < 2**53:
        return int(value)
    return value


def test_whole_numbers() -> None:
    """VAL-40: what JavaScript's formats write as doubles."""
    sent = [1.0, 2.0**31, -(2.0**31), 2.0**53 - 1, 2.0**53, 2.0**31 + 0.5]
    for encoding in ENCODINGS:
        with World.checked() as world:
            pair = world.pair(api(world), codec=codec(encoding))
            outcome = pair.left.main.call("echo", sent).pull()
            pair.pump()
            kinds = [type(number) for number in outcome.value]
            json = encoding != "structuredClonable"
            assert kinds == [float, *([int] * 3 if json else [float] * 3), float, float]
            outcome.source.dispose()
            del outcome


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_capabilities_travel(encoding: str) -> None:
    """VAL-40: references, promises and errors are written as in text."""
    with World.checked() as world:
        pair = world.pair(api(world), codec=codec(encoding))
        main = pair.left.main
        counter = main.call("mk")
        added = counter.call("increment", 2).pull()
        user = main.call("user").pull()
        failed = main.call("fail", "no").pull()
        called = main.call("call", world.target(**{"": lambda x: x * 2}), 2).pull()
        pair.pump()
        assert (added.value, called.value, str(failed.error)) == (2, 4, "no")
        assert user.value["own"].call("increment", 1) is not None
        for outcome in (added, user, failed, called):
            outcome.source.dispose()
            if outcome.payload is not None:
                outcome.payload.dispose()
        counter.dispose()
        del added, user, failed, called, counter, outcome


NATIVE = [
    (b"ab", ["bytes", "YWI"], ["bytes", b"ab"], ["bytes", b"ab"]),
    (bytearray(b"ab"), ["bytes", "YWI"], ["bytes", b"ab"], ["bytes", b"ab"]),
    (
        memoryview(b"abcd").cast("h"),
        ["bytes", "YWJjZA", "Int16Array"],
        ["bytes", b"abcd", "Int16Array"],
        ["bytes", b"abcd", "Int16Array"],
    ),
    (
        datetime(1970, 1, 1, 1, tzinfo=timezone(timedelta(hours=1))),
        *(["date", 0], ["date", 0], datetime(1970, 1, 1, tzinfo=UTC)),
    ),
    (2**53, *(["bigint", str(2**53)],) * 2, 2**53),
    (-(2**70), *(["bigint", str(-(2**70))],) * 2, -(2**70)),
    (BigInt(5), *(["bigint", "5"],) * 3),  # a number in most formats
    (UNDEFINED, *(["undefined"],) * 2, UNDEFINED),
    (float("inf"), *(["inf"],) * 2, float("inf")),
    (float("-inf"), *(["-inf"],) * 2, float("-inf")),
    ([1, {"a": "b"}], *([[1, {"a": "b"}]],) * 3),
]


@pytest.mark.parametrize(("value", "plain", "with_bytes", "native"), NATIVE, ids=label)
def test_sent_as(value: object, plain: object, with_bytes: object, native: object) -> None:
    """VAL-40: what each encoding makes of a value."""
    for encoding, expected in zip(ENCODINGS, (plain, with_bytes, native), strict=True):
        with World.checked() as world:
            end = world.end(codec=codec(encoding))
            end.main.call("f", value).dispose()
            push, _ = end.take()
            assert push == ["push", ["pipeline", 0, ["f"], [expected]]]
            assert exact(push), "a class of our own was let out"


def exact(message: object) -> bool:
    """Whether a message consists of nothing but what formats know."""
    if type(message) is list:
        return all(map(exact, message))
    if type(message) is dict:
        return all(type(key) is str and exact(member) for key, member in message.items())
    known = {str, int, float, bool, bytes, datetime, type(UNDEFINED), type(None)}
    return type(message) in known


@pytest.mark.parametrize("encoding", ENCODINGS)
@given(message=strategies.nearly_expressions)
@example(message=["export", -(2.0**31)])
@settings(max_examples=60)
def test_what_text_is_taken_for_is_what_its_tree_is_taken_for(encoding: str, message: Any) -> None:
    """VAL-40: there is one codec."""
    call: list[Any] = ["push", ["pipeline", 0, ["echo"], [message]]]
    said: list[bool] = []
    tree = loads(dumps(call, no_leaf))
    if encoding != ENCODINGS[-1]:  # what the others write as doubles, text has as whole numbers
        call = numbers(call)
    for one, sent in ((None, dumps(call, no_leaf)), (codec(encoding), tree)):
        world = World()
        end = world.end(api(world), codec=one)
        end.endpoint.receive(sent)
        said.append(end.reason is None)
        end.close()
        world.check_closed()
    assert said[0] == said[1]


def cyclic() -> object:
    message: list[object] = ["push"]
    message.append(message)
    return message


def cyclic_members() -> object:
    members: dict[str, object] = {}
    members["a"] = members
    return ["push", members]


def deep(levels: int) -> object:
    value: object = 1
    for _ in range(levels):
        value = [[value]]
    return value


def doubling(levels: int) -> object:
    """Small in memory, and endless when it is written out."""
    value: object = ["x"]
    for _ in range(levels):
        value = [value, value]
    return ["push", value]


class Odd(list[object]):
    pass


HOSTILE: dict[str, Callable[[], object]] = {
    "nothing": lambda: None,
    "a text": lambda: '["pull",1]',
    "a tuple": lambda: ("pull", 1),
    "a tuple inside": lambda: ["push", ("a",)],
    "a set": lambda: ["push", {1}],
    "a frozenset": lambda: ["push", frozenset("a")],
    "a decimal": lambda: ["push", Decimal(1)],
    "an exception": lambda: ["push", ValueError()],
    "an object": lambda: ["push", object()],
    "a class": lambda: ["push", object],
    "a subclass of list": lambda: ["push", Odd()],
    "a bytearray": lambda: ["push", ["bytes", bytearray(b"a")]],
    "bytes of their own": lambda: ["push", b"a"],
    "bytes for a name": lambda: [b"push", 1],
    "bytes for a text": lambda: ["push", ["error", b"a", "b"]],
    "bytes for a key": lambda: ["push", {b"a": 1}],
    "an int for a key": lambda: ["push", {1: 1}],
    "None for a key": lambda: ["push", {None: 1}],
    "a naive date": lambda: ["push", datetime(2020, 1, 1)],  # noqa: DTZ001
    "a huge int": lambda: ["push", 10**20_000],
    "a huge id": lambda: ["pull", 2**60],
    "an infinite id": lambda: ["pull", float("inf")],
    "a bool for an id": lambda: ["pull", True],
    "in itself": cyclic,
    "members in themselves": cyclic_members,
    "too deep": lambda: ["push", deep(300)],
    "far too deep": lambda: ["push", deep(100_000)],
    "doubling": lambda: doubling(64),
}


@pytest.mark.parametrize("kind", HOSTILE)
@pytest.mark.parametrize("encoding", ENCODINGS)
def test_hostile_messages_abort_their_session(encoding: str, kind: str) -> None:
    """VAL-40, BAD-01, LIM-02: and nothing is raised."""
    with World.checked() as world:
        end = world.end(api(world), Limits(message_size=1_000_000), codec(encoding))
        end.endpoint.receive(HOSTILE[kind]())
        [[name, [tag, *_]]] = end.take()
        assert (name, tag) == ("abort", "error")
        assert isinstance(end.reason, ProtocolError)


ONLY_NATIVE: dict[str, object] = {
    "NaN": float("nan"),
    "infinity": float("inf"),
    "a date": datetime(2020, 1, 1, tzinfo=UTC),
    "undefined": UNDEFINED,
    "a bigint of our own": BigInt(5),
    "a number beyond all doubles": 2**1024,
}


@pytest.mark.parametrize("kind", ONLY_NATIVE)
def test_what_only_the_last_encoding_has(kind: str) -> None:
    """VAL-40"""
    for encoding in ENCODINGS:
        with World.checked() as world:
            end = world.end(api(world), codec=codec(encoding))
            end.endpoint.receive(["push", ONLY_NATIVE[kind]])
            taken = encoding == "structuredClonable"
            assert (end.reason is None) == taken, end.reason
            if taken:
                end.endpoint.receive(["release", 1, 1])
                assert end.stats == QUIET


@pytest.mark.parametrize("encoding", ENCODINGS)
def test_raw_bytes(encoding: str) -> None:
    """VAL-40: in a bytes expression, where the encoding has them."""
    with World.checked() as world:
        end = world.end(api(world), codec=codec(encoding))
        end.endpoint.receive(["push", ["bytes", b"ab"]])
        assert (end.reason is None) == (encoding != "jsonCompatible")
    with World.checked() as world:
        end = world.end(api(world), codec=codec(encoding))
        end.endpoint.receive(["push", ["bytes", "YWI"]])
        assert end.reason is None, "base64 is understood everywhere"


def test_what_came_from_elsewhere_goes_on_as_text() -> None:
    """VAL-40: values of a structured session are sent on in a session of text, and in maps."""
    value = [b"a", datetime(1970, 1, 1, tzinfo=UTC), BigInt(2**60), float("inf")]
    wire = [[["bytes", "YQ"], ["date", 0], ["bigint", str(2**60)], ["inf"]]]
    with World.checked() as world:
        text = world.end(world.target())
        bridge = world.target(pass_on=lambda value: text.main.call("f", value).dispose())
        pair = world.pair(bridge, codec=codec("structuredClonable"))
        pair.left.main.call("pass_on", value).dispose()
        pair.pump()
        push, _ = text.sent()
        assert push == ["push", ["pipeline", 0, ["f"], [wire]]]


def test_the_message_is_not_touched() -> None:
    """VAL-40: the transport may go on using what it gave, and what it got."""
    message = ["push", ["pipeline", 0, ["echo"], [[[["bytes", b"a"], ["export", -1]]]]]]
    before = repr(message)
    with World.checked() as world:
        end = world.end(api(world), codec=codec("structuredClonable"))
        end.endpoint.receive(message)
        end.endpoint.receive(["release", 1, 1])
        assert repr(message) == before
        end.take()


@pytest.mark.parametrize("encoding", ["", "json", "String", "structured", 5, object(), ["string"]])
def test_an_unknown_encoding(encoding: object) -> None:
    """VAL-41"""
    with pytest.raises(TypeError, match="the encoding of a transport must be one of"):
        codec(encoding)


class TestAFormatThatRefuses:
    """CBOR has no lone surrogates: what a transport cannot encode fails its call alone."""

    @pytest.fixture
    def world(self) -> Iterator[World]:
        with World.checked() as world:
            yield world

    @pytest.fixture
    def end(self, world: World) -> End:
        cbor = StructuredCodec("jsonCompatibleWithBytes", cbor2.dumps, uncbor)
        return world.end(api(world), codec=cbor)

    def test_an_argument(self, world: World, end: End) -> None:
        with pytest.raises(EncodeError, match="the transport cannot encode it"):
            end.main.call("f", "\ud800", world.target())
        assert end.take() == []
        assert end.stats == QUIET

    def test_a_result(self, world: World) -> None:
        cbor = StructuredCodec("jsonCompatibleWithBytes", cbor2.dumps, uncbor)
        end = world.end(world.target(f=lambda: [world.target(), "\ud800"]), codec=cbor)
        end.endpoint.receive(cbor2.dumps(["push", ["pipeline", 0, ["f"], []]]))
        end.endpoint.receive(cbor2.dumps(["pull", 1]))
        [[name, number, [tag, _, why]]] = map(cbor2.loads, end.take())
        assert (name, number, tag) == ("reject", 1, "error")
        assert "the transport cannot encode it" in why
        end.endpoint.receive(cbor2.dumps(["release", 1, 1]))
        assert end.stats == QUIET

    def test_an_error(self, end: End) -> None:
        end.endpoint.abort(ProtocolError("\ud800"))
        said = [cbor2.loads(message) for message in end.take()]
        assert said == [["abort", ["error", "Error", "an error that the transport cannot encode"]]]

    def test_not_a_message(self, end: End) -> None:
        end.endpoint.receive(b"\xff\x00")
        assert isinstance(end.reason, ProtocolError)
        assert "not a message" in str(end.reason)
        end.take()


class TestSizes:
    """FLOW-07, LIM-01, VAL-40"""

    def test_an_estimate_is_high(self) -> None:
        for message in (["a" * 100], {"é" * 50: [1, 2.5, None, True]}, [b"x" * 1000], [2**4000]):
            for size in (len(cbor2.dumps(message)), len(pickle.dumps(message)) - 30):
                assert size <= estimate_size(message) <= 40 * size

    @given(strategies.values)
    def test_the_estimate_of_any_message(self, value: Any) -> None:
        with World.checked() as world:
            end = world.end(codec=codec("structuredClonable"))
            end.main.call("f", value).dispose()
            message = end.take()[0]
            text = world.end()
            text.main.call("f", value).dispose()
            assert estimate_size(message) > 16
            assert loads(text.take()[0]) is not None

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_a_message_at_the_limit(self, encoding: str) -> None:
        message = ["push", ["x" * 92]]  # 2 + 4 + 1 + 92: what it takes at least
        for limit, taken in ((99, True), (98, False)):
            with World.checked() as world:
                end = world.end(api(world), Limits(message_size=limit), codec(encoding))
                end.endpoint.receive(message)
                longer = end.reason is not None and "longer than 98" in str(end.reason)
                # What passes the limit is no expression, which is found next.
                assert longer == (not taken)
                end.take()

    def test_the_bytes_of_an_encoded_message_count(self) -> None:
        message = pickle.dumps(["push", 1])
        for limit, taken in ((len(message), True), (len(message) - 1, False)):
            with World.checked() as world:
                end = world.end(
                    api(world),
                    Limits(message_size=limit),
                    codec("structuredClonable", "pickle"),
                )
                end.endpoint.receive(message)
                assert (end.reason is None) == taken
                end.take()

    def test_a_bigint_at_the_limit(self) -> None:
        for number, taken in ((10**99, True), (-(10**98), True), (10**101, False)):
            with World.checked() as world:
                end = world.end(api(world), Limits(bigint_digits=100), codec("structuredClonable"))
                end.endpoint.receive(["push", number])
                assert (end.reason is None) == taken
                end.take()

    @pytest.mark.parametrize("encoding", ENCODINGS)
    def test_depth_at_the_limit(self, encoding: str) -> None:
        for levels, taken in ((255, True), (256, False)):
            with World.checked() as world:
                end = world.end(api(world), codec=codec(encoding))
                end.endpoint.receive(["push", deep(levels)])
                assert (end.reason is None) == taken
                end.take()


def test_errors_that_are_replaced() -> None:
    """VAL-40, ERR-15: properties with capabilities and bytes, and what on_send_error gives."""
    policy = ErrorPolicy(replace=lambda _: RemoteError("replaced", properties={"data": b"a"}))
    assert policy.replace is not None
    with World.checked() as world:
        end = world.end(world.target(), codec=codec("jsonCompatibleWithBytes"))
        end.endpoint._errors = policy
        end.endpoint.receive(["push", ["pipeline", 0, ["f"], []]])
        end.endpoint.receive(["pull", 1])
        [[name, number, [_, _, message, _, properties]]] = end.take()
        assert (name, number, message) == ("reject", 1, "replaced")
        assert properties == {"data": ["bytes", b"a"]}
        end.endpoint.receive(["release", 1, 1])
