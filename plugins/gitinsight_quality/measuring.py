"""What one file's content measures, as compact JSON that is remembered by blob.

A text that says nothing about how people write code (binary, minified, made by a program) is skipped
with the reason; one that cannot be parsed still has its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gitinsight_quality.functions import Function, ParsingFailed, parse
from gitinsight_quality.languages import MODULES
from gitinsight_quality.lines import Lines, comment_spans, count_lines

MAX_BYTES = 1_000_000
MAX_MEAN_LINE = 200
HEAD_BYTES = 8_000

_GENERATED = re.compile(
    rb"Code generated .{0,80}DO NOT EDIT|@generated\b|auto-?generated.{0,40}do not edit", re.I
)
_UTF16 = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16"}


class Measure(NamedTuple):
    """``skipped`` is the reason why there are no lines, ``unparsed`` why there are no functions."""

    lines: Lines = Lines(0, 0, 0)
    functions: tuple[Function, ...] = ()
    skipped: str = ""
    unparsed: str = ""
    has_error: bool = False


def measurer(language: str, time_limit_seconds: float) -> Callable[[bytes], Any]:
    """A function from a file's content to its measure as plain JSON; ``from_json`` reads it back."""

    def measure(content: bytes) -> Any:
        return _to_json(measure_text(content, language, time_limit_seconds))

    return measure


def measure_text(content: bytes, language: str, time_limit_seconds: float) -> Measure:
    """The lines and functions of a text; never raises on its content."""
    text = _utf8(content)
    if reason := _unfit(text):
        return Measure(skipped=reason)
    if language not in MODULES:
        return Measure(count_lines(text, comment_spans(text, language)))
    try:
        parsed = parse(text, language, time_limit_seconds)
    except ParsingFailed as failure:
        return Measure(count_lines(text, comment_spans(text, language)), unparsed=str(failure))
    lines = count_lines(text, parsed.comments)
    return Measure(lines, tuple(parsed.functions), has_error=parsed.has_error)


def from_json(row: Any) -> Measure:
    """The measure that ``measurer``'s function returned."""
    lines, functions, skipped, unparsed, has_error = row
    return Measure(Lines(*lines), tuple(Function(*one) for one in functions), skipped, unparsed, has_error)


def _to_json(measure: Measure) -> Any:
    functions = [list(function) for function in measure.functions]
    return [list(measure.lines), functions, measure.skipped, measure.unparsed, measure.has_error]


def _utf8(content: bytes) -> bytes:
    encoding = _UTF16.get(content[:2])
    return content.decode(encoding, "replace").encode("utf-8", "replace") if encoding else content


def _unfit(text: bytes) -> str:
    """Why a text is not measured, or the empty string."""
    if len(text) > MAX_BYTES:
        return "over 1 MB"
    if b"\0" in text[:HEAD_BYTES]:
        return "binary"
    if len(text) > MAX_MEAN_LINE * (text.count(b"\n") + 1):
        return "minified"
    if _GENERATED.search(text, 0, HEAD_BYTES // 4):
        return "generated"
    return ""
