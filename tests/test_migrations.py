"""The migrations on SQLite and on PostgreSQL: what they make, and that several may run at once."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import flask_migrate
import pytest
import sqlalchemy as sa
from flask import Flask

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.registry import Registry
from gitinsight.services import database
from gitinsight.store.base import db


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of an empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'empty.db'}"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def app(url: str, tmp_path: Path, registry: Registry) -> Iterator[Flask]:
    """The application on that database, inside its context."""
    environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": str(tmp_path), "DATABASE_URL": url}
    application = create_app(load_settings(environment), registry)
    with application.app_context():
        yield application
        db.session.remove()
        db.engine.dispose()


def tables() -> set[str]:
    return set(sa.inspect(db.engine).get_table_names())


def differences(app: Flask) -> str:
    """What `flask db check` says the models have and the database lacks, or the other way round."""
    result = app.test_cli_runner().invoke(args=["db", "check"])
    return "" if result.exit_code == 0 else result.output


def test_the_migrations_make_what_the_models_say(app: Flask) -> None:
    database.migrate()

    assert differences(app) == ""
    assert set(db.metadata.tables) <= tables()


def test_going_back_and_forth_leaves_the_same_tables(app: Flask) -> None:
    database.migrate()
    before = tables()

    flask_migrate.downgrade(revision="base")
    assert tables() == {"alembic_version"}

    database.migrate()
    assert tables() == before
    assert differences(app) == ""


def test_migrating_again_changes_nothing(app: Flask) -> None:
    database.migrate()
    before = tables()

    database.migrate()

    assert tables() == before


def test_a_migration_that_fails_leaves_nothing_behind(app: Flask) -> None:
    with db.engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE analysis_runs (in_the_way INTEGER)"))

    with pytest.raises(sa.exc.DBAPIError):
        database.migrate()

    assert tables() == {"analysis_runs"}


def test_foreign_keys_are_checked_again_after_a_migration(app: Flask) -> None:
    database.migrate()

    with pytest.raises(sa.exc.IntegrityError), db.engine.begin() as connection:
        connection.execute(
            sa.text(
                "INSERT INTO login_links (id, user_id, digest, created_at, expires_at) "
                "VALUES (:id, :id, 'x', :at, :at)"
            ),
            {"id": "0" * 32, "at": "2026-01-01 00:00:00"},
        )


def test_processes_that_migrate_at_once_do_no_harm(
    url: str, tmp_path: Path, clean_environment: dict[str, str], registry: Registry
) -> None:
    environment = clean_environment | {"DATABASE_URL": url, "GITINSIGHT_HOME": str(tmp_path)}
    command = [sys.executable, "-m", "gitinsight", "db", "upgrade"]

    started = [
        subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(3)
    ]
    ended = [process.communicate(timeout=60) for process in started]

    assert [process.returncode for process in started] == [0, 0, 0], ended
    application = create_app(load_settings(environment), registry)
    with application.app_context():
        assert database.is_current()
        assert differences(application) == ""
        with db.engine.connect() as connection:
            assert connection.scalar(sa.text("SELECT count(*) FROM alembic_version")) == 1
            assert connection.scalar(sa.text("SELECT count(*) FROM event_counter")) == 1
