"""The analyzer ``trends``: direction and forecast of every weekly series of the analyzers before it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Bucket, Point, Report
from gitinsight_trends import definitions, outlook_changes, outlook_charts, outlook_insights, outlook_tables
from gitinsight_trends.assessment import Assessment, assess, read_series
from gitinsight_trends.causes import Causes, causes
from gitinsight_trends.direction import Trend
from gitinsight_trends.weeks import dated_commits

if TYPE_CHECKING:
    from gitinsight.plugin import History

HEADLINE = definitions.COMMITS.name
NO_ACTIVITY = "There is no complete week of commits yet."


def analyze(history: History, _settings: Mapping[str, Any]) -> Report:
    """Three snapshots of the commits' series, an insight or more, a chart a series and tables of all."""
    weekly = [metric for metric in history.metrics.values() if metric.bucket is Bucket.WEEK]
    found = []
    for done, metric in enumerate(weekly, start=1):
        series = read_series(history, metric)
        if series is not None:
            found.append(assess(series))
        history.progress(done, len(weekly) + 1)
    headline = next((one for one in found if one.metric.name == HEADLINE), None)
    work = dated_commits(history).filter(~pl.col("is_bot") & ~pl.col("is_merge"))
    around = _around_changes(history, work, found)
    insights = outlook_insights.insights(history, headline, found)
    artifacts = [*outlook_charts.charts(history, found), *outlook_tables.tables(found, around)]
    if headline is not None:
        insights += outlook_changes.insights(history, headline, found, around, work)
        artifacts += outlook_charts.drill_downs(history, work)
    report = Report(points=_snapshots(history, headline), insights=insights, artifacts=artifacts)
    history.progress(1, 1)
    return report


def _around_changes(history: History, work: pl.DataFrame, found: list[Assessment]) -> dict[str, Causes]:
    """What happened around each week with a change of level, by its ISO date."""
    weeks = {one.week(change) for one in found if isinstance(one.changes, list) for change in one.changes}
    return {week.date().isoformat(): causes(history, work, week) for week in weeks}


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
