"""The variance of an interface's type parameters, which type checkers want to be told exactly."""

from collections.abc import Iterator

from capnweb_gen.importer.model import (
    Declaration,
    Function,
    Keyword,
    Node,
    Reference,
    Tuple,
    Union,
)
from capnweb_gen.importer.natures import PROMISES, Nature, Natures, children, mentions

__all__ = ["suffix"]


def suffix(declaration: Declaration, param: str, natures: Natures) -> str:
    """What the name of its type variable ends with: `_co`, `_contra`, or nothing."""
    found: set[int] = set()
    for member in declaration.members:
        signature = member.signature
        if isinstance(member.type, Function):
            signature = member.type.signature
        if signature is None:
            found |= set(_uses(member.type, param, 1, natures)) if member.type else set()
            continue
        found |= set(_uses(signature.returns, param, 1, natures))
        for each in signature.params:
            found |= set(_uses(each.type, param, -1, natures))
    for base in natures.bases(declaration):
        found |= {0} if any(mentions(arg, param) for arg in base.args) else set()
    if found == {-1}:
        return "_contra"
    return "" if found - {1} else "_co"


def _uses(node: Node, param: str, sign: int, natures: Natures) -> Iterator[int]:
    """Where a type parameter stands: 1 if it is given, -1 if it is taken, 0 if it is both."""
    match node:
        case Reference(to="var", name=name):
            if name == param:
                yield sign
        case Keyword():
            pass
        case Function(signature=signature):
            for each in signature.params:
                yield from _uses(each.type, param, -sign, natures)
            yield from _uses(signature.returns, param, sign, natures)
        case Union() | Tuple():
            for part in children(node):
                yield from _uses(part, param, sign, natures)
        case Reference(to="lib" | "capnweb", name=name) if name in {*PROMISES, "ReadableStream"}:
            for part in children(node):
                yield from _uses(part, param, sign, natures)
        case Reference(id=str(id), args=args) if natures.of(id) is Nature.EXPANDED:
            yield from (0 for arg in args if mentions(arg, param))
        case _:
            if mentions(node, param):
                yield 0
