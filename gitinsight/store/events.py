"""Events: written with the change they tell of, numbered by the publisher after the commit.

Row ids are given before a commit, so a reader with a cursor over them would skip a late committer;
``sequence`` is given afterwards by one publisher at a time and has no gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, ColumnElement, Index, Select, String, and_, delete, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Viewer, allows
from gitinsight.domain.events import INSTALLATION, REPOSITORY, USER
from gitinsight.store.base import Base
from gitinsight.store.repositories import Follow, Repository, visible


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


@dataclass(frozen=True, slots=True)
class Scope:
    """The events that one reader may see: of one repository, of those that a user follows, or of all of his.

    A user's own events are in his feed only, those of the installation are for admins.
    """

    viewer: Viewer
    repository_id: UUID | None = None
    follower_id: UUID | None = None

    @property
    def has_installation(self) -> bool:
        """Whether the installation's events belong to it."""
        is_narrow = self.repository_id is not None or self.follower_id is not None
        return not is_narrow and allows(self.viewer, Permission.ADMIN_SYSTEM)

    def repositories(self) -> Select[UUID]:
        """The ids of the repositories in it, which the viewer may see now."""
        statement = visible(self.viewer).with_only_columns(Repository.id)
        if self.repository_id is not None:
            statement = statement.where(Repository.id == self.repository_id)
        if self.follower_id is not None:
            followed = select(Follow.repository_id).where(Follow.user_id == self.follower_id)
            statement = statement.where(Repository.id.in_(followed))
        return statement

    def holds(self) -> ColumnElement[bool]:
        """Whether a row of events is in it."""
        kinds = [and_(EventRow.topic.startswith(REPOSITORY), EventRow.repository_id.in_(self.repositories()))]
        if self.follower_id is not None:
            kinds.append(and_(EventRow.topic.startswith(USER), EventRow.user_id == self.follower_id))
        if self.has_installation:
            kinds.append(EventRow.topic.startswith(INSTALLATION))
        return or_(*kinds)


def after(session: Session, sequence: int, most: int, scope: Scope | None = None) -> Sequence[EventRow]:
    """Published events after this one in order, of a scope or all."""
    statement = select(EventRow).where(EventRow.sequence > sequence)
    if scope is not None:
        statement = statement.where(scope.holds())
    return session.scalars(statement.order_by(EventRow.sequence).limit(most)).all()


def newest(session: Session, most: int, scope: Scope) -> Sequence[EventRow]:
    """The newest published events of a scope, oldest first."""
    statement = select(EventRow).where(EventRow.sequence.is_not(None), scope.holds())
    return session.scalars(statement.order_by(EventRow.sequence.desc()).limit(most)).all()[::-1]


def has_repository(session: Session, scope: Scope, repository_id: UUID) -> bool:
    """Whether a repository is in a scope now."""
    return session.scalar(scope.repositories().where(Repository.id == repository_id)) is not None


def forget(session: Session, topics: Sequence[str], before: datetime) -> int:
    """Delete published events of these topics that are older; how many there were."""
    old = (EventRow.topic.in_(topics), EventRow.at < before, EventRow.sequence.is_not(None))
    return len(session.execute(delete(EventRow).where(*old).returning(EventRow.id)).all())


def last_sequence(session: Session) -> int:
    """The number of the newest published event, 0 where there is none."""
    return session.scalar(select(EventCounter.last).where(EventCounter.id == 1)) or 0
