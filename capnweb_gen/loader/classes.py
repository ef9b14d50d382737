"""What kind of class a class is, and what it inherits under which type arguments."""

import dataclasses
import sys
import typing
from enum import Enum, auto
from typing import Any, Generic, Protocol, TypeVar

import typing_extensions
from pydantic import BaseModel, RootModel

from capnweb_gen.ir import Variance

__all__ = [
    "Nature",
    "bases_of",
    "is_in_brackets",
    "key_of",
    "nature_of",
    "parameters_of",
    "variance_of",
]


class Nature(Enum):
    """What a class is to us."""

    INTERFACE = auto()
    MODEL = auto()
    ROOT_MODEL = auto()
    DATACLASS = auto()
    TYPED_DICT = auto()
    OLD_TYPED_DICT = auto()
    NAMED_TUPLE = auto()
    ENUM = auto()


def nature_of(cls: type) -> Nature | None:
    """What a class is; None if its objects cannot travel."""
    if cls is BaseModel or cls.__module__ in {"typing", "typing_extensions", "builtins"}:
        return None
    if getattr(cls, "_is_protocol", False):
        return Nature.INTERFACE
    if typing_extensions.is_typeddict(cls):
        old = type(cls).__module__ == "typing" and sys.version_info < (3, 12)
        return Nature.OLD_TYPED_DICT if old else Nature.TYPED_DICT
    if issubclass(cls, RootModel):
        return Nature.ROOT_MODEL
    if issubclass(cls, BaseModel):
        return Nature.MODEL
    if dataclasses.is_dataclass(cls):
        return Nature.DATACLASS
    if issubclass(cls, tuple) and hasattr(cls, "_fields"):
        return Nature.NAMED_TUPLE
    return Nature.ENUM if issubclass(cls, Enum) else None


def key_of(head: object) -> object:
    """What tables have a head under: itself, and `rpc.Blob` for a class of the runtime.

    So nothing of the runtime is imported that the user's module does not import.
    """
    if isinstance(head, type) and head.__module__.startswith("capnweb_runtime."):
        return f"rpc.{head.__name__}"
    return head


def parameters_of(cls: type) -> tuple[TypeVar, ...]:
    """The type variables that a class is generic in."""
    if issubclass(cls, BaseModel):
        found: Any = cls.__pydantic_generic_metadata__["parameters"]
    else:
        found = getattr(cls, "__parameters__", ())
    return tuple(found)


def variance_of(variable: TypeVar) -> Variance:
    """How a type variable was declared."""
    if variable.__covariant__:
        return Variance.COVARIANT
    return Variance.CONTRAVARIANT if variable.__contravariant__ else Variance.INVARIANT


def is_in_brackets(variable: TypeVar) -> bool:
    """Whether a type variable stands in brackets after a name, and so has none of its own."""
    return bool(getattr(variable, "__infer_variance__", False))


def bases_of(cls: type) -> tuple[object, ...]:
    """The bases of a class as they were written, without Protocol and Generic."""
    written = vars(cls).get("__orig_bases__", cls.__bases__)
    return tuple(
        base
        for base in written
        if typing.get_origin(base) not in {Protocol, Generic, typing_extensions.Protocol}
        and base not in {Protocol, Generic, typing_extensions.Protocol, object, BaseModel}
    )
