"""Trends and forecasts: how much is done each week, which way it goes and what may come next.

Two analyzers: ``activity`` counts, ``trends`` looks ahead on every weekly series that was counted
before. The pure core is ``forecast`` and ``trend``; NumPy and Polars are loaded when they are called.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Analyzer, History, Model, Needs, Report, hookimpl
from gitinsight_trends.definitions import ACTIVITY_METRICS, TREND_METRICS
from gitinsight_trends.errors import SeriesError, SeriesInvalid, SeriesTooShort

if TYPE_CHECKING:
    from gitinsight_trends.direction import Trend
    from gitinsight_trends.quantiles import Forecast

__all__ = ["SeriesError", "SeriesInvalid", "SeriesTooShort", "forecast", "trend"]


def forecast(values: Any, horizon: int) -> Forecast:
    """Median and 80 and 95 % limits of the next ``horizon`` weeks from weekly values, oldest first.

    Raises SeriesTooShort below 26 weeks and SeriesInvalid for NaN, infinite or nested values; both
    are ValueErrors.
    """
    from gitinsight_trends import quantiles

    return quantiles.forecast(values, horizon)


def trend(values: Any) -> Trend:
    """Direction, p-value and slope per week (natural logarithm) of the last 104 weekly values.

    Raises SeriesTooShort below 26 weeks and SeriesInvalid for NaN, infinite or negative values.
    """
    from gitinsight_trends import direction

    return direction.trend(values)


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """``activity`` counts weekly work, ``trends`` reads all weekly series of the others."""
    return [
        Analyzer(
            name="activity",
            title="Activity",
            version="1",
            analyze=_analyze_activity,
            metrics=ACTIVITY_METRICS,
            description="Commits, lines and files each week, releases, and the pace against the year before.",
        ),
        Analyzer(
            name="trends",
            title="Trends and forecasts",
            version="1",
            analyze=_analyze_trends,
            metrics=TREND_METRICS,
            after=("*",),
            needs=Needs.COMMITS,
            description="Direction and forecast of every weekly series, checked against the series' own past.",
        ),
    ]


@hookimpl
def register_models() -> Sequence[Model]:
    """The forecast, with its errors on weekly series of twelve public repositories."""
    return [
        Model(
            name="ewq",
            task="forecast",
            version="1",
            title="Exponentially weighted quantiles of the last 260 weeks, half-life 13 weeks",
            size_bytes=0,
            load=_load_forecast,
            accuracy={
                "mase_12_weeks": 0.600,
                "mase_12_weeks_median_of_26_weeks": 0.604,
                "mase_12_weeks_seasonal_naive": 0.922,
                "coverage_80": 0.870,
                "coverage_95": 0.965,
            },
        )
    ]


def _load_forecast() -> Callable[..., Any]:
    return forecast


def _analyze_activity(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_trends import activity

    return activity.analyze(history, settings)


def _analyze_trends(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_trends import outlook

    return outlook.analyze(history, settings)
