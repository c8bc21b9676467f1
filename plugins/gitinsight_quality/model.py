"""What is known of a parsed text: its functions, its classes, and the places worth a second look."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple


class Function(NamedTuple):
    """A function; lines are 1-based and inclusive.

    ``nesting`` is the depth of the deepest block within it. ``is_inner`` marks a function that only
    adds to its file's total because its language's reference tool lists it with its parent.
    ``cognitive`` is SonarSource's cognitive complexity (white paper 1.7). ``bumps`` counts the blocks
    that stand directly in another block of the function: each is a stretch of the text where the
    nesting rises to two or more. ``complex_conditions`` has the line of each logical expression of
    three or more operands.
    """

    name: str
    start_line: int
    end_line: int
    cyclomatic: int
    nesting: int
    parameters: int
    is_inner: bool = False
    cognitive: int = 0
    bumps: int = 0
    complex_conditions: tuple[int, ...] = ()

    @property
    def length(self) -> int:
        """Lines from the first to the last."""
        return self.end_line - self.start_line + 1


class Class(NamedTuple):
    """A class, or what a language has in its place; lines are 1-based and inclusive.

    ``methods`` counts those with a body. ``lcom4`` is the number of groups of methods that have
    nothing to do with one another (see ``classes``), None where the language does not tell.
    """

    name: str
    start_line: int
    end_line: int
    methods: int
    lcom4: int | None


class Smell(NamedTuple):
    """A place worth a second look: an id of ``smells.SMELLS``, where it stands, and what was found."""

    id: str
    start_line: int
    end_line: int
    detail: str = ""


class Parsed(NamedTuple):
    """A text's functions and classes in order, the byte spans of its comments, and what was noticed.

    ``smells`` are those that only the tree tells; ``has_error`` says that parts could not be read.
    """

    functions: Sequence[Function]
    comments: Sequence[tuple[int, int]]
    has_error: bool
    classes: Sequence[Class] = ()
    smells: Sequence[Smell] = ()
