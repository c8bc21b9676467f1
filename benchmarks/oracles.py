"""What other programs say of the functions of a text, in one shape."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

import complexipy
import lizard
import lizard_languages
import radon.complexity
import radon.visitors
from cognitive_complexity.api import get_cognitive_complexity

from benchmarks.sources import Source

Definition = ast.FunctionDef | ast.AsyncFunctionDef


class Known(NamedTuple):
    """A function as an oracle has it; ``value`` is the figure to compare, ``end_line`` 0 where it has none."""

    name: str
    start_line: int
    end_line: int
    value: int


def lizard_functions(source: Source, ending: str) -> Sequence[Known]:
    """Lizard's functions with their cyclomatic complexity, by the file's own ending where lizard knows that one.

    It has readers of its own for some endings within a language: JSX is not read as other JavaScript.
    """
    text = source.content.decode("utf-8", "replace")
    name = source.path if lizard_languages.get_reader_for(source.path) else f"a.{ending}"
    listed = lizard.analyze_file.analyze_source_code(name, text).function_list
    return [Known(one.name, one.start_line, one.end_line, one.cyclomatic_complexity) for one in listed]


def radon_functions(source: Source) -> Sequence[Known]:
    """Radon's functions and methods with their cyclomatic complexity, by its defaults."""
    try:
        blocks = radon.complexity.cc_visit(source.content)
    except (SyntaxError, ValueError):
        return []
    functions = [block for block in blocks if isinstance(block, radon.visitors.Function)]
    return [Known(one.name, one.lineno, one.endline, one.complexity) for one in functions]


def cognitive_functions(source: Source) -> Sequence[Known]:
    """The functions of a module and of its classes by the package cognitive-complexity."""
    return [
        Known(one.name, one.lineno, one.end_lineno or 0, get_cognitive_complexity(one))
        for one in _definitions(source)
    ]


def complexipy_functions(source: Source) -> Sequence[Known]:
    """The functions of a module and of its classes by complexipy; its lines are those of the decorators."""
    try:
        listed = complexipy.code_complexity(source.content.decode(), no_ignore=True).functions
    except ValueError:
        return []
    by_line = {one.line_start: one for one in listed}
    found = []
    for definition in _definitions(source):
        first = min([definition.lineno, *(one.lineno for one in definition.decorator_list)])
        if one := by_line.get(first):
            found.append(Known(definition.name, definition.lineno, one.line_end, one.complexity))
    return found


def _definitions(source: Source) -> Iterator[Definition]:
    try:
        tree = ast.parse(source.content)
    except (SyntaxError, ValueError):
        return
    for node in tree.body:
        for one in [node] if not isinstance(node, ast.ClassDef) else node.body:
            if isinstance(one, Definition):
                yield one


PYTHON: Mapping[str, Callable[[Source], Sequence[Known]]] = {
    "radon": radon_functions,
    "cognitive-complexity": cognitive_functions,
    "complexipy": complexipy_functions,
}
