"""The intermediate model on its way out of the child process.

Nothing of the user's modules leaves it: their subclasses of str, int and float become plain, and
what is no class of ours is refused on receipt, so that no module of theirs is imported there.
"""

import gc
import io
import pickle
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, BinaryIO

from typing_extensions import override

from capnweb_gen.diagnostics import Span

__all__ = ["load_one", "pickled"]


def pickled(value: object) -> bytes:
    """A value as bytes."""
    buffer = io.BytesIO()
    _Pickler(buffer, pickle.HIGHEST_PROTOCOL).dump(value)
    return buffer.getvalue()


def load_one(file: BinaryIO) -> Any:
    """The next value in a file.

    Raises:
        EOFError: if there is none, or only the beginning of one.
        pickle.UnpicklingError: if that is no value.
    """
    with _without_collection():
        return _Unpickler(file).load()


@contextmanager
def _without_collection() -> Iterator[None]:
    """Without looking for garbage, of which there is none among objects that are all new.

    Half of the time of a large contract went into that.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Pickler(pickle.Pickler):
    @override
    def reducer_override(self, obj: object) -> Any:
        if isinstance(obj, Span):  # half of all objects; in half of the time
            return Span, tuple(obj)
        match obj:
            case str():
                return str, (str.__str__(obj),)
            case int():
                return int, (int.__int__(obj),)
            case float():
                return float, (float.__float__(obj),)
            case _:
                return NotImplemented


class _Unpickler(pickle.Unpickler):
    @override
    def find_class(self, module: str, name: str) -> object:
        if module.partition(".")[0] not in {"capnweb_gen", "builtins"}:
            raise pickle.UnpicklingError(f"{module}.{name} is not ours")
        return super().find_class(module, name)
