"""One pass over the captured nodes of a tree, in the order of the text, with a stack of open regions.

Cognitive complexity needs no second pass: a function that ends gives its parent what it gathered plus
its number of nesting increments times the parent's level there.
"""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Mapping, Sequence
from typing import Any

from tree_sitter import Node

from gitinsight_quality.declarations import Declaration, declared, holder_name, qualified
from gitinsight_quality.languages import Grammar
from gitinsight_quality.model import Function, Smell
from gitinsight_quality.recursion import calls_itself
from gitinsight_quality.regions import (
    ALONE,
    AND,
    CLASS,
    CONDITION,
    DECISION,
    ELSE,
    FIELD,
    FUNCTION,
    HOLDER,
    LAMBDA,
    LESS,
    NEST,
    OR,
    SCOPE,
    SHIELD,
    SWITCH,
    Event,
    Region,
    events_of,
)
from gitinsight_quality.trees import ParsingFailed

_BLOCKS = (NEST, SWITCH)
_OWNERS = (CLASS, SCOPE, FUNCTION)
_DEFINITIONS = ("function_definition", "decorated_definition")

COMPLEX_OPERANDS = 3
MAX_CONDITION_BYTES = 300
MAX_RECURSION_DEPTH = 20
CHECK_EVERY = 4_096
NEVER = sys.maxsize
_IMPURE = re.compile(rb"[\w\])}>]\s*\(|\+\+|--|[^=!<>]=[^=]|\bawait\b|\byield\b")
_EMPTY = re.compile(rb"\{\s*\}\Z")


class Sweep:
    """Fills ``functions``, ``classes`` (regions, in the order of their ends) and ``smells``.

    Three lists are one stack: where an open region ends, its kind, and what it carries (an owner its
    Region, a block the conditions of its chain, a holder its place in the list of nodes). Below all of
    them lies the text itself, which never ends. A shield is no more than the place where it ends.
    """

    def __init__(self, grammar: Grammar, content: bytes, deadline: float) -> None:
        self.functions: list[Function] = []
        self.classes: list[Region] = []
        self.smells: list[Smell] = []
        self._grammar = grammar
        self._content = content
        self._deadline = deadline
        self._ends: list[int] = [NEVER]
        self._kinds: list[int] = [SCOPE]
        self._carried: list[Any] = [None]
        self._owners: list[Region] = []
        self._owner: Region | None = None
        self._shielded_until = 0
        self._alone_until = 0
        self._nodes: list[Node] = []

    def run(self, captures: Mapping[str, Sequence[Node]]) -> None:
        """Go through a query's captures once; raises ParsingFailed at the deadline."""
        self._smells_of(captures)
        self._nodes, events = events_of(captures)
        for first in range(0, len(events), CHECK_EVERY):
            if time.monotonic() > self._deadline:
                raise ParsingFailed("time limit")
            self._go_through(events[first : first + CHECK_EVERY])
        while self._ends[-1] < NEVER:
            self._close()

    def _go_through(self, events: Sequence[Event]) -> None:
        ends = self._ends
        for start, negative_end, kind, index in events:
            while ends[-1] <= start:
                self._close()
            if kind < SHIELD:
                self._enter(kind, start, -negative_end, index)
            elif kind in (DECISION, ALONE):
                if self._owner and start >= self._shielded_until and start >= self._alone_until:
                    self._owner.decisions += 1
                if kind == ALONE:
                    self._alone_until = max(self._alone_until, -negative_end)
            elif kind == SHIELD:
                self._shielded_until = max(self._shielded_until, -negative_end)
            elif kind == CONDITION:
                self._condition(self._nodes[index])
            elif self._owner and (kind == FIELD or start >= self._shielded_until):
                self._point(self._owner, kind, start, -negative_end, index)

    def _smells_of(self, captures: Mapping[str, Sequence[Node]]) -> None:
        for name, nodes in captures.items():
            if name.startswith("smell."):
                self.smells += [
                    Smell(name[6:], node.start_point[0] + 1, node.end_point[0] + 1)
                    for node in nodes
                    if name != "smell.empty-handler" or self._is_empty(node)
                ]

    def _is_empty(self, handler: Node) -> bool:
        """Whether a handler has not even a comment between its braces; a query passes over comments."""
        return bool(_EMPTY.search(self._content, handler.start_byte, handler.end_byte))

    def _point(self, owner: Region, kind: int, start: int, end: int, index: int) -> None:
        if kind in (AND, OR):
            self._logic(owner, kind, start, end, index)
        elif kind == LESS:
            owner.decisions -= 1
        elif kind == FIELD:
            self._declare_field(self._nodes[index])
        elif kind != ELSE or self._kinds[-1] != SWITCH:
            owner.cognitive += 1

    def _logic(self, owner: Region, kind: int, start: int, end: int, index: int) -> None:
        """An operator of a logical expression; one that begins or ends where a like one does goes on with it."""
        if start >= self._alone_until:
            owner.decisions += 1
        last_kind, last_start, last_end = owner.logic
        if kind != last_kind or not (start == last_start or end == last_end):
            owner.cognitive += 1
        owner.logic = (kind, start, end)
        if start >= owner.logic_end:
            owner.logic_end, owner.operands = end, 1
        owner.operands += 1
        if owner.operands == COMPLEX_OPERANDS:
            owner.complex_conditions += (self._nodes[index].start_point[0] + 1,)

    def _condition(self, node: Node) -> None:
        """The condition of a branch: one that its chain had before can never hold."""
        start, end = node.start_byte, node.end_byte
        if self._kinds[-1] != NEST or end - start > MAX_CONDITION_BYTES:
            return
        text = self._content[start:end]
        asked = self._carried[-1]
        if asked is None:
            self._carried[-1] = {text: start}
        # The same node comes twice where it ends one pair of a chain and begins the next.
        elif asked.setdefault(text, start) != start and not _IMPURE.search(text):
            detail = " ".join(text.decode("utf-8", "replace").split())
            lines = node.start_point[0] + 1, node.end_point[0] + 1
            self.smells.append(Smell("duplicated-condition", *lines, detail))

    def _declare_field(self, node: Node) -> None:
        for owner in reversed(self._owners[-2:]):
            if owner.kind == CLASS:
                owner.fields.add(self._content[node.start_byte : node.end_byte])
                return

    def _enter(self, kind: int, start: int, end: int, index: int) -> None:
        owner = self._owner
        carried: Any = None
        if kind in _OWNERS:
            carried = self._own(Region(start, end, kind, self._nodes[index]), owner)
        elif kind == HOLDER:
            carried = index
        elif owner:
            if kind in _BLOCKS:
                owner.depth += 1
                owner.deepest = max(owner.deepest, owner.depth)
                owner.bumps += owner.depth == 2
            if kind != LAMBDA:
                owner.cognitive += 1 + owner.level
                owner.structural += 1
            owner.level += 1
        self._ends.append(end)
        self._kinds.append(kind)
        self._carried.append(carried)

    def _own(self, region: Region, owner: Region | None) -> Region:
        if owner:
            region.outer = owner if owner.kind == FUNCTION else owner.outer
        if region.kind == FUNCTION:
            if owner and owner.kind == CLASS:
                owner.methods.append(region)
            if self._kinds[-1] == HOLDER:
                region.name = holder_name(self._nodes[self._carried[-1]], self._content)
        else:
            name = holder_name(region.node, self._content)
            in_scope = owner is not None and owner.kind != FUNCTION
            region.name = qualified(owner, name, self._grammar.separator, in_scope)
        self._owners.append(region)
        self._owner = region
        return region

    def _close(self) -> None:
        self._ends.pop()
        kind, carried = self._kinds.pop(), self._carried.pop()
        if kind in _OWNERS:
            self._owners.pop()
            self._owner = self._owners[-1] if self._owners else None
            if kind == FUNCTION:
                self.functions.append(self._function(carried))
            elif kind == CLASS:
                self.classes.append(carried)
        elif kind != HOLDER and self._owner:
            self._owner.level -= 1
            if kind in _BLOCKS:
                self._owner.depth -= 1

    def _function(self, region: Region) -> Function:
        grammar, owner = self._grammar, self._owner
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
            cognitive=region.cognitive + self._recurses(region, declaration),
            bumps=region.bumps,
            complex_conditions=region.complex_conditions,
        )

    def _recurses(self, region: Region, declaration: Declaration) -> bool:
        if not self._grammar.counts_recursion or len(self._owners) > MAX_RECURSION_DEPTH:
            return False
        return calls_itself(region.node, declaration, self._content)

    def _add_to(self, outer: Region, inner: Region) -> None:
        """A closure's increments count for its parent too, one level deeper unless the parent only wraps it."""
        if outer.only_wraps is None:
            outer.only_wraps = _only_wraps(outer.node)
        deeper = outer.level + (0 if outer.only_wraps else 1)
        outer.cognitive += inner.cognitive + inner.structural * deeper
        outer.structural += inner.structural


def _only_wraps(function: Node) -> bool:
    """Whether a function defines another, returns, and does nothing else."""
    body = function.child_by_field_name("body")
    done = [child.type for child in body.named_children if child.type != "comment"] if body else []
    return len(done) == 2 and done[0] in _DEFINITIONS and done[1] == "return_statement"
