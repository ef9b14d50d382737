"""What users hold: stubs and promises, and how values with such in them become payloads.

Stubs and promises are thin views of a hook and a path.

A stub is a capability and cannot be awaited; a promise is what a call or property will be.
Generated code derives both, with a real method for each one of the interface: cheaper than
`__getattr__`, and type checkers need no plugin. Their public names are `dup`, `dispose` and
`on_broken`; everything else is the interface's.

A property promise (`user.name`) is a view of the promise it was read from: nothing is sent until it
is awaited or passed on, and it is disposed of with the whole.

Values and stubs are in one module since each needs the other: a value may hold a function, a
function takes values, and those may hold stubs, whose calls take values.
"""

import asyncio
import inspect
from collections.abc import AsyncIterable, Callable, Generator, Sequence
from contextvars import ContextVar
from functools import partial
from typing import TYPE_CHECKING, Any, ClassVar, Final, Generic, NoReturn, Self, TypeVar
from weakref import WeakKeyDictionary, ref

from typing_extensions import override

from capnweb_runtime.aio.awaiting import Awaiting
from capnweb_runtime.aio.disposal import close_later
from capnweb_runtime.aio.functions import FunctionCallee, reference
from capnweb_runtime.aio.records import plain
from capnweb_runtime.aio.referable import Referable
from capnweb_runtime.core.hook import Hook, Path, Reference, Registration
from capnweb_runtime.core.payload import (
    EncodedPayload,
    OpenPayload,
    Payload,
    PlainPayload,
    as_reference,
)
from capnweb_runtime.core.recording import Recorder
from capnweb_runtime.core.streams import Once, PartHook, SourceHook
from capnweb_runtime.errors import EncodeError, format_path
from capnweb_runtime.limits import DEFAULT_LIMITS
from capnweb_runtime.wire.encode import Encoder, are_plain, is_plain
from capnweb_runtime.wire.expressions import UNDEFINED, Leaf

if TYPE_CHECKING:
    from capnweb_runtime.aio.promises import OptionalPromise
    from capnweb_runtime.aio.shapes import Shape

__all__ = [
    "MYPY",
    "UNSET",
    "DynamicPromise",
    "DynamicStub",
    "Promise",
    "Ref",
    "Stub",
    "by_reference",
    "encode_arguments",
    "encode_lent",
    "encode_result",
    "finish_nothing",
    "finish_untyped",
    "positional",
    "record",
    "source_hook",
    "take",
]

T_co = TypeVar("T_co", covariant=True)
P = TypeVar("P")
V = TypeVar("V")

#: mypy alone takes this to be true (it treats a variable of this name so).
MYPY = False


class Unset:
    """The type of `UNSET`."""

    __slots__ = ()

    @override
    def __repr__(self) -> str:
        return "UNSET"


#: The default of every optional parameter of a stub's methods: the argument is not sent, so that
#: the callee's own default applies (and may change without the caller).
UNSET: Final[Any] = Unset()


class Ref(Referable):
    """Common base of stubs and promises.

    All slots are in this one class, so that a generated class can be both without a layout
    conflict.
    """

    __slots__ = ("_awaiting", "_hook", "_origin", "_path", "_shape")

    #: The shape of a class's own interface, set by generated code; None for untyped ones.
    _default: "ClassVar[Shape[Any, Any] | None]" = None

    #: What makes the shapes of a generic class, if other packages need them.
    _make: "ClassVar[Callable[..., Shape[Any, Any]] | None]" = None

    def __init__(
        self,
        hook: Hook,
        path: Path = (),
        shape: "Shape[Any, Any] | None" = None,
        origin: "tuple[Shape[Any, Any], str] | None" = None,
    ) -> None:
        """For the runtime and generated code; users get their stubs from `connect` and calls."""
        self._hook = hook
        self._path = path
        self._shape: Any = self._default if shape is None else shape
        self._origin = origin
        self._awaiting = 0

    if TYPE_CHECKING:

        def __rpc_self__(self) -> Self:
            """For the types of `map` only: the class of a promise."""
    else:

        def __class_getitem__(cls, _: object) -> type:
            """`Promise[User]` is `Promise` at run time.

            An object of `typing` for each base class of generated code was half of what it cost to
            import it (40 of 76 µs a class).
            """
            return cls

    @override
    def __rpc_reference__(self) -> Reference:
        return Reference(self._hook.dup(), self._path, is_promise=isinstance(self, Promise))

    @override
    def __rpc_returned__(self) -> None:
        # The main stub would take its session with it; a property belongs to its promise.
        if not self._path and not self._hook.keeps_session:
            self._hook.dispose()

    def dup(self) -> Self:
        """One more reference to the same, to be disposed of by itself."""
        hook = self._hook.get(self._path) if self._path else self._hook.dup()
        return type(self)(hook, (), self._shape, self._origin)

    def dispose(self) -> None:
        """Give the reference up, and with a promise all stubs in its value.

        What it refers to is released with the last reference. Disposing of a session's main stub
        closes the session. May be called twice. Of a property promise it does nothing: it goes with
        the promise it was read from.
        """
        if not self._path:
            self._hook.dispose()

    def on_broken(self, callback: Callable[[BaseException], object], /) -> Registration:
        """Have `callback` called, once, with the reason if this is lost.

        That is when the session ends, or when the promise fails: at once, if it has already. A
        local object is never lost.

        Returns:
            A handle; its `undo()` takes the registration back.
        """
        registration = Registration(partial(_run_callback, callback))
        self._hook.on_broken(registration)
        return registration

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.dispose()

    @override
    def __repr__(self) -> str:
        return f"<{type(self).__name__}{format_path(self._path)}>"

    # ---- what generated code calls

    def _call(self, name: str, args: tuple[object, ...], shape: "Shape[Any, P]") -> P:
        """Call the method `name`; the call is sent at once."""
        hook = _call(self._hook, (*self._path, name), args)
        return shape.promise(hook, (), shape, (self._shape, name))

    def _call_self(self, args: tuple[object, ...], shape: "Shape[Any, P]") -> P:
        """Call what this refers to, a function."""
        hook = _call(self._hook, self._path, args)
        return shape.promise(hook, (), shape, (self._shape, ""))

    def _get(self, name: str | int, shape: "Shape[Any, P]") -> P:
        """The property or element `name`; nothing is sent before it is awaited."""
        return shape.promise(self._hook, (*self._path, name), shape, self._origin)

    # A remote value in a condition, or formatted, is always a mistake. To pyright `__bool__` must
    # be there and not return; to mypy, which has a check of its own (truthy-bool), it must not.
    if not MYPY:

        def __bool__(self) -> NoReturn:
            raise TypeError("whether a remote value is true is not known here: await it first")

    @override
    def __format__(self, spec: str, /) -> NoReturn:
        raise TypeError(
            "a remote value cannot be formatted: await it first (!r shows the reference)"
        )


class Stub(Ref):
    """A reference to an object: of the peer, or of this side."""

    __slots__ = ()


class Promise(Ref, Generic[T_co]):
    """What a call or a property will be.

    Awaiting it asks for the value; a promise that is only used (passed on, called) never travels
    here. It can be awaited more than once. When the last task that awaits it is cancelled, before
    the value came, the call is given up, as by `dispose()`: what works on it is cancelled.
    `asyncio.shield` keeps it.

    Raises (when awaited):
        RemoteError: the peer's application raised.
        ArgumentError: the value is not of the declared type.
        BrokenError: the session ended before the value came.
        CallTimeoutError: it did not come in time (`call_timeout` of the session).
        DisposedError: it, or what it was made of, was disposed of, or has been given up.
    """

    __slots__ = ()

    def __await__(self) -> Generator[Any, Any, T_co]:
        return self._receive()

    def _receive(self, *, wait_long: bool = False) -> Generator[Any, Any, T_co]:
        """Await the value. `wait_long`: whatever the `call_timeout` of its session says."""
        awaiting = Awaiting(self)
        try:
            awaiting.ask(wait_long=wait_long)
            if not awaiting.arrived:
                yield from awaiting.wait()
        finally:
            awaiting.end()
        return self._value(awaiting)

    def _value(self, awaiting: Awaiting) -> T_co:
        """The value that has arrived, with untyped stubs in it or as the shape declares it."""
        value: T_co = awaiting.take(_wrap)
        return value if self._shape is None else self._shape.receive(value, self._label)

    if TYPE_CHECKING:

        def __rpc_optional__(self) -> "OptionalPromise[T_co, Self]":
            """For the types of `map` only: what this is where it may also be None."""

    def _label(self) -> str:
        """How errors name the value: `Api.get_user() result.address`."""
        origin = self._origin
        result = f"result{format_path(self._path)}"
        return f"{origin[0].label}.{origin[1]}() {result}" if origin else result


class DynamicStub(Stub):
    """A stub without generated code: any name is a method or property of it.

    For the REPL, scripts and tests, and for peers that have no Python interface. A name that this
    class has itself, or that begins with an underscore, is reached as ``stub["name"]``.
    """

    __slots__ = ()

    def __getattr__(self, name: str) -> "DynamicPromise":
        # No member of an API begins with an underscore; copy, pickle, inspect and others ask for
        # such names to find out what an object can do.
        if name.startswith("_"):
            raise AttributeError(name)
        return DynamicPromise(self._hook, (*self._path, name))

    def __getitem__(self, key: str | int) -> "DynamicPromise":
        return DynamicPromise(self._hook, (*self._path, key))

    def __call__(self, *args: object) -> "DynamicPromise":
        """Call it; the call is sent at once."""
        return DynamicPromise(_call(self._hook, self._path, args))

    if not MYPY:  # otherwise `for x in stub` would go through __getitem__ for ever
        __iter__: None = None
        __contains__: None = None


class DynamicPromise(DynamicStub, Promise[Any]):
    """What a call or property of a `DynamicStub` will be."""

    __slots__ = ()

    def map(self, function: Callable[["DynamicPromise"], object], /) -> "DynamicPromise":
        """Have the peer apply `function` to each element of this array (see `ListPromise.map`)."""
        hook, _ = record(self._hook, self._path, function, DynamicPromise)
        return DynamicPromise(hook)


#: The recorder of the map whose function is being run, if one is.
_RECORDER: ContextVar[Recorder | None] = ContextVar("recorder", default=None)


def _call(hook: Hook, path: Path, arguments: Sequence[object]) -> Hook:
    """Call, or write the call down where the function of a map is being recorded."""
    recorder = _RECORDER.get()
    payload = encode_arguments(arguments)
    return hook.call(path, payload) if recorder is None else recorder.call(hook, path, payload)


def record(
    hook: Hook, path: Path, function: Callable[[V], object], placeholder: Callable[[Hook], V]
) -> tuple[Hook, object]:
    """Run the function of a map once, with a placeholder.

    Returns:
        The promise of the map's result, and what the function returned.

    Raises:
        TypeError: if the function is async, or uses the placeholder as what it stands for.
    """
    recorder = Recorder(hook, path, _RECORDER.get())
    token = _RECORDER.set(recorder)
    try:
        result = function(placeholder(recorder.input()))
        _refuse_coroutine(result)
        payload = encode_lent(result)
    except BaseException:
        recorder.give_up()
        raise
    finally:
        _RECORDER.reset(token)
    return recorder.finish(payload), result


def _run_callback(callback: Callable[[BaseException], object], reason: BaseException) -> None:
    try:
        callback(reason)
    except BaseException as error:  # noqa: BLE001 (the application's fault; see calls.py)
        asyncio.get_running_loop().call_exception_handler(
            {"message": "an on_broken callback failed", "exception": error}
        )


def _wrap(reference: Reference) -> object:
    if isinstance(reference.hook, PartHook):
        return reference.hook.unwrap()
    return DynamicStub(reference.hook, reference.path)


def take(payload: OpenPayload) -> Any:
    """The value of a settled payload, with untyped stubs for the capabilities in it."""
    return payload.take(_wrap)


class _Adapter:
    """Adapts the values of one message."""

    __slots__ = ("referables",)

    def __init__(self) -> None:
        self.referables: list[Ref] = []

    def __call__(self, value: object, /) -> object:
        if isinstance(value, Ref):
            self.referables.append(value)
            return value.__rpc_reference__()
        if value is UNSET:
            return UNDEFINED
        made = by_reference(value)
        if made is None:
            return plain(value)
        _refuse_in_map(value)
        return made


def by_reference(value: object) -> Reference | None:
    """Gives a reference to what goes by reference: a target, stream or function; else None."""
    refer: Callable[[object], Reference] | None = getattr(type(value), "__rpc_reference__", None)
    if refer is not None:
        return refer(value)
    if isinstance(value, AsyncIterable):
        return Reference(source_hook(value), is_promise=False)
    if callable(value) and not isinstance(value, type) and plain(value) is value:
        return reference(FunctionCallee(value, _untyped(value), finish_untyped(value)))
    return None


def _refuse_coroutine(result: object) -> None:
    if inspect.iscoroutine(result):
        result.close()
        raise TypeError("the function of a map must not be async: it runs once, to be recorded")


def source_hook(source: AsyncIterable[object], *, alone: bool | None = None) -> SourceHook:
    """The hook of an async iterable that is to be sent as a stream.

    `alone` says whether only one can read it, and has not done so to its end: all hooks of it share
    a `Once` then. Async generators are such, of others whoever calls this has to tell.
    """
    if alone is None:
        alone = inspect.isasyncgen(source) and source.ag_frame is not None
    once = _shared_once(source) if alone else Once(lambda: close_later(source))

    def unwrap(_: PartHook) -> object:
        once.taken = True  # by a local call; it is as open as the application leaves it
        if alone:
            _ONCES.pop(source, None)  # and can be sent from there
        return source

    return SourceHook(source, unwrap, once)


#: What the hooks of a source share that only one can read.
_ONCES: "WeakKeyDictionary[AsyncIterable[object], Once]" = WeakKeyDictionary()


def _shared_once(source: AsyncIterable[object]) -> Once:
    weakly = ref(source)  # otherwise the table would keep it for ever
    return _ONCES.setdefault(source, Once(lambda: close_later(weakly())))


def _refuse_in_map(value: object) -> None:
    if _RECORDER.get() is not None:
        raise EncodeError(
            f"a {type(value).__qualname__} cannot be passed by the function of a map, which runs at"
            " the peer: make a stub of it outside (stub_of, export_...) and use that"
        )


def encode_arguments(arguments: Sequence[object]) -> Payload:
    """The payload of a call's arguments. Stubs in them are lent: the caller keeps its own.

    Raises:
        EncodeError: if one cannot be sent; its path begins with the argument's index.
    """
    if are_plain(arguments):  # without an encoder, and what is made for it: a fifth of a call
        items: list[Any] = [*arguments]
        return PlainPayload(items, [items])
    payload = _encode_scalars_and_refs(arguments)
    if payload is not None:
        return payload
    given = len(arguments)
    while given and arguments[given - 1] is UNSET:
        given -= 1
    return _encode(list(arguments[:given]), _Adapter(), "arguments")


def _encode_scalars_and_refs(arguments: Sequence[object]) -> EncodedPayload | None:
    """The payload, without an encoder, if there is nothing else: so in chains and maps."""
    items: list[Any] = [*arguments]
    references: list[Reference] = []
    for index, item in enumerate(items):
        if isinstance(item, Ref):
            items[index] = lent = item.__rpc_reference__()
            references.append(lent)
        elif not is_plain(item):
            _dispose(references)
            return None
    return EncodedPayload([items], references)


def encode_result(value: object) -> Payload:
    """The payload of a call's result. Stubs in it are taken: they belong to the caller now.

    Raises:
        EncodeError: if it cannot be sent.
    """
    if is_plain(value):
        plain_value: Any = value
        return PlainPayload(value, plain_value)
    adapter = _Adapter()
    try:
        return _encode(value, adapter, "result")
    finally:
        for referable in adapter.referables:
            referable.__rpc_returned__()


def encode_lent(value: object) -> EncodedPayload:
    """The payload of a value; stubs and promises in it are lent.

    Raises:
        EncodeError: if one cannot be sent.
    """
    return _encode(value, _Adapter(), "")


def _encode(value: object, adapter: _Adapter, root: str) -> EncodedPayload:
    encoder = Encoder(adapter, DEFAULT_LIMITS.depth)
    try:
        tree = encoder.encode(value)
    except BaseException as error:
        _dispose(encoder.leaves)
        if isinstance(error, EncodeError) and root:
            error.inside(root)
        if isinstance(error, RecursionError):
            raise EncodeError("the value is nested too deeply, or within itself") from None
        raise
    finally:
        _dispose(encoder.dropped)
    return EncodedPayload(tree, [as_reference(leaf) for leaf in encoder.leaves])


def _dispose(leaves: Sequence[Leaf]) -> None:
    for leaf in leaves:
        as_reference(leaf).hook.dispose()


def _untyped(function: Callable[..., object]) -> Callable[[OpenPayload], object]:
    """How a function without declared types is called: with the values as they came."""
    return lambda arguments: function(*positional(function, take(arguments)))


def finish_untyped(function: object) -> Callable[[object], Payload]:
    """What makes a payload of what a function without declared types returned."""
    return lambda result: encode_result(result) if result is not None else finish_nothing(function)


def finish_nothing(function: object) -> Payload:
    """The payload of None: null, unless the function says that it returns nothing: undefined."""
    declared = getattr(function, "__annotations__", {}).get("return", UNSET)
    return encode_result(UNDEFINED if declared is None or declared == "None" else None)


def positional(function: Callable[..., object], values: list[object]) -> list[object]:
    """Arguments for a function without declared types.

    One that is undefined is None; at the end of the list it is left out if the function has a
    default for it.
    """
    for value in values:
        if value is UNDEFINED:
            break
    else:
        return values
    if values[-1] is UNDEFINED:
        required = _required(function)
        while len(values) > required and values[-1] is UNDEFINED:
            values.pop()
    return [None if value is UNDEFINED else value for value in values]


def _required(function: Callable[..., object]) -> int:
    """How many positional arguments a function cannot do without."""
    try:
        parameters = inspect.signature(function).parameters.values()
    except (TypeError, ValueError):  # a builtin that does not tell
        return 0
    kinds = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return sum(
        parameter.kind in kinds and parameter.default is parameter.empty for parameter in parameters
    )
