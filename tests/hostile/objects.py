"""Main objects to be attacked."""

import asyncio
import functools
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, ClassVar

from typing_extensions import override

from capnweb_runtime import Target
from capnweb_runtime.aio.interfaces import Interface, getter, method, param
from capnweb_runtime.aio.shapes import ANY
from capnweb_runtime.aio.targets import bind_interface
from capnweb_runtime.errors import RemoteError
from tests.hostile.site import Main

__all__ = ["Api", "Guarded", "Typed"]


class Api(Main):
    """Things to do with much."""

    def __init__(self) -> None:
        super().__init__()
        self.gate = asyncio.Event()

    def echo(self, value: Any) -> Any:
        return value

    def double(self, value: Any) -> Any:
        return value * 2

    def say(self, value: Any) -> str:
        return str(value)

    def much(self, size: int) -> str:
        return "x" * size

    def make(self) -> Any:
        return self.echo

    async def wait(self) -> None:
        await self.gate.wait()

    async def slowly(self, value: Any) -> Any:
        await asyncio.sleep(0)
        return value

    def call(self, function: Any, value: Any) -> Any:
        return function(value)


class Helper:
    """A plain base: its public methods are the object's own."""

    def help(self) -> str:
        return "helped"

    def _help(self) -> str:
        return sys.exec_prefix


class Guarded(Main, Helper):
    """An object with much that is nobody's business."""

    constant = "a class attribute"
    table: ClassVar[dict[str, str]] = {"a": "b"}

    class Inner:
        """A class within it."""

    def __init__(self) -> None:
        super().__init__()
        self.secret = "an instance attribute"
        self.method_on_instance: Callable[[], str] = lambda: "an instance attribute, too"
        self._private = "private"
        self.ran: list[str] = []

    @override
    def __str__(self) -> str:
        return "str"

    def __len__(self) -> int:
        return 7

    def __call__(self) -> str:
        return "called"

    def _hidden(self) -> str:
        return "hidden"

    def echo(self, value: Any) -> Any:
        return value

    def data(self) -> Any:
        """A value of every kind."""
        return {
            "text": "{0.__class__} %s",
            "number": 7,
            "fraction": 1.5,
            "flag": True,
            "none": None,
            "list": [1, 2],
            "dict": {"inner": 1},
            "date": datetime(2020, 1, 1, tzinfo=UTC),
            "bytes": b"abc",
            "error": RemoteError("no", "Error", {"code": 5}),
            "function": self.echo,
            "lambda": lambda: "called",
            "object": Part(),
        }

    @property
    def part(self) -> "Part":
        return Part()

    @property
    def text(self) -> str:
        return "{0.__class__} %s"

    @functools.cached_property
    def cached(self) -> str:
        return "a descriptor of another kind"

    @staticmethod
    def static() -> str:
        return "static"

    @classmethod
    def of_class(cls) -> str:
        return "class"


def bait(self: object) -> str:
    """A function with attributes."""
    return "bait"


bait.attribute = "an attribute of a function"  # type: ignore[attr-defined]


class Part(Target):
    """Another object, one path away."""

    bait = bait

    def __init__(self) -> None:
        self.secret = "secret"

    def label(self) -> str:
        return "part"


#: Served by an interface, as generated code does: what is not in it does not exist.
class Typed(Main):
    def __init__(self) -> None:
        super().__init__()
        self.secret = "secret"

    def echo(self, value: Any) -> Any:
        return value

    def data(self) -> Any:
        return Guarded.data(self)  # type: ignore[arg-type]

    @property
    def text(self) -> str:
        return "{0.__class__} %s"

    @property
    def part(self) -> Part:
        return Part()

    def not_in_the_interface(self) -> str:
        return "public, and not declared"


bind_interface(
    Typed,
    Interface(
        "Typed",
        lambda: (
            method("ping", ANY),
            method("tables", ANY),
            method("echo", ANY, param("value", ANY, required=False)),
            method("data", ANY),
            getter("text", ANY),
            getter("part", ANY),
        ),
    ),
)
