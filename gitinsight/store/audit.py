"""The audit log: who changed what, written in the transaction of the change."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import Index, String
from sqlalchemy.orm import Mapped, mapped_column

from gitinsight.domain import clock
from gitinsight.store.base import Base


class AuditRow(Base):
    """``actor_name`` and ``object_id`` are copies, so that the row outlives what it speaks of."""

    __tablename__ = "audit_logs"
    __table_args__ = (
        Index("ix_audit_logs_actor_id_at", "actor_id", "at"),
        Index("ix_audit_logs_action_at", "action", "at"),
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
