"""The numbers that a badge can show of a repository, in the few words that fit on one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from gitinsight.domain.access import Viewer
from gitinsight.errors import BadgeNotFound
from gitinsight.services import downloads
from gitinsight.services.context import session
from gitinsight.services.headlines import BANDS, health_word
from gitinsight.store import measures

NOT_AVAILABLE = "n/a"


@dataclass(frozen=True, slots=True)
class Badge:
    """What a badge says; ``level`` is good, fair, poor, or plain for a number without a judgement."""

    label: str
    text: str
    level: str
    stamp: str
    is_public: bool


@dataclass(frozen=True, slots=True)
class BadgeSpec:
    """A kind of badge: its label, its metric, and the words and level of a value."""

    label: str
    metric: str
    says: Callable[[float], tuple[str, str]]


def _health(value: float) -> tuple[str, str]:
    levels = dict(zip((word for _, word in BANDS), ("good", "fair", "poor"), strict=True))
    return f"{value:.1f} of 10", levels[health_word(value)]


def _trend(value: float) -> tuple[str, str]:
    return f"{value:+.0f}% a year".replace("-", "\N{MINUS SIGN}"), "plain"


def _truck_factor(value: float) -> tuple[str, str]:
    return f"{value:.0f}", "good" if value >= 3 else "fair" if value >= 2 else "poor"


BADGES: Mapping[str, BadgeSpec] = {
    "health": BadgeSpec("code health", "quality.health", _health),
    "trend": BadgeSpec("commits", "trends.direction", _trend),
    "truck-factor": BadgeSpec("truck factor", "people.absence_factor", _truck_factor),
}


def badge(viewer: Viewer, repository_id: UUID, name: str) -> Badge:
    """The badge of this name; ``n/a`` where there is no number, BadgeNotFound for an unknown name."""
    spec = BADGES.get(name)
    if spec is None:
        raise BadgeNotFound(f"There is no badge {name!r}; there are {', '.join(BADGES)}.")
    found = downloads.results(viewer, repository_id)
    rows = measures.latest_values(session(), [repository_id], [spec.metric])
    value = rows[-1].value if rows else None
    text, level = (NOT_AVAILABLE, "plain") if value is None else spec.says(value)
    return Badge(spec.label, text, level, found.stamp, found.repository.visibility == "public")
