"""Promises of this side: what waits for them, who wants them, and the hook that refers to one."""

from collections.abc import Callable
from typing import final

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, ValueHook, disposed
from capnweb_runtime.core.payload import Payload, PlainPayload
from capnweb_runtime.errors import CallError, RpcError

__all__ = ["Pending", "PromiseHook"]


class Pending:
    """A promise of this side: what it will become is not known yet.

    Calls made on it wait in line. They are handed on in the order they were made, and one made
    while the line is being handed on joins its end: nothing overtakes.

    Whether its result is wanted. It was *asked for* when somebody asked for its value, or for that
    of something that waits for it. A call that was asked for, and that neither a reference nor
    anything in its line wants any more, is given up: whoever works on it is told, and what waits in
    a line is taken out of it, which may leave the one in front unwanted, too. A call that was never
    asked for was made for its effect: it goes on, whoever refers to it.

    Attributes:
        handles: hooks that refer to it.
        resolution: what it has become.
        base: whose line it waits in.
    """

    __slots__ = (
        "_asked",
        "_cancel",
        "_dead",
        "_ending",
        "_line",
        "_live",
        "_settling",
        "base",
        "handles",
        "resolution",
    )

    def __init__(self, cancel: Callable[[], bool] | None = None) -> None:
        """`cancel` is called if the result is not wanted any more.

        It says whether there is something that has to come to its end first.
        """
        self.resolution: Hook | None = None
        self.handles = 0
        self.base: Pending | None = None
        self._cancel = cancel
        self._line: list[Callable[[Hook], None] | _Step] = []
        self._live = 0  # steps in the line,
        self._dead = 0  # but for those that were taken out
        self._asked = False
        self._ending = False
        self._settling = False

    def settle(self, hook: Hook) -> None:
        """It has become `hook`, which it takes; an error, if that waits for this one."""
        # Depth first, on a stack of its own: what this one has become makes the value of the next,
        # and a peer's chain of calls on results of calls may be longer than Python's stack.
        stack: list[tuple[Pending, Hook, int]] = [(self, self._other(hook), 0)]
        while stack:
            pending, hook, position = stack.pop()
            pending._cancel = None
            pending._settling = True
            while position < len(pending._line):
                waiting = pending._line[position]
                position += 1
                if not isinstance(waiting, _Step):
                    waiting(hook)
                elif waiting.base is not None:  # else it was taken out of the line
                    waiting.base = None
                    stack.append((pending, hook, position))
                    stack.append((waiting, waiting._other(waiting.take(hook)), 0))
                    break
            else:
                pending._settled(hook)

    def _other(self, hook: Hook) -> Hook:
        """What it becomes. Takes a hook; gives that, or an error if it waits for this one.

        What it waits for in its own line, or in that of what waits there, would join the end of the
        line as often as it is handed on, and never come to an end. A peer can bring that about: it
        resolves what a method of ours is about to return with the result of that method.
        """
        if type(hook) is ValueHook and type(hook.payload) is PlainPayload:
            return hook
        try:
            circular = self._is_awaited_by(hook)
        except RecursionError:  # what it becomes waits for itself, without this one
            circular = True
        if not circular:
            return hook
        hook.dispose()
        return ErrorHook(CallError("a promise has become itself"))

    def _is_awaited_by(self, hook: Hook) -> bool:
        """Whether what a hook refers to is this promise or a part of it, or has it in its value."""
        found: list[tuple[Hook, bool]] = [(hook, True)]
        seen: set[int] = set()
        while found:
            each, is_root = found.pop()
            target = each.target
            if type(target) is PromiseHook:
                pending = target.pending
                while pending is not self and pending is not None and is_root:
                    pending = pending.base
                if pending is self:
                    return True
            elif type(target) is ValueHook and id(target.payload) not in seen:
                payload = target.payload
                seen.add(id(payload))
                root = payload.root
                if root is not None:
                    found.append((root.hook, is_root))
                else:
                    # A part of this promise may be a part of its value: it is there by then.
                    parts = payload.references
                    found += [(part.hook, False) for part in parts if part.is_promise]
        return False

    def _settled(self, hook: Hook) -> None:
        self._line.clear()
        self.resolution = hook
        if self._asked and type(hook) is PromiseHook:
            hook.ask()
        if self.handles == 0:
            hook.dispose()

    def step(self, action: Callable[[Hook], Hook]) -> "Pending":
        """Gives the promise of what `action` will make of what this becomes."""
        step = _Step(self, action)
        self._live += 1
        self._line.append(step)
        return step

    def then(self, callback: Callable[[Hook], None]) -> None:
        """Call `callback` with what it becomes (lent), after all that wait already."""
        if self.resolution is None:
            self._line.append(callback)
        else:
            callback(self.resolution)

    def ask(self) -> None:
        """Somebody wants its value, and so what it waits for."""
        pending: Pending | None = self
        while pending is not None and not pending._asked:
            pending._asked = True
            resolution = pending.resolution
            pending = resolution.pending if type(resolution) is PromiseHook else pending.base

    def let_go(self) -> None:
        """A reference to it is gone: give it up if nobody wants it any more."""
        pending: Pending | None = self
        while pending is not None and pending._is_unwanted():
            base = pending.base
            pending.cancel()
            pending = base

    def _is_unwanted(self) -> bool:
        return (
            self._asked
            and not self.handles
            and not self._live
            and not self._settling
            and self.resolution is None
        )

    def cancel(self) -> bool:
        """Its result is not wanted any more: tell whoever is working on it, once.

        Returns:
            Whether something has to come to its end first: it settles then.
        """
        cancel, self._cancel = self._cancel, None
        if cancel is not None:
            self._ending = cancel()
        return self._ending

    def _taken_out(self) -> None:
        """A step in the line is void."""
        self._live -= 1
        self._dead += 1
        # Now and then, so that neither the void ones pile up nor taking one out takes long.
        if not self._settling and 2 * self._dead > len(self._line):
            self._line = [
                waiting
                for waiting in self._line
                if not isinstance(waiting, _Step) or waiting.base is not None
            ]
            self._dead = 0


class _Step(Pending):
    """What a call or read that waits for a promise will give."""

    __slots__ = ("_action",)

    def __init__(self, base: Pending, action: Callable[[Hook], Hook]) -> None:
        super().__init__()
        self.base = base
        self._action = action

    def take(self, hook: Hook) -> Hook:
        """Do it, with what it waited for (lent); gives the result."""
        try:
            return self._action(hook)
        except RpcError as error:  # the arguments cannot be sent to where they have to go
            return ErrorHook(error)

    @override
    def cancel(self) -> bool:
        base, self.base = self.base, None
        if base is not None:
            # It lets go of its arguments, as it does where what it waits for has failed.
            self.settle(self.take(ErrorHook(CallError("the call was given up"))))
            base._taken_out()
        return False


@final
class PromiseHook(Hook):
    """A reference to a `Pending`.

    Whether a hook is one is asked several times for each call, by `type(hook) is PromiseHook`.
    """

    __slots__ = ("_pending",)

    def __init__(self, pending: Pending) -> None:
        pending.handles += 1
        self._pending: Pending | None = pending

    @property
    def pending(self) -> Pending | None:
        """What it waits for, None if that is there."""
        pending = self._pending
        return pending if pending is not None and pending.resolution is None else None

    @property
    @override
    def target(self) -> Hook:
        pending = self._pending
        return self if pending is None or pending.resolution is None else pending.resolution.target

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        pending = self._pending
        if pending is None:
            arguments.dispose()
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.call(path, arguments)
        return PromiseHook(pending.step(lambda hook: hook.call(path, arguments)))

    @override
    def get(self, path: Path) -> Hook:
        pending = self._pending
        if pending is None:
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.get(path)
        if not path:
            return self.dup()
        return PromiseHook(pending.step(lambda hook: hook.get(path)))

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        pending = self._pending
        if pending is None:
            mapper.dispose()
            return disposed()
        if pending.resolution is not None:
            return pending.resolution.map(path, mapper)
        return PromiseHook(pending.step(lambda hook: hook.map(path, mapper)))

    @override
    def dup(self) -> Hook:
        return disposed() if self._pending is None else PromiseHook(self._pending)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        if self._pending is None:
            then(disposed().error)
        else:
            self._pending.ask()
            self._pending.then(lambda hook: hook.pull(then))

    def ask(self) -> None:
        """Somebody wants the value: what it waits for goes on only as long as somebody does."""
        if self._pending is not None:
            self._pending.ask()

    def when_resolved(self, then: Callable[[Hook], None]) -> None:
        """As `pull`, but `then` gets what it becomes even if that is a promise again."""
        if self._pending is None:
            then(disposed())
        else:
            self._pending.then(then)

    @override
    def wait_long(self) -> None:
        if self._pending is not None:
            self._pending.then(lambda hook: hook.wait_long())

    @override
    def dispose(self) -> None:
        hook: Hook = self
        while type(hook) is PromiseHook:  # what one became may be another, and so on
            pending, hook._pending = hook._pending, None
            if pending is None:
                return
            pending.handles -= 1
            if pending.handles:
                return
            if pending.resolution is None:
                pending.let_go()
                return
            hook = pending.resolution
        hook.dispose()

    def __del__(self) -> None:
        # What the promise became may be in use still, in a value that was made of it: let the
        # collector find out.
        if self._pending is not None:
            self._pending.handles -= 1

    @override
    def on_broken(self, registration: Registration) -> None:
        if self._pending is not None:
            self._pending.then(lambda hook: hook.on_broken(registration))
