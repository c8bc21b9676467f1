"""Complexity by indentation, for languages that have no parser here.

After Hindle, Godfrey and Holt ("Reading beside the lines: indentation as a proxy for complexity
metrics", 2008): the indentation of lines follows the nesting of what they hold, in any language. A
level is a tab or the file's usual step in spaces; lines without content do not count.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

_INDENT = re.compile(rb"^([ \t]*)[^\s]", re.MULTILINE)
_USUAL_STEP = 4
MAX_STEP = 8


class Indentation(NamedTuple):
    """Levels of indentation over the lines with content: their sum, their mean, and the deepest."""

    total: int
    mean: float
    deepest: int


def measure_indentation(content: bytes) -> Indentation:
    """The indentation of a text; zero where it has no line with content."""
    indents = Counter(_INDENT.findall(content))
    lines = sum(indents.values())
    if not lines:
        return Indentation(0, 0.0, 0)
    step = _step(indents)
    levels = {indent: indent.count(b"\t") + indent.count(b" ") // step for indent in indents}
    total = sum(levels[indent] * count for indent, count in indents.items())
    return Indentation(total, round(total / lines, 4), max(levels.values()))


def _step(indents: Counter[bytes]) -> int:
    """The number of spaces, of 2 to 8, that divides the indentation of most lines; the larger of equals."""
    widths = Counter[int]()
    for indent, count in indents.items():
        if indent and b"\t" not in indent:
            widths[len(indent)] += count
    if not widths:
        return _USUAL_STEP
    fits = {step: sum(count for width, count in widths.items() if width % step == 0) for step in (2, 3, 4, 8)}
    best = max(fits.values())
    return max(step for step, count in fits.items() if count >= 0.9 * best)
