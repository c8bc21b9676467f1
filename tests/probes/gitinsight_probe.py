"""A plugin for tests: known numbers from any repository, and analyzers that fail or take their time."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from gitinsight.plugin import (
    Analyzer,
    Artifact,
    ArtifactKind,
    Bucket,
    Evidence,
    EvidenceKind,
    History,
    Insight,
    InsightType,
    Metric,
    Model,
    Panel,
    Point,
    Report,
    Setting,
    Severity,
    hookimpl,
)

START = datetime(2024, 1, 1, tzinfo=UTC)
COMMITS = Metric("probe.commits", "Commits", "commits", "Commits a week.")
LINES = Metric("probe.lines", "Lines", "lines", "Lines by language.", Bucket.SNAPSHOT)
TOTAL = Metric("echo.total", "Total", "commits", "The sum of probe.commits.", Bucket.SNAPSHOT)


def probe(history: History, settings: Mapping[str, Any]) -> Report:
    """Three weeks of commits, two languages, seven insights in known order, two artifacts."""
    count = float(history.commits.height)
    weeks = [
        Point("probe.commits", START, 1.0),
        Point("probe.commits", START + timedelta(weeks=1), None, reason="nobody looked"),
        Point("probe.commits", START + timedelta(weeks=2), count),
    ]
    lines = [Point("probe.lines", START, 10.0, dimension=name) for name in ("C", "Python")]
    table = {"columns": [{"name": "path", "title": "Path", "kind": "file"}], "rows": [["a.py"]], "total": 1}
    commits = {"commits": [], "total": int(count)}
    return Report(
        [*weeks, *lines],
        _insights(history.head, settings["greeting"]),
        [
            Artifact("files", ArtifactKind.TABLE, "Files", table),
            Artifact("commits:probe.commits", ArtifactKind.COMMITS, "Commits behind it", commits),
        ],
    )


def _insights(head: str, greeting: str) -> list[Insight]:
    """From most to least important: one critical, three warnings of one confidence, three infos."""
    rows = [
        (InsightType.HOTSPOT, Severity.CRITICAL, 0.9, ("risk", "code")),
        *((InsightType.QUALITY, Severity.WARNING, 0.5, ("code",)) for _ in range(3)),
        *((InsightType.PEOPLE, Severity.INFO, confidence, ()) for confidence in (0.75, 0.5, 0.25)),
    ]
    return [
        Insight(
            kind,
            severity,
            f"{greeting} {number}",
            "It is so.",
            confidence,
            [Evidence(EvidenceKind.COMMIT, head)],
            [COMMITS.id],
            tags,
            {"number": number},
        )
        for number, (kind, severity, confidence, tags) in enumerate(rows)
    ]


def echo(history: History, _settings: Mapping[str, Any]) -> Report:
    """What the probe told, added up."""
    return Report([Point("echo.total", START, float(history.series("probe.commits")["value"].sum()))])


def broken(_history: History, _settings: Mapping[str, Any]) -> Report:
    raise ValueError("no luck today")


def slow(history: History, _settings: Mapping[str, Any]) -> Report:
    for step in range(600):
        history.progress(step, 600)
        time.sleep(0.1)
    return Report()


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    return [
        Analyzer("echo", "Echo", "1", echo, (TOTAL,), after=("probe",)),
        Analyzer("probe", "Probe", "1", probe, (COMMITS, LINES)),
        Analyzer("broken", "Broken", "1", broken),
        Analyzer("slow", "Slow", "1", slow),
    ]


@hookimpl
def register_settings() -> Sequence[Setting]:
    return [Setting("greeting", "Finding", "the first word of every insight")]


@hookimpl
def register_models() -> Sequence[Model]:
    return [Model("guess", "guessing", "3", "A guess", 12, lambda: print, {"precision": 0.5})]


@hookimpl
def register_panels() -> Sequence[Panel]:
    return [Panel("Probe", "repository", lambda context: "drawn")]
