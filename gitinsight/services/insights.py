"""Reading what was found: insights, metric series and artifacts of a repository."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid5

from gitinsight.domain.access import Permission, Viewer
from gitinsight.domain.report import Bucket, Evidence, InsightType, Metric, Severity
from gitinsight.errors import ArtifactNotFound, MetricNotFound
from gitinsight.services.codec import evidence_from
from gitinsight.services.context import session, tools
from gitinsight.services.repositories import row_for
from gitinsight.store import measures
from gitinsight.store.measures import InsightQuery, InsightRow, MetricPoint

_WIDTHS = {Bucket.DAY: timedelta(days=1), Bucket.WEEK: timedelta(weeks=1), Bucket.MONTH: timedelta(days=31)}
_RECENT = timedelta(days=70)
"""Long enough to hold the last complete month of every analysis."""


@dataclass(frozen=True, slots=True)
class InsightView:
    """An insight with the run it came from."""

    id: UUID
    repository_id: UUID
    type: InsightType
    severity: Severity
    title: str
    description: str
    confidence_score: float
    analyzer: str
    model_version: str
    head: str
    generated_at: datetime
    evidence: list[Evidence]
    metrics: list[str]
    tags: list[str]
    data: Mapping[str, Any]
    severity_rank: int

    @property
    def confidence(self) -> float:
        """The confidence under the name that analyzers use for it."""
        return self.confidence_score

    @property
    def lasting_id(self) -> UUID:
        """An id that stays when a later analysis says the same again."""
        return uuid5(self.repository_id, f"{self.analyzer}\n{self.type}\n{self.title}")


@dataclass(frozen=True, slots=True)
class InsightPage:
    items: list[InsightView]
    more: bool


@dataclass(frozen=True, slots=True)
class SeriesPoint:
    at: datetime
    value: float | None
    reason: str
    dimension: str


@dataclass(frozen=True, slots=True)
class Series:
    """A metric with its definition and its points of one repository, oldest first."""

    metric: Metric
    analyzer: str
    points: list[SeriesPoint]


@dataclass(frozen=True, slots=True)
class NewestValue:
    """The newest value of a metric for the whole repository, and by how many parts it is known as well.

    ``at`` is the start of the day, week or month, or the moment of a snapshot.
    """

    metric: Metric
    analyzer: str
    at: datetime
    value: float | None
    reason: str
    parts: int


@dataclass(frozen=True, slots=True)
class ArtifactView:
    """An artifact as it was stored: compressed JSON bytes with their ETag."""

    analyzer: str
    name: str
    kind: str
    title: str
    etag: str
    compressed: bytes
    json: bytes


@dataclass(frozen=True, slots=True)
class ArtifactLink:
    """An artifact without its content; the ETag changes with the content."""

    analyzer: str
    name: str
    kind: str
    title: str
    etag: str


def listing(viewer: Viewer, repository_id: UUID, query: InsightQuery) -> InsightPage:
    """A page of a repository's current insights, most important first."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    rows = measures.insights(session(), repository_id, query)
    return InsightPage([insight_view(row) for row in rows[: query.limit]], len(rows) > query.limit)


def insight_view(row: InsightRow) -> InsightView:
    """A row as the value that leaves this layer."""
    fields = {name: getattr(row, name) for name in InsightView.__dataclass_fields__}
    return InsightView(**fields | {"evidence": evidence_from(row.evidence)})


def declared_metrics() -> list[tuple[str, Metric]]:
    """Every metric that an installed analyzer declares, with the analyzer's name."""
    analyzers = tools().registry.analyzers.values()
    return [(analyzer.name, metric) for analyzer in analyzers for metric in analyzer.metrics]


def definition(name: str) -> Metric:
    """A metric's definition by its name or definition id; MetricNotFound where none declares it."""
    metric = tools().registry.metrics.get(name.partition("@")[0])
    if metric is None or name not in {metric.name, metric.id}:
        raise MetricNotFound(f"No installed analyzer declares the metric {name!r}.")
    return metric


def series(
    viewer: Viewer, repository_id: UUID, names: Sequence[str] = (), since: datetime | None = None
) -> list[Series]:
    """The series of these metrics, or of all, with the current runs' points."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    for name in names:
        definition(name)
    owners = {metric.name: (analyzer, metric) for analyzer, metric in declared_metrics()}
    runs = [run.id for run in measures.current_runs(session(), repository_id)]
    found: dict[str, list[SeriesPoint]] = {}
    for row in measures.points_of_runs(session(), runs, [name.partition("@")[0] for name in names], since):
        found.setdefault(row.metric, []).append(SeriesPoint(row.at, row.value, row.reason, row.dimension))
    return [
        Series(owners[name][1], owners[name][0], points) for name, points in found.items() if name in owners
    ]


def newest_values(viewer: Viewer, repository_id: UUID) -> list[NewestValue]:
    """The newest value of every metric, by analyzer and title; of a series that of its last complete step."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    ends = {run.id: run.finished_at for run in measures.current_runs(session(), repository_id)}
    if not ends:
        return []
    since = min(ends.values()) - _RECENT
    rows: dict[str, list[MetricPoint]] = {}
    for row in measures.points_of_runs(session(), list(ends), since=since):
        rows.setdefault(row.metric, []).append(row)
    found = [
        _newest(analyzer, metric, rows[metric.name], ends)
        for analyzer, metric in declared_metrics()
        if metric.name in rows
    ]
    return sorted(found, key=lambda newest: (newest.analyzer, newest.metric.title))


def _newest(
    analyzer: str, metric: Metric, rows: Sequence[MetricPoint], ends: Mapping[UUID, datetime]
) -> NewestValue:
    parts = {row.dimension for row in rows if row.dimension}
    whole = [row for row in rows if not row.dimension]
    width = _WIDTHS.get(metric.bucket, timedelta())
    complete = [row for row in whole if row.at + width <= ends[row.run_id]] or whole
    if not complete:
        return NewestValue(metric, analyzer, rows[-1].at, None, "it has values by part only", len(parts))
    last = complete[-1]
    return NewestValue(metric, analyzer, last.at, last.value, last.reason, len(parts))


def artifact(viewer: Viewer, repository_id: UUID, analyzer: str, name: str) -> ArtifactView:
    """One artifact of an analyzer's current run; ArtifactNotFound where it left none of this name."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    row = measures.artifact(session(), repository_id, analyzer, name)
    if row is None:
        raise ArtifactNotFound(f"The analyzer {analyzer!r} left no artifact named {name!r}.")
    return ArtifactView(analyzer, row.name, row.kind, row.title, row.etag, row.content, row.json())
