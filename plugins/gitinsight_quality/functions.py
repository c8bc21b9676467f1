"""Functions of a source text with their cyclomatic complexity, size and nesting.

A syntax tree is asked once, by a query, for the nodes that matter; one sweep over them in the order
of the text gives each decision to its innermost function. Nothing recurses, so nesting of any depth
is measured; a time limit and a look at the tree's errors keep hostile texts from costing much.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from tree_sitter import Node, QueryCursor, Tree

from gitinsight_quality.declarations import declared, holder_name, qualified
from gitinsight_quality.languages import Grammar, Loaded, load

CHUNK_BYTES = 65_536
MAX_ERROR_CHILDREN = 4_000
"""An error that wide means that the parser has lost the thread; a query over it takes quadratic time."""

_ORDER = {"scope": 0, "holder": 0, "function": 1, "nest": 2, "decision": 3, "decision.less": 3, "shield": 4}


class ParsingFailed(Exception):
    """A text yields no usable tree; the message says why in a few words."""


class Function(NamedTuple):
    """A function; lines are 1-based and inclusive.

    ``nesting`` is the depth of the deepest block within it. ``is_inner`` marks a function that only
    adds to its file's total because its language's reference tool lists it with its parent.
    """

    name: str
    start_line: int
    end_line: int
    cyclomatic: int
    nesting: int
    parameters: int
    is_inner: bool = False

    @property
    def length(self) -> int:
        """Lines from the first to the last."""
        return self.end_line - self.start_line + 1


class Parsed(NamedTuple):
    """A text's functions in order, the byte spans of its comments, and whether it has syntax errors."""

    functions: Sequence[Function]
    comments: Sequence[tuple[int, int]]
    has_error: bool


def parse(content: bytes, language: str, time_limit_seconds: float) -> Parsed:
    """The functions of a text in a language of ``languages.MODULES``; raises ParsingFailed."""
    loaded = load(language)
    tree = _tree(content, loaded, time.monotonic() + time_limit_seconds)
    root = tree.root_node
    if root.has_error and _lost(tree):
        raise ParsingFailed("syntax errors")
    captures = QueryCursor(loaded.query).captures(root)
    comments = [(node.start_byte, node.end_byte) for node in captures.pop("comment", ())]
    return Parsed(_Sweep(loaded.grammar, content).run(captures), sorted(comments), root.has_error)


def _tree(content: bytes, loaded: Loaded, deadline: float) -> Tree:
    def read(offset: int, _: object) -> bytes:
        return content[offset : offset + CHUNK_BYTES]

    def is_late(_offset: int, _has_error: bool) -> bool:
        return time.monotonic() > deadline

    try:
        return loaded.parser.parse(read, progress_callback=is_late)
    except ValueError as error:
        # A parser that was stopped would go on with the old text, were it not reset.
        loaded.parser.reset()
        raise ParsingFailed("time limit") from error


def _lost(tree: Tree) -> bool:
    """Whether an error node holds so many children that the tree says little about the text."""
    cursor = tree.walk()
    while True:
        node = cursor.node
        if node and node.is_error and node.child_count > MAX_ERROR_CHILDREN:
            return True
        if node and node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return False


class _Event(NamedTuple):
    start: int
    negative_end: int
    order: int
    kind: str
    node: Node


@dataclass(slots=True)
class _Region:
    """A stretch of the text that the sweep is in; a function or scope collects what is in it."""

    end: int
    kind: str
    node: Node
    name: str = ""
    decisions: int = 0
    depth: int = 0
    deepest: int = 0


class _Sweep:
    def __init__(self, grammar: Grammar, content: bytes) -> None:
        self._grammar = grammar
        self._content = content
        self._open: list[_Region] = []
        self._owners: list[_Region] = []
        self._shields = 0
        self._functions: list[Function] = []

    def run(self, captures: Mapping[str, Sequence[Node]]) -> Sequence[Function]:
        flat = {node.start_byte for node in captures.get("flat", ())}
        events = [
            _Event(node.start_byte, -node.end_byte, order, kind, node)
            for kind, order in _ORDER.items()
            for node in captures.get(kind, ())
            if kind != "nest" or node.start_byte not in flat
        ]
        events.sort(key=lambda event: event[:3])
        for event in events:
            self._close_until(event.start)
            self._enter(event)
        self._close_until(None)
        return sorted(self._functions, key=lambda function: function[1:3])

    def _close_until(self, position: int | None) -> None:
        while self._open and (position is None or self._open[-1].end <= position):
            region = self._open.pop()
            if region.kind == "shield":
                self._shields -= 1
            elif region.kind == "nest":
                if self._owners:
                    self._owners[-1].depth -= 1
            elif region.kind in ("function", "scope"):
                self._owners.pop()
                if region.kind == "function":
                    self._functions.append(self._function(region))

    def _enter(self, event: _Event) -> None:
        kind, owner = event.kind, self._owners[-1] if self._owners else None
        if kind in ("decision", "decision.less"):
            if owner and not self._shields:
                owner.decisions += 1 if kind == "decision" else -1
            return
        region = _Region(-event.negative_end, kind, event.node)
        if kind == "shield":
            self._shields += 1
        elif kind == "nest" and owner:
            owner.depth += 1
            owner.deepest = max(owner.deepest, owner.depth)
        elif kind == "scope":
            region.name = qualified(
                self._owners, holder_name(event.node, self._content), self._grammar.separator
            )
            self._owners.append(region)
        elif kind == "function":
            if self._open and self._open[-1].kind == "holder":
                region.name = holder_name(self._open[-1].node, self._content)
            self._owners.append(region)
        self._open.append(region)

    def _function(self, region: _Region) -> Function:
        declaration = declared(region.node, self._content)
        name = declaration.name or region.name or "(anonymous)"
        first = declaration.name_row if self._grammar.starts_at_name else region.node.start_point[0]
        return Function(
            name=qualified(self._owners, name, self._grammar.separator),
            start_line=first + 1,
            end_line=region.node.end_point[0] + 1,
            cyclomatic=max(1, 1 + region.decisions),
            nesting=region.deepest,
            parameters=declaration.parameters,
            is_inner=not self._grammar.lists_closures
            and any(owner.kind == "function" for owner in self._owners),
        )
