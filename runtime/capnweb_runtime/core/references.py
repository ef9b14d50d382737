"""Expressions that refer to a session's tables: from the wire to hooks, and back."""

from typing import Final

from typing_extensions import override

from capnweb_runtime.core.exports import ExportTable
from capnweb_runtime.core.hook import Hook, Path, Reference
from capnweb_runtime.core.hooks import ErrorHook, TargetHook, ValueHook
from capnweb_runtime.core.imports import Import, ImportTable
from capnweb_runtime.core.payload import DecodedPayload, as_reference
from capnweb_runtime.errors import RpcError
from capnweb_runtime.ids import ExportId
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.decode import Decoder, References, malformed
from capnweb_runtime.wire.expressions import Expression, Leaf

__all__ = ["Evaluator", "Expresser"]

_TAGS: Final = frozenset({"export", "import", "pipeline", "promise"})


class Evaluator(References):
    """Evaluates what the peer sends (the decoder's `References`)."""

    __slots__ = ("_exports", "_imports", "_limits")

    def __init__(self, exports: ExportTable, imports: ImportTable, limits: Limits) -> None:
        self._exports = exports
        self._imports = imports
        self._limits = limits

    def payload(self, expression: Expression) -> DecodedPayload:
        """Gives the value of an expression.

        Raises:
            ProtocolError: if it is malformed, refers to nothing, or is past a limit.
        """
        decoder = Decoder(self, self._limits)
        return DecodedPayload(decoder.decode(expression), decoder.slots)

    def hook(self, expression: Expression) -> Hook:
        """Gives a hook for the value of an expression.

        Raises:
            ProtocolError: as `payload`.
        """
        decoder = Decoder(self, self._limits)
        value = decoder.decode(expression)
        if isinstance(value, Reference):
            return value.hook
        return ValueHook(DecodedPayload(value, decoder.slots))

    @override
    def refer(self, expression: list[Expression], depth: int) -> Leaf | None:
        tag = expression[0] if expression else None
        if len(expression) < 2 or type(expression[1]) is not int:
            if tag in _TAGS:
                raise malformed(expression)
            return None
        name = expression[1]
        if tag in {"import", "pipeline"}:
            if len(expression) > 4:
                return None
            return self._use(name, expression, depth, is_promise=tag == "pipeline")
        if tag == "export":
            return Reference(self._imports.add_stub(name), is_promise=False)
        if tag == "promise":
            return Reference(self._imports.add_promise(name), is_promise=True)
        return None

    def _use(
        self, export_id: int, expression: list[Expression], depth: int, *, is_promise: bool
    ) -> Leaf | None:
        """Something of this side's, a property of it, or a call of one (import / pipeline)."""
        hook = self._exports.get(export_id).hook
        path = _path(expression[2]) if len(expression) > 2 else ()
        if path is None:
            return None
        if len(expression) < 4:
            found = hook.get(path)
            if path:
                self._exports.watch(found)
            return Reference(found, is_promise=is_promise)
        items = expression[3]
        if not isinstance(items, list):
            return None
        decoder = Decoder(self, self._limits)
        arguments = DecodedPayload(decoder.decode_arguments(items, depth), decoder.slots)
        try:
            result = hook.call(path, arguments)
        except RpcError as error:  # it was forwarded to a session that cannot take it
            result = ErrorHook(error)
        self._exports.watch(result)
        return Reference(result, is_promise=is_promise)


def _path(expression: Expression) -> Path | None:
    """A property path, None if it is none."""
    if not isinstance(expression, list):
        return None
    path: list[str | int] = []
    for part in expression:
        if type(part) is str or type(part) is int:
            path.append(part)
        elif type(part) is float:
            path.append(str(part))  # no index, and no member is called so
        else:
            return None
    return tuple(path)


class Expresser:
    """Writes the references of one message, and can take back what it exported for them.

    Attributes:
        promises: the exports that are promises, whose values are to follow the message.
    """

    __slots__ = ("_exports", "_imports", "_made", "promises")

    def __init__(self, exports: ExportTable, imports: ImportTable) -> None:
        self._exports = exports
        self._imports = imports
        self._made: list[ExportId] = []
        self.promises: list[ExportId] = []

    def express(self, leaf: Leaf) -> Expression:
        """The expression for a reference, which is lent.

        Raises:
            CallError: if the export table is full.
        """
        reference = as_reference(leaf)
        target = reference.hook.target
        entry = self._imports.entry_of(target)
        if entry is not None:
            return _import_expression(entry, reference.path, is_promise=reference.is_promise)
        if not reference.is_promise:
            return ["export", self._export(target.dup())]
        return self._express_promise(target.get(reference.path))

    def _express_promise(self, found: Hook) -> Expression:
        """The expression for what a promise is, or will be. Takes the hook."""
        target = found.target
        entry = self._imports.entry_of(target)
        if entry is not None:
            return _import_expression(entry, (), is_promise=True)
        if isinstance(target, ValueHook):
            # What is known already is sent as what it is: a promise would cost a message more,
            # and the id it had with this peer may be released.
            return target.payload.tree
        export_id = self._export(found)
        if isinstance(target, TargetHook):
            return ["export", export_id]
        self.promises.append(export_id)
        return ["promise", export_id]

    def _export(self, hook: Hook) -> ExportId:
        export_id = self._exports.add(hook)
        self._made.append(export_id)
        return export_id

    def take_back(self) -> None:
        """The message will not be sent after all."""
        for export_id in self._made:
            self._exports.release(export_id, 1)


def _import_expression(entry: Import, path: Path, *, is_promise: bool) -> Expression:
    if path:
        return ["pipeline", entry.id, list(path)]
    # A capability that is no promise cannot be waited for, and the reference refuses to try.
    return ["pipeline" if is_promise and entry.is_promise else "import", entry.id]
