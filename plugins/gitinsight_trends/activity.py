"""The analyzer ``activity``: commits, changed lines, files and merges, week by week to the present."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Point, Report, week_of
from gitinsight_trends import activity_charts, definitions, pace
from gitinsight_trends.weeks import NOT_OVER, calendar, dated_commits

if TYPE_CHECKING:
    from gitinsight.plugin import History

_COLUMNS = {
    definitions.COMMITS: "commits",
    definitions.CHURN: "churn",
    definitions.FILES: "files",
    definitions.MERGES: "merges",
}


def analyze(history: History, _settings: Mapping[str, Any]) -> Report:
    """Weekly points, the pace insight and the charts; no points where no commit can be dated."""
    commits = dated_commits(history)
    if commits.is_empty():
        return Report(insights=pace.nothing_to_count(history))
    work = commits.filter(~pl.col("is_bot") & ~pl.col("is_merge"))
    history.progress(1, 3)
    weekly = weekly_activity(history, commits)
    history.progress(2, 3)
    this_week = week_of(history.now)
    report = Report(
        points=_points(weekly, this_week),
        insights=pace.insights(history, work, weekly.filter(pl.col("week") < this_week)),
        artifacts=activity_charts.artifacts(history, work, weekly),
    )
    history.progress(3, 3)
    return report


def weekly_activity(history: History, commits: pl.DataFrame) -> pl.DataFrame:
    """``week, commits, merges, churn, files`` for every week from the first commit to the present one."""
    people = commits.filter(~pl.col("is_bot"))
    work = people.filter(~pl.col("is_merge"))
    counts = people.group_by("week").agg(
        commits=(~pl.col("is_merge")).sum().cast(pl.Int64), merges=pl.col("is_merge").sum().cast(pl.Int64)
    )
    changes = (
        history.changes.lazy()
        .filter(~pl.col("is_vendored") & ~pl.col("is_generated"))
        .select("commit", "file_id", lines=pl.col("added").fill_null(0) + pl.col("deleted").fill_null(0))
        .join(work.lazy().filter(~pl.col("is_ignored")).select("commit", "week"), on="commit")
        .group_by("week")
        .agg(churn=pl.col("lines").sum(), files=pl.col("file_id").n_unique().cast(pl.Int64))
        .collect()
    )
    weeks = calendar(_first(commits), week_of(history.now))
    both = weeks.join(counts, on="week", how="left").join(changes, on="week", how="left")
    return both.fill_null(0).sort("week")


def _first(commits: pl.DataFrame) -> datetime:
    first = commits["week"].min()
    assert isinstance(first, datetime)
    return first


def _points(weekly: pl.DataFrame, this_week: datetime) -> list[Point]:
    return [
        Point(metric.name, week, float(value), reason=NOT_OVER if week == this_week else "")
        for metric, column in _COLUMNS.items()
        for week, value in weekly.select("week", column).iter_rows()
    ]
