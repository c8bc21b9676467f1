"""Whether a function calls itself by its bare name, which cognitive complexity counts."""

from __future__ import annotations

import re

from tree_sitter import Node

from gitinsight_quality.declarations import Declaration

_JOINED = re.compile(rb"(?:[\w.$>:]|\b(?:def|fn|func|function)\s+)$")


def calls_itself(function: Node, declaration: Declaration, content: bytes) -> bool:
    """Whether a function's text has a call of its bare name, no other word, member access or definition before it."""
    if not declaration.name:
        return False
    name = declaration.name.rsplit(".", 1)[-1].encode()
    called, start, end = name + b"(", declaration.name_end, function.end_byte
    position = content.find(called, start, end)
    while position >= 0:
        if not _JOINED.search(content, max(start, position - 10), position) and _is_name(
            function.descendant_for_byte_range(position, position + len(name))
        ):
            return True
        position = content.find(called, position + 1, end)
    return False


def _is_name(node: Node | None) -> bool:
    """Whether a place in the text is a name, not part of a string or a comment."""
    return node is not None and node.type in ("identifier", "name")
