"""The people and the bots of a repository, one row each."""

from __future__ import annotations

from typing import Any

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, ArtifactKind, person_name
from gitinsight_people.contributions import INACTIVE_AFTER, YEAR, Contributions

OCCASIONAL_COMMITS = 5
OCCASIONAL_GAP = pl.duration(days=90)
STATUS = (
    "inactive: no commit in the last 183 days; new: first commit in the last 183 days; occasional: fewer than"
    " 5 commits in the last 365 days and more than 90 days between two commits or since the last; active: all"
    " others (CHAOSS, with these parameters)"
)


def roster(work: Contributions, changes: pl.DataFrame) -> pl.DataFrame:
    """``author, name, year, all, added, deleted, first, last, status``, most commits of the year first.

    ``changes`` are the history's; lines in vendored and generated files are left out. ``first``,
    ``last`` and ``status`` are null for a person none of whose commits has a time to believe.
    """
    recent = pl.col("at") > work.now - YEAR
    people = work.people.group_by("author").agg(
        name=pl.col("name").last(),
        year=recent.sum().cast(pl.Int64),
        all=pl.len().cast(pl.Int64),
        first=pl.col("at").min(),
        last=pl.col("at").max(),
        pause=pl.col("at").diff().max(),
    )
    people = people.with_columns(status=_status(work))
    lines = _lines(work, changes)
    joined = people.join(lines, on="author", how="left").with_columns(pl.col("added", "deleted").fill_null(0))
    return joined.sort(["year", "all", "author"], descending=[True, True, False])


def _status(work: Contributions) -> pl.Expr:
    now = pl.lit(work.now)
    pause = pl.max_horizontal("pause", now - pl.col("last"))
    occasional = (pl.col("year") < OCCASIONAL_COMMITS) & (pause > OCCASIONAL_GAP)
    return (
        pl.when(pl.col("last").is_null())
        .then(None)
        .when(pl.col("last") < work.now - INACTIVE_AFTER)
        .then(pl.lit("inactive"))
        .when(pl.col("first") > work.now - INACTIVE_AFTER)
        .then(pl.lit("new"))
        .when(occasional)
        .then(pl.lit("occasional"))
        .otherwise(pl.lit("active"))
    )


def _lines(work: Contributions, changes: pl.DataFrame) -> pl.DataFrame:
    return (
        changes.lazy()
        .filter(~pl.col("is_vendored") & ~pl.col("is_generated"))
        .select("commit", "added", "deleted")
        .join(work.people.lazy().filter(~pl.col("is_ignored")).select("commit", "author"), on="commit")
        .group_by("author")
        .agg(pl.col("added").sum(), pl.col("deleted").sum())
        .collect()
    )


def contributors_table(people: pl.DataFrame) -> Artifact:
    """The table ``contributors``: at most 200 rows of ``roster`` with the full count."""
    columns = (
        ("name", "Name", "person", ""),
        ("year", "Commits, last 365 days", "number", "commits"),
        ("all", "Commits, all", "number", "commits"),
        ("added", "Lines added", "number", "lines"),
        ("deleted", "Lines deleted", "number", "lines"),
        ("first", "First commit", "date", ""),
        ("last", "Last commit", "date", ""),
        ("status", "Status", "text", ""),
    )
    return Artifact(
        "contributors",
        ArtifactKind.TABLE,
        "Contributors, the most active of the last year first",
        _table(columns, people),
        STATUS,
    )


def bots_table(work: Contributions) -> Artifact:
    """The table ``bots``: the programs that commit here, which every other number leaves out."""
    columns = (
        ("name", "Name", "text", ""),
        ("year", "Commits, last 365 days", "number", "commits"),
        ("all", "Commits, all", "number", "commits"),
        ("last", "Last commit", "date", ""),
    )
    bots = work.bots.group_by("author").agg(
        name=pl.col("name").last(),
        year=(pl.col("at") > work.now - YEAR).sum().cast(pl.Int64),
        all=pl.len().cast(pl.Int64),
        last=pl.col("at").max(),
    )
    rows = bots.sort(["all", "author"], descending=[True, False])
    return Artifact("bots", ArtifactKind.TABLE, "Commits by bots", _table(columns, rows))


def _table(columns: tuple[tuple[str, str, str, str], ...], rows: pl.DataFrame) -> dict[str, Any]:
    dates = [name for name, _, kind, _ in columns if kind == "date"]
    shown = rows.head(MAX_EVIDENCE).with_columns(
        pl.col("name").map_elements(person_name, return_dtype=pl.String),
        pl.col(dates).dt.strftime("%Y-%m-%d"),
    )
    return {
        "columns": [
            {"name": name, "title": title, "kind": kind} | ({"unit": unit} if unit else {})
            for name, title, kind, unit in columns
        ],
        "rows": [list(row) for row in shown.select(name for name, *_ in columns).iter_rows()],
        "total": len(rows),
    }
