"""Checks of the options that users give, so that a mistake is told of where it was made.

Each takes a value and the name of its option, and raises a `TypeError` or `ValueError` that names
both. Of times anything that is no number above zero is a `ValueError`, whatever its type.
"""

import inspect
import math
from typing import Final

__all__ = [
    "check_count",
    "check_flag",
    "check_function",
    "check_grace",
    "check_kind",
    "check_names",
    "check_seconds",
    "check_timeout",
]

_NUMBERS: Final = frozenset({int, float})  # and not bool


def check_timeout(seconds: float | None, name: str = "a timeout") -> float | None:
    """A timeout as it was given; None for infinity, which is none.

    Raises:
        ValueError: if it is not a number above zero.
    """
    if seconds is None or seconds == math.inf:
        return None
    if type(seconds) not in _NUMBERS or not seconds > 0:
        raise ValueError(f"{name} is a number of seconds above zero, or None; not {seconds!r}")
    return seconds


def check_seconds(seconds: float, name: str) -> float:
    """A time that there must be.

    Raises:
        ValueError: if it is not a number above zero.
    """
    if type(seconds) not in _NUMBERS or not seconds > 0:
        raise ValueError(f"{name} is a number of seconds above zero; not {seconds!r}")
    return seconds


def check_grace(seconds: float | None, name: str) -> float:
    """How long something is waited for, which may be not at all (0 or None) or for ever (infinity).

    Raises:
        ValueError: if it is not such a number.
    """
    if seconds is None:
        return 0
    if type(seconds) not in _NUMBERS or not seconds >= 0:
        raise ValueError(f"{name} is a number of seconds, or None; not {seconds!r}")
    return seconds


def check_count(count: int, name: str) -> int:
    """How many of something there may be.

    Raises:
        ValueError: if it is not a positive int.
    """
    if type(count) is not int or count < 1:
        raise ValueError(f"{name} must be a positive int, not {count!r}")
    return count


def check_flag(flag: object, name: str) -> bool:
    """Yes or no.

    Raises:
        TypeError: if it is not a bool.
    """
    if not isinstance(flag, bool):
        raise TypeError(f"{name} must be True or False, not {flag!r}")
    return flag


def check_kind(value: object, kind: type | tuple[type, ...], name: str, what: str) -> None:
    """`what` says for people what is expected. None is always right: the option is not given.

    Raises:
        TypeError: if it is something else.
    """
    if value is not None and (not isinstance(value, kind) or isinstance(value, bool)):
        raise TypeError(f"{name} must be {what}, not {value!r}")


def check_names(names: object, name: str) -> None:
    """Several names, or None.

    Raises:
        TypeError: if it is a single one, or holds something else than text.
    """
    if names is None:
        return
    if isinstance(names, str | bytes) or not hasattr(names, "__iter__"):
        raise TypeError(f"{name} must be a list of names, not {names!r}")
    for each in names:
        if not isinstance(each, str):
            raise TypeError(f"{name} must be a list of names, and {each!r} is none")


def check_function(function: object, name: str) -> None:
    """A function that is called and not awaited, or None.

    Raises:
        TypeError: if it cannot be called, or is async: it would never run.
    """
    if function is None:
        return
    if not callable(function):
        raise TypeError(f"{name} must be a function, not {function!r}")
    if inspect.iscoroutinefunction(function):
        raise TypeError(
            f"{name} must be a plain function, which can begin a task; nobody would await"
            f" {function!r}"
        )
