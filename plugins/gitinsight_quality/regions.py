"""What a sweep goes through: the captured nodes of a tree as regions and points, in the order of the text.

Each node becomes four integers: where it begins, the negative of where it ends (so that what holds
another comes first), its kind, and its place in the list of nodes. Points (a decision, an operator)
come after the regions that begin where they stand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from tree_sitter import Node

CLASS, SCOPE, HOLDER, FUNCTION, NEST, SWITCH, BRANCH, LAMBDA = range(8)
SHIELD, ALONE, AND, OR, DECISION, LESS, ELSE, JUMP, CONDITION, FIELD = range(8, 18)

_REGIONS = {
    "class": CLASS,
    "scope": SCOPE,
    "holder": HOLDER,
    "function": FUNCTION,
    "shield": SHIELD,
    "decision.alone": ALONE,
    "nest": NEST,
    "switch": SWITCH,
    "branch": BRANCH,
    "lambda": LAMBDA,
    "and": AND,
    "or": OR,
}
_POINTS = {
    "decision": DECISION,
    "decision.less": LESS,
    "else": ELSE,
    "jump": JUMP,
    "condition": CONDITION,
    "field": FIELD,
}
Event = tuple[int, int, int, int]


class Region:
    """A function, a class or a scope, which collects what stands in it.

    ``outer`` is the function around it. ``level`` and ``structural`` serve cognitive complexity: how
    deep the text nests here, and how many increments so far grow with nesting. ``logic`` and
    ``logic_end`` tell of the logical expression that the sweep is in or was in last. ``methods`` and
    ``fields`` are a class's. ``only_wraps`` is None until somebody asks. What most regions never change
    is kept by the class of them all.
    """

    name = ""
    outer: Region | None = None
    decisions = depth = deepest = bumps = level = cognitive = structural = 0
    logic = (0, -1, -1)
    logic_end = operands = 0
    complex_conditions: tuple[int, ...] = ()
    only_wraps: bool | None = None
    methods: list[Region]
    fields: set[bytes]

    def __init__(self, start: int, end: int, kind: int, node: Node) -> None:
        self.start, self.end, self.kind, self.node = start, end, kind, node
        if kind == CLASS:
            self.methods, self.fields = [], set()


def events_of(captures: Mapping[str, Sequence[Node]]) -> tuple[list[Node], list[Event]]:
    """The nodes of a query's captures, and the events that point to them, in the order of the text."""
    flat = {node.start_byte for node in captures.get("flat", ())}
    nodes: list[Node] = []
    events: list[Event] = []
    for name, kind in _REGIONS.items():
        if found := captures.get(name):
            first = len(nodes)
            nodes += found
            events += [
                (node.start_byte, -node.end_byte, kind, index) for index, node in enumerate(found, first)
            ]
    if flat:
        events = [event for event in events if event[2] != NEST or event[0] not in flat]
    for name, kind in _POINTS.items():
        if found := captures.get(name):
            first = len(nodes)
            nodes += found
            events += [(node.start_byte, 0, kind, index) for index, node in enumerate(found, first)]
    events.sort()
    return nodes, events
