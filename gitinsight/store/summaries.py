"""What a list of repositories tells of each in passing: how many insights there are."""

from __future__ import annotations

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.orm import Session

from gitinsight.domain.report import Severity
from gitinsight.store.measures import AnalysisRun, InsightRow

# Put together once: that costs as much as asking the database.
_INSIGHT_COUNTS = (
    select(InsightRow.repository_id, InsightRow.severity, func.count())
    .join(AnalysisRun, AnalysisRun.id == InsightRow.run_id)
    .where(InsightRow.repository_id.in_(bindparam("repository_ids", expanding=True)), AnalysisRun.is_current)
    .group_by(InsightRow.repository_id, InsightRow.severity)
)


def insight_counts(session: Session, repository_ids: Sequence[UUID]) -> Sequence[tuple[UUID, Severity, int]]:
    """(repository, severity, how many current insights), without those of which there are none."""
    found = session.execute(_INSIGHT_COUNTS, {"repository_ids": list(repository_ids)})
    return [(row[0], row[1], row[2]) for row in found]
