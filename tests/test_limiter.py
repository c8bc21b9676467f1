"""The counters in a real Valkey that all processes share, and in memory while it is gone."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from prometheus_client import REGISTRY
from redis import Redis
from structlog.testing import capture_logs

from gitinsight import limits
from gitinsight.domain.quotas import Quota
from gitinsight.limits import Limiter
from tests.servers import ValkeyServer

QUOTA = Quota("user", "ann", 50)


@pytest.fixture
def server(tmp_path: Path) -> Iterator[ValkeyServer]:
    made = ValkeyServer(tmp_path)
    made.start()
    yield made
    made.kill()


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ask a Redis that was gone again at once."""
    monkeypatch.setattr(limits, "ASKED_AGAIN_AFTER_SECONDS", 0.0)


def fallbacks() -> float:
    return REGISTRY.get_sample_value("gitinsight_rate_limit_fallbacks_total") or 0.0


def test_so_many_are_counted_and_no_more(redis_url: str) -> None:
    limiter = Limiter(redis_url)

    assert [limiter.take(QUOTA) for _ in range(52)] == [True] * 50 + [False] * 2
    assert limiter.standing(QUOTA).remaining == 0
    assert 3590 < limiter.standing(QUOTA).reset_seconds <= 3601


def test_looking_does_not_count(redis_url: str) -> None:
    limiter = Limiter(redis_url)
    limiter.take(QUOTA)

    assert {limiter.standing(QUOTA).remaining for _ in range(3)} == {49}


def test_owners_are_counted_apart(redis_url: str) -> None:
    limiter = Limiter(redis_url)
    one = Quota("user", "ann", 1)

    assert limiter.take(one)
    assert not limiter.take(one)
    assert limiter.take(Quota("user", "bob", 1))
    assert limiter.take(Quota("guest", "ann", 1))


def test_processes_share_one_count_however_many_ask_at_once(redis_url: str) -> None:
    limiters = [Limiter(redis_url) for _ in range(4)]
    start = threading.Barrier(16)

    def ask(number: int) -> int:
        start.wait()
        return sum(limiters[number % 4].take(QUOTA) for _ in range(10))

    with ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(ask, range(16))) == 50


def test_whoever_waits_as_long_as_he_is_told_is_answered(redis_url: str) -> None:
    limiter = Limiter(redis_url)
    while limiter.take(QUOTA):
        pass
    wait = limiter.standing(QUOTA).reset_seconds

    # The server's time cannot be moved, but the life of its keys can.
    with Redis.from_url(redis_url) as connection:
        for key in connection.keys("*ann*"):
            connection.pexpire(key, connection.pttl(key) - wait * 1000)

    assert limiter.take(QUOTA)
    assert not limiter.take(QUOTA), "the window slides: one fits, not a whole hour's"
    assert 71 <= limiter.standing(QUOTA).reset_seconds <= 73, "50 in 3600 s are one in 72 s"


def test_a_counter_of_an_hour_is_gone_after_two(redis_url: str) -> None:
    Limiter(redis_url).take(QUOTA)

    with Redis.from_url(redis_url) as connection:
        lives = [connection.ttl(key) for key in connection.keys("gitinsight:limit:*")]
    assert len(lives) == 1
    assert 0 < lives[0] <= 7200


def test_a_server_that_dies_and_comes_back(server: ValkeyServer, impatient: None) -> None:
    limiter, before = Limiter(server.url), fallbacks()
    assert [limiter.take(QUOTA) for _ in range(10)] == [True] * 10

    server.kill()
    with capture_logs() as told:
        alone = [limiter.take(QUOTA) for _ in range(60)]

    assert alone == [True] * 50 + [False] * 10, "counting goes on, from nothing"
    assert limiter.standing(QUOTA).remaining == 0
    assert fallbacks() - before == 60
    assert [line["event"] for line in told] == ["rate_limits_counted_in_memory"], "told once a minute"

    server.start()
    with capture_logs() as told:
        assert limiter.take(QUOTA), "the shared counter is asked again"
    assert fallbacks() - before == 60
    assert [line["event"] for line in told] == ["rate_limits_shared_again"]
    with Redis.from_url(server.url) as connection:
        assert connection.keys("gitinsight:limit:*")


def test_a_server_that_is_gone_is_not_asked_by_every_request(tmp_path: Path) -> None:
    server = ValkeyServer(tmp_path)
    limiter = Limiter(server.url)
    assert limiter.take(QUOTA)
    server.start()
    try:
        assert limiter.take(QUOTA)
        with Redis.from_url(server.url) as connection:
            assert connection.keys("*") == [], "not within a second"
    finally:
        server.kill()


def test_a_server_that_does_not_answer_is_left_alone(tmp_path: Path, impatient: None) -> None:
    server = ValkeyServer(tmp_path)
    server.start()
    try:
        with Redis.from_url(server.url) as connection:
            connection.config_set("maxmemory", "1")
            connection.config_set("maxmemory-policy", "noeviction")
        limiter = Limiter(server.url)
        assert [limiter.take(Quota("user", "ann", 2)) for _ in range(3)] == [True, True, False]
    finally:
        server.kill()


def test_memory_does_not_grow_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(limits, "MOST_OWNERS_IN_MEMORY", 20)
    limiter = Limiter("unix:///nowhere")

    for number in range(100):
        assert limiter.take(Quota("address", str(number), 1, 60))
    assert limiter._memory is not None
    assert len(limiter._memory.storage) <= 21
