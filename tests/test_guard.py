"""Who gets in: every route's declared permission, sessions, keys, forms, and other people's repositories."""

from __future__ import annotations

import re
import threading
from base64 import urlsafe_b64decode
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from simple_websocket import Client, ConnectionClosed, ConnectionError
from werkzeug.routing import Rule
from werkzeug.serving import make_server

from gitinsight.app import SESSION_COOKIE
from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Role, Viewer, Visibility
from gitinsight.plugin import requires
from gitinsight.services import accounts, analyses, api_keys, dashboards, repositories, users
from gitinsight.services.context import session
from gitinsight.store.people import ApiKey
from gitinsight.store.repositories import Repository, RepositoryQuery
from gitinsight.web import guard
from tests.conftest import sign_in
from tests.probing import probed_app, small_repository
from tests.serving import served
from tests.signing import bearer_of, signature
from tests.visitors import bearer as bearer_of_token
from tests.visitors import forms_token, new_name, pair_of

PUBLIC_ROUTES = {
    "docs.swagger",
    "models.list_models",
    "auth.login",
    "auth.login_by_link",
    "auth.logout",
    "auth.ask_provider",
    "auth.back_from_provider",
    "ui.definitions",
    "system.get_status",
}
ANONYMOUS_ROUTES = {
    "static",
    "api-docs.openapi_json",
    "credentials.get_jwks",
    "credentials.refresh_token",
    "credentials.revoke_token",
    "ops.health",
    "ops.ready",
    "ops.detailed",
    "ops.metrics",
}


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("guard"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def bobs(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> UUID:
    """The id of bob's private repository, which has a queued analysis."""
    bob = accounts.viewer_by_id(accounts.ensure_user("bob", Role.USER))
    assert bob is not None
    row = repositories.add(bob, "bob/secret", visibility=Visibility.PRIVATE)
    analyses.request(bob, row.id)
    return row.id


def bearer(username: str = "ann", *scopes: Permission, lifetime: timedelta | None = None) -> dict[str, str]:
    accounts.ensure_user(username, Role.USER)
    key = accounts.issue_key(username, "test", scopes, lifetime)
    return {"Authorization": f"Bearer {key.secret}"}


def address(rule: Rule, repository_id: UUID, job_id: UUID) -> str:
    """An address that the rule matches, for one repository and one job."""
    known = {
        "repository_id": str(repository_id),
        "job_id": str(job_id),
        "kind": "commit",
        "analyzer": "probe",
        "number": "0",
        "name": "files",
        "key_id": str(uuid4()),
        "session_id": str(uuid4()),
        "user_id": str(uuid4()),
        "provider": "github",
    }
    return re.sub(r"<(?:[^:>]+:)?([^>]+)>", lambda found: known.get(found[1], "x"), rule.rule)


def routes(app: Flask) -> list[tuple[str, str]]:
    return sorted(
        (method, rule.rule)
        for rule in app.url_map.iter_rules()
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    )


def test_every_route_declares_a_permission(app: Flask) -> None:
    declared = {
        rule.endpoint: guard.declared_permission(app, rule.endpoint) for rule in app.url_map.iter_rules()
    }

    assert {endpoint for endpoint, needed in declared.items() if needed is None} == set()
    assert {endpoint for endpoint, needed in declared.items() if needed == guard.PUBLIC} == PUBLIC_ROUTES
    assert {
        endpoint for endpoint, needed in declared.items() if needed == guard.ANONYMOUS
    } == ANONYMOUS_ROUTES
    assert set(declared.values()) <= {
        *map(str, Permission),
        guard.PUBLIC,
        guard.ANONYMOUS,
        guard.SIGNED_IN,
    }


def test_a_guest_can_change_nothing_on_any_route(app: Flask, guest: FlaskClient, bobs: UUID) -> None:
    for rule in app.url_map.iter_rules():
        for method in (rule.methods or set()) - guard.SAFE_METHODS:
            answer = guest.open(address(rule, bobs, uuid4()), method=method)
            expected = {True: 403, False: 401}[rule.endpoint in PUBLIC_ROUTES]
            if rule.endpoint in ANONYMOUS_ROUTES:
                expected = 422
            assert answer.status_code == expected, (method, rule.rule)


def test_a_route_without_a_declaration_is_closed_to_everybody(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, ()) as application:
        application.add_url_rule("/forgotten", "forgotten", lambda: "secret", methods=["GET", "POST"])
        application.add_url_rule(
            "/meant", "meant", requires(Permission.ADMIN_SYSTEM)(lambda: "for the operator")
        )
        admin = sign_in(application, "admin", Role.ADMIN)

        assert application.test_client().get("/forgotten").status_code == 403
        assert admin.get("/forgotten").status_code == 403
        assert admin.post("/forgotten").status_code == 403
        assert admin.get("/meant").status_code == 200
        assert sign_in(application, "ann", Role.USER).get("/meant").status_code == 403
        assert application.test_client().get("/meant").status_code == 302, "a guest is asked to sign in"


def test_a_login_link_signs_in_once(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)
    secret = accounts.issue_login_link("ann")
    first, second = app.test_client(), app.test_client()

    opened = first.get(f"/login/link/{secret}?next=/repositories")

    assert (opened.status_code, opened.location) == (302, "/repositories")
    assert "ann" in first.get("/").text
    assert second.get(f"/login/link/{secret}").status_code == 401
    assert second.get("/repositories/add").status_code == 302


@pytest.mark.parametrize(
    "target", ["//evil.example", "https://evil.example", "/\\evil.example", "javascript:x"]
)
def test_a_login_link_never_leads_to_another_site(app: Flask, target: str) -> None:
    accounts.ensure_user("ann", Role.USER)

    opened = app.test_client().get(
        f"/login/link/{accounts.issue_login_link('ann')}", query_string={"next": target}
    )

    assert opened.location == "/"


def test_a_login_link_that_is_too_old_is_refused(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)
    secret = accounts.issue_login_link("ann", timedelta(seconds=-1))

    assert app.test_client().get(f"/login/link/{secret}").status_code == 401


def test_the_session_cookie_is_kept_from_scripts_and_other_sites(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)

    opened = app.test_client().get(f"/login/link/{accounts.issue_login_link('ann')}")

    cookie = opened.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "SameSite=Lax" in cookie


def test_the_session_cookie_is_signed_with_sha_256(app: Flask) -> None:
    cookie = sign_in(app, "ann", Role.USER).get_cookie("gitinsight_session")

    assert cookie is not None
    signature = cookie.value.rpartition(".")[2]
    assert len(urlsafe_b64decode(f"{signature}=")) == 32


def test_over_tls_the_session_cookie_is_of_this_host_alone(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    address = {"GITINSIGHT_BASE_URL": "https://insight.example.org"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **address) as application:
        accounts.ensure_user("ann", Role.USER)
        path = f"/login/link/{accounts.issue_login_link('ann')}"
        opened = application.test_client().get(path, base_url="https://insight.example.org")

    cookie = opened.headers["Set-Cookie"]
    assert cookie.startswith("__Host-gitinsight_session=")
    assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= set(cookie.split("; "))
    assert "Domain" not in cookie


def test_a_session_of_a_removed_user_is_a_guests(app: Flask) -> None:
    client = sign_in(app, "gone", Role.USER)
    assert client.get("/repositories/add").status_code == 200
    from gitinsight.store import people

    session().delete(people.user_by_name(session(), "gone"))
    session().commit()

    assert client.get("/repositories/add").status_code == 302


def test_a_forged_session_cookie_is_a_guests(app: Flask) -> None:
    client = app.test_client()
    client.set_cookie("gitinsight_session", "eyJfdXNlcl9pZCI6ImFkbWluIn0.aaaa.bbbb")

    assert client.get("/repositories/add").status_code == 302


def test_a_key_stands_for_its_user(app: Flask, bobs: UUID) -> None:
    client = app.test_client()

    assert client.get(f"/api/v1/repositories/{bobs}", headers=bearer("bob")).status_code == 200
    assert client.get(f"/api/v1/repositories/{bobs}", headers=bearer("ann")).status_code == 404


@pytest.mark.parametrize(
    "header",
    ["Bearer gi_wrong", "Bearer ", "Bearer", "Basic YW5uOnB3", "gi_wrong", "Bearer \xff\xfe", "Bearer a b"],
)
def test_a_credential_that_is_not_valid_is_refused_even_where_guests_may_read(
    guest: FlaskClient, header: str
) -> None:
    answer = guest.get("/api/v1/repositories", headers={"Authorization": header})

    assert answer.status_code == 401
    assert answer.json["error"]["code"] == "AUTHENTICATION_REQUIRED"
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_an_expired_key_is_refused(guest: FlaskClient) -> None:
    headers = bearer("ann", lifetime=timedelta(seconds=-1))

    assert guest.get("/api/v1/repositories", headers=headers).status_code == 401


def test_a_revoked_key_is_refused(guest: FlaskClient) -> None:
    accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "to be revoked")
    headers = {"Authorization": f"Bearer {key.secret}"}
    assert guest.get("/api/v1/repositories", headers=headers).status_code == 200
    session().get_one(ApiKey, key.id).revoked_at = clock.now()
    session().commit()

    assert guest.get("/api/v1/repositories", headers=headers).status_code == 401


def test_only_the_hash_of_a_key_is_stored(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "secret")

    row = session().get_one(ApiKey, key.id)

    assert key.secret not in "".join(map(str, vars(row).values()))
    assert key.secret.startswith(row.prefix)
    assert len(key.secret) - len(row.prefix) >= 32, "the prefix is for recognition only"


def test_the_use_of_a_key_is_noted(app: Flask, guest: FlaskClient) -> None:
    accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "noted")

    guest.get("/api/v1/repositories", headers={"Authorization": f"Bearer {key.secret}"})

    session().expire_all()
    assert session().get_one(ApiKey, key.id).last_used_at is not None


def test_a_program_changes_things_over_the_api_alone_where_what_is_sensitive_is_signed(
    guest: FlaskClient,
) -> None:
    for path in ("/account/keys", "/repositories/add", f"/repositories/{uuid4()}/remove"):
        refused = guest.post(path, data={"name": "CI", "days": "90"}, headers=bearer())
        assert refused.status_code == 403, path
        assert "the API below /api/v1" in refused.text


def test_a_key_may_do_no_more_than_its_scopes(guest: FlaskClient, bobs: UUID) -> None:
    reads = bearer("bob", Permission.REPOSITORY_READ)

    assert guest.get(f"/api/v1/repositories/{bobs}", headers=reads).status_code == 200
    refused = guest.get(f"/api/v1/repositories/{bobs}/insights", headers=reads)
    assert refused.status_code == 403
    assert refused.json["error"]["code"] == "AUTHORIZATION_DENIED"
    assert refused.json["error"]["details"]["permission"] == "insights:read"
    assert guest.post(f"/api/v1/repositories/{bobs}/analyze", headers=reads).status_code == 403
    assert guest.delete(f"/api/v1/repositories/{bobs}", headers=reads).status_code == 403


def test_a_key_without_the_right_to_read_finds_nothing(guest: FlaskClient, bobs: UUID) -> None:
    only_analyzes = bearer("bob", Permission.REPOSITORY_ANALYZE)

    assert guest.post(f"/api/v1/repositories/{bobs}/analyze", headers=only_analyzes).status_code == 404


def test_a_key_with_scopes_beyond_its_users_role_gains_nothing(guest: FlaskClient) -> None:
    greedy = bearer("ann", *Permission)

    mine = guest.post("/api/v1/repositories", json={"url": "x/y", "analyze": False}, headers=greedy)
    assert mine.status_code == 201
    assert mine.json["repository"]["owner_id"] is not None
    found = api_keys.viewer_by_key(greedy["Authorization"].removeprefix("Bearer "))
    assert Permission.ADMIN_SYSTEM not in found.permissions


def test_a_session_needs_the_forms_token_for_every_change_and_the_api_is_no_exception(
    app: Flask, user: FlaskClient
) -> None:
    refused = user.post("/api/v1/repositories", json={"url": "x/y"})

    assert refused.status_code == 403
    assert "token" in refused.json["error"]["message"]
    for method, rule in routes(app):
        if method != "GET" and rule not in {"/api/v1/auth/refresh", "/api/v1/auth/revoke"}:
            found = user.open(re.sub(r"<[^>]+>", str(uuid4()), rule), method=method)
            assert found.status_code == 403, (method, rule)


def test_a_session_with_the_forms_token_may_change_things(user: FlaskClient) -> None:
    page = user.get("/repositories/add").text
    found = re.search(r'name="csrf_token"[^>]*value="([^"]+)"|value="([^"]+)"[^>]*name="csrf_token"', page)
    assert found is not None
    token = found[1] or found[2]

    by_header = user.post(
        "/api/v1/repositories", json={"url": "x/z", "analyze": False}, headers={"X-CSRFToken": token}
    )
    wrong = user.post("/api/v1/repositories", json={"url": "x/z"}, headers={"X-CSRFToken": "wrong"})

    assert by_header.status_code == 201
    assert wrong.status_code == 403


def test_a_program_with_a_key_needs_no_forms_token(guest: FlaskClient) -> None:
    answer = guest.post("/api/v1/repositories", json={"url": "x/v", "analyze": False}, headers=bearer())

    assert answer.status_code == 201


def test_another_users_private_repository_is_found_nowhere(
    app: Flask, user: FlaskClient, guest: FlaskClient, bobs: UUID
) -> None:
    job = analyses.newest(OPERATOR, bobs)
    assert job is not None
    accounts.ensure_user("ann", Role.USER)
    key, form = accounts.issue_key("ann", "test"), forms_token(user)
    for rule in app.url_map.iter_rules():
        if not {"repository_id", "job_id"} & rule.arguments or rule.endpoint == "live.repository_feed":
            continue
        if rule.endpoint.startswith("admin."):
            continue  # Closed to both, whatever there is.
        path = address(rule, bobs, job.id)
        if "GET" in (rule.methods or set()):
            assert user.get(path).status_code == 404, path
            assert guest.get(path).status_code == 404, path
        for method in (rule.methods or set()) - guard.SAFE_METHODS:
            signed = bearer_of(key) | signature(key.signing_secret, method, path, b"{}")
            sender, headers = (guest, signed) if path.startswith("/api/") else (user, form)
            answer = sender.open(
                path, method=method, headers=headers, data=b"{}", content_type="application/json"
            )
            assert answer.status_code == 404, (method, path)
    assert analyses.newest(OPERATOR, bobs) is not None, "and nothing of it was changed"


def test_what_is_not_found_is_told_like_what_does_not_exist(guest: FlaskClient, bobs: UUID) -> None:
    hidden = guest.get(f"/api/v1/repositories/{bobs}").json["error"]
    absent = guest.get(f"/api/v1/repositories/{(other := uuid4())}").json["error"]

    assert hidden["code"] == absent["code"] == "REPOSITORY_NOT_FOUND"
    assert hidden["message"].replace(str(bobs), "") == absent["message"].replace(str(other), "")


def test_another_users_private_repository_is_in_no_list(
    user: FlaskClient, guest: FlaskClient, bobs: UUID
) -> None:
    for client in (user, guest):
        for path in ("/", "/repositories", "/repositories?q=secret", "/api/v1/repositories?limit=200"):
            assert str(bobs) not in client.get(path).text, path


def test_the_owner_and_an_admin_see_a_private_repository(app: Flask, admin: FlaskClient, bobs: UUID) -> None:
    bob = sign_in(app, "bob", Role.USER)

    for client in (bob, admin):
        assert client.get(f"/repositories/{bobs}").status_code == 200
        assert client.get(f"/api/v1/repositories/{bobs}").status_code == 200
        assert str(bobs) in client.get("/api/v1/repositories?limit=200").text


def test_adding_a_repository_that_another_has_in_private_makes_an_own_one(
    guest: FlaskClient, bobs: UUID
) -> None:
    added = guest.post(
        "/api/v1/repositories", json={"url": "bob/secret", "analyze": False}, headers=bearer("ann")
    )

    assert added.status_code == 201
    assert added.json["repository"]["id"] != str(bobs)


def test_a_public_repository_can_be_analysed_by_all_but_changed_by_its_owner_only(
    guest: FlaskClient, tmp_path: Path
) -> None:
    added = repositories.add(OPERATOR, str(small_repository(tmp_path, 1).git_dir))
    accounts.ensure_user("ann", Role.USER)
    key = accounts.issue_key("ann", "test")
    path, ann = f"/api/v1/repositories/{added.id}", bearer_of(key)

    assert guest.get(path).status_code == 200
    assert guest.put(path, json={"description": "mine"}, headers=ann).status_code == 403
    assert guest.delete(path, headers=ann).status_code == 403
    signed = guest.delete(path, headers=ann | signature(key.signing_secret, "DELETE", path))
    assert (signed.status_code, "signature" in signed.json["error"]["details"]) == (403, False)
    assert guest.post(f"{path}/analyze", headers=ann).status_code == 202
    assert guest.post(f"{path}/analyze").status_code == 401


@pytest.mark.parametrize("path", ["/api/v1/repositories/%00", "/repositories?q=%00", "/login/link/a%00b"])
def test_a_nul_character_never_reaches_the_database(guest: FlaskClient, path: str) -> None:
    assert guest.get(path).status_code in {404, 422}


def test_a_nul_character_in_a_form_is_refused(user: FlaskClient) -> None:
    assert user.post("/repositories/add", data={"url": "x/y", "branch": "a\0b"}).status_code == 422


def test_the_live_feed_of_another_users_private_repository_tells_nothing(app: Flask, bobs: UUID) -> None:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    address = f"127.0.0.1:{server.server_port}/repositories/{bobs}/live"
    headers = bearer("bob")
    try:
        own = Client.connect(f"ws://{address}", headers=headers)
        assert "progress" in own.receive(timeout=10)
        own.close()
        with pytest.raises(ConnectionError):
            Client.connect(f"ws://{address}", headers=bearer("ann"))
        with pytest.raises(ConnectionError):
            Client.connect(f"ws://{address}", headers=headers | {"Origin": "https://evil.example"})
    finally:
        server.shutdown()


def messages(feed: Client) -> Iterator[str]:
    """What the feed tells until the server closes it."""
    with suppress(ConnectionClosed):
        while (message := feed.receive(timeout=10)) is not None:
            yield str(message)
        pytest.fail("the feed is still open")


@pytest.mark.parametrize("way", ["browser", "key", "token"])
@pytest.mark.parametrize("end", ["shut out", "credential", "repository"])
def test_a_live_feed_ends_with_the_rights_of_who_reads_it(app: Flask, way: str, end: str) -> None:
    reader_id = accounts.ensure_user(name := new_name("reader"), Role.ADMIN)
    reader = accounts.viewer_by_id(reader_id)
    assert reader is not None
    row = repositories.add(reader, f"{name}/secret", visibility=Visibility.PRIVATE)
    key = accounts.issue_key(name, "test")
    browser = sign_in(app, name, Role.ADMIN)
    cookie = browser.get_cookie(SESSION_COOKIE)
    assert cookie is not None
    headers = {
        "browser": {"Cookie": f"{SESSION_COOKIE}={cookie.value}"},
        "key": bearer_of(key),
        "token": bearer_of_token(pair_of(key).access_token),
    }[way]

    with served(app) as site:
        feed = Client.connect(f"ws{site.removeprefix('http')}/repositories/{row.id}/live", headers=headers)
        assert "progress" in feed.receive(timeout=10)
        job = analyses.request(reader, row.id)
        assert "gone" not in feed.receive(timeout=10)
        if end == "shut out":
            users.change(OPERATOR, reader_id, {"disabled": True})
        elif end == "credential":
            browser.post("/account/sessions/end", headers=forms_token(browser))
            api_keys.revoke(reader, key.id)
        else:
            users.change(OPERATOR, reader_id, {"role": Role.USER})
            session().get_one(Repository, row.id).owner_id = None
            session().commit()
        analyses.cancel(OPERATOR, job.id)

        told = list(messages(feed))

    assert "Cancelled" not in "".join(told)
    assert told[-1].count("alert") >= 1


def test_a_panel_of_another_users_private_repository_is_not_found(
    app: Flask, user: FlaskClient, bobs: UUID
) -> None:
    assert user.get(f"/panels/0?repository={bobs}").status_code == 404
    assert sign_in(app, "bob", Role.USER).get(f"/panels/0?repository={bobs}").status_code == 200


def test_a_request_for_a_foreign_host_name_is_refused_on_a_loopback_installation(guest: FlaskClient) -> None:
    assert guest.get("/health", headers={"Host": "localhost:8000"}).status_code == 200
    answer = guest.get("/api/v1/repositories", headers={"Host": "rebound.example.org"})
    assert answer.status_code == 400
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"


def test_in_production_only_the_name_that_the_operator_gave_is_answered_health_aside(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    production = {
        "GITINSIGHT_PROFILE": "production",
        "GITINSIGHT_SECRET_KEY": "k" * 32,
        "DATABASE_URL": f"sqlite:///{tmp_path}/home/gitinsight.db",
        "GITINSIGHT_BASE_URL": "https://insight.example.org",
        "GITINSIGHT_TRUSTED_PROXIES": "1",
    }
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **production) as application:
        client = application.test_client()

        def status(path: str, host: str, **headers: str) -> int:
            given = {"Host": host} | {name.replace("_", "-"): value for name, value in headers.items()}
            return client.get(path, headers=given).status_code

        assert status("/api/v1/repositories", "insight.example.org") == 200
        assert status("/login", "insight.example.org:443") == 200
        assert status("/login", "10.0.0.7", X_Forwarded_Host="insight.example.org") == 200
        for name in ("evil.example", "insight.example.org.evil.example", "10.0.0.7", "evil.example:443"):
            assert status("/api/v1/repositories", name) == 400
            assert status("/login", name) == 400
            assert status("/nothing", name) == 400
        assert status("/login", "insight.example.org", X_Forwarded_Host="evil.example") == 400
        assert status("/health", "10.0.0.7:8000") == 200, "a probe knows no name"
        assert status("/health/ready", "10.0.0.7:8000") == 200


def test_what_carries_a_credential_is_kept_nowhere(app: Flask) -> None:
    accounts.ensure_user("ann", Role.USER)
    right = app.test_client().get(f"/login/link/{accounts.issue_login_link('ann')}")
    wrong = app.test_client().get("/login/link/guess")
    token = app.test_client().post("/api/v1/auth/token", headers=bearer())

    assert (right.status_code, wrong.status_code, token.status_code) == (302, 401, 200)
    assert {answer.headers["Cache-Control"] for answer in (right, wrong, token)} == {"no-store"}


def test_a_key_that_may_not_read_insights_sees_none_on_the_overview(app: Flask) -> None:
    shown = dashboards.overview(Viewer.of_role(Role.ADMIN), RepositoryQuery())
    narrow = Viewer.of_role(Role.ADMIN).limited_to(frozenset({Permission.REPOSITORY_READ}))
    hidden = dashboards.overview(narrow, RepositoryQuery())
    assert [card.repository.id for card in hidden.cards] == [card.repository.id for card in shown.cards]
    assert hidden.insights == []
    assert all(value is None for card in hidden.cards for value in card.values.values())
