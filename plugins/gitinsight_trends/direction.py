"""Does a weekly series rise or fall beyond chance, and how fast.

Chance is judged by the Mann-Kendall test with the variance of Hamed and Rao (Journal of Hydrology
204, 1998) at lag 1: weeks resemble their neighbours, and the plain test takes that for a trend two
to four times too often. The speed is the slope of Theil and Sen.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from gitinsight_trends.errors import SeriesInvalid, SeriesTooShort
from gitinsight_trends.quantiles import checked

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

WINDOW_WEEKS = 104
MINIMUM_WEEKS = 26
SIGNIFICANCE = 0.05
SUM_WEEKS = 4

Direction = Literal["increasing", "decreasing", "no trend"]


class Trend(NamedTuple):
    """The direction (significant at 5 %), its two-sided p-value, and the slope.

    ``slope_per_week`` is in natural logarithms: 0.01 means about 1 % more each week.
    """

    direction: Direction
    p_value: float
    slope_per_week: float


def trend(values: Any) -> Trend:
    """The trend of the last 104 weekly values, oldest first.

    Raises SeriesTooShort below 26 weeks, SeriesInvalid for NaN, infinite or negative values.
    """
    series = checked(values)[-WINDOW_WEEKS:]
    if len(series) < MINIMUM_WEEKS:
        raise SeriesTooShort("test for a trend", len(series), MINIMUM_WEEKS)
    if series.min() < 0:
        raise SeriesInvalid(f"a value is {series.min():g}: the slope needs values of 0 or more")
    rises = _rises(series)
    p_value = _p_value(rises, _variance(series))
    significant = p_value < SIGNIFICANCE
    direction: Direction = "no trend" if not significant else "increasing" if rises > 0 else "decreasing"
    return Trend(direction, p_value, _slope_per_week(series))


def _rises(series: Floats) -> int:
    """Kendall's S: pairs of weeks in which the later is higher, less those in which it is lower."""
    earlier, later = np.triu_indices(len(series), 1)
    return int(np.sign(series[later] - series[earlier]).sum())


def _variance(series: Floats) -> float:
    """The variance of S without a trend, for ties and for the likeness of neighbouring weeks."""
    n = len(series)
    ties = np.unique(series, return_counts=True)[1].astype(float)
    plain = (n * (n - 1) * (2 * n + 5) - (ties * (ties - 1) * (2 * ties + 5)).sum()) / 18
    likeness = _rank_autocorrelation(series - _theil_sen(series) * np.arange(n))
    # With one lag the correction overshoots for series that swing to and fro, down to a negative
    # variance: likeness below 0 is left out. Likeness above 0 counts even where it could be
    # chance: that lowers the false alarms of series with a short memory and costs others nothing.
    return float(plain * (1 + 2 * max(likeness, 0.0) * (n - 3) / n))


def _rank_autocorrelation(series: Floats) -> float:
    """Correlation of each week's rank with the next week's; 0 for a constant series."""
    _, position, counts = np.unique(series, return_inverse=True, return_counts=True)
    ranks = (np.cumsum(counts) - (counts - 1) / 2)[position]
    centred = ranks - ranks.mean()
    spread = float((centred**2).sum())
    return float((centred[1:] * centred[:-1]).sum()) / spread if spread > 0 else 0.0


def _p_value(rises: int, variance: float) -> float:
    if rises == 0 or variance <= 0:
        return 1.0
    return math.erfc((abs(rises) - 1) / math.sqrt(variance) / math.sqrt(2))


def _slope_per_week(series: Floats) -> float:
    """Theil and Sen's slope of ln(1 + x) over sums of four weeks that end with the last week."""
    blocks = len(series) // SUM_WEEKS
    sums = series[-blocks * SUM_WEEKS :].reshape(blocks, SUM_WEEKS).sum(axis=1)
    return _theil_sen(np.log1p(sums)) / SUM_WEEKS


def _theil_sen(series: Floats) -> float:
    """The median slope over all pairs of steps."""
    earlier, later = np.triu_indices(len(series), 1)
    return float(np.median((series[later] - series[earlier]) / (later - earlier)))
