"""Smells: places worth a second look, few and precise, each with its lines and a sentence that says what to do.

Only what a syntax tree tells for certain is reported: commented-out code, for one, is left out, since
prose and code cannot be told apart without guessing. Limits are those of common style guides.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gitinsight_quality.model import Class, Function, Parsed, Smell

LONG_LINES = 60
MANY_PARAMETERS = 5
DEEP = 4
MANY_BUMPS = 3
MANY_GROUPS = 2
FEW_METHODS = 4
MAX_MARKERS = 200

_WORDS = (b"TODO", b"FIXME", b"XXX", b"HACK")
_MARKER = re.compile(b"|".join(rb"%c(?<!\w%c)%s\b" % (word[0], word[0], word[1:]) for word in _WORDS))
"""Each word begins with its letter, before it is asked what stands before: so the search can skip to it."""


@dataclass(frozen=True, slots=True)
class SmellKind:
    """What a smell is called, and what to do about it in one sentence."""

    id: str
    title: str
    fix: str


_KINDS = (
    SmellKind(
        "assert-on-tuple",
        "Assertion on a tuple",
        "Drop the parentheses: a tuple that holds anything is true.",
    ),
    SmellKind("bumpy-road", "Bumpy road", "Give each nested stretch of the function a name of its own."),
    SmellKind(
        "complex-condition",
        "Complex condition",
        "Name the condition, or parts of it, by a variable or a function.",
    ),
    SmellKind("deep-nesting", "Deep nesting", "Leave early, or move the inner blocks into functions."),
    SmellKind(
        "duplicated-condition",
        "Condition that its chain has asked before",
        "Correct the condition or remove the branch, which is never taken.",
    ),
    SmellKind(
        "empty-handler",
        "Error handler without content",
        "Handle the error, log it, or say in a comment why it may be ignored.",
    ),
    SmellKind(
        "long-function", "Long function", "Split the function where it changes from one task to the next."
    ),
    SmellKind(
        "low-cohesion",
        "Class of unrelated groups of methods",
        "Split the class along the groups of methods that share nothing.",
    ),
    SmellKind("many-parameters", "Many parameters", "Pass what belongs together as one object."),
    SmellKind(
        "mutable-default",
        "Default value that calls share",
        "Default to None and make the list, dictionary or set in the function.",
    ),
    SmellKind(
        "swallowed-error",
        "All errors silently passed over",
        "Name the exceptions that are expected, and log the others or let them through.",
    ),
    SmellKind("todo", "Work left open", "Do it, or move it to where open work is kept."),
)
SMELLS = {kind.id: kind for kind in _KINDS}


def smells_of(parsed: Parsed, content: bytes) -> Sequence[Smell]:
    """All smells of a parsed text in the order of their lines."""
    found = [*parsed.smells, *_markers(content, parsed.comments)]
    for function in parsed.functions:
        if not function.is_inner:
            found += _of_function(function)
    for one in parsed.classes:
        found += _of_class(one)
    return sorted(found, key=lambda smell: (smell.start_line, smell.end_line, smell.id))


def _of_function(function: Function) -> Iterator[Smell]:
    span = function.start_line, function.end_line
    if function.length > LONG_LINES:
        yield Smell("long-function", *span, f"{function.name}: {function.length} lines")
    if function.parameters > MANY_PARAMETERS:
        yield Smell("many-parameters", *span, f"{function.name}: {function.parameters} parameters")
    if function.nesting >= DEEP:
        yield Smell("deep-nesting", *span, f"{function.name}: {function.nesting} levels")
    if function.bumps >= MANY_BUMPS:
        yield Smell("bumpy-road", *span, f"{function.name}: {function.bumps} nested stretches")
    for line in function.complex_conditions:
        yield Smell("complex-condition", line, line, function.name)


def _of_class(one: Class) -> Iterator[Smell]:
    if one.methods >= FEW_METHODS and one.lcom4 is not None and one.lcom4 >= MANY_GROUPS:
        yield Smell(
            "low-cohesion", one.start_line, one.end_line, f"{one.name}: {one.lcom4} groups of methods"
        )


def _markers(content: bytes, comments: Sequence[tuple[int, int]]) -> Iterator[Smell]:
    """The lines of comments with TODO, FIXME, XXX or HACK, at most 200."""
    if not any(word in content for word in _WORDS):
        return
    spans = iter(comments)
    start = end = -1
    line, counted = 1, 0
    for number, match in enumerate(_MARKER.finditer(content)):
        while end <= match.start():
            if (span := next(spans, None)) is None:
                return
            start, end = span
        if number < MAX_MARKERS and match.start() >= start:
            line += content.count(b"\n", counted, match.start())
            counted = match.start()
            yield Smell("todo", line, line, match.group().decode())
