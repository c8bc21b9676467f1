"""Trends and forecasts: how much is done each week, which way it goes and what may come next.

Two analyzers: ``activity`` counts, ``trends`` looks ahead on every weekly series that was counted
before. The pure core is ``forecast``, ``forecast_sum``, ``trend`` and ``change_points``; NumPy and Polars
are loaded when they are called.
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
    from gitinsight_trends.sums import SumForecast

__all__ = [
    "SeriesError",
    "SeriesInvalid",
    "SeriesTooShort",
    "change_points",
    "forecast",
    "forecast_sum",
    "trend",
]


def forecast(values: Any, horizon: int) -> Forecast:
    """Median and 80 and 95 % limits of the next ``horizon`` weeks from weekly values, oldest first.

    Raises SeriesTooShort below 26 weeks and SeriesInvalid for NaN, infinite or nested values; both
    are ValueErrors.
    """
    from gitinsight_trends import quantiles

    return quantiles.forecast(values, horizon)


def forecast_sum(values: Any, horizon: int) -> SumForecast:
    """Median and 80 and 95 % limits of the sum of the next ``horizon`` weeks; the weeks' limits must not be added.

    Raises SeriesTooShort below ``horizon`` + 51 weeks and SeriesInvalid as ``forecast`` and for negative
    values.
    """
    from gitinsight_trends import sums

    return sums.forecast_sum(values, horizon)


def trend(values: Any) -> Trend:
    """Direction, p-value and slope per week (natural logarithm) of the last 104 weekly values.

    Raises SeriesTooShort below 26 weeks and SeriesInvalid for NaN, infinite or negative values.
    """
    from gitinsight_trends import direction

    return direction.trend(values)


def change_points(values: Any) -> list[int]:
    """Indices of the weeks with which a new level begins, at least 1.5 times the one before or below it.

    Raises SeriesTooShort below 26 weeks and SeriesInvalid for NaN, infinite or negative values.
    """
    from gitinsight_trends import changes

    return changes.change_points(values)


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
            version="2",
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
            name="ewq2",
            task="forecast",
            version="2",
            title="Quantiles of the last 260 weeks, weighted with half-lives of 10 and 52 weeks",
            size_bytes=0,
            load=_load_prediction,
            accuracy={
                "mase_12_weeks": 0.659,
                "mase_12_weeks_median_of_26_weeks": 0.666,
                "mase_12_weeks_seasonal_naive": 1.077,
                "coverage_80": 0.848,
                "coverage_95": 0.949,
            },
            card={
                "data": "weekly commits, authors and churn of 12 public repositories, 10 origins a series",
                "scores": {
                    "mase_to_median_of_26_weeks": {"value": 0.988, "interval": [0.979, 0.999]},
                    "pinball_to_quantiles_of_26_weeks": {"value": 0.974, "interval": [0.963, 0.984]},
                    "coverage_80_of_sums": {"4": 0.85, "12": 0.83, "26": 0.80},
                },
                "interval": "95 % bootstrap over repositories",
                "known_errors": [
                    "The forecast is flat: it knows of no planned release, holiday, or person who comes or leaves.",
                    "Limits are too narrow where the level of a series has just jumped.",
                ],
            },
        )
    ]


def _load_prediction() -> Callable[..., Any]:
    from gitinsight_trends.predicting import predict

    return predict


def _analyze_activity(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_trends import activity

    return activity.analyze(history, settings)


def _analyze_trends(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_trends import outlook

    return outlook.analyze(history, settings)
