"""Code health: a score from 1 (poor) to 10 (good) with deductions that anyone can recompute.

``HEALTH = 10 - sum over categories of min(cap, sum of deductions)``. Each finding names its function
and lines. The weights are a first choice in the range of common style limits; they have not been
validated against defects yet, and the definition says so.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from gitinsight_quality.files import File
from gitinsight_quality.functions import Function

BEST = 10.0
COMPLEX, VERY_COMPLEX = 10, 20
LONG_LINES = 60
DEEP = 4
MANY_PARAMETERS = 5
LARGE_LINES = 500

CAPS = {
    "complex functions": 3.0,
    "long functions": 2.0,
    "deep nesting": 2.0,
    "many parameters": 1.0,
    "large files": 1.0,
}


class Finding(NamedTuple):
    """Something that lowers a file's health by ``cost`` before the cap; ``lines`` where it stands."""

    category: str
    cost: float
    what: str
    lines: tuple[int, int]


@dataclass(frozen=True, slots=True)
class FileHealth:
    """A parsed file's score, with what lowered it."""

    file: File
    score: float
    findings: Sequence[Finding]
    deductions: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class RepositoryHealth:
    """The mean over the parsed files weighted by their lines of code, None where there are none.

    ``deductions`` are weighted likewise: they add up to ``10 - score``.
    """

    score: float | None
    deductions: Mapping[str, float]
    files: Sequence[FileHealth]


def file_health(file: File) -> FileHealth:
    """The health of a file whose functions are known."""
    findings = [finding for function in file.functions for finding in _of_function(function)]
    findings += _of_size(file)
    sums: defaultdict[str, float] = defaultdict(float)
    for finding in findings:
        sums[finding.category] += finding.cost
    deductions = {category: min(CAPS[category], cost) for category, cost in sums.items()}
    return FileHealth(file, round(BEST - sum(deductions.values()), 3), findings, deductions)


def repository_health(files: Sequence[File]) -> RepositoryHealth:
    """The health of all parsed files and of the repository."""
    healths = [file_health(file) for file in files if file.is_parsed and file.lines.code]
    lines = sum(health.file.lines.code for health in healths)
    if not lines:
        return RepositoryHealth(None, {}, healths)
    deductions = dict.fromkeys(CAPS, 0.0)
    for health in healths:
        for category, cost in health.deductions.items():
            deductions[category] += cost * health.file.lines.code / lines
    return RepositoryHealth(BEST - sum(deductions.values()), deductions, healths)


def _of_function(function: Function) -> Iterator[Finding]:
    lines = (function.start_line, function.end_line)
    if function.cyclomatic > COMPLEX:
        cost = 0.8 if function.cyclomatic > VERY_COMPLEX else 0.3
        yield Finding(
            "complex functions", cost, f"{function.name} has a complexity of {function.cyclomatic}", lines
        )
    if function.length > LONG_LINES:
        yield Finding("long functions", 0.2, f"{function.name} is {function.length} lines long", lines)
    if function.nesting >= DEEP:
        yield Finding("deep nesting", 0.3, f"{function.name} nests {function.nesting} levels deep", lines)
    if function.parameters > MANY_PARAMETERS:
        yield Finding("many parameters", 0.2, f"{function.name} has {function.parameters} parameters", lines)


def _of_size(file: File) -> list[Finding]:
    beyond = file.lines.code - LARGE_LINES
    if beyond <= 0:
        return []
    cost = 0.5 * -(-beyond // LARGE_LINES)
    return [Finding("large files", cost, f"{file.lines.code} lines of code", (1, file.lines.total))]
