"""Names on the wire: how they are made, which come first, and that they stay."""

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from capnweb_gen import generate
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract, WireCase, contract_json, digests_of
from capnweb_gen.loader import read
from capnweb_gen.naming import Naming, Recorded, camel_case, name, recorded
from capnweb_gen.project.manifest import MANIFEST, digest

CAMEL = Naming(WireCase.CAMEL)


@pytest.mark.parametrize(
    ("python", "wire"),
    [
        ("list_users", "listUsers"),
        ("list", "list"),
        ("listUsers", "listUsers"),
        ("get_user_by_id", "getUserById"),
        ("c2s", "c2s"),
        ("sha_256", "sha256"),
        ("utf_8_name", "utf8Name"),
        ("get_URL", "getURL"),
        ("MAX_SIZE", "maxSize"),
        ("URL", "url"),
        ("V1", "v1"),
        ("a__b", "aB"),
        ("from_", "from_"),
        ("_private_name", "_privateName"),
        ("__both_ends__", "__bothEnds__"),
        ("_", "_"),
        ("größe_ändern", "größeÄndern"),
    ],
)
def test_camel_case(python: str, wire: str) -> None:
    assert camel_case(python) == wire


#: Names of which nothing is lost: small letters and digits, each word beginning with a letter.
snake = st.from_regex(r"[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*", fullmatch=True)


@given(snake)
def test_camel_case_can_be_undone(python: str) -> None:
    assert re.sub("[A-Z]", lambda capital: f"_{capital[0].lower()}", camel_case(python)) == python


@given(st.from_regex(r"[A-Za-z_][A-Za-z0-9_]*", fullmatch=True))
def test_camel_case_changes_nothing_but_case_and_underscores(python: str) -> None:
    made = camel_case(python)
    assert made.isidentifier()
    assert made.replace("_", "").lower() == python.replace("_", "").lower()
    assert camel_case(made) == made or made.isupper()


_SOURCE = """
from typing import Protocol

from capnweb_runtime import wire_name


class Base(Protocol):
    async def get_it(self, *, page_size: int = 1) -> int: ...
    @wire_name("fetch")
    async def fetch_all(self) -> int: ...


class Other(Protocol):
    @property
    def size_of(self) -> int: ...


class Api(Base, Other, Protocol):
    async def get_it(self, *, page_size: int = 1, start_at: int = 0) -> int: ...
    async def own_name(self) -> int: ...
"""


@pytest.fixture(scope="module", name="contract")
def _contract(tmp_path_factory: pytest.TempPathFactory) -> Contract:
    source = tmp_path_factory.mktemp("naming") / "api.py"
    source.write_text(_SOURCE)
    report = Report()
    [(_, contract)] = read([source], report)
    assert report.diagnostics == []
    return contract


def names(contract: Contract, interface: str = "Api") -> dict[str, str]:
    """Those of the members and options of an interface."""
    found: dict[str, str] = {}
    for ref, each in contract.interfaces.items():
        if ref.qualname == interface:
            for member in each.members:
                found[member.name] = member.wire_name
                for param in getattr(member, "params", ()):
                    found[param.name] = param.wire_name
    return found


def test_each_is_itself_by_default(contract: Contract) -> None:
    found = names(name(contract, Naming()))
    assert found.pop("fetch_all") == "fetch"
    assert {python: wire for python, wire in found.items() if python != wire} == {}


def test_camel_case_is_for_all_but_what_the_source_names(contract: Contract) -> None:
    assert names(name(contract, CAMEL)) == {
        "size_of": "sizeOf",
        "get_it": "getIt",
        "page_size": "pageSize",
        "start_at": "startAt",
        "fetch_all": "fetch",
        "own_name": "ownName",
    }


def test_the_configuration_comes_first_and_counts_for_heirs(contract: Contract) -> None:
    said = {
        "api:Base.get_it": "get",
        "api:Base.get_it.page_size": "limit",
        "api:Base.fetch_all": "all",
        "api:Api.own_name": "own_name",
    }
    found = names(name(contract, Naming(WireCase.CAMEL, said)))
    assert (found["get_it"], found["page_size"], found["start_at"]) == ("get", "limit", "startAt")
    assert (found["fetch_all"], found["own_name"]) == ("all", "own_name")


def json_of(contract: Contract) -> str:
    return contract_json(contract, digests_of(contract))


def made_before(contract: Contract, wire_name: str) -> Recorded:
    """What an earlier version would have recorded, with another name for `own_name`."""
    said = {"api:Api.own_name": wire_name}
    return recorded(json_of(name(contract, replace(CAMEL, names=said))))


def test_a_name_in_the_last_contract_stays(contract: Contract) -> None:
    before = made_before(contract, "OwnName")
    assert names(name(contract, CAMEL, before))["own_name"] == "OwnName"
    again = recorded(json_of(name(contract, CAMEL, before)))
    assert names(name(contract, CAMEL, again))["own_name"] == "OwnName"


def test_all_names_are_recorded(contract: Contract) -> None:
    made = recorded(json_of(name(contract, CAMEL)))
    assert made.wire_case == "camel"
    assert made.names["api:Base.get_it"] == made.names["api:Api.get_it"] == "getIt"
    assert made.names["api:Api.get_it.start_at"] == "startAt"
    assert made.names["api:Other.size_of"] == "sizeOf"


def test_those_of_all_signatures_are_recorded() -> None:
    member = {"overloads": [{"options": {"aB": {"attribute": "a_b"}}}, {"options": {"c": {}}}]}
    text = json.dumps({"interfaces": {"api:Api": {"members": {"f": member}}}})
    assert recorded(text).names == {
        "api:Api.f": "f",
        "api:Api.f.a_b": "aB",
        "api:Api.f.c": "c",
    }


@given(
    st.recursive(
        st.none() | st.text(max_size=3) | st.integers(),
        lambda inner: (
            st.lists(inner, max_size=2)
            | st.dictionaries(
                st.sampled_from(
                    ["interfaces", "members", "options", "overloads", "attribute", "x"]
                ),
                inner,
                max_size=3,
            )
        ),
    )
)
def test_a_damaged_contract_stops_nothing(value: object) -> None:
    recorded(json.dumps(value))
    recorded(json.dumps({"interfaces": value}))
    recorded(json.dumps({"interfaces": {"a:B": {"members": {"f": value}}}}))
    assert recorded(f"{json.dumps(value)}<").names == {}


def test_what_was_generated_keeps_its_names(tmp_path: Path) -> None:
    source = tmp_path / "api.py"
    source.write_text(_SOURCE)
    generate(source, wire_case="camel")
    contract = tmp_path / "api_rpc/contract.json"
    before = contract.read_text()
    # As a version would have made it whose rules for names were others.
    contract.write_text(before.replace('"ownName"', '"OwnName"'))
    manifest = tmp_path / "api_rpc" / MANIFEST
    other = manifest.read_text().replace(digest(before.encode()), digest(contract.read_bytes()))
    manifest.write_text(other)
    generate(source, wire_case="camel")
    assert 'self._call("OwnName"' in (tmp_path / "api_rpc/client.py").read_text()
    contract.unlink()
    generate(source, wire_case="camel")
    assert contract.read_text() == before


def test_it_does_not_stay_in_another_case(contract: Contract) -> None:
    assert (
        names(name(contract, Naming(), made_before(contract, "OwnName")))["own_name"] == "own_name"
    )


def test_one_that_was_given_by_hand_does_not_stay(contract: Contract) -> None:
    assert names(name(contract, CAMEL, made_before(contract, "mine")))["own_name"] == "ownName"


def test_one_that_is_given_by_hand_comes_before_it(contract: Contract) -> None:
    given = Naming(WireCase.CAMEL, {"api:Api.own_name": "own"})
    assert names(name(contract, given, made_before(contract, "OwnName")))["own_name"] == "own"


def test_the_runtime_refuses_what_cannot_be_a_name(tmp_path: Path) -> None:
    for decorated, reason in [
        ("@wire_name('no name')\n    async def f(self) -> int: ...", "cannot be the name"),
        ("@wire_name\n    async def f(self) -> int: ...", "wire_name takes the name"),
        ("@wire_name('f')\n    @property\n    def f(self) -> int: ...", "below the other"),
    ]:
        (tmp_path / "api.py").write_text(
            "from typing import Protocol\n\nfrom capnweb_runtime import wire_name\n\n\n"
            f"class Api(Protocol):\n    {decorated}\n"
        )
        report = Report()
        assert read([tmp_path / "api.py"], report) == []
        assert reason in report.diagnostics[0].message
