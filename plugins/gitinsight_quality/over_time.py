"""The analyzer ``quality_history``: how health, size and complexity came to be what they are."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any

from gitinsight.plugin import (
    Artifact,
    ArtifactKind,
    Evidence,
    EvidenceKind,
    History,
    Insight,
    InsightType,
    Point,
    Report,
    Severity,
    commits_behind,
)
from gitinsight_quality.artifacts import Column, table
from gitinsight_quality.health import Band
from gitinsight_quality.mainline import moments
from gitinsight_quality.metrics import DEFINITIONS, IDS
from gitinsight_quality.snapshots import Snapshot, Snapshots, contributions

NOTABLE = 0.2
"""By so many points the health of a year has to move to be told as more than its level."""
BASIS = "published rules, applied to the same files at each commit"
YEAR = timedelta(days=365)
MOST_MARKS = 8
NAMED_FILES = 3
EVIDENCE_FILES = 8

RELEASE_COLUMNS = (
    Column("release", "Release", "text"),
    Column("commit", "Commit", "commit"),
    Column("at", "Date", "date"),
    Column("health", "Health (without duplication)", unit="points"),
    Column("change", "Change since the one before", unit="points"),
    Column("code", "Code", unit="lines"),
    Column("functions", "Functions"),
    Column("complex_share", "Complex functions", "percent"),
    Column("files", "Most behind the change", "text"),
)


def analyze(history: History, settings: Mapping[str, Any]) -> Report:
    """Monthly numbers, a chart, a table of releases; an empty report where there are no commits."""
    if history.commits.is_empty():
        return Report()
    wanted = moments(history)
    reader = Snapshots(history, float(settings.get("file_time_limit_seconds", 5.0)))
    taken = list(reader.take(wanted, float(settings.get("history_seconds", 5.0))))
    history.progress(1, 1)
    known = sorted((one for one in taken if one.health is not None), key=lambda one: one.moment.at)
    if not known:
        return Report(insights=[_nothing_known(history)])
    left = len(wanted) - len(taken)
    note = f"{len(taken)} of {len(wanted)} moments so far; analyse again to go on." if left else ""
    return Report(list(_points(known)), list(_insights(known, note)), list(_artifacts(known, note)))


def _points(known: Sequence[Snapshot]) -> Iterator[Point]:
    for snapshot in known:
        month = snapshot.moment.month
        if month is None:
            continue
        values = {
            "health": snapshot.health,
            "code": float(snapshot.code),
            "functions": float(snapshot.functions),
            "complex_share": snapshot.complex_share,
            "unhealthy_share": snapshot.shares()[Band.UNHEALTHY],
        }
        for name, value in values.items():
            reason = "" if value is not None else "no function was found"
            yield Point(f"quality_history.{name}", month, value, reason)


def _artifacts(known: Sequence[Snapshot], note: str) -> Iterator[Artifact]:
    months = [snapshot for snapshot in known if snapshot.moment.month is not None]
    if len(months) > 1:
        yield _chart(known, months, note)
    if released := [snapshot for snapshot in known if snapshot.moment.releases]:
        yield _release_table(released)
    rows = [
        (
            one.moment.commit,
            ", ".join(one.moment.releases) or f"{one.moment.at:%B %Y}",
            "",
            one.moment.at,
            f"health {one.health:.2f}, {one.code:,} lines",
        )
        for one in reversed(known)
    ]
    title = "The commits at which the code was measured"
    yield commits_behind(DEFINITIONS["quality_history.health"], title, rows, len(rows))


def _chart(known: Sequence[Snapshot], months: Sequence[Snapshot], note: str) -> Artifact:
    points = [[one.moment.at.date().isoformat(), round(one.health or 0.0, 3)] for one in months]
    content = {
        "unit": "points (1-10)",
        "series": [{"name": "Health without duplication", "shape": "line", "points": points}],
        "marks": _marks(
            [one for one in known if one.moment.releases], months[-1].moment.at - months[0].moment.at
        ),
        "note": note,
    }
    title = _title(known)
    return Artifact("health_over_time", ArtifactKind.CHART, title, content, IDS["quality_history.health"])


def _marks(released: Sequence[Snapshot], span: timedelta) -> list[dict[str, str]]:
    """The newest releases, oldest first, as far apart as their labels need."""
    kept: list[Snapshot] = []
    for one in reversed(released):
        if not kept or kept[-1].moment.at - one.moment.at >= span / MOST_MARKS:
            kept.append(one)
    return [
        {"at": one.moment.at.date().isoformat(), "label": one.moment.releases[-1][:40]} for one in kept[::-1]
    ]


def _release_table(released: Sequence[Snapshot]) -> Artifact:
    rows = []
    for before, one in zip([None, *released[:-1]], released, strict=True):
        moved = contributions(before, one) if before else []
        change = (one.health or 0.0) - (before.health or 0.0) if before else None
        rows.append(
            [
                ", ".join(one.moment.releases)[:200],
                one.moment.commit,
                one.moment.at.date().isoformat(),
                round(one.health or 0.0, 2),
                None if change is None else round(change, 3),
                one.code,
                one.functions,
                None if one.complex_share is None else round(one.complex_share, 4),
                ", ".join(_files(moved, change or 0.0, NAMED_FILES)),
            ]
        )
    rows.reverse()
    return table(
        "releases",
        "Health at each release",
        RELEASE_COLUMNS,
        rows,
        total=len(rows),
        metric="quality_history.health",
    )


def _files(moved: Sequence[tuple[str, float]], change: float, most: int) -> Sequence[str]:
    """The files that moved the health the most in the direction of the change."""
    return [path for path, part in moved if part * change > 0][:most]


def _year_before(known: Sequence[Snapshot]) -> Snapshot | None:
    """The last snapshot of a year before the newest, or the first where all are younger; None for one alone."""
    end = known[-1].moment.at
    older = [one for one in known if one.moment.at <= end - YEAR]
    return older[-1] if older else known[0] if len(known) > 1 else None


def _title(known: Sequence[Snapshot]) -> str:
    """``Code health 7.4, down from 8.1 in March 2023, mostly in src/a.py``."""
    now, before = known[-1], _year_before(known)
    health = now.health or 0.0
    if before is None or before.health is None:
        return f"Code health {health:.1f} (without duplication)"
    change = health - before.health
    if abs(change) < NOTABLE:
        return f"Code health {health:.1f} (without duplication), as in {before.moment.at:%B %Y}"
    files = _files(contributions(before, now), change, 1)
    where = f", mostly in {files[0]}" if files else ""
    way = "down" if change < 0 else "up"
    return f"Code health {health:.1f}, {way} from {before.health:.1f} in {before.moment.at:%B %Y}{where}"


def _nothing_known(history: History) -> Insight:
    return Insight(
        InsightType.QUALITY,
        Severity.INFO,
        "No code that could be parsed, so its health has no history",
        "None of the commits that were looked at has a file in a language whose functions are known.",
        0.95,
        [Evidence(EvidenceKind.COMMIT, history.head, "the newest commit")],
        [IDS["quality_history.health"]],
        ["health", "history"],
        {"confidence_basis": BASIS},
    )


def _insights(known: Sequence[Snapshot], note: str) -> Iterator[Insight]:
    now, before = known[-1], _year_before(known)
    change = (now.health or 0.0) - (before.health or 0.0) if before else 0.0
    moved = contributions(before, now) if before else []
    files = set(_files(moved, change, EVIDENCE_FILES))
    evidence = [
        Evidence(EvidenceKind.FILE, path, f"{part:+.3f} points of the repository's health")
        for path, part in moved
        if path in files
    ]
    evidence += [
        Evidence(
            EvidenceKind.COMMIT, one.moment.commit, f"health {one.health:.2f} on {one.moment.at:%-d %B %Y}"
        )
        for one in (now, before)
        if one
    ]
    yield Insight(
        InsightType.QUALITY,
        Severity.NOTICE if change <= -NOTABLE else Severity.INFO,
        _title(known),
        "The code was measured as it stood at the end of each month and at each release, by the same rules as today, "
        "but for duplication. A file moves the score by how far it lies from the rest; the files named moved it most "
        f"in the direction that it went. {note}".strip(),
        0.95,
        evidence,
        [IDS["quality_history.health"]],
        ["health", "history"],
        {
            "confidence_basis": BASIS,
            "artifacts": ["health_over_time", "releases"],
            "change": round(change, 4),
        },
    )
