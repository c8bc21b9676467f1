"""The chart of active people and the commits behind the headline numbers."""

from __future__ import annotations

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, ArtifactKind, Metric, commits_behind
from gitinsight_people import definitions
from gitinsight_people.contributions import Contributions
from gitinsight_people.flow import monthly_mix


def artifacts(work: Contributions, people: pl.DataFrame) -> list[Artifact]:
    """``active_authors`` and the drill-downs of last year's numbers; ``people`` is the roster."""
    top = people["author"].head(1).to_list()
    of_top = work.year.filter(pl.col("author").is_in(top))
    return [
        _active_authors(work),
        _commits(definitions.ABSENCE_FACTOR, work.year, "Commits by people in the last 365 days"),
        _commits(definitions.CONTRIBUTORS, work.year, "Commits by people in the last 365 days"),
        _commits(definitions.TOP_SHARE, of_top, "The most active person's commits in the last 365 days"),
    ]


def _active_authors(work: Contributions) -> Artifact:
    mix = monthly_mix(work)
    months = [month.date().isoformat() for month in mix["month"]]
    series = [
        {
            "name": name,
            "shape": "bar",
            "stack": "people",
            "points": [list(point) for point in zip(months, mix[name].to_list(), strict=True)],
        }
        for name in ("regular", "returning", "new")
    ]
    return Artifact(
        "active_authors",
        ArtifactKind.CHART,
        "People with a commit in the month: new, back after 90 days or more, and regular",
        {"unit": "people", "series": series},
        definitions.ACTIVE.id,
    )


def _commits(metric: Metric, commits: pl.DataFrame, title: str) -> Artifact:
    newest = commits.tail(MAX_EVIDENCE).reverse()
    rows = newest.select("commit", "subject", "name", "at", pl.lit("")).iter_rows()
    return commits_behind(metric, title, rows, len(commits))
