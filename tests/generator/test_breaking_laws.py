"""What holds for the changes of any contract."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from capnweb_gen.breaking import Axis, compare
from capnweb_gen.diagnostics import Report, Severity
from capnweb_gen.ir import (
    Cap,
    Contract,
    Default,
    Field,
    Interface,
    List,
    Method,
    Named,
    Optional,
    Param,
    ParamKind,
    Ref,
    Scalar,
    Signature,
    Tuple,
    Type,
    TypeDef,
    TypeKind,
    Union,
)
from tests.generator.contracts import NOWHERE, contracts

_MAIN = Ref("main", "Main")
_RESULT = Ref("main", "Result")


def errors(old: Contract, new: Contract, *axes: Axis) -> list[str]:
    report = Report()
    compare(old, new, report, axes=axes or (Axis.WIRE,))
    found = report.diagnostics
    return [f"{each.code} {each.message}" for each in found if each.severity is Severity.ERROR]


def param(name: str, t: Type, *, required: bool = True, option: bool = False) -> Param:
    kind = ParamKind.OPTION if option else ParamKind.NORMAL
    return Param(name, name, kind, t, None if required else Default("1"), NOWHERE)


def method(name: str, params: list[Param], returns: Type) -> Method:
    return Method(name, name, (Signature(tuple(params), returns),), False, None, None, NOWHERE)


class Made:
    """A contract with a main object, whose one method a test may change."""

    def __init__(self, contract: Contract, argument: Type, result: Type) -> None:
        self.contract = contract
        self.argument, self.result = argument, result
        self.params = [param("a", argument), param("b", Scalar("int"))]
        self.fields = [Field("x", "x", Scalar("int"), required=True, span=NOWHERE)]

    def whole(self, *more: Method, name: str = "call") -> Contract:
        """The contract as it is now."""
        # Not as a union: one whose other arm is an object without fields takes whatever this loses.
        called = method(name, self.params, Tuple((self.result, Named(_RESULT))))
        main = Interface(_MAIN, (), (), (called, *more), None, NOWHERE)
        made = TypeDef(_RESULT, TypeKind.MODEL, (), tuple(self.fields), (), None, None, NOWHERE)
        return replace(
            self.contract,
            interfaces={**self.contract.interfaces, _MAIN: main},
            types={**self.contract.types, _RESULT: made},
        )


@st.composite
def made(draw: st.DrawFn) -> Made:
    contract = draw(contracts())
    named: list[Type] = [
        Named(ref) for ref, definition in contract.types.items() if not definition.params
    ]
    types = st.sampled_from([Scalar("int"), Scalar("str"), Optional(Scalar("bool")), *named])
    return Made(contract, draw(types), draw(types))


@given(contracts())
def test_a_contract_is_compatible_with_itself(contract: Contract) -> None:
    assert errors(contract, contract, *Axis) == []


@given(made(), st.data())
def test_what_breaks_nobody(contract: Made, data: st.DataObject) -> None:
    old = contract.whole()
    more: list[Method] = []
    for edit in data.draw(st.lists(st.sampled_from(range(5)), min_size=1)):
        match edit:
            case 0:
                more = [method("more", [param("x", contract.argument)], contract.result)]
            case 1:
                added = param(f"n{len(contract.params)}", Scalar("str"), required=False)
                contract.params.append(added)
            case 2:
                widened = Union((contract.argument, Scalar("bytes"), Scalar("none")))
                contract.params[0] = replace(contract.params[0], type=widened)
            case 3:
                name = f"f{len(contract.fields)}"
                field = Field(name, name, contract.result, required=True, span=NOWHERE)
                contract.fields.append(field)
            case _:
                contract.params[1] = param("b", Scalar("float"), required=False)
    assert errors(old, contract.whole(*more)) == []


@given(made(), st.sampled_from(range(8)))
def test_what_breaks_somebody(contract: Made, edit: int) -> None:
    if edit == 7:
        contract.params.append(param("o", Scalar("int"), required=False, option=True))
    old = contract.whole()
    name = "call"
    match edit:
        case 0:
            name = "renamed"
        case 1:
            contract.params.append(param("c", Scalar("int")))
        case 2:
            contract.params[1] = param("b", Scalar("str"))
        case 3:
            contract.params.pop()
        case 4:
            contract.fields.clear()
        case 5:
            contract.fields[0] = replace(contract.fields[0], type=Optional(Scalar("int")))
        case 6:
            contract.params.reverse()
        case _:
            contract.params.insert(2, param("c", Scalar("int"), required=False))
    assert errors(old, contract.whole(name=name)) != []


def chain(last: Type) -> Contract:
    """Five hundred interfaces, each of which leads to the next by a model and to all others."""
    refs = [Ref("chain", f"I{number}") for number in range(500)]
    models = [Ref("chain", f"M{number}") for number in range(500)]
    interfaces = {}
    types = {}
    for number, (ref, model) in enumerate(zip(refs, models, strict=True)):
        following: Type = Named(models[number + 1]) if number + 1 < len(models) else last
        members = (
            method("model", [], Named(model)),
            method("other", [], Optional(Cap(refs[number * 7 % 500]))),
        )
        interfaces[ref] = Interface(ref, (), (), members, None, NOWHERE)
        field = Field("next", "next", List(following), required=True, span=NOWHERE)
        types[model] = TypeDef(model, TypeKind.MODEL, (), (field,), (), None, None, NOWHERE)
    return Contract("chain", interfaces, types, {})


def test_what_leads_far_is_followed_to_its_end() -> None:
    old, new = chain(Scalar("int")), chain(Scalar("str"))
    assert errors(old, old, *Axis) == []
    expected = ["CW533 M499.next is str, and old clients expect int"]
    assert errors(old, new) == expected
