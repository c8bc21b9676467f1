"""What the next weeks bring together: limits of a sum, which are not the sum of the weeks' limits.

At every point of the last ten years the sum of the coming weeks is compared with what the pace of that
point promised. The logarithm of that ratio is as good as the forecast has ever been, and its quantiles
say how far the present pace may be trusted (a conformal interval, Vovk et al. 2005, without its small
correction, because the spans overlap).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.errors import SeriesInvalid, SeriesTooShort
from gitinsight_trends.quantiles import LEVELS, checked, checked_horizon

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

PACE_HALF_LIFE_WEEKS = 20
WINDOW_WEEKS = 520
FIRST_WEEKS = 26
FEWEST_SPANS = 26


@dataclass(frozen=True, slots=True)
class SumForecast:
    """The expected sum over the next ``weeks`` weeks, with the limits of four of five and 19 of 20 such sums."""

    weeks: int
    median: float
    lower80: float
    upper80: float
    lower95: float
    upper95: float


def forecast_sum(values: Any, horizon: int) -> SumForecast:
    """The sum of the next ``horizon`` weeks from weekly values of 0 or more, oldest first.

    Raises SeriesTooShort below ``horizon`` + 51 weeks, SeriesInvalid as ``forecast`` and for negative values.
    """
    weeks = checked_horizon(horizon)
    series = checked(values)
    needed = FIRST_WEEKS + weeks + FEWEST_SPANS - 1
    if len(series) < needed:
        raise SeriesTooShort(f"forecast the sum of {weeks} weeks", len(series), needed)
    if series.min() < 0:
        raise SeriesInvalid(f"a value is {series.min():g}: the sum's limits need values of 0 or more")
    recent = series[-WINDOW_WEEKS:]
    pace = weeks * _pace(recent)
    running = np.concatenate([[0.0], np.cumsum(recent)])
    starts = np.arange(FIRST_WEEKS, len(recent) - weeks + 1)
    came = running[starts + weeks] - running[starts]
    # One unit a week more on both sides gives silent spans a logarithm and quiet ones a small one.
    ratios = np.log((np.maximum(came, 0.0) + weeks) / (pace[starts - 1] + weeks))
    quantiles = np.exp(np.quantile(ratios, LEVELS)) * (pace[-1] + weeks) - weeks
    return SumForecast(weeks, *np.maximum(quantiles, 0.0).tolist())


def _pace(series: Floats) -> Floats:
    """After each week the weighted mean of those up to it, a week 20 weeks further back weighing half."""
    growing = 2.0 ** (np.arange(len(series)) / PACE_HALF_LIFE_WEEKS)
    return np.cumsum(series * growing) / np.cumsum(growing)
