"""Maps: applying a function that arrived as a list of instructions (protocol: remap)."""

from collections.abc import Callable
from typing import cast

from typing_extensions import override

from capnweb_runtime.core.evaluate import Evaluator
from capnweb_runtime.core.hook import Hook, Mapper, Reference
from capnweb_runtime.core.hooks import ErrorHook, ValueHook, hook_of
from capnweb_runtime.core.paths import is_undefined
from capnweb_runtime.core.payload import EncodedPayload, OpenPayload, copy_tree
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import CallError, ProtocolError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.expressions import Expression
from capnweb_runtime.wire.json_text import dumps_plain, loads

__all__ = ["MapBudget", "MapFunction"]


class MapBudget:
    """What one map may cost, with all that are nested in it.

    Attributes:
        limits: of what its instructions are, and of how many are run.
        watch: is told what the calls give that are made for it.
    """

    __slots__ = ("_left", "limits", "watch")

    def __init__(self, limits: Limits, watch: Callable[[PromiseHook], None] | None = None) -> None:
        self.limits = limits
        self.watch = watch
        self._left = limits.map_operations

    def spend(self, operations: int) -> None:
        """Account for instructions about to be run.

        Raises:
            CallError: if they are too many.
        """
        self._left -= operations
        if self._left < 0:
            limit = self.limits.map_operations
            raise CallError(f"it takes more than {limit} operations (Limits.map_operations)")


class MapFunction(Mapper):
    """The function of a map, as the one who has the value applies it."""

    __slots__ = ("_budget", "_text")

    def __init__(
        self, captures: list[Hook], instructions: list[Expression], budget: MapBudget
    ) -> None:
        """Takes the captures."""
        super().__init__(captures, instructions)
        self._budget = budget
        #: A copy of the instructions is quicker read than made; None if they cannot be written.
        self._text = dumps_plain(instructions)

    @override
    def apply(self, tree: Expression) -> Hook:
        try:
            if is_undefined(tree) or tree is None:
                return ValueHook(EncodedPayload(tree))
            if not (type(tree) is list and len(tree) == 1 and type(tree[0]) is list):
                return ValueHook(self._apply_to(tree))
            return self._apply_to_each(tree[0])
        except (ProtocolError, CallError) as error:
            # Of the map alone: the numbers in it are its own, and never reach the session's tables.
            return ErrorHook(CallError(f"map: {error}"))

    def _apply_to_each(self, elements: list[Expression]) -> Hook:
        references: list[Reference] = []
        items: list[Expression] = []
        try:
            items.extend(self._apply_to(element).move(references) for element in elements)
        except BaseException:
            for reference in references:
                reference.hook.dispose()
            raise
        return ValueHook(EncodedPayload([items], references))

    def _apply_to(self, element: Expression) -> OpenPayload:
        self._budget.spend(len(self.instructions))
        if not self.instructions:
            raise CallError("a function without instructions")
        evaluator = _MapEvaluator(self.captures, hook_of(element), self._budget)
        try:
            *instructions, last = self._copied()
            for instruction in instructions:
                evaluator.variables.append(evaluator.hook(instruction))
            return evaluator.payload(last)
        finally:
            for variable in evaluator.variables:
                variable.dispose()

    def _copied(self) -> list[Expression]:
        """The instructions, for one evaluation, which changes them."""
        if self._text is not None:
            return cast("list[Expression]", loads(self._text))
        return [copy_tree(instruction, []) for instruction in self.instructions]


class _MapEvaluator(Evaluator):
    """Evaluates the instructions of a map: numbers mean captures and earlier results."""

    __slots__ = ("_budget", "_captures", "variables")

    def __init__(self, captures: list[Hook], element: Hook, budget: MapBudget) -> None:
        super().__init__(budget.limits)
        self._captures = captures
        self._budget = budget
        self.variables = [element]

    @override
    def find(self, name: int) -> Hook:
        hooks, index = (self.variables, name) if name >= 0 else (self._captures, -name - 1)
        if index >= len(hooks):
            raise CallError(f"it refers to {name}, which is neither a result nor a capture")
        return hooks[index]

    @override
    def watch(self, hook: PromiseHook) -> None:
        if self._budget.watch is not None:
            self._budget.watch(hook)

    @override
    def introduce(self, name: int, *, is_promise: bool) -> Hook:
        raise CallError("it cannot introduce objects")

    @override
    def part(self, tag: str, expression: list[Expression], depth: int) -> Hook | None:
        raise CallError("it cannot make streams or blobs")

    @override
    def mapper(self, captures: list[Hook], instructions: list[Expression]) -> Mapper:
        return MapFunction(captures, instructions, self._budget)
