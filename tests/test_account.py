"""A user's own page: keys shown once, browsers signed out, and nothing of anybody else."""

from __future__ import annotations

import re

from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import Role
from gitinsight.services import accounts
from gitinsight.services.context import session
from gitinsight.store.audit import AuditRow
from tests.conftest import sign_in


def token(client: FlaskClient) -> str:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    assert found is not None
    return found[1]


def test_a_key_is_made_shown_once_used_and_revoked(app: Flask, user: FlaskClient, guest: FlaskClient) -> None:
    form = {"csrf_token": token(user), "name": "CI", "days": "90", "scope": ["insights:read"]}
    made = user.post("/account/keys", data=form)
    secret = re.search(r'id="secret">(gi_[^<]+)<', made.text)
    assert secret is not None
    assert made.headers["Cache-Control"] == "no-store"
    headers = {"Authorization": f"Bearer {secret[1]}"}

    answer = guest.get("/api/v1/auth/me", headers=headers)

    assert answer.json["permissions"] == ["insights:read"]
    page = user.get("/account").text
    assert secret[1] not in page
    assert secret[1][:11] in page
    path = re.search(r'action="(/account/keys/[^"]+/revoke)"', page)
    assert path is not None
    assert user.post(path[1], data={"csrf_token": token(user)}).status_code == 302
    assert guest.get("/api/v1/auth/me", headers=headers).status_code == 401
    assert "no key yet" in user.get("/account").text


def test_a_form_that_is_wrong_makes_no_key(user: FlaskClient) -> None:
    for change in ({"name": " "}, {"days": "1"}, {"scope": ["nothing"]}):
        form = {"csrf_token": token(user), "name": "CI", "days": "90"} | change
        assert user.post("/account/keys", data=form).status_code == 422, change
    assert "no key yet" in user.get("/account").text


def test_who_asks_for_more_than_he_may_gets_no_key_and_it_is_written_down(user: FlaskClient) -> None:
    form = {"csrf_token": token(user), "name": "CI", "days": "90", "scope": ["admin:system"]}

    assert user.post("/account/keys", data=form).status_code == 403

    assert "You have no key yet" in user.get("/account").text
    row = session().query(AuditRow).filter_by(action="access.refused").one()
    assert (row.actor_name, row.details["permission"]) == ("ann", "admin:system")


def test_other_browsers_are_signed_out(app: Flask, user: FlaskClient) -> None:
    other = sign_in(app, "ann", Role.USER)
    paths = re.findall(r'action="(/account/sessions/[^"]+/end)"', user.get("/account").text)
    assert len(paths) == 1

    user.post(paths[0], data={"csrf_token": token(user)})

    assert other.get("/account").status_code == 302
    assert user.get("/account").status_code == 200
    left = user.post("/account/sessions/end", data={"csrf_token": token(user)})
    assert user.get("/account").status_code == 302
    assert left.headers["Clear-Site-Data"] == '"cache"'


def test_who_signs_out_leaves_no_page_in_his_browser(user: FlaskClient) -> None:
    left = user.post("/logout", data={"csrf_token": token(user)})

    assert left.headers["Clear-Site-Data"] == '"cache"'


def test_what_is_another_users_is_not_found(app: Flask, user: FlaskClient) -> None:
    accounts.ensure_user("bob", Role.USER)
    key = accounts.issue_key("bob", "bobs")

    answer = user.post(f"/account/keys/{key.id}/revoke", data={"csrf_token": token(user)})

    assert answer.status_code == 404
    assert "bobs" not in user.get("/account").text


def test_a_guest_is_asked_to_sign_in(guest: FlaskClient) -> None:
    assert guest.get("/account").location.startswith("/login")
