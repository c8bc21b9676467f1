"""Weeks, and which dates of a history can be believed.

A wrong clock dates a commit to 1970 or to next century and would stretch every chart by decades.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

BOGUS_SHARE = 0.02
BOGUS_GAP = timedelta(weeks=104)


def week_of(moment: datetime) -> datetime:
    """Monday 00:00 UTC of the week."""
    day = moment.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    return day - timedelta(days=day.weekday())


def believable_since(times: Sequence[datetime]) -> datetime | None:
    """The first of the sorted times that is not cut off by a long gap from nearly all others.

    A leading stretch of under 2 % of the times before a gap of 104 weeks or more is not believed; None
    where there are no times.
    """
    beginning = times[0] if times else None
    for position in range(1, len(times)):
        if position >= BOGUS_SHARE * len(times):
            break
        if times[position] - times[position - 1] >= BOGUS_GAP:
            beginning = times[position]
    return beginning


def ago(moment: datetime, now: datetime) -> str:
    """How long before now, in the largest unit of which there are at least two: ``14 months``."""
    days = max((now - moment).days, 0)
    for length, noun in ((365.25, "years"), (30.44, "months"), (7, "weeks")):
        if days >= 2 * length:
            return f"{int(days / length)} {noun}"
    return f"{days} day{'' if days == 1 else 's'}"
