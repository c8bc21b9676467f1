"""What analyzers found: runs, and the insights, metric points and artifacts that belong to a run.

A run is unique by repository, commit, analyzer, version and settings; doing it again replaces its
children in one transaction. The newest run of an analyzer is ``is_current``, and pages read that one.
"""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import (
    ForeignKey,
    Index,
    LargeBinary,
    String,
    Text,
    and_,
    case,
    delete,
    func,
    insert,
    or_,
    select,
    text,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain.report import InsightType, Severity
from gitinsight.store.base import Base, Identified, word
from gitinsight.store.jobs import AnalysisJob

_CURRENT = text("is_current")


class AnalysisRun(Identified, Base):
    """One analyzer at one commit under one set of settings.

    ``history_since`` is the moment after which all changes were read when it ran, null for all.
    """

    __tablename__ = "analysis_runs"
    __table_args__ = (
        Index(
            "uq_analysis_runs_identity",
            "repository_id",
            "head",
            "analyzer",
            "version",
            "settings_hash",
            unique=True,
        ),
        Index(
            "uq_analysis_runs_current",
            "repository_id",
            "analyzer",
            unique=True,
            sqlite_where=_CURRENT,
            postgresql_where=_CURRENT,
        ),
    )

    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    job_id: Mapped[UUID | None] = mapped_column(ForeignKey("analysis_jobs.id", ondelete="SET NULL"))
    head: Mapped[str] = mapped_column(String(64))
    analyzer: Mapped[str] = mapped_column(String(100))
    title: Mapped[str] = mapped_column(String(200), default="")
    version: Mapped[str] = mapped_column(String(50))
    settings_hash: Mapped[str] = mapped_column(String(64))
    is_current: Mapped[bool] = mapped_column(default=False)
    finished_at: Mapped[datetime]
    history_since: Mapped[datetime | None]
    seconds: Mapped[float] = mapped_column(default=0.0)


class InsightRow(Base):
    __tablename__ = "insights"
    __table_args__ = (
        Index("ix_insights_run_id", "run_id"),
        Index("ix_insights_repository_id_generated_at", "repository_id", "generated_at"),
        {"postgresql_partition_by": "RANGE (generated_at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    generated_at: Mapped[datetime] = mapped_column(primary_key=True)
    run_id: Mapped[UUID] = mapped_column(ForeignKey("analysis_runs.id", ondelete="CASCADE"))
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    analyzer: Mapped[str] = mapped_column(String(100))
    model_version: Mapped[str] = mapped_column(String(50))
    head: Mapped[str] = mapped_column(String(64))
    type: Mapped[InsightType] = mapped_column(word(InsightType))
    severity: Mapped[Severity] = mapped_column(word(Severity))
    severity_rank: Mapped[int]
    title: Mapped[str] = mapped_column(Text)
    description: Mapped[str] = mapped_column(Text)
    confidence_score: Mapped[float]
    evidence: Mapped[list[Any]]
    metrics: Mapped[list[str]]
    tags: Mapped[list[str]]
    data: Mapped[dict[str, Any]]


class MetricPoint(Base):
    """A value of a series; ``metric_id`` is the definition id ``name@version``."""

    __tablename__ = "metric_points"
    __table_args__ = (
        Index("ix_metric_points_repository_id_metric_at", "repository_id", "metric", "at"),
        {"postgresql_partition_by": "RANGE (recorded_at)"},
    )

    run_id: Mapped[UUID] = mapped_column(ForeignKey("analysis_runs.id", ondelete="CASCADE"), primary_key=True)
    metric: Mapped[str] = mapped_column(String(200), primary_key=True)
    dimension: Mapped[str] = mapped_column(String(200), primary_key=True, default="")
    at: Mapped[datetime] = mapped_column(primary_key=True)
    recorded_at: Mapped[datetime] = mapped_column(primary_key=True)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    metric_id: Mapped[str] = mapped_column(String(220))
    value: Mapped[float | None]
    reason: Mapped[str] = mapped_column(Text, default="")


class RunArtifact(Base):
    """What a chart or a drill-down needs: JSON as it is sent, compressed by gzip."""

    __tablename__ = "run_artifacts"

    run_id: Mapped[UUID] = mapped_column(ForeignKey("analysis_runs.id", ondelete="CASCADE"), primary_key=True)
    name: Mapped[str] = mapped_column(String(200), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    title: Mapped[str] = mapped_column(Text)
    etag: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary)

    def json(self) -> bytes:
        """The artifact as UTF-8 JSON."""
        return gzip.decompress(self.content)


def run_of(
    session: Session, repository_id: UUID, head: str, identity: tuple[str, str, str]
) -> AnalysisRun | None:
    """The run of (analyzer, version, settings hash) at this commit."""
    analyzer, version, settings_hash = identity
    return session.scalar(
        select(AnalysisRun).where(
            AnalysisRun.repository_id == repository_id,
            AnalysisRun.head == head,
            AnalysisRun.analyzer == analyzer,
            AnalysisRun.version == version,
            AnalysisRun.settings_hash == settings_hash,
        )
    )


def current_runs(session: Session, repository_id: UUID) -> Sequence[AnalysisRun]:
    """The newest run of each analyzer."""
    statement = select(AnalysisRun).where(AnalysisRun.repository_id == repository_id, AnalysisRun.is_current)
    return session.scalars(statement.order_by(AnalysisRun.analyzer)).all()


def of_other_paths(session: Session, repository_id: UUID, paths: Mapping[str, Any]) -> list[str]:
    """The analyzers whose current results are of an analysis with another filter of paths than this one."""
    statement = (
        select(AnalysisRun.analyzer, AnalysisJob.paths)
        .outerjoin(AnalysisJob, AnalysisJob.id == AnalysisRun.job_id)
        .where(AnalysisRun.repository_id == repository_id, AnalysisRun.is_current)
        .order_by(AnalysisRun.analyzer)
    )
    return [analyzer for analyzer, used in session.execute(statement) if (used or {}) != paths]


def history_since(session: Session, repository_id: UUID) -> datetime | None:
    """The moment after which all changes stand behind the current results; None where all changes do."""
    return session.scalar(
        select(func.max(AnalysisRun.history_since)).where(
            AnalysisRun.repository_id == repository_id, AnalysisRun.is_current
        )
    )


def make_current(session: Session, run: AnalysisRun) -> None:
    """Let pages read this run instead of the analyzer's last one.

    The children of the runs before the last one are dropped; the last one is kept for "since last time".
    """
    others = (
        AnalysisRun.repository_id == run.repository_id,
        AnalysisRun.analyzer == run.analyzer,
        AnalysisRun.id != run.id,
    )
    last = session.scalar(select(AnalysisRun.id).where(*others, AnalysisRun.is_current))
    session.execute(update(AnalysisRun).where(*others).values(is_current=False))
    session.flush()
    run.is_current = True
    session.flush()
    if last is not None:
        session.execute(delete(AnalysisRun).where(*others, AnalysisRun.id != last))


def replace_children(
    session: Session,
    run_id: UUID,
    insights: Iterable[dict[str, Any]],
    points: Sequence[dict[str, Any]],
    artifacts: Iterable[dict[str, Any]],
) -> None:
    """Put these in place of all that the run had."""
    for table in (InsightRow, MetricPoint, RunArtifact):
        session.execute(delete(table).where(table.run_id == run_id))
    session.add_all(InsightRow(**row) for row in insights)
    session.add_all(RunArtifact(**row) for row in artifacts)
    if points:
        session.execute(insert(MetricPoint), points)


@dataclass(frozen=True, slots=True)
class InsightQuery:
    """Which insights a list asks for; ``after`` is (severity rank, confidence, id) of the last row seen."""

    type: str = ""
    tag: str = ""
    severity: str = ""
    analyzer: str = ""
    min_confidence: float = 0.0
    since: datetime | None = None
    after: tuple[int, float, UUID] | None = None
    limit: int = 50


def insights(session: Session, repository_id: UUID, query: InsightQuery) -> Sequence[InsightRow]:
    """A page of current insights, most important first, one more than asked for where there are more."""
    row = InsightRow
    owned = (row.repository_id == repository_id, AnalysisRun.is_current)
    statement = select(row).join(AnalysisRun, AnalysisRun.id == row.run_id).where(*owned)
    for column, wanted in (
        (row.type, query.type),
        (row.severity, query.severity),
        (row.analyzer, query.analyzer),
    ):
        if wanted:
            statement = statement.where(column == wanted)
    if query.min_confidence:
        statement = statement.where(row.confidence_score >= query.min_confidence)
    if query.since:
        statement = statement.where(row.generated_at >= query.since)
    if query.tag:
        statement = statement.where(_has_tag(session, query.tag))
    if query.after:
        rank, confidence, last = query.after
        statement = statement.where(
            or_(
                row.severity_rank < rank,
                and_(row.severity_rank == rank, row.confidence_score < confidence),
                and_(row.severity_rank == rank, row.confidence_score == confidence, row.id > last),
            )
        )
    statement = statement.order_by(row.severity_rank.desc(), row.confidence_score.desc(), row.id)
    return session.scalars(statement.limit(query.limit + 1)).all()


def insights_of(session: Session, repository_ids: Sequence[UUID], most: int) -> Sequence[InsightRow]:
    """The most important current insights among these repositories."""
    row = InsightRow
    statement = (
        select(row)
        .join(AnalysisRun, AnalysisRun.id == row.run_id)
        .where(row.repository_id.in_(repository_ids), AnalysisRun.is_current)
        .order_by(row.severity_rank.desc(), row.confidence_score.desc(), row.id)
    )
    return session.scalars(statement.limit(most)).all()


def _has_tag(session: Session, tag: str) -> Any:
    if session.get_bind().dialect.name == "postgresql":
        return InsightRow.tags.op("@>")(func.jsonb_build_array(tag))
    each = func.json_each(InsightRow.tags).table_valued("value")
    return select(each.c.value).where(each.c.value == tag).exists()


def points(session: Session, repository_id: UUID, metric: str) -> Sequence[MetricPoint]:
    """A metric's points of the current run, oldest first, the whole before its parts."""
    statement = (
        select(MetricPoint)
        .join(AnalysisRun, AnalysisRun.id == MetricPoint.run_id)
        .where(
            MetricPoint.repository_id == repository_id, MetricPoint.metric == metric, AnalysisRun.is_current
        )
    )
    order = (case((MetricPoint.dimension == "", 0), else_=1), MetricPoint.dimension, MetricPoint.at)
    return session.scalars(statement.order_by(*order)).all()


def points_of_runs(
    session: Session, run_ids: Sequence[UUID], metrics: Sequence[str] = (), since: datetime | None = None
) -> Sequence[MetricPoint]:
    """All points of these runs, of the named metrics or of all, oldest first."""
    statement = select(MetricPoint).where(MetricPoint.run_id.in_(run_ids))
    if metrics:
        statement = statement.where(MetricPoint.metric.in_(metrics))
    if since is not None:
        statement = statement.where(MetricPoint.at >= since)
    return session.scalars(
        statement.order_by(MetricPoint.metric, MetricPoint.dimension, MetricPoint.at)
    ).all()


def latest_values(
    session: Session,
    repository_ids: Sequence[UUID],
    metrics: Sequence[str],
) -> Sequence[MetricPoint]:
    """The current whole-repository points of these metrics for a list of repositories, oldest first."""
    statement = (
        select(MetricPoint)
        .join(AnalysisRun, AnalysisRun.id == MetricPoint.run_id)
        .where(
            MetricPoint.repository_id.in_(repository_ids),
            MetricPoint.metric.in_(metrics),
            MetricPoint.dimension == "",
            AnalysisRun.is_current,
        )
    )
    return session.scalars(statement.order_by(MetricPoint.at)).all()


def headline_points(
    session: Session,
    repository_ids: Sequence[UUID],
    metrics: Sequence[str],
    series: Sequence[str],
    since: datetime,
) -> Sequence[tuple[MetricPoint, bool]]:
    """Whole-repository points, oldest first, each with whether it is of a current run.

    Of the metrics those of the current run and of the one before, of the series the current ones from then on.
    """
    row = MetricPoint
    of_series = and_(row.metric.in_(series), row.at >= since, AnalysisRun.is_current)
    statement = (
        select(row, AnalysisRun.is_current)
        .join(AnalysisRun, AnalysisRun.id == row.run_id)
        .where(
            row.repository_id.in_(repository_ids),
            # Said once more in one list, which an index can find.
            row.metric.in_([*metrics, *series]),
            row.dimension == "",
            or_(row.metric.in_(metrics), of_series),
        )
    )
    return [(found[0], found[1]) for found in session.execute(statement.order_by(row.at))]


def artifact(session: Session, repository_id: UUID, analyzer: str, name: str) -> RunArtifact | None:
    return session.scalar(
        select(RunArtifact)
        .join(AnalysisRun, AnalysisRun.id == RunArtifact.run_id)
        .where(
            AnalysisRun.repository_id == repository_id,
            AnalysisRun.analyzer == analyzer,
            AnalysisRun.is_current,
            RunArtifact.name == name,
        )
    )


def artifacts_of(session: Session, repository_id: UUID, analyzer: str) -> Sequence[RunArtifact]:
    """The artifacts of an analyzer's current run with their contents."""
    statement = (
        select(RunArtifact)
        .join(AnalysisRun, AnalysisRun.id == RunArtifact.run_id)
        .where(
            AnalysisRun.repository_id == repository_id,
            AnalysisRun.analyzer == analyzer,
            AnalysisRun.is_current,
        )
    )
    return session.scalars(statement.order_by(RunArtifact.name)).all()


def artifact_names(session: Session, repository_id: UUID) -> Sequence[tuple[str, str, str, str, str]]:
    """(analyzer, name, kind, title, etag) of every current artifact, without the contents."""
    statement = (
        select(AnalysisRun.analyzer, RunArtifact.name, RunArtifact.kind, RunArtifact.title, RunArtifact.etag)
        .join(AnalysisRun, AnalysisRun.id == RunArtifact.run_id)
        .where(AnalysisRun.repository_id == repository_id, AnalysisRun.is_current)
        .order_by(AnalysisRun.analyzer, RunArtifact.name)
    )
    return [(row[0], row[1], row[2], row[3], row[4]) for row in session.execute(statement)]


def artifacts_of_kinds(session: Session, repository_id: UUID, kinds: Sequence[str]) -> Sequence[RunArtifact]:
    """The current artifacts of these kinds with their contents."""
    statement = (
        select(RunArtifact)
        .join(AnalysisRun, AnalysisRun.id == RunArtifact.run_id)
        .where(
            AnalysisRun.repository_id == repository_id, AnalysisRun.is_current, RunArtifact.kind.in_(kinds)
        )
    )
    return session.scalars(statement.order_by(AnalysisRun.analyzer, RunArtifact.name)).all()
