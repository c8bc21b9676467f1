"""Rankings of repositories by what goes on in them: counting events, and reading what came out.

``record`` is the one way in, for commits as for whatever a forge tells. It belongs inside a transaction;
the boards in Redis follow with ``show`` after the commit, and ``rebuild`` makes everything anew from the events.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING
from uuid import UUID

import structlog
from redis.exceptions import RedisError

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Viewer, allows
from gitinsight.domain.ranking import (
    FAST_DAYS,
    HALF_LIVES,
    LEAST_FAST,
    MOST_A_DAY,
    SLOW_DAYS,
    WEIGHTS,
    ActivityKind,
    Trending,
    score_of,
    trending_of,
)
from gitinsight.services import feeds
from gitinsight.services.context import session, tools
from gitinsight.services.repositories import RepositoryView, view
from gitinsight.store import rankings
from gitinsight.store.rankings import Activity, Standing

if TYPE_CHECKING:
    import polars as pl

log = structlog.get_logger(__name__)

COUNTED_DAYS = 730
"""Older events weigh less than a hundredth of a percent in the slow counter and are not kept."""
_CANDIDATES = 1_000
_AT_ONCE = 2_000
"""So many events of a history are counted in one transaction."""
_SPARE = 4
_MENDED = 1_000


@dataclass(frozen=True, slots=True)
class Ranked:
    """A repository with how much goes on in it: ``activity`` is its slow counter at this moment."""

    rank: int
    repository: RepositoryView
    activity: float
    trending: Trending

    @property
    def words(self) -> str:
        """What goes on against the usual, for people."""
        ratio = self.trending.ratio
        if ratio is None or max(self.trending.fast, self.trending.expected) < 1:
            return "at rest"
        if ratio >= 1.2:
            return f"{ratio:.1f} times its usual activity"
        if ratio <= 0.8:
            return f"{100 * ratio:.0f} % of its usual activity"
        return "as active as usual"


def record(repository_id: UUID, events: Sequence[Activity]) -> int:
    """Count events in the current transaction; how many were new and within what one actor may bring a day."""
    now = clock.now()
    oldest = now - timedelta(days=COUNTED_DAYS)
    recent = [event for event in events if oldest <= event.at <= now]
    if not recent:
        return 0
    counters = rankings.lock_counters(session(), repository_id, now)
    since = min(event.at for event in recent).replace(hour=0, minute=0, second=0, microsecond=0)
    known = rankings.known_keys(session(), repository_id, recent)
    by_day = rankings.counted_by_day(session(), repository_id, since)
    counted = []
    for event in sorted(recent, key=_order):
        day = (event.actor, event.at.date().isoformat())
        if (event.kind, event.key) not in known and by_day[day] < MOST_A_DAY:
            known.add((event.kind, event.key))
            by_day[day] += 1
            counted.append(event)
    rankings.add_events(session(), repository_id, counted)
    rankings.count(counters, [(event.kind, event.at) for event in counted])
    return len(counted)


def _order(event: Activity) -> tuple[datetime, float, str]:
    """In which order events use up what an actor may bring a day: as they happened, the weightiest first."""
    return event.at, -WEIGHTS[event.kind], event.key


def record_commits(repository_id: UUID, commits: pl.DataFrame) -> int:
    """Count the commits of a history, and each person's first; merges and bots are left out.

    It commits as it goes, so that other writers never wait for a whole history; who dies half way is
    caught up with by the next call.
    """
    import polars as pl

    people = commits.filter(~pl.col("is_merge") & ~pl.col("is_bot"))
    firsts = people.group_by("author").agg(pl.col("committed_at").min())
    newest = people.filter(pl.col("committed_at") >= clock.now() - timedelta(days=COUNTED_DAYS))
    events = [
        Activity(ActivityKind.COMMIT, commit, actor_of(repository_id, author), at)
        for commit, author, at in newest.select("commit", "author", "committed_at").iter_rows()
    ]
    for author, at in firsts.iter_rows():
        actor = actor_of(repository_id, author)
        events.append(Activity(ActivityKind.FIRST_CONTRIBUTION, actor, actor, at))
    known = rankings.known_keys(session(), repository_id, events)
    new = sorted((event for event in events if (event.kind, event.key) not in known), key=_order)
    count = 0
    for start in range(0, len(new), _AT_ONCE):
        count += record(repository_id, new[start : start + _AT_ONCE])
        feeds.commit()
    return count


def actor_of(repository_id: UUID, name: str) -> str:
    """A person of a repository as a digest, which says nothing anywhere else."""
    return hashlib.blake2b(
        name.encode("utf-8", "replace"), key=repository_id.bytes, digest_size=16
    ).hexdigest()


def show(repository_id: UUID) -> None:
    """Bring the committed counters of a repository to the boards; without Redis readers ask the database."""
    rows = rankings.counters_of(session(), repository_id)
    try:
        tools().boards.raise_scores(repository_id, {row.half_life_days: row.score for row in rows})
    except RedisError as error:
        log.warning("boards_unreachable", reason=str(error))


def rebuild() -> int:
    """Count every event anew and write the boards anew; of how many repositories."""
    now = clock.now()
    rankings.forget_counters_without_events(session())
    feeds.commit()
    known = rankings.repositories_with_events(session())
    for repository_id in known:
        counters = rankings.lock_counters(session(), repository_id, now)
        for row in counters.values():
            row.value = 0.0
        rankings.count(counters, rankings.events_of(session(), repository_id))
        feeds.commit()
    feeds.audit(OPERATOR, "rankings.rebuilt", ("rankings", ""), repositories=len(known))
    feeds.commit()
    for half_life_days in HALF_LIVES:
        tools().boards.replace(half_life_days, rankings.scores(session(), half_life_days))
    return len(known)


def mend() -> None:
    """Bring the boards up to the database: anew where somebody is missing, as after Redis was emptied,
    else the part that is read, as after an update that did not arrive."""
    try:
        for half_life_days in HALF_LIVES:
            if tools().boards.size(half_life_days) != rankings.counter_count(session(), half_life_days):
                tools().boards.replace(half_life_days, rankings.scores(session(), half_life_days))
            else:
                highest = rankings.scores(session(), half_life_days, _MENDED)
                tools().boards.raise_all(half_life_days, highest)
    except RedisError as error:
        log.warning("boards_unreachable", reason=str(error))


def leaderboard(viewer: Viewer, *, language: str = "", limit: int) -> list[Ranked]:
    """The repositories that the viewer may see by how much goes on in them, most first."""
    if not allows(viewer, Permission.REPOSITORY_READ):
        return []
    wanted = _SPARE * limit
    highest = [] if language else _highest(wanted)
    if len(highest) == wanted:
        # Where the board is long enough, the database need not look at all others.
        found = rankings.standings(session(), viewer, only=highest, limit=limit)
        if len(found) == limit:
            return _ranked(found)
    return _ranked(rankings.standings(session(), viewer, language=language, limit=limit))


def _highest(most: int) -> list[UUID]:
    try:
        return [repository_id for repository_id, _ in tools().boards.top(SLOW_DAYS, most)]
    except RedisError as error:
        log.warning("boards_unreachable", reason=str(error))
        return []


def trending(viewer: Viewer, *, language: str = "", limit: int) -> list[Ranked]:
    """The repositories in which clearly more goes on than usual, the most unusual first."""
    if not allows(viewer, Permission.REPOSITORY_READ):
        return []
    least = score_of(LEAST_FAST, clock.now(), FAST_DAYS)
    candidates = rankings.standings(
        session(), viewer, language=language, least_fast_score=least, limit=_CANDIDATES
    )
    shown = [one for one in _ranked(candidates) if one.trending.shown]
    return _numbered(sorted(shown, key=lambda one: -one.trending)[:limit])


def moves(viewer: Viewer, repository_ids: Sequence[UUID]) -> list[Ranked]:
    """These repositories against their own usual activity, the most unusual first; those at rest are left out."""
    found = rankings.standings(session(), viewer, only=repository_ids, limit=len(repository_ids) or 1)
    busy = [one for one in _ranked(found) if one.words != "at rest"]
    return _numbered(sorted(busy, key=lambda one: -abs(one.trending)))


def _ranked(found: Sequence[Standing]) -> list[Ranked]:
    # Counters change with every moment; what is answered need not.
    now = clock.now().replace(second=0, microsecond=0)
    ranked = []
    for rank, one in enumerate(found, start=1):
        fast, slow = one.fast.counter.value_at(now), one.slow.counter.value_at(now)
        ranked.append(Ranked(rank, view(one.repository), slow, trending_of(fast, slow, now - one.slow.since)))
    return ranked


def _numbered(ranked: Sequence[Ranked]) -> list[Ranked]:
    return [replace(one, rank=rank) for rank, one in enumerate(ranked, start=1)]
