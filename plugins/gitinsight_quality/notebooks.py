"""The code of a Jupyter notebook as one text, with the place of each cell in it.

Lines are counted in that text: it is what a reader sees, while the file's own lines depend on how
its JSON was written. ``cell_of`` tells the cell and the line within it.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

_MAGIC = re.compile(r"^([ \t]*)(%{1,2}[A-Za-z].*|!.*|\?{1,2}[\w.]+|[\w.]+\?{1,2})[ \t]*$", re.MULTILINE)
_CELL_MAGIC = re.compile(r"\s*%%(?!time|capture|prun|timeit)")


class NotebookBroken(Exception):
    """A notebook cannot be read; the message says why in a few words."""


@dataclass(frozen=True, slots=True)
class Notebook:
    """``starts`` has the first line of each code cell in ``text``, ``cells`` its place among all cells, from 1 on."""

    text: bytes
    language: str
    starts: tuple[int, ...]
    cells: tuple[int, ...]


def read_notebook(content: bytes) -> Notebook:
    """The code of a notebook; raises NotebookBroken."""
    try:
        tree = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise NotebookBroken("not a notebook") from error
    if not isinstance(tree, dict):
        raise NotebookBroken("not a notebook")
    sources = [(number, _source(cell)) for number, cell in enumerate(_cells(tree), start=1) if _is_code(cell)]
    starts, line = [], 1
    for _, source in sources:
        starts.append(line)
        line += source.count("\n")
    text = "".join(source for _, source in sources).encode("utf-8", "replace")
    return Notebook(text, _language(tree), tuple(starts), tuple(number for number, _ in sources))


def cell_of(starts: Sequence[int], cells: Sequence[int], line: int) -> tuple[int, int]:
    """The cell (from 1 on, among all cells) and the line in it (from 1 on) of a line of a notebook's code."""
    place = max(0, bisect_right(starts, line) - 1)
    return cells[place], line - starts[place] + 1


def _cells(tree: dict[str, Any]) -> list[Any]:
    """The cells; those of format 3 stand in worksheets."""
    cells = tree.get("cells")
    if isinstance(cells, list):
        return cells
    sheets = tree.get("worksheets")
    if not isinstance(sheets, list):
        raise NotebookBroken("not a notebook")
    return [
        cell
        for sheet in sheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]


def _is_code(cell: Any) -> bool:
    return isinstance(cell, dict) and cell.get("cell_type") == "code"


def _source(cell: dict[str, Any]) -> str:
    """A cell's code, ended by a line break; magics become comments, and so do cells in other languages."""
    raw = cell.get("source", cell.get("input", ""))
    parts = raw if isinstance(raw, list) else [raw]
    source = "".join(part for part in parts if isinstance(part, str))
    if _CELL_MAGIC.match(source):
        source = "\n".join(f"# {line}" for line in source.splitlines())
    else:
        source = _MAGIC.sub(r"\1# \2", source)
    return source.rstrip("\n") + "\n"


def _language(tree: dict[str, Any]) -> str:
    """The kernel's language in lower case; Python where none is named."""
    metadata = tree.get("metadata")
    for key, field in (("language_info", "name"), ("kernelspec", "language")):
        part = metadata.get(key) if isinstance(metadata, dict) else None
        if isinstance(part, dict) and isinstance(part.get(field), str):
            return str(part[field]).lower()
    return "python"
