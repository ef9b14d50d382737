"""What is left of a session that should be over: which references, and from which calls.

What one side refers to stands in the other's table of exports, under an id. From where it is tell
the messages in which the id was made: one for each call, and those that carry objects.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from typing_extensions import override

from capnweb_runtime.aio.functions import LocalCallee
from capnweb_runtime.aio.session import Session
from capnweb_runtime.core.hooks import TargetHook
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.ids import MAIN_EXPORT
from capnweb_runtime.transports.memory import MemoryTransport

__all__ = ["End", "NotedTransport", "leftovers"]


class NotedTransport(MemoryTransport):
    """One end of a pair; it notes what its side calls and passes.

    Attributes:
        calls: what this side asked of the other, by the number of the result.
        passed: from where the objects are that this side passed, by their ids.
    """

    def __init__(self) -> None:
        super().__init__()
        self.calls: dict[int, str] = {}
        self.passed: dict[int, str] = {}

    @classmethod
    def pair(cls) -> "tuple[NotedTransport, NotedTransport]":
        """Two joined ends."""
        near, far = cls(), cls()
        near._peer, far._peer = far, near
        return near, far

    @override
    def send(self, messages: list[object]) -> None:
        for message in messages:
            assert isinstance(message, str)
            self._note(json.loads(message))
        super().send(messages)

    def _note(self, message: list[Any]) -> None:
        match message:
            case ["push" | "stream", expression]:
                asked = _asked(expression)
                self.calls[len(self.calls) + 1] = asked
                origin = f"an argument of {asked}"
            case ["pipe"]:
                self.calls[len(self.calls) + 1] = "a stream"
                return
            case ["resolve", int(number), expression]:
                assert isinstance(self._peer, NotedTransport)
                origin = f"from {self._peer.calls.get(number, 'what was passed')}"
            case _:
                return
        for export_id in _exported(expression):
            self.passed[export_id] = origin


def _asked(expression: list[Any]) -> str:
    """What a push asks for: `log_in()`, `motd`, `account.rename()`."""
    match expression:
        case ["pipeline", _, path, _]:
            return f"{'.'.join(map(str, path))}()"
        case ["pipeline", _, path]:
            return ".".join(map(str, path))
        case _:
            return "a map"


def _exported(tree: object) -> Iterator[int]:
    """The ids of what is passed by reference inside an expression."""
    match tree:
        case dict():
            for member in tree.values():
                yield from _exported(member)
        case ["export" | "promise", int(export_id)]:
            yield export_id
        case [list(items)] | ["pipeline", _, _, list(items)] | [str(), *items]:
            for item in items:
                yield from _exported(item)
        case _:
            pass


@dataclass(frozen=True, slots=True)
class End:
    """One end of a session."""

    session: Session[Any]
    transport: NotedTransport

    @property
    def is_clean(self) -> bool:
        """Whether nothing but the two main objects is known to it."""
        return self.session.stats() == (1, 1)


def leftovers(client: End, server: End) -> list[str]:
    """What either side still refers to at the other, a sentence each."""
    return [*_held("client", client, server), *_held("server", server, client)]


def _held(name: str, holder: End, owner: End) -> Iterator[str]:
    for export_id, hook in owner.session.exports().items():
        if export_id == MAIN_EXPORT:
            continue
        call = holder.transport.calls.get(export_id)
        origin = owner.transport.passed.get(export_id) or f"from {call}"
        target = hook.target
        if isinstance(target, TargetHook) and isinstance(target.callee, LocalCallee):
            yield f"the {name} holds {target.callee.described()}, {origin}"
        elif isinstance(target, PromiseHook):
            yield f"the {name} waits for {call or f'a promise, {origin}'}"
        else:
            yield f"the {name} holds the result of {call or f'a promise, {origin}'}"
