"""Events: written with the change they tell of, numbered by the publisher after the commit.

Row ids are given before a commit, so a reader with a cursor over them would skip a late committer;
``sequence`` is given afterwards by one publisher at a time and has no gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Index, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain import clock
from gitinsight.store.base import Base


class EventRow(Base):
    __tablename__ = "events"
    __table_args__ = (
        Index("ix_events_sequence", "sequence"),
        Index("ix_events_repository_id_sequence", "repository_id", "sequence"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(primary_key=True, default=clock.now)
    topic: Mapped[str] = mapped_column(String(64))
    repository_id: Mapped[UUID | None]
    user_id: Mapped[UUID | None]
    payload: Mapped[dict[str, Any]]
    sequence: Mapped[int | None] = mapped_column(BigInteger)


class EventCounter(Base):
    """The last sequence number given; its one row is the lock that lets one publisher number at a time."""

    __tablename__ = "event_counter"

    id: Mapped[int] = mapped_column(primary_key=True)
    last: Mapped[int] = mapped_column(BigInteger, default=0)


def number_unpublished(session: Session, most: int) -> int:
    """Give the next sequence numbers to committed events that have none; how many were numbered."""
    # An update that changes nothing takes the row lock on PostgreSQL and the write lock on SQLite.
    last = session.execute(
        update(EventCounter)
        .where(EventCounter.id == 1)
        .values(last=EventCounter.last)
        .returning(EventCounter.last)
    ).scalar_one()
    rows = session.scalars(
        select(EventRow).where(EventRow.sequence.is_(None)).order_by(EventRow.at, EventRow.id).limit(most)
    ).all()
    for offset, row in enumerate(rows, start=1):
        row.sequence = last + offset
    if rows:
        session.execute(update(EventCounter).where(EventCounter.id == 1).values(last=last + len(rows)))
    return len(rows)


def after(
    session: Session, sequence: int, most: int, repository_id: UUID | None = None
) -> Sequence[EventRow]:
    """Published events after this one in order, of one repository or of all."""
    statement = select(EventRow).where(EventRow.sequence > sequence)
    if repository_id is not None:
        statement = statement.where(EventRow.repository_id == repository_id)
    return session.scalars(statement.order_by(EventRow.sequence).limit(most)).all()


def forget(session: Session, topics: Sequence[str], before: datetime) -> int:
    """Delete published events of these topics that are older; how many there were."""
    old = (EventRow.topic.in_(topics), EventRow.at < before, EventRow.sequence.is_not(None))
    return len(session.execute(delete(EventRow).where(*old).returning(EventRow.id)).all())


def last_sequence(session: Session) -> int:
    """The number of the newest published event, 0 where there is none."""
    return session.scalar(select(EventCounter.last).where(EventCounter.id == 1)) or 0
