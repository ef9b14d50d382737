"""Restarts, order, medians, spread.

A run has *rounds*. In each, every pair is started anew and warmed up. Then come the *laps*: for
each figure all its pairs do the workload for a moment, one right after the other, ours and the
reference next to each other. So the order is A B A B throughout, and what drifts meets both alike.
What is beside them for orientation takes part in every second lap only.

The ratio of a lap compares neighbours in time; the ratio of a figure is the median of those. Of
each round only the quieter laps count: those with at most the round's median of steal (machine.py).
That rule looks at the machine and never at a result.
"""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from statistics import median, median_low, quantiles

from benchmarks.machine import StealMeter, awake
from benchmarks.peers import RunningPair
from benchmarks.scenarios import Figure, Pair, pairs_of

__all__ = ["FULL", "QUICK", "Lap", "Plan", "Result", "Run", "Spread", "run"]


@dataclass(frozen=True)
class Plan:
    """How thoroughly to measure.

    Attributes:
        rounds: starts of every process.
        laps: measurements of every figure and pair in a round.
        warm_up: seconds of each workload before the first lap: at first JavaScript is interpreted.
        lead: seconds of it before each measurement, for what is lost while others have their turn:
            caches, and after half a minute also the code that V8 has compiled, without which a
            client on Node makes half of the calls at first.
        seconds: of each measurement.
        budget: seconds after which no round is begun that would exceed it.
    """

    rounds: int
    laps: int
    warm_up: float
    lead: float
    seconds: float
    budget: float


FULL = Plan(rounds=4, laps=4, warm_up=0.5, lead=0.2, seconds=0.3, budget=660.0)
QUICK = Plan(rounds=2, laps=3, warm_up=0.25, lead=0.05, seconds=0.1, budget=100.0)


@dataclass(frozen=True)
class Lap:
    """One measurement of a figure.

    Attributes:
        rates: operations a second of each pair that took part.
        steal: the part of the cores' time that the host took meanwhile.
    """

    rates: dict[Pair, float]
    steal: float


@dataclass(frozen=True)
class Spread:
    """What many measurements say: the median, and the middle half of them."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: list[float]) -> "Spread":
        if len(values) == 1:
            return cls(values[0], values[0], values[0])
        low, _, high = quantiles(values, n=4, method="inclusive")
        return cls(median(values), low, high)


@dataclass
class Result:
    """All laps of a figure, by round."""

    figure: Figure
    rounds: list[list[Lap]] = field(default_factory=list)

    @property
    def counted(self) -> list[Lap]:
        """The quieter laps of each round."""
        return self._counted(self.figure.ours)

    def _counted(self, pair: Pair) -> list[Lap]:
        counted: list[Lap] = []
        for made in self.rounds:
            laps = [lap for lap in made if pair in lap.rates]
            limit = median_low(lap.steal for lap in laps)
            counted += [lap for lap in laps if lap.steal <= limit]
        return counted

    def value(self, pair: Pair) -> Spread:
        """What a pair reached, in the unit of the figure."""
        return Spread.of([self.figure.value(lap.rates[pair]) for lap in self._counted(pair)])

    def ratio(self, to: Pair) -> Spread:
        """Our value to that of another pair, of neighbours in time."""
        figure = self.figure
        ratios = [figure.ratio(lap.rates[figure.ours], lap.rates[to]) for lap in self._counted(to)]
        return Spread.of(ratios)

    @property
    def holds(self) -> bool:
        """Whether it is as good as it must be."""
        return self.figure.holds(self.ratio(self.figure.reference).median)


@dataclass
class Run:
    """Everything that was measured.

    Attributes:
        versions: of what each pair runs.
        rounds: how many there was time for.
    """

    plan: Plan
    results: list[Result]
    versions: dict[Pair, dict[str, str]] = field(default_factory=dict)
    rounds: int = 0
    seconds: float = 0.0


def run(figures: tuple[Figure, ...], plan: Plan, progress: Callable[[str], None]) -> Run:
    """Measure all figures.

    Args:
        figures: what to measure.
        plan: how thoroughly.
        progress: told what is being done.

    Raises:
        BenchmarkError: if a process could not do its work.
    """
    made = Run(plan, [Result(figure) for figure in figures])
    start = time.monotonic()
    for number in range(plan.rounds):
        if number and made.seconds / number * (number + 1) > plan.budget:
            break
        progress(f"round {number + 1} of {plan.rounds}")
        with ExitStack() as stack:
            running = {pair: stack.enter_context(RunningPair(pair)) for pair in pairs_of(figures)}
            made.versions = {pair: processes.versions for pair, processes in running.items()}
            stack.enter_context(awake())
            _measure_round(made, running)
        made.rounds += 1
        made.seconds = time.monotonic() - start
    return made


def _measure_round(made: Run, running: dict[Pair, RunningPair]) -> None:
    plan = made.plan
    for result in made.results:
        for pair in result.figure.pairs:
            running[pair].rate(result.figure.workload, 0.0, plan.warm_up)
        result.rounds.append([])
    steal = StealMeter()
    for number in range(plan.laps):
        for result in made.results:
            figure = result.figure
            pairs = figure.compared if number % 2 else figure.pairs
            steal.read()
            rates = {
                pair: running[pair].rate(figure.workload, plan.lead, plan.seconds) for pair in pairs
            }
            result.rounds[-1].append(Lap(rates, steal.read()))
