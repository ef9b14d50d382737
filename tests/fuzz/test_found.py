"""What fuzzing has found stays away, and fuzzing itself works (`make fuzz` does it for long)."""

import json
from random import Random
from typing import Any

import pytest

from fuzz.checking import check, check_session
from fuzz.mutating import mutate
from fuzz.seeds import seeds
from tests.notation import rows, text


@pytest.mark.parametrize("row", rows("found_by_fuzzing"))
def test_found_by_fuzzing(row: Any) -> None:
    texts = [text(each) for each in row["texts"]]
    is_open = check_session(texts)
    check("\n".join(texts))
    assert ("open" if is_open else "aborted") == row["end"]


def test_every_vector_passes() -> None:
    """BAD-01 to 03"""
    for seed in seeds():
        check(seed)


def test_what_is_made_of_vectors_passes() -> None:
    """BAD-01 to 03, LIM-02: a thousand inputs, the same in each run."""
    corpus = list(seeds())
    random = Random(0)
    aborted = 0
    for _ in range(1_000):
        made = random.choice(corpus)
        for _ in range(random.choice([1, 3, 10])):
            made = mutate(made, random.randrange(2**32))
        check(made)
        aborted += not check_session(made.split("\n"))
    assert 100 < aborted < 990, "most should be nearly right"


def test_inputs_are_found_again() -> None:
    corpus = list(seeds())
    assert corpus == list(seeds())
    assert mutate(corpus[0], 7) == mutate(corpus[0], 7)
    changed = [mutate(each, seed) for seed, each in enumerate(corpus)]
    well_formed = [line for made in changed for line in made.split("\n") if _is_json(line)]
    assert len(well_formed) > len(changed), "most are JSON still"


def _is_json(line: str) -> bool:
    try:
        json.loads(line)
    except (ValueError, RecursionError):
        return False
    return True
