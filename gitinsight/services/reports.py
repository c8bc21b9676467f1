"""Keeping what an analyzer found, and giving it to the analyzers that come after it.

A report replaces the last one of the same run in one transaction with its events, so a job that dies
half way or runs twice leaves either the old results or the new ones.
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.events import Topic
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Metric, Point, Report, Severity
from gitinsight.plugin import Analyzer
from gitinsight.services import feeds
from gitinsight.services.codec import evidence_fields
from gitinsight.services.context import session, tools
from gitinsight.store import measures
from gitinsight.store.measures import AnalysisRun

SEVERITY_RANK = {severity: rank for rank, severity in enumerate(Severity)}


@dataclass(frozen=True, slots=True)
class RunFacts:
    """Of which repository, commit and job a report is, and how long it took.

    ``history_since`` is the moment after which all changes were there for it, None for the whole history.
    """

    repository_id: UUID
    job_id: UUID
    head: str
    seconds: float
    history_since: datetime | None = None


def store_report(facts: RunFacts, analyzer: Analyzer, report: Report, settings: dict[str, Any]) -> None:
    """Put the report in the place of the analyzer's last one; the caller commits."""
    recorded_at = clock.now()
    run = _run(facts, analyzer, settings, recorded_at)
    common = {"run_id": run.id, "repository_id": facts.repository_id}
    measures.replace_children(
        session(),
        run.id,
        [_insight_fields(insight, common, run, recorded_at) for insight in report.insights],
        _point_fields(report.points, analyzer, common, recorded_at),
        [_artifact_fields(artifact, run.id) for artifact in report.artifacts],
    )
    measures.make_current(session(), run)
    feeds.note(
        Topic.INSIGHTS_GENERATED,
        {"analyzer": analyzer.name, "insights": len(report.insights), "job_id": str(facts.job_id)},
        repository_id=facts.repository_id,
    )


def _run(facts: RunFacts, analyzer: Analyzer, settings: dict[str, Any], at: datetime) -> AnalysisRun:
    digest = sha256(json.dumps(settings, sort_keys=True, default=str).encode()).hexdigest()
    identity = (analyzer.name, analyzer.version, digest)
    run = measures.run_of(session(), facts.repository_id, facts.head, identity)
    if run is None:
        run = AnalysisRun(
            repository_id=facts.repository_id,
            head=facts.head,
            analyzer=analyzer.name,
            version=analyzer.version,
            settings_hash=digest,
        )
        session().add(run)
    run.job_id, run.seconds, run.finished_at, run.title = facts.job_id, facts.seconds, at, analyzer.title
    run.history_since = facts.history_since
    session().flush()
    return run


def _insight_fields(insight: Any, common: dict[str, Any], run: AnalysisRun, at: datetime) -> dict[str, Any]:
    return common | {
        "generated_at": at,
        "analyzer": run.analyzer,
        "model_version": run.version,
        "head": run.head,
        "type": insight.type,
        "severity": insight.severity,
        "severity_rank": SEVERITY_RANK[insight.severity],
        "title": insight.title,
        "description": insight.description,
        "confidence_score": float(insight.confidence),
        "evidence": evidence_fields(insight.evidence),
        "metrics": list(insight.metrics),
        "tags": list(insight.tags),
        "data": dict(insight.data),
    }


def _point_fields(
    points: Sequence[Point], analyzer: Analyzer, common: dict[str, Any], at: datetime
) -> list[dict[str, Any]]:
    ids = {metric.name: metric.id for metric in analyzer.metrics}
    return [
        common
        | {
            "metric": point.metric,
            "metric_id": ids[point.metric],
            "dimension": point.dimension,
            "at": point.at,
            "recorded_at": at,
            "value": point.value,
            "reason": point.reason,
        }
        for point in points
    ]


def _artifact_fields(artifact: Any, run_id: UUID) -> dict[str, Any]:
    text = json.dumps(
        {
            "name": artifact.name,
            "kind": artifact.kind,
            "title": artifact.title,
            "definition": artifact.definition,
            "content": dict(artifact.content),
        },
        separators=(",", ":"),
    ).encode()
    return {
        "run_id": run_id,
        "name": artifact.name,
        "kind": artifact.kind,
        "title": artifact.title,
        "etag": sha256(text).hexdigest()[:32],
        # A fixed time stamp makes equal artifacts equal bytes.
        "content": gzip.compress(text, 6, mtime=0),
    }


def series_for(
    repository_id: UUID, analyzers: Sequence[str], paths: PathFilter = EVERYTHING
) -> tuple[list[Metric], dict[str, list[Point]]]:
    """The metrics that these analyzers declare and the points of their current runs, where these are of the paths."""
    registry = tools().registry
    others = measures.of_other_paths(session(), repository_id, paths.settings)
    current = measures.current_runs(session(), repository_id)
    runs = {run.analyzer: run.id for run in current if run.analyzer not in others}
    chosen = [name for name in analyzers if name in runs]
    metrics = [metric for name in chosen for metric in registry.analyzers[name].metrics]
    points: dict[str, list[Point]] = {metric.name: [] for metric in metrics}
    for row in measures.points_of_runs(session(), [runs[name] for name in chosen]):
        if row.metric in points:
            points[row.metric].append(Point(row.metric, row.at, row.value, row.reason, row.dimension))
    return metrics, points
