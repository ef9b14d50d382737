"""How long to wait before an attempt is made again."""

import math
from dataclasses import dataclass

__all__ = ["Backoff"]


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waiting times that grow from one attempt to the next, and differ from client to client.

    The wait before attempt n (the first has n = 0) is chosen at random between
    ``bound * (1 - jitter)`` and ``bound``, where ``bound = min(maximum, initial * factor ** n)``.

    Attributes:
        initial: bound of the first wait, in seconds.
        factor: by which the bound grows.
        maximum: what it never passes, in seconds.
        jitter: the part of each wait that is left to chance, from 0 (none) to 1 (all of it). All of
            it by default: clients that lost the same server at the same moment would otherwise all
            come back at the same moment, again and again ("full jitter"; Marc Brooker, "Exponential
            Backoff And Jitter", AWS Architecture Blog, 2015).
        attempts: how many in a row are made before it is given up; None for any number.
        lasting: seconds that a session must have lasted for the waits to begin anew. Without such a
            bound a server that accepts clients and then breaks off would be called every `initial`
            seconds by each of them.

    Raises:
        ValueError: for a value that is out of its range.
    """

    initial: float = 0.5
    factor: float = 2.0
    maximum: float = 60.0
    jitter: float = 1.0
    attempts: int | None = None
    lasting: float = 10.0

    def __post_init__(self) -> None:
        _check("initial", self.initial, math.ulp(0.0), math.inf, "positive")
        _check("factor", self.factor, 1, math.inf, "1 or more")
        _check("maximum", self.maximum, self.initial, math.inf, "initial or more")
        _check("jitter", self.jitter, 0, 1, "from 0 to 1")
        _check("lasting", self.lasting, 0, math.inf, "0 or more")
        if self.attempts is not None and (type(self.attempts) is not int or self.attempts < 1):
            raise ValueError(f"Backoff.attempts must be 1 or more, or None, not {self.attempts!r}")

    def delay(self, attempt: int, chance: float) -> float:
        """Seconds to wait before an attempt.

        Args:
            attempt: its number, counted from 0.
            chance: a random number, at least 0 and less than 1.
        """
        try:
            bound = min(self.maximum, self.initial * self.factor**attempt)
        except OverflowError:
            bound = self.maximum
        return bound * (1 - self.jitter * chance)


def _check(name: str, value: float, least: float, most: float, expected: str) -> None:
    if type(value) not in {int, float} or not least <= value <= most or value == math.inf:
        raise ValueError(f"Backoff.{name} must be {expected}, not {value!r}")
