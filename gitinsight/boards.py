"""The order of repositories in Redis: one sorted set for each half-life of the counters.

A cache of ``ranking_counters``: a counter's score only ever rises, so whatever order writers come in, the
highest one stays, and telling it twice does no harm. Who finds nothing here asks the database.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any
from uuid import UUID

from redis import Redis
from redis.client import Pipeline

ANSWER_SECONDS = 2


class Boards:
    """The sorted sets; every method raises RedisError where Redis does not answer."""

    def __init__(self, redis_url: str) -> None:
        self._connection = Redis.from_url(
            redis_url, socket_timeout=ANSWER_SECONDS, socket_connect_timeout=ANSWER_SECONDS
        )

    def raise_scores(self, repository_id: UUID, scores: Mapping[int, float]) -> None:
        """Note a repository's scores by half-life; a lower one than is known changes nothing."""
        for half_life_days, score in scores.items():
            self.raise_all(half_life_days, [(repository_id, score)])

    def raise_all(self, half_life_days: int, scores: Iterable[tuple[UUID, float]]) -> None:
        """The same for many repositories on one board."""
        members = {str(repository_id): score for repository_id, score in scores}
        if members:
            self._connection.zadd(_key(half_life_days), members, gt=True)

    def replace(self, half_life_days: int, scores: Iterable[tuple[UUID, float]]) -> None:
        """Forget a board and write it anew; readers see the old one or the new one."""
        members = {str(repository_id): score for repository_id, score in scores}

        def write(pipe: Pipeline) -> None:
            pipe.delete(_key(half_life_days))
            if members:
                pipe.zadd(_key(half_life_days), members)

        self._connection.transaction(write)

    def size(self, half_life_days: int) -> int:
        """How many repositories stand on a board."""
        return int(self._connection.zcard(_key(half_life_days)))

    def top(self, half_life_days: int, most: int) -> list[tuple[UUID, float]]:
        """The repositories with the highest scores, the highest first."""
        found: Any = self._connection.zrange(_key(half_life_days), 0, most - 1, desc=True, withscores=True)
        return [(UUID(member.decode()), float(score)) for member, score in found]


def _key(half_life_days: int) -> str:
    return f"gitinsight:board:{half_life_days}"
