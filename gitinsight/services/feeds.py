"""Events: noting them with a change, publishing them after the commit, and reading them again.

``note`` belongs inside the transaction of the change; ``commit`` ends it and publishes. What a dead
process left unpublished is published by the next caller or by the scheduler.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import OperationalError

from gitinsight.bus import KEPT_EVENTS
from gitinsight.domain import clock
from gitinsight.domain.access import Viewer
from gitinsight.domain.events import PublishedEvent, Topic
from gitinsight.services.context import session, tools
from gitinsight.store import events
from gitinsight.store.audit import AuditRow
from gitinsight.store.events import EventRow, Scope

log = structlog.get_logger(__name__)

_BATCH = 500


def note(
    topic: Topic,
    payload: Mapping[str, Any],
    *,
    repository_id: UUID | None = None,
    user_id: UUID | None = None,
) -> None:
    """Write an event in the current transaction, unpublished."""
    session().add(EventRow(topic=topic, payload=dict(payload), repository_id=repository_id, user_id=user_id))


def audit(viewer: Viewer, action: str, subject: tuple[str, object] = ("", ""), **details: Any) -> None:
    """Write who did what in the current transaction; ``subject`` is the kind of thing and its id."""
    kind, name = subject
    trace_id = structlog.contextvars.get_contextvars().get("trace_id", "")
    session().add(
        AuditRow(
            at=clock.now(),
            actor_id=viewer.user_id,
            actor_name=viewer.name,
            action=action,
            object_type=kind,
            object_id=str(name),
            details=details,
            trace_id=trace_id,
        )
    )


def commit() -> None:
    """End the transaction and publish its events; a Redis that is down delays only their delivery."""
    session().commit()
    try:
        publish()
    except (RedisError, OSError, OperationalError) as error:
        session().rollback()
        log.warning("events_not_published", reason=str(error))


def publish() -> int:
    """Number the committed events and push them to the stream; how many were numbered."""
    numbered = 0
    while True:
        count = events.number_unpublished(session(), _BATCH)
        session().commit()
        numbered += count
        if count < _BATCH:
            break
    _push()
    return numbered


def _push() -> None:
    """Bring the stream up to the last published event, whoever numbered it."""
    bus = tools().bus
    # In this order: what others push meanwhile makes the database's number the higher one.
    last = bus.last()
    newest = events.last_sequence(session())
    if last > newest:
        log.warning("event_stream_of_another_database", last=last, newest=newest)
        bus.reset()
        last = 0
    position = max(last, newest - KEPT_EVENTS)
    while position < newest:
        rows = events.after(session(), position, _BATCH)
        if not rows:
            break
        bus.push([as_published(row) for row in rows])
        position = rows[-1].sequence or newest
    session().commit()


def as_published(row: EventRow) -> PublishedEvent:
    """A published row as the value that leaves this layer."""
    assert row.sequence is not None
    return PublishedEvent(row.sequence, row.topic, row.at, row.repository_id, row.user_id, row.payload)


def replay(after: int, scope: Scope | None = None, most: int = _BATCH) -> list[PublishedEvent]:
    """Published events after this one, oldest first, of a scope or all."""
    return [as_published(row) for row in events.after(session(), after, most, scope)]
