"""One pass over the captured nodes of a tree, in the order of the text, with a stack of open regions.

Each node becomes four integers: where it begins, the negative of where it ends (so that what holds
another comes first), its kind, and its place in the list of nodes. Points (a decision, an operator)
come after the regions that begin where they stand. Cognitive complexity needs no second pass: a
function that ends gives its parent what it gathered plus its number of nesting increments times the
parent's level there.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from tree_sitter import Node

from gitinsight_quality.declarations import declared, holder_name, qualified
from gitinsight_quality.languages import Grammar
from gitinsight_quality.model import Function, Smell
from gitinsight_quality.trees import ParsingFailed

CLASS, SCOPE, HOLDER, FUNCTION, SHIELD, SILENT, NEST, BRANCH, LAMBDA = range(9)
AND, OR, DECISION, LESS, ELSE, JUMP, CONDITION, FIELD = range(9, 17)

_REGIONS = {
    "class": CLASS,
    "scope": SCOPE,
    "holder": HOLDER,
    "function": FUNCTION,
    "shield": SHIELD,
    "shield.cyclomatic": SILENT,
    "nest": NEST,
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
_OWNERS = (CLASS, SCOPE, FUNCTION)

COMPLEX_OPERANDS = 3
MAX_CONDITION_BYTES = 300
MAX_RECURSION_DEPTH = 20
CHECK_EVERY = 4_096
_IMPURE = re.compile(rb"[\w\])}>]\s*\(|\+\+|--|[^=!<>]=[^=]|\bawait\b|\byield\b")
_JOINED = re.compile(rb"(?:[\w.$>:]|\b(?:def|fn|func|function)\s+)$")

Event = tuple[int, int, int, int]


@dataclass(slots=True)
class Region:
    """A stretch of the text that the sweep is in; a function, class or scope collects what is in it.

    ``outer`` is the function around an owner. ``level`` and ``structural`` serve cognitive complexity:
    how deep the text nests here, and how many increments so far grow with nesting.
    """

    start: int
    end: int
    kind: int
    node: Node
    name: str = ""
    outer: Region | None = None
    decisions: int = 0
    depth: int = 0
    deepest: int = 0
    bumps: int = 0
    level: int = 0
    cognitive: int = 0
    structural: int = 0
    logic: tuple[int, int, int] = (0, 0, 0)
    logic_end: int = 0
    operands: int = 0
    complex_conditions: list[int] = field(default_factory=list)
    conditions: set[bytes] | None = None
    methods: list[Region] = field(default_factory=list)
    fields: set[bytes] = field(default_factory=set)


class Sweep:
    """Fills ``functions``, ``classes`` (regions, in the order of their ends) and ``smells``."""

    def __init__(self, grammar: Grammar, content: bytes, deadline: float) -> None:
        self.functions: list[Function] = []
        self.classes: list[Region] = []
        self.smells: list[Smell] = []
        self._grammar = grammar
        self._content = content
        self._deadline = deadline
        self._open: list[Region] = []
        self._owners: list[Region] = []
        self._shields = 0
        self._silences = 0
        self._nodes: list[Node] = []
        self._wrappers: set[int] = set()

    def run(self, captures: Mapping[str, Sequence[Node]]) -> None:
        """Go through a query's captures once; raises ParsingFailed at the deadline."""
        self._smells_of(captures)
        self._wrappers = {node.start_byte for node in captures.get("wrapper", ())}
        open_regions = self._open
        for number, (start, negative_end, kind, index) in enumerate(self._events(captures)):
            while open_regions and open_regions[-1].end <= start:
                self._close(open_regions.pop())
            if kind >= AND:
                if self._owners:
                    self._point(self._owners[-1], kind, start, -negative_end, index)
            else:
                self._enter(Region(start, -negative_end, kind, self._nodes[index]))
            if number % CHECK_EVERY == 0 and time.monotonic() > self._deadline:
                raise ParsingFailed("time limit")
        while open_regions:
            self._close(open_regions.pop())

    def _events(self, captures: Mapping[str, Sequence[Node]]) -> Sequence[Event]:
        flat = {node.start_byte for node in captures.get("flat", ())}
        nodes, events = self._nodes, []
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
        return events

    def _smells_of(self, captures: Mapping[str, Sequence[Node]]) -> None:
        for name, nodes in captures.items():
            if name.startswith("smell."):
                self.smells += [
                    Smell(name[6:], node.start_point[0] + 1, node.end_point[0] + 1) for node in nodes
                ]

    def _point(self, owner: Region, kind: int, start: int, end: int, index: int) -> None:
        if kind == FIELD:
            self._declare_field(self._nodes[index])
        elif self._shields:
            return
        elif kind in (AND, OR):
            self._logic(owner, kind, start, end, index)
        elif kind == DECISION:
            owner.decisions += not self._silences
        elif kind == LESS:
            owner.decisions -= 1
        elif kind == CONDITION:
            self._condition(self._nodes[index])
        else:
            owner.cognitive += 1

    def _logic(self, owner: Region, kind: int, start: int, end: int, index: int) -> None:
        """An operator of a logical expression; one that begins or ends where a like one does goes on with it."""
        if not self._silences:
            owner.decisions += 1
        last_kind, last_start, last_end = owner.logic
        if kind != last_kind or not (start == last_start or end == last_end):
            owner.cognitive += 1
        owner.logic = (kind, start, end)
        if start >= owner.logic_end:
            owner.logic_end, owner.operands = end, 1
        owner.operands += 1
        if owner.operands == COMPLEX_OPERANDS:
            owner.complex_conditions.append(self._nodes[index].start_point[0] + 1)

    def _condition(self, node: Node) -> None:
        """The condition of a branch: one that its chain had before can never hold."""
        chain = self._open[-1] if self._open else None
        if chain is None or chain.kind != NEST or node.end_byte - node.start_byte > MAX_CONDITION_BYTES:
            return
        text = self._content[node.start_byte : node.end_byte]
        if _IMPURE.search(text):
            return
        if chain.conditions is None:
            chain.conditions = set()
        elif text in chain.conditions:
            detail = " ".join(text.decode("utf-8", "replace").split())
            self.smells.append(
                Smell("duplicated-condition", node.start_point[0] + 1, node.end_point[0] + 1, detail)
            )
        chain.conditions.add(text)

    def _declare_field(self, node: Node) -> None:
        for owner in reversed(self._owners[-2:]):
            if owner.kind == CLASS:
                owner.fields.add(self._content[node.start_byte : node.end_byte])
                return

    def _enter(self, region: Region) -> None:
        kind, owner = region.kind, self._owners[-1] if self._owners else None
        if kind in _OWNERS:
            self._own(region, owner)
        elif kind == SHIELD:
            self._shields += 1
        elif kind == SILENT:
            self._silences += 1
        elif owner and kind != HOLDER:
            if kind == NEST:
                owner.depth += 1
                owner.deepest = max(owner.deepest, owner.depth)
                owner.bumps += owner.depth == 2
            if kind != LAMBDA:
                owner.cognitive += 1 + owner.level
                owner.structural += 1
            owner.level += 1
        self._open.append(region)

    def _own(self, region: Region, owner: Region | None) -> None:
        if owner:
            region.outer = owner if owner.kind == FUNCTION else owner.outer
        if region.kind == FUNCTION:
            if owner and owner.kind == CLASS:
                owner.methods.append(region)
            if self._open and self._open[-1].kind == HOLDER:
                region.name = holder_name(self._open[-1].node, self._content)
        else:
            name = holder_name(region.node, self._content)
            region.name = qualified(
                owner, name, self._grammar.separator, owner is not None and owner.kind != FUNCTION
            )
        self._owners.append(region)

    def _close(self, region: Region) -> None:
        kind = region.kind
        if kind in _OWNERS:
            self._owners.pop()
            if kind == FUNCTION:
                self.functions.append(self._function(region))
            elif kind == CLASS:
                self.classes.append(region)
        elif kind == SHIELD:
            self._shields -= 1
        elif kind == SILENT:
            self._silences -= 1
        elif kind != HOLDER and self._owners:
            self._owners[-1].level -= 1
            if kind == NEST:
                self._owners[-1].depth -= 1

    def _function(self, region: Region) -> Function:
        grammar, owner = self._grammar, self._owners[-1] if self._owners else None
        declaration = declared(region.node, self._content)
        own = declaration.name or region.name
        if declaration.name and region.name and grammar.joins_holder:
            own = f"{region.name}.{declaration.name}"
        region.name = own
        first = declaration.name_row if grammar.starts_at_name else region.node.start_point[0]
        is_inner = not grammar.lists_closures and region.outer is not None
        if is_inner and region.outer:
            self._add_to(region.outer, region)
        in_scope = owner is not None and owner.kind != FUNCTION
        return Function(
            name=qualified(owner, own or "(anonymous)", grammar.separator, in_scope),
            start_line=first + 1,
            end_line=region.node.end_point[0] + 1,
            cyclomatic=max(1, 1 + region.decisions),
            nesting=region.deepest,
            parameters=declaration.parameters,
            is_inner=is_inner,
            cognitive=region.cognitive + self._recurses(region, declaration.name),
            bumps=region.bumps,
            complex_conditions=tuple(region.complex_conditions),
        )

    def _add_to(self, outer: Region, inner: Region) -> None:
        """A closure's increments count for its parent too, one level deeper unless the parent only wraps it."""
        deeper = outer.level + (0 if outer.start in self._wrappers else 1)
        outer.cognitive += inner.cognitive + inner.structural * deeper
        outer.structural += inner.structural

    def _recurses(self, region: Region, name: str) -> bool:
        """Whether a function calls itself by its bare name."""
        if not (name and self._grammar.counts_recursion) or len(self._owners) > MAX_RECURSION_DEPTH:
            return False
        body = region.node.child_by_field_name("body")
        if body is None:
            return False
        return any(_calls(self._content, name.encode(), body.start_byte, body.end_byte))


def _calls(content: bytes, name: bytes, start: int, end: int) -> Iterator[bool]:
    """True for each ``name(`` that no other word, member access or definition precedes."""
    position = content.find(name, start, end)
    while position >= 0:
        after = position + len(name)
        before = content[max(0, position - 10) : position]
        is_bare = before.isspace() or not _JOINED.search(before)
        if is_bare and content[after : after + 1] == b"(":
            yield True
        position = content.find(name, position + 1, end)
