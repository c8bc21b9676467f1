"""The audit log as admins find it: in the API, on its page and at the command line; and what is written there."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from click.testing import CliRunner
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import event, select

from gitinsight.cli import gitinsight
from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.services import accounts, analyses, audit_chain, feeds, refusal_memory, repositories
from gitinsight.services.context import session, tools
from gitinsight.store.audit import AuditRow
from gitinsight.store.base import db
from tests.conftest import sign_in
from tests.probing import Program, analysed, probed_app, small_repository
from tests.signing import bearer_of

PATH = "/api/v1/admin/audit"
PAGE = "/admin/audit"


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(
        tmp_path, valkey_socket, migrated_sqlite, GITINSIGHT_ALLOW_LOCAL_PATHS="true"
    ) as application:
        yield application


@pytest.fixture
def root(app: Flask) -> Program:
    return Program(app, "root", Role.ADMIN)


def found(root: Program, query: str = "") -> list[dict[str, Any]]:
    answer = root("GET", f"{PATH}?{query}")
    assert answer.status_code == 200, answer.text
    return list(answer.json["items"])


def actions(root: Program, query: str = "") -> list[str]:
    return [item["action"] for item in found(root, query)]


def rows() -> list[AuditRow]:
    return list(session().scalars(select(AuditRow).order_by(AuditRow.at, AuditRow.id)))


def test_only_admins_read_it(app: Flask, guest: FlaskClient) -> None:
    ann = Program(app, "ann")
    limited = Program(app, "root", Role.ADMIN, Permission.REPOSITORY_READ)

    assert guest.get(PATH).status_code == 401
    assert ann("GET", PATH).status_code == 403
    assert limited("GET", PATH).status_code == 403
    assert guest.get(PAGE).status_code == 302
    assert sign_in(app, "ann", Role.USER).get(PAGE).status_code == 403
    assert sign_in(app, "root", Role.ADMIN).get(PAGE).status_code == 200


def test_only_admins_are_led_there(app: Flask, guest: FlaskClient) -> None:
    for client, led in (
        (guest, False),
        (sign_in(app, "ann", Role.USER), False),
        (sign_in(app, "root", Role.ADMIN), True),
    ):
        assert ('href="/admin"' in client.get("/").text) is led
    assert sign_in(app, "root", Role.ADMIN).get("/admin").location == "/admin/users"


def test_a_change_is_told_with_who_did_it_to_what_and_in_which_request(app: Flask, root: Program) -> None:
    ann = Program(app, "ann")
    answer = ann("POST", "/api/v1/repositories", json={"url": "tell/me", "analyze": False})

    (entry,) = found(root, "action=repository.added")
    moment = entry.pop("at")
    assert moment <= clock.now().isoformat()
    assert entry == {
        "id": entry["id"],
        "sequence": None,
        "actor_id": str(ann.user_id),
        "actor_name": "ann",
        "action": "repository.added",
        "object_type": "repository",
        "object_id": answer.json["repository"]["id"],
        "details": {"clone_url": "https://github.com/tell/me"},
        "trace_id": answer.headers["X-Request-ID"],
    }
    audit_chain.seal_rows()
    assert found(root, "action=repository.added")[0]["sequence"] > 0


def test_the_filters_keep_what_they_name(app: Flask, root: Program) -> None:
    ann = Program(app, "ann")
    answer = ann("POST", "/api/v1/repositories", json={"url": "one/tool", "analyze": False})
    repository_id, trace = answer.json["repository"]["id"], answer.headers["X-Request-ID"]
    ann("POST", f"/api/v1/repositories/{repository_id}/follow")

    assert actions(root, "actor=ann") == ["repository.followed", "repository.added"]
    assert actions(root, f"actor={ann.user_id}") == ["repository.followed", "repository.added"]
    assert actions(root, "actor=an") == []
    assert actions(root, "action=repository") == ["repository.followed", "repository.added"]
    assert actions(root, "action=repository.f") == ["repository.followed"]
    assert actions(root, "action=repository_") == [], "no wildcards"
    assert actions(root, f"object_type=repository&object_id={repository_id}") == [
        "repository.followed",
        "repository.added",
    ]
    assert actions(root, "object_type=job") == []
    assert actions(root, f"trace_id={trace}") == ["repository.added"]


def test_times_are_from_and_before(app: Flask, root: Program) -> None:
    feeds.audit(OPERATOR, "test.one")
    session().commit()
    (row,) = [row for row in rows() if row.action == "test.one"]
    here, later = (quote(at.isoformat()) for at in (row.at, row.at + timedelta(microseconds=1)))

    assert "test.one" in actions(root, f"since={here}")
    assert "test.one" not in actions(root, f"until={here}")
    assert "test.one" in actions(root, f"until={later}")
    assert "test.one" not in actions(root, f"since={later}")


def test_pages_follow_each_other_without_gaps_while_rows_are_added(app: Flask, root: Program) -> None:
    for number in range(7):
        feeds.audit(OPERATOR, f"test.{number}", ("sample", ""))
    session().commit()
    seen, cursor = [], ""
    while cursor is not None:
        answer = root("GET", f"{PATH}?object_type=sample&limit=3&cursor={cursor}")
        seen += [item["action"] for item in answer.json["items"]]
        cursor = answer.json["next_cursor"]
        feeds.audit(OPERATOR, "test.later", ("sample", ""))
        session().commit()

    assert sorted(seen) == [f"test.{number}" for number in range(7)]


@pytest.mark.parametrize(
    "query", ["cursor=x", "since=yesterday", "limit=0", "nonsense=1", "actor=" + "x" * 101]
)
def test_what_is_not_a_search_is_refused(app: Flask, root: Program, query: str) -> None:
    assert root("GET", f"{PATH}?{query}").status_code == 422


def test_a_page_costs_the_same_queries_whatever_its_size(app: Flask, root: Program) -> None:
    for number in range(60):
        feeds.audit(OPERATOR, f"test.{number}")
    session().commit()
    root("GET", PATH)
    counts = []
    for limit in (1, 50):
        statements: list[str] = []

        def note(
            _c: object, _k: object, statement: str, *_rest: object, kept: list[str] = statements
        ) -> None:
            kept.append(statement)

        event.listen(db.engine, "before_cursor_execute", note)
        root("GET", f"{PATH}?limit={limit}")
        event.remove(db.engine, "before_cursor_execute", note)
        counts.append(len(statements))

    assert counts[0] == counts[1] <= 4


def test_the_page_shows_rows_and_leads_to_more_like_them(app: Flask, root: Program) -> None:
    Program(app, "ann")("POST", "/api/v1/repositories", json={"url": "one/tool", "analyze": False})
    audit_chain.seal_rows()
    browser = sign_in(app, "root", Role.ADMIN)

    page = browser.get(f"{PAGE}?action=repository.").text

    assert "https://github.com/one/tool" in page
    assert re.search(r"row \d+", page)
    assert f'href="{PAGE}?actor=ann"' in page
    assert "not sealed yet" in browser.get(PAGE).text, "the sign-in is younger than the last sealing"


def test_the_page_goes_on_to_older_rows_and_keeps_the_filters(app: Flask, root: Program) -> None:
    for number in range(101):
        feeds.audit(OPERATOR, "test.row", ("thing", f"#{number}"))
    session().commit()
    browser = sign_in(app, "root", Role.ADMIN)

    first = browser.get(f"{PAGE}?action=test.row").text
    older = re.search(r'rel="next" href="([^"]+)"', first)
    assert older is not None
    second = browser.get(older[1].replace("&amp;", "&")).text

    shown = [re.findall(r">(#\d+)<", page) for page in (first, second)]
    assert [len(page) for page in shown] == [100, 1]
    assert len({*shown[0], *shown[1]}) == 101
    assert 'rel="next"' not in second
    assert "Newest" in second


def test_a_day_of_the_form_is_a_whole_one(app: Flask, root: Program) -> None:
    feeds.audit(OPERATOR, "test.row")
    session().commit()
    browser, today = sign_in(app, "root", Role.ADMIN), clock.now().date().isoformat()

    assert "test.row" in browser.get(f"{PAGE}?since={today}&until={today}&action=test.row").text
    assert "Nothing found" in browser.get(f"{PAGE}?until=2001-01-01").text
    assert "test.row" in browser.get(f"{PAGE}?until=9999-12-31").text
    refused = browser.get(f"{PAGE}?since=yesterday")
    assert refused.status_code == 422
    assert "is no day" in refused.text
    assert browser.get(f"{PAGE}?cursor=x").status_code == 422


def test_what_others_wrote_is_text_on_the_page(app: Flask, root: Program) -> None:
    feeds.audit(OPERATOR, "test.row", ("thing", "<b>x</b>"), note="<script>alert(1)</script>", words=["<i>"])
    session().commit()

    page = sign_in(app, "root", Role.ADMIN).get(f"{PAGE}?action=test.row").text

    assert "<script>alert" not in page
    assert "<b>x" not in page
    assert "<i>" not in page


def test_refusals_are_written_down_with_where_they_came_from(
    app: Flask, root: Program, guest: FlaskClient
) -> None:
    ann = Program(app, "ann")
    ann("GET", PATH)
    guest.get("/api/v1/repositories", headers={"Authorization": "Bearer gi_wrong"})
    guest.post("/api/v1/auth/refresh", json={"refresh_token": "gir_wrong"})

    told = [
        (item["actor_name"], item["object_id"], item["details"]) for item in found(root, "action=access.")
    ]
    assert [(actor, endpoint) for actor, endpoint, _ in told] == [
        ("guest", "credentials.refresh_token"),
        ("guest", "repositories.list_repositories"),
        ("ann", "administration.list_audit"),
    ]
    assert told[2][2] == {
        "code": "AUTHORIZATION_DENIED",
        "permission": "admin:system",
        "method": "GET",
        "path": PATH,
        "address": "127.0.0.1",
    }
    assert not any("wrong" in json.dumps(details) for _, _, details in told)


def test_who_is_only_asked_to_sign_in_was_not_refused(app: Flask, root: Program, guest: FlaskClient) -> None:
    guest.get("/account")
    guest.post("/api/v1/repositories", json={"url": "a/b"})
    guest.get("/nowhere")

    assert found(root, "action=access.") == []


def test_however_often_somebody_is_refused_few_rows_are_written(
    app: Flask, root: Program, guest: FlaskClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    start = clock.now()
    wrong = {"Authorization": "Bearer gi_wrong"}
    for _ in range(5):
        guest.get("/api/v1/repositories", headers=wrong)
    assert len(found(root, "action=access.")) == 1
    for number in range(refusal_memory.MOST_A_WINDOW + 20):
        guest.get("/api/v1/repositories", headers=wrong, environ_base={"REMOTE_ADDR": f"192.0.2.{number}"})
    assert len(found(root, "action=access.&limit=200")) == refusal_memory.MOST_A_WINDOW

    monkeypatch.setattr(clock, "now", lambda: start + refusal_memory.WINDOW + timedelta(seconds=10))
    guest.get("/api/v1/repositories", headers=wrong)
    assert len(found(root, "action=access.&limit=200")) == refusal_memory.MOST_A_WINDOW + 1


def test_a_refused_request_leaves_nothing_else_behind(app: Flask, root: Program) -> None:
    before = {row.id for row in rows()}
    ann = Program(app, "ann")
    added = repositories.add(OPERATOR, "operators/own")

    assert ann("PUT", f"/api/v1/repositories/{added.id}", json={"description": "mine"}).status_code == 403

    assert repositories.get(OPERATOR, added.id).description == ""
    assert "repository.changed" not in {row.action for row in rows() if row.id not in before}


def test_an_export_is_written_down_and_an_answer_without_a_body_is_not(
    app: Flask, root: Program, tmp_path: Path
) -> None:
    repository_id, _ = analysed(small_repository(tmp_path / "tool"), "probe")
    path = f"/api/v1/repositories/{repository_id}/insights?format=csv"
    first = root("GET", path, buffered=True)
    again = root("GET", path, headers={"If-None-Match": first.headers["ETag"]})

    assert (first.status_code, again.status_code) == (200, 304)
    (entry,) = found(root, "action=results.exported")
    assert (entry["object_id"], entry["details"]["what"], entry["details"]["form"]) == (
        str(repository_id),
        "insights",
        "csv",
    )


def test_an_analysis_that_came_to_nothing_is_written_down(app: Flask, root: Program, tmp_path: Path) -> None:
    repository = small_repository(tmp_path / "gone")
    added = repositories.add(OPERATOR, str(repository.git_dir))
    job = analyses.request(OPERATOR, added.id, ("probe",))
    analyses.fail_analysis(job.id, "SOURCE_UNREACHABLE", "It is gone.")
    session().commit()

    (entry,) = found(root, "action=analysis.failed")
    assert entry["details"] == {"job_id": str(job.id), "code": "SOURCE_UNREACHABLE"}


def test_no_secret_is_in_the_log(app: Flask, tmp_path: Path) -> None:
    accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "test")
    link = accounts.issue_login_link("ann")
    ann = Program(app, "ann")
    client = app.test_client()
    pair = client.post("/api/v1/auth/token", headers=bearer_of(key)).json
    client.post("/api/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    client.post("/api/v1/auth/refresh", json={"refresh_token": pair["refresh_token"]})
    client.get(f"/login/link/{link}")
    client.get(f"/login/link/{link}")
    client.post(f"/login/link/{link}")
    client.get("/auth/github/callback?code=hunter2&state=hunter2")
    client.get("/api/v1/repositories?token=hunter2", headers={"Authorization": "Basic aHVudGVyMg=="})
    ann("POST", "/api/v1/repositories", json={"url": "https://me:hunter2@example.com/a/b", "analyze": False})
    audit_chain.seal_rows()

    secrets = (key.secret, key.signing_secret, link, pair["access_token"], pair["refresh_token"], "hunter2")
    written = [json.dumps([row.object_id, row.details, row.actor_name, row.trace_id]) for row in rows()]
    assert len(written) > 8
    assert [(secret, text) for secret in secrets for text in written if secret in text] == []


def told(*arguments: str, **environment: str) -> tuple[int, str]:
    """The exit code and the words of `gitinsight audit` on this test's installation."""
    settings = tools().settings
    run = CliRunner().invoke(
        gitinsight,
        ["audit", *arguments],
        env=dict(settings.environment) | {"REDIS_URL": settings.redis_url} | environment,
        input="y\n",
    )
    assert run.exception is None or isinstance(run.exception, SystemExit), run.exception
    return run.exit_code, run.output


def test_the_command_says_that_the_log_is_whole_and_what_to_note(app: Flask) -> None:
    feeds.audit(OPERATOR, "test.one")
    session().commit()
    audit_chain.seal_rows()
    feeds.audit(OPERATOR, "test.two")
    session().commit()

    code, text = told("verify")

    assert code == 0
    assert "1 rows checked, 0 anchors used" in text
    assert "1 rows wait for the scheduler" in text
    noted = re.search(r"The log is whole, up to (1:[0-9a-f]{64})", text)
    assert noted is not None
    assert told("verify", "--noted", noted[1])[0] == 0
    assert told("verify", "--noted", f"1:{'a' * 64}")[0] == 1
    assert told("verify", "--noted", "1:x")[0] == 2
    code, text = told("verify", "--json")
    assert (code, json.loads(text)["ok"], json.loads(text)["damage"]) == (0, True, None)


def test_the_command_names_the_damaged_row_and_an_operator_accepts_it(app: Flask) -> None:
    for number in range(3):
        feeds.audit(OPERATOR, f"test.{number}")
        session().commit()
    audit_chain.seal_rows()
    with db.engine.begin() as connection:
        connection.exec_driver_sql("DROP TRIGGER audit_logs_stay")
        connection.exec_driver_sql("UPDATE audit_logs SET action = 'evil\x1b[2J' WHERE sequence = 2")

    code, text = told("verify")
    assert code == 1
    assert "DAMAGED at row 2 (" in text
    assert "\x1b" not in text
    code, text = told("verify", "--json")
    damage = json.loads(text)["damage"]
    assert (code, damage["sequence"], damage["row_id"] is not None) == (1, 2, True)

    assert told("accept", "--reason", "looked into") == (0, text_of_acceptance())
    audit_chain.seal_rows()
    code, text = told("verify")
    assert code == 0
    assert "The rows up to 3 were accepted by an operator and are not checked." in text


def text_of_acceptance() -> str:
    return (
        "Vouch for all rows so far, and begin the chain anew behind them? [y/N]: y\n"
        "The chain begins anew behind row 3.\n"
    )
