"""What a list of repositories tells of each in passing: its owner, and how many insights there are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from uuid import UUID

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from gitinsight.domain.report import Severity
from gitinsight.store.measures import AnalysisRun, InsightRow
from gitinsight.store.people import User


def users(session: Session, user_ids: Iterable[UUID]) -> Sequence[User]:
    """The users of these ids."""
    return session.scalars(select(User).where(User.id.in_(set(user_ids)))).all()


def insight_counts(session: Session, repository_ids: Sequence[UUID]) -> Sequence[tuple[UUID, Severity, int]]:
    """(repository, severity, how many current insights), without those of which there are none."""
    statement = (
        select(InsightRow.repository_id, InsightRow.severity, func.count())
        .join(AnalysisRun, AnalysisRun.id == InsightRow.run_id)
        .where(InsightRow.repository_id.in_(repository_ids), AnalysisRun.is_current)
        .group_by(InsightRow.repository_id, InsightRow.severity)
    )
    return [(row[0], row[1], row[2]) for row in session.execute(statement)]
