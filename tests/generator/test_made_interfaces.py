"""Interfaces that hypothesis makes: whatever they are called and say, they work or are refused."""

import ast
import importlib
import inspect
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from capnweb_gen import Severity
from capnweb_gen.checks import check
from capnweb_gen.diagnostics import Diagnostic, Report
from capnweb_gen.emit import render_package
from capnweb_gen.ir import attribute_of
from capnweb_gen.loader.load import load
from capnweb_gen.loader.modules import Modules
from capnweb_gen.loader.source import find_source
from capnweb_gen.naming import Naming, name
from capnweb_gen.plan import plan
from capnweb_runtime import testing
from tests.generator.made.modules import Module, modules
from tests.generator.made.types import World
from tests.typing.checkers import mypy, pyright

#: Why one may be refused: names that are taken, kept or dropped.
_OF_NAMES = {"CW302", "CW303", "CW304"}

#: Each example is a program, and takes half a second.
_FEW = settings(
    max_examples=settings().max_examples // 10,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


def generated(source: Path) -> list[Diagnostic]:
    """Generate the package of a module in this process, for speed; gives the errors."""
    report = Report()
    found = find_source(source, report)
    assert found is not None
    with importable(source):
        contract = load(found, Modules(), report)
    if contract is not None:
        contract = name(contract, Naming())
        check(contract, report)
        if not report.has_errors():
            package = plan(contract)
            folder = source.with_name(package.name)
            folder.mkdir()
            for file, text in render_package(package).items():
                (folder / file).write_text(text, encoding="utf-8")
    return [each for each in report.diagnostics if each.severity is Severity.ERROR]


@contextmanager
def importable(source: Path) -> Iterator[None]:
    """A module and its package can be imported, and are forgotten afterwards."""
    sys.path.insert(0, str(source.parent))
    importlib.invalidate_caches()
    try:
        yield
    finally:
        sys.path.remove(str(source.parent))
        for each in [each for each in sys.modules if each.startswith(source.stem)]:
            del sys.modules[each]


@given(modules(), st.data())
@_FEW
@pytest.mark.timeout(1800)
def test_they_work_or_are_refused_for_a_name(module: Module, data: st.DataObject) -> None:
    with tempfile.TemporaryDirectory() as folder:
        source = Path(folder) / "made_api.py"
        source.write_text(module.source, encoding="utf-8")
        errors = generated(source)
        event(f"refused: {errors[0].code}" if errors else "accepted")
        assert {error.code for error in errors} <= _OF_NAMES, errors
        if errors:
            return
        for path in (source.parent / "made_api_rpc").glob("*.py"):
            has_no_code_of_texts(path)
        with importable(source):
            names = ("made_api", "made_api_rpc", "made_api_rpc.fake")
            api, package, fakes = map(importlib.import_module, names)
            documents_are_kept(module, package)
            world = World(api, package, fakes, data.draw)
            testing.virtual_time.run(every_member_works(module, world))


def has_no_code_of_texts(path: Path) -> None:
    """What of the texts would run begins with `__import__`, which no module exists for."""
    nodes = ast.walk(ast.parse(path.read_bytes()))
    assert "__import__" not in {node.id for node in nodes if isinstance(node, ast.Name)}


def documents_are_kept(module: Module, package: ModuleType) -> None:
    for interface in module.interfaces:
        stub = getattr(package, f"{interface.name}Stub")
        assert readable(stub.__doc__) == readable(interface.doc)
        for member in interface.members:
            document = getattr(stub, attribute_of(member.name)).__doc__
            assert readable(document) == readable(member.doc)


def readable(document: str | None) -> list[str]:
    """The lines of a docstring, as far as they count."""
    lines = inspect.cleandoc(document or "").strip().split("\n")
    return [line.rstrip() for line in lines]


async def every_member_works(module: Module, world: World) -> None:
    for interface in module.interfaces:
        if not interface.is_generic:  # those are reached through others
            stub = getattr(world.package, f"{interface.name}Stub")
            fake = getattr(world.fakes, f"Fake{interface.name}")()
            async with testing.session(stub, fake) as api:
                await interface.exercise(api, fake, world)


@pytest.mark.timeout(300)
def test_type_checkers_accept_what_is_generated(tmp_path: Path) -> None:
    """All in one folder, since a type checker starts slowly."""
    accepted: list[Path] = []

    @given(modules())
    @settings(_FEW, phases=[Phase.generate], database=None)
    def collect(module: Module) -> None:
        source = tmp_path / f"made{len(accepted)}_api.py"
        source.write_text(module.source, encoding="utf-8")
        if not generated(source):
            accepted.append(source)

    collect()
    assert accepted
    # What the made modules themselves do wrong (variance, say) does not count here.
    ours = ("client.py:", "server.py:", "fake.py:", "__init__.py:")
    found = [*mypy(tmp_path).splitlines(), *pyright(tmp_path).splitlines()]
    assert [line for line in found if any(each in line for each in ours)] == []
