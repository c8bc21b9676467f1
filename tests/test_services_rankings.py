"""Counting what goes on: from events to counters, boards and lists, on each database."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import UUID

import polars as pl
import pytest
from flask import Flask
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from redis import Redis
from sqlalchemy import select
from sqlalchemy.orm import Session

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.access import GUEST, OPERATOR, Role, Viewer, Visibility
from gitinsight.domain.ranking import HALF_LIVES, SLOW_DAYS, ActivityKind, decayed
from gitinsight.registry import Registry
from gitinsight.services import accounts, database, feeds, rankings
from gitinsight.services.context import session, tools
from gitinsight.store import rankings as store
from gitinsight.store.base import db
from gitinsight.store.rankings import Activity, ActivityRow, counters_of, events_of
from gitinsight.store.repositories import Repository

NOW = datetime(2026, 3, 2, 12, tzinfo=UTC)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def app(
    request: pytest.FixtureRequest,
    tmp_path: Path,
    redis_url: str,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """A migrated installation on each kind of database, on a day in March, inside its context."""
    url = f"sqlite:///{tmp_path / 'rankings.db'}"
    if request.param == "postgres":
        url = str(request.getfixturevalue("postgres_url"))
    environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": str(tmp_path), "DATABASE_URL": url}
    application = create_app(load_settings(environment | {"REDIS_URL": redis_url}), registry)
    with application.app_context():
        database.migrate()
        monkeypatch.setattr(clock, "now", lambda: NOW)
        yield application
        db.session.remove()
        db.engine.dispose()


def added(name: str, **fields: object) -> UUID:
    row = Repository(name=name, full_name=f"ann/{name}", clone_url=f"https://example.org/{name}", **fields)
    session().add(row)
    session().commit()
    return row.id


def commit(number: int, days_ago: float, actor: str = "ann") -> Activity:
    return Activity(ActivityKind.COMMIT, f"c{number}", actor, NOW - timedelta(days=days_ago))


def recorded(repository_id: UUID, *events: Activity) -> int:
    count = rankings.record(repository_id, events)
    feeds.commit()
    rankings.show(repository_id)
    return count


def values(repository_id: UUID) -> dict[int, float]:
    return {row.half_life_days: row.counter.value_at(NOW) for row in counters_of(session(), repository_id)}


def truth(repository_id: UUID) -> dict[int, float]:
    events = list(events_of(session(), repository_id))
    return {days: decayed(events, NOW, days) for days in HALF_LIVES}


def test_events_are_counted_once_however_often_they_are_told(app: Flask) -> None:
    repository = added("boat")
    events = [commit(number, number) for number in range(4)]

    assert recorded(repository, *events) == 4
    assert recorded(repository, *events, commit(9, 1.5)) == 1
    assert values(repository) == pytest.approx(truth(repository))
    assert len(list(events_of(session(), repository))) == 5


def test_a_long_history_that_is_told_again_counts_only_what_is_new(app: Flask) -> None:
    repository = added("boat")
    history = [commit(number, number / 4, f"p{number % 7}") for number in range(1200)]
    star = Activity(ActivityKind.STAR, "c1", "bea", NOW)

    assert recorded(repository, *history) == 1200
    assert recorded(repository, *history, commit(1200, 1.5, "bea"), star) == 2
    assert recorded(repository, *history[:400]) == 0
    assert values(repository) == pytest.approx(truth(repository))


def test_one_actor_brings_five_events_a_day_and_stars_once(app: Flask) -> None:
    repository = added("boat")
    star = Activity(ActivityKind.STAR, "bea", "bea", NOW)
    again = Activity(ActivityKind.STAR, "bea", "bea", NOW - timedelta(days=30))

    assert recorded(repository, *(commit(number, 1) for number in range(8)), star) == 6
    assert recorded(repository, commit(20, 1), commit(21, 1, "bea"), again) == 1


def test_what_is_too_old_or_still_to_come_is_not_kept(app: Flask) -> None:
    repository = added("boat")
    assert recorded(repository, commit(1, 800), commit(2, -1)) == 0
    assert counters_of(session(), repository) == []


def test_a_rebuild_comes_to_the_same(app: Flask) -> None:
    boat, plane = added("boat"), added("plane")
    recorded(boat, *(commit(number, number % 9) for number in range(20)))
    recorded(plane, Activity(ActivityKind.FORK, "bea", "bea", NOW - timedelta(days=3)))
    before = [values(boat), values(plane)], tools().boards.top(SLOW_DAYS, 5)
    tools().boards.replace(SLOW_DAYS, [])

    assert rankings.rebuild() == 2

    after = [values(boat), values(plane)], tools().boards.top(SLOW_DAYS, 5)
    for old, new in zip(before[0], after[0], strict=True):
        assert new == pytest.approx(old, rel=1e-9)
    assert [one for one, _ in after[1]] == [one for one, _ in before[1]] == [boat, plane]
    assert [score for _, score in after[1]] == pytest.approx([score for _, score in before[1]], rel=1e-9)


TOLD = st.lists(
    st.tuples(st.integers(0, 30), st.floats(0, 700, allow_subnormal=False), st.sampled_from(["ann", "bea"])),
    max_size=25,
)


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(TOLD, min_size=1, max_size=3))
def test_counters_boards_and_a_rebuild_agree_with_the_sum_over_all_events(
    app: Flask, batches: list[list[tuple[int, float, str]]]
) -> None:
    repository = added("any")
    for batch in batches:
        recorded(repository, *(commit(*told) for told in batch))
    incremental = values(repository)
    shown = dict(tools().boards.top(SLOW_DAYS, 1000)).get(repository)

    rankings.rebuild()

    assert values(repository) == pytest.approx(incremental, rel=1e-9)
    if incremental:
        assert incremental == pytest.approx(truth(repository), rel=1e-9)
        assert dict(tools().boards.top(SLOW_DAYS, 1000))[repository] == pytest.approx(shown, rel=1e-9)


def test_workers_that_count_at_once_lose_nothing(app: Flask) -> None:
    repository = added("boat")

    def count(worker: int) -> None:
        with app.app_context():
            for number in range(10):
                recorded(repository, commit(100 * worker + number, number, f"worker {worker}"))

    threads = [threading.Thread(target=count, args=(worker,)) for worker in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    session().rollback()

    assert len(list(events_of(session(), repository))) == 40
    assert values(repository) == pytest.approx(truth(repository))


def test_merges_and_bots_count_nothing_and_a_first_commit_counts_more(app: Flask) -> None:
    repository = added("boat")
    commits = pl.DataFrame(
        {
            "commit": ["a", "b", "c", "d"],
            "author": ["Ann <ann@example.org>"] * 3 + ["robot"],
            "committed_at": [NOW - timedelta(days=days) for days in (900, 7, 7, 7)],
            "is_merge": [False, False, True, False],
            "is_bot": [False, False, False, True],
        }
    )
    assert rankings.record_commits(repository, commits) == 1
    recent = commits.filter(pl.col("committed_at") > NOW - timedelta(days=8))
    others = recent.with_columns(commit="commit" + pl.col("commit"), author=pl.lit("Bea <bea@example.org>"))
    assert rankings.record_commits(repository, others) == 2
    feeds.commit()

    assert values(repository)[7] == pytest.approx((1 + 1 + 5) / 2)
    actors = set(session().scalars(select(ActivityRow.actor)))
    assert len(actors) == 2
    assert not any("@" in actor or "Bea" in actor for actor in actors)


def test_a_long_history_is_counted_in_parts_to_the_same_end(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole, parts = added("whole"), added("parts")
    commits = pl.DataFrame(
        {
            "commit": [f"c{number}" for number in range(40)],
            "author": [f"Ann {number % 2}" for number in range(40)],
            "committed_at": [NOW - timedelta(days=1 + number % 3, minutes=number) for number in range(40)],
            "is_merge": [False] * 40,
            "is_bot": [False] * 40,
        }
    )
    rankings.record_commits(whole, commits)
    monkeypatch.setattr(rankings, "_AT_ONCE", 3)
    committed = []
    commit_really = feeds.commit
    monkeypatch.setattr(feeds, "commit", lambda: (committed.append(1), commit_really()))

    assert rankings.record_commits(parts, commits) == 2 * 3 * 5
    assert len(committed) == 14
    assert values(parts) == pytest.approx(values(whole))
    assert rankings.record_commits(parts, commits) == 0


def test_lists_hold_what_the_viewer_may_see_in_order(app: Flask) -> None:
    ann = Viewer.of_role(Role.USER, accounts.ensure_user("ann", Role.USER))
    busy = added("busy", language="Python")
    calm = added("calm", language="Go")
    secret = added("secret", visibility=Visibility.PRIVATE, owner_id=ann.user_id, language="Python")
    recorded(calm, *(commit(number, 30 + number) for number in range(3)))
    recorded(busy, *(commit(number, number) for number in range(9)))
    recorded(secret, *(commit(number, number / 9, f"p{number}") for number in range(30)))

    def names(viewer: Viewer, **query: object) -> list[str]:
        return [one.repository.name for one in rankings.leaderboard(viewer, **{"limit": 10} | query)]  # type: ignore[arg-type]

    assert names(OPERATOR) == names(ann) == ["secret", "busy", "calm"]
    assert names(GUEST) == ["busy", "calm"]
    assert names(ann, language="python") == ["secret", "busy"]
    assert names(GUEST, limit=1) == ["busy"]
    assert [one.repository.name for one in rankings.trending(ann, limit=5)] == []
    assert [one.repository.id for one in rankings.moves(GUEST, [busy, calm, secret])] == [busy]


def test_a_burst_is_trending_with_its_words(app: Flask) -> None:
    repository = added("boat")
    recorded(repository, commit(0, 300), *(commit(number, 0.1, f"p{number}") for number in range(1, 40)))

    (found,) = rankings.trending(GUEST, limit=5)

    assert (found.rank, found.repository.id, found.trending.shown) == (1, repository, True)
    assert found.words == f"{found.trending.ratio:.1f} times its usual activity"
    assert rankings.trending(GUEST, language="Go", limit=5) == []


def test_a_board_that_was_emptied_is_filled_again(app: Flask, redis_url: str) -> None:
    repository = added("boat")
    recorded(repository, commit(1, 1))
    with Redis.from_url(redis_url) as connection:
        connection.flushall()

    assert [one.repository.id for one in rankings.leaderboard(GUEST, limit=5)] == [repository]
    rankings.mend()
    assert [one for one, _ in tools().boards.top(SLOW_DAYS, 5)] == [repository]


def test_an_update_that_a_board_missed_arrives_later(app: Flask) -> None:
    boat, plane = added("boat"), added("plane")
    recorded(boat, commit(1, 1), commit(2, 1))
    recorded(plane, commit(1, 1))
    rankings.record(plane, [commit(number, 0.5) for number in range(2, 6)])
    feeds.commit()
    assert [one for one, _ in tools().boards.top(SLOW_DAYS, 5)] == [boat, plane]

    rankings.mend()

    assert [one for one, _ in tools().boards.top(SLOW_DAYS, 5)] == [plane, boat]


def test_a_repository_that_is_counted_during_a_rebuild_keeps_its_counters(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    boat, plane = added("boat"), added("plane")
    recorded(boat, commit(1, 1))
    list_repositories = store.repositories_with_events

    def listed_before_another_worker_counts(reading: Session) -> Sequence[UUID]:
        found = list_repositories(reading)
        reading.rollback()
        recorded(plane, commit(2, 1))
        return found

    monkeypatch.setattr(store, "repositories_with_events", listed_before_another_worker_counts)
    rankings.rebuild()

    assert values(plane) == pytest.approx(truth(plane))
    assert {one for one, _ in tools().boards.top(SLOW_DAYS, 5)} == {boat, plane}


def test_a_small_repository_is_trending_among_many_busy_ones(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rankings, "_CANDIDATES", 1)
    small, busy = added("small"), added("busy")
    recorded(small, commit(0, 300), *(commit(number, 0.1, f"p{number}") for number in range(1, 40)))
    recorded(busy, *(commit(number, number % 60, f"p{number}") for number in range(120)))
    assert rankings.leaderboard(GUEST, limit=1)[0].repository.id == busy

    assert [one.repository.id for one in rankings.trending(GUEST, limit=5)] == [small]


def test_a_long_board_saves_the_database_the_others(app: Flask) -> None:
    made = [added(f"r{number}") for number in range(9)]
    for number, repository in enumerate(made):
        recorded(repository, *(commit(one, one) for one in range(number + 1)))
    assert [one.repository.id for one in rankings.leaderboard(GUEST, limit=2)] == [made[8], made[7]]


def test_without_redis_the_database_answers(
    tmp_path: Path, registry: Registry, migrated_sqlite: Path
) -> None:
    environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": str(tmp_path)}
    (tmp_path / "gitinsight.db").write_bytes(migrated_sqlite.read_bytes())
    application = create_app(load_settings(environment | {"REDIS_URL": "redis://127.0.0.1:1/0"}), registry)
    with application.app_context():
        repository = added("boat")
        rankings.record(repository, [Activity(ActivityKind.COMMIT, "c", "ann", clock.now())])
        session().commit()
        rankings.show(repository)
        rankings.mend()
        assert [one.repository.id for one in rankings.leaderboard(GUEST, limit=5)] == [repository]
