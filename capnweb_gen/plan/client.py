"""The client module: stubs of interfaces, promises of their results, and the shapes of both."""

from capnweb_gen.ir import (
    Cap,
    Contract,
    Digests,
    Field,
    Heritage,
    Interface,
    Named,
    Ref,
    Type,
    TypeDef,
    TypeKind,
    Var,
    attribute_of,
    filled_interfaces,
    is_name,
)
from capnweb_gen.plan.layout import constant, docstring, exploded, literal, tupled
from capnweb_gen.plan.members import StubMembers
from capnweb_gen.plan.shapes import NO_VARIABLES, Shapes, Variables
from capnweb_gen.plan.spelling import Side, Spelling
from capnweb_gen.plan.types import Faces, promise_variable
from capnweb_gen.plan.views import ClassView, MemberView, ModuleView

__all__ = ["ClientPlanner"]


class ClientPlanner:
    """Plans the client module of a contract."""

    def __init__(self, contract: Contract, digests: Digests) -> None:
        self._contract = contract
        self._heritage = Heritage.of_classes(contract)
        self._written = Heritage(contract)
        self._spelling = Spelling(Side.CLIENT, contract.module, contract.home)
        self._digests = digests
        self._faces = Faces(contract, self._spelling)
        self._shapes = Shapes(contract, self._spelling)
        self._records = [
            each
            for each in contract.types.values()
            if each.is_record and contract.is_generated(each.ref)
        ]
        self._interfaces = [
            each for each in self._heritage.in_order() if contract.is_generated(each.ref)
        ]
        self._generic_interfaces: list[str] = []

    def plan(self, number: int) -> ModuleView:
        """The whole module, in the form of generated code of that number."""
        self._spelling.support("require_format")
        classes: list[ClassView] = []
        for definition in self._records:
            classes += self._model(definition)
        for interface in self._interfaces:
            classes += self._interface(interface)
        definitions = self._definitions()
        interfaces = self._descriptions()
        exported = [self._exported(*each) for each in filled_interfaces(self._contract).items()]
        functions = self._generic_functions()
        type_variables = self._type_variables()
        return ModuleView(
            self._contract.module,
            number,
            self._spelling.imports(),
            self._spelling.checking_imports(),
            type_variables,
            tuple(classes),
            (*functions, *self._generic_interfaces, *self._shapes.functions, *exported),
            (*definitions, *self._shapes.constants, *interfaces),
        )

    # ---- classes

    def _model(self, definition: TypeDef) -> list[ClassView]:
        """The promise of a model, and before it the class it is received as if that is another."""
        stem, params = definition.ref.stem, definition.params
        whole = Named(definition.ref, params)
        base = f"{self._spelling.runtime('Promise')}[{self._faces.received(whole)}]"
        members = self._of(definition) + [
            self._field(field, index, definition)
            for index, field in enumerate(definition.fields)
            if is_name(field.name) and not field.name.startswith("_")
        ]
        head = exploded(f"class {stem}Promise(", [base, *self._generic_base(params)], "):")
        promise = ClassView((), head, "", True, (), tuple(members), ())
        return [self._result(definition), promise] if self._faces.is_result(whole) else [promise]

    def _result(self, definition: TypeDef) -> ClassView:
        decorator = self._spelling.dataclass("frozen=True, slots=True")
        name = definition.ref.qualname
        doc = docstring(f"{name}, as it is received: its capabilities are stubs.", 1)
        fields = tuple(
            f"{field.name}: {self._faces.received(field.type)}" for field in definition.fields
        )
        generic = self._generic_base(definition.params)
        head = f"class {definition.ref.stem}Result{f'({generic[0]})' if generic else ''}:"
        return ClassView((decorator,), head, doc, False, fields, (), ())

    def _field(self, field: Field, index: int, definition: TypeDef) -> MemberView:
        # A NamedTuple travels as an array.
        is_array = definition.kind is TypeKind.NAMED_TUPLE
        wire_name = index if is_array else field.wire_name
        name = attribute_of(field.name, more=frozenset({"of"}))
        known = self._known(definition.params)
        return self._members(known).getter(name, wire_name, field.type)

    def _members(self, known: Variables) -> StubMembers:
        return StubMembers(self._spelling, self._faces, self._shapes, known)

    def _of(self, definition: TypeDef) -> list[MemberView]:
        """The method that makes a model out of values and promises.

        A generic model has none (its shape would have to be an argument), nor has an array, nor
        one with fields that cannot be parameters.
        """
        fields = definition.fields
        names = all(is_name(field.name) for field in fields)
        if definition.params or definition.kind is TypeKind.NAMED_TUPLE or not names:
            return []
        unset = f" = {self._spelling.runtime('UNSET')}"
        parameters = [
            f"{field.name}: {self._faces.accepted(field.type)}{'' if field.required else unset}"
            for field in fields
        ]
        stem = definition.ref.stem
        star = ["*"] if parameters else []
        signature = exploded("def of(", star + parameters, f") -> {stem}Promise:", 1)
        members = [
            f"{literal(field.wire_name)}: {self._shapes.sent(field.type, field.name)}"
            for field in fields
        ]
        head = f"return {self._spelling.support('compose')}({self._shape_of(definition.ref)}, {{"
        body = exploded(head, members, "})", 2)
        doc = docstring(f"{stem}, made of values and promises.", 2)
        return [MemberView((self._spelling.builtin("staticmethod"),), signature, doc, body)]

    def _interface(self, interface: Interface) -> list[ClassView]:
        """The stub of an interface, and the promise of such a stub, which has its methods too."""
        stem, params = interface.ref.stem, interface.params
        args = f"args_of({stem}Stub)" if self._is_extended(interface) else "args"
        writer = self._members(self._known(params, args))
        own = self._heritage.own(interface)
        members = tuple(view for each in own for view in writer.members(each))
        bases = [
            self._spelling.generated(base.ref, "Stub", as_base=True) + self._arguments(base.args)
            for base in self._heritage.bases(interface)
        ]
        bases = bases or [self._spelling.runtime("Stub")]
        head = exploded(f"class {stem}Stub(", [*bases, *self._generic_base(params)], "):")
        promise_head = exploded(f"class {stem}Promise(", self._promise_bases(interface), "):")
        return [
            ClassView((), head, docstring(interface.doc, 1), True, (), members, ()),
            ClassView((), promise_head, "", True, (), (), ()),
        ]

    def _promise_bases(self, interface: Interface) -> list[str]:
        """The promise of a stub is that stub, and the promise of all that it is.

        What it is a promise of is a type argument, so that the promise of a derived interface can
        inherit from it, and still give the derived stub.
        """
        params = interface.params
        whole = f"{interface.ref.stem}Stub{self._arguments(params)}"
        promised = _self_variable(interface.ref) if self._is_extended(interface) else whole
        bases = [
            self._spelling.generated(base.ref, "Promise", as_base=True)
            + self._arguments(base.args, promised)
            for base in self._heritage.bases(interface)
        ]
        bases = bases or [f"{self._spelling.runtime('Promise')}[{promised}]"]
        generic = self._generic_base(params, promised) if promised != whole else []
        return [whole, *bases, *generic]

    def _is_extended(self, interface: Interface) -> bool:
        return interface.ref in self._contract.surroundings.extended

    def _arguments(self, args: tuple[Type, ...], *more: str) -> str:
        """Type arguments of a class, in brackets if there are any."""
        found = [*self._faces.pairs(args), *more]
        return f"[{', '.join(found)}]" if found else ""

    def _generic_base(self, params: tuple[Var, ...], *more: str) -> list[str]:
        if not params:
            return []
        return [f"{self._spelling.typing('Generic')}{self._arguments(params, *more)}"]

    def _known(self, params: tuple[Var, ...], args: str = "args") -> Variables:
        """Where a generic class finds the shapes of its type arguments: in its own.

        Those of a class that others inherit from are found under its name there.
        """
        return {param.ref: f"self._shape.{args}[{index}]" for index, param in enumerate(params)}

    def _type_variables(self) -> tuple[str, ...]:
        """A second variable for each of the user's: for the promise of what that stands for."""
        generic = [each.params for each in self._records]
        generic += [each.params for each in self._interfaces]
        names = dict.fromkeys(promise_variable(param.ref) for params in generic for param in params)
        variables = [
            f"{name} = {self._spelling.typing('TypeVar')}({literal(name)}, covariant=True)"
            for name in names
        ]
        extended = filter(self._is_extended, self._interfaces)
        own = map(self._definition_of_self_variable, extended)
        return (*self._spelling.variable_definitions(), *variables, *own)

    def _definition_of_self_variable(self, interface: Interface) -> str:
        """What the promise of an interface is a promise of: its stub, if nothing else is said."""
        name, stub = _self_variable(interface.ref), f"{interface.ref.stem}Stub"
        whole = literal(stub + self._arguments(interface.params))
        anything = [self._spelling.typing("Any") for _ in interface.params for _ in range(2)]
        bound = literal(f"{stub}[{', '.join(anything)}]") if anything else whole
        arguments = [literal(name), f"bound={bound}", f"default={whole}", "covariant=True"]
        return exploded(f"{name} = {self._spelling.extension('TypeVar')}(", arguments, ")")

    # ---- shapes

    def _shape_of(self, ref: Ref) -> str:
        return self._shapes.of_definition(ref)

    def _definitions(self) -> list[str]:
        """The shapes of models and interfaces, and what the classes made of them have as theirs."""
        made: list[str] = []
        for definition in self._records:
            if not definition.params:
                made += self._model_shape(definition)
        for interface in self._interfaces:
            if not interface.params:
                made += self._interface_shape(interface)
        return made

    def _model_shape(self, definition: TypeDef) -> list[str]:
        whole = Named(definition.ref)
        stem = definition.ref.stem
        original = f"lambda: {self._spelling.users(definition.ref)}"
        if self._faces.is_result(whole):
            maker = "record"
            fields = self._fields(definition, NO_VARIABLES)
            arguments = [f"{stem}Promise", f"{stem}Result", original, fields]
        else:
            maker, arguments = "model", [f"{stem}Promise", original]
        return self._constant(whole, maker, arguments, [f"{stem}Promise"])

    def _fields(self, definition: TypeDef, known: Variables) -> str:
        """The fields of a model with capabilities; made late, for they may be of its own type."""
        original = self._spelling.users(definition.ref)
        lines: list[str] = []
        for field in definition.fields:
            default = "None"
            if not field.required:
                maker = self._spelling.support("default_of")
                default = f"{maker}({original}, {literal(field.name)})"
            shape = self._shapes.expression(field.type, known)
            entry = f"({literal(field.wire_name)}, {shape}, {default})"
            lines.append(f"        {literal(field.name)}: {entry},\n")
        return "lambda: {\n" + "".join(lines) + "    }"

    def _interface_shape(self, interface: Interface) -> list[str]:
        stem = interface.ref.stem
        classes = [f"{stem}Stub", f"{stem}Promise"]
        arguments = [*classes, f"lambda: _i_{stem}", literal(stem)]
        return self._constant(Cap(interface.ref), "stub", arguments, classes)

    def _constant(
        self, t: Named | Cap, maker: str, arguments: list[str], classes: list[str]
    ) -> list[str]:
        name = self._shape_of(t.ref)
        typed = [self._faces.received(t), self._faces.promise(t)]
        shape, make = self._spelling.support("Shape"), self._spelling.support(maker)
        made = constant(name, shape, typed, make, arguments)
        return [made, f"{self._spelling.support('default')}({', '.join([name, *classes])})"]

    def _descriptions(self) -> list[str]:
        """What the runtime knows of the interfaces."""
        made: list[str] = []
        for interface in self._interfaces:
            if not interface.params:
                head = f"_i_{interface.ref.stem}: {self._spelling.support('Interface')} = "
                contract = self._contract_of(interface)
                made.append(self._description(head, interface, NO_VARIABLES, 0, contract))
        return made

    def _contract_of(self, interface: Interface) -> str:
        """What a server offers of its contract, and a client compares."""
        head = f"contract={self._spelling.support('contract')}("
        digest = literal(self._digests.interfaces[interface.ref])
        return exploded(head, ["__name__", digest], "),\n", 1)

    def _description(
        self, head: str, interface: Interface, known: Variables, depth: int, contract: str = ""
    ) -> str:
        indent = "    " * depth
        writer = self._members(known)
        own = self._written.own(interface)
        lines = "".join(f"        {writer.described(member)},\n" for member in own)
        members = f"lambda: (\n{lines}    )" if lines else "tuple"
        bases = [self._base(base, known) for base in interface.bases]
        extends = f"    lambda: {tupled(bases)},\n" if bases else ""
        if interface.params and self._is_extended(interface):
            args = tupled([known[param.ref] for param in interface.params])
            extends += f"    stub={interface.ref.stem}Stub,\n    args={args},\n"
        text = (
            f"{head}{self._spelling.support('Interface')}(\n"
            f"    {literal(interface.ref.stem)},\n"
            f"    {members},\n"
            f"{extends}{contract})"
        )
        return "\n".join(indent + line for line in text.split("\n"))

    def _base(self, base: Cap, known: Variables) -> str:
        if self._contract.is_elsewhere(base.ref):
            shape = self._shapes.expression(base, known)
            return f"{self._spelling.support('interface')}({shape})"
        if not base.args:
            return f"_i_{base.ref.stem}"
        self._shapes.generic.setdefault(base.ref)
        arguments = [self._shapes.expression(arg, known) for arg in base.args]
        return f"_if_{base.ref.stem}({', '.join(arguments)})"

    # ---- generic types

    def _generic_functions(self) -> list[str]:
        """What makes the shapes of generic types. One may need another, so until no more come."""
        made: dict[Ref, str] = {}
        if self._contract.surroundings.packages:  # which may need them
            generic = [each.ref for each in self._records if each.params]
            generic += [each.ref for each in self._interfaces if each.params]
            self._shapes.generic.update(dict.fromkeys(generic))
        while waiting := [ref for ref in self._shapes.generic if ref not in made]:
            for ref in waiting:
                made[ref] = self._generic_function(ref)
        return list(made.values())

    def _generic_function(self, ref: Ref) -> str:
        interface = self._contract.interfaces.get(ref)
        params = interface.params if interface else self._contract.types[ref].params
        names = [f"t{index}" for index in range(len(params))]
        stem = ref.stem
        whole: Named | Cap
        if interface:
            arguments = [f"{stem}Stub", f"{stem}Promise"]
            description = f"_if_{stem}({', '.join(names)})"
            arguments += [f"lambda: {description}", literal(stem), *names]
            known = {param.ref: name for param, name in zip(params, names, strict=True)}
            self._generic_interfaces.append(self._generic_description(interface, known))
            maker, whole = "stub", Cap(ref, params)
        else:
            whole = Named(ref, params)
            maker, arguments = self._generic_model(self._contract.types[ref], whole, names)
        head = self._shapes.function(f"_sf_{stem}", names, whole)
        body = exploded(f"return {self._spelling.support(maker)}(", arguments, ")", 1)
        if self._contract.surroundings.packages:
            registered = f"{self._spelling.support('generic')}(_sf_{stem}, {stem}Promise)"
            body += f"\n\n\n{registered}"
        return head + body

    def _generic_model(
        self, definition: TypeDef, whole: Named, names: list[str]
    ) -> tuple[str, list[str]]:
        stem = definition.ref.stem
        known = dict(zip((each.ref for each in definition.params), names, strict=True))
        original = f"lambda: {self._spelling.users(definition.ref)}"
        fields = self._fields(definition, known).replace("\n", "\n    ")
        if self._faces.is_result(whole):
            return "record", [f"{stem}Promise", f"{stem}Result", original, fields, *names]
        arguments = [f"{stem}Promise", original, *names]
        if definition.kind in {TypeKind.MODEL, TypeKind.DATACLASS}:  # others cannot be filled so
            arguments.append(f"fields={fields}")
        return "generic_model", arguments

    def _exported(self, name: str, cap: Cap) -> str:
        """What makes a stub of a local object, for a generic interface that is filled in.

        Only the shape knows its type arguments, so that each has a function of its own.
        """
        target = self._spelling.generated(cap.ref, "Target")
        target += f"[{', '.join(map(self._faces.received, cap.args))}]"
        head = exploded(
            f"def {name}(", [f"target: {target}", "/"], f") -> {self._faces.received(cap)}:"
        )
        doc = docstring(
            f"A stub of a local object, which need not inherit {cap.ref.stem}Target.", 1
        )
        make = self._spelling.support("local_stub")
        return f"{head}\n{doc}    return {make}({self._shapes.expression(cap)}, target)"

    def _generic_description(self, interface: Interface, known: Variables) -> str:
        shape, anything = self._spelling.support("Shape"), self._spelling.typing("Any")
        parameters = [f"{name}: {shape}[{anything}, {anything}]" for name in known.values()]
        returns = f") -> {self._spelling.support('Interface')}:"
        head = exploded(f"def _if_{interface.ref.stem}(", parameters, returns)
        body = self._description("return ", interface, known, 1)
        return f"@{self._spelling.support('memoized')}\n{head}\n{body}"


def _self_variable(ref: Ref) -> str:
    """The type variable for what the promise of an interface is a promise of."""
    return f"_{ref.stem}_S"
