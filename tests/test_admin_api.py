"""What admins do over the API: users, keys, jobs, plugins, settings; and how the installation does."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from rq import Worker

from gitinsight import __version__
from gitinsight.config import SETTINGS
from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.services import accounts, repositories
from gitinsight.services.context import session, tools
from gitinsight.store.audit import AuditRow
from tests.conftest import sign_in
from tests.probing import Program, analysed, install, probed_app, small_repository
from tests.signing import signature

API = "/api/v1"
USERS, KEYS, JOBS = f"{API}/admin/users", f"{API}/admin/keys", f"{API}/admin/jobs"


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    install(tmp_path / "plugins", "broken", "import nothing_of_this_name\n")
    with probed_app(
        tmp_path,
        valkey_socket,
        migrated_sqlite,
        GITINSIGHT_ALLOW_LOCAL_PATHS="true",
        GITINSIGHT_METRICS_TOKEN="hidden-token",
    ) as application:
        yield application


@pytest.fixture
def root(app: Flask) -> Program:
    return Program(app, "root", Role.ADMIN)


@pytest.fixture
def ann(app: Flask) -> Program:
    return Program(app, "ann")


def change(root: Program, path: str, **body: Any) -> Any:
    text = json.dumps(body).encode()
    signed = signature(root.key.signing_secret, "PATCH", path, text)
    return root("PATCH", path, signed, data=text, content_type="application/json")


def good(answer: Any) -> Any:
    assert answer.status_code == 200, answer.text
    return answer.json


def me(program: Program) -> Any:
    return good(program("GET", f"{API}/auth/me"))


def last_row(action: str) -> AuditRow:
    session().expire_all()
    return session().query(AuditRow).filter_by(action=action).order_by(AuditRow.at.desc()).first()


def test_users_are_listed_newest_first_and_found_by_a_part_of_their_name(root: Program) -> None:
    for name in ("ann", "anna", "bob_1", "bobx1"):
        accounts.ensure_user(name, Role.USER)

    first = good(root("GET", f"{USERS}?limit=3"))
    second = good(root("GET", f"{USERS}?limit=3&cursor={first['next_cursor']}"))
    names = [item["username"] for item in first["items"] + second["items"]]
    assert names == ["bobx1", "bob_1", "anna", "ann", "root"]
    assert second["next_cursor"] is None
    assert [item["username"] for item in good(root("GET", f"{USERS}?q=NN"))["items"]] == ["anna", "ann"]
    assert [item["username"] for item in good(root("GET", f"{USERS}?q=b_1"))["items"]] == ["bob_1"]
    assert good(root("GET", f"{USERS}?q=%25"))["items"] == []
    assert root("GET", f"{USERS}?cursor=x").status_code == 422


def test_one_user_is_read_by_id(root: Program, ann: Program) -> None:
    assert good(root("GET", f"{USERS}/{ann.user_id}"))["username"] == "ann"
    assert root("GET", f"{USERS}/{UUID(int=1)}").status_code == 404


def test_a_role_and_a_tier_follow_from_each_other(root: Program, ann: Program) -> None:
    path = f"{USERS}/{ann.user_id}"

    def rights(**body: str) -> tuple[str, str]:
        found = good(change(root, path, **body))
        return found["role"], found["subscription_tier"]

    assert rights(subscription_tier="premium") == ("premium", "premium")
    assert rights(role="user") == ("user", "free")
    assert rights(role="premium") == ("premium", "premium")
    assert rights(role="admin") == ("admin", "premium")
    assert "admin:users" not in me(ann)["permissions"], "a key keeps the scopes that it was made with"
    assert rights(subscription_tier="free") == ("admin", "free")
    assert rights(role="user", subscription_tier="free") == ("user", "free")
    refused = change(root, path, role="user", subscription_tier="premium")
    assert refused.status_code == 422
    assert refused.json["error"]["details"].items() >= {("role", "user"), ("subscription_tier", "premium")}
    assert change(root, path, role="guest").status_code == 422
    assert change(root, path, username="eve").status_code == 422


def test_a_change_of_a_user_is_told_in_the_audit_log_and_no_change_is_not(
    root: Program, ann: Program
) -> None:
    path = f"{USERS}/{ann.user_id}"
    good(change(root, path, role="premium"))
    row = last_row("user.changed")
    assert (row.actor_name, row.object_type, row.object_id) == ("root", "user", "ann")
    assert row.details["before"] == {"role": "user", "subscription_tier": "free", "disabled": False}
    assert row.details["after"] == {"role": "premium", "subscription_tier": "premium", "disabled": False}

    good(change(root, path))
    good(change(root, path, role="premium", disabled=False))
    assert session().query(AuditRow).filter_by(action="user.changed").count() == 1


def test_who_is_shut_out_has_no_key_no_token_and_no_session_from_that_moment(
    app: Flask, root: Program, ann: Program
) -> None:
    path = f"{USERS}/{ann.user_id}"
    pair = good(ann("POST", f"{API}/auth/token"))
    token = {"Authorization": f"Bearer {pair['access_token']}"}
    browser = sign_in(app, "ann", Role.USER)
    guest = app.test_client()
    assert guest.get(f"{API}/auth/me", headers=token).status_code == 200
    assert browser.get("/account").status_code == 200

    assert good(change(root, path, disabled=True))["disabled_at"] is not None
    assert ann("GET", f"{API}/auth/me").status_code == 401
    assert guest.get(f"{API}/auth/me", headers=token).status_code == 401
    refresh = guest.post(f"{API}/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    assert refresh.status_code == 401
    assert browser.get("/account").status_code == 302

    assert good(change(root, path, disabled=False))["disabled_at"] is None
    assert ann("GET", f"{API}/auth/me").status_code == 200
    assert browser.get("/account").status_code == 302, "what has ended stays so"


def test_an_admin_cannot_take_his_own_rights_away(root: Program) -> None:
    path = f"{USERS}/{root.user_id}"
    for body in ({"role": "user"}, {"disabled": True}):
        assert change(root, path, **body).status_code == 403
    assert good(change(root, path, subscription_tier="premium"))["role"] == "admin"


def test_changing_users_and_keys_wants_a_signed_request(root: Program, ann: Program) -> None:
    for path, body in (
        (f"{USERS}/{ann.user_id}", {"role": "admin"}),
        (f"{KEYS}/{ann.key.id}", {"rate_limit": 1}),
    ):
        answer = root("PATCH", path, json=body)
        assert answer.status_code == 403
        assert answer.json["error"]["details"]["signature"] == "required"
    assert me(ann)["user"]["role"] == "user"


def test_keys_of_all_users_or_of_one_are_listed_without_their_secrets(root: Program, ann: Program) -> None:
    everything = good(root("GET", KEYS))
    assert [(item["username"], item["id"]) for item in everything["items"]] == [
        ("ann", str(ann.key.id)),
        ("root", str(root.key.id)),
    ]
    assert ann.key.secret not in str(everything)
    assert ann.key.signing_secret not in str(everything)
    assert [item["username"] for item in good(root("GET", f"{KEYS}?user_id={ann.user_id}"))["items"]] == [
        "ann"
    ]
    first = good(root("GET", f"{KEYS}?limit=1"))
    second = good(root("GET", f"{KEYS}?limit=1&cursor={first['next_cursor']}"))
    assert [item["username"] for item in first["items"] + second["items"]] == ["ann", "root"]


def test_a_key_gets_a_limit_of_its_own_and_loses_it_again(root: Program, ann: Program) -> None:
    path = f"{KEYS}/{ann.key.id}"
    assert good(change(root, path, rate_limit=7))["rate_limit"] == 7
    assert last_row("api_key.changed").details == {"before": {"rate_limit": None}, "after": {"rate_limit": 7}}
    answer = ann("GET", f"{API}/auth/me")
    assert (answer.headers["RateLimit-Limit"], answer.headers["RateLimit-Remaining"]) == ("7", "6")
    assert '"key"' in answer.headers["RateLimit-Policy"]

    assert good(change(root, path, rate_limit=None))["rate_limit"] is None
    assert ann("GET", f"{API}/auth/me").headers["RateLimit-Limit"] != "7"
    for wrong in (-1, "7", 1.5, True, 10**12):
        assert change(root, path, rate_limit=wrong).status_code == 422
    assert change(root, path).status_code == 422


def test_an_admin_ends_anybodys_key(root: Program, ann: Program) -> None:
    path = f"{KEYS}/{ann.key.id}"
    assert root("DELETE", path).status_code == 204
    assert ann("GET", f"{API}/auth/me").status_code == 401
    assert last_row("api_key.revoked").details["user_id"] == str(ann.user_id)
    assert root("DELETE", path).status_code == 404
    assert change(root, path, rate_limit=1).status_code == 404


def test_the_analyses_of_all_repositories_are_listed_newest_first(root: Program, tmp_path: Path) -> None:
    first, _ = analysed(small_repository(tmp_path / "one"), "probe")
    second, job = analysed(small_repository(tmp_path / "two"), "probe")

    page = good(root("GET", f"{JOBS}?limit=1"))
    assert [item["job"]["id"] for item in page["items"]] == [str(job.id)]
    assert page["items"][0]["repository"] == repositories.get(OPERATOR, second).full_name
    rest = good(root("GET", f"{JOBS}?limit=1&cursor={page['next_cursor']}"))
    assert [item["job"]["repository_id"] for item in rest["items"]] == [str(first)]
    assert rest["next_cursor"] is None
    assert good(root("GET", f"{JOBS}?state=failed"))["items"] == []
    assert len(good(root("GET", f"{JOBS}?state=succeeded"))["items"]) == 2


def test_plugins_are_listed_with_what_they_bring_and_what_they_could_not_do(root: Program) -> None:
    found = {item["name"]: item for item in good(root("GET", f"{API}/admin/plugins"))["items"]}

    assert found["probe"]["distribution"] == "gitinsight-probe"
    assert found["probe"]["version"] == "1.0"
    assert "probe" in found["probe"]["analyzers"]
    broken = found["broken"]
    assert (broken["version"], broken["analyzers"]) == ("", [])
    assert broken["failures"][0]["action"] == "import"
    assert "nothing_of_this_name" in broken["failures"][0]["reason"]
    assert set(found) == {"probe", "broken"}


def test_settings_are_shown_but_no_secret(root: Program) -> None:
    answer = root("GET", f"{API}/admin/settings")
    found = {item["variable"]: item["value"] for item in good(answer)["items"]}

    assert list(found) == [spec.variable for spec in SETTINGS]
    settings = tools().settings
    assert found["GITINSIGHT_HOME"] == str(settings.home)
    assert found["GITINSIGHT_SECRET_KEY"] == found["GITINSIGHT_METRICS_TOKEN"] == "set"
    assert found["GITINSIGHT_GITHUB_CLIENT_SECRET"] == ""
    assert found["REDIS_URL"].startswith("unix://")
    assert settings.secret_key not in answer.text
    assert "hidden-token" not in answer.text


@pytest.mark.parametrize(
    ("variable", "given", "shown"),
    [
        ("REDIS_URL", "redis://:pass@127.0.0.1:1/0?password=pass", "redis://127.0.0.1:1/0"),
        (
            "DATABASE_URL",
            "postgresql://ann:pass@db.example:5433/insight?password=pass",
            "postgresql://db.example:5433/insight",
        ),
        ("DATABASE_URL", "postgresql://ann:12/pass@db.example/insight", "postgresql://db.example/insight"),
        ("DATABASE_URL", "postgresql://ann:a?pass@db.example/insight", "postgresql://…"),
        ("DATABASE_URL", "sqlite:////srv/a@b/insight.db", "sqlite:////srv/a@b/insight.db"),
        ("GITINSIGHT_HISTORY_URL", "s3://key:pass@bucket/history", "s3://bucket/history"),
        ("GITINSIGHT_HISTORY_URL", "simplecache::s3://key:a/pass@bucket/h", "simplecache::s3://bucket/h"),
        ("GITINSIGHT_HISTORY_URL", "abfs://bucket/history?key=pass", "abfs://bucket/history"),
        ("GITINSIGHT_SECRET_KEY", "redis://pass@pass/pass-and-thirty-two-signs", "set"),
    ],
)
def test_addresses_are_shown_without_the_credentials_in_them(
    app: Flask, monkeypatch: pytest.MonkeyPatch, root: Program, variable: str, given: str, shown: str
) -> None:
    field = next(spec.field for spec in SETTINGS if spec.variable == variable)
    toolbox = tools()
    monkeypatch.setitem(
        app.extensions, "gitinsight", replace(toolbox, settings=replace(toolbox.settings, **{field: given}))
    )
    answer = root("GET", f"{API}/admin/settings")
    found = {item["variable"]: item["value"] for item in good(answer)["items"]}
    assert found[variable].replace("+psycopg", "") == shown
    assert "pass" not in {word for item in found.values() for word in re.split(r"\W", item)}


def test_statistics_tell_what_there_is_and_how_long_analyses_take(root: Program, tmp_path: Path) -> None:
    analysed(small_repository(tmp_path / "one"), "probe")
    repositories.add(OPERATOR, str(small_repository(tmp_path / "two").git_dir))

    found = good(root("GET", f"{API}/system/stats"))
    assert found["repositories"] == {"never": 1, "ready": 1}
    assert found["users"] == 1
    assert found["analyses"]["ended"] == {"succeeded": 1, "partial": 0, "failed": 0, "cancelled": 0}
    assert 0 < found["analyses"]["median_seconds"] == found["analyses"]["slow_seconds"]
    assert set(found["analyzers"]) == {"probe"}
    assert 0 < found["analyzers"]["probe"]["median_seconds"] < found["analyses"]["median_seconds"]
    assert found["workers"] == {"present": 0, "busy": 0, "waiting": {"default": 0, "interactive": 0}}
    assert found["database_bytes"] > 100_000
    assert found["free_bytes"] > 0


def test_nothing_analysed_and_no_redis_are_told_too(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    nowhere = f"unix://{tmp_path}/nowhere"
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), REDIS_URL=nowhere) as application:
        root = Program(application, "root", Role.ADMIN)
        found = good(root("GET", f"{API}/system/stats"))
        status = good(root("GET", f"{API}/system/status"))
    assert found["workers"] is None
    assert found["analyses"]["median_seconds"] is None
    assert status["status"] == "failing"
    assert {part["name"]: part["ok"] for part in status["parts"]} == {
        "database": True,
        "redis": False,
        "home": True,
    }


def test_the_status_is_everybodys_and_its_details_are_the_admins(root: Program, guest: FlaskClient) -> None:
    public = good(guest.get(f"{API}/system/status"))
    assert public["status"] == "ok"
    assert {part["name"] for part in public["parts"]} == {"database", "redis", "home"}
    assert public["version"] is None
    assert {part["detail"] for part in public["parts"]} == {None}
    told = good(root("GET", f"{API}/system/status"))
    assert told["version"] == __version__
    assert {part["detail"] for part in told["parts"]} == {""}


@pytest.mark.parametrize(
    "path", ["admin/users", "admin/keys", "admin/jobs", "admin/plugins", "admin/settings", "system/stats"]
)
def test_nobody_else_reads_any_of_it(app: Flask, guest: FlaskClient, ann: Program, path: str) -> None:
    limited = Program(app, "root", Role.ADMIN, Permission.REPOSITORY_READ)

    assert guest.get(f"{API}/{path}").status_code == 401
    assert ann("GET", f"{API}/{path}").status_code == 403
    assert limited("GET", f"{API}/{path}").status_code == 403


def test_the_figures_hold_while_a_worker_is_there(root: Program) -> None:
    connection = Redis.from_url(tools().settings.redis_url)

    worker = Worker(tools().queues.all, connection=connection)
    worker.register_birth()
    try:
        assert good(root("GET", f"{API}/system/stats"))["workers"]["present"] == 1
    finally:
        worker.register_death()
