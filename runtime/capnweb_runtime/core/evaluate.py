"""Expressions that refer to something by number -> hooks.

What a number means differs between a session (its tables) and the function of a map (its captures
and earlier results); how the expressions are formed does not.
"""

from abc import abstractmethod
from typing import Final, cast

from typing_extensions import override

from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.payload import DecodedPayload, OpenPayload, PlainPayload
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.errors import RpcError
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.decode import Decoder, References
from capnweb_runtime.wire.encode import are_plain, is_plain
from capnweb_runtime.wire.expressions import Expression, Leaf, malformed

__all__ = ["Evaluator"]

_PARTS: Final = frozenset({"blob", "readable", "writable"})
_USES: Final = frozenset({"import", "pipeline"})
_TAGS: Final = _PARTS | _USES | {"export", "promise", "remap"}


class Evaluator(References):
    """Evaluates expressions that refer to something by number (the decoder's `References`)."""

    __slots__ = ("_limits",)

    def __init__(self, limits: Limits) -> None:
        self._limits = limits

    @abstractmethod
    def find(self, name: int) -> Hook:
        """What an `import` or `pipeline` expression means by a number; lent.

        Raises:
            ProtocolError: if it means nothing.
        """

    @abstractmethod
    def introduce(self, name: int, *, is_promise: bool) -> Hook:
        """Gives what an `export` or `promise` expression introduces.

        Raises:
            ProtocolError: if it may not.
        """

    @abstractmethod
    def part(self, tag: str, expression: list[Expression], depth: int) -> Hook | None:
        """Gives the hook of a stream or blob (readable, writable, blob), None if malformed.

        Raises:
            ProtocolError: if there is none such.
        """

    @abstractmethod
    def watch(self, hook: PromiseHook) -> None:
        """A call or read that was made gave `hook`, which is lent, a promise: it may be under way.

        Raises:
            ProtocolError: if too many are.
        """

    @abstractmethod
    def mapper(self, captures: list[Hook], instructions: list[Expression]) -> Mapper:
        """Gives the function of a map. Takes the captures."""

    def payload(self, expression: Expression) -> OpenPayload:
        """Gives the value of an expression.

        Raises:
            ProtocolError: if it is malformed, refers to nothing, or is past a limit.
        """
        if is_plain(expression):
            return PlainPayload(expression, expression)
        decoder = Decoder(self, self._limits)
        value = decoder.decode(expression)
        if is_plain(value):  # what it refers to
            return PlainPayload(value, cast("Expression", value))
        return DecodedPayload(value, decoder.slots)

    def hook(self, expression: Expression) -> Hook:
        """Gives a hook for the value of an expression.

        Raises:
            ProtocolError: as `payload`.
        """
        if type(expression) is list and expression:
            tag = expression[0]
            if type(tag) is str and tag in _USES:  # most of what is pushed: without a decoder
                return self._use(expression, 0)
        decoder = Decoder(self, self._limits)
        value = decoder.decode(expression)
        if isinstance(value, Reference):
            return value.hook
        return ValueHook(DecodedPayload(value, decoder.slots))

    @override
    def refer(self, expression: list[Expression], depth: int) -> object:
        tag = expression[0] if expression else None
        if type(tag) is not str or tag not in _TAGS or len(expression) < 2:
            raise malformed(expression)
        if tag in _USES:
            return self._used(self._use(expression, depth), is_promise=tag == "pipeline")
        if tag in _PARTS:
            # A blob is delivered when all of it is here.
            return Reference(self._part(tag, expression, depth), is_promise=tag == "blob")
        name = expression[1]
        if type(name) is not int:
            raise malformed(expression)
        if tag == "remap":
            return self._remap(name, expression)
        is_promise = tag == "promise"
        return Reference(self.introduce(name, is_promise=is_promise), is_promise=is_promise)

    def _used(self, hook: Hook, *, is_promise: bool) -> object:
        """The reference to what an expression uses, which is given; or what it is, if it is here.

        A plain value, which has nothing to be released, is put where its promise would be. A call
        with a promise among its arguments costs as much again: it waits for that to be settled.
        """
        if is_promise and type(hook) is ValueHook and type(hook.payload) is PlainPayload:
            return hook.payload.tree
        return Reference(hook, is_promise=is_promise)

    def _part(self, tag: str, expression: list[Expression], depth: int) -> Hook:
        part = self.part(tag, expression, depth)
        if part is None:
            raise malformed(expression)
        return part

    def _use(self, expression: list[Expression], depth: int) -> Hook:
        """Gives something of this side's, a property of it, or what a call of one gave.

        (import / pipeline)
        """
        length = len(expression)
        if not 1 < length < 5 or type(expression[1]) is not int:
            raise malformed(expression)
        hook = self.find(expression[1])
        path = _path(expression[2]) if length > 2 else ()
        if path is None:
            raise malformed(expression)
        if length < 4:
            found = hook.get(path)
            if path and type(found) is PromiseHook:
                self.watch(found)
            return found
        items = expression[3]
        if not isinstance(items, list):
            raise malformed(expression)
        arguments = self._arguments(items, depth)
        try:
            result = hook.call(path, arguments)
        except RpcError as error:  # it was forwarded to a session that cannot take it
            result = ErrorHook(error)
        if type(result) is PromiseHook:
            self.watch(result)
        return result

    def _arguments(self, items: list[Expression], depth: int) -> OpenPayload:
        if depth + 1 < self._limits.depth and (are_plain(items) or self._become_plain(items)):
            return PlainPayload(items, [items])
        decoder = Decoder(self, self._limits)
        values = decoder.decode_arguments(items, depth)
        if are_plain(values):  # what they refer to
            return PlainPayload(values, [cast("list[Expression]", values)])
        return DecodedPayload(values, decoder.slots)

    def _become_plain(self, items: list[Expression]) -> bool:
        """Put results in their places, if with them, and without a decoder, all are plain.

        The arguments of a call in a chain or map, for a third of what it costs to decode them.
        """
        results = items.copy()
        for index, item in enumerate(items):
            if is_plain(item):
                continue
            if type(item) is not list or len(item) != 2 or item[0] != "pipeline":
                return False
            name = item[1]
            hook = self.find(name) if type(name) is int else None
            if type(hook) is not ValueHook or type(hook.payload) is not PlainPayload:
                return False
            results[index] = hook.payload.tree
        items[:] = results
        return True

    def _remap(self, name: int, expression: list[Expression]) -> Leaf:
        """A map over something of this side's (remap)."""
        if len(expression) != 5:
            raise malformed(expression)
        path, captures, instructions = _path(expression[2]), expression[3], expression[4]
        if path is None or not isinstance(captures, list) or not isinstance(instructions, list):
            raise malformed(expression)
        hook = self.find(name)
        hooks = [self._capture(capture) for capture in captures]
        return Reference(hook.map(path, self.mapper(hooks, instructions)), is_promise=True)

    def _capture(self, expression: Expression) -> Hook:
        if isinstance(expression, list) and len(expression) == 2 and type(expression[1]) is int:
            if expression[0] == "import":
                return self.find(expression[1]).dup()
            if expression[0] == "export":
                return self.introduce(expression[1], is_promise=False)
        raise malformed(expression)


def _path(expression: Expression) -> Path | None:
    """A property path, None if it is none."""
    if type(expression) is not list:
        return None
    if len(expression) == 1 and type(expression[0]) is str:  # a method of the object: most of them
        return (expression[0],)
    path: list[str | int] = []
    for part in expression:
        if type(part) is str or type(part) is int:
            path.append(part)
        elif type(part) is float:
            path.append(str(part))  # no index, and no member is called so
        else:
            return None
    return tuple(path)
