"""The monthly partitions on PostgreSQL: which exist, where rows land, and what happens at a month's end."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain import clock
from gitinsight.domain.events import Topic
from gitinsight.registry import Registry
from gitinsight.services import database, feeds, housekeeping, months
from gitinsight.store import partitions
from gitinsight.store.base import db
from gitinsight.store.events import EventRow

pytestmark = pytest.mark.postgres

MAY, JUNE, JULY = "events_y2031m05", "events_y2031m06", "events_y2031m07"


@pytest.fixture
def app(
    postgres_url: str,
    redis_url: str,
    tmp_path: Path,
    registry: Registry,
    monkeypatch: pytest.MonkeyPatch,
) -> Iterator[Flask]:
    """A migrated installation on PostgreSQL on the 31st of May 2031."""
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 5, 31, 23, 30, tzinfo=UTC))
    environment = {"GITINSIGHT_HOME": str(tmp_path), "DATABASE_URL": postgres_url, "REDIS_URL": redis_url}
    application = create_app(load_settings(environment), registry)
    with application.app_context():
        database.migrate()
        yield application
        db.session.remove()
        db.engine.dispose()


def partitions_of(table: str) -> set[str]:
    children = sa.text(
        "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = :parent ::regclass"
    )
    with db.engine.connect() as connection:
        return set(connection.scalars(children, {"parent": table}))


def add_event(at: datetime) -> None:
    db.session.add(EventRow(at=at, topic=Topic.HEALTH_CHECKED, payload={}))
    db.session.commit()


def count_in(table: str, since: date = date(1970, 1, 1)) -> int:
    statement = sa.text(f"SELECT count(*) FROM {table} WHERE at >= :since")
    with db.engine.connect() as connection:
        return int(connection.scalar(statement, {"since": since}) or 0)


@pytest.mark.parametrize("table", ["insights", "metric_points", "events", "audit_logs"])
def test_this_month_the_next_two_and_a_default_exist_after_migrating(app: Flask, table: str) -> None:
    months = {f"{table}_y2031m{month}" for month in ("05", "06", "07")}

    assert partitions_of(table) == {f"{table}_default", *months}


def test_making_them_again_is_harmless(app: Flask) -> None:
    before = partitions_of("events")

    assert months.make_partitions() == []
    assert partitions_of("events") == before


def test_the_months_of_a_year_s_end_follow_each_other(app: Flask) -> None:
    made = partitions.ensure(db.session.connection(), date(2031, 12, 31))

    assert [name for name in made if name.startswith("events")] == [
        "events_y2031m12",
        "events_y2032m01",
        "events_y2032m02",
    ]


@pytest.mark.parametrize(
    ("at", "where"),
    [
        (datetime(2031, 5, 31, 23, 59, 59, 999999, tzinfo=UTC), MAY),
        (datetime(2031, 6, 1, tzinfo=UTC), JUNE),
        (datetime(2031, 8, 1, tzinfo=UTC), "events_default"),
        (datetime(1970, 1, 1, tzinfo=UTC), "events_default"),
    ],
)
def test_a_row_lands_in_its_month(app: Flask, at: datetime, where: str) -> None:
    before = count_in(where)

    add_event(at)

    assert count_in(where) == before + 1


def test_a_new_month_is_made_by_housekeeping_and_takes_its_rows_from_the_default(
    app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    for day in (1, 31):
        add_event(datetime(2031, 8, day, tzinfo=UTC))
    add_event(datetime(2031, 9, 1, tzinfo=UTC))
    monkeypatch.setattr(clock, "now", lambda: datetime(2031, 6, 2, tzinfo=UTC))

    housekeeping.run_once()

    assert "events_y2031m08" in partitions_of("events")
    assert count_in("events_y2031m08") == 2
    assert count_in("events_default", since=date(2031, 8, 1)) == 1


def test_months_are_made_while_others_write(app: Flask) -> None:
    stop, failures = threading.Event(), []

    def write() -> None:
        with app.app_context():
            while not stop.is_set():
                try:
                    feeds.note(Topic.HEALTH_CHECKED, {})
                    feeds.commit()
                except Exception as error:
                    failures.append(error)
                    return

    writers = [threading.Thread(target=write) for _ in range(4)]
    for writer in writers:
        writer.start()
    try:
        for month in range(1, 13):
            partitions.ensure(db.session.connection(), date(2032, month, 1))
            db.session.commit()
    finally:
        stop.set()
        for writer in writers:
            writer.join()

    assert failures == []
    assert len(partitions_of("events")) == 3 + 14 + 1
