"""Files that nobody who is still active has ever changed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, ArtifactKind
from gitinsight_people.contributions import INACTIVE_AFTER, Contributions

if TYPE_CHECKING:
    from gitinsight.plugin import History


@dataclass(frozen=True, slots=True)
class Knowledge:
    """``unattended`` holds ``file, commits, people, last``, most commits first.

    ``files`` counts the files at head that are neither vendored, generated nor links; ``known`` those
    of them that a commit by a person accounts for.
    """

    files: int
    known: int
    unattended: pl.DataFrame

    @property
    def share(self) -> float:
        """Unattended files as a share of the known ones."""
        return len(self.unattended) / self.known if self.known else 0.0


def read_knowledge(history: History, work: Contributions) -> Knowledge:
    """Which files at head were changed by inactive people only, over the whole history and renames.

    Mass edits that the project ignores tell nobody anything about a file.
    """
    paths = [
        file.path for file in history.files() if not (file.is_vendored or file.is_generated or file.is_link)
    ]
    last_seen = work.dated.group_by("author").agg(seen=pl.col("at").max())
    changed = (
        history.changes.lazy()
        .select("commit", "file")
        .join(pl.LazyFrame({"file": paths}, schema={"file": pl.String}), on="file", how="semi")
        .join(work.dated.lazy().filter(~pl.col("is_ignored")).select("commit", "author", "at"), on="commit")
        .join(last_seen.lazy(), on="author")
        .group_by("file")
        .agg(
            commits=pl.col("commit").n_unique().cast(pl.Int64),
            people=pl.col("author").n_unique().cast(pl.Int64),
            last=pl.col("at").max(),
            seen=pl.col("seen").max(),
        )
        .collect()
    )
    unattended = changed.filter(pl.col("seen") < work.now - INACTIVE_AFTER).drop("seen")
    ordered = unattended.sort(["commits", "file"], descending=[True, False])
    return Knowledge(files=len(paths), known=len(changed), unattended=ordered)


def unattended_table(knowledge: Knowledge) -> Artifact:
    """The table ``unattended_files``: at most 200 of them with the full count."""
    rows = knowledge.unattended.head(MAX_EVIDENCE).select(
        "file", "commits", "people", pl.col("last").dt.strftime("%Y-%m-%d")
    )
    content = {
        "columns": [
            {"name": "file", "title": "File", "kind": "file"},
            {"name": "commits", "title": "Commits", "kind": "number", "unit": "commits"},
            {"name": "people", "title": "People who changed it", "kind": "number", "unit": "people"},
            {"name": "last", "title": "Last change", "kind": "date"},
        ],
        "rows": [list(row) for row in rows.iter_rows()],
        "total": len(knowledge.unattended),
    }
    title = "Files that nobody changed who has been active in the last 183 days"
    return Artifact("unattended_files", ArtifactKind.TABLE, title, content)
