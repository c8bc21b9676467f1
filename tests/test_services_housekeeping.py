"""The scheduler's round, and the accounts behind sessions and keys."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import update

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import JobState, Stage
from gitinsight.errors import ValidationError
from gitinsight.services import accounts, analyses, api_keys, feeds, housekeeping, repositories
from gitinsight.services.context import session, tools
from gitinsight.store import jobs
from gitinsight.store.events import EventRow
from tests.probing import probed_app, small_repository


@pytest.fixture
def fresh(monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler that has just started."""
    for name, value in {"day": None, "health": None, "told": None}.items():
        monkeypatch.setitem(housekeeping._last, name, value)


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path, fresh: None) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as application:
        yield application


def health_events() -> list[bool]:
    return [event.payload["ok"] for event in feeds.replay(0) if event.topic == Topic.HEALTH_CHECKED]


def test_a_round_publishes_what_a_dead_process_left_unpublished(app: Flask) -> None:
    feeds.note(Topic.ANALYSIS_REQUESTED, {})
    session().commit()
    assert feeds.replay(0) == []

    housekeeping.run_once()

    assert feeds.replay(0)[0].topic == Topic.ANALYSIS_REQUESTED


def test_a_round_queues_again_what_was_lost(app: Flask, tmp_path: Path) -> None:
    added = repositories.add(OPERATOR, str(small_repository(tmp_path, 1).git_dir))
    job = analyses.request(OPERATOR, added.id, ("probe",))
    sync = jobs.stages_of(session(), job.id)[0]
    sync.state, sync.attempts = JobState.RUNNING, 1
    sync.enqueued_at = sync.heartbeat_at = clock.now() - timedelta(minutes=1)
    session().commit()
    tools().queues.connection.flushall()

    housekeeping.run_once()

    assert sync.stage is Stage.SYNC
    assert tools().queues.depth()["interactive"] == 1


def test_the_health_is_told_at_once_then_each_minute(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    start = clock.now()

    def at(seconds: int) -> datetime:
        return start + timedelta(seconds=seconds)

    for seconds, told in ((0, 1), (5, 1), (59, 1), (60, 2), (61, 2), (125, 3)):
        monkeypatch.setattr(clock, "now", lambda seconds=seconds: at(seconds))
        housekeeping.run_once()
        assert health_events() == [True] * told, seconds


def test_a_change_of_the_health_is_told_at_once_and_nothing_fails_without_redis(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path, fresh: None
) -> None:
    nowhere = {"REDIS_URL": f"unix://{tmp_path}/nowhere"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **nowhere):
        housekeeping.run_once()
        housekeeping.run_once()
        assert health_events() == [False]
        housekeeping._last["health"] = {"database": True, "redis": True, "home": True}

        housekeeping.run_once()

        assert health_events() == [False, False]


def test_a_user_is_made_once(app: Flask) -> None:
    first = accounts.ensure_user("ann", Role.USER)

    assert accounts.ensure_user("ann", Role.ADMIN) == first
    viewer = accounts.viewer_by_id(first)
    assert viewer is not None
    assert viewer.role is Role.USER, "an existing user keeps the role"


def test_links_and_keys_are_for_known_users_only(app: Flask) -> None:
    with pytest.raises(ValidationError, match="no user named 'nobody'"):
        accounts.issue_login_link("nobody")
    with pytest.raises(ValidationError, match="no user named 'nobody'"):
        accounts.issue_key("nobody", "test")


def test_a_key_carries_all_that_its_user_may_do_unless_told_otherwise(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)

    whole = accounts.issue_key("ann", "whole")
    part = accounts.issue_key("ann", "part", (Permission.INSIGHTS_READ,), timedelta(days=1))

    assert api_keys.viewer_by_key(whole.secret).permissions == {
        Permission.REPOSITORY_READ,
        Permission.REPOSITORY_ANALYZE,
        Permission.INSIGHTS_READ,
        Permission.INSIGHTS_EXPORT,
    }
    assert api_keys.viewer_by_key(part.secret).permissions == {Permission.INSIGHTS_READ}
    assert whole.expires_at is None
    assert part.expires_at is not None
    assert part.expires_at > clock.now() + timedelta(hours=23)


def test_passing_events_are_forgotten_after_a_week_and_facts_are_kept(app: Flask) -> None:
    old = clock.now() - timedelta(days=8)
    for topic in (Topic.ANALYSIS_PROGRESS, Topic.HEALTH_CHECKED, Topic.ANALYSIS_COMPLETED):
        feeds.note(topic, {})
    feeds.commit()
    session().execute(update(EventRow).values(at=old))
    feeds.note(Topic.ANALYSIS_PROGRESS, {"young": True})
    feeds.commit()

    housekeeping.run_once()

    left = [event for event in feeds.replay(0) if event.topic != Topic.HEALTH_CHECKED]
    assert [event.topic for event in left] == [Topic.ANALYSIS_COMPLETED, Topic.ANALYSIS_PROGRESS]
