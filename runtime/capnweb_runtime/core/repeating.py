"""Answers that are asked for again if the session ends before they come.

For what may be repeated without harm: reading a property, and calls of methods that are marked as
idempotent. What is asked of the promise of such an answer goes to the attempt of the moment: calls
are pipelined as ever. Such a call is itself not repeated; reading a part of the answer is.
"""

from collections.abc import Callable
from typing import Final

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Registration, Settled
from capnweb_runtime.core.hooks import ErrorHook, disposed
from capnweb_runtime.core.payload import Payload
from capnweb_runtime.errors import InterruptedCallError, RpcError

__all__ = ["Repeated", "RepeatedHook"]

#: How often one call is sent again. A call that itself brings the server down, so that it never has
#: an answer, must not do so for ever.
_REPEATS: Final = 3


class Repeated:
    """Something that is asked again if the session ends before the answer.

    Attributes:
        handles: hooks that refer to it.
    """

    __slots__ = ("_attempt", "_drop", "_inner", "_left", "_long", "_make", "handles")

    def __init__(self, make: Callable[[], Hook], drop: Callable[[], None]) -> None:
        """`make` asks, `drop` is called when that will not be done any more.

        Raises:
            EncodeError: if the arguments cannot be sent.
        """
        self.handles = 0
        self._make = make
        self._drop = drop
        self._left = _REPEATS
        self._attempt = 0
        self._long = False
        try:
            self._inner = make()
        except BaseException:
            drop()
            raise

    def now(self) -> Hook:
        """The result of the newest attempt; a new one, if that was interrupted. Lent."""
        target = self._inner.target
        interrupted = isinstance(target, ErrorHook) and _is_interruption(target.error)
        if interrupted and self._left and self.handles:
            self._left -= 1
            self._attempt += 1
            try:
                self._inner = self._make()
            except RpcError:  # what was in the arguments cannot be sent any more
                self.finish()
        return self._inner

    def pull(self, then: Callable[[Settled], None]) -> None:
        """Ask for the answer, again if need be; `then` is called with it once."""
        inner = self.now()
        attempt = self._attempt

        def arrived(settled: Settled) -> None:
            if _is_interruption(settled):
                self.now()
                if self._attempt != attempt:
                    self.pull(then)
                    return
            self.finish()
            then(settled)

        inner.pull(arrived)
        if self._long:
            inner.wait_long()

    def wait_long(self) -> None:
        """The answer may take its time, in this attempt and in those to come."""
        self._long = True
        self._inner.wait_long()

    def finish(self) -> None:
        """It will not be asked again."""
        drop, self._drop = self._drop, _nothing
        self._left = 0
        self._make = disposed
        drop()

    def dispose(self) -> None:
        """Nobody wants it any more."""
        self.finish()
        self._inner.dispose()

    def forget(self) -> None:
        """The same, from wherever Python collects garbage: let the collector do the rest."""
        self._left = 0
        self._make = disposed
        self._drop = _nothing
        self._inner = disposed()


class RepeatedHook(Hook):
    """The promise of an answer that is asked for again if the session ends before it comes."""

    __slots__ = ("_repeated",)

    def __init__(self, repeated: Repeated) -> None:
        repeated.handles += 1
        self._repeated: Repeated | None = repeated

    @property
    def _now(self) -> Hook:
        return disposed() if self._repeated is None else self._repeated.now()

    @property
    @override
    def target(self) -> Hook:
        return self if self._repeated is None else self._repeated.now().target

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        return self._now.call(path, arguments)

    @override
    def get(self, path: Path) -> Hook:
        if not path or self._repeated is None:
            return self.dup()
        whole = self.dup()
        assert isinstance(whole, RepeatedHook)
        return RepeatedHook(Repeated(lambda: whole._now.get(path), whole.dispose))

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        return self._now.map(path, mapper)

    @override
    def dup(self) -> Hook:
        return disposed() if self._repeated is None else RepeatedHook(self._repeated)

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        if self._repeated is None:
            then(disposed().error)
        else:
            self._repeated.pull(then)

    @override
    def wait_long(self) -> None:
        if self._repeated is not None:
            self._repeated.wait_long()

    @override
    def dispose(self) -> None:
        repeated, self._repeated = self._repeated, None
        if repeated is not None:
            repeated.handles -= 1
            if repeated.handles == 0:
                repeated.dispose()

    def __del__(self) -> None:
        repeated = self._repeated
        if repeated is not None:
            repeated.handles -= 1
            if repeated.handles == 0:
                repeated.forget()

    @override
    def on_broken(self, registration: Registration) -> None:
        self._now.on_broken(registration)


def _is_interruption(settled: Settled) -> bool:
    return isinstance(settled, InterruptedCallError)


def _nothing() -> None:
    pass
