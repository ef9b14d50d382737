"""What generated code uses of the runtime, apart from the classes in `capnweb_runtime` itself.

Written for the templates of capnweb-gen; users have no need of it. Its names are kept for as long
as `FORMAT` stays the same, so that generated code goes on working with later versions.
"""

import sys
from collections.abc import Callable, Mapping
from functools import cache
from importlib import import_module
from typing import Any, Final, TypeVar, cast

from capnweb_runtime.aio.capability_shapes import (
    callback,
    default_of,
    interface,
    interface_of,
    local_stub,
    record,
    stub,
    union,
)
from capnweb_runtime.aio.container_shapes import (
    dict_of,
    list_of,
    optional,
    optional_list,
    tuple_all,
    tuple_of,
    tuple_of2,
    tuple_of3,
    tuple_of4,
)
from capnweb_runtime.aio.contracts import contract
from capnweb_runtime.aio.interfaces import (
    Interface,
    Param,
    getter,
    method,
    overloads,
    param,
)
from capnweb_runtime.aio.overloads import call_overloaded
from capnweb_runtime.aio.packages import elsewhere, generic
from capnweb_runtime.aio.refs import UNSET, Ref, Stub, encode_lent
from capnweb_runtime.aio.shapes import (
    ANY,
    BIGINT,
    BLOB,
    BOOL,
    BYTES,
    DATE,
    DATETIME,
    DECIMAL,
    FARDATE,
    FLOAT,
    INT,
    NONE,
    PATH,
    PUREPATH,
    PUREPOSIXPATH,
    STR,
    TIME,
    TIMEDELTA,
    UUID,
    Shape,
    annotated,
    constrained,
    generic_model,
    model,
    newtype,
    value,
)
from capnweb_runtime.aio.stream_shapes import stream_of
from capnweb_runtime.aio.targets import bind_interface
from capnweb_runtime.core.hooks import ValueHook

__all__ = [
    "ANY",
    "BIGINT",
    "BLOB",
    "BOOL",
    "BYTES",
    "DATE",
    "DATETIME",
    "DECIMAL",
    "FARDATE",
    "FLOAT",
    "FORMAT",
    "INT",
    "NONE",
    "PATH",
    "PUREPATH",
    "PUREPOSIXPATH",
    "STR",
    "TIME",
    "TIMEDELTA",
    "UUID",
    "Interface",
    "Param",
    "Shape",
    "annotated",
    "call_overloaded",
    "callback",
    "compose",
    "constrained",
    "contract",
    "default",
    "default_of",
    "dict_of",
    "elsewhere",
    "export",
    "generic",
    "generic_model",
    "getter",
    "implements",
    "imported_late",
    "interface",
    "list_of",
    "local_stub",
    "memoized",
    "method",
    "model",
    "newtype",
    "optional",
    "optional_list",
    "options",
    "overloads",
    "param",
    "record",
    "require_format",
    "stream_of",
    "stub",
    "tuple_all",
    "tuple_of",
    "tuple_of2",
    "tuple_of3",
    "tuple_of4",
    "union",
    "value",
]

R = TypeVar("R")
P = TypeVar("P")
S = TypeVar("S", bound=Stub)
F = TypeVar("F", bound=Callable[..., object])

#: The newest form of generated code that this runtime runs.
FORMAT: Final = 1

#: The oldest.
_OLDEST_FORMAT: Final = 1


def require_format(number: int, module: str) -> None:
    """Check that this runtime runs generated code of a form.

    Raises:
        ImportError: if it does not; it says what to do.
    """
    if number > FORMAT:
        raise ImportError(
            f"{module} was generated in form {number}, and this capnweb-runtime knows only up to "
            f"{FORMAT}: upgrade it (pip install -U capnweb-runtime)"
        )
    if number < _OLDEST_FORMAT:
        raise ImportError(
            f"{module} was generated in form {number}, which is too old for this capnweb-runtime: "
            "run capnweb-gen again"
        )


def imported_late(package: str, *modules: str) -> Callable[[str], object]:
    """The `__getattr__` of a package: its public names are imported when they are asked for.

    A client does not import what only a server needs (300 interfaces: 40 ms).

    Args:
        package: its name.
        modules: its modules, in the order in which they are searched.
    """

    def find(name: str) -> object:
        exported = sys.modules[package]
        if name in exported.__all__:
            for module in modules:
                found = getattr(import_module(f"{package}.{module}"), name, UNSET)
                if found is not UNSET:
                    setattr(exported, name, found)
                    return found
        raise AttributeError(f"module {package!r} has no attribute {name!r}")

    return find


def options(**members: object) -> object:
    """The trailing object of the keyword-only arguments that were given; `UNSET` if none was."""
    given = {name: value for name, value in members.items() if value is not UNSET}
    return given or UNSET


def compose(shape: Shape[Any, P], members: Mapping[str, object]) -> P:
    """A promise of a model that is made of values and promises, under their names on the wire."""
    given = {name: value for name, value in members.items() if value is not UNSET}
    return shape.promise(ValueHook(encode_lent(given)), (), shape)


def memoized(function: F) -> F:
    """Have a function that makes the shape of a generic type make each one only once."""
    return cast("F", cache(function))


def default(shape: Shape[Any, Any], *classes: type[Ref]) -> None:
    """Give classes the shape that they have unless they are told another."""
    for each in classes:
        each._default = shape


def implements(target: type, stub_class: type[Stub]) -> None:
    """Say that instances of `target` and its subclasses serve the interface of `stub_class`."""
    bind_interface(target, interface_of(stub_class))


def export(stub_class: type[S], target: object) -> S:
    """A stub of a local object. It works as one of a remote object does; values are copied."""
    shape: Shape[S, Any] | None = stub_class._default
    assert shape is not None, "generated classes have one"
    return local_stub(shape, target)
