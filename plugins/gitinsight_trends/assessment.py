"""All that is known of one weekly series: its weeks, its trend, its forecast and how far to trust it.

Where a part cannot be had, its place is taken by the reason in words, never by a made-up line.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gitinsight.plugin import week_of
from gitinsight_trends.backtest import Backtest, backtest
from gitinsight_trends.direction import WINDOW_WEEKS, Trend, trend
from gitinsight_trends.errors import SeriesError
from gitinsight_trends.quantiles import Forecast, forecast

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gitinsight.plugin import History, Metric

HORIZON_WEEKS = 26
STALE_AFTER_WEEKS = 8


@dataclass(frozen=True, slots=True)
class Series:
    """The complete weeks of a metric that have a value, oldest first; ``next_week`` is the present one.

    ``missing`` counts the weeks between the first and the present one without a value.
    """

    metric: Metric
    weeks: list[datetime]
    values: NDArray[np.float64]
    next_week: datetime
    missing: int


@dataclass(frozen=True, slots=True)
class Assessment:
    """A series with its trend, forecast and backtest, or with the reason why there is none."""

    series: Series
    trend: Trend | str
    forecast: Forecast | str
    backtest: Backtest | str

    @property
    def metric(self) -> Metric:
        """The definition of the series."""
        return self.series.metric

    @property
    def percent_per_year(self) -> float | None:
        """The trend's slope as a change over 52 weeks in percent."""
        if not isinstance(self.trend, Trend):
            return None
        return 100 * math.expm1(min(52 * self.trend.slope_per_week, 20.0))

    @property
    def weeks_tested(self) -> int:
        """How many weeks the trend test looked at."""
        return min(len(self.series.weeks), WINDOW_WEEKS)

    @property
    def is_silent(self) -> bool:
        """Nothing but zeros in those weeks."""
        return not self.series.values[-WINDOW_WEEKS:].any()

    @property
    def has_percentage(self) -> bool:
        """Whether the slope may be told in percent: ln(1 + x) is near ln x only where x is not small."""
        return float(np.mean(self.series.values[-WINDOW_WEEKS:])) >= 1

    @property
    def verdict(self) -> str:
        """How the forecast compares with its rivals, or why there is no comparison or no forecast."""
        if isinstance(self.forecast, str):
            return self.forecast
        return self.backtest if isinstance(self.backtest, str) else self.backtest.verdict


def read_series(history: History, metric: Metric) -> Series | None:
    """The whole (dimension "") of a weekly metric up to the last week that is over; None without any."""
    next_week = week_of(history.now)
    rows = history.series(metric.name).filter((pl.col("dimension") == "") & (pl.col("at") < next_week))
    known = rows.filter(pl.col("value").is_not_null() & pl.col("value").is_finite()).sort("at")
    if known.is_empty():
        return None
    weeks = known["at"].to_list()
    span = (next_week - week_of(weeks[0])) // timedelta(weeks=1)
    return Series(metric, weeks, known["value"].to_numpy(), next_week, missing=span - len(weeks))


def assess(series: Series) -> Assessment:
    """Everything that can be said of a series; one that ended weeks ago gets no forecast."""
    stale = (series.next_week - series.weeks[-1]) // timedelta(weeks=1) - 1
    if stale > STALE_AFTER_WEEKS:
        reason = f"no value for the last {stale} weeks"
        return Assessment(series, reason, reason, reason)
    return Assessment(series, _trend(series), _forecast(series), _backtest(series))


def _trend(series: Series) -> Trend | str:
    try:
        return trend(series.values)
    except SeriesError as error:
        return str(error)


def _forecast(series: Series) -> Forecast | str:
    try:
        return forecast(series.values, HORIZON_WEEKS)
    except SeriesError as error:
        return str(error)


def _backtest(series: Series) -> Backtest | str:
    try:
        return backtest(series.values)
    except SeriesError as error:
        return str(error)
