"""Every state with every input: a legal step, or the documented outcome, and never an exception.

The states are those of an endpoint: open with nothing going on, open with much, and ended in each
of the ways there are. The inputs are every kind of message, valid and not, and all that the shell
and the application can ask for.
"""

from collections.abc import Callable
from functools import partial

import pytest

from capnweb_runtime.errors import (
    ConnectionLostError,
    DisposedError,
    PeerAbortedError,
    ProtocolError,
    SessionClosedError,
)
from tests.core.harness import EMPTY, End, World
from tests.core.objects import Cap, Later


class Scene:
    """An end with something of every kind on both sides."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.later = Later()
        self.kept: list[Cap] = []
        self.ran: list[str] = []
        self.thing = world.target(ping=lambda: "pong")
        self.main = world.target(
            ping=lambda: self.ran.append("ping"),
            wait=lambda: self.later,
            make=lambda: self.thing,
            keep=lambda cap: self.kept.append(cap.dup()),
        )
        self.end = world.end(self.main)
        self.told: list[BaseException] = []
        self.call = self.end.main
        self.end.take()

    def fill(self) -> "Scene":
        end = self.end
        end.feed(["push", ["pipeline", 0, ["wait"], []]], ["pull", 1])
        end.feed(["push", ["pipeline", 0, ["make"], []]], ["pull", 2])
        end.feed(["push", ["pipeline", 0, ["keep"], [["export", -1]]]])
        end.feed(["push", ["promise", -2]])
        self.call = end.main.call("far", self.world.target())
        self.call.on_broken(self.told.append)
        self.outcome = self.call.pull()
        self.kept[0].on_broken(self.told.append)
        end.take()
        return self


def _abort(scene: Scene) -> None:
    scene.end.endpoint.abort(ProtocolError("binary"))
    scene.end.take()


def _dispose_stubs(scene: Scene) -> None:
    for cap in scene.kept:
        cap.dispose()


def _receive(text: str, scene: Scene) -> None:
    scene.end.endpoint.receive(text)


ENDINGS: dict[str, tuple[Callable[[Scene], object], type[Exception]]] = {
    "a fault of the peer": (lambda scene: scene.end.feed(["nope"]), ProtocolError),
    "an abort by the peer": (lambda scene: scene.end.feed(["abort", "x"]), PeerAbortedError),
    "a lost transport": (
        lambda scene: scene.end.endpoint.close(ConnectionLostError("cut")),
        ConnectionLostError,
    ),
    "a close": (lambda scene: scene.end.close(), SessionClosedError),
    "an abort by this side": (_abort, ProtocolError),
    "its main stub": (lambda scene: scene.end.main.dispose(), SessionClosedError),
}

MESSAGES: dict[str, str] = {
    "push": '["push",["pipeline",0,["ping"],[]]]',
    "push of a value": '["push",5]',
    "push with everything": '["push",[[["pipeline",0,["ping"],[["export",-7],["promise",-8]]]]]]',
    "pull": '["pull",1]',
    "pull of main": '["pull",0]',
    "pull of an unknown id": '["pull",99]',
    "resolve": '["resolve",1,5]',
    "resolve with a stub": '["resolve",1,["export",-9]]',
    "resolve of an unknown id": '["resolve",99,["export",-9]]',
    "resolve of a promise": '["resolve",-2,5]',
    "resolve of a stub": '["resolve",-1,5]',
    "reject": '["reject",1,["error","E","m"]]',
    "reject of an unknown id": '["reject",99,5]',
    "reject of a promise": '["reject",-2,5]',
    "release": '["release",1,1]',
    "release of main": '["release",0,1]',
    "release of an unknown id": '["release",99,1]',
    "abort": '["abort",["error","E","m"]]',
    "abort without a reason": '["abort"]',
    "nothing": "",
    "no JSON": "}",
    "no message": "5",
    "unknown kind": '["nonsense",["pipeline",0,["ping"],[]]]',
    "malformed push": '["push"]',
    "malformed value": '["push",[1,2]]',
    "malformed path": '["push",["pipeline",0,null,[]]]',
}

#: What the other end, this shell and the application do besides.
DEEDS: dict[str, Callable[[Scene], object]] = {
    "take": lambda scene: scene.end.take(),
    "stats": lambda scene: scene.end.stats,
    "close": lambda scene: scene.end.close(),
    "abort": lambda scene: scene.end.endpoint.abort(ProtocolError("x")),
    "call main": lambda scene: scene.end.main.call("x", scene.thing).pull(),
    "get main": lambda scene: scene.end.main.get("x").pull(),
    "pull main": lambda scene: scene.end.main.pull(),
    "dup main": lambda scene: scene.end.main.dup().dispose(),
    "watch main": lambda scene: scene.end.main.on_broken(lambda _: None).undo(),
    "dispose main": lambda scene: scene.end.main.dispose(),
    "call a promise": lambda scene: scene.call.call("x", scene.thing).pull(),
    "get of a promise": lambda scene: scene.call.get("x").pull(),
    "pull a promise": lambda scene: scene.call.pull(),
    "pass a promise": lambda scene: scene.end.main.call("x", scene.call.at("y")),
    "dup a promise": lambda scene: scene.call.dup().dispose(),
    "dispose a promise": lambda scene: scene.call.dup().dispose(),
    "call a stub": lambda scene: [cap.call("x", scene.thing).pull() for cap in scene.kept],
    "pull a stub": lambda scene: [cap.pull() for cap in scene.kept],
    "dispose a stub": _dispose_stubs,
    "settle": lambda scene: scene.later.settle(scene.thing),
    "fail": lambda scene: scene.later.fail(ValueError("x")),
}

INPUTS: dict[str, Callable[[Scene], object]] = {
    **{f"receive {name}": partial(_receive, text) for name, text in MESSAGES.items()},
    **DEEDS,
}

ABORTING = {
    *("pull of an unknown id", "release of an unknown id", "nothing", "no JSON", "no message"),
    *("unknown kind", "malformed push", "malformed value", "malformed path"),
}


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("full", [False, True], ids=["quiet", "busy"])
def test_open(world: World, name: str, *, full: bool) -> None:
    """BAD-01 to BAD-03, WS-04, WS-05: a legal step, or the end, with an abort as the last word."""
    scene = Scene(world)
    if full:
        scene.fill()
    INPUTS[name](scene)
    sent = scene.end.sent()
    reason = scene.end.reason
    if name.removeprefix("receive ") in ABORTING or name == "abort":
        assert isinstance(reason, ProtocolError)
        assert sent[-1][0] == "abort"
    elif reason is None:
        assert all(message[0] != "abort" for message in sent)
    else:
        # There is nothing in the tables of a quiet end that these could be about.
        legal = {"receive abort", "receive abort without a reason", "close", "dispose main"}
        assert name in legal or (not full and name in {"receive pull", "receive release"})
    if reason is not None:
        assert scene.end.stats == EMPTY
        assert not full or scene.told == [reason] * 2
    else:
        assert scene.told == [] or name == "receive reject"


@pytest.mark.parametrize("name", INPUTS)
@pytest.mark.parametrize("ending", ENDINGS)
def test_ended(world: World, ending: str, name: str) -> None:
    """WS-05, BRK-06: nothing is sent, nothing runs, the reason stays, and the tables stay empty."""
    scene = Scene(world).fill()
    end_it, kind = ENDINGS[ending]
    end_it(scene)
    reason = scene.end.reason
    assert type(reason) is kind
    assert scene.told == [reason] * 2
    assert scene.outcome.error is reason
    assert (scene.later.cancelled, scene.main.handles) == (1, 0)
    scene.ran.clear()

    result = INPUTS[name](scene)

    assert scene.end.sent() == []
    assert scene.ran == []
    assert scene.end.reason is reason
    assert scene.end.stats == EMPTY
    assert scene.told == [reason] * 2
    for outcome in result if isinstance(result, list) else [result]:
        error = getattr(outcome, "results", [None])[0]
        if name == "pull a stub":
            assert isinstance(error, Cap | type(reason)), "a stub is its own value"
        elif error is not None and not (name == "pull main" and isinstance(error, Cap)):
            assert error is reason or isinstance(error, DisposedError)
    for cap in scene.kept:
        cap.dispose()


@pytest.mark.parametrize("first", MESSAGES)
def test_any_two_messages(first: str) -> None:
    """BAD-01 to BAD-04: whatever comes after whatever."""
    for second in MESSAGES:
        with World.checked() as world:
            _two_messages(Scene(world).fill(), first, second)


def _two_messages(scene: Scene, first: str, second: str) -> None:
    end: End = scene.end
    end.endpoint.receive(MESSAGES[first])
    ended_by_first = end.reason is not None
    before = end.sent()
    end.endpoint.receive(MESSAGES[second])
    after = end.sent()
    if ended_by_first:
        assert after == []
    if end.reason is not None:
        assert end.stats == EMPTY, second
        aborts = [message for message in before + after if message[0] == "abort"]
        assert len(aborts) == (0 if isinstance(end.reason, PeerAbortedError) else 1), second
    _dispose_stubs(scene)
