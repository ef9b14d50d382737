"""What templates see. All text is final: indented, wrapped, escaped."""

from dataclasses import dataclass

__all__ = ["ClassView", "MemberView", "ModuleView", "PackageView", "ScaffoldView"]


@dataclass(frozen=True, slots=True)
class MemberView:
    """A method or property of a generated class."""

    decorators: tuple[str, ...]
    signature: str
    doc: str
    body: str


@dataclass(frozen=True, slots=True)
class ClassView:
    """A generated class.

    Attributes:
        decorators: without their `@`.
        head: the line or lines up to the colon.
        doc: the docstring.
        slots: whether it says that it has no attributes of its own.
        fields: annotated names, of a dataclass.
        members: methods and properties.
        after: functions and statements that belong to the class and follow it.
    """

    decorators: tuple[str, ...]
    head: str
    doc: str
    slots: bool
    fields: tuple[str, ...]
    members: tuple[MemberView, ...]
    after: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ModuleView:
    """A generated module.

    Attributes:
        source: the module that it was generated from.
        format: the form of the generated code.
        imports: groups of import statements.
        checking_imports: those for type checkers alone.
        type_variables: their definitions.
        classes: in order.
        functions: what makes the shapes of generic types.
        statements: constants and what is done with them, in order.
    """

    source: str
    format: int
    imports: tuple[tuple[str, ...], ...]
    checking_imports: tuple[str, ...]
    type_variables: tuple[str, ...]
    classes: tuple[ClassView, ...]
    functions: tuple[str, ...]
    statements: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class PackageView:
    """A generated package.

    Attributes:
        name: of its folder.
        source: the module that it was generated from.
        client: the client module.
        server: the server module.
        fake: the module of fakes, if it is to have one.
        client_names: what the package re-exports of the client module.
        server_names: the same of the server module.
        names: all of them.
        contract: the text of contract.json.
    """

    name: str
    source: str
    client: ModuleView
    server: ModuleView
    fake: ModuleView | None
    client_names: tuple[str, ...]
    server_names: tuple[str, ...]
    names: tuple[str, ...]
    contract: str


@dataclass(frozen=True, slots=True)
class ScaffoldView:
    """A first implementation.

    Attributes:
        doc: the docstring of the file.
        imports: groups of import statements.
        type_variables: their definitions.
        classes: an implementation of each interface.
        root: the class that is served; empty if none can be made without type arguments.
        serve: the function that serves it.
        run: the function that runs the program.
    """

    doc: str
    imports: tuple[tuple[str, ...], ...]
    type_variables: tuple[str, ...]
    classes: tuple[ClassView, ...]
    root: str
    serve: str
    run: str
