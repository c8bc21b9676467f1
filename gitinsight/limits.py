"""The counters of requests: in Redis, which all web processes share, or in memory while it does not answer.

Counting must not become what a request waits for or fails by. So an answer may take half a second, and a
Redis that is gone is asked again once a second, by one request; the others are counted in this process.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

import structlog
from limits.storage import MemoryStorage, RedisStorage
from prometheus_client import Counter
from redis.exceptions import RedisError

from gitinsight.domain.quotas import Quota, Standing, Windows, standing

log = structlog.get_logger(__name__)

ANSWER_SECONDS = 0.5
ASKED_AGAIN_AFTER_SECONDS = 1.0
TOLD_EVERY_SECONDS = 60.0
MOST_OWNERS_IN_MEMORY = 10_000
"""The library looks through all of them at every request; past that, all begin anew."""

FALLBACKS = Counter(
    "gitinsight_rate_limit_fallbacks", "Requests that were counted in memory because Redis did not answer"
)
REFUSALS = Counter("gitinsight_rate_limit_refusals", "Requests that were one too many", ["quota"])

_Store = RedisStorage | MemoryStorage
T = TypeVar("T")


class Limiter:
    """Counts requests against quotas. It connects when it is first asked."""

    def __init__(self, redis_url: str) -> None:
        self._shared = RedisStorage(
            redis_url,
            key_prefix="gitinsight:limit",
            socket_timeout=ANSWER_SECONDS,
            socket_connect_timeout=ANSWER_SECONDS,
        )
        self._memory: MemoryStorage | None = None
        self._is_alone = False
        self._asks_again_at = 0.0
        self._told_at = float("-inf")

    def take(self, quota: Quota) -> bool:
        """Count a request; False where it is one too many, which is not counted."""
        taken = self._ask(
            lambda store: store.acquire_sliding_window_entry(quota.key, quota.requests, quota.window_seconds)
        )
        if self._is_alone:
            FALLBACKS.inc()
        return taken

    def standing(self, quota: Quota) -> Standing:
        """What is left of a quota, without counting."""
        previous, previous_seconds, current, current_life = self._ask(
            lambda store: store.get_sliding_window(quota.key, quota.window_seconds)
        )
        # A counter lives for two windows: the one that it counts, and the next, in which it is the previous.
        current_seconds = max(0.0, current_life - quota.window_seconds) if current_life else 0.0
        return standing(quota, Windows(previous, previous_seconds, current, current_seconds))

    def _ask(self, question: Callable[[_Store], T]) -> T:
        now = time.monotonic()
        if not self._is_alone or now >= self._asks_again_at:
            self._asks_again_at = now + ASKED_AGAIN_AFTER_SECONDS
            try:
                answer = question(self._shared)
            except RedisError as error:
                self._go_alone(now, error)
            else:
                self._come_back()
                return answer
        return question(self._own())

    def _go_alone(self, now: float, error: RedisError) -> None:
        self._is_alone = True
        if now - self._told_at >= TOLD_EVERY_SECONDS:
            self._told_at = now
            log.warning("rate_limits_counted_in_memory", reason=str(error))

    def _come_back(self) -> None:
        if self._is_alone:
            self._is_alone = False
            self._memory = None
            self._told_at = float("-inf")
            log.info("rate_limits_shared_again")

    def _own(self) -> MemoryStorage:
        store = self._memory
        if store is None or len(store.storage) > MOST_OWNERS_IN_MEMORY:
            store = self._memory = MemoryStorage()
        return store
