"""Lines of code, of comments and blank ones.

A line is blank where it holds white space only, code where something is left of it once comments are
cut out, and a comment otherwise: the three add up to the file's lines.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import cache
from typing import NamedTuple

from gitinsight_quality.catalog import BY_NAME, CommentSyntax


class Lines(NamedTuple):
    """A file's lines by what they hold."""

    code: int
    comment: int
    blank: int

    @property
    def total(self) -> int:
        """All lines; a last line without a line break counts."""
        return sum(self)


def count_lines(content: bytes, comments: Iterable[tuple[int, int]]) -> Lines:
    """The lines of a text whose comments are the given byte spans, in order."""
    total = content.count(b"\n") + (not content.endswith(b"\n") if content else 0)
    filled = _filled(content)
    kept, position = [], 0
    for start, end in comments:
        if start < position:
            continue
        kept += [content[position:start], b"\n" * content.count(b"\n", start, end)]
        position = end
    code = _filled(b"".join([*kept, content[position:]])) if kept else filled
    return Lines(code, filled - code, total - filled)


def comment_spans(content: bytes, language: str) -> Iterable[tuple[int, int]]:
    """The byte spans of a text's comments by the language's comment syntax, strings respected."""
    pattern = _comment_pattern(BY_NAME[language].comments)
    return [match.span() for match in pattern.finditer(content) if match.lastgroup]


def _filled(content: bytes) -> int:
    """The lines that hold more than white space: what is left between line breaks once the rest of it is gone."""
    return len(content.translate(None, b" \t\r\v\f").split())


@cache
def _comment_pattern(syntax: CommentSyntax) -> re.Pattern[bytes]:
    """Matches strings (no group) and comments (group ``c``), each in time linear in the text.

    What is left open ends with the line (a string) or the text (a comment), so that a text full of
    opening markers does not make the search start over and over.
    """
    strings = [rf"{quote}(?:\\.|[^{quote}\\\n])*(?:{quote}|\\?$)" for quote in syntax.quotes]
    before = r"(?<!\S)" if syntax.needs_space else ""
    blocks = [rf"{re.escape(a)}(?s:.)*?(?:{re.escape(b)}|\Z)" for a, b in syntax.block]
    lines = [rf"{before}{re.escape(marker)}[^\n]*" for marker in syntax.line]
    comments = [rf"(?P<c>{'|'.join(blocks + lines)})"] if blocks or lines else []
    # Without any alternative the pattern must match nothing at all.
    return re.compile("|".join(comments + strings or [r"(?!)"]).encode(), re.MULTILINE)
