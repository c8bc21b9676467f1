"""When the level of a weekly series changed for good, against mere ups and downs.

The segmentation into stretches of at least 13 weeks that has the least sum of squares plus a penalty for
each rupture, on ln(1 + x) in units of its long-run noise. It is what ruptures' ``KernelCPD`` with the
linear kernel finds (Truong, Oudre and Vayatis 2020), here exact and without SciPy.
"""

from __future__ import annotations

import itertools
import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.errors import SeriesInvalid, SeriesTooShort
from gitinsight_trends.quantiles import checked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

STRETCH_WEEKS = 13
MINIMUM_WEEKS = 2 * STRETCH_WEEKS
LEAST_FACTOR = 1.5
YEAR_WEEKS = 53
WILD = 5.0
"""No week counts as further from its year's median than so many deviations: one wild week is no level."""
LEAST_NOISE = 1e-9
"""Below it a series is constant for all that floating-point numbers can tell."""
_NORMAL_MEDIAN = 0.6745
"""The median distance of a normal variable from its mean, in standard deviations."""


@dataclass(frozen=True, slots=True)
class Change:
    """A new level: the index of its first week, and the levels of the stretches before and after.

    A level is exp(mean of ln(1 + x)) - 1, which a few wild weeks hardly move.
    """

    at: int
    before: float
    after: float


def change_points(values: Any) -> list[int]:
    """The first weeks of new levels, ascending; as ``level_changes``, without the levels."""
    return [change.at for change in level_changes(values)]


def level_changes(values: Any) -> list[Change]:
    """Every lasting change of level, oldest first, from weekly values of 0 or more, oldest first.

    Only levels that differ from the one before by a factor of 1.5 or more. Raises SeriesTooShort below
    26 weeks, SeriesInvalid for NaN, infinite or negative values.
    """
    series = checked(values)
    if len(series) < MINIMUM_WEEKS:
        raise SeriesTooShort("look for changes of level", len(series), MINIMUM_WEEKS)
    if series.min() < 0:
        raise SeriesInvalid(f"a value is {series.min():g}: a level needs values of 0 or more")
    logs = np.log1p(series)
    middle = _running_median(logs)
    # A series that follows its running median exactly has steps but no ups and downs: its steps are the scale.
    deviation = noise(logs - middle) or math.sqrt(float(np.mean(np.diff(logs) ** 2)) / 2)
    if deviation < LEAST_NOISE:
        return []
    tame = np.clip(logs, middle - WILD * deviation, middle + WILD * deviation)
    found = ruptures(tame / deviation, 2 * math.log(len(tame)), STRETCH_WEEKS)
    return [change for change in _steps(tame, found) if _is_large(change)]


def noise(rest: Floats) -> float:
    """The long-run standard deviation of what is left around a moving level; 0 where nothing is.

    The median distance from 0 as a standard deviation, times sqrt((1 + r) / (1 - r)) for weeks that
    resemble their neighbours with the correlation r.
    """
    squares = float(rest @ rest)
    if squares == 0:
        return 0.0
    likeness = min(max(float(rest[1:] @ rest[:-1]) / squares, 0.0), 0.8)
    spread = float(np.median(np.abs(rest))) / _NORMAL_MEDIAN or math.sqrt(squares / len(rest))
    return spread * math.sqrt((1 + likeness) / (1 - likeness))


def _running_median(series: Floats) -> Floats:
    """The median of the year around each week; at the ends the outer week is repeated."""
    padded = np.pad(series, YEAR_WEEKS // 2, mode="edge")
    years = np.lib.stride_tricks.sliding_window_view(padded, YEAR_WEEKS)
    return np.median(years, axis=1)


def ruptures(series: Floats, penalty: float, stretch: int) -> list[int]:
    """The starts of all segments but the first, of the segmentation with the least penalised cost.

    Optimal partitioning with the pruning of PELT (Killick, Fearnhead and Eckley 2012). The best costs up
    to ``stretch`` consecutive ends depend on none of each other, so they are found in one step.
    """
    weeks = len(series)
    centred = series - series.mean()
    sums = np.concatenate([[0.0], np.cumsum(centred)])
    squares = np.concatenate([[0.0], np.cumsum(centred**2)])
    best = np.full(weeks + 1, np.inf)
    best[0] = -penalty
    came_from = np.zeros(weeks + 1, dtype=np.int64)
    starts = np.zeros(1, dtype=np.int64)
    for first in range(stretch, weeks + 1, stretch):
        ends = np.arange(first, min(first + stretch, weeks + 1))
        sizes = ends[:, None] - starts
        costs = sums[ends][:, None] - sums[starts]
        costs *= costs
        costs /= np.maximum(sizes, 1)
        costs = (best[starts] - squares[starts]) - costs
        too_small = sizes < stretch
        costs[too_small] = np.inf
        chosen = costs.argmin(axis=1)
        best[ends] = costs[np.arange(len(ends)), chosen] + squares[ends] + penalty
        came_from[ends] = starts[chosen]
        hopeful = too_small[0] | (costs[0] + squares[first] <= best[first])
        starts = np.concatenate([starts[hopeful], ends])
    found = []
    at = int(came_from[weeks])
    while at > 0:
        found.append(at)
        at = int(came_from[at])
    return found[::-1]


def _steps(logs: Floats, found: list[int]) -> list[Change]:
    """Each rupture with the level before and after it, up to the neighbouring ones."""
    edges = [0, *found, len(logs)]
    levels = [float(np.expm1(logs[begin:end].mean())) for begin, end in itertools.pairwise(edges)]
    return [Change(at, *around) for at, around in zip(found, itertools.pairwise(levels), strict=True)]


def _is_large(change: Change) -> bool:
    low, high = sorted((change.before, change.after))
    return high >= LEAST_FACTOR * low
