"""Other libraries, measured for orientation: each does the three workloads, if it is there."""

import sys
from pathlib import Path

import pytest

from benchmarks import others, report
from benchmarks.peers import RunningPair
from benchmarks.scenarios import FIGURES, OTHERS, Pair, Program, Workload, with_others

#: With the programs that need nothing but what the tests have.
HERE = Path(sys.executable)


@pytest.fixture(scope="module")
def there() -> dict[str, Pair]:
    return {pair.name: pair for pair in others.found(others.PYTHON, print)}


@pytest.mark.parametrize("name", OTHERS)
def test_it_does_the_work(name: str, there: dict[str, Pair]) -> None:
    if name not in there:
        pytest.skip("make bench installs it")
    with RunningPair(there[name]) as running:
        for workload in ("sequential", "in_flight", "chain"):
            assert running.rate(Workload(workload, 10), 0.0, 0.01) > 0
    assert len(running.versions) >= 2


def test_without_their_environment_all_are_left_out(tmp_path: Path) -> None:
    told: list[str] = []
    assert others.found(tmp_path / "python", told.append) == ()
    assert all(name in told[0] for name in OTHERS)


def test_what_does_not_load_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(others, "OTHERS", {"this": "json_rpc", "none": "missing"})
    told: list[str] = []
    assert [pair.name for pair in others.found(HERE, told.append)] == ["this"]
    assert told == [
        "left out: none (ModuleNotFoundError: No module named 'benchmarks.programs.missing')"
    ]


def test_they_stand_beside_the_three_figures_that_have_something_there() -> None:
    pair = Pair("another", Program(()), Program(()))
    more = with_others(FIGURES, (pair,))
    assert [each.name for each in more if pair in each.pairs] == [
        "sequential calls",
        "1,000 in flight",
        "chain of 3",
    ]
    assert [each.name for each in more] == [each.name for each in FIGURES]


def test_the_report_says_what_each_does() -> None:
    assert list(report._OTHERS) == list(OTHERS)
