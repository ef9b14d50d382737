"""Small changes, and along which axes they break: direction and variance, exactly.

cases/breaking_pairs.txt has, for each change, its name and the codes that are found (one verdict
for all axes, or those of wire / python / ts; - is none), the interfaces before, and those after it.
Warnings do not count.
"""

import re
from pathlib import Path
from typing import NamedTuple

import pytest

from capnweb_gen.breaking import Axis, compare
from capnweb_gen.diagnostics import Report, Severity
from capnweb_gen.ir import Contract
from tests.generator.reading import read_all

_HEAD = """from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from enum import Enum, Flag
from typing import Annotated, Any, Generic, Literal, NamedTuple, Protocol, TypeVar, overload

from pydantic import BaseModel, ConfigDict, Field
from typing_extensions import NotRequired, TypedDict

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)

"""


class Pair(NamedTuple):
    name: str
    verdicts: dict[Axis, set[str]]
    old: str
    new: str


def _pairs() -> list[Pair]:
    text = (Path(__file__).parent / "cases/breaking_pairs.txt").read_text(encoding="utf-8")
    pairs = []
    for block in re.split(r"(?m)^== ", text)[1:]:
        head, _, bodies = block.partition("\n")
        name, _, verdict = head.rpartition(": ")
        old, _, new = bodies.partition("\n--\n")
        verdicts = verdict.split(" / ") if " / " in verdict else [verdict] * len(Axis)
        codes = [set(each.split()) - {"-"} for each in verdicts]
        pairs.append(Pair(name, dict(zip(Axis, codes, strict=True)), f"{old}\n", new))
    return pairs


PAIRS = _pairs()


@pytest.fixture(scope="module", name="contracts")
def _contracts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Contract]:
    texts = {
        f"{version}_{number}": _HEAD + text
        for number, pair in enumerate(PAIRS)
        for version, text in (("old", pair.old), ("new", pair.new))
    }
    return read_all(tmp_path_factory.mktemp("pairs"), texts)


def test_there_are_pairs() -> None:
    assert len(PAIRS) > 80
    assert len({pair.name for pair in PAIRS}) == len(PAIRS)


@pytest.mark.parametrize("axis", Axis, ids=lambda axis: axis.value)
@pytest.mark.parametrize("pair", PAIRS, ids=lambda pair: pair.name)
def test_pair(pair: Pair, axis: Axis, contracts: dict[str, Contract]) -> None:
    number = PAIRS.index(pair)
    report = Report()
    compare(contracts[f"old_{number}"], contracts[f"new_{number}"], report, axes=[axis])
    found = {each.code for each in report.diagnostics if each.severity is Severity.ERROR}
    assert found == pair.verdicts[axis]
