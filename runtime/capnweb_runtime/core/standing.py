"""A reference that outlives sessions: it stands for something of the peer of the current session.

A `Standing` is told when there is a session (`connect`) and when there is none (`disconnect`). What
is asked of it meanwhile goes to what it stands for; while it stands for nothing it waits in line,
and goes to the next one in the order it was asked. The line has a limit.

What was sent when a session ended is not sent again, since nobody knows whether it was carried out.
Except for what may be repeated without harm: reading a property, and calls of methods that are
marked as idempotent (core/repeating.py).

Life: open until it *ends*, once, for one reason; all that waits fails with that, and what is asked
later. It knows no time: how long something waits, and when to try again, is the shell's affair.
"""

from collections.abc import Callable
from typing import ClassVar

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, disposed
from capnweb_runtime.core.payload import Payload, reference_payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.core.repeating import Repeated, RepeatedHook
from capnweb_runtime.core.streams import StreamHook
from capnweb_runtime.errors import (
    BrokenError,
    NotConnectedError,
    RpcError,
    SessionClosedError,
)

__all__ = ["Standing", "StandingHook"]

#: Does what was asked of a `Standing` with what it stands for, which is lent.
_Action = Callable[[Hook], Hook]


class Standing:
    """What standing references refer to.

    Attributes:
        broken: the callbacks to be run at the end, in order.
        reason: why it ended, None while it is open.
    """

    def __init__(
        self, limit: int, repeatable: Callable[[Path], bool], closed: Callable[[], None]
    ) -> None:
        """Nothing is connected yet.

        Args:
            limit: how much may wait.
            repeatable: whether the method at a path may be called again.
            closed: called when the main reference is disposed of, and with it all has ended.
        """
        self._limit = limit
        self._closed = closed
        self._current: Hook | None = None
        self._line: dict[_Waiting, None] = {}
        self._handing_on = False
        self._refusal: BrokenError | None = None
        self.repeatable = repeatable
        self.broken: dict[Registration, None] = {}
        self.reason: BrokenError | None = None

    # ---------------------------------------------------------------- for the shell

    def main(self) -> Hook:
        """Gives the first reference: all ends with it."""
        return _MainStandingHook(self)

    @property
    def waiting(self) -> int:
        """How much waits."""
        self._forget_unwanted()
        return len(self._line)

    def connect(self, hook: Hook) -> None:
        """Stand for `hook`, which is taken, and hand on what waits."""
        if self.reason is not None:
            hook.dispose()
            return
        self._current = hook
        self._refusal = None
        self._handing_on = True
        try:
            self._forget_unwanted()
            while self._line and self._current is hook:
                waiting = next(iter(self._line))
                del self._line[waiting]
                waiting.hand_on(hook)
        finally:
            self._handing_on = False

    def disconnect(self) -> None:
        """What it stands for is gone: stand for nothing."""
        current, self._current = self._current, None
        if current is not None:
            current.dispose()

    def refuse(self, reason: BrokenError) -> None:
        """Have what waits fail, and let nothing wait any more, until it is connected again."""
        if self._current is None:
            self._refusal = reason
            self._fail_waiting(reason)

    def end(self, reason: BrokenError) -> None:
        """It will never stand for anything again."""
        if self.reason is not None:
            return
        self.reason = reason
        self._fail_waiting(reason)
        for registration in list(self.broken):
            registration.run(reason)
        self.disconnect()

    def _fail_waiting(self, reason: BrokenError) -> None:
        line, self._line = self._line, {}
        for waiting in line:
            waiting.fail(reason)

    def _forget_unwanted(self) -> None:
        # Those whose promises were left to Python's garbage collector, which tells nobody.
        for waiting in list(self._line):
            waiting.result.let_go()

    def _give_up(self, waiting: "_Waiting") -> None:
        if waiting in self._line:
            del self._line[waiting]
            waiting.fail(disposed().error)

    # ---------------------------------------------------------------- for references

    @property
    def now(self) -> Hook | None:
        """What can be asked at once; None if one has to wait. Lent."""
        return None if self._handing_on else self._current

    @property
    def present(self) -> Hook | None:
        """What it stands for. Lent."""
        return self._current

    def close(self) -> None:
        """The main reference was disposed of."""
        if self.reason is None:
            self.end(SessionClosedError("the session was closed by disposing of its main stub"))
            self._closed()

    def ask(self, action: _Action, drop: Callable[[], None]) -> Hook:
        """Gives what `action` gives, or a promise of it if it has to wait.

        `drop` is called if it is never done.

        Raises:
            EncodeError: if the arguments cannot be sent.
        """
        now = self.now
        if now is not None:
            return action(now)
        refusal = self.reason or self._refusal
        if refusal is None and len(self._line) >= self._limit:
            self._forget_unwanted()
            if len(self._line) >= self._limit:
                refusal = NotConnectedError(
                    f"there is no connection now, and {self._limit} calls wait for one already"
                )
        if refusal is not None:
            drop()
            return ErrorHook(refusal)
        waiting = _Waiting(action, drop, self._give_up)
        self._line[waiting] = None
        return PromiseHook(waiting.result)

    def repeat(self, action: _Action, drop: Callable[[], None]) -> Hook:
        """The same for what may be done more than once; `drop` is called in any case."""
        return RepeatedHook(Repeated(lambda: self.ask(action, _nothing), drop))

    def on_broken(self, registration: Registration) -> None:
        """Have a callback called at the end."""
        if self.reason is None:
            registration.move(self.broken)
        else:
            registration.run(self.reason)


class _Waiting:
    """Something that waits in line."""

    __slots__ = ("_action", "_drop", "_give_up", "result")

    def __init__(
        self, action: _Action, drop: Callable[[], None], give_up: Callable[["_Waiting"], None]
    ) -> None:
        self._action = action
        self._drop = drop
        self._give_up = give_up
        self.result = Pending(self._cancel)

    def _cancel(self) -> bool:
        self._give_up(self)
        return False

    def hand_on(self, hook: Hook) -> None:
        try:
            result = self._action(hook)
        except (RpcError, RecursionError) as error:  # the arguments cannot be sent
            result = ErrorHook(error)
        self.result.settle(result)

    def fail(self, error: BaseException) -> None:
        self._drop()
        self.result.settle(ErrorHook(error))


class StandingHook(Hook):
    """A reference to what a `Standing` stands for."""

    __slots__ = ("_standing",)

    def __init__(self, standing: Standing) -> None:
        self._standing: Standing | None = standing

    @property
    @override
    def present(self) -> Hook:
        current = None if self._standing is None else self._standing.present
        return self if current is None else current.present

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        standing = self._standing
        if standing is None:
            arguments.dispose()
            return disposed()
        if standing.repeatable(path) and not any(map(_is_stream, arguments.references)):
            return standing.repeat(lambda hook: hook.call(path, arguments.dup()), arguments.dispose)
        now = standing.now
        if now is not None:
            return now.call(path, arguments)
        return standing.ask(lambda hook: hook.call(path, arguments), arguments.dispose)

    @override
    def get(self, path: Path) -> Hook:
        standing = self._standing
        if standing is None:
            return disposed()
        return standing.repeat(lambda hook: hook.get(path), _nothing) if path else self.dup()

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        standing = self._standing
        if standing is None:
            mapper.dispose()
            return disposed()
        return standing.ask(lambda hook: hook.map(path, mapper), mapper.dispose)

    @override
    def dup(self) -> Hook:
        return disposed() if self._standing is None else StandingHook(self._standing)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(reference_payload(Reference(self.dup(), is_promise=False)))

    @override
    def dispose(self) -> None:
        self._standing = None

    @override
    def on_broken(self, registration: Registration) -> None:
        if self._standing is None:
            disposed().on_broken(registration)
        else:
            self._standing.on_broken(registration)


class _MainStandingHook(StandingHook):
    """The first reference."""

    __slots__ = ()

    keeps_session: ClassVar[bool] = True

    @override
    def dispose(self) -> None:
        standing = self._standing
        super().dispose()
        if standing is not None:
            standing.close()


def _is_stream(reference: Reference) -> bool:
    """Whether it can be sent only once."""
    return isinstance(reference.hook, StreamHook)


def _nothing() -> None:
    pass
