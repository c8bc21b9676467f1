"""How long lines live: the estimator of Kaplan and Meier (1958, JASA 53, pages 457-481) with weights.

Lines that are still there have not died: they leave the estimate at their age, unlike in a mean of the
ages at death.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, slots=True)
class Life:
    """So many lines that died at an age in days, or were alive when last seen at that age."""

    age_days: float
    died: bool
    lines: int


@dataclass(frozen=True, slots=True)
class SurvivalStep:
    """An age at which lines died: so many had reached it, and the share that lives longer."""

    age_days: float
    at_risk: int
    died: int
    survival: float


def kaplan_meier(lives: Iterable[Life]) -> list[SurvivalStep]:
    """The steps of the survival curve by age; no steps where nothing died.

    Survival after age t is the product over all ages u <= t of 1 - died(u) / at_risk(u). Whoever is
    last seen at an age is still at risk there.
    """
    died: dict[float, int] = {}
    left: dict[float, int] = {}
    for life in lives:
        left[life.age_days] = left.get(life.age_days, 0) + life.lines
        if life.died:
            died[life.age_days] = died.get(life.age_days, 0) + life.lines
    at_risk, survival = sum(left.values()), 1.0
    steps = []
    for age in sorted(left):
        if died.get(age):
            survival *= 1 - died[age] / at_risk
            steps.append(SurvivalStep(age, at_risk, died[age], survival))
        at_risk -= left[age]
    return steps


def survival(lives: pl.DataFrame) -> list[SurvivalStep]:
    """The survival curve of lines: of all of ``History.line_lives``, or of those rows that were chosen."""
    counted = lives.select("age_days", "died", "lines").group_by("age_days", "died").sum()
    return kaplan_meier(Life(age, died, lines) for age, died, lines in counted.iter_rows())


def half_life(steps: Sequence[SurvivalStep]) -> float | None:
    """The age in days that half of the lines do not outlive; None where more than half were never seen to."""
    return next((step.age_days for step in steps if step.survival <= 0.5), None)
