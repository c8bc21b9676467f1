"""When a repository is analysed by itself: how often, who may ask for that, and at which moments.

Each repository has a place of its own in the interval, so that they do not all start at once.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from uuid import UUID

from gitinsight.domain.access import Role

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
MISSED_AFTER = timedelta(minutes=10)
"""A run so late was missed, because nothing ran that could have started it."""
CATCH_UP_WITHIN = timedelta(minutes=15)


class Schedule(StrEnum):
    OFF = "off"
    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"


INTERVALS: Mapping[Schedule, timedelta] = {
    Schedule.HOURLY: timedelta(hours=1),
    Schedule.DAILY: timedelta(days=1),
    Schedule.WEEKLY: timedelta(weeks=1),
}
SHORTEST: Mapping[Role, Schedule] = {
    Role.USER: Schedule.WEEKLY,
    Role.PREMIUM: Schedule.HOURLY,
    Role.ADMIN: Schedule.HOURLY,
}
"""The most frequent schedule that each role may choose; a guest none."""


def may_choose(role: Role, schedule: Schedule) -> bool:
    """Whether somebody of this role may have a repository analysed so often."""
    if schedule is Schedule.OFF:
        return True
    shortest = SHORTEST.get(role)
    return shortest is not None and INTERVALS[schedule] >= INTERVALS[shortest]


def next_run(schedule: Schedule, repository_id: UUID, after: datetime) -> datetime | None:
    """The first moment behind ``after`` at which the repository is due; None without a schedule."""
    interval = INTERVALS.get(schedule)
    if interval is None:
        return None
    place = _spread(repository_id, interval)
    passed = (after - _EPOCH - place) // interval
    return _EPOCH + place + (passed + 1) * interval


def catch_up(schedule: Schedule, repository_id: UUID, now: datetime) -> datetime:
    """When a run that was missed is made up for: once, and soon, but not all repositories at once."""
    return now + _spread(repository_id, min(INTERVALS[schedule] / 4, CATCH_UP_WITHIN))


def _spread(repository_id: UUID, width: timedelta) -> timedelta:
    """A part of the width that is the repository's own, in whole seconds."""
    number = int.from_bytes(sha256(repository_id.bytes).digest()[:8], "big")
    return timedelta(seconds=number % int(width.total_seconds()))
