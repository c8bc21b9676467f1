"""The commits behind a number, in the one shape that pages and exports expect."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from itertools import islice

from gitinsight.domain.report import MAX_EVIDENCE, Artifact, ArtifactKind, Metric

LONGEST_NAME = 80
LONGEST_SUBJECT = 200


def person_name(raw: str) -> str:
    """A name fit to be shown: on one line, not endless, and without an e-mail address."""
    name = raw.split("<", maxsplit=1)[0] if "<" in raw else raw.split("@", maxsplit=1)[0]
    return " ".join(name.split())[:LONGEST_NAME] or "(no name)"


def commits_behind(
    metric: Metric, title: str, rows: Iterable[tuple[str, str, str, datetime, str]], total: int
) -> Artifact:
    """The artifact ``commits:<metric>`` with the newest at most 200 commits behind the metric's value.

    ``rows`` are (commit, subject, author, time, note), newest first; ``total`` counts them all.
    """
    commits = [
        {
            "commit": commit,
            "subject": subject[:LONGEST_SUBJECT],
            "author": person_name(author),
            "at": at.isoformat(),
        }
        | ({"note": note} if note else {})
        for commit, subject, author, at, note in islice(rows, MAX_EVIDENCE)
    ]
    content = {"commits": commits, "total": total}
    return Artifact(f"commits:{metric.name}", ArtifactKind.COMMITS, title, content, metric.id)
