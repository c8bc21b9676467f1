"""What went on in repositories, event by event, and the decayed counters that are kept of it.

The events are the truth: a counter is what comes out when all of them are counted, in any order.
"""

from __future__ import annotations

from collections import Counter as Tally
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import ForeignKey, Index, Select, String, UniqueConstraint, delete, func, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from gitinsight.domain.access import Viewer
from gitinsight.domain.ranking import FAST_DAYS, HALF_LIVES, SLOW_DAYS, WEIGHTS, ActivityKind, Counter
from gitinsight.store.base import Base, word
from gitinsight.store.repositories import Repository, visible

LONGEST_KEY = 200
_AT_ONCE = 500


class ActivityRow(Base):
    """Something that counts. ``key`` tells it from others of its kind: a commit's id, the number of an
    issue, the actor of a star; ``actor`` is a digest, so that nobody's address is kept here."""

    __tablename__ = "activity_events"
    __table_args__ = (
        UniqueConstraint("repository_id", "key", "kind", name="uq_activity_events_repository_id_key_kind"),
        Index("ix_activity_events_repository_id_at", "repository_id", "at"),
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    repository_id: Mapped[UUID] = mapped_column(ForeignKey("repositories.id", ondelete="CASCADE"))
    kind: Mapped[ActivityKind] = mapped_column(word(ActivityKind))
    key: Mapped[str] = mapped_column(String(LONGEST_KEY))
    actor: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


class CounterRow(Base):
    """A repository's counter of one half-life: its value at ``at``, and the score that orders it."""

    __tablename__ = "ranking_counters"
    __table_args__ = (Index("ix_ranking_counters_half_life_days_score", "half_life_days", "score"),)

    repository_id: Mapped[UUID] = mapped_column(
        ForeignKey("repositories.id", ondelete="CASCADE"), primary_key=True
    )
    half_life_days: Mapped[int] = mapped_column(primary_key=True)
    value: Mapped[float]
    at: Mapped[datetime]
    since: Mapped[datetime]
    score: Mapped[float]

    @property
    def counter(self) -> Counter:
        """The row as the value that counts on."""
        return Counter(self.half_life_days, self.value, self.at)


@dataclass(frozen=True, slots=True)
class Activity:
    """An event that may be counted; see ``ActivityRow``."""

    kind: ActivityKind
    key: str
    actor: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """A repository with its two counters."""

    repository: Repository
    fast: CounterRow
    slow: CounterRow


def lock_counters(session: Session, repository_id: UUID, at: datetime) -> Mapping[int, CounterRow]:
    """The repository's counters by half-life, kept from everybody else until the transaction ends.

    Those that do not exist are made, empty.
    """
    insert = (postgresql if session.get_bind().dialect.name == "postgresql" else sqlite).insert
    empty = [
        {
            "repository_id": repository_id,
            "half_life_days": days,
            "value": 0.0,
            "at": at,
            "since": at,
            "score": 0.0,
        }
        for days in HALF_LIVES
    ]
    session.execute(insert(CounterRow).values(empty).on_conflict_do_nothing())
    # An update that changes nothing takes the row lock on PostgreSQL and the write lock on SQLite.
    mine = CounterRow.repository_id == repository_id
    session.execute(update(CounterRow).where(mine).values(value=CounterRow.value))
    rows = session.scalars(select(CounterRow).where(mine).execution_options(populate_existing=True))
    return {row.half_life_days: row for row in rows}


def known_keys(
    session: Session, repository_id: UUID, events: Sequence[Activity]
) -> set[tuple[ActivityKind, str]]:
    """The kind and key of kept events, of these at least."""
    statement = select(ActivityRow.kind, ActivityRow.key).where(ActivityRow.repository_id == repository_id)
    if len(events) <= _AT_ONCE:
        # A long list of keys costs PostgreSQL many times as much as reading all of them.
        statement = statement.where(ActivityRow.key.in_({event.key for event in events}))
    return {(kind, key) for kind, key in session.execute(statement)}


def counted_by_day(session: Session, repository_id: UUID, since: datetime) -> Tally[tuple[str, str]]:
    """How many events each actor has on each day (UTC, ISO) from this moment on."""
    rows = session.execute(
        select(ActivityRow.actor, ActivityRow.at).where(
            ActivityRow.repository_id == repository_id, ActivityRow.at >= since
        )
    )
    return Tally((actor, at.date().isoformat()) for actor, at in rows)


def add_events(session: Session, repository_id: UUID, events: Sequence[Activity]) -> None:
    """Keep events that are not kept yet."""
    session.add_all(
        ActivityRow(
            repository_id=repository_id, kind=event.kind, key=event.key, actor=event.actor, at=event.at
        )
        for event in events
    )
    session.flush()


def count(rows: Mapping[int, CounterRow], events: Iterable[tuple[ActivityKind, datetime]]) -> None:
    """Count events in the repository's locked counters."""
    counted = list(events)
    if not counted:
        return
    first = min(at for _, at in counted)
    for row in rows.values():
        is_empty = row.value == 0.0
        counter = Counter(row.half_life_days, 0.0, first) if is_empty else row.counter
        for kind, at in counted:
            counter = counter.counting(WEIGHTS[kind], at)
        row.value, row.at, row.score = counter.value, counter.at, counter.score
        row.since = first if is_empty else min(row.since, first)


def counters_of(session: Session, repository_id: UUID) -> Sequence[CounterRow]:
    """The repository's counters; none where nothing was counted."""
    return session.scalars(select(CounterRow).where(CounterRow.repository_id == repository_id)).all()


def repositories_with_events(session: Session) -> Sequence[UUID]:
    return session.scalars(select(ActivityRow.repository_id).distinct()).all()


def events_of(session: Session, repository_id: UUID) -> Iterable[tuple[ActivityKind, datetime]]:
    """Every event of a repository, oldest first."""
    rows = session.execute(
        select(ActivityRow.kind, ActivityRow.at)
        .where(ActivityRow.repository_id == repository_id)
        .order_by(ActivityRow.at, ActivityRow.id)
        .execution_options(yield_per=_AT_ONCE)
    )
    return ((kind, at) for kind, at in rows)


def forget_counters_without_events(session: Session) -> None:
    """Remove the counters of repositories that have no event."""
    # One statement, so that a repository whose first events are committed meanwhile keeps its counters.
    counted = select(ActivityRow.id).where(ActivityRow.repository_id == CounterRow.repository_id)
    session.execute(delete(CounterRow).where(~counted.exists()))


def counter_count(session: Session, half_life_days: int) -> int:
    """How many repositories have a counter of this half-life."""
    counted = select(func.count()).select_from(CounterRow).where(CounterRow.half_life_days == half_life_days)
    return session.scalar(counted) or 0


def scores(session: Session, half_life_days: int, most: int | None = None) -> Sequence[tuple[UUID, float]]:
    """The scores of the repositories that have a counter of this half-life, the highest first."""
    rows = session.execute(
        select(CounterRow.repository_id, CounterRow.score)
        .where(CounterRow.half_life_days == half_life_days)
        .order_by(CounterRow.score.desc())
        .limit(most)
    )
    return [(repository_id, score) for repository_id, score in rows]


def standings(
    session: Session,
    viewer: Viewer,
    *,
    language: str = "",
    least_fast_score: float | None = None,
    only: Collection[UUID] | None = None,
    limit: int,
) -> list[Standing]:
    """The repositories that exist for the viewer with their counters, the highest slow score first.

    With ``least_fast_score`` only those that have it, the highest fast score first.
    """
    fast, slow = aliased(CounterRow), aliased(CounterRow)
    statement: Select[Any] = (
        visible(viewer)
        .join(slow, (slow.repository_id == Repository.id) & (slow.half_life_days == SLOW_DAYS))
        .join(fast, (fast.repository_id == Repository.id) & (fast.half_life_days == FAST_DAYS))
        .add_columns(fast, slow)
    )
    if language:
        statement = statement.where(func.lower(Repository.language) == language.lower())
    if least_fast_score is not None:
        statement = statement.where(fast.score >= least_fast_score)
    if only is not None:
        statement = statement.where(Repository.id.in_(list(only)))
    leading = slow if least_fast_score is None else fast
    rows = session.execute(statement.order_by(leading.score.desc(), Repository.id).limit(limit))
    return [Standing(repository, quick, steady) for repository, quick, steady in rows]
