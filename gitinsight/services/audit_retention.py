"""Dropping the months of the audit log that the settings no longer keep, each behind a signed anchor."""

from __future__ import annotations

from datetime import UTC, date, datetime

import structlog

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR
from gitinsight.domain.sealing import Anchor
from gitinsight.services import audit_chain as sealing
from gitinsight.services import feeds
from gitinsight.services.audit_verification import damage_until
from gitinsight.services.context import session, tools
from gitinsight.store import audit_chain

log = structlog.get_logger(__name__)


def drop_old_months() -> list[str]:
    """Drop what is older than the months to keep, the oldest first; the names of the months.

    A month with damage, or with rows that are not sealed, stays, and so do those after it. Raises
    AuditLogDamaged where the head is not the one that was signed, OperationalError where the table stays
    busy: then a later call does it.
    """
    kept, dropped = tools().settings.audit_months, []
    while kept:
        oldest = audit_chain.oldest(session())
        session().rollback()
        if oldest is None or oldest >= _start(clock.now().date(), -kept):
            break
        month = oldest.date().replace(day=1)
        if not _drop(month):
            break
        dropped.append(_name(month))
    return dropped


def _drop(month: date) -> bool:
    """Drop the oldest month, in one transaction with its anchors; whether it went."""
    end = _start(month, 1)
    damage = damage_until(audit_chain.last_number(session(), before=end))
    session().rollback()
    if damage is not None:
        log.error("audit_month_kept", month=_name(month), sequence=damage.sequence, reason=damage.reason)
        return False
    sealing.held_head()
    audit_chain.hold_month(session(), month)
    if audit_chain.count_unsealed(session(), before=end):
        session().rollback()
        return False
    key, rows = sealing.newest_key(), 0
    for first, last, seal in audit_chain.runs(session(), before=end):
        anchor = Anchor(_name(month), first, last, seal, clock.now()).signed(key)
        audit_chain.put_anchor(session(), anchor)
        rows += last - first + 1
    audit_chain.drop_month(session(), month, before=end)
    feeds.audit(OPERATOR, "audit.month_dropped", ("audit_month", _name(month)), rows=rows)
    feeds.commit()
    return True


def _start(day: date, months_later: int) -> datetime:
    """The first moment of the month so many months later."""
    months = day.year * 12 + day.month - 1 + months_later
    return datetime(months // 12, months % 12 + 1, 1, tzinfo=UTC)


def _name(month: date) -> str:
    return f"{month:%Y-%m}"
