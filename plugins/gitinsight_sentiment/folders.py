"""The second analyzer: shares of the last year's messages by the top-level folders that commits change.

It stands apart because it needs the changes, while the other one can start as soon as commits are read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import polars as pl

from gitinsight.plugin import (
    Evidence,
    EvidenceKind,
    History,
    Insight,
    InsightType,
    Point,
    Report,
    Severity,
)
from gitinsight_sentiment.breakdowns import parts_table
from gitinsight_sentiment.definitions import FOLDER_METRICS
from gitinsight_sentiment.periods import YEAR, window
from gitinsight_sentiment.reading import read_messages
from gitinsight_sentiment.statistics import Share, difference_p

ROOT = "(files at the top)"
_MOST_FOLDERS = 30
_LEAST_MESSAGES = 30
_SIGNIFICANT = 0.05
_SHOWN = 10
NOTHING = Share(0, 0)

(FOLDERS,) = FOLDER_METRICS


def analyze(history: History, settings: Mapping[str, Any]) -> Report:  # noqa: ARG001
    """A table of folders, and the one whose messages read negative clearly more often, if there is one."""
    year = window(read_messages(history, since=history.now - YEAR), history.now)
    touched = _touched(history.changes, year.messages)
    parts = touched.group_by("folder").agg(
        pl.col("label").count().alias("judged"),
        *((pl.col("label") == mood).sum().alias(mood) for mood in ("negative", "positive")),
    )
    rows = parts.sort("judged", "folder", descending=[True, False]).rows()
    table = parts_table(
        "folders",
        "Messages of the last year by folder",
        {"name": "folder", "title": "Folder", "kind": "text"},
        rows[:_MOST_FOLDERS],
        "A message counts for each top-level folder that its commit changes.",
    )
    return Report(
        points=[Point(FOLDERS.name, history.now, len(rows))],
        insights=list(_outstanding(touched, rows)) or list(_alike(history.commits, touched, len(rows))),
        artifacts=[table],
    )


def _touched(changes: pl.DataFrame, messages: pl.DataFrame) -> pl.DataFrame:
    """A row for each judged message and each folder that its commit changes."""
    own = changes.filter(~pl.col("is_vendored") & ~pl.col("is_generated"))
    top = pl.when(pl.col("file").str.contains("/", literal=True)).then(
        pl.col("file").str.split("/").list.first()
    )
    folders = own.select("commit", top.otherwise(pl.lit(ROOT)).alias("folder")).unique()
    judged = messages.filter(pl.col("label").is_not_null()).select("commit", "at", "label", "words")
    return judged.join(folders, on="commit").sort("at")


def _outstanding(touched: pl.DataFrame, rows: list[tuple[str, int, int, int]]) -> Iterator[Insight]:
    """The folder that differs most from the rest, where that is more than chance in so many folders."""
    tests = []
    judged, negatives = touched["commit"].n_unique(), _negative(touched)["commit"].n_unique()
    compared = [row for row in rows if row[1] >= _LEAST_MESSAGES and judged - row[1] >= _LEAST_MESSAGES]
    for folder, here, negative, _ in compared:
        share, rest = Share(negative, here), Share(negatives - negative, judged - here)
        if (share.percent or 0) > (rest.percent or 0):
            tests.append((min(difference_p(share, rest) * len(compared), 1.0), folder, share, rest))
    p, folder, share, rest = min(tests, key=lambda test: test[:2], default=(1.0, "", NOTHING, NOTHING))
    if p >= _SIGNIFICANT:
        return
    shown = _negative(touched.filter(pl.col("folder") == folder)).tail(_SHOWN).reverse()
    yield Insight(
        InsightType.SENTIMENT,
        Severity.NOTICE,
        f"Messages on {folder} read negative more often: {share.percent:.1f} % against {rest.percent:.1f} %",
        f"{share.count} of {share.total} messages of the last year against {rest.count} of {rest.total} on the rest"
        f" (Fisher's exact test, p = {p:.2g} for {len(compared)} folders). Open the messages to see what it is"
        " about; words are judged, not people.",
        round(1 - p, 3),
        [
            Evidence(EvidenceKind.COMMIT, commit, f"negative: {words}")
            for commit, words in shown.select("commit", "words").iter_rows()
        ],
        [FOLDERS.id],
        ["mood", "folders"],
        {
            "artifacts": ["folders"],
            "p_value": p,
            "confidence_basis": "1 - p of Fisher's exact test, p multiplied by the number of folders compared",
        },
    )


def _alike(commits: pl.DataFrame, touched: pl.DataFrame, folders: int) -> Iterator[Insight]:
    """That nothing stands out, with the newest commits that were looked at; nothing for an empty history."""
    newest = (commits if touched.is_empty() else touched.unique("commit", maintain_order=True)).tail(_SHOWN)
    if newest.is_empty():
        return
    yield Insight(
        InsightType.SENTIMENT,
        Severity.INFO,
        f"No folder of {folders} stands out by negative messages",
        f"{touched['commit'].n_unique()} messages of the last year were compared by folder; only folders with"
        f" {_LEAST_MESSAGES} or more are, and a small difference cannot be seen.",
        0.5 if touched.height >= _LEAST_MESSAGES else 0.05,
        [Evidence(EvidenceKind.COMMIT, commit, "looked at") for commit in newest.reverse()["commit"]],
        [FOLDERS.id],
        ["mood", "folders"],
        {
            "artifacts": ["folders"],
            "confidence_basis": "0.5 because a test cannot prove that nothing differs, 0.05 for few messages",
        },
    )


def _negative(messages: pl.DataFrame) -> pl.DataFrame:
    return messages.filter(pl.col("label") == "negative")
