"""The scheduler's round: put right what a dead process or a lost queue left behind."""

from __future__ import annotations

from datetime import date, timedelta

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from gitinsight.domain import clock
from gitinsight.domain.events import Topic
from gitinsight.domain.signatures import CLOCK_TOLERANCE
from gitinsight.errors import AuditLogDamaged, ConfigurationError
from gitinsight.services import (
    analyses,
    audit_chain,
    audit_retention,
    feeds,
    health,
    months,
    rankings,
    schedules,
)
from gitinsight.services.context import session
from gitinsight.store import events, sessions, tokens

log = structlog.get_logger(__name__)

HEALTH_EVERY_SECONDS = 60
PASSING_TOPICS = (Topic.ANALYSIS_PROGRESS, Topic.HEALTH_CHECKED)
PASSING_KEPT = timedelta(days=7)
SEALED_A_ROUND = 10
"""Batches of the audit log; a log that was never sealed must not keep the round from its other work."""
NONCES_KEPT = 2 * CLOCK_TOLERANCE
_last: dict[str, object] = {"day": date.min, "health": None, "told": None, "unsealed": ""}


def run_once() -> None:
    """Publish what was left unpublished, queue again what was lost, start what is due, tell how the parts are."""
    try:
        feeds.publish()
        touched = analyses.reconcile()
        if touched:
            log.warning("lost_stages_queued_again", count=touched)
        started = schedules.run_due()
        if started:
            log.info("scheduled_analyses_started", count=started)
    except RedisError as error:
        session().rollback()
        log.warning("redis_unreachable", reason=str(error))
    rankings.mend()
    _seal_audit_log()
    _look_after_tables_daily()
    _tell_health()


def _seal_audit_log() -> None:
    """Seal what was written since the last round; what is in the way of it is told once."""
    reason = ""
    try:
        audit_chain.seal_rows(most_batches=SEALED_A_ROUND)
    except (AuditLogDamaged, ConfigurationError) as error:
        session().rollback()
        reason = error.message
    if reason and reason != _last["unsealed"]:
        log.error("audit_log_not_sealed", reason=reason)
    _last["unsealed"] = reason


def _drop_old_audit_rows() -> None:
    try:
        for month in audit_retention.drop_old_months():
            log.info("audit_month_dropped", month=month)
    except (AuditLogDamaged, ConfigurationError, OperationalError) as error:
        session().rollback()
        log.error("audit_months_kept", reason=str(error))


def _look_after_tables_daily() -> None:
    """Make the coming months' partitions, and drop what was only of interest while it happened."""
    today = clock.now().date()
    if _last["day"] != today:
        months.make_partitions()
        forgotten = events.forget(session(), PASSING_TOPICS, clock.now() - PASSING_KEPT)
        sessions.forget(session(), clock.now())
        tokens.forget(session(), clock.now(), clock.now() - NONCES_KEPT)
        session().commit()
        log.info("passing_events_forgotten", count=forgotten)
        _drop_old_audit_rows()
        _last["day"] = today


def _tell_health() -> None:
    """Write a health event on every change, and each 60 seconds."""
    state = {part.name: part.ok for part in health.check().parts}
    told = _last["told"]
    due = told is None or (clock.now() - told).total_seconds() >= HEALTH_EVERY_SECONDS  # type: ignore[operator]
    if due or state != _last["health"]:
        feeds.note(Topic.HEALTH_CHECKED, {"parts": state, "ok": all(state.values())})
        feeds.commit()
        _last.update(health=state, told=clock.now())
