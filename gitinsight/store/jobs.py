"""Analysis jobs: one row an analysis, and one a stage as its children. These rows are the truth."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import ForeignKey, Index, String, Text, and_, or_, select, text, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain.lifecycle import ACTIVE, JobState, Stage
from gitinsight.store.base import Base, Identified, word

_ACTIVE_ANALYSIS = text("parent_id IS NULL AND state IN ('queued', 'running')")


class AnalysisJob(Identified, Base):
    """An analysis (without a parent) or one of its stages.

    ``enqueued_at`` is set by the one caller that hands the stage to the queue; ``heartbeat_at`` is
    renewed while a worker has it; ``progress`` runs from 0 to 1. ``early_from`` is set on the stage that
    reads changes once it is worth while to look at those after this moment, and on the stage of an
    analyzer that has done so. ``paths`` of an analysis is the repository's filter of paths as it was asked for.
    """

    __tablename__ = "analysis_jobs"
    __table_args__ = (
        Index("ix_analysis_jobs_repository_id_created_at", "repository_id", "created_at"),
        Index("ix_analysis_jobs_state", "state"),
        Index("ix_analysis_jobs_finished_at", "finished_at"),
        Index(
            "ix_analysis_jobs_analyses",
            "created_at",
            "id",
            sqlite_where=text("parent_id IS NULL"),
            postgresql_where=text("parent_id IS NULL"),
        ),
        Index(
            "uq_analysis_jobs_active_repository",
            "repository_id",
            unique=True,
            sqlite_where=_ACTIVE_ANALYSIS,
            postgresql_where=_ACTIVE_ANALYSIS,
        ),
        Index("uq_analysis_jobs_parent_id_stage_analyzer", "parent_id", "stage", "analyzer", unique=True),
    )

    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    parent_id: Mapped[UUID | None] = mapped_column(ForeignKey("analysis_jobs.id", ondelete="CASCADE"))
    stage: Mapped[Stage] = mapped_column(word(Stage))
    analyzer: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[JobState] = mapped_column(word(JobState), default=JobState.QUEUED)
    progress: Mapped[float] = mapped_column(default=0.0)
    message: Mapped[str] = mapped_column(String(500), default="")
    error_code: Mapped[str] = mapped_column(String(64), default="")
    error: Mapped[str] = mapped_column(Text, default="")
    head: Mapped[str | None] = mapped_column(String(64))
    analyzers: Mapped[list[str]] = mapped_column(default=list)
    priority: Mapped[bool] = mapped_column(default=False)
    attempts: Mapped[int] = mapped_column(default=0)
    requested_by: Mapped[UUID | None] = mapped_column(ForeignKey("users.id", ondelete="SET NULL"))
    trace_id: Mapped[str] = mapped_column(String(64), default="")
    enqueued_at: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    heartbeat_at: Mapped[datetime | None]
    finished_at: Mapped[datetime | None]
    early_from: Mapped[datetime | None]
    paths: Mapped[dict[str, Any]] = mapped_column(default=dict, server_default=text("'{}'"))


def active_of(session: Session, repository_id: UUID) -> AnalysisJob | None:
    """The analysis of this repository that is queued or running."""
    return session.scalar(
        select(AnalysisJob).where(
            AnalysisJob.repository_id == repository_id,
            AnalysisJob.parent_id.is_(None),
            AnalysisJob.state.in_(ACTIVE),
        )
    )


def newest_of(session: Session, repository_id: UUID) -> AnalysisJob | None:
    """The newest analysis of this repository in whatever state."""
    return session.scalars(
        select(AnalysisJob)
        .where(AnalysisJob.repository_id == repository_id, AnalysisJob.parent_id.is_(None))
        .order_by(AnalysisJob.created_at.desc())
        .limit(1)
    ).first()


def newest_with_stages(session: Session, repository_id: UUID) -> Sequence[AnalysisJob]:
    """The newest analysis of this repository with its stages in the order of their making; none before the first."""
    newest = (
        select(AnalysisJob.id)
        .where(AnalysisJob.repository_id == repository_id, AnalysisJob.parent_id.is_(None))
        .order_by(AnalysisJob.created_at.desc())
        .limit(1)
        .scalar_subquery()
    )
    wanted = or_(AnalysisJob.id == newest, AnalysisJob.parent_id == newest)
    return session.scalars(select(AnalysisJob).where(wanted).order_by(AnalysisJob.created_at)).all()


@dataclass(frozen=True, slots=True)
class JobQuery:
    """Which analyses a list asks for; ``after`` is (time of making, id) of the last row seen."""

    state: str = ""
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


def page(session: Session, repository_id: UUID | None, query: JobQuery) -> Sequence[AnalysisJob]:
    """A page of the analyses of a repository, or of all; newest first, one more than asked for where there are more."""
    row = AnalysisJob
    statement = select(row).where(row.parent_id.is_(None))
    if repository_id:
        statement = statement.where(row.repository_id == repository_id)
    if query.state:
        statement = statement.where(row.state == JobState(query.state))
    if query.after:
        at, last = query.after
        statement = statement.where(or_(row.created_at < at, and_(row.created_at == at, row.id > last)))
    return session.scalars(statement.order_by(row.created_at.desc(), row.id).limit(query.limit + 1)).all()


@dataclass(frozen=True, slots=True)
class Ended:
    """An analysis, or one stage of one, that has ended; ``seconds`` is None where it never started."""

    stage: Stage
    analyzer: str
    state: JobState
    seconds: float | None


def ended_since(session: Session, since: datetime, most: int) -> list[Ended]:
    """At most so many of the analyses and stages that have ended since then, newest first."""
    row = AnalysisJob
    found = session.execute(
        select(row.stage, row.analyzer, row.state, row.started_at, row.finished_at)
        .where(row.finished_at >= since)
        .order_by(row.finished_at.desc())
        .limit(most)
    )
    return [
        Ended(stage, analyzer, state, (finished - started).total_seconds() if started and finished else None)
        for stage, analyzer, state, started, finished in found
    ]


def last_outcome(session: Session, repository_id: UUID) -> JobState | None:
    """What the newest analysis that ran to its end came to; None where none did."""
    return session.scalars(
        select(AnalysisJob.state)
        .where(
            AnalysisJob.repository_id == repository_id,
            AnalysisJob.parent_id.is_(None),
            AnalysisJob.state.in_((JobState.SUCCEEDED, JobState.PARTIAL, JobState.FAILED)),
        )
        .order_by(AnalysisJob.created_at.desc())
        .limit(1)
    ).first()


def stages_of(session: Session, *job_ids: UUID) -> Sequence[AnalysisJob]:
    """The stages of these analyses in the order of their making."""
    return session.scalars(
        select(AnalysisJob).where(AnalysisJob.parent_id.in_(job_ids)).order_by(AnalysisJob.created_at)
    ).all()


def active_stages(session: Session) -> Sequence[AnalysisJob]:
    """Every stage that somebody should be working on or has still to be enqueued."""
    return session.scalars(
        select(AnalysisJob).where(AnalysisJob.parent_id.is_not(None), AnalysisJob.state.in_(ACTIVE))
    ).all()


def active_analyses(session: Session) -> Sequence[AnalysisJob]:
    return session.scalars(
        select(AnalysisJob).where(AnalysisJob.parent_id.is_(None), AnalysisJob.state.in_(ACTIVE))
    ).all()


def claim_for_queue(session: Session, stage_id: UUID, at: datetime) -> bool:
    """Whether this caller is the one that enqueues the stage."""
    claimed = session.execute(
        update(AnalysisJob)
        .where(
            AnalysisJob.id == stage_id,
            AnalysisJob.state == JobState.QUEUED,
            AnalysisJob.enqueued_at.is_(None),
        )
        .values(enqueued_at=at)
        .returning(AnalysisJob.id)
    )
    return claimed.scalar() is not None


def begin(session: Session, stage_id: UUID, at: datetime) -> bool:
    """Whether the stage is still to be worked on; it is running from now on."""
    begun = session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.id == stage_id, AnalysisJob.state.in_(ACTIVE))
        .values(state=JobState.RUNNING, started_at=at, heartbeat_at=at, attempts=AnalysisJob.attempts + 1)
        .returning(AnalysisJob.id)
    )
    return begun.scalar() is not None


def give_back(session: Session, stage_id: UUID) -> None:
    """Let a stage that nobody works on be queued again; one that has ended meanwhile stays as it is."""
    session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.id == stage_id, AnalysisJob.state.in_(ACTIVE))
        .values(state=JobState.QUEUED, enqueued_at=None, heartbeat_at=None)
    )


def wait_again(session: Session, stage_id: UUID, since: datetime, message: str) -> bool:
    """Let a running stage that gave a first result wait for its second run; whether it was running.

    The attempt that succeeded is not counted among those that died.
    """
    waiting = session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.id == stage_id, AnalysisJob.state == JobState.RUNNING)
        .values(
            state=JobState.QUEUED,
            enqueued_at=None,
            heartbeat_at=None,
            attempts=AnalysisJob.attempts - 1,
            progress=0.0,
            early_from=since,
            message=message,
        )
        .returning(AnalysisJob.id)
    )
    return waiting.scalar() is not None


def note_progress(session: Session, stage_id: UUID, progress: float, message: str, at: datetime) -> bool:
    """Renew the stage's progress and heartbeat; whether it is still running (false: cancelled)."""
    noted = session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.id == stage_id, AnalysisJob.state == JobState.RUNNING)
        .values(progress=progress, message=message, heartbeat_at=at)
        .returning(AnalysisJob.id)
    )
    return noted.scalar() is not None


def end(session: Session, job_id: UUID, state: JobState, at: datetime, **values: object) -> bool:
    """Bring an active job to a final state; whether this call did it."""
    ended = session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.id == job_id, AnalysisJob.state.in_(ACTIVE))
        .values(state=state, finished_at=at, **values)
        .returning(AnalysisJob.id)
    )
    return ended.scalar() is not None


def cancel_stages(session: Session, job_id: UUID, at: datetime) -> None:
    """Cancel every stage of an analysis that has not ended."""
    session.execute(
        update(AnalysisJob)
        .where(AnalysisJob.parent_id == job_id, AnalysisJob.state.in_(ACTIVE))
        .values(state=JobState.CANCELLED, finished_at=at)
    )
