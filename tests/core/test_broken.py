"""Being told that something is lost."""

from typing import Any

import pytest

from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import (
    BrokenError,
    ConnectionLostError,
    PeerAbortedError,
    ProtocolError,
    RemoteError,
    SessionClosedError,
)
from tests.core.api import api
from tests.core.harness import End, Pair, World
from tests.core.objects import Cap, Later


@pytest.fixture
def pair(world: World) -> Pair:
    return world.pair(api(world))


class Bell:
    """Notes who was told, in order, and of what."""

    def __init__(self) -> None:
        self.names: list[str] = []
        self.reasons: list[BaseException] = []

    def watch(self, cap: Cap, name: str) -> Any:
        def rung(reason: BaseException) -> None:
            self.names.append(name)
            self.reasons.append(reason)

        return cap.on_broken(rung)


def lose(*ends: End) -> ConnectionLostError:
    reason = ConnectionLostError("the cable was cut")
    for end in ends:
        end.endpoint.close(reason)
    return reason


def test_in_the_order_of_registration(world: World, pair: Pair) -> None:
    """BRK-01: across stubs and promises, whatever their ids."""
    bell = Bell()
    user = pair.left.main.call("user")
    bell.watch(user, "user")
    later = pair.left.main.call("later")
    pair.pump()
    bell.watch(later, "later")
    bell.watch(pair.left.main, "main")
    bell.watch(user, "user again")
    reason = lose(pair.left, pair.right)
    assert bell.names == ["user", "later", "main", "user again"]
    assert all(told is reason for told in bell.reasons)


@pytest.mark.parametrize(
    ("text", "kind", "message"),
    [
        ('["nope"]', ProtocolError, "bad RPC message: ['nope']"),
        ('["abort",["error","E","bye"]]', PeerAbortedError, "the peer ended the session: E: bye"),
        ('["abort","bye"]', PeerAbortedError, "the peer ended the session: bye"),
        ('["abort"]', PeerAbortedError, "the peer ended the session: None"),
    ],
)
def test_the_reason(world: World, text: str, kind: type[BrokenError], message: str) -> None:
    """BRK-03, BRK-06, WS-08"""
    bell = Bell()
    end = world.end()
    call = end.main.call("x")
    bell.watch(call, "call")
    outcome = call.pull()
    end.feed(text)
    assert type(end.reason) is kind
    assert str(end.reason) == message
    assert bell.reasons == [end.reason]
    assert outcome.error is end.reason


def test_the_reason_of_an_abort_is_the_peers_own_error(world: World) -> None:
    """BRK-03"""
    end = world.end()
    end.feed(["abort", ["error", "TypeError", "no", None, {"code": 5}]])
    assert isinstance(end.reason, PeerAbortedError)
    reason = end.reason.reason
    assert isinstance(reason, TypeError)
    assert isinstance(reason, RemoteError)
    assert reason.properties == {"code": 5}


def test_later_calls_fail_with_the_same_reason(world: World, pair: Pair) -> None:
    """BRK-06: by their results, never at the call."""
    counter = pair.left.main.call("mk").pull()
    pair.pump()
    reason = lose(pair.left, pair.right)
    for cap in (pair.left.main, counter.value):
        assert cap.call("x", world.target()).pull().error is reason
        assert cap.get("x").pull().error is reason
        assert cap.dup().call("x").pull().error is reason
    bell = Bell()
    bell.watch(counter.value, "counter")
    bell.watch(pair.left.main, "main")
    assert bell.names == ["counter", "main"], "at once"
    assert bell.reasons == [reason, reason]


def test_a_value_that_came_stays(world: World, pair: Pair) -> None:
    """BRK-06: only what has to be asked for is lost."""
    user = pair.left.main.call("user")
    user.pull()
    pair.pump()
    reason = lose(pair.left, pair.right)
    assert user.get("name").pull().value == "ann"
    assert user.call("again").pull().error is reason


def test_a_promise_that_fails_is_broken_at_once(world: World, pair: Pair) -> None:
    """BRK-02"""
    bell = Bell()
    failed = pair.left.main.call("fail", "no")
    bell.watch(failed, "before")
    failed.pull()
    assert bell.names == []
    pair.pump()
    assert bell.names == ["before"]
    bell.watch(failed, "after")
    assert bell.names == ["before", "after"]
    assert str(bell.reasons[0]) == "no"
    lose(pair.left, pair.right)
    assert bell.names == ["before", "after"], "each is told once"


def test_a_promise_that_becomes_a_stub_is_lost_with_it(world: World, pair: Pair) -> None:
    """BRK-04: and keeps its place in the order."""
    bell = Bell()
    counter = pair.left.main.call("mk")
    bell.watch(counter, "counter")
    bell.watch(pair.left.main, "main")
    counter.pull()
    pair.pump()
    assert bell.names == []
    lose(pair.left, pair.right)
    assert bell.names == ["counter", "main"]


def test_a_promise_that_becomes_a_value_cannot_be_lost(world: World, pair: Pair) -> None:
    """BRK-04, BRK-05"""
    bell = Bell()
    hello = pair.left.main.call("hello", "x")
    bell.watch(hello, "hello")
    hello.pull()
    user = pair.left.main.call("user")
    bell.watch(user, "user")
    user.pull()
    pair.pump()
    bell.watch(hello, "hello again")
    lose(pair.left, pair.right)
    assert bell.names == []


def test_a_local_object_cannot_be_lost(world: World) -> None:
    """BRK-05: nor what came back as one."""
    bell = Bell()
    pair = world.pair(api(world))
    thing = world.target()
    back = pair.left.main.call("echo", [thing]).pull()
    pair.pump()
    bell.watch(back.value[0], "thing")
    lose(pair.left, pair.right)
    assert bell.names == []


def test_a_promise_of_this_side(world: World) -> None:
    """BRK-02, BRK-04: moves to what it becomes."""
    bell = Bell()
    pair = world.pair(api(world))
    later = Later()
    promise = Cap(PromiseHook(later.pending), is_promise=True)
    bell.watch(promise, "promise")
    counter = pair.left.main.call("mk")
    later.settle(counter)
    pair.pump()
    assert bell.names == []
    lose(pair.left, pair.right)
    assert bell.names == ["promise"]
    failing = Later()
    promise = Cap(PromiseHook(failing.pending), is_promise=True)
    bell.watch(promise, "failing")
    failing.fail(ValueError("no"))
    assert bell.names == ["promise", "failing"]


def test_undone(world: World, pair: Pair) -> None:
    """BRK-01: what the reference has not: a registration can be taken back, in every state."""
    bell = Bell()
    counter, failing = pair.left.main.call("mk"), pair.left.main.call("fail", "no")
    registrations = [bell.watch(cap, "no") for cap in (pair.left.main, counter, failing)]
    bell.watch(pair.left.main, "yes")
    counter.pull()
    registrations[2].undo()
    failing.pull()
    pair.pump()
    for registration in registrations:
        registration.undo()
        registration.undo()
    lose(pair.left, pair.right)
    assert bell.names == ["yes"]


def test_undone_by_a_callback(world: World, pair: Pair) -> None:
    """BRK-01: one that has not been called yet will not be."""
    bell = Bell()
    others: list[Any] = []
    pair.left.main.on_broken(lambda _: others[0].undo())
    others.append(bell.watch(pair.left.main, "no"))
    bell.watch(pair.left.main, "yes")
    lose(pair.left, pair.right)
    assert bell.names == ["yes"]


def test_registered_by_a_callback(world: World, pair: Pair) -> None:
    """BRK-02: on what is broken: at once."""
    bell = Bell()
    main = pair.left.main
    main.on_broken(lambda _: bell.watch(main, "second"))
    bell.watch(main, "first")
    lose(pair.left, pair.right)
    assert sorted(bell.names) == ["first", "second"]


def test_the_state_that_a_callback_sees(world: World, pair: Pair) -> None:
    """WS-09: the session is over, its calls fail, and closing it again is nothing."""
    seen: list[Any] = []
    main = pair.left.main

    def look(reason: BaseException) -> None:
        seen.append(pair.left.reason is reason)
        seen.append(main.call("x").pull().error is reason)
        pair.left.endpoint.close(SessionClosedError("again"))
        main.dispose()

    main.on_broken(look)
    reason = lose(pair.left, pair.right)
    assert seen == [True, True]
    assert pair.left.reason is reason


def test_the_order_of_the_end(world: World) -> None:
    """WS-09: the shell, the callbacks, the imports, the exports."""
    events: list[str] = []
    thing = world.target()
    end = world.end(thing)

    thing.on_release = lambda: events.append("object")
    end.on_end = lambda: events.append("shell")
    end.main.on_broken(lambda _: events.append("callback"))
    call = end.main.call("x")
    call.hook.pull(lambda _: events.append("call"))
    end.close()
    assert events == ["shell", "callback", "call", "object"]
