"""What one file's content measures, as compact JSON that is remembered by blob.

A text that says nothing about how people write code (binary, minified, made by a program) is skipped
with the reason; one that cannot be parsed still has its lines.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple

from gitinsight_quality.functions import ParsingFailed, parse
from gitinsight_quality.indentation import Indentation, measure_indentation
from gitinsight_quality.languages import MODULES, NOTEBOOK
from gitinsight_quality.lines import Lines, comment_spans, count_lines
from gitinsight_quality.model import Class, Function, Smell
from gitinsight_quality.notebooks import NotebookBroken, read_notebook
from gitinsight_quality.smells import smells_of

MAX_BYTES = 1_000_000
MAX_MEAN_LINE = 200
HEAD_BYTES = 8_000

_GENERATED = re.compile(rb"code generated .{0,80}do not edit|@generated\b|auto-?generated.{0,40}do not edit")
_ENCODINGS = {b"\xff\xfe": "utf-16", b"\xfe\xff": "utf-16", b"\xef\xbb": "utf-8-sig"}
_TEMPLATE = re.compile(rb"\{%[-+ ]|\{\{[-# ]|<%[-= ]")
_PHP_OPENS = re.compile(rb"<\?(?!xml)")


class Measure(NamedTuple):
    """One file, measured.

    ``skipped`` is the reason why it is left out of all sums (its lines are still told, but where it is
    binary or too large), ``unparsed`` why there are no functions, ``has_error`` that parts of it could
    not be read. ``indentation`` is there where there is no parser, and where it failed. In a notebook
    lines are those of its code cells: ``cell_starts`` has the first line of each, ``cells`` its number.
    """

    lines: Lines = Lines(0, 0, 0)
    functions: tuple[Function, ...] = ()
    skipped: str = ""
    unparsed: str = ""
    has_error: bool = False
    classes: tuple[Class, ...] = ()
    smells: tuple[Smell, ...] = ()
    indentation: Indentation | None = None
    cell_starts: tuple[int, ...] = ()
    cells: tuple[int, ...] = ()

    @property
    def comment_share(self) -> float | None:
        """Comment lines / (comment lines + lines of code); None where there are neither."""
        filled = self.lines.comment + self.lines.code
        return self.lines.comment / filled if filled else None


def measurer(language: str, time_limit_seconds: float) -> Callable[[bytes], Any]:
    """A function from a file's content to its measure as plain JSON; ``from_json`` reads it back."""

    def measure(content: bytes) -> Any:
        return _to_json(measure_text(content, language, time_limit_seconds))

    return measure


def measure_text(content: bytes, language: str, time_limit_seconds: float) -> Measure:
    """The lines, functions, classes and smells of a text; never raises on its content."""
    if language == NOTEBOOK:
        return _measure_notebook(content, time_limit_seconds)
    text = as_utf8(content)
    if reason := _unreadable(text):
        return Measure(skipped=reason)
    if reason := _unwritten(text):
        return Measure(count_lines(text, comment_spans(text, language)), skipped=reason)
    if language not in MODULES:
        return _measure_lines(text, language)
    if language == "PHP" and _is_mostly_markup(text):
        return _measure_lines(text, language, "template")
    return _measure_code(text, language, time_limit_seconds)


def from_json(row: Any) -> Measure:
    """The measure that ``measurer``'s function returned."""
    lines, functions, skipped, unparsed, has_error, classes, smells, indentation, starts, cells = row
    return Measure(
        Lines(*lines),
        tuple(Function(*one)._replace(complex_conditions=tuple(one[-1])) for one in functions),
        skipped,
        unparsed,
        has_error,
        tuple(Class(*one) for one in classes),
        tuple(Smell(*one) for one in smells),
        Indentation(*indentation) if indentation else None,
        tuple(starts),
        tuple(cells),
    )


def _to_json(measure: Measure) -> Any:
    """The fields in their order; tuples are lists to JSON."""
    return list(measure)


def _measure_code(text: bytes, language: str, time_limit_seconds: float) -> Measure:
    try:
        parsed = parse(text, language, time_limit_seconds)
    except ParsingFailed as failure:
        reason = "template" if _TEMPLATE.search(text) else str(failure)
        return _measure_lines(text, language, reason)
    if parsed.has_error and not parsed.functions and _TEMPLATE.search(text):
        return _measure_lines(text, language, "template")
    return Measure(
        count_lines(text, parsed.comments),
        tuple(parsed.functions),
        has_error=parsed.has_error,
        classes=tuple(parsed.classes),
        smells=tuple(smells_of(parsed, text)),
    )


def _measure_lines(text: bytes, language: str, unparsed: str = "") -> Measure:
    lines = count_lines(text, comment_spans(text, language))
    return Measure(lines, unparsed=unparsed, indentation=measure_indentation(text))


def _measure_notebook(content: bytes, time_limit_seconds: float) -> Measure:
    if len(content) > MAX_BYTES:
        return Measure(skipped="over 1 MB")
    try:
        notebook = read_notebook(as_utf8(content))
    except NotebookBroken as failure:
        return _measure_lines(as_utf8(content), NOTEBOOK, str(failure))
    if not notebook.language.startswith(("python", "ipython")):
        measure = _measure_lines(notebook.text, "Python", f"cells in {notebook.language[:40]}")
    else:
        measure = _measure_code(notebook.text, "Python", time_limit_seconds)
    return measure._replace(cell_starts=notebook.starts, cells=notebook.cells)


def as_utf8(content: bytes) -> bytes:
    """A text as the lines of its measure count it: what begins like UTF-16 made UTF-8."""
    encoding = _ENCODINGS.get(content[:2])
    return content.decode(encoding, "replace").encode("utf-8", "replace") if encoding else content


def _unreadable(text: bytes) -> str:
    """Why a text has no lines to count, or the empty string."""
    if len(text) > MAX_BYTES:
        return "over 1 MB"
    return "binary" if b"\0" in text[:HEAD_BYTES] else ""


def _unwritten(text: bytes) -> str:
    """Why a text is not what people wrote, or the empty string."""
    if len(text) > MAX_MEAN_LINE * (text.count(b"\n") + 1):
        return "minified"
    head = text[: HEAD_BYTES // 4].lower()
    return "generated" if b"generated" in head and _GENERATED.search(head) else ""


def _is_mostly_markup(text: bytes) -> bool:
    """Whether more of a PHP file stands outside its tags than inside."""
    code = end = 0
    while opened := _PHP_OPENS.search(text, end):
        closed = text.find(b"?>", opened.end())
        end = closed + 2 if closed >= 0 else len(text)
        code += end - opened.start()
    return 2 * code < len(text)
