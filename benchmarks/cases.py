"""One function on which we differ from an oracle, with what a rule looks at to tell why."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import NamedTuple

from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import Function
from gitinsight_quality.languages import load

LINES_ABOVE = 4

_LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_ERRORS = frozenset({"ERROR"})
_MARKUP = frozenset({"jsx_element", "jsx_self_closing_element"})
_BODILESS = frozenset(
    {
        "abstract_method_signature",
        "call_signature",
        "construct_signature",
        "function_signature",
        "function_type",
        "method_signature",
    }
)
_UNPARSED = frozenset({"token_tree"})
_STRINGS = frozenset({"raw_string_literal"})


class Case(NamedTuple):
    """One function on which we differ: ``text`` from its first to its last line, ``before`` the lines above.

    ``closures`` are our functions within ours. ``is_unread`` tells that our parser marked an error where
    the function begins, ``is_bodiless`` that a type or a signature of functions stands there, ``is_in_macro``
    that Rust hands the place to a macro, ``is_in_string`` that it is in a raw string, ``has_markup_above``
    that tags begin there or above.
    """

    text: str
    before: str
    known: Known
    ours: Function | None
    closures: Sequence[Function]
    is_unread: bool
    is_bodiless: bool
    is_in_macro: bool
    is_in_string: bool
    has_markup_above: bool

    @property
    def surplus(self) -> int:
        """The oracle's cyclomatic complexity less ours; 0 where we lack the function."""
        return self.known.value - self.ours.cyclomatic if self.ours else 0


Explains = Callable[[Case], bool]
Rules = dict[str, Explains]


def case_of(
    source: Source, language: str, known: Known, ours: Function | None, functions: Sequence[Function]
) -> Case:
    """The case of an oracle's function and ours, None where we have none, among our ``functions`` of a file."""
    lines = source.content.decode("utf-8", "replace").split("\n")
    last = max(known.end_line, ours.end_line if ours else 0)
    first = known.start_line - 1
    return Case(
        "\n".join(lines[first:last]),
        "\n".join(lines[max(0, first - LINES_ABOVE) : first + 1]),
        known,
        ours,
        [one for one in functions if ours and _is_within(one, ours)],
        is_unread=ours is None and _stands_in(first, _rows(source, language, _ERRORS)),
        is_bodiless=ours is None and _stands_in(first, _rows(source, language, _BODILESS)),
        is_in_macro=ours is None and _stands_in(first, _rows(source, language, _UNPARSED)),
        is_in_string=ours is None and _stands_in(first, _rows(source, language, _STRINGS)),
        has_markup_above=any(a <= first for a, _ in _rows(source, language, _MARKUP)),
    )


def without_literals(text: str) -> str:
    """A text with a space for each string in double quotes and each comment of C's kind."""
    return _LITERAL.sub(" ", text)


def has(pattern: str) -> Explains:
    """A sign in the function's text; it explains a difference of any size."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: bool(compiled.search(case.text))


def missing_after(pattern: str) -> Explains:
    """A sign in the lines above a function that we lack."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: case.ours is None and bool(compiled.search(case.before))


def missing_at(pattern: str) -> Explains:
    """A sign at the beginning of a function that we lack."""
    compiled = re.compile(pattern)
    return lambda case: case.ours is None and bool(compiled.match(without_literals(case.text)))


def counts(pattern: str) -> Explains:
    """What the oracle alone counts stands in the text often enough."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: 0 < case.surplus <= len(compiled.findall(without_literals(case.text)))


def passes_over(pattern: str) -> Explains:
    """What we alone count stands in the text often enough."""
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: 0 < -case.surplus <= len(compiled.findall(without_literals(case.text)))


def _is_within(one: Function, other: Function) -> bool:
    """Whether a function lies within another; of two with the same lines neither does."""
    span, around = (one.start_line, one.end_line), (other.start_line, other.end_line)
    return span != around and around[0] <= span[0] and span[1] <= around[1]


def _stands_in(row: int, spans: Sequence[tuple[int, int]]) -> bool:
    return any(first <= row <= last for first, last in spans)


@lru_cache(maxsize=5)
def _rows(source: Source, language: str, kinds: frozenset[str]) -> Sequence[tuple[int, int]]:
    """The first and last row of every outermost node of some kinds in a file's tree."""
    found, open_nodes = [], [load(language).parser.parse(source.content).root_node]
    while open_nodes:
        node = open_nodes.pop()
        if node.type in kinds:
            found.append((node.start_point[0], node.end_point[0]))
        else:
            open_nodes += node.children
    return found
