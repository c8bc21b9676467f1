"""Searching the audit log, for admins."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission, Viewer
from gitinsight.services.context import session
from gitinsight.services.repositories import require
from gitinsight.store import audit
from gitinsight.store.audit import AuditQuery


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """Who did what to which thing; ``sequence`` is None while the row is not sealed."""

    id: UUID
    at: datetime
    sequence: int | None
    actor_id: UUID | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]
    trace_id: str


@dataclass(frozen=True, slots=True)
class AuditPage:
    """One page of the log, newest first; ``more`` says that the last entry has followers."""

    items: list[AuditEntry]
    more: bool


def search(viewer: Viewer, query: AuditQuery) -> AuditPage:
    """A page of what the query means; AuthorizationDenied for anybody but admins."""
    require(viewer, Permission.ADMIN_SYSTEM)
    rows = audit.page(session(), query)
    items = [
        AuditEntry(**{name: getattr(row, name) for name in AuditEntry.__dataclass_fields__})
        for row in rows[: query.limit]
    ]
    return AuditPage(items, len(rows) > query.limit)
