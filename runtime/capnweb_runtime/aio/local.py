"""Stubs and promises of what is here."""

import asyncio
from collections.abc import Awaitable

from capnweb_runtime.aio.refs import DynamicPromise, DynamicStub, Promise, encode_result
from capnweb_runtime.aio.targets import hook_of
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.pending import Pending, PromiseHook

__all__ = ["promise_of", "stub_of"]


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


def promise_of(awaitable: Awaitable[object]) -> DynamicPromise:
    """A promise of what an awaitable will give (npm package: new RpcPromise).

    It can be called, read and passed on before that is there: what is asked of it waits in line,
    and is delivered in order. What it gives belongs to the promise. A promise of a session is taken
    as it is, and stays lazy: nothing is pulled before the new one is awaited.
    """
    if isinstance(awaitable, Promise):
        return DynamicPromise(awaitable._hook, awaitable._path)
    pending = Pending()
    promise = DynamicPromise(PromiseHook(pending))
    future = asyncio.ensure_future(awaitable)
    _FUTURES.add(future)

    def settle(done: "asyncio.Future[object]") -> None:
        _FUTURES.discard(done)
        try:
            pending.settle(ValueHook(encode_result(done.result())))
        except BaseException as error:  # noqa: BLE001 (it is for whoever asks for the value)
            pending.settle(ErrorHook(error))

    future.add_done_callback(settle)
    return promise


#: Event loops keep weak references only.
_FUTURES: "set[asyncio.Future[object]]" = set()
