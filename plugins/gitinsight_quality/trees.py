"""From a text to its syntax tree, within a time limit and without trust in what the text holds."""

from __future__ import annotations

import time

from tree_sitter import Tree

from gitinsight_quality.languages import Loaded

CHUNK_BYTES = 65_536
MAX_ERROR_CHILDREN = 4_000
"""An error that wide means that the parser has lost the thread; a query over it takes quadratic time."""

MAX_DEPTH, DEPTH_STEP = 50_000, 4_096
"""A query counts depth in 16 bits, and where these overflow it takes quadratic time."""


class ParsingFailed(Exception):
    """A text yields no usable tree; the message says why in a few words."""


def tree_of(content: bytes, loaded: Loaded, deadline: float) -> Tree:
    """The tree of a text by a time of ``time.monotonic``; raises ParsingFailed."""

    def read(offset: int, _: object) -> bytes:
        return content[offset : offset + CHUNK_BYTES]

    def is_late(_offset: int, _has_error: bool) -> bool:
        return time.monotonic() > deadline

    try:
        tree = loaded.parser.parse(read, progress_callback=is_late)
    except ValueError as error:
        # A parser that was stopped would go on with the old text, were it not reset.
        loaded.parser.reset()
        raise ParsingFailed("time limit") from error
    if tree.root_node.has_error and _lost(tree):
        raise ParsingFailed("syntax errors")
    if tree.root_node.descendant_count > MAX_DEPTH and _is_too_deep(tree):
        raise ParsingFailed("nested too deeply")
    return tree


def _is_too_deep(tree: Tree) -> bool:
    """Whether a node lies deeper than a query can count; a look at every 4096th node finds a run that long."""
    cursor = tree.walk()
    for index in range(0, tree.root_node.descendant_count, DEPTH_STEP):
        cursor.goto_descendant(index)
        if cursor.depth > MAX_DEPTH:
            return True
    return False


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
