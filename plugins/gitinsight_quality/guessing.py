"""Which language a text without a name is probably written in: the one whose parser stumbles least."""

from __future__ import annotations

import re
import time

from tree_sitter import Tree

from gitinsight_quality.languages import load
from gitinsight_quality.trees import ParsingFailed, tree_of

ORDER = (
    "Python",
    "JavaScript",
    "Java",
    "Go",
    "C",
    "C++",
    "C#",
    "TypeScript",
    "Rust",
    "PHP",
    "Ruby",
    "Kotlin",
    "Swift",
    "Scala",
    "TSX",
)
"""Of languages whose parsers do equally well the earlier one is taken; a shell takes any prose for commands."""

_TELLTALE = {
    "PHP": re.compile(rb"<\?"),
    "Ruby": re.compile(rb"\b(?:def|end|module|puts|require)\b"),
    "Scala": re.compile(rb"\b(?:def|object|package|trait|val)\b"),
}
"""Of languages whose parsers take most prose for code, words that their texts hardly do without."""

MOST_BYTES = 20_000
SECONDS_EACH = 0.5
MOST_BROKEN = 0.2
"""A text of which the best parser cannot read so large a part is not taken for code."""


def guess_language(content: bytes) -> str:
    """The language of the parser that reads the largest part of the text's beginning, "" where none does."""
    text = content[:MOST_BYTES]
    if not text.strip():
        return ""
    shares = {language: _broken_share(text, language) for language in ORDER}
    best = min(ORDER, key=lambda language: shares[language])
    return best if shares[best] <= MOST_BROKEN else ""


def _broken_share(text: bytes, language: str) -> float:
    """The part of the text that the parser leaves over, from 0 to 1."""
    if language in _TELLTALE and not _TELLTALE[language].search(text):
        return 1.0
    try:
        tree = tree_of(text, load(language), time.monotonic() + SECONDS_EACH)
    except ParsingFailed:
        return 1.0
    return min(1.0, _broken_bytes(tree) / len(text))


def _broken_bytes(tree: Tree) -> int:
    """Bytes in nodes that are errors, and one for each that is missing; a walk without recursion."""
    cursor, broken = tree.walk(), 0
    while True:
        node = cursor.node
        assert node is not None
        if node.is_error or node.is_missing:
            broken += max(1, node.end_byte - node.start_byte)
        elif node.has_error and cursor.goto_first_child():
            continue
        while not cursor.goto_next_sibling():
            if not cursor.goto_parent():
                return broken
