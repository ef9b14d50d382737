"""Shapes of what another generated package has.

Packages that are generated together use each other's classes, in whichever order they are imported:
the other package is imported when the first value of such a type travels, not before.
"""

import importlib
from collections.abc import Callable
from typing import Any, TypeVar

from typing_extensions import override

from capnweb_runtime.aio.interfaces import Interface
from capnweb_runtime.aio.refs import Ref
from capnweb_runtime.aio.shapes import Label, Shape

__all__ = ["elsewhere", "generic"]

R = TypeVar("R")
P = TypeVar("P")


class _Elsewhere(Shape[R, P]):
    """A shape of another package."""

    __slots__ = ("_found", "_name", "_package", "_type_args")

    def __init__(
        self, package: str, name: str, type_args: tuple[Shape[Any, Any], ...], *, carries: bool
    ) -> None:
        super().__init__(_promise, label=name.removesuffix("Promise"))
        self.carries = carries
        self._package = package
        self._name = name
        self._type_args = type_args
        self._found: Shape[R, P] | None = None

    @property
    @override
    def itself(self) -> Shape[R, P]:
        if self._found is None:
            promise: type[Ref] = getattr(importlib.import_module(self._package), self._name)
            if self._type_args:
                assert promise._make is not None, "generated classes are told"
                self._found = promise._make(*self._type_args)
            else:
                self._found = promise._default
            assert self._found is not None, "generated classes have one"
            if self._constraints is not None:
                self._found = self._found.constrained(self._constraints)
        return self._found

    @property
    def interface(self) -> Interface | None:
        """The members, if it is that of an interface."""
        return getattr(self.itself, "interface", None)

    @override
    def constrained(self, constraints: Callable[[], tuple[object, ...]]) -> Shape[R, P]:
        made = super().constrained(constraints)
        assert isinstance(made, _Elsewhere)
        made._found = None  # what has been found knows nothing of these
        return made

    @override
    def annotation(self) -> Any:
        return self.itself.annotation()

    @override
    def described(self) -> Any:
        return self.itself.described()

    @override
    def receive(self, value: object, label: Label) -> R:
        return self.itself.receive(value, label)

    @override
    def _send(self, value: Any) -> object:
        return self.itself.send(value)

    @override
    def may_be(self, value: object) -> bool:
        return self.itself.may_be(value)

    @override
    def _fits(self, value: object) -> bool:
        return self.itself.fits(value)

    @override
    def admits(self, other: Shape[Any, Any]) -> bool:
        return self.itself.admits(other.itself)


def _promise(hook: Any, path: Any, shape: Shape[Any, P], origin: Any = None) -> P:
    """What has been found is what the promise is of."""
    found = shape.itself
    return found.promise(hook, path, found, origin)


def elsewhere(
    package: str, promise: str, *args: Shape[Any, Any], carries: bool = False
) -> Shape[Any, Any]:
    """The shape of an interface or model of another package.

    Args:
        package: the name that it is imported by.
        promise: the class of the promises, in that package.
        args: the shapes of its type arguments.
        carries: whether there are capabilities in its values.
    """
    return _Elsewhere(package, promise, args, carries=carries)


def generic(make: Callable[..., Shape[Any, Any]], promise: type[Ref]) -> None:
    """Say what makes the shapes of a generic type, so that other packages find it."""
    promise._make = make
