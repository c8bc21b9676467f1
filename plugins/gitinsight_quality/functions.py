"""Functions and classes of a source text with their complexity, size, nesting and cohesion.

A syntax tree is asked once, by a query, for the nodes that matter; one sweep over them in the order
of the text gives each to its innermost function. Nothing recurses, so nesting of any depth is
measured; a time limit and a look at the tree's errors keep hostile texts from costing much.
"""

from __future__ import annotations

import time

from tree_sitter import QueryCursor

from gitinsight_quality.classes import measure_classes
from gitinsight_quality.languages import load
from gitinsight_quality.model import Function, Parsed
from gitinsight_quality.sweep import Sweep
from gitinsight_quality.trees import ParsingFailed, tree_of

__all__ = ["Function", "Parsed", "ParsingFailed", "parse"]


MAX_OPEN_MATCHES = 512
"""Half matched patterns that a query may carry along: each costs time at every node that follows.

More of them take hundreds of nested constructs; the outermost are then given up, and the text is
marked as one with errors.
"""


def parse(content: bytes, language: str, time_limit_seconds: float) -> Parsed:
    """What a text in a language of ``languages.MODULES`` holds; raises ParsingFailed.

    The time limit is looked at while the tree is made, after the query and during the sweep.
    """
    loaded = load(language)
    deadline = time.monotonic() + time_limit_seconds
    tree = tree_of(content, loaded, deadline)
    cursor = QueryCursor(loaded.query, match_limit=MAX_OPEN_MATCHES)
    captures = cursor.captures(tree.root_node)
    comments = sorted((node.start_byte, node.end_byte) for node in captures.pop("comment", ()))
    if time.monotonic() > deadline:
        raise ParsingFailed("time limit")
    sweep = Sweep(loaded.grammar, content, deadline)
    sweep.run(captures)
    return Parsed(
        sorted(sweep.functions, key=lambda function: function[1:3]),
        comments,
        tree.root_node.has_error or bool(cursor.did_exceed_match_limit),
        measure_classes(sweep.classes, loaded.grammar, content, comments),
        sorted(sweep.smells, key=lambda smell: smell[1:3]),
    )
