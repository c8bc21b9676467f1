"""What an operator does at the command line: the database, users, keys, plugins, the check-up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa
from flask import Flask

from gitinsight import resources
from gitinsight.app import create_app
from gitinsight.cli import main
from gitinsight.config import Settings, load_settings
from gitinsight.domain import clock
from gitinsight.domain.access import GUEST, Permission, Role
from gitinsight.domain.ranking import ActivityKind
from gitinsight.registry import Registry
from gitinsight.services import accounts, api_keys, database, rankings, sessions
from gitinsight.services.digests import digest
from gitinsight.store import people
from gitinsight.store.base import db
from gitinsight.store.rankings import Activity, CounterRow
from gitinsight.store.repositories import Repository


@dataclass(frozen=True)
class Ended:
    exit_code: int
    printed: str
    complained: str


Run = Callable[..., Ended]


@pytest.fixture
def run(settings: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command on the migrated installation of `settings`."""
    monkeypatch.setenv("GITINSIGHT_HOME", str(settings.home))
    monkeypatch.setenv("REDIS_URL", settings.redis_url)
    monkeypatch.delenv("DATABASE_URL", raising=False)

    def call(*arguments: str) -> Ended:
        monkeypatch.setattr(sys, "argv", ["gitinsight", *arguments])
        capsys.readouterr()
        with pytest.raises(SystemExit) as ended:
            main()
        printed, complained = capsys.readouterr()
        return Ended(int(ended.value.code or 0), printed, complained)

    return call


def test_upgrading_makes_the_tables_and_may_be_repeated(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, registry: Registry
) -> None:
    environment = {"GITINSIGHT_HOME": str(tmp_path / "new")}
    monkeypatch.setenv("GITINSIGHT_HOME", environment["GITINSIGHT_HOME"])

    for _ in range(2):
        assert run("db", "upgrade") == Ended(0, "The database is up to date.\n", "")

    with create_app(load_settings(environment), registry).app_context():
        assert database.is_current()


def test_a_command_before_the_first_upgrade_says_what_to_do(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITINSIGHT_HOME", str(tmp_path / "new"))

    ended = run("keys", "create")

    assert ended.exit_code == 2
    assert ended.complained == (
        "gitinsight: The database does not serve (no such table: users). Is it reachable, and did gitinsight "
        "db upgrade run?\n"
    )


def test_a_database_that_does_not_answer_is_told_without_its_password(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgres://someone:hush@127.0.0.1:1/nothing")

    ended = run("db", "upgrade")

    assert ended.exit_code == 2
    assert ended.complained.startswith("gitinsight: The database does not serve (connection failed")
    assert "hush" not in ended.complained + ended.printed


def test_a_database_of_a_later_release_is_left_alone(run: Run, app: Flask) -> None:
    db.session.execute(sa.text("UPDATE alembic_version SET version_num = '9999'"))
    db.session.commit()

    ended = run("db", "upgrade")

    assert ended.exit_code == 2
    assert ended.complained.startswith(
        "gitinsight: The database is not this release's: Can't locate revision"
    )


def test_a_user_is_added_once_with_its_role(run: Run, app: Flask) -> None:
    for role in ("premium", "user"):
        assert run("users", "add", "ann", "--role", role) == Ended(0, "There is a user named ann.\n", "")

    user = people.user_by_name(db.session(), "ann")
    assert user is not None
    assert user.role is Role.PREMIUM


def test_a_guest_cannot_be_added(run: Run) -> None:
    ended = run("users", "add", "ann", "--role", "guest")

    assert ended.exit_code == 2
    assert "'guest' is not one of 'user', 'premium', 'admin'" in ended.complained


def test_a_printed_login_link_signs_its_user_in(run: Run, app: Flask) -> None:
    run("users", "add", "ann")

    link = run("users", "login-link", "ann").printed.strip()

    assert link.startswith("http://127.0.0.1:8000/login/link/")
    browser = app.test_client()
    assert browser.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 302
    assert "ann" in browser.get("/").text


def test_a_login_link_of_the_first_admin_needs_no_user_before(run: Run, app: Flask) -> None:
    secret = run("users", "login-link").printed.strip().rpartition("/")[2]

    signed_in = sessions.viewer_by_secret(accounts.sign_in_by_link(secret, accounts.Origin()))
    assert signed_in is not None
    assert (signed_in.name, signed_in.role) == ("admin", Role.ADMIN)


@pytest.mark.parametrize("command", [("users", "login-link", "nobody"), ("keys", "create", "nobody")])
def test_nobody_gets_no_link_and_no_key(run: Run, command: tuple[str, ...]) -> None:
    assert run(*command) == Ended(2, "", "gitinsight: There is no user named 'nobody'.\n")


def test_a_key_has_all_that_its_user_may_do_unless_scopes_are_named(run: Run, app: Flask) -> None:
    run("users", "add", "ann")

    whole = api_keys.viewer_by_key(run("keys", "create", "ann").printed.strip())
    small = api_keys.viewer_by_key(run("keys", "create", "ann", "--scope", "insights:read").printed.strip())

    assert Permission.REPOSITORY_ANALYZE in whole.permissions
    assert small.permissions == {Permission.INSIGHTS_READ}


def test_a_key_with_days_expires(run: Run, app: Flask) -> None:
    secret = run("keys", "create", "--days", "3").printed.strip()

    key, _ = people.key_by_digest(db.session(), digest(secret)) or pytest.fail("no such key")
    assert key.expires_at is not None
    assert timedelta(days=2.9) < key.expires_at - clock.now() <= timedelta(days=3)


def test_plugins_are_listed_with_their_analyzers(run: Run) -> None:
    ended = run("plugins")

    assert ended.exit_code == 0
    assert "quality (gitinsight " in ended.printed
    analyzers = ended.printed.splitlines()[-1].removeprefix("analyzers: ").split(", ")
    assert {"quality", "people", "sentiment", "trends"} <= set(analyzers)


def test_the_check_up_finds_everything(run: Run, settings: Settings) -> None:
    ended = run("doctor")

    assert ended.exit_code == (0 if resources.assets_built() else 1)
    lines = ended.printed.splitlines()
    assert lines[0] == f"profile development, home {settings.home}"
    assert lines[1].startswith("ok   git: 2.")
    assert lines[2:4] == ["ok   redis: the server that REDIS_URL names answers", "ok   database: up to date"]


def test_the_check_up_names_what_is_missing_and_no_secret(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://:hush@127.0.0.1:1/0")
    monkeypatch.setenv("DATABASE_URL", "postgres://someone:hush@127.0.0.1:1/nothing")

    ended = run("doctor")

    assert ended.exit_code == 1
    assert "FAIL redis: The server that REDIS_URL names does not answer." in ended.printed
    assert "FAIL database: The database does not serve (connection failed" in ended.printed
    assert "hush" not in ended.printed + ended.complained


def test_the_check_up_of_a_fresh_home_folder_needs_no_server(
    run: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("GITINSIGHT_HOME", str(tmp_path / "fresh"))
    monkeypatch.delenv("REDIS_URL")

    ended = run("doctor")

    assert "ok   redis: embedded, " in ended.printed
    assert "ok   database: to be migrated by gitinsight up or db upgrade" in ended.printed


def test_the_rankings_are_made_anew(run: Run, settings: Settings, registry: Registry) -> None:
    with create_app(settings, registry).app_context():
        row = Repository(name="boat", full_name="ann/boat", clone_url="https://example.org/boat")
        db.session.add(row)
        db.session.flush()
        rankings.record(row.id, [Activity(ActivityKind.COMMIT, "c", "ann", clock.now())])
        db.session.execute(sa.update(CounterRow).values(value=99.0))
        db.session.commit()

        assert run("rankings", "rebuild").printed == "Counted 1 repository anew.\n"

        (found,) = rankings.leaderboard(GUEST, limit=5)
        assert found.activity == pytest.approx(1, abs=0.01)


def test_rankings_without_redis_are_made_anew_in_the_database_and_it_is_told(
    run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    ended = run("rankings", "rebuild")
    assert (ended.exit_code, ended.printed) == (2, "")
    assert "REDIS_URL" in ended.complained
