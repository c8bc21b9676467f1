"""Whether a function calls itself by its bare name, which cognitive complexity counts."""

from __future__ import annotations

import re
from collections.abc import Iterator

from tree_sitter import Node

from gitinsight_quality.declarations import Declaration

_JOINED = re.compile(rb"(?:[\w.$>:]|\b(?:def|fn|func|function)\s+)$")


def calls_itself(function: Node, declaration: Declaration, content: bytes) -> bool:
    """Whether a function's text has a call of its bare name."""
    if not declaration.name:
        return False
    name = declaration.name.rsplit(".", 1)[-1].encode()
    return any(
        _is_name(function.descendant_for_byte_range(position, position + len(name)))
        for position in _calls(content, name, declaration.name_end, function.end_byte)
    )


def _is_name(node: Node | None) -> bool:
    """Whether a place in the text is a name, not part of a string or a comment."""
    return node is not None and node.type in ("identifier", "name")


def _calls(content: bytes, name: bytes, start: int, end: int) -> Iterator[int]:
    """Where ``name(`` stands in a text with no other word, member access or definition before it."""
    called = name + b"("
    position = content.find(called, start, end)
    while position >= 0:
        if not _JOINED.search(content, max(start, position - 10), position):
            yield position
        position = content.find(called, position + 1, end)
