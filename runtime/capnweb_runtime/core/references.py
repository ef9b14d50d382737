"""A session's tables and the expressions that refer to them, both ways."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

from typing_extensions import override

from capnweb_runtime.core.evaluate import Evaluator
from capnweb_runtime.core.exports import ExportTable
from capnweb_runtime.core.hook import Hook, Mapper, Path, Reference
from capnweb_runtime.core.hooks import TargetHook, ValueHook
from capnweb_runtime.core.imports import Import, ImportTable
from capnweb_runtime.core.mapping import MapBudget, MapFunction
from capnweb_runtime.core.payload import as_reference, rewrite
from capnweb_runtime.core.pending import PromiseHook
from capnweb_runtime.core.streams import (
    BlobHook,
    PartHook,
    StreamHook,
    Unwrap,
    WritableHook,
    collect_blob,
)
from capnweb_runtime.errors import CallError, EncodeError, OnSendError
from capnweb_runtime.ids import ExportId
from capnweb_runtime.limits import DEFAULT_LIMITS, Limits
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.errors import encode_error, stack_text
from capnweb_runtime.wire.expressions import Adapter, Expression, Leaf, SentError

__all__ = ["ErrorPolicy", "Expresser", "SessionEvaluator", "express_imports"]


class SessionEvaluator(Evaluator):
    """Evaluates what the peer sends: numbers mean entries of the tables."""

    __slots__ = ("_exports", "_imports", "_unwrap")

    def __init__(
        self, exports: ExportTable, imports: ImportTable, limits: Limits, unwrap: Unwrap
    ) -> None:
        super().__init__(limits)
        self._unwrap = unwrap
        self._exports = exports
        self._imports = imports

    @override
    def find(self, name: int) -> Hook:
        return self._exports.get(name).hook

    @override
    def introduce(self, name: int, *, is_promise: bool) -> Hook:
        return self._imports.add_promise(name) if is_promise else self._imports.add_stub(name)

    @override
    def part(self, tag: str, expression: list[Expression], depth: int) -> Hook | None:
        name = expression[1]
        if tag == "writable" and type(name) is int:
            return WritableHook(self._imports.add_stub(name), self._unwrap)
        if tag == "readable" and type(name) is int:
            return self._exports.take_readable(name)
        if tag == "blob" and len(expression) == 3 and isinstance(name, str):
            match expression[2]:
                case ["readable", int(number), *_] if type(number) is int:
                    readable = self._exports.take_readable(number)
                    return collect_blob(readable, name, self._limits.blob_size)
        return None

    @override
    def watch(self, hook: PromiseHook) -> None:
        self._exports.watch(hook)

    @override
    def mapper(self, captures: list[Hook], instructions: list[Expression]) -> Mapper:
        return MapFunction(captures, instructions, MapBudget(self._limits, self.watch))


class PipeMaker(Protocol):
    """What makes pipes at the peer."""

    def send_pipe(self, source: PartHook) -> Import:
        """Make a pipe, and have `source` pumped into it."""

    def check_stream(self) -> None:
        """A stream is about to be sent.

        Raises:
            CallError: if the session carries none.
        """


class ErrorPolicy(NamedTuple):
    """How a session sends errors.

    Attributes:
        adapt: the adapter for values in properties of errors; never gives a capability.
        replace: what to send in place of an error, None for the error itself (`on_send_error`).
            Must not raise.
    """

    adapt: Adapter = lambda value: value
    replace: OnSendError | None = None


class Expresser:
    """Writes the references and errors of one message, and can take back what it exported for them.

    Attributes:
        promises: the exports that are promises, whose values are to follow the message.
        borrowed: references that were needed to write it, to be disposed of afterwards.
    """

    __slots__ = (
        "_errors",
        "_exports",
        "_imports",
        "_made",
        "_pipes",
        "_replacing",
        "borrowed",
        "promises",
    )

    def __init__(
        self, exports: ExportTable, imports: ImportTable, pipes: PipeMaker, errors: ErrorPolicy
    ) -> None:
        self._exports = exports
        self._imports = imports
        self._pipes = pipes
        self._errors = errors
        self._made: list[ExportId] = []
        self._replacing: tuple[BaseException, ...] = ()
        self.promises: list[ExportId] = []
        self.borrowed: Sequence[Leaf] = ()

    def express(self, leaf: Leaf) -> Expression:
        """The expression for a reference, which is lent.

        Raises:
            CallError: if the export table is full.
        """
        reference = as_reference(leaf)
        target = reference.hook.target
        if isinstance(target, PartHook):
            return self._express_part(target)
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
        if isinstance(target, PartHook):
            return self._express_part(target)
        if isinstance(target, ValueHook):
            # What is known already is sent as what it is: a promise would cost a message more,
            # and the id it had with this peer may be released.
            return target.payload.tree
        export_id = self._export(found)
        if isinstance(target, TargetHook):
            return ["export", export_id]
        self.promises.append(export_id)
        return ["promise", export_id]

    def _express_part(self, part: PartHook) -> Expression:
        """The expression for a stream or blob, which is lent; what is read once is taken.

        Raises:
            CallError: if it cannot be sent, or not on this session.
        """
        if isinstance(part, BlobHook):
            return ["blob", part.media_type, ["readable", self._pipes.send_pipe(part).id]]
        self._pipes.check_stream()
        if isinstance(part, WritableHook):
            return ["writable", self._export(part.hook.dup())]
        if not isinstance(part, StreamHook) or part.once.taken:
            raise CallError("a stream can be sent once, and this one has been sent or read")
        part.once.taken = True
        return ["readable", self._pipes.send_pipe(part).id]

    def _export(self, hook: Hook) -> ExportId:
        export_id = self._exports.add(hook)
        self._made.append(export_id)
        return export_id

    def express_error(self, sent: SentError) -> Expression:
        """The expression for an error, or for what this session sends in its place.

        Raises:
            EncodeError: for an error that is a part of what it is replaced by.
        """
        if self._errors.replace is None and not sent.has_leaves:
            return sent.expression
        if any(sent.error is each for each in self._replacing):
            raise EncodeError("an error that is within its own replacement")
        outside = self._replacing
        self._replacing = (*outside, sent.error)
        try:
            return self._express_properties(self._replaced(sent))
        finally:
            self._replacing = outside

    def _replaced(self, sent: SentError) -> list[Expression]:
        replace, adapt = self._errors.replace, self._errors.adapt
        replacement = None if replace is None else replace(sent.error)
        if replacement is None:
            return sent.expression

        def adapt_either(value: object) -> object:
            adapted = sent.adapt(value)
            return adapt(value) if adapted is value else adapted

        encoder = Encoder(adapt_either, DEFAULT_LIMITS.depth)
        stack = stack_text(replacement)
        expression = encode_error(encoder, replacement, sent.depth, stack)
        self.borrowed = (*self.borrowed, *encoder.leaves, *encoder.dropped)
        return expression

    def _express_properties(self, expression: list[Expression]) -> Expression:
        """The expression of an error, without the properties that cannot be written."""
        properties = expression[4] if len(expression) > 4 else None
        if not isinstance(properties, dict):
            return expression
        written: dict[str, Expression] = {}
        for key, value in properties.items():
            mark = len(self._made)
            try:
                written[key] = rewrite(value, self._express_either)
            except (CallError, RecursionError):
                self.take_back(mark)
        if written:
            return [*expression[:4], written]
        return expression[:3] if expression[3] is None else expression[:4]

    def _express_either(self, place: Leaf | SentError) -> Expression:
        return self.express_error(place) if isinstance(place, SentError) else self.express(place)

    def take_back(self, since: int = 0) -> None:
        """Release what was exported, but for the first few: it will not be sent after all."""
        for export_id in self._made[since:]:
            self._exports.release(export_id, 1)
            if export_id in self.promises:
                self.promises.remove(export_id)
        del self._made[since:]

    def finish(self) -> None:
        """The message has been written, or will not be: give back what was borrowed for it."""
        for leaf in self.borrowed:
            as_reference(leaf).hook.dispose()
        self.borrowed = ()


def express_imports(imports: ImportTable, arguments: list[Expression]) -> list[Expression]:
    """Arguments, in which those that are imports themselves have been expressed, and no others.

    Of most chains nothing is left to be expressed then, and their calls are written as plain JSON.
    """
    expressed = arguments.copy()
    for index, item in enumerate(arguments):
        if type(item) is Reference:
            entry = imports.entry_of(item.hook.target)
            if entry is not None:
                is_promise = item.is_promise
                expressed[index] = _import_expression(entry, item.path, is_promise=is_promise)
    return expressed


def _import_expression(entry: Import, path: Path, *, is_promise: bool) -> Expression:
    if path:
        return ["pipeline", entry.id, list(path)]
    # A capability that is no promise cannot be waited for, and the reference refuses to try.
    return ["pipeline" if is_promise and entry.is_promise else "import", entry.id]
