"""Grammars: how functions, decisions and nesting look in each language that has a parser.

One module a language holds one ``Grammar``, which is data: a query over the syntax tree whose
captures say what a node means to a measurement, and how functions are named and listed. A new
language is a new module and a line in ``MODULES``. Captures:

- ``@function``: a function with a body; ``@scope``: a class or the like, which names its functions
  and owns what stands directly in it
- ``@holder``: a declaration that names the anonymous function which is its direct value
- ``@decision`` adds one to the cyclomatic complexity of the innermost function, ``@decision.less``
  takes one away, ``@shield`` marks a region where decisions do not count
- ``@nest``: a block that nests its content one level deeper; ``@flat``: such a block that continues
  its parent (the ``if`` of an ``else if``)
- ``@comment``: a comment, or a string that serves as one
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tree_sitter import Language, Parser, Query

MODULES = {
    "C": "c",
    "C++": "cpp",
    "Go": "go",
    "Java": "java",
    "JavaScript": "javascript",
    "Python": "python",
    "Rust": "rust",
    "TSX": "tsx",
    "TypeScript": "typescript",
}


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a measurement needs to know of a language.

    ``package`` is the grammar's distribution and ``entry`` its function. ``lists_closures`` tells
    whether a function within a function stands in lists of its own (as lizard has it) or only adds to
    the file's total (radon). ``starts_at_name`` puts a function's first line where its name stands
    instead of where its declaration begins. ``separator`` joins a scope's name to a function's.
    """

    package: str
    query: str
    entry: str = "language"
    lists_closures: bool = True
    starts_at_name: bool = False
    separator: str = "."


@dataclass(frozen=True, slots=True)
class Loaded:
    """A grammar with its parser and compiled query; one a process, not safe across threads."""

    grammar: Grammar
    parser: Parser
    query: Query


@cache
def load(language: str) -> Loaded:
    """The parser of a language; KeyError where there is none."""
    grammar: Grammar = import_module(f"{__name__}.{MODULES[language]}").GRAMMAR
    compiled = Language(getattr(import_module(grammar.package), grammar.entry)())
    return Loaded(grammar, Parser(compiled), Query(compiled, grammar.query))
