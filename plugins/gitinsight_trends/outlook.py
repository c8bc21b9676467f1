"""The analyzer ``trends``: direction and forecast of every weekly series of the analyzers before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Bucket, Point, Report
from gitinsight_trends import definitions, outlook_charts, outlook_insights
from gitinsight_trends.assessment import Assessment, assess, read_series
from gitinsight_trends.direction import Trend

if TYPE_CHECKING:
    from gitinsight.plugin import History

HEADLINE = definitions.COMMITS.name
NO_ACTIVITY = "There is no complete week of commits yet."


def analyze(history: History, _settings: Mapping[str, Any]) -> Report:
    """Three snapshots of the commits' series, an insight or more, a chart a series and a table of all."""
    weekly = [metric for metric in history.metrics.values() if metric.bucket is Bucket.WEEK]
    found = []
    for done, metric in enumerate(weekly, start=1):
        series = read_series(history, metric)
        if series is not None:
            found.append(assess(series))
        history.progress(done, len(weekly) + 1)
    headline = next((one for one in found if one.metric.name == HEADLINE), None)
    report = Report(
        points=_snapshots(history, headline),
        insights=outlook_insights.insights(history, headline, found),
        artifacts=outlook_charts.artifacts(history, headline, found),
    )
    history.progress(1, 1)
    return report


def _snapshots(history: History, headline: Assessment | None) -> list[Point]:
    values: dict[str, tuple[float | None, str]] = {
        definitions.DIRECTION.name: _direction(headline),
        definitions.EXPECTED_COMMITS.name: _expected(headline),
        definitions.ERROR.name: _error(headline),
    }
    return [Point(name, history.now, value, reason) for name, (value, reason) in values.items()]


def _direction(headline: Assessment | None) -> tuple[float | None, str]:
    if headline is None:
        return None, NO_ACTIVITY
    if not isinstance(headline.trend, Trend):
        return None, headline.trend
    return headline.percent_per_year, ""


def _expected(headline: Assessment | None) -> tuple[float | None, str]:
    if headline is None:
        return None, NO_ACTIVITY
    if isinstance(headline.forecast, str):
        return None, headline.forecast
    return float(headline.forecast.median[11]), ""


def _error(headline: Assessment | None) -> tuple[float | None, str]:
    if headline is None:
        return None, NO_ACTIVITY
    if isinstance(headline.backtest, str):
        return None, headline.backtest
    return headline.backtest.mase, "" if headline.backtest.mase is not None else headline.backtest.verdict
