"""What costs health: the published table of rules, and the deductions that they find in a file's facts.

A rule belongs to a category; a category costs a file at most its cap. Nothing here reads a repository: the
facts come in as plain data, and those that a language does not tell are left out of the count.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

COMPLEX, VERY_COMPLEX = 10, 20
COGNITIVE, VERY_COGNITIVE = 15, 30
LONG_LINES, VERY_LONG_LINES = 60, 120
DEEP, VERY_DEEP = 4, 6
MANY_PARAMETERS = 5
LARGE_LINES = 500
BRAIN_LINES, BRAIN_COMPLEXITY = 65, 15
BRAIN_CLASS_LINES, BRAIN_CLASS_COMPLEXITY = 195, 47
BUMPS, MANY_BUMPS = 2, 4
COMPONENTS, COHESIVE_METHODS = 2, 4
DUPLICATE_LINES, MOST_FOR_DUPLICATE = 10, 0.5


class Category(NamedTuple):
    """A kind of deduction: the most it may cost a file, and what to do about it in one sentence."""

    name: str
    cap: float
    fix: str


CATEGORIES = {
    "complex-method": Category("complex methods", 2.5, "Split it at its branches into steps with names."),
    "brain-method": Category(
        "brain methods", 1.5, "Take it apart by its tasks, the deepest block first, until each part has one."
    ),
    "brain-class": Category(
        "brain classes", 1.0, "Give groups of methods that belong together their own class."
    ),
    "low-cohesion": Category(
        "low cohesion", 1.0, "Split the class along its groups of methods that share no field and no call."
    ),
    "duplication": Category("duplication", 1.5, "Give what the copies share a name and call it from each."),
    "large-method": Category("large methods", 1.5, "Cut it into steps with names."),
    "deep-nesting": Category("deep nesting", 1.5, "Return early or move the inner blocks out."),
    "bumpy-road": Category(
        "bumpy roads", 1.0, "Give each of its blocks of nested code a function of its own."
    ),
    "complex-conditional": Category(
        "complex conditionals", 0.5, "Name the condition as a function or a variable that says what it asks."
    ),
    "many-parameters": Category("many parameters", 0.5, "Group parameters that travel together."),
    "large-file": Category(
        "large files", 1.0, "Look for a second idea in the file and give it its own file."
    ),
}
"""The rules by id, in the order in which a table shows them."""


class Deduction(NamedTuple):
    """Something that lowers a file's health by ``cost`` points before the cap, and where it stands.

    ``rule`` is a key of ``CATEGORIES``; ``effort_lines`` is how many lines one touches to mend it.
    """

    rule: str
    cost: float
    message: str
    start_line: int
    end_line: int
    effort_lines: int

    @property
    def fix(self) -> str:
        """What to do, in one sentence."""
        return CATEGORIES[self.rule].fix


@dataclass(frozen=True, slots=True)
class FunctionFacts:
    """A function as the rules see it; None stands for what is not known."""

    name: str
    start_line: int
    end_line: int
    cyclomatic: int = 1
    nesting: int = 0
    parameters: int = 0
    cognitive: int | None = None
    bumps: int | None = None
    complex_conditionals: Sequence[int] = ()
    """The lines where they stand."""

    @property
    def length(self) -> int:
        """Lines from the first to the last."""
        return self.end_line - self.start_line + 1


@dataclass(frozen=True, slots=True)
class ClassFacts:
    """A class as the rules see it; ``lcom4`` counts groups of methods with no field or call in common."""

    name: str
    start_line: int
    end_line: int
    methods: int = 0
    lcom4: int | None = None


@dataclass(frozen=True, slots=True)
class DuplicateFacts:
    """Lines that also stand elsewhere; ``other`` says where, such as ``b.py:3-20``."""

    start_line: int
    end_line: int
    other: str
    copies: int = 2


@dataclass(frozen=True, slots=True)
class FileFacts:
    """What a file's health is worked out from; each part may be left out where it is not known."""

    path: str
    code_lines: int
    total_lines: int
    functions: Sequence[FunctionFacts] = ()
    classes: Sequence[ClassFacts] = ()
    duplicates: Sequence[DuplicateFacts] = field(default_factory=tuple)


def deductions_of(facts: FileFacts) -> Sequence[Deduction]:
    """All deductions of a file, in order of line and rule."""
    found = [deduction for function in facts.functions for deduction in _of_function(function)]
    found += [deduction for one in facts.classes for deduction in _of_class(one, facts.functions)]
    found += [_of_duplicate(duplicate) for duplicate in facts.duplicates]
    found += _of_size(facts)
    order = {rule: n for n, rule in enumerate(CATEGORIES)}
    return sorted(found, key=lambda one: (one.start_line, order[one.rule], one.end_line, one.message))


def scaled_costs(deductions: Sequence[Deduction], most: float) -> Sequence[float]:
    """What each deduction really costs: a category over its cap is scaled down to it in proportion.

    Where all categories together cost more than ``most``, they are scaled down to that likewise.
    """
    sums: dict[str, float] = {}
    for one in deductions:
        sums[one.rule] = sums.get(one.rule, 0.0) + one.cost
    scale = {rule: min(1.0, CATEGORIES[rule].cap / cost) for rule, cost in sums.items()}
    whole = sum(scale[rule] * cost for rule, cost in sums.items())
    all_scale = min(1.0, most / whole) if whole else 1.0
    return [one.cost * scale[one.rule] * all_scale for one in deductions]


def _of_function(one: FunctionFacts) -> Iterator[Deduction]:
    def deduction(rule: str, cost: float, what: str) -> Deduction:
        return Deduction(rule, cost, f"{one.name} {what}", one.start_line, one.end_line, one.length)

    complexity = max(
        _step(one.cyclomatic, {COMPLEX: 0.3, VERY_COMPLEX: 0.8}),
        _step(one.cognitive or 0, {COGNITIVE: 0.3, VERY_COGNITIVE: 0.8}),
    )
    if complexity:
        cognitive = f" (cognitive {one.cognitive})" if one.cognitive is not None else ""
        yield deduction("complex-method", complexity, f"has a complexity of {one.cyclomatic}{cognitive}")
    if one.length > BRAIN_LINES and one.cyclomatic > BRAIN_COMPLEXITY and one.nesting >= DEEP:
        yield deduction("brain-method", 0.75, "is long, complex and deeply nested at once")
    if cost := _step(one.length, {LONG_LINES: 0.2, VERY_LONG_LINES: 0.5}):
        yield deduction("large-method", cost, f"is {one.length} lines long")
    if cost := _step(one.nesting, {DEEP - 1: 0.3, VERY_DEEP - 1: 0.5}):
        yield deduction("deep-nesting", cost, f"nests {one.nesting} levels deep")
    if cost := _step(one.bumps or 0, {BUMPS - 1: 0.2, MANY_BUMPS - 1: 0.4}):
        yield deduction("bumpy-road", cost, f"has {one.bumps} blocks of nested code one after the other")
    if cost := _step(one.parameters, {MANY_PARAMETERS: 0.1}):
        yield deduction("many-parameters", cost, f"has {one.parameters} parameters")
    for line in one.complex_conditionals:
        message = f"{one.name} asks several things in one condition"
        yield Deduction("complex-conditional", 0.1, message, line, line, 1)


def _step(value: int, costs: Mapping[int, float]) -> float:
    """The cost of the highest limit that a value is above."""
    return max((cost for limit, cost in costs.items() if value > limit), default=0.0)


def _of_class(one: ClassFacts, functions: Sequence[FunctionFacts]) -> Iterator[Deduction]:
    lines = one.end_line - one.start_line + 1
    own = [f for f in functions if one.start_line <= f.start_line and f.end_line <= one.end_line]
    complexity = sum(function.cyclomatic for function in own)
    if lines >= BRAIN_CLASS_LINES and complexity >= BRAIN_CLASS_COMPLEXITY:
        message = f"{one.name} has {lines} lines and a complexity of {complexity}"
        yield Deduction("brain-class", 0.5, message, one.start_line, one.end_line, lines)
    if one.lcom4 is not None and one.lcom4 >= COMPONENTS and one.methods >= COHESIVE_METHODS:
        message = f"{one.name} is {one.lcom4} groups of methods that have nothing in common"
        yield Deduction("low-cohesion", 0.3, message, one.start_line, one.end_line, lines)


def _of_duplicate(one: DuplicateFacts) -> Deduction:
    lines = one.end_line - one.start_line + 1
    cost = min(MOST_FOR_DUPLICATE, 0.1 * -(-lines // DUPLICATE_LINES))
    rest = one.copies - 2
    places = f" and {rest} more place{'' if rest == 1 else 's'}" if rest else ""
    message = f"{lines} lines also stand at {one.other}{places}"
    return Deduction("duplication", cost, message, one.start_line, one.end_line, lines)


def _of_size(facts: FileFacts) -> Sequence[Deduction]:
    beyond = facts.code_lines - LARGE_LINES
    if beyond <= 0:
        return []
    cost = 0.5 * -(-beyond // LARGE_LINES)
    message = f"{facts.code_lines} lines of code in one file"
    # A second idea is seldom as small as the few lines that a file may be over the limit.
    effort = max(beyond, facts.code_lines // 4)
    return [Deduction("large-file", cost, message, 1, max(1, facts.total_lines), effort)]
