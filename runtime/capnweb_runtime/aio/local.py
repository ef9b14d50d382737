"""Stubs of local objects."""

from capnweb_runtime.aio.refs import DynamicStub
from capnweb_runtime.aio.targets import hook_of

__all__ = ["stub_of"]


def stub_of(target: object) -> DynamicStub:
    """An untyped stub of a local object or function (npm package: new RpcStub).

    It works as one of a remote object does: calls are promises, values are copied. Passing the stub
    instead of the object keeps the object, which otherwise is the callee's: it is disposed of with
    the last stub, not after the call. Generated code has a typed one for each interface,
    `export_...`.

    Raises:
        CallError: if `target` does not go by reference.
    """
    return DynamicStub(hook_of(target))
