"""Notebooks: the code of their cells is measured, and a line leads back to its cell."""

from __future__ import annotations

import json

import pytest

from gitinsight_quality.measuring import Measure, measure_text
from gitinsight_quality.notebooks import cell_of


def notebook(*cells: tuple[str, str | list[str]], language: str = "python") -> bytes:
    rows = [{"cell_type": kind, "source": source} for kind, source in cells]
    return json.dumps({"cells": rows, "metadata": {"language_info": {"name": language}}}).encode()


def measured(content: bytes) -> Measure:
    return measure_text(content, "Jupyter Notebook", 5.0)


def test_functions_of_a_notebook_lead_to_their_cell_and_line() -> None:
    one = measured(
        notebook(
            ("markdown", "# Title"),
            ("code", ["import a\n", "x = 1"]),
            ("code", "%matplotlib inline\n!ls\ndef f(a):\n    return a or 1\n"),
        )
    )
    (function,) = one.functions
    assert (function.name, function.start_line, function.cyclomatic) == ("f", 5, 2)
    assert cell_of(one.cell_starts, one.cells, function.start_line) == (3, 3)
    assert (one.lines.code, one.lines.comment, one.has_error) == (4, 2, False)


def test_cells_in_another_language_are_comments() -> None:
    one = measured(notebook(("code", "%%bash\nif [ a ]; then b; fi"), ("code", "x = 1")))
    assert (one.lines.code, one.lines.comment, one.has_error) == (1, 2, False)


def test_a_notebook_of_another_kernel_counts_by_lines() -> None:
    assert measured(notebook(("code", "f <- 1"), language="R")).unparsed == "cells in r"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b'{"cells": 3}',
        b'{"cells": [3, {"cell_type": "code"}, {"cell_type": "code", "source": [1]}]}',
        b"[" * 100_000,
        b'{"metadata": [], "worksheets": [{"cells": [{"cell_type": "code", "input": "x = 1"}]}]}',
    ],
)
def test_broken_notebooks_never_raise(content: bytes) -> None:
    assert isinstance(measured(content), Measure)
