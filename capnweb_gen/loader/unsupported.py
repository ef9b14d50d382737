"""What to write instead of a type that cannot travel."""

import collections
import collections.abc
import dataclasses
import datetime as dt
import fractions
import ipaddress
import os
import pathlib
import re
import zoneinfo
from types import NoneType
from typing import Final, Union

from pydantic import AnyUrl, NaiveDatetime, SecretBytes, SecretStr

from capnweb_gen.loader.classes import key_of
from capnweb_gen.loader.forms import PARAMS, Form
from capnweb_gen.loader.standins import is_stand_in

__all__ = ["AWAITABLES", "advice", "shown"]

_SHOWN: Final[dict[object, str]] = {NoneType: "None", ...: "..."}

_SET = "use list: Cap'n Web has no sets"
_BYTES = "use bytes"
_PATH = "use pathlib.Path or pathlib.PurePath: paths travel with forward slashes"
_TEXT = "use str"
_DICT = "use dict[str, ...]"
_LIST = "use list[...]"
_WRITABLE = "take or return an AsyncIterator[...], or use Any for a WritableStream of JavaScript's"

_ADVICE: Final[dict[object, str]] = {
    set: _SET,
    frozenset: _SET,
    collections.abc.Set: _SET,
    collections.abc.MutableSet: _SET,
    pathlib.PosixPath: _PATH,
    pathlib.WindowsPath: _PATH,
    pathlib.PureWindowsPath: _PATH,
    os.PathLike: _PATH,
    fractions.Fraction: "use tuple[int, int], or Decimal",
    zoneinfo.ZoneInfo: "use str, its key",
    dt.tzinfo: "use str, a time zone's key",
    dt.timezone: "use timedelta, the offset",
    re.Pattern: "use str",
    NaiveDatetime: "use datetime: one that arrives has a time zone, UTC",
    SecretStr: "use str: it would travel as what it hides",
    SecretBytes: "use bytes: they would travel as what they hide",
    ipaddress.IPv4Address: _TEXT,
    ipaddress.IPv6Address: _TEXT,
    bytearray: _BYTES,
    memoryview: _BYTES,
    collections.abc.Iterable: _LIST,
    collections.abc.Iterator: _LIST,
    collections.abc.Collection: _LIST,
    collections.abc.Generator: _LIST,
    collections.abc.MutableSequence: _LIST,
    collections.deque: _LIST,
    collections.abc.MutableMapping: _DICT,
    collections.OrderedDict: _DICT,
    collections.defaultdict: _DICT,
    collections.Counter: _DICT,
    object: "use Any for a value that may be anything",
    type: "send a name as str: classes stay where they are",
    complex: "use tuple[float, float]",
    "rpc.ReceivedStream": "write AsyncIterator[...]",
    "rpc.Sink": _WRITABLE,
    "rpc.Writer": _WRITABLE,
}

#: What `async def` gives when called.
AWAITABLES: Final = frozenset({collections.abc.Awaitable, collections.abc.Coroutine})


def shown(form: Form) -> str:
    """An annotation in a message."""
    args = [shown(arg) for arg in form.args]
    if form.head is Union and args:
        return " | ".join(args)
    if form.head is PARAMS:
        return f"[{', '.join(args)}]"
    if form.head in _SHOWN:
        return _SHOWN[form.head]
    name = getattr(form.head, "__qualname__", None) or getattr(form.head, "__name__", None)
    return str(name or type(form.head).__name__) + (f"[{', '.join(args)}]" if args else "")


def advice(form: Form) -> str:
    """What to do about a type that cannot travel."""
    head = form.head
    if key_of(head) in _ADVICE:
        return _ADVICE[key_of(head)]
    if head in AWAITABLES:
        return "write what awaiting it gives; only a method's result may be Awaitable[...]"
    if is_stand_in(head):
        return "write the interface or model that it is generated for"
    if not isinstance(head, type):
        return "use a type of the table in docs/diagnostics.md#cw201"
    if issubclass(head, AnyUrl):
        return _TEXT
    if issubclass(head, BaseException):
        return "raise it: exceptions of a method reach its caller"
    if any(getattr(base, "_is_protocol", False) for base in head.__mro__[:-1]):
        return "name the Protocol that it implements, or list Protocol among its own bases"
    if dataclasses.is_dataclass(head):
        return "use the dataclass itself, without arguments"
    return (
        "make it a Protocol if its objects stay here and are called from there, or a dataclass or "
        "pydantic model if their values are copied"
    )
