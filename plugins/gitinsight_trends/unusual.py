"""Weeks unlike all others of the two years before, and whether Christmas leaves its mark.

Both compare a series with itself. A week is unusual where its value lies outside the range of the 104
weeks before: that befalls one week in a hundred of a steady series. Christmas is compared with the weeks
around it, and by chance with as many other weeks of the same years (a permutation test).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.errors import SeriesInvalid, SeriesTooShort
from gitinsight_trends.quantiles import checked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WINDOW_WEEKS = 104
NEIGHBOURS = 4
PERMUTATIONS = 999
FEWEST_YEARS = 5


@dataclass(frozen=True, slots=True)
class Unusual:
    """The index of a week, its value, and the least and greatest of the 104 weeks before."""

    at: int
    value: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Christmas:
    """The Christmas week divided by the weeks around it, over so many years, and the two-sided p-value."""

    ratio: float
    p_value: float
    years: int


def unusual_weeks(values: Any) -> list[Unusual]:
    """All weeks outside the range of the 104 before them, oldest first; SeriesTooShort below 105 weeks."""
    series = checked(values)
    if len(series) <= WINDOW_WEEKS:
        raise SeriesTooShort("tell unusual weeks", len(series), WINDOW_WEEKS + 1)
    before = np.lib.stride_tricks.sliding_window_view(series[:-1], WINDOW_WEEKS)
    low, high = before.min(axis=1), before.max(axis=1)
    came = series[WINDOW_WEEKS:]
    outside = np.flatnonzero((came < low) | (came > high))
    return [
        Unusual(int(at) + WINDOW_WEEKS, float(came[at]), float(low[at]), float(high[at])) for at in outside
    ]


def christmas(values: Any, mondays: Sequence[datetime]) -> Christmas:
    """How the weeks with the 25th of December differ from the four weeks on either side.

    Raises SeriesTooShort below five such weeks, SeriesInvalid for values below 0.
    """
    series = checked(values)
    if len(series) and series.min() < 0:
        raise SeriesInvalid(f"a value is {series.min():g}: a ratio needs values of 0 or more")
    holidays = [at for at in range(NEIGHBOURS, len(series) - NEIGHBOURS) if _has_christmas(mondays[at])]
    years = len(holidays)
    if years < FEWEST_YEARS:
        raise SeriesTooShort("compare Christmas weeks", len(series), 52 * FEWEST_YEARS)
    around = np.lib.stride_tricks.sliding_window_view(np.log1p(series), 2 * NEIGHBOURS + 1)
    middle = around[:, NEIGHBOURS]
    apart = middle - (around.sum(axis=1) - middle) / (2 * NEIGHBOURS)
    found = float(apart[np.array(holidays) - NEIGHBOURS].mean())
    # One week of each year, 52 weeks up to its Christmas: drawn anew so many times.
    random = np.random.default_rng(0)
    drawn = np.array(holidays) - NEIGHBOURS - random.integers(0, 52, (PERMUTATIONS, years))
    by_chance = apart[np.maximum(drawn, 0)].mean(axis=1)
    as_far = int((np.abs(by_chance) >= abs(found) - 1e-12).sum())
    return Christmas(math.exp(found), (1 + as_far) / (1 + PERMUTATIONS), years)


def _has_christmas(monday: datetime) -> bool:
    day = date(monday.year, 12, 25)
    return monday.date() <= day < monday.date() + timedelta(weeks=1)
