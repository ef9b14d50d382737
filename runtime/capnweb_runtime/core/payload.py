"""Payloads: values on their way, with the capabilities in them.

A value has two forms. An application's value is *encoded* once, when it is handed over, into an
expression with `Reference`s as leaves: ready to be sent, or to be searched by a pipelined call. A
message's value is *decoded* once, when it arrives, into plain Python values, again with
`Reference`s where the capabilities go: ready to be delivered. Each form can be made of the other;
most payloads need only the one they were born with, and of those that are plain both are the same.

A payload owns the hooks of its references (core/hook.py says what that means).
"""

import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from functools import partial
from typing import Final, cast

from typing_extensions import override

from capnweb_runtime.core.hook import Reference, Settled
from capnweb_runtime.limits import Limits
from capnweb_runtime.wire.decode import Decoder, NoReferences, Slot
from capnweb_runtime.wire.encode import Encoder
from capnweb_runtime.wire.expressions import Expression, Leaf, SentError

__all__ = [
    "DecodedPayload",
    "EncodedPayload",
    "OpenPayload",
    "Payload",
    "PlainPayload",
    "reference_payload",
    "rewrite",
]

#: For values that are here already, and were measured when they came: what was let in stays. They
#: may hold themselves by now, and no message is deeper: its JSON is read to 1,024 levels.
_LET_IN: Final = Limits(depth=1_024, bigint_digits=sys.maxsize)

#: What in an expression is not JSON.
_PLACES: Final = (Leaf, SentError)

#: Told when a payload is ready for delivery (None), or that a promise in it failed.
ReadyCallback = Callable[[BaseException | None], None]


class Payload(ABC):
    """A value and the hooks in it."""

    __slots__ = ()

    @property
    @abstractmethod
    def tree(self) -> Expression:
        """The value as an expression. Its references are lent: dup what is to last."""

    @property
    @abstractmethod
    def root(self) -> Reference | None:
        """The reference that the whole value is, if it is one; lent."""

    @property
    @abstractmethod
    def references(self) -> Sequence[Reference]:
        """All references in it; lent."""

    @abstractmethod
    def open(self) -> "OpenPayload":
        """The value for delivery, the same one each time; it lives as long as this payload."""

    @abstractmethod
    def dup(self) -> "Payload":
        """Gives a payload of the same value with hooks of its own."""

    @abstractmethod
    def dispose(self) -> None:
        """Dispose of all hooks in it."""


class OpenPayload(Payload):
    """A value as it is delivered to the application.

    First `settle` it, so that the promises in it are replaced by their values; then `take` it, so
    that the capabilities in it become what the application knows them as.
    """

    __slots__ = ()

    @override
    def open(self) -> "OpenPayload":
        return self

    @property
    @abstractmethod
    def has_promises(self) -> bool:
        """Whether it has to be settled before it can be taken."""

    @property
    @abstractmethod
    def promises(self) -> Sequence[Reference]:
        """The promises that it waits for, lent."""

    @abstractmethod
    def move(self, references: list[Reference]) -> Expression:
        """The tree; the references in it are given, and added to `references`."""

    @abstractmethod
    def settle(self, then: ReadyCallback) -> None:
        """Replace the promises in it by their values, then call `then`, perhaps at once."""

    @abstractmethod
    def take(self, wrap: Callable[[Reference], object]) -> object:
        """The settled value, each capability in it replaced by what `wrap` makes of it.

        `wrap` is lent the reference: its hook stays this payload's.
        """

    @abstractmethod
    def strip(self) -> object:
        """The value without its capabilities and promises; in arrays there is None instead."""


class PlainPayload(OpenPayload):
    """A value without references, both of whose forms are known.

    Most arguments and results are scalars. To have a class for them, with nothing to look after,
    spares a fifth of the time of a call.
    """

    __slots__ = ("_value", "tree")

    tree: Expression

    root = None
    references: Sequence[Reference] = ()
    has_promises = False
    promises: Sequence[Reference] = ()

    def __init__(self, value: object, tree: Expression) -> None:
        """Takes both forms of the value."""
        self._value = value
        self.tree = tree

    @override
    def dup(self) -> "PlainPayload":
        return self  # who disposes of it disposes of nothing

    @override
    def dispose(self) -> None:
        pass

    @override
    def move(self, references: list[Reference]) -> Expression:
        return self.tree

    @override
    def settle(self, then: ReadyCallback) -> None:
        then(None)

    @override
    def take(self, wrap: Callable[[Reference], object]) -> object:
        return self._value

    @override
    def strip(self) -> object:
        return self._value


class EncodedPayload(Payload):
    """A value of this side's application, as an expression."""

    __slots__ = ("_opened", "references", "tree")

    tree: Expression
    references: Sequence[Reference]

    def __init__(self, tree: Expression, references: Sequence[Reference] = ()) -> None:
        """Takes the references, which are all those in `tree`."""
        self.tree = tree
        self.references = references
        self._opened: DecodedPayload | None = None

    @classmethod
    def of(cls, value: object) -> "EncodedPayload":
        """A value that came decoded from a peer; its references are lent.

        Raises:
            EncodeError: if the application put something in it meanwhile that cannot be sent.
        """
        return cls(Encoder(lambda value: value, _LET_IN.depth).encode(value))

    @property
    @override
    def root(self) -> Reference | None:
        return self.tree if isinstance(self.tree, Reference) else None

    @override
    def open(self) -> "OpenPayload":
        if self._opened is None:
            self._opened = decode_copy(self.tree)
        return self._opened

    @override
    def dup(self) -> "EncodedPayload":
        if not self.references:
            return EncodedPayload(self.tree)  # an expression is never changed: share it
        references: list[Reference] = []
        return EncodedPayload(copy_tree(self.tree, references), references)

    @override
    def dispose(self) -> None:
        for reference in self.references:
            reference.hook.dispose()
        if self._opened is not None:
            self._opened.dispose()


class DecodedPayload(OpenPayload):
    """A value that arrived, and the places in it that hold references."""

    __slots__ = ("_encoded", "_failure", "_owned", "_promises", "_ready", "_root", "_stubs")

    def __init__(self, value: object, slots: list[Slot]) -> None:
        """Takes the references in `slots`, and `value` itself, which is changed in place."""
        self._root: list[object] = [value]
        if isinstance(value, Leaf):
            slots.append(Slot(self._root, 0, value))
        self._owned: list[Reference] = []
        self._promises: list[Slot] = []
        self._stubs: list[Slot] = []
        if slots:
            for slot in slots:
                reference = as_reference(slot.leaf)
                self._owned.append(reference)
                (self._promises if reference.is_promise else self._stubs).append(slot)
        self._encoded: EncodedPayload | None = None
        self._failure: BaseException | None = None
        self._ready: list[ReadyCallback] | None = None

    @property
    @override
    def tree(self) -> Expression:
        if self._encoded is None:
            self._encoded = self._encode()
        return self._encoded.tree

    def _encode(self) -> EncodedPayload:
        # Shares the references with this form, and so owns none.
        return EncodedPayload.of(self._root[0])

    @property
    @override
    def root(self) -> Reference | None:
        # Without encoding the value, which is seldom needed in that form.
        root = self._root[0] if self._encoded is None else self._encoded.tree
        return root if isinstance(root, Reference) else None

    @property
    @override
    def references(self) -> Sequence[Reference]:
        return self._owned

    @override
    def dup(self) -> "Payload":
        references: list[Reference] = []
        return EncodedPayload(copy_tree(self.tree, references), references)

    @override
    def dispose(self) -> None:
        for reference in self._owned:
            reference.hook.dispose()

    @property
    @override
    def has_promises(self) -> bool:
        return bool(self._promises) or self._failure is not None

    @property
    @override
    def promises(self) -> list[Reference]:
        return [as_reference(slot.leaf) for slot in self._promises]

    @override
    def move(self, references: list[Reference]) -> Expression:
        tree = self.tree
        references += self._owned
        self._owned = []
        return tree

    @override
    def settle(self, then: ReadyCallback) -> None:
        if self._ready is not None:
            self._ready.append(then)
        elif not self._promises:
            then(self._failure)
        else:
            self._ready = [then]
            _Settling(self, self._promises).start()

    @override
    def take(self, wrap: Callable[[Reference], object]) -> object:
        if self._stubs:
            if self._encoded is None:
                self._encoded = self._encode()  # later, the references are no longer in it
            for slot in self._stubs:
                slot.put(wrap(as_reference(slot.leaf)))
            self._stubs = []
        return self._root[0]

    @override
    def strip(self) -> object:
        for slot in (*self._promises, *self._stubs):
            slot.clear()
        self._promises, self._stubs = [], []
        return self._root[0]

    def put(self, slot: Slot, inner: "DecodedPayload") -> None:
        """Put the settled value of a promise where the promise is. Takes `inner`."""
        slot.put(inner._root[0])
        for stub in inner._stubs:
            at_root = stub.container is inner._root
            self._stubs.append(Slot(slot.container, slot.key, stub.leaf) if at_root else stub)
        self._owned.extend(inner._owned)

    def settled(self, failure: BaseException | None) -> None:
        """All promises have been replaced, or one of them failed."""
        self._promises = []
        self._failure = failure
        waiting, self._ready = self._ready or [], None
        for then in waiting:
            then(failure)


class _Settling:
    """Waits for all promises of a payload at once."""

    __slots__ = ("failed", "left", "payload", "slots")

    def __init__(self, payload: DecodedPayload, slots: list[Slot]) -> None:
        self.payload = payload
        self.slots = slots
        self.left = len(slots)
        self.failed = False

    def start(self) -> None:
        for slot in self.slots:
            pull_reference(as_reference(slot.leaf), partial(self.arrived, slot))

    def arrived(self, slot: Slot, settled: Settled) -> None:
        if isinstance(settled, BaseException):
            self.fail(settled)
            return
        inner = decode_copy(settled.tree)

        def ready(failure: BaseException | None) -> None:
            if failure is not None:
                inner.dispose()
                self.fail(failure)
                return
            self.payload.put(slot, inner)
            self.left -= 1
            if self.left == 0 and not self.failed:
                self.payload.settled(None)

        inner.settle(ready)

    def fail(self, error: BaseException) -> None:
        if not self.failed:
            self.failed = True
            self.payload.settled(error)


def reference_payload(reference: Reference) -> EncodedPayload:
    """The payload that is nothing but one reference, which it takes."""
    return EncodedPayload(reference, [reference])


def pull_reference(reference: Reference, then: Callable[[Settled], None]) -> None:
    """Ask for the value of what a reference means: the hook's, or a property's."""
    if reference.path:
        # The property becomes the reference's own, so that it lives as long as it is wanted.
        whole, reference.hook = reference.hook, reference.hook.get(reference.path)
        reference.path = ()
        whole.dispose()
    reference.hook.pull(then)


def decode_copy(tree: Expression) -> DecodedPayload:
    """Gives the decoded form of a tree whose references are lent."""
    decoder = Decoder(_NO_REFERENCES, _LET_IN)
    value = decoder.decode(copy_tree(tree, []))
    return DecodedPayload(value, decoder.slots)


def copy_tree(tree: Expression, references: list[Reference]) -> Expression:
    """Gives a copy of a tree; the new references in it are added to `references`."""

    def copy(place: Leaf | SentError) -> Expression:
        if isinstance(place, SentError):
            return SentError(
                place.error,
                cast("list[Expression]", rewrite(place.expression, copy)),
                place.adapt,
                place.depth,
                has_leaves=place.has_leaves,
            )
        references.append(made := as_reference(place).dup())
        return made

    return rewrite(tree, copy)


def rewrite(tree: Expression, replace: Callable[[Leaf | SentError], Expression]) -> Expression:
    """A copy of a tree in which leaves and exceptions are what `replace` makes of them.

    If that is an array or object, what is in it is replaced as well.
    """

    def copy(item: Expression) -> Expression:
        if isinstance(item, _PLACES):
            item = replace(item)
        if type(item) is list:
            lists.append(made_list := item.copy())
            return made_list
        if type(item) is dict:
            dicts.append(made_dict := item.copy())
            return made_dict
        return item

    # Not recursive: a value may be as deep as the stack.
    lists: list[list[Expression]] = []
    dicts: list[dict[str, Expression]] = []
    root = copy(tree)
    while lists or dicts:
        if lists:
            items = lists.pop()
            items[:] = map(copy, items)
        else:
            members = dicts.pop()
            for key, item in members.items():
                members[key] = copy(item)
    return root


def as_reference(leaf: Leaf) -> Reference:
    """The leaf, known to be what it always is in this layer."""
    assert isinstance(leaf, Reference)
    return leaf


_NO_REFERENCES = NoReferences()
