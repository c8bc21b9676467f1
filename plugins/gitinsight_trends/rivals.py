"""The models that a comparison runs: ours, and what anybody would try first.

Each gives five levels for the coming weeks, lowest first, in an array of shape (5, weeks).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np

from gitinsight_trends.quantiles import forecast, weighted_quantiles

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

LEVELS = np.array([0.025, 0.1, 0.5, 0.9, 0.975])
HALF_YEAR_WEEKS = 26
SEASON_WEEKS = 52
_EWQ_WEEKS, _EWQ_HALF_LIFE = 260, 13
_EWQ_CENTRAL = np.array([0.977, 0.826])


def _ours(known: Floats, weeks: int) -> Floats:
    expected = forecast(known, weeks)
    names = ("lower95", "lower80", "median", "upper80", "upper95")
    return np.stack([expected[name] for name in names])


def _half_year(known: Floats, weeks: int) -> Floats:
    return _flat(np.quantile(known[-HALF_YEAR_WEEKS:], LEVELS), weeks)


def _one_memory(known: Floats, weeks: int) -> Floats:
    """Quantiles with one half-life of 13 weeks, whose limits were widened on twelve repositories."""
    recent = known[-_EWQ_WEEKS:]
    weights = 0.5 ** (np.arange(len(recent) - 1, -1, -1) / _EWQ_HALF_LIFE)
    tails = (1 - _EWQ_CENTRAL) / 2
    levels = np.array([tails[0], tails[1], 0.5, 1 - tails[1], 1 - tails[0]])
    return _flat(weighted_quantiles(recent, weights, levels), weeks)


def _year_before(known: Floats, weeks: int) -> Floats:
    """The same weeks a year before, with limits by what that missed in the past."""
    missed = known[SEASON_WEEKS:][-_EWQ_WEEKS:] - known[:-SEASON_WEEKS][-_EWQ_WEEKS:]
    return _around(np.resize(known[-SEASON_WEEKS:], weeks), missed)


def _last_week(known: Floats, weeks: int) -> Floats:
    """The last week again, with limits by what that missed half the horizon later."""
    lag = max(1, weeks // 2)
    return _around(np.full(weeks, known[-1]), (known[lag:] - known[:-lag])[-_EWQ_WEEKS:])


def _around(middle: Floats, missed: Floats) -> Floats:
    """The levels of the errors around a middle, not below 0 where nothing ever was."""
    limits = middle + np.quantile(missed, LEVELS)[:, None]
    limits[2] = middle
    return np.sort(np.maximum(limits, 0.0), axis=0)


def _flat(levels: Floats, weeks: int) -> Floats:
    return np.repeat(levels[:, None], weeks, axis=1)


MODELS: dict[str, Callable[[Floats, int], Floats]] = {
    "EWQ2 (this plugin)": _ours,
    "EWQ, half-life 13": _one_memory,
    "Median26 and its quantiles": _half_year,
    "seasonal naive 52": _year_before,
    "naive": _last_week,
}
OURS, MEDIAN26, SEASONAL = "EWQ2 (this plugin)", "Median26 and its quantiles", "seasonal naive 52"
