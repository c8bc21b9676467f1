"""All that is known of one weekly series: its weeks, its trend, its forecast and how far to trust it.

Where a part cannot be had, its place is taken by the reason in words, never by a made-up line.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, TypeVar

import numpy as np
import polars as pl

from gitinsight.plugin import week_of
from gitinsight_trends.backtest import Backtest, backtest
from gitinsight_trends.changes import Change, level_changes
from gitinsight_trends.direction import WINDOW_WEEKS, Trend, trend
from gitinsight_trends.errors import SeriesError, SeriesTooShort
from gitinsight_trends.quantiles import Forecast, forecast
from gitinsight_trends.sums import SumForecast, forecast_sum
from gitinsight_trends.unusual import Christmas, Unusual, christmas, unusual_weeks

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from gitinsight.plugin import History, Metric

HORIZON_WEEKS = 26
HORIZONS = (4, 12, 26)
SHOWN_CHANGES = timedelta(weeks=260)
SHOWN_UNUSUAL = timedelta(weeks=52)
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
    """A series with all that is said of it, or with the reason why a part cannot be said.

    ``sums`` are those over the next 4, 12 and 26 weeks. ``changes`` are of the last five years,
    ``unusual`` of the last year; their ``at`` is an index into the series.
    """

    series: Series
    trend: Trend | str
    forecast: Forecast | str
    backtest: Backtest | str
    sums: list[SumForecast] | str
    changes: list[Change] | str
    unusual: list[Unusual] | str
    christmas: Christmas | str

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

    def week(self, found: Change | Unusual) -> datetime:
        """The Monday of what was found."""
        return self.series.weeks[found.at]

    @property
    def counts_something(self) -> bool:
        """Whether all values are whole numbers: shares and scores do not add up over weeks."""
        return bool(np.all(self.series.values == np.round(self.series.values)))

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
        return Assessment(series, *[reason] * 7)
    values = series.values
    return Assessment(
        series,
        trend=_known(lambda: trend(values)),
        forecast=_known(lambda: forecast(values, HORIZON_WEEKS)),
        backtest=_known(lambda: backtest(values)),
        sums=_known(lambda: _sums(values)),
        changes=_known(lambda: _recent(series, level_changes(values), SHOWN_CHANGES)),
        unusual=_known(lambda: _recent(series, unusual_weeks(values), SHOWN_UNUSUAL)),
        christmas=_known(lambda: christmas(values, series.weeks)),
    )


_Part = TypeVar("_Part")
_Found = TypeVar("_Found", Change, Unusual)


def _known(part: Callable[[], _Part]) -> _Part | str:
    """The part, or the reason why it cannot be had."""
    try:
        return part()
    except SeriesError as error:
        return str(error)


def _sums(values: NDArray[np.float64]) -> list[SumForecast]:
    """Those horizons that the series is long enough for."""
    if not np.all(values == np.round(values)):
        raise SeriesError("values that are no counts do not add up over weeks")
    found = []
    for weeks in HORIZONS:
        try:
            found.append(forecast_sum(values, weeks))
        except SeriesTooShort:
            if not found:
                raise
    return found


def _recent(series: Series, found: list[_Found], span: timedelta) -> list[_Found]:
    return [one for one in found if series.weeks[one.at] >= series.next_week - span]
