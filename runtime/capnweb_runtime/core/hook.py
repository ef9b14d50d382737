"""Hooks: single references to capabilities and promises, wherever those live.

Everything the engine handles by reference is a `Hook`: an object of the peer, an object of this
side's application, the result of a call that is still running, a value that has arrived. They all
answer the same operations, so that a pipelined call need not know what it will meet.

Ownership. One hook is one counted reference, and has one owner: the object that will dispose of it.
Each function that handles hooks says one of three words:

* *takes* a hook: becomes its owner, also if it fails;
* *lends* (or just uses) a hook: the owner stays who it was;
* *gives* a hook: the caller becomes its owner.

`dispose` may be called twice. A hook that is simply forgotten is disposed of as well, when Python
collects it, but later and in no particular order: `dispose` is for those who care when.
"""

from abc import abstractmethod
from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, TypeAlias

from capnweb_runtime.compiled import mypyc_attr
from capnweb_runtime.wire.expressions import Expression, Leaf

if TYPE_CHECKING:
    from capnweb_runtime.core.payload import Payload

__all__ = ["BrokenCallback", "Hook", "Mapper", "Path", "Reference", "Registration", "Settled"]

#: The names and indexes that lead from a capability to a property of it (protocol: propertyPath).
Path: TypeAlias = tuple[str | int, ...]

#: What a promise ends as: its value (lent), or the error that it failed with.
Settled: TypeAlias = "Payload | BaseException"

BrokenCallback: TypeAlias = Callable[[BaseException], object]


class Registration:
    """A callback registered with `on_broken`, and the means to undo that.

    It lives in the `home` of the session whose end it waits for, a dict that keeps the order of
    registration, and moves when the promise it was registered on turns out to be something else's.
    """

    __slots__ = ("active", "callback", "home")

    def __init__(self, callback: BrokenCallback) -> None:
        """`callback` must not raise."""
        self.active = True
        self.callback = callback
        self.home: dict[Registration, None] | None = None

    def run(self, reason: BaseException) -> None:
        """It is lost: tell so, unless the registration was taken back."""
        if self.active:
            self.active = False
            self.move(None)
            self.callback(reason)

    def undo(self) -> None:
        """Take the registration back; the callback will not be called any more."""
        self.active = False
        self.move(None)

    def move(self, home: "dict[Registration, None] | None") -> None:
        """Wait for the end of another session; at the end of its queue if it is another."""
        if home is not self.home:
            if self.home is not None:
                self.home.pop(self, None)
            if home is not None:
                home[self] = None
            self.home = home


@mypyc_attr(allow_interpreted_subclasses=True)
class Hook:
    """One reference to a capability or promise.

    It is no `ABC`, and neither is any other class that is compiled: all of them would share the
    memory of `isinstance`, which for an `ABC` takes six times as long anyway.
    """

    __slots__ = ("__weakref__",)

    #: Whether the session ends when this reference is disposed of.
    keeps_session: ClassVar[bool] = False

    @abstractmethod
    def call(self, path: Path, arguments: "Payload") -> "Hook":
        """Call the function at `path`. Takes the arguments; gives the result, or a promise of it.

        Never raises for what goes wrong with the call: the result is an `ErrorHook` then.

        Raises:
            EncodeError: if the arguments cannot be sent.
        """

    @abstractmethod
    def get(self, path: Path) -> "Hook":
        """Gives what lies at `path`, or a promise of it. Never raises."""

    def stream(self, path: Path, arguments: "Payload") -> "tuple[Hook, int | None]":
        """Call a function whose result is expected to be nothing (protocol: stream).

        Takes the arguments; gives the promise of the answer, and the size of the message in
        characters if one was sent.

        Raises:
            EncodeError: if the arguments cannot be sent.
        """
        return self.call(path, arguments), None

    @abstractmethod
    def map(self, path: Path, mapper: "Mapper") -> "Hook":
        """Apply a function to what lies at `path`, or to its elements if that is an array.

        Takes the mapper; gives the result, or a promise of it. Never raises for what goes wrong
        with the application: the result is an `ErrorHook` then.

        Raises:
            CallError: if the mapper cannot be sent.
        """

    @abstractmethod
    def dup(self) -> "Hook":
        """Gives one more reference to the same."""

    @abstractmethod
    def pull(self, then: Callable[[Settled], None]) -> None:
        """Ask for the value; `then` is called with it once, perhaps at once.

        A capability that is no promise has itself as its value.
        """

    def wait_long(self) -> None:
        """Whoever has pulled it sees to how long it waits: a session's `call_timeout` is void."""

    @abstractmethod
    def dispose(self) -> None:
        """Give this reference up. What it refers to goes with the last one."""

    @abstractmethod
    def on_broken(self, registration: Registration) -> None:
        """Have the callback called if what this refers to is lost (never, for a local object)."""

    @property
    def target(self) -> "Hook":
        """What this refers to as far as it is known: itself, or what its promise became. Lent."""
        return self

    @property
    def present(self) -> "Hook":
        """What this refers to now, if that may be something else later; else `target`. Lent."""
        target = self.target
        return target if target is self else target.present


@mypyc_attr(allow_interpreted_subclasses=True)
class Mapper:
    """The function of a map, in the form in which it travels (protocol: remap).

    Attributes:
        captures: the hooks that the function uses; owned.
        instructions: expressions, the last of which is its result. In them 0 is the input, n > 0
            the result of instruction n, and -n capture n.
    """

    __slots__ = ("captures", "instructions")

    def __init__(self, captures: "list[Hook]", instructions: list[Expression]) -> None:
        """Takes the captures."""
        self.captures = captures
        self.instructions = instructions

    @abstractmethod
    def apply(self, tree: Expression) -> Hook:
        """Gives the result for a value whose references are lent, an `ErrorHook` if it fails."""

    def dispose(self) -> None:
        """Dispose of the captures."""
        for capture in self.captures:
            capture.dispose()


class Reference(Leaf):
    """A hook, or a property of one, in a value.

    Attributes:
        hook: owned by the payload that holds the value.
        path: what is meant of it.
        is_promise: whether it stands for the value (to be put in before delivery) or for the
            capability (protocol: import / pipeline).
    """

    __slots__ = ("hook", "is_promise", "path")

    def __init__(self, hook: Hook, path: Path = (), *, is_promise: bool) -> None:
        self.hook = hook
        self.path = path
        self.is_promise = is_promise

    def dup(self) -> "Reference":
        """Gives one more."""
        return Reference(self.hook.dup(), self.path, is_promise=self.is_promise)
