"""Files and their owners, who removes whose lines, and the commits that the lines at head are of."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, ArtifactKind, commits_behind
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people.owners import Owned

if TYPE_CHECKING:
    from gitinsight.plugin import History

BOTS = "bots"


def files_table(owned: Owned, files: pl.DataFrame) -> Artifact:
    """The table ``file_owners``: the largest 200 files with who wrote most of them, and the full count."""
    columns = [
        {"name": "file", "title": "File", "kind": "file"},
        {"name": "lines", "title": "Lines", "kind": "number", "unit": "lines"},
        {"name": "owner", "title": "Wrote the most", "kind": "person"},
        {"name": "share", "title": "Share of the file", "kind": "percent"},
        {"name": "seen", "title": "Last active", "kind": "date"},
        {"name": "people", "title": "People", "kind": "number", "unit": "people"},
        {"name": "resting", "title": "By people no longer active", "kind": "percent"},
    ]
    shown = files.head(MAX_EVIDENCE).select(
        "path",
        "lines",
        pl.col("owner").replace_strict(owned.names, return_dtype=pl.String),
        pl.col("share").round(4),
        pl.col("seen").dt.strftime("%Y-%m-%d"),
        "people",
        (pl.col("resting") / pl.col("lines")).round(4),
    )
    content = {"columns": columns, "rows": [list(row) for row in shown.iter_rows()], "total": len(files)}
    title = "Files, the largest first, and who wrote most of their lines"
    return Artifact("file_owners", ArtifactKind.TABLE, title, content, definitions.LINES.id)


def overwrites_table(history: History, owned: Owned) -> Artifact:
    """The table ``overwrites``: the 200 largest pairs, by name, with the full count; bots are one.

    Rows are in the order of names, for this is no race.
    """
    names = owned.names | dict.fromkeys(owned.programs, BOTS)
    pairs = (
        history.overwrites.with_columns(pl.col("author", "by").replace_strict(names, return_dtype=pl.String))
        .group_by("author", "by")
        .agg(pl.col("lines").sum())
        .with_columns(share=pl.col("lines") / pl.col("lines").sum().over("author"))
        .sort(["lines", "author", "by"], descending=[True, False, False])
    )
    shown = pairs.head(MAX_EVIDENCE).sort("author", "by").with_columns(pl.col("share").round(4))
    content = {
        "columns": [
            {"name": "author", "title": "Lines of", "kind": "person"},
            {"name": "by", "title": "Removed by", "kind": "person"},
            {"name": "lines", "title": "Lines", "kind": "number", "unit": "lines"},
            {"name": "share", "title": "Share of their removed lines", "kind": "percent"},
        ],
        "rows": [list(row) for row in shown.iter_rows()],
        "total": len(pairs),
    }
    title = "Whose lines were removed or changed by whom, in the order of names"
    return Artifact("overwrites", ArtifactKind.TABLE, title, content)


def commits_of_lines(history: History, owned: Owned) -> Artifact:
    """The newest commits that people's lines at head are of, each with its count."""
    counts = owned.people.group_by("commit").agg(pl.col("lines").sum())
    commits = history.commits.join(counts, on="commit", maintain_order="left").reverse()
    rows = commits.head(MAX_EVIDENCE).select("commit", "subject", "author_name", "authored_at", "lines")
    noted = ((*row[:4], f"{row[4]:,} lines") for row in rows.iter_rows())
    return commits_behind(definitions.LINES, "The commits that wrote the lines at head", noted, len(commits))
