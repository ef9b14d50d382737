"""Methods with several signatures: which one a call is made by.

Both sides choose the first that fits, in the order in which the interface has them: the client by
what it is about to send, promises among it, the server by what has arrived.
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, cast

from capnweb_runtime.aio.interfaces import Method, Overloads, Param
from capnweb_runtime.aio.refs import UNSET, Stub
from capnweb_runtime.errors import CallError

if TYPE_CHECKING:
    from capnweb_runtime.aio.shapes import Shape

__all__ = ["call_overloaded"]


def call_overloaded(
    stub: Stub, name: str, args: Sequence[object], options: Mapping[str, object]
) -> Any:
    """Call a method that has several signatures (for generated code).

    Args:
        stub: of a generated class.
        name: of the method, on the wire.
        args: what was passed by position.
        options: what was passed by keyword.

    Raises:
        CallError: if no signature fits.
    """
    shape: Any = stub._shape
    overloads = cast("Overloads", shape.interface.members[name])
    for signature in overloads.signatures:
        arguments = _arguments(signature, args, options)
        if arguments is not None:
            return stub._call(name, arguments, signature.returns)
    raise CallError(f"{shape.interface.name}.{name}: these arguments fit none of its signatures")


def _arguments(
    signature: Method, args: Sequence[object], options: Mapping[str, object]
) -> tuple[object, ...] | None:
    """The arguments as they are sent; None if they do not fit."""
    given = dict(options)
    sent: list[object] = []
    for index, param in enumerate(signature.params):
        value = args[index] if index < len(args) else given.pop(param.attribute, UNSET)
        if not _fits(param, value):
            return None
        sent.append(param.shape.send(value))
    rest = args[len(signature.params) :]
    if rest and (signature.rest is None or not all(map(signature.rest.fits, rest))):
        return None
    sent += [cast("Shape[Any, Any]", signature.rest).send(value) for value in rest]
    named: dict[str, object] = {}
    for param in signature.options:
        value = given.pop(param.attribute, UNSET)
        if not _fits(param, value):
            return None
        if value is not UNSET:
            named[param.name] = param.shape.send(value)
    if given:
        return None
    return (*sent, named) if named else tuple(sent)


def _fits(param: Param, value: object) -> bool:
    return not param.required if value is UNSET else param.shape.fits(value)
