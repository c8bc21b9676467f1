"""Code health: a score from 1 (poor) to 10 (good) with deductions that anyone can recompute.

``health = 10 - sum over categories of min(cap, sum of the deductions)``, not below 1. ``deductions`` has
the table. The weights are a first choice in the range of common style limits. They say where code is hard
to read, not where the next bug is: against bug fixes they rank files worse than lines alone (``risk`` does
that better), and the definition says so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gitinsight_quality.deductions import (
    CATEGORIES,
    ClassFacts,
    Deduction,
    DuplicateFacts,
    FileFacts,
    FunctionFacts,
    deductions_of,
    scaled_costs,
)
from gitinsight_quality.duplication import FileDuplication
from gitinsight_quality.files import File

BEST, WORST = 10.0, 1.0
HEALTHY, UNHEALTHY = 8.0, 4.0


class Band(StrEnum):
    """What a score is called."""

    HEALTHY = "healthy"
    PROBLEMATIC = "problematic"
    UNHEALTHY = "unhealthy"


def band_of(score: float) -> Band:
    """Healthy from 8 on, unhealthy below 4."""
    return Band.HEALTHY if score >= HEALTHY else Band.PROBLEMATIC if score >= UNHEALTHY else Band.UNHEALTHY


@dataclass(frozen=True, slots=True)
class FileHealth:
    """A file's score with what lowered it; ``costs`` are the deductions' after scaling: 10 - score in all."""

    path: str
    code_lines: int
    score: float
    deductions: Sequence[Deduction]
    costs: Sequence[float]


@dataclass(frozen=True, slots=True)
class RepositoryHealth:
    """The mean over the parsed files weighted by their lines of code, None where there are none.

    ``deductions`` are by rule and weighted likewise: they add up to ``10 - score``.
    """

    score: float | None
    deductions: Mapping[str, float]
    files: Sequence[FileHealth]

    @property
    def code_lines(self) -> int:
        """Lines of code of all files judged."""
        return sum(file.code_lines for file in self.files)


def facts_of(file: File, duplication: FileDuplication | None = None) -> FileFacts:
    """A measured file's facts: the one place where what files measure meets what the rules know.

    Copies within tests cost nothing: a test may say all that it does in full.
    """
    functions = [
        FunctionFacts(
            one.name,
            one.start_line,
            one.end_line,
            one.cyclomatic,
            one.nesting,
            one.parameters,
            one.cognitive,
            one.bumps,
            one.complex_conditions,
        )
        for one in file.functions
    ]
    classes = [ClassFacts(*one) for one in file.measure.classes]
    facts = FileFacts(file.path, file.lines.code, file.lines.total, functions, classes)
    if duplication is None or file.is_test:
        return facts
    duplicates = [
        DuplicateFacts(one.start_line, one.end_line, str(one.other), one.copies)
        for one in duplication.duplicates
    ]
    return replace(facts, duplicates=duplicates)


def file_health(facts: FileFacts) -> FileHealth:
    """The health of a file whose facts are known."""
    deductions = deductions_of(facts)
    costs = scaled_costs(deductions, BEST - WORST)
    return FileHealth(facts.path, facts.code_lines, round(BEST - sum(costs), 9), deductions, costs)


def health_of(files: Sequence[File], duplication: Mapping[str, FileDuplication]) -> RepositoryHealth:
    """The health of all parsed files and of the repository."""
    judged = [file for file in files if file.is_parsed and file.lines.code]
    return repository_health([facts_of(file, duplication.get(file.path)) for file in judged])


def repository_health(files: Sequence[FileFacts]) -> RepositoryHealth:
    """The health of a repository made of these files, whatever their order."""
    healths = sorted((file_health(facts) for facts in files), key=lambda health: health.path)
    lines = sum(health.code_lines for health in healths)
    if not lines:
        return RepositoryHealth(None, {}, healths)
    deductions = dict.fromkeys(CATEGORIES, 0.0)
    for health in healths:
        for deduction, cost in zip(health.deductions, health.costs, strict=True):
            deductions[deduction.rule] += cost * health.code_lines / lines
    return RepositoryHealth(BEST - sum(deductions.values()), deductions, healths)
