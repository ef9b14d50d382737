"""A world for every test that asks for one, and the check that nothing of it is left."""

from collections.abc import Iterator

import pytest

from tests.core.harness import World


@pytest.fixture
def world() -> Iterator[World]:
    with World.checked() as world:
        yield world
