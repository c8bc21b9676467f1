"""How well the forecast would have done on a series' own past, beside two simple rivals.

From up to 20 points in the past the coming 12 weeks are forecast with nothing but what was known
then, and compared with what came. The rival that hurts is the plain median of the last half year.
``python -m gitinsight_trends.backtest FILE`` compares the models on a file of series instead.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.errors import SeriesTooShort
from gitinsight_trends.quantiles import checked, checked_horizon, forecast
from gitinsight_trends.sums import forecast_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

ORIGINS = 20
HORIZON_WEEKS = 12
MINIMUM_WEEKS = 104
FIRST_TRAINING_WEEKS = 78
SEASON_WEEKS = 52
SCALE_WEEKS = 260


@dataclass(frozen=True, slots=True)
class Backtest:
    """Errors and coverage over all origins.

    A MASE is the mean absolute error divided by the mean absolute difference of weeks 52 apart
    (Hyndman and Koehler 2006); None where that difference is 0. Coverages are shares of the forecast
    weeks, or of their sums, that fell inside the interval, limits included; None for sums of a series
    with values below 0.
    """

    origins: int
    weeks: int
    mase: float | None
    mase_median26: float | None
    mase_seasonal: float | None
    coverage80: float
    coverage95: float
    sum_coverage80: float | None = None
    sum_coverage95: float | None = None

    @property
    def is_rated(self) -> bool:
        """Whether there is a scale to compare errors by."""
        return self.mase is not None

    @property
    def verdict(self) -> str:
        """The comparison in words, judged by the errors as they are shown: with two decimals."""
        if self.mase is None or self.mase_median26 is None or self.mase_seasonal is None:
            return "the series repeats itself from year to year, so errors cannot be compared"
        beaten = round(self.mase, 2) < round(self.mase_median26, 2)
        seasonal = round(self.mase, 2) < round(self.mase_seasonal, 2)
        half_year = ("" if beaten else "no ") + "better than the median of the last half year"
        year = ("" if seasonal else "no ") + "better than the same week a year before"
        return f"{half_year}, {year}"


def backtest(values: Any, horizon: int = HORIZON_WEEKS) -> Backtest:
    """Forecast the past and compare; raises SeriesTooShort below 104 weeks, SeriesInvalid as ``forecast``."""
    horizon = checked_horizon(horizon)
    series = checked(values)
    needed = max(MINIMUM_WEEKS, FIRST_TRAINING_WEEKS + horizon)
    if len(series) < needed:
        raise SeriesTooShort("check a forecast against the past", len(series), needed)
    starts = origins(len(series), horizon)
    scores = [_scores(series[:start], series[start : start + horizon]) for start in starts]
    *errors, covered80, covered95, scale = np.mean(scores, axis=0).tolist()
    mase, mase_median26, mase_seasonal = (error / scale if scale > 0 else None for error in errors)
    weeks = len(starts) * horizon
    sums = _sum_coverage(series, starts, horizon)
    return Backtest(len(starts), weeks, mase, mase_median26, mase_seasonal, covered80, covered95, *sums)


def _sum_coverage(series: Floats, starts: Sequence[int], horizon: int) -> tuple[float | None, float | None]:
    """The shares of sums inside the 80 and 95 % limits, of the origins from which a sum can be forecast."""
    if series.min() < 0:
        return None, None
    inside = []
    for start in starts:
        try:
            expected = forecast_sum(series[:start], horizon)
        except SeriesTooShort:
            continue
        came = float(series[start : start + horizon].sum())
        limits = ((expected.lower80, expected.upper80), (expected.lower95, expected.upper95))
        # The expected sum comes through a logarithm, so a limit may miss an equal sum by rounding.
        slack = 1e-9 * max(came, 1.0)
        inside.append([low - slack <= came <= high + slack for low, high in limits])
    if not inside:
        return None, None
    covered80, covered95 = np.mean(inside, axis=0).tolist()
    return covered80, covered95


def origins(weeks: int, horizon: int) -> Sequence[int]:
    """At most 20 lengths of known past, evenly spaced and as far apart as one horizon, newest last."""
    newest = weeks - horizon
    room = newest - FIRST_TRAINING_WEEKS
    step = max(1, min(horizon, room // (ORIGINS - 1)))
    count = min(ORIGINS, room // step + 1)
    return [newest - step * back for back in range(count - 1, -1, -1)]


def _scores(known: Floats, came: Floats) -> Sequence[float]:
    """Mean absolute errors of EWQ, Median26 and the year before, two coverages, and the MASE's scale."""
    expected = forecast(known, len(came))
    year_before = np.resize(known[-SEASON_WEEKS:], len(came))
    guesses = (expected.median, np.median(known[-26:]), year_before)
    limits = ((expected.lower80, expected.upper80), (expected.lower95, expected.upper95))
    recent = known[-SCALE_WEEKS:]
    return [
        *(float(np.abs(came - guess).mean()) for guess in guesses),
        *(float(((low <= came) & (came <= high)).mean()) for low, high in limits),
        float(np.abs(recent[SEASON_WEEKS:] - recent[:-SEASON_WEEKS]).mean()),
    ]


if __name__ == "__main__":
    from gitinsight_trends.comparison import main

    sys.exit(main())
