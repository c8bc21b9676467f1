"""Credentials over the API: tokens and their renewal, keys and their rotation, signatures, sessions."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from flask import Flask
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import KeySet

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.errors import ConfigurationError
from gitinsight.services import accounts, rotation, signing_keys, tokens
from gitinsight.services.context import session, tools
from gitinsight.store import people
from gitinsight.store.audit import AuditRow
from gitinsight.store.people import ApiKey
from gitinsight.store.sessions import BrowserSession
from gitinsight.vault import Vault
from tests.conftest import sign_in
from tests.probing import Program, probed_app
from tests.signing import forged, signature

API = "/api/v1/auth"


@pytest.fixture
def app(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Flask]:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, ()) as application:
        yield application


@pytest.fixture
def ann(app: Flask) -> Program:
    return Program(app, "ann")


def pair_of(program: Program, *scopes: Permission) -> dict[str, Any]:
    answer = program("POST", f"{API}/token", json={"scopes": list(scopes)})
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json
    return found


def me(guest: FlaskClient, token: str) -> int:
    return guest.get(f"{API}/me", headers={"Authorization": f"Bearer {token}"}).status_code


def audited() -> list[str]:
    session().expire_all()
    return [row.action for row in session().query(AuditRow).order_by(AuditRow.at)]


def forms_token(client: FlaskClient) -> dict[str, str]:
    found = re.search(r'name="csrf-token" content="([^"]+)"', client.get("/").text)
    assert found is not None
    return {"X-CSRFToken": found[1]}


def test_a_key_becomes_a_token_that_stands_for_its_user(guest: FlaskClient, ann: Program) -> None:
    pair = pair_of(ann)

    assert (pair["token_type"], pair["expires_in"]) == ("Bearer", 900)
    answer = guest.get(f"{API}/me", headers={"Authorization": f"Bearer {pair['access_token']}"})
    assert answer.json["user"]["username"] == "ann"
    assert "repository:analyze" in answer.json["permissions"]
    assert answer.json["user"]["role"] == "user"


def test_answers_with_secrets_are_stored_nowhere(ann: Program) -> None:
    answer = ann("POST", f"{API}/token", json={})

    assert answer.headers["Cache-Control"] == "no-store"


def test_a_session_becomes_a_token_with_the_forms_token_only(app: Flask) -> None:
    browser = sign_in(app, "ann", Role.USER)

    assert browser.post(f"{API}/token", json={}).status_code == 403
    answer = browser.post(f"{API}/token", json={}, headers=forms_token(browser))

    assert answer.status_code == 200
    assert me(app.test_client(), answer.json["access_token"]) == 200


def test_a_token_has_no_more_scopes_than_were_asked_for(guest: FlaskClient, ann: Program) -> None:
    token = pair_of(ann, Permission.REPOSITORY_READ)["access_token"]
    headers = {"Authorization": f"Bearer {token}"}

    assert guest.get("/api/v1/repositories", headers=headers).status_code == 200
    assert guest.post("/api/v1/repositories", headers=headers, json={"url": "a/b"}).status_code == 403


def test_nobody_gets_more_scopes_than_his_credential_has(app: Flask) -> None:
    reader = Program(app, "bob", Role.USER, Permission.REPOSITORY_READ)

    for path in (f"{API}/token", f"{API}/keys"):
        body = json.dumps({"scopes": ["insights:read"], **({"name": "x"} if "keys" in path else {})}).encode()
        headers = signature(reader.key.signing_secret, "POST", path, body)
        answer = reader("POST", path, headers=headers, data=body, content_type="application/json")
        assert answer.status_code == 403, path
        assert answer.json["error"]["details"]["permission"] == "insights:read"


def test_a_token_begets_no_tokens(guest: FlaskClient, ann: Program) -> None:
    headers = {"Authorization": f"Bearer {pair_of(ann)['access_token']}"}

    assert guest.post(f"{API}/token", headers=headers, json={}).status_code == 403


def test_a_refresh_token_is_good_once_and_its_second_use_ends_all_that_followed(
    guest: FlaskClient, ann: Program
) -> None:
    first = pair_of(ann)
    second = guest.post(f"{API}/refresh", json={"refresh_token": first["refresh_token"]}).json
    assert me(guest, second["access_token"]) == 200

    again = guest.post(f"{API}/refresh", json={"refresh_token": first["refresh_token"]})

    assert again.status_code == 401
    assert me(guest, second["access_token"]) == 401, "the thief's and the owner's tokens alike"
    assert me(guest, first["access_token"]) == 401
    assert guest.post(f"{API}/refresh", json={"refresh_token": second["refresh_token"]}).status_code == 401
    assert "token.reuse_detected" in audited()


@pytest.mark.parametrize("which", ["access_token", "refresh_token"])
def test_a_revoked_token_ends_with_its_family(guest: FlaskClient, ann: Program, which: str) -> None:
    pair = pair_of(ann)

    assert guest.post(f"{API}/revoke", json={"token": pair[which]}).status_code == 204

    assert me(guest, pair["access_token"]) == 401
    assert guest.post(f"{API}/refresh", json={"refresh_token": pair["refresh_token"]}).status_code == 401
    assert guest.post(f"{API}/revoke", json={"token": "unknown"}).status_code == 204


def test_a_token_ends_with_the_key_that_it_came_from(guest: FlaskClient, ann: Program) -> None:
    token = pair_of(ann)["access_token"]

    assert ann("DELETE", f"{API}/keys/{ann.key.id}").status_code == 204

    assert me(guest, token) == 401
    assert me(guest, ann.key.secret) == 401


def test_a_token_ends_with_the_session_that_it_came_from(app: Flask, guest: FlaskClient) -> None:
    browser = sign_in(app, "ann", Role.USER)
    token = browser.post(f"{API}/token", json={}, headers=forms_token(browser)).json["access_token"]

    browser.post("/logout", headers=forms_token(browser))

    assert me(guest, token) == 401


def test_a_user_who_is_shut_out_is_out_everywhere(app: Flask, guest: FlaskClient, ann: Program) -> None:
    browser, token = sign_in(app, "ann", Role.USER), pair_of(ann)["access_token"]
    user = people.user_by_name(session(), "ann")
    assert user is not None
    link = accounts.issue_login_link("ann")
    user.disabled_at = clock.now()
    session().commit()

    assert browser.get("/repositories/add").status_code == 302
    assert me(guest, token) == 401
    assert me(guest, ann.key.secret) == 401
    assert guest.get(f"/login/link/{link}").status_code == 401
    assert accounts.viewer_by_id(ann.user_id) is None


@pytest.mark.parametrize(
    "kind",
    [
        *("another key", "public key as a shared secret", "no algorithm", "expired", "another audience"),
        *("another issuer", "an unknown family", "a family that is no id", "another type"),
    ],
)
def test_a_forged_or_expired_token_is_refused(guest: FlaskClient, ann: Program, kind: str) -> None:
    token = pair_of(ann)["access_token"]

    assert me(guest, token) == 200
    assert me(guest, forged(token, kind)) == 401


def test_the_published_keys_verify_a_token(guest: FlaskClient, ann: Program) -> None:
    token = pair_of(ann)["access_token"]

    published = guest.get(f"{API}/jwks").json

    found = jwt.decode(token, KeySet.import_key_set(published), algorithms=["ES256"])
    assert UUID(found.claims["sub"]) == ann.user_id
    assert all("d" not in key for key in published["keys"]), "no private part"


def test_new_keys_sign_nobody_out(guest: FlaskClient, ann: Program) -> None:
    before = pair_of(ann)

    assert rotation.rotate() >= 2
    after = pair_of(ann)

    assert me(guest, before["access_token"]) == me(guest, after["access_token"]) == 200
    assert len(guest.get(f"{API}/jwks").json["keys"]) == 2


def test_a_retired_key_is_forgotten_when_all_its_tokens_have_ended(
    guest: FlaskClient, ann: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    pair_of(ann)
    rotation.rotate()
    monkeypatch.setattr(signing_keys, "KEPT_AFTER_RETIREMENT", timedelta(seconds=-1))

    rotation.rotate()

    assert len(guest.get(f"{API}/jwks").json["keys"]) == 1


def test_a_new_secret_key_takes_over_what_the_former_encrypted(ann: Program) -> None:
    former = tools().settings.secret_key
    old, both, new = Vault([former]), Vault(["n" * 40, former]), Vault(["n" * 40])
    stored = old.encrypt("secret")

    assert both.decrypt(stored) == "secret"
    assert new.decrypt(both.renewed(stored)) == "secret"
    with pytest.raises(ConfigurationError, match="GITINSIGHT_SECRET_KEY_FALLBACKS"):
        new.decrypt(stored)


def test_the_database_holds_no_secret_in_clear(app: Flask, ann: Program) -> None:
    pair = pair_of(ann)
    browser = sign_in(app, "ann", Role.USER)
    cookie = browser.get_cookie("gitinsight_session")
    assert cookie is not None

    dump = "\n".join(session().connection().connection.driver_connection.iterdump())  # type: ignore[union-attr]

    for secret in (ann.key.secret, ann.key.signing_secret, pair["refresh_token"], pair["access_token"]):
        assert secret not in dump
    assert '"d"' not in dump, "the private part of a signing key"


def create(program: Program, body: dict[str, Any], path: str = f"{API}/keys", **changes: Any) -> Any:
    text = json.dumps(body).encode()
    headers = signature(program.key.signing_secret, "POST", path, text, **changes)
    return program("POST", path, headers=headers, data=text, content_type="application/json")


def test_a_key_makes_a_key_by_a_signed_request(guest: FlaskClient, ann: Program) -> None:
    made = create(ann, {"name": "CI", "scopes": ["insights:read"], "expires_in_days": 30})

    assert made.status_code == 201, made.text
    assert made.json["scopes"] == ["insights:read"]
    assert me(guest, made.json["secret"]) == 200
    listed = ann("GET", f"{API}/keys").json["items"]
    assert [key["name"] for key in listed] == ["CI", "test"]
    assert made.json["secret"] not in json.dumps(listed)
    assert listed[0]["prefix"] == made.json["secret"][:11]


def test_an_unsigned_request_makes_no_key(ann: Program) -> None:
    refused = ann("POST", f"{API}/keys", json={"name": "CI"})

    assert refused.status_code == 403
    assert refused.json["error"]["details"]["signature"] == "required"
    assert len(ann("GET", f"{API}/keys").json["items"]) == 1


@pytest.mark.parametrize(
    ("changes", "told"),
    [({"seconds": -301}, "stale"), ({"seconds": 302}, "stale"), ({"nonce": "short"}, "wrong")],
)
def test_a_signature_out_of_its_time_or_form_is_refused(
    ann: Program, changes: dict[str, Any], told: str
) -> None:
    refused = create(ann, {"name": "CI"}, **changes)

    assert (refused.status_code, refused.json["error"]["details"]["signature"]) == (401, told)


def test_a_signed_request_is_good_once(ann: Program) -> None:
    assert create(ann, {"name": "one"}, nonce="n" * 20).status_code == 201

    again = create(ann, {"name": "one"}, nonce="n" * 20)

    assert (again.status_code, again.json["error"]["details"]["signature"]) == (401, "replayed")


def test_what_was_signed_cannot_be_changed_on_the_way(ann: Program) -> None:
    path, body = f"{API}/keys", b'{"name": "CI"}'
    good = signature(ann.key.signing_secret, "POST", path, body)

    for headers, target, sent in (
        (good, path, b'{"name": "CJ"}'),
        (good, f"{path}?x=1", body),
        (signature(ann.key.signing_secret, "PUT", path, body), path, body),
        (signature(ann.key.secret, "POST", path, body), path, body),
        ({**good, "X-GitInsight-Timestamp": str(int(good["X-GitInsight-Timestamp"]) + 1)}, path, body),
    ):
        refused = ann("POST", target, headers=headers, data=sent, content_type="application/json")
        assert (refused.status_code, refused.json["error"]["details"]["signature"]) == (401, "wrong")


def test_a_token_signs_with_the_key_that_it_came_from(guest: FlaskClient, ann: Program) -> None:
    token, path = pair_of(ann)["access_token"], f"{API}/keys/{ann.key.id}"
    headers = {"Authorization": f"Bearer {token}"}

    assert guest.delete(path, headers=headers).status_code == 403
    signed = headers | signature(ann.key.signing_secret, "DELETE", path)
    assert guest.delete(path, headers=signed).status_code == 204


def test_a_token_of_a_session_cannot_do_what_has_to_be_signed(app: Flask, guest: FlaskClient) -> None:
    browser = sign_in(app, "ann", Role.USER)
    token = browser.post(f"{API}/token", json={}, headers=forms_token(browser)).json["access_token"]

    refused = guest.post(f"{API}/keys", json={"name": "x"}, headers={"Authorization": f"Bearer {token}"})

    assert refused.status_code == 403


def test_a_rotated_key_goes_on_for_the_overlap(guest: FlaskClient, ann: Program) -> None:
    path = f"{API}/keys/{ann.key.id}/rotate"

    made = create(ann, {"overlap_hours": 2}, path)

    assert made.status_code == 201, made.text
    assert made.json["name"] == "test"
    assert me(guest, made.json["secret"]) == me(guest, ann.key.secret) == 200
    ends = session().get_one(ApiKey, ann.key.id).expires_at
    assert ends is not None
    assert timedelta(hours=1) < ends - clock.now() <= timedelta(hours=2)
    assert create(ann, {"overlap_hours": 0}, path).status_code == 201
    assert me(guest, ann.key.secret) == 401


def test_a_weak_key_cannot_be_turned_into_a_strong_one(app: Flask, ann: Program) -> None:
    weak = Program(app, "ann", Role.USER, Permission.REPOSITORY_READ)

    refused = create(weak, {}, f"{API}/keys/{ann.key.id}/rotate")

    assert refused.status_code == 403


def test_another_users_key_is_not_found(app: Flask, ann: Program) -> None:
    bob = Program(app, "bob")

    assert bob("DELETE", f"{API}/keys/{ann.key.id}").status_code == 404
    assert create(bob, {}, f"{API}/keys/{ann.key.id}/rotate").status_code == 404


def test_a_user_has_so_many_keys_and_no_more(ann: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitinsight.services.api_keys.MOST_KEYS", 2)

    assert create(ann, {"name": "second"}).status_code == 201
    refused = create(ann, {"name": "third"})

    assert refused.status_code == 422
    assert "revoke one" in refused.json["error"]["message"]


def test_sessions_are_listed_and_ended_from_another_browser(app: Flask) -> None:
    here, there = sign_in(app, "ann", Role.USER), sign_in(app, "ann", Role.USER)
    listed = here.get(f"{API}/sessions").json["items"]
    assert [one["is_current"] for one in listed].count(True) == 1
    other = next(one["id"] for one in listed if not one["is_current"])

    assert here.delete(f"{API}/sessions/{other}", headers=forms_token(here)).status_code == 204

    assert there.get("/repositories/add").status_code == 302
    assert here.get("/repositories/add").status_code == 200
    assert here.delete(f"{API}/sessions/{other}", headers=forms_token(here)).status_code == 404


def test_all_sessions_and_tokens_end_at_once(app: Flask, guest: FlaskClient, ann: Program) -> None:
    here, there = sign_in(app, "ann", Role.USER), sign_in(app, "ann", Role.USER)
    token = pair_of(ann)["access_token"]

    assert here.delete(f"{API}/sessions", headers=forms_token(here)).status_code == 204

    assert {client.get("/repositories/add").status_code for client in (here, there)} == {302}
    assert me(guest, token) == 401
    assert me(guest, ann.key.secret) == 200, "keys are ended one by one"


def test_a_session_is_another_one_after_every_sign_in_and_a_signed_out_cookie_is_worthless(
    app: Flask,
) -> None:
    browser = sign_in(app, "ann", Role.USER)
    first = browser.get_cookie("gitinsight_session")
    browser.get(f"/login/link/{accounts.issue_login_link('ann')}")
    second = browser.get_cookie("gitinsight_session")
    assert first is not None
    assert second is not None
    assert first.value != second.value
    browser.post("/logout", headers=forms_token(browser))

    for ended in (first, second):
        stolen = app.test_client()
        stolen.set_cookie("gitinsight_session", ended.value)
        assert stolen.get("/repositories/add").status_code == 302


@pytest.mark.parametrize("field", ["expires_at", "last_seen_at"])
def test_a_session_ends_with_its_time_and_when_nobody_uses_it_and_its_tokens_too(
    app: Flask, guest: FlaskClient, field: str
) -> None:
    browser = sign_in(app, "ann", Role.USER)
    pair = browser.post(f"{API}/token", headers=forms_token(browser)).json
    assert me(guest, pair["access_token"]) == 200
    row = session().query(BrowserSession).one()
    setattr(row, field, getattr(row, field) - timedelta(days=31))
    session().commit()

    assert browser.get("/repositories/add").status_code == 302
    assert me(guest, pair["access_token"]) == 401
    renewed = guest.post(f"{API}/refresh", json={"refresh_token": pair["refresh_token"]})
    assert renewed.status_code == 401


def test_every_step_is_in_the_audit_log(app: Flask, guest: FlaskClient, ann: Program) -> None:
    pair = guest.post(f"{API}/refresh", json={"refresh_token": pair_of(ann)["refresh_token"]}).json
    create(ann, {"name": "CI"})
    create(ann, {}, f"{API}/keys/{ann.key.id}/rotate")
    guest.post(f"{API}/revoke", json={"token": pair["refresh_token"]})
    ann("DELETE", f"{API}/keys/{ann.key.id}")
    guest.get("/login/link/wrong")
    browser = sign_in(app, "ann", Role.USER)
    browser.post("/logout", headers=forms_token(browser))
    rotation.rotate()

    assert {
        *("token.issued", "token.refreshed", "token.revoked"),
        *("api_key.issued", "api_key.rotated", "api_key.revoked"),
        *("session.refused", "session.opened", "session.ended", "keys.rotated"),
    } <= set(audited())


def test_the_operator_has_no_keys(app: Flask) -> None:
    from gitinsight.errors import AuthorizationDenied

    with pytest.raises(AuthorizationDenied):
        tokens.issue(OPERATOR)
