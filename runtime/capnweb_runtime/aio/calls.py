"""Running the application's code for a call: in order, to its end, whatever it raises.

A handler that is a plain function runs at once, while the message that calls it is being received.
One that is `async` becomes a task, whose body starts with the next turn of the event loop; whatever
is called meanwhile lines up behind it, so that handlers always start in the order of their calls.

What a handler raises rejects its call and touches nothing else. That goes for `SystemExit` as well,
since no caller may end the server, and for `KeyboardInterrupt`, which a handler only sees when the
user asks for the second time: by then `asyncio.run` is stopping already.

A handler's arguments are released when it has ended. The body of an async generator runs when the
call is over, so that its arguments are released with it instead.
"""

import asyncio
import inspect
import logging
import threading
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from typing import Any, Final, Protocol, cast

from capnweb_runtime.aio.referable import Referable
from capnweb_runtime.core.hook import Hook
from capnweb_runtime.core.hooks import ErrorHook, ValueHook
from capnweb_runtime.core.payload import OpenPayload, Payload
from capnweb_runtime.core.pending import Pending, PromiseHook
from capnweb_runtime.errors import CallError, RpcError
from capnweb_runtime.wire.encode import is_plain

__all__ = ["LOG", "Handler", "log_failure", "runs_handler", "start"]

#: What the application's code raises in a call, with its traceback. At level INFO: that a call
#: fails is an ordinary outcome, which the caller is told, and no peer may fill a log that nobody
#: has asked for.
LOG: Final = logging.getLogger("capnweb_runtime.calls")

_NO_FAULT: Final = (RpcError, asyncio.CancelledError)


class Handler(Protocol):
    """Something of the application's that can be called."""

    __slots__ = ()

    def invoke(self, arguments: OpenPayload) -> object:
        """Call it with settled arguments; what it returns may be awaitable. May raise anything."""

    def finish(self, result: object) -> Payload:
        """The payload of what it returned, or of what awaiting that gave. May raise anything."""

    def label(self) -> str:
        """How the log names it: ``Api.get_profile``."""


def start(arguments: Payload, handler: Handler) -> Hook:
    """Start a call. Takes the arguments; gives the result or a promise of it. Never raises."""
    payload = arguments.open()
    if payload.has_promises:
        return _Waiting(arguments, handler).begin(payload)
    if _LINE.unstarted and _line(asyncio.get_running_loop()).unstarted:
        return PromiseHook(_Running(arguments, payload, handler, None).pending)
    try:
        result = handler.invoke(payload)
        if not is_plain(result):
            if _is_awaitable(result):
                running = _Running(arguments, payload, handler, cast("Awaitable[object]", result))
                return PromiseHook(running.pending)
            if inspect.isasyncgen(result):
                return ValueHook(handler.finish(_with_arguments(result, arguments)))
        hook: Hook = ValueHook(handler.finish(result))
    except BaseException as error:  # noqa: BLE001 (see the head of this file)
        log_failure(handler.label, error)
        arguments.dispose()
        return ErrorHook(error)
    arguments.dispose()
    return hook


def log_failure(label: Callable[[], str], error: BaseException) -> None:
    """Log what the application's code raised; not what the runtime itself did, or cancellation."""
    if LOG.isEnabledFor(logging.INFO) and not isinstance(error, _NO_FAULT):
        LOG.info("%s failed", label(), exc_info=error)


def runs_handler(task: asyncio.Task[Any] | None) -> bool:
    """Whether a task is that of a handler."""
    return task in _TASKS


def _is_awaitable(result: object) -> bool:
    # A promise that is returned is passed on, not waited for here.
    return inspect.isawaitable(result) and not isinstance(result, Referable)


async def _with_arguments(
    generator: AsyncGenerator[object, Any], arguments: Payload
) -> AsyncIterator[object]:
    """A generator, and the arguments that it may use until it ends."""
    try:
        async for chunk in generator:
            yield chunk
    finally:
        try:
            await generator.aclose()
        finally:
            arguments.dispose()


class _Waiting:
    """A call whose arguments contain promises: it starts when they have settled."""

    def __init__(self, arguments: Payload, handler: Handler) -> None:
        self._arguments = arguments
        self._handler = handler
        self._cancelled = False
        self._waited = False
        self._pending = Pending(self._cancel)

    def begin(self, payload: OpenPayload) -> Hook:
        hook = PromiseHook(self._pending)  # before it may settle: it would be nobody's
        payload.settle(self._settled)
        self._waited = True
        return hook

    def _settled(self, failure: BaseException | None) -> None:
        if failure is None and self._cancelled:
            failure = CallError("the call was given up before its arguments were there")
        if failure is not None:
            self._arguments.dispose()
            hook: Hook = ErrorHook(failure)
        elif self._waited:
            # In a task, whatever the handler is: what waits for its result starts in turn, in
            # chains that may be longer than Python's stack.
            payload = self._arguments.open()
            hook = PromiseHook(_Running(self._arguments, payload, self._handler, None).pending)
        else:
            hook = start(self._arguments, self._handler)
        self._pending.settle(hook)

    def _cancel(self) -> bool:
        self._cancelled = True
        # In a loop: what it waited for may be such a call itself, and so on.
        letting_go = _LINE.letting_go
        if letting_go is None:
            letting_go = _LINE.letting_go = [self._arguments]
            try:
                for arguments in letting_go:  # which grows meanwhile
                    arguments.dispose()
            finally:
                _LINE.letting_go = None
        else:
            letting_go.append(self._arguments)
        return False


class _Line(threading.local):
    """What is going on in a thread.

    Attributes:
        loop: its event loop.
        unstarted: how many handlers have been called there and not begun.
        letting_go: arguments of calls that have been given up and never began.
    """

    loop: asyncio.AbstractEventLoop | None = None
    unstarted = 0
    letting_go: list[Payload] | None = None


_LINE = _Line()


def _line(loop: asyncio.AbstractEventLoop) -> _Line:
    if _LINE.loop is not loop:  # what another loop left unstarted will never begin
        _LINE.loop = loop
        _LINE.unstarted = 0
    return _LINE


#: Event loops keep weak references only.
_TASKS: set[asyncio.Task[Hook]] = set()


class _Running:
    """A call that runs in a task."""

    __slots__ = (
        "_arguments",
        "_handler",
        "_line",
        "_outlived",
        "_payload",
        "_result",
        "_started",
        "pending",
    )

    def __init__(
        self,
        arguments: Payload,
        payload: OpenPayload,
        handler: Handler,
        result: Awaitable[object] | None,
    ) -> None:
        """`result` is what the handler returned, None if it has not been called yet."""
        loop = asyncio.get_running_loop()
        self._arguments = arguments
        self._payload = payload
        self._handler = handler
        self._result = result
        self._line = _line(loop)
        self._line.unstarted += 1
        self._started = False
        self._outlived = False
        task = loop.create_task(self._run())
        _TASKS.add(task)
        task.add_done_callback(self._done)
        self.pending = Pending(task.cancel)

    async def _run(self) -> Hook:
        self._begin()
        try:
            result: object = self._result
            if result is None:
                result = self._handler.invoke(self._payload)
            if _is_awaitable(result):
                result = await cast("Awaitable[object]", result)
            if inspect.isasyncgen(result):
                stream = self._handler.finish(_with_arguments(result, self._arguments))
                self._outlived = True
                return ValueHook(stream)
            return ValueHook(self._handler.finish(result))
        except BaseException as error:  # noqa: BLE001 (see the head of this file)
            log_failure(self._handler.label, error)
            return ErrorHook(error)

    def _begin(self) -> None:
        self._started = True
        if self._line.unstarted:
            self._line.unstarted -= 1

    def _done(self, task: asyncio.Task[Hook]) -> None:
        _TASKS.discard(task)
        if not self._started:  # cancelled before its first step
            self._begin()
            if inspect.iscoroutine(self._result):
                self._result.close()
        if not self._outlived:
            self._arguments.dispose()
        self.pending.settle(
            ErrorHook(asyncio.CancelledError()) if task.cancelled() else task.result()
        )
