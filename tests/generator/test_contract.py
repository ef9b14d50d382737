"""contract.json: it holds the whole contract, and its digests tell what peers can tell."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from jsonschema import Draft202012Validator

import capnweb_gen.ir
from capnweb_gen import generate
from capnweb_gen.api import contracts_work
from capnweb_gen.diagnostics import Report
from capnweb_gen.ir import Contract, contract_json, digests_of, parse_contract
from capnweb_gen.project import Job, Settings, Work
from capnweb_runtime.generated import FORMAT
from tests.generator.cases_on_disk import GOOD, READABLE, options_of, source_of_good
from tests.generator.contracts import contracts
from tests.generator.reading import read_all

_SCHEMA = json.loads(
    Path(capnweb_gen.ir.__file__).with_name("capnweb-contract-1.schema.json").read_text()
)


def text_of(contract: Contract) -> str:
    return contract_json(contract, digests_of(contract))


def parsed(text: str) -> Contract:
    report = Report()
    contract = parse_contract(text, "contract.json", report)
    assert contract is not None, report.diagnostics
    return contract


def loaded(path: Path, **options: Any) -> Contract:
    work = Work((Job((path,), Settings.of(**options)),))
    [stated], _ = contracts_work(work)
    return stated.contract


def digests(folder: Path, *texts: str) -> list[str]:
    modules = {f"version_{number}": text for number, text in enumerate(texts)}
    return [digests_of(contract).whole for contract in read_all(folder, modules).values()]


# ---- its form


def test_the_schema_is_one() -> None:
    Draft202012Validator.check_schema(_SCHEMA)


@pytest.mark.parametrize("case", GOOD, ids=lambda case: case.name)
def test_goldens_are_of_the_schema_and_hold_everything(case: Path) -> None:
    text = (case / "expected/contract.json").read_text(encoding="utf-8")
    Draft202012Validator(_SCHEMA).validate(json.loads(text))
    back = parsed(text)
    assert text_of(back) == text
    if case in READABLE:
        contract = loaded(source_of_good(case), **options_of(case))
        assert back == contract
        assert list(back.interfaces) == list(contract.interfaces)
        assert list(back.types) == list(contract.types)


@given(contracts())
def test_any_contract_can_be_read_back(contract: Contract) -> None:
    text = text_of(contract)
    Draft202012Validator(_SCHEMA).validate(json.loads(text))
    back = parsed(text)
    assert back == contract
    assert text_of(back) == text
    assert digests_of(back) == digests_of(contract)


@given(contracts())
def test_what_a_later_version_adds_is_left_alone(contract: Contract) -> None:
    def added(value: Any, *, named: bool = False) -> Any:
        if isinstance(value, list):
            return [added(each) for each in value]
        if not isinstance(value, dict):
            return value
        inner = {
            key: each
            if key == "constraints"
            else added(each, named=key in {"interfaces", "types", "members", "options", "values"})
            for key, each in value.items()
        }
        return inner if named else {**inner, "later": {"added": [1]}}

    whole = added(json.loads(text_of(contract)))
    whole["format"] += ".7"
    assert parsed(json.dumps(whole)) == contract


def test_the_form_of_generated_code_is_one_that_the_runtime_runs() -> None:
    text = (Path(__file__).parent / "cases/good/scalars/expected/client.py").read_text()
    assert f"_s.require_format({FORMAT}, __name__)" in text


# ---- what is wrong with it

_ONE = """
from typing import Protocol


class Api(Protocol):
    async def a(self, *, x: int = 1, y: str) -> int: ...
    async def b(self) -> str: ...
"""


@pytest.fixture(scope="module", name="one")
def _one(tmp_path_factory: pytest.TempPathFactory) -> str:
    [contract] = read_all(tmp_path_factory.mktemp("one"), {"api": _ONE}).values()
    return text_of(contract)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda _: "[]", "the whole: is no object"),
        (lambda _: "{", "not JSON: Expecting property name enclosed in double quotes"),
        (lambda _: "NaN", "not JSON that can be read: NaN is no JSON"),
        (lambda _: '{"a": 1, "a": 2}', "not JSON that can be read: an object has two of the same"),
        (lambda _: "[" * 100_000, "not JSON that can be read"),
        (
            lambda text: text.replace("contract/1", "contract/2"),
            "format: 'capnweb-contract/2' is no form that can be read",
        ),
        (lambda text: text.replace('"module"', '"modul"'), "the whole: module is missing"),
        (lambda text: text.replace('"api:Api"', '"Api"'), "interfaces.Api: 'Api' is no module:"),
        (
            lambda text: text.replace('"method"', '"methods"', 1),
            "interfaces[\"api:Api\"].members.a.kind: 'methods' is neither method nor property",
        ),
        (
            lambda text: text.replace('"option"', '"normal"', 1),
            'interfaces["api:Api"].members.a.options.x.kind: what has the kind option',
        ),
        (
            lambda text: text.replace('"type": "str"', '"type": {"set": "int"}', 1),
            'interfaces["api:Api"].members.a.options.y.type: is no type that is known here',
        ),
        (
            lambda text: text.replace('"type": "str"', '"type": {"type": "api:User"}', 1),
            'interfaces["api:Api"].members.a.options.y.type.type: api:User is not defined in this',
        ),
        (
            lambda text: text.replace('"type": "str"', '"type": {"var": "api:T"}', 1),
            "members.a.options.y.type.var: api:T is no type parameter here",
        ),
        (
            lambda text: text.replace('"bases": []', '"bases": ["int"]'),
            'interfaces["api:Api"].bases[0]: an interface extends interfaces',
        ),
    ],
)
def test_what_is_wrong_is_said_with_its_path(
    one: str, change: Callable[[str], str], message: str
) -> None:
    report = Report()
    assert parse_contract(change(one), "contract.json", report) is None
    [found] = report.diagnostics
    assert found.code == "CW008"
    assert message in found.message


# ---- its digest

_TWO = """
from typing import Literal, NamedTuple, Protocol
from enum import Enum
from pydantic import BaseModel


class Tone(Enum):
    SOFT = "soft"
    LOUD = "loud"


class Place(NamedTuple):
    x: int
    y: int


class Song(BaseModel):
    name: str
    tone: Tone
    next: "Song | None" = None


class Player(Protocol):
    '''Plays.'''

    async def play(self, song: Song, volume: float = 0.5) -> Place: ...
    async def find(self, name: str, *, limit: int | None = 3) -> list[Song]: ...
    async def more(self, count: int) -> "Player": ...
"""

#: The same to every peer, in other words.
_SAME = """
from dataclasses import dataclass
from typing import Literal, NewType, Protocol as Interface, TypeVar, Generic, Optional

Name = NewType("Name", str)
Volume = Literal["loud", "soft"]


class Radio(Interface):
    def more(self, number: int) -> "Radio": ...
    def play(self, what: "Track", loudness: float = 1) -> tuple[int, int]: ...
    def find(self, title: Name, *, limit: Optional[int] = 99) -> "tuple[Track, ...]": ...


@dataclass
class Track:
    '''Another class.'''

    tone: Volume
    name: Name
    next: "Another | None" = None


@dataclass
class Another:
    name: str
    tone: Volume
    next: Track | None = None
"""


def test_two_that_no_peer_can_tell_apart_have_one_digest(tmp_path: Path) -> None:
    one, two = digests(tmp_path, _TWO, _SAME)
    assert one == two


#: Changes of _TWO.
_CHANGES = [
    ("name: str\n", "title: str\n"),
    ("name: str\n", "name: bytes\n"),
    ('next: "Song | None" = None', 'next: "Song | None"'),
    ('next: "Song | None" = None', 'next: "Song"'),
    ("def play", "def start"),
    ("volume: float = 0.5", "volume: float"),
    ("volume: float = 0.5", "*volume: float"),
    ("*, limit", "limit"),
    ("limit: int", "most: int"),
    ("async def more(self, count: int)", "@property\n    def more(self)"),
    ('-> "Player": ...', "-> Song: ..."),
    ("-> list[Song]", "-> dict[str, Song]"),
    ('"loud"\n', '"loud"\n    SILENT = "silent"\n'),
    ("    y: int\n", "    y: int = 0\n"),
    ("    async def play", "    @rpc.idempotent\n    async def play"),
    (
        "    async def play",
        "    async def stop(self) -> None: ...\n    async def play",
    ),
]


def test_what_a_peer_can_tell_changes_the_digest(tmp_path: Path) -> None:
    changed = [_TWO.replace(was, becomes, 1) for was, becomes in _CHANGES]
    imported = [f"import capnweb_runtime as rpc\n{text}" for text in (_TWO, *changed)]
    assert len(set(digests(tmp_path, *imported))) == 1 + len(_CHANGES)


def test_a_generic_class_is_what_it_is_filled_with(tmp_path: Path) -> None:
    head = "from typing import Generic, Protocol, TypeVar\nfrom pydantic import BaseModel\n"
    generic = (
        f"{head}T = TypeVar('T')\nclass Page(BaseModel, Generic[T]):\n    items: list[T]\n"
        "class Api(Protocol):\n    async def get(self) -> Page[int]: ...\n"
    )
    plain = (
        f"{head}class Page(BaseModel):\n    items: list[int]\n"
        "class Api(Protocol):\n    async def get(self) -> Page: ...\n"
    )
    other = generic.replace("Page[int]", "Page[str]")
    one, two, three = digests(tmp_path, generic, plain, other)
    assert one == two != three


def test_a_generic_interface_that_leads_to_ever_larger_ones_has_a_digest(tmp_path: Path) -> None:
    text = (
        "from typing import Protocol, TypeVar\nT = TypeVar('T')\nclass Repo(Protocol[T]):\n"
        "    async def get(self) -> T: ...\n    async def all(self) -> 'Repo[list[T]]': ...\n"
        "class Api(Protocol):\n    async def repo(self) -> Repo[int]: ...\n"
    )
    renamed, changed = text.replace("Repo", "Store"), text.replace("Repo[int]", "Repo[str]")
    one, two, three = digests(tmp_path, text, renamed, changed)
    assert one == two != three


def test_an_interface_has_a_digest_of_its_own(tmp_path: Path) -> None:
    more = f"{_TWO}\n\nclass Admin(Protocol):\n    async def stop(self) -> None: ...\n"
    one, two = map(digests_of, read_all(tmp_path, {"one": _TWO, "two": more}).values())
    assert one.whole != two.whole
    assert set(one.interfaces.values()) < set(two.interfaces.values())


@given(contracts())
def test_order_and_python_do_not_count(contract: Contract) -> None:
    interfaces = {
        ref: replace(
            interface,
            doc="another",
            members=tuple(
                replace(member, name=f"{member.name}_", doc=None, deprecated="no more")
                for member in reversed(interface.members)
            ),
        )
        for ref, interface in reversed(list(contract.interfaces.items()))
    }
    changed = replace(contract, module="moved", interfaces=interfaces)
    assert digests_of(changed) == digests_of(contract)


def test_the_file_tells_the_digests(tmp_path: Path) -> None:
    (tmp_path / "api.py").write_text(_ONE)
    result = generate(tmp_path / "api.py")
    assert result.package is not None
    found = json.loads((result.package / "contract.json").read_text())
    made = digests_of(loaded(tmp_path / "api.py"))
    assert found["digest"] == made.whole
    told = [each["digest"] for each in found["interfaces"].values()]
    assert told == list(made.interfaces.values())
