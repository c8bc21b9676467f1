"""How much goes on in a repository now, against how much usually does: decayed counters of events.

An event counts its weight when it happens and half of it a half-life later. A slow counter (56 days) says
how much goes on at all: by it the leaderboard is ordered. A fast one (7 days) says how much goes on now;
where it lies far above what the slow one lets one expect, a repository is trending. ``z`` orders
repositories; it is no p-value, since events of people come in bursts.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum

FAST_DAYS = 7
SLOW_DAYS = 56
HALF_LIVES = (FAST_DAYS, SLOW_DAYS)
LEAST_FAST = 3.0
LEAST_Z = 2.0
MOST_A_DAY = 5
"""So many events of one actor count in one repository on one day (UTC)."""

_LANDMARK = datetime(2026, 1, 1, tzinfo=UTC)
_DAY = timedelta(days=1)


class ActivityKind(StrEnum):
    """What is counted; each is also understood by the other names that people have for it."""

    STAR = "star"
    FORK = "fork"
    COMMIT = "commit"
    MERGED_PULL = "merged_pr"
    ISSUE = "issue"
    FIRST_CONTRIBUTION = "first_contribution"

    @classmethod
    def _missing_(cls, value: object) -> ActivityKind | None:
        name = str(value).strip().lower().replace("-", "_").replace(" ", "_")
        return next((kind for kind in cls if name == kind.value), _OTHER_NAMES.get(name))


_OTHER_NAMES = {
    **dict.fromkeys(
        ("pr", "pr_merged", "pull_request", "merged_pull_request", "pull_request_merged"),
        ActivityKind.MERGED_PULL,
    ),
    **dict.fromkeys(
        ("first_time_contributor", "first_contributor", "newcomer"), ActivityKind.FIRST_CONTRIBUTION
    ),
}

WEIGHTS = {
    ActivityKind.STAR: 1.0,
    ActivityKind.FORK: 2.0,
    ActivityKind.COMMIT: 1.0,
    ActivityKind.MERGED_PULL: 3.0,
    ActivityKind.ISSUE: 1.0,
    ActivityKind.FIRST_CONTRIBUTION: 5.0,
}


class Trending(float):
    """The ranking score z as a number, with what it was made of.

    ``fast`` and ``slow`` are the counters, ``expected`` and ``variance`` those of the fast one for
    somebody whose activity goes on as the slow one says.
    """

    fast: float
    slow: float
    expected: float
    variance: float

    def __new__(cls, fast: float, slow: float, expected: float, variance: float) -> Trending:
        made = super().__new__(cls, (fast - expected) / math.sqrt(variance + 1))
        made.fast, made.slow, made.expected, made.variance = fast, slow, expected, variance
        return made

    @property
    def z(self) -> float:
        """The score without its parts."""
        return float(self)

    @property
    def shown(self) -> bool:
        """Whether the repository stands among those that are trending."""
        return self.fast >= LEAST_FAST and self.z >= LEAST_Z

    @property
    def ratio(self) -> float | None:
        """How many times the usual goes on; None where nothing usually does."""
        return self.fast / self.expected if self.expected > 0 else None


def decayed(events: Iterable[tuple[str, datetime]], now: datetime, half_life_days: float) -> float:
    """The sum of the events' weights, each halved for every half-life that has gone by since.

    ``events`` are pairs of a kind (``ActivityKind`` or its text) and an aware time; those after ``now``
    have not happened yet and count nothing. Raises ValueError for an unknown kind, a naive time, or a
    half-life that is not above 0.
    """
    if not half_life_days > 0:
        raise ValueError(f"a half-life is a number of days above 0, not {half_life_days!r}")
    return math.fsum(
        WEIGHTS[kind] * remaining(now - at, half_life_days) for kind, at in _happened(events, now)
    )


def trending(events: Iterable[tuple[str, datetime]], now: datetime) -> Trending:
    """Whether more goes on than usual, judged from all events of one repository as for ``decayed``."""
    happened = list(_happened(events, now))
    fast, slow = (decayed(happened, now, days) for days in HALF_LIVES)
    first = min((at for _, at in happened), default=now)
    return trending_of(fast, slow, now - first)


def trending_of(fast: float, slow: float, age: timedelta) -> Trending:
    """The same from the two counters and the time since the first event."""
    # A counter that has run for a short time only has not filled up to where it would stay.
    days = max(age / _DAY, 1e-9)
    filled_fast = -math.expm1(-math.log(2) * days / FAST_DAYS)
    filled_slow = -math.expm1(-math.log(2) * days / SLOW_DAYS)
    a_day = slow * math.log(2) / (SLOW_DAYS * filled_slow)
    expected = a_day * FAST_DAYS * filled_fast / math.log(2)
    variance = a_day * FAST_DAYS * -math.expm1(-2 * math.log(2) * days / FAST_DAYS) / (2 * math.log(2))
    return Trending(fast, slow, expected, variance)


def remaining(age: timedelta, half_life_days: float) -> float:
    """The share of a weight that is left after this time."""
    return float(0.5 ** (age / _DAY / half_life_days))


def _happened(
    events: Iterable[tuple[str, datetime]], now: datetime
) -> Iterable[tuple[ActivityKind, datetime]]:
    for kind, at in events:
        if at.tzinfo is None or now.tzinfo is None:
            raise ValueError(f"a time without a zone: {at if at.tzinfo is None else now}")
        if at <= now:
            yield ActivityKind(kind), at


@dataclass(frozen=True, slots=True)
class Counter:
    """A decayed counter as it is kept: its value at the newest event that it has counted."""

    half_life_days: int
    value: float
    at: datetime

    def counting(self, weight: float, at: datetime) -> Counter:
        """The counter after one more event, which may be older than the newest."""
        newest = max(self.at, at)
        return Counter(self.half_life_days, self.value_at(newest) + self._left(weight, newest - at), newest)

    def value_at(self, moment: datetime) -> float:
        """What is left of the value at a moment that is not before ``at``."""
        return self._left(self.value, moment - self.at)

    @property
    def score(self) -> float:
        """What orders counters of one half-life at any moment: the binary logarithm of the value, had it
        all happened at one fixed moment. It never falls, and needs no renewal as time goes by."""
        return score_of(self.value, self.at, self.half_life_days)

    def _left(self, weight: float, age: timedelta) -> float:
        return weight * remaining(age, self.half_life_days)


def score_of(value: float, at: datetime, half_life_days: int) -> float:
    """The score of a counter that has this value at this moment."""
    return math.log2(value) + (at - _LANDMARK) / _DAY / half_life_days
