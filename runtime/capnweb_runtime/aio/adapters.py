"""Validators of pydantic, made where the whole program has the same classes.

`Page[User]` of a generic model is a class that pydantic makes when it is first asked for, and keeps
for the next time. pydantic 2.11 and 2.12 keep it in a context variable: a task whose context has
none yet makes another class of that name, and what is received as the one is no instance of the
other. A validator is made when the first value comes, in the context of some task or thread, so
that it has to be taken back to that of the program.
"""

from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Final, Generic, TypeVar

from pydantic import BaseModel, TypeAdapter

__all__ = ["adapter_of"]

T = TypeVar("T")


class _Any(BaseModel, Generic[T], defer_build=True):
    """Any generic model."""


_Any[int]  # from now on the context of this import has such a variable, and so have its tasks

_PROGRAM: Final = copy_context()


def adapter_of(annotation: Callable[[], Any]) -> TypeAdapter[Any]:
    """The validator of a type."""
    # In a copy, which no other thread is in.
    return _PROGRAM.copy().run(lambda: TypeAdapter(annotation()))
