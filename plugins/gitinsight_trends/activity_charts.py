"""Charts and tables of the analyzer ``activity``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind, week_of
from gitinsight_trends.definitions import COMMITS
from gitinsight_trends.words import drill_down, per_week, release_marks

if TYPE_CHECKING:
    from gitinsight.plugin import History

WEEKLY_BARS = 260
MAX_ROWS = 200


def artifacts(history: History, work: pl.DataFrame, weekly: pl.DataFrame) -> list[Artifact]:
    """Everything that the numbers of ``activity`` are drawn and explained with.

    Weekly bars over more than five years are too thin to be read, so an older history has its whole
    length by month in a chart of its own.
    """
    found = [
        _weekly_chart(history, weekly),
        _releases(history, work),
        drill_down(COMMITS, work, "The newest commits by people, without merges"),
    ]
    if len(weekly) > WEEKLY_BARS:
        found.append(_monthly_chart(weekly))
    return found


def _weekly_chart(history: History, weekly: pl.DataFrame) -> Artifact:
    shown = weekly.tail(WEEKLY_BARS)
    complete = weekly.filter(pl.col("week") < week_of(history.now))
    recent = complete.tail(13)["commits"]
    pace = f": {per_week(recent.mean())} a week in the last 13 weeks" if len(recent) == 13 else ""  # type: ignore[arg-type]
    first = shown["week"][0]
    content = {
        "unit": "commits",
        "series": [_bars("commits per week", shown, "week")],
        "marks": release_marks(history, first),
    }
    return Artifact("activity", ArtifactKind.CHART, f"Commits per week{pace}", content, COMMITS.id)


def _monthly_chart(weekly: pl.DataFrame) -> Artifact:
    # A week counts for the month of its Thursday, as the ISO calendar gives a week its year.
    months = (
        weekly.with_columns(month=(pl.col("week") + timedelta(days=3)).dt.truncate("1mo"))
        .group_by("month")
        .agg(pl.col("commits").sum())
        .sort("month")
    )
    busiest = months.sort("commits", descending=True).row(0, named=True)
    content = {
        "unit": "commits",
        "series": [_bars("commits per month", months, "month")],
    }
    title = f"Commits per month since {months['month'][0]:%Y}: most in {busiest['month']:%B %Y}"
    return Artifact("activity_by_month", ArtifactKind.CHART, title, content, COMMITS.id)


def _bars(name: str, rows: pl.DataFrame, time: str) -> dict[str, Any]:
    points = [[at.date().isoformat(), count] for at, count in rows.select(time, "commits").iter_rows()]
    return {"name": name, "shape": "bar", "points": points}


def _releases(history: History, work: pl.DataFrame) -> Artifact:
    """Releases, newest first, with the days and the commits since the one before."""
    releases = history.releases.sort("at").with_columns(days=pl.col("at").diff().dt.total_days())
    until = work["committed_at"].sort().search_sorted(releases["at"], side="right")
    rows = releases.with_columns(commits=pl.Series(until).cast(pl.Int64).diff()).reverse().head(MAX_ROWS)
    content = {
        "columns": [
            {"name": "tag", "title": "Release", "kind": "text"},
            {"name": "at", "title": "Date", "kind": "date"},
            {"name": "days", "title": "Since the one before", "kind": "number", "unit": "days"},
            {"name": "commits", "title": "Commits since the one before", "kind": "number", "unit": "commits"},
        ],
        "rows": [
            [tag[:200], at.date().isoformat(), days, commits]
            for tag, at, days, commits in rows.select("tag", "at", "days", "commits").iter_rows()
        ],
        "total": len(releases),
    }
    return Artifact("releases", ArtifactKind.TABLE, "Releases", content)
