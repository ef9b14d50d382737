"""Maps: turning a Python function into instructions by running it once (protocol: remap).

The function is called with a placeholder. Calls that it makes, of whatever stub, are not made but
written down; what it returns is the last instruction. So it must do nothing but make calls.
"""

from collections.abc import Callable

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference, Registration, Settled
from capnweb_runtime.core.hooks import ValueHook
from capnweb_runtime.core.mapping import MapBudget, MapFunction
from capnweb_runtime.core.paths import follow
from capnweb_runtime.core.payload import Payload, as_reference, rewrite
from capnweb_runtime.errors import CallError
from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.wire.expressions import Expression, Leaf, SentError

__all__ = ["PlaceholderHook", "Recorder"]


class Recorder:
    """Records the function of one map."""

    def __init__(self, subject: Hook, path: Path, parent: "Recorder | None") -> None:
        """Record a map over what lies at `path` of `subject`, which is lent.

        `parent` is the recorder in whose function this map is made, None if it is in none.
        """
        self._parent = parent
        self._subject = subject
        self._path = path
        self._captures: list[Hook] = []
        self._instructions: list[Expression] = []
        #: For each capture, what the parent calls it.
        self._outer: list[int] = []
        self._subject_number = 0 if parent is None else parent.number(subject)

    def input(self) -> "PlaceholderHook":
        """The placeholder of the element, to be given to the function."""
        return PlaceholderHook(self, 0)  # not kept: a cycle would keep the subject, too

    def call(self, hook: Hook, path: Path, arguments: Payload) -> "PlaceholderHook":
        """Write a call down. Takes the arguments; the hook is lent."""
        try:
            tree = self._written(arguments.tree)
            assert isinstance(tree, list)
            return self._add(["pipeline", self.number(hook), list(path), tree[0]])
        finally:
            arguments.dispose()

    def get(self, hook: Hook, path: Path) -> "PlaceholderHook":
        """Write the read of a property down; the hook is lent."""
        return self._add(["pipeline", self.number(hook), list(path)])

    def finish(self, result: Payload) -> Hook:
        """The function returned `result`, which is taken. Gives the promise of the map's result."""
        try:
            self._instructions.append(self._written(result.tree))
        finally:
            result.dispose()
        if self._parent is None:
            mapper = MapFunction(self._captures, self._instructions, MapBudget(DEFAULT_LIMITS))
            return self._subject.map(self._path, mapper)
        captures: list[Expression] = [["import", number] for number in self._outer]
        return self._parent._add(
            ["remap", self._subject_number, list(self._path), captures, self._instructions]
        )

    def give_up(self) -> None:
        """The function failed: nothing comes of the map."""
        for capture in self._captures:
            capture.dispose()

    def number(self, hook: Hook) -> int:
        """What the instructions call a hook (lent): a placeholder's number, or that of a capture.

        Raises:
            CallError: for a placeholder of a function that has returned.
        """
        if isinstance(hook, PlaceholderHook) and hook.recorder is self:
            return hook.number
        if self._parent is not None:
            self._outer.append(self._parent.number(hook))
            return -len(self._outer)
        if isinstance(hook, PlaceholderHook):
            raise misused()
        self._captures.append(hook.dup())
        return -len(self._captures)

    def _add(self, instruction: Expression) -> "PlaceholderHook":
        self._instructions.append(instruction)
        return PlaceholderHook(self, len(self._instructions))

    def _written(self, tree: Expression) -> Expression:
        """A copy of a tree in which references are what the instructions call them."""
        return rewrite(tree, self._write_place)

    def _write_place(self, place: Leaf | SentError) -> Expression:
        if isinstance(place, SentError):  # sessions replace errors, and a map is of none
            return place.expression
        reference = as_reference(place)
        settled = reference.hook.target
        if isinstance(settled, ValueHook):  # a value that is here: written as what it is
            node, rest = follow(settled.payload.tree, reference.path)
            if not isinstance(node, Reference):
                return node
            path = node.path + rest
            return self._write_place(Reference(node.hook, path, is_promise=node.is_promise))
        number = self.number(reference.hook)
        if reference.path:
            return ["pipeline", number, list(reference.path)]
        return ["pipeline" if reference.is_promise else "import", number]


class PlaceholderHook(Hook):
    """The element of a map, or the result of an instruction, while the function is recorded."""

    __slots__ = ("number", "recorder")

    def __init__(self, recorder: Recorder, number: int) -> None:
        self.recorder = recorder
        self.number = number

    @override
    def call(self, path: Path, arguments: Payload) -> Hook:
        arguments.dispose()
        raise misused()

    @override
    def get(self, path: Path) -> Hook:
        return self.recorder.get(self, path) if path else self

    @override
    def map(self, path: Path, mapper: Mapper) -> Hook:
        mapper.dispose()
        raise misused()

    @override
    def dup(self) -> Hook:
        return self

    @override
    def pull(self, then: Callable[[Settled], None]) -> None:
        then(misused())

    @override
    def dispose(self) -> None:
        pass

    @override
    def on_broken(self, registration: Registration) -> None:
        raise misused()


def misused() -> CallError:
    """The error of using a placeholder as what it stands for."""
    return CallError(
        "this is the placeholder of a map function: it stands for a value that is at the peer, and"
        " only while the function runs"
    )
