"""Shapes of other packages, which are looked for when the first value comes."""

import sys
from types import ModuleType
from typing import Any

import pytest

import capnweb_runtime as rpc
from capnweb_runtime.aio import shapes
from capnweb_runtime.aio.packages import elsewhere


@pytest.fixture
def package(monkeypatch: pytest.MonkeyPatch) -> str:
    """A package with a promise of a number."""

    class NumberPromise(rpc.Promise[int]):
        __slots__ = ()
        _default = shapes.INT

    module: Any = ModuleType("elsewhere_rpc")
    module.NumberPromise = NumberPromise
    monkeypatch.setitem(sys.modules, module.__name__, module)
    return "elsewhere_rpc"


@pytest.mark.parametrize("found_before", [False, True])
def test_conditions_on_what_has_been_found(package: str, found_before: bool) -> None:
    number = elsewhere(package, "NumberPromise")
    if found_before:
        assert number.receive(-1, lambda: "it") == -1
    positive = shapes.constrained(number, gt=0)
    assert positive.receive(1, lambda: "it") == 1
    with pytest.raises(rpc.ArgumentError, match="it: Input should be greater than 0"):
        positive.receive(-1, lambda: "it")
    assert number.receive(-1, lambda: "it") == -1
