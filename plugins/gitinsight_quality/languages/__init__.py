"""Grammars: how functions, decisions and nesting look in each language that has a parser.

One module a language holds one ``Grammar``, which is data: a query over the syntax tree whose
captures say what a node means to a measurement, and how functions are named and listed. A new
language is a new module and a line in ``MODULES``. Captures:

- ``@function``: a function with a body; ``@class``, ``@scope``: a class, or a namespace or the like,
  which names its functions and owns what stands directly in it; ``@field``: the name of a class's field
- ``@holder``: a declaration that names the anonymous function which is its direct value
- ``@decision`` adds one to the cyclomatic complexity of the innermost function, ``@decision.less``
  takes one away; ``@and``, ``@or``: a logical operation, which adds one too
- ``@decision.alone`` adds one too, and what stands in it counts for cognitive complexity alone;
  ``@shield`` marks a region where nothing of this counts
- ``@nest``: a block that nests its content one level deeper; ``@flat``: such a block that continues
  its parent (the ``if`` of an ``else if``)
- ``@switch``: such a block whose own ``else`` is its default and adds nothing
- ``@branch`` nests for cognitive complexity alone (a conditional expression), and so does ``@lambda``,
  which adds nothing itself; ``@else`` and ``@jump`` add one wherever they stand
- ``@condition``: what an ``if`` or an ``else if`` asks; ``@smell.NAME``: a node that is a smell as it stands
- ``@comment``: a comment, or a string that serves as one
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module

from tree_sitter import Language, Parser, Query

NOTEBOOK = "Jupyter Notebook"

MODULES = {
    "C": "c",
    "C#": "csharp",
    "C++": "cpp",
    "Go": "go",
    "Java": "java",
    "JavaScript": "javascript",
    "Kotlin": "kotlin",
    NOTEBOOK: "python",
    "PHP": "php",
    "Python": "python",
    "Ruby": "ruby",
    "Rust": "rust",
    "Scala": "scala",
    "Shell": "bash",
    "Swift": "swift",
    "TSX": "tsx",
    "TypeScript": "typescript",
}


@dataclass(frozen=True, slots=True)
class Cohesion:
    """How a method's text tells which members of its class it uses.

    Each of ``patterns`` finds a member after its receiver, in its only group; it begins with plain letters,
    and looks back for the border of the word, so that the search can skip to them. ``bare_names`` says that
    members may stand alone. ``needs_receiver`` is found in the declaration of every method that is not static.
    """

    patterns: tuple[re.Pattern[bytes], ...]
    constructors: frozenset[str] = frozenset()
    bare_names: bool = False
    needs_receiver: re.Pattern[bytes] | None = None


THIS = (re.compile(rb"this(?<!\wthis)\??\.(#?\w+)"),)


@dataclass(frozen=True, slots=True)
class Grammar:
    """What a measurement needs to know of a language.

    ``package`` is the grammar's distribution and ``entry`` its function. ``lists_closures`` tells
    whether a function within a function stands in lists of its own (as lizard has it) or only adds to
    the file's total (radon). ``starts_at_name`` puts a function's first line where its name stands
    instead of where its declaration begins. ``separator`` joins a scope's name to a function's.
    ``joins_holder`` puts a holder's name before that of its function (an accessor of a property).
    ``counts_recursion`` is off where a call by the same name may well be to an overload.
    """

    package: str
    query: str
    entry: str = "language"
    lists_closures: bool = True
    starts_at_name: bool = False
    separator: str = "."
    joins_holder: bool = False
    counts_recursion: bool = True
    cohesion: Cohesion | None = None


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
