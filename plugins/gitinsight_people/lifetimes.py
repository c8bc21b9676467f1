"""How long people's lines live: the survival curve, and how far it can be relied on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import polars as pl

from gitinsight.plugin import SurvivalStep, believable_since, half_life, survival

if TYPE_CHECKING:
    from gitinsight.plugin import History

ENOUGH_LINES = 100
DRAWS = 100
ALIKE = 1.25
"""Two half-lives within a factor of 1.25 of each other are called alike."""

Curve = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Lifetimes:
    """The lives of people's lines: rows of ``line_lives`` with a believable time, and what follows from them.

    ``lives`` has in addition ``commit`` and ``subject`` of the writing commit. ``curves`` holds, for each
    draw, the share of lines that outlive each age of 0, 1, 2, ... days.
    """

    lives: pl.DataFrame
    steps: list[SurvivalStep]
    curves: Curve

    @property
    def written(self) -> int:
        """How many lines were ever written."""
        return int(self.lives["lines"].sum())

    @property
    def half_life(self) -> float | None:
        """In days; None where it cannot be known yet or there are too few lines."""
        return half_life(self.steps) if self.written >= ENOUGH_LINES else None

    @property
    def median_age(self) -> int | None:
        """The age in days that half of the lines at head do not exceed; None without any."""
        alive = self.lives.filter(~pl.col("died")).sort("age_days")
        if alive.is_empty():
            return None
        half = alive.filter(2 * pl.col("lines").cum_sum() >= pl.col("lines").sum())
        return int(half["age_days"][0])

    def outlive(self, days: int) -> float:
        """The share of lines that live longer than so many days."""
        passed = [step.survival for step in self.steps if step.age_days <= days]
        return passed[-1] if passed else 1.0

    def interval(self, days: int) -> tuple[float, float]:
        """The 95 % interval of that share, by the draws."""
        low, high = np.quantile(self.curves[:, days], (0.025, 0.975))
        return float(low), float(high)

    def drawn_half_lives(self) -> Curve:
        """The half-life of each draw in days, infinite where it was not reached."""
        reached = self.curves <= 0.5
        return np.where(reached.any(axis=1), reached.argmax(axis=1), np.inf)


def read_lifetimes(history: History) -> Lifetimes:
    """The lives of what people wrote; whatever a wrong clock has dated is left out."""
    commits = history.commits.select(
        "order", "commit", "subject", "is_bot", "is_ignored", "committed_at"
    ).filter(pl.col("committed_at") <= history.now)
    beginning = believable_since(commits["committed_at"].sort().to_list()) or history.now
    counted = commits.filter(~pl.col("is_bot"), ~pl.col("is_ignored"), pl.col("committed_at") >= beginning)
    possible = (pl.lit(history.now) - pl.col("committed_at")).dt.total_days()
    lives = (
        history.line_lives.join(counted, on="order", maintain_order="left")
        .filter(pl.col("age_days") <= possible)
        .drop("is_bot", "is_ignored", "committed_at")
    )
    return Lifetimes(lives, survival(lives), _drawn_curves(lives))


def _drawn_curves(lives: pl.DataFrame) -> Curve:
    """Survival curves of commits drawn at random with repetition (bootstrap by commit), seeded.

    The lines of one commit tend to live and to die together, so commits are drawn and not lines.
    """
    ages, lines = lives["age_days"].to_numpy(), lives["lines"].to_numpy()
    died = lives["died"].to_numpy()
    commits, place = np.unique(lives["order"].to_numpy(), return_inverse=True)
    days = int(ages.max()) + 1 if len(ages) else 1
    draws = np.random.default_rng(20240101)
    curves = np.ones((DRAWS, days))
    for curve in curves if len(ages) else ():
        times = np.bincount(draws.integers(len(commits), size=len(commits)), minlength=len(commits))
        weights = lines * times[place]
        ended = np.bincount(ages, weights, days)
        deaths = np.bincount(ages, weights * died, days)
        at_risk = ended[::-1].cumsum()[::-1]
        np.cumprod(1 - np.divide(deaths, at_risk, out=np.zeros(days), where=at_risk > 0), out=curve)
    return curves
