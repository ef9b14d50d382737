"""Digests of the nodes of a graph: equal exactly where no walk from two nodes can tell them apart.

A node has a label and children, and what the children are called plays no part: a digest depends on
labels alone, however often a cycle is gone through or the same thing is written down. Nodes that
cannot be told apart are made one first (partition refinement, as automata are minimised). What is
then left is digested from its leaves up, a cycle as a whole: its nodes get numbers by what they
look like from within, which tells all of them apart, and are written down in that order.
"""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

__all__ = ["Node", "digests", "sha256"]


@dataclass(frozen=True, slots=True)
class Node:
    """A node.

    Attributes:
        label: what it is, apart from its children.
        children: their numbers.
        ordered: whether the order of the children, and how often one comes, means something.
    """

    label: str
    children: tuple[int, ...] = ()
    ordered: bool = True


def sha256(value: object) -> str:
    """The digest of a JSON value, whatever the order of its keys."""
    text = json.dumps(value, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def digests(nodes: Sequence[Node]) -> list[str]:
    """The digest of each node."""
    classes = _classes(nodes)
    # One of each class stands for all, with the classes of its children as children.
    stands = dict(zip(classes, nodes, strict=True))
    graph = [
        Node(node.label, tuple(_of_children(node, classes)), node.ordered)
        for _, node in sorted(stands.items())
    ]
    known: dict[int, str] = {}
    for component in _components(graph):
        _digest_component(component, graph, known)
    return [known[number] for number in classes]


def _classes(nodes: Sequence[Node]) -> list[int]:
    """The coarsest division into classes in which equal nodes have equal labels and children."""
    classes = [0] * len(nodes)
    count = 1
    while True:
        numbers: dict[object, int] = {}
        finer = [
            numbers.setdefault((node.label, tuple(_of_children(node, classes))), len(numbers))
            for node in nodes
        ]
        if len(numbers) == count:
            return finer
        classes, count = finer, len(numbers)


def _of_children(node: Node, classes: Sequence[int]) -> list[int]:
    found = [classes[child] for child in node.children]
    return found if node.ordered else sorted(set(found))


def _digest_component(component: list[int], graph: list[Node], known: dict[int, str]) -> None:
    """Digest nodes that lead to each other, when all that they lead to besides is digested."""
    seen = dict.fromkeys(component, "")
    before, distinct = 0, 1
    # Each round looks one step further. No two look the same for ever: they would be of one class.
    while distinct > before:
        seen = {number: sha256(_look(graph[number], seen, known)) for number in component}
        before, distinct = distinct, len(set(seen.values()))
    order = sorted(component, key=lambda number: seen[number])
    places: dict[int, str] = {number: str(place) for place, number in enumerate(order)}
    whole = sha256([_look(graph[number], places, known) for number in order])
    for number, place in places.items():
        known[number] = sha256([whole, place])


def _look(node: Node, inside: dict[int, str], known: dict[int, str]) -> list[object]:
    children = [inside[child] if child in inside else known[child] for child in node.children]
    return [node.label, children if node.ordered else sorted(children)]


def _components(graph: list[Node]) -> list[list[int]]:
    """The strongly connected components, each after those that it leads to (Kosaraju)."""
    incoming: list[list[int]] = [[] for _ in graph]
    for number, node in enumerate(graph):
        for child in node.children:
            incoming[child].append(number)
    # Against the arrows, whoever is left last leads to nobody but whom he was reached from.
    order = [number for tree in _trees(incoming, range(len(graph))) for number in tree]
    forward = [list(node.children) for node in graph]
    return _trees(forward, reversed(order))


def _trees(arrows: list[list[int]], starts: Iterable[int]) -> list[list[int]]:
    """What each start reaches of what no earlier one did, in the order in which it is left."""
    seen: set[int] = set()
    found: list[list[int]] = []
    for start in starts:
        if start in seen:
            continue
        seen.add(start)
        left: list[int] = []
        path = [(start, iter(arrows[start]))]
        while path:
            number, rest = path[-1]
            following = next((each for each in rest if each not in seen), None)
            if following is None:
                left.append(number)
                path.pop()
            else:
                seen.add(following)
                path.append((following, iter(arrows[following])))
        found.append(left)
    return found
