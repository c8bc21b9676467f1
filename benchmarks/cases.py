"""One function on which we differ from an oracle, with what a rule looks at to tell why."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import Function
from gitinsight_quality.languages import load


class Case(NamedTuple):
    """One function on which we differ: ``text`` from its first to its last line, ``before`` the lines above.

    ``is_unread`` tells that our parser marked an error where the function begins, ``has_markup_above``
    that tags are closed somewhere above it.
    """

    text: str
    before: str
    known: Known
    ours: Function | None
    is_unread: bool
    has_markup_above: bool


def case_of(source: Source, language: str, known: Known, ours: Function | None) -> Case:
    """The case of an oracle's function and ours, None where we have none."""
    lines = source.content.decode("utf-8", "replace").split("\n")
    last = max(known.end_line, ours.end_line if ours else 0)
    first = known.start_line - 1
    return Case(
        "\n".join(lines[first:last]),
        "\n".join(lines[max(0, first - 4) : first + 1]),
        known,
        ours,
        is_unread=ours is None and any(a <= first <= b for a, b in _errors(source, language)),
        has_markup_above=any(re.search(r"</|/>", line) for line in lines[:first]),
    )


@lru_cache(maxsize=1)
def _errors(source: Source, language: str) -> list[tuple[int, int]]:
    """The first and last row of every outermost error that our parser marks in a file."""
    found, open_nodes = [], [load(language).parser.parse(source.content).root_node]
    while open_nodes:
        node = open_nodes.pop()
        if node.is_error:
            found.append((node.start_point[0], node.end_point[0]))
        elif node.has_error:
            open_nodes += node.children
    return found
