"""The audit log: who changed what, written in the transaction of the change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import BigInteger, Index, Select, String, and_, or_, select, union_all
from sqlalchemy.orm import Mapped, Session, aliased, mapped_column

from gitinsight.domain import clock
from gitinsight.domain.audit import actions_like
from gitinsight.store.base import Base


class AuditRow(Base):
    """``actor_name`` and ``object_id`` are copies, so that the row outlives what it speaks of.

    ``sequence`` and ``seal`` are empty until the row is sealed; nothing else of it ever changes, which a
    trigger of the database insists on.
    """

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_actor_id_at", "actor_id", "at"),
        Index("ix_audit_logs_actor_name_at", "actor_name", "at"),
        Index("ix_audit_logs_action_at", "action", "at"),
        Index("ix_audit_logs_object_type_at", "object_type", "at"),
        Index("ix_audit_logs_object_id_at", "object_id", "at"),
        Index("ix_audit_logs_trace_id", "trace_id"),
        Index("ix_audit_logs_at_id", "at", "id"),
        Index("ix_audit_logs_sequence", "sequence"),
        {"postgresql_partition_by": "RANGE (at)"},
    )

    id: Mapped[UUID] = mapped_column(primary_key=True, default=uuid4)
    at: Mapped[datetime] = mapped_column(primary_key=True, default=clock.now)
    actor_id: Mapped[UUID | None]
    actor_name: Mapped[str] = mapped_column(String(100))
    action: Mapped[str] = mapped_column(String(64))
    object_type: Mapped[str] = mapped_column(String(64), default="")
    object_id: Mapped[str] = mapped_column(String(200), default="")
    details: Mapped[dict[str, Any]] = mapped_column(default=dict)
    trace_id: Mapped[str] = mapped_column(String(64), default="")
    sequence: Mapped[int | None] = mapped_column(BigInteger)
    seal: Mapped[str | None] = mapped_column(String(64))


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """What a search asks for; ``after`` is the (time, id) of the last row already seen.

    ``actor`` is a user's id or a name, ``action`` an action or the beginning of some; ``until`` is left out itself.
    """

    actor: str = ""
    action: str = ""
    object_type: str = ""
    object_id: str = ""
    trace_id: str = ""
    since: datetime | None = None
    until: datetime | None = None
    after: tuple[datetime, UUID] | None = None
    limit: int = 50


def page(session: Session, query: AuditQuery) -> Sequence[AuditRow]:
    """Rows from the newest backwards, one more than asked for where there are more."""
    # A look at the index for each action, which has its rows in order; all at once they would be sorted.
    actions = actions_like(query.action) if query.action else [""]
    parts = [select(_newest(query, action).subquery()) for action in actions]
    found = aliased(AuditRow, union_all(*parts).subquery())
    statement = select(found).order_by(found.at.desc(), found.id.desc()).limit(query.limit + 1)
    return session.scalars(statement).all()


def _newest(query: AuditQuery, action: str) -> Select[AuditRow]:
    """A page of one action, or of all."""
    statement = _filtered(select(AuditRow), query)
    if action:
        statement = statement.where(AuditRow.action == action)
    if query.after is not None:
        at, last = query.after
        statement = statement.where(
            AuditRow.at <= at, or_(AuditRow.at < at, and_(AuditRow.at == at, AuditRow.id < last))
        )
    return statement.order_by(AuditRow.at.desc(), AuditRow.id.desc()).limit(query.limit + 1)


def _filtered(statement: Select[AuditRow], query: AuditQuery) -> Select[AuditRow]:
    if query.actor:
        user_id = _as_id(query.actor)
        is_actor = AuditRow.actor_id == user_id if user_id else AuditRow.actor_name == query.actor
        statement = statement.where(is_actor)
    for column, text in (
        (AuditRow.object_type, query.object_type),
        (AuditRow.object_id, query.object_id),
        (AuditRow.trace_id, query.trace_id),
    ):
        if text:
            statement = statement.where(column == text)
    if query.since is not None:
        statement = statement.where(AuditRow.at >= query.since)
    if query.until is not None:
        statement = statement.where(AuditRow.at < query.until)
    return statement


def _as_id(text: str) -> UUID | None:
    try:
        return UUID(text)
    except ValueError:
        return None
