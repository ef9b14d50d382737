"""Random messages: whatever is sent, the engine does not raise, and nothing is left of it."""

import gc
import json
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st

from capnweb_runtime.errors import PeerAbortedError, ProtocolError
from capnweb_runtime.limits import Limits
from tests import strategies
from tests.core.api import Api
from tests.core.harness import EMPTY, World


@given(st.lists(strategies.frames, min_size=1, max_size=30))
@example([["resolve", -1, [[["pipeline", 0, ["user"], []], ["export", -1]]]]])
@example([["push", ["promise", -1]], ["resolve", -1, ["export", -1]], ["pull", 1]])
def test_random_messages(messages: list[Any]) -> None:
    """BAD-01 to BAD-04, CNT-01 to CNT-07, DISP-18, WS-05"""
    run(messages, Limits())


@given(st.lists(strategies.frames, min_size=1, max_size=30), st.integers(1, 5), st.integers(1, 5))
def test_random_messages_under_tight_limits(
    messages: list[Any], exports: int, imports: int
) -> None:
    """LIM-02, Limits.exports, Limits.imports"""
    run(messages, Limits(exports=exports, imports=imports, depth=4))


def run(messages: list[Any], limits: Limits) -> None:
    world = World()
    api = Api(world)
    end = world.end(api.target, limits)
    for message in messages:
        answers = end.feed(json.dumps(message))
        if end.reason is not None:
            assert isinstance(end.reason, ProtocolError | PeerAbortedError)
            assert end.stats == EMPTY
            assert isinstance(end.reason, PeerAbortedError) or answers[-1][0] == "abort"
            break
        assert len(end.endpoint._exports) <= max(limits.exports, 1)
        assert end.endpoint._imports._held <= limits.imports
    end.close()
    for cap in api.kept:
        cap.dispose()
    for later in api.laters:
        later.fail(ValueError("the test is over"))
    if any(target.handles for target in world.targets):
        gc.collect()  # a peer can tie what it gives into a circle
    world.check_closed()
