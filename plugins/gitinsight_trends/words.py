"""Wording and drill-downs that both analyzers share; any text may stand in names and subjects."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import MAX_EVIDENCE, Artifact, Evidence, EvidenceKind, Metric, commits_behind

if TYPE_CHECKING:
    from gitinsight.plugin import History

_LONGEST_NAME = 80
_LONGEST_SUBJECT = 200


def counted(number: float, noun: str) -> str:
    """``1 commit``, ``5,531 commits``."""
    return f"{number:,.0f} {noun}{'' if round(number) == 1 else 's'}"


def per_week(value: float) -> str:
    """A weekly count with as many decimals as are of use: ``0.4``, ``12``."""
    return f"{value:,.0f}" if abs(value) >= 10 else f"{value:.1f}".removesuffix(".0")


def drill_down(metric: Metric, commits: pl.DataFrame, title: str) -> Artifact:
    """The newest of ``commits`` (oldest first) behind a metric."""
    newest = commits.tail(MAX_EVIDENCE).reverse()
    rows = newest.select("commit", "subject", "author_name", "committed_at", pl.lit("")).iter_rows()
    return commits_behind(metric, title, rows, len(commits))


def commit_evidence(commits: pl.DataFrame, count: int = 5) -> list[Evidence]:
    """The newest of ``commits`` (oldest first)."""
    rows = commits.tail(count).reverse().select("commit", "subject").iter_rows()
    return [Evidence(EvidenceKind.COMMIT, commit, subject[:_LONGEST_SUBJECT]) for commit, subject in rows]


def release_marks(history: History, since: datetime, count: int = 12) -> list[dict[str, str]]:
    """The newest releases since a time, as marks of a chart, oldest first."""
    releases = history.releases.filter(pl.col("at") >= since).sort("at").tail(count)
    return [
        {"at": at.date().isoformat(), "label": tag[:_LONGEST_NAME]}
        for tag, at in releases.select("tag", "at").iter_rows()
    ]
