"""Reading a repository's results row by row, for answers whose size nobody knows beforehand."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import NamedTuple
from uuid import UUID

from sqlalchemy import select
from sqlalchemy.orm import Session

from gitinsight.store import measures
from gitinsight.store.measures import InsightQuery, InsightRow, MetricPoint

ROWS_AT_ONCE = 1_000
INSIGHTS_AT_ONCE = 100


class PointRow(NamedTuple):
    """A point of a series; ``metric`` is its name without the version."""

    metric: str
    metric_id: str
    at: datetime
    dimension: str
    value: float | None
    reason: str


def points(
    session: Session, run_ids: Sequence[UUID], metrics: Sequence[str], since: datetime | None
) -> Iterator[PointRow]:
    """The points of these runs by metric, part and time, a thousand at a time in memory."""
    row = MetricPoint
    statement = select(row.metric, row.metric_id, row.at, row.dimension, row.value, row.reason)
    statement = statement.where(row.run_id.in_(run_ids))
    if metrics:
        statement = statement.where(row.metric.in_(metrics))
    if since is not None:
        statement = statement.where(row.at >= since)
    ordered = statement.order_by(row.metric, row.dimension, row.at)
    for found in session.execute(ordered.execution_options(yield_per=ROWS_AT_ONCE)):
        yield PointRow(*found)


def insights(session: Session, repository_id: UUID, query: InsightQuery) -> Iterator[InsightRow]:
    """All current insights that the query means, most important first, a hundred at a time in memory."""
    after, more = query.after, True
    while more:
        asked = InsightQuery(
            query.type,
            query.tag,
            query.severity,
            query.analyzer,
            query.min_confidence,
            query.since,
            after,
            INSIGHTS_AT_ONCE,
        )
        rows = measures.insights(session, repository_id, asked)
        more = len(rows) > INSIGHTS_AT_ONCE
        for row in rows[:INSIGHTS_AT_ONCE]:
            after = (row.severity_rank, row.confidence_score, row.id)
            yield row
        session.expunge_all()
