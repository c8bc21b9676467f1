"""Signing in at an identity provider: who one is afterwards, and what an attacker does not become."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from html import unescape
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from joserfc.jwk import ECKey
from werkzeug.test import TestResponse

from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Role
from gitinsight.services import accounts
from gitinsight.services.context import session, tools
from gitinsight.store import people
from gitinsight.store.people import Identity, User
from tests.conftest import sign_in
from tests.counting import looking_at_once
from tests.probing import probed_app
from tests.provider import CLIENT_ID, CLIENT_SECRET, Provider, provider_double
from tests.visitors import bearer, pair_of


@pytest.fixture
def provider() -> Iterator[Provider]:
    with provider_double() as found:
        yield found


@pytest.fixture
def changes() -> dict[str, str]:
    """What a test sets beside the providers."""
    return {}


@pytest.fixture
def app(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path, provider: Provider, changes: dict[str, str]
) -> Iterator[Flask]:
    variables = {
        "GITINSIGHT_GITHUB_URL": provider.address,
        "GITINSIGHT_GITHUB_CLIENT_ID": CLIENT_ID,
        "GITINSIGHT_GITHUB_CLIENT_SECRET": CLIENT_SECRET,
        "GITINSIGHT_OIDC_ISSUER": provider.address,
        "GITINSIGHT_OIDC_CLIENT_ID": CLIENT_ID,
        "GITINSIGHT_OIDC_CLIENT_SECRET": CLIENT_SECRET,
        "GITINSIGHT_OIDC_NAME": "Example",
        **changes,
    }
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **variables) as application:
        yield application


def beginning(client: FlaskClient, name: str = "github", target: str = "") -> str:
    """The address behind the button of a provider."""
    page = client.get("/login", query_string={"next": target}).text
    found = re.search(rf'href="(/auth/{name}\?[^"]+)"', page)
    assert found
    return unescape(found[1])


def there(client: FlaskClient, name: str = "github", target: str = "") -> str:
    """Where the provider sends the browser back to."""
    answer = client.get(beginning(client, name, target))
    assert answer.status_code == 302, answer.text
    back = requests.get(answer.location, allow_redirects=False, timeout=10)
    parts = urlsplit(back.headers["Location"])
    return f"{parts.path}?{parts.query}"


def through(client: FlaskClient, name: str = "github", target: str = "") -> TestResponse:
    return client.get(there(client, name, target))


def user(name: str) -> User:
    session().expire_all()
    found = people.user_by_name(session(), name)
    assert found is not None
    return found


def test_the_page_offers_the_providers(guest: FlaskClient) -> None:
    page = guest.get("/login?next=/repositories").text

    assert "Sign in with GitHub" in page
    assert "Sign in with Example" in page
    assert "/auth/github?next=/repositories&amp;begin=" in page


def test_github_signs_a_new_user_in(guest: FlaskClient, provider: Provider) -> None:
    answer = through(guest, target="/repositories/add")

    assert (answer.status_code, answer.location) == (302, "/repositories/add")
    assert guest.get("/repositories/add").status_code == 200
    found = user("octocat")
    assert (found.github_id, found.name, found.role) == (583231, "The Octocat", Role.USER)
    assert (found.email, found.company) == ("octocat@example.org", "@github")
    asked = provider.asked[0]
    assert asked["code_challenge_method"] == "S256"
    assert len(asked["state"]) >= 16


def test_openid_connect_signs_a_new_user_in(guest: FlaskClient) -> None:
    assert through(guest, "oidc").status_code == 302

    found = user("jane")
    assert (found.name, found.github_id, found.email) == ("Jane Doe", None, None)


def test_the_second_time_one_is_the_same_user_whatever_ones_name_is_now(
    app: Flask, provider: Provider
) -> None:
    through(app.test_client())
    before = user("octocat").id
    provider.user |= {"login": "renamed"}

    through(app.test_client())

    assert session().query(User).count() == 1
    assert user("octocat").id == before


def test_of_two_that_sign_in_for_the_first_time_at_once_both_become_the_one_user(app: Flask) -> None:
    browsers = [app.test_client(), app.test_client()]
    addresses = [there(browser) for browser in browsers]
    statuses: list[int] = []

    def come_back(browser: FlaskClient, address: str) -> None:
        statuses.append(browser.get(address).status_code)

    with looking_at_once("identities", 2):
        threads = [
            threading.Thread(target=come_back, args=pair) for pair in zip(browsers, addresses, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(60)

    assert statuses == [302, 302]
    assert [browser.get("/repositories/add").status_code for browser in browsers] == [200, 200]
    assert session().query(User).one().username == "octocat"
    assert session().query(Identity).count() == 1


def test_neither_a_name_nor_a_mail_address_makes_somebody_another(app: Flask, provider: Provider) -> None:
    admin = accounts.ensure_user("octocat", Role.ADMIN)
    user("octocat").email = "octocat@example.org"
    session().commit()

    through(app.test_client())

    assert user("octocat-2").role is Role.USER
    assert user("octocat-2").id != admin


def test_a_mail_address_that_github_has_not_verified_is_not_believed(
    guest: FlaskClient, provider: Provider
) -> None:
    provider.emails[0]["verified"] = False

    through(guest)

    assert user("octocat").email is None


@pytest.mark.parametrize(("verified", "email"), [(True, "jane@example.org"), (False, None), ("true", None)])
def test_a_mail_address_of_openid_connect_counts_when_it_is_verified(
    guest: FlaskClient, provider: Provider, verified: object, email: str | None
) -> None:
    provider.claims |= {"email": "jane@example.org", "email_verified": verified}

    through(guest, "oidc")

    assert user("jane").email == email


def test_who_is_signed_in_links_the_account_with_himself(app: Flask) -> None:
    browser = sign_in(app, "admin", Role.ADMIN)

    through(browser)

    assert session().query(User).count() == 1
    again = app.test_client()
    through(again)
    assert "admin" in again.get("/").text


@pytest.mark.parametrize("begin", ["", "wrong", "\u00e4"])
def test_a_link_of_another_site_begins_no_sign_in_and_joins_no_account(
    app: Flask, provider: Provider, begin: str
) -> None:
    query = {"next": "/repositories", "begin": begin}
    for browser in (sign_in(app, "admin", Role.ADMIN), app.test_client(), app.test_client()):
        assert browser.get("/login").status_code == 200
        answer = browser.get("/auth/github", query_string=query)
        assert (answer.status_code, answer.location) == (302, "/login?next=/repositories")
    assert app.test_client().get("/auth/github", query_string=query).location.startswith("/login")
    assert provider.asked == []


def test_the_link_of_one_browser_begins_no_sign_in_in_another(app: Flask) -> None:
    victim, address = sign_in(app, "admin", Role.ADMIN), beginning(app.test_client())
    victim.get("/login")

    assert victim.get(address).location.startswith("/login")


def test_who_begins_often_and_never_comes_back_can_still_sign_in(guest: FlaskClient) -> None:
    long = "/repositories?q=" + "x" * 3000
    for _ in range(20):
        for name in ("github", "oidc"):
            answer = guest.get(beginning(guest, name, long))
            assert len(answer.headers["Set-Cookie"]) < 4000

    assert through(guest, target=long).location == "/"
    assert guest.get("/repositories/add").status_code == 200


@pytest.mark.parametrize("is_token", [False, True])
def test_a_key_with_few_rights_joins_no_account_with_its_user(app: Flask, is_token: bool) -> None:
    accounts.ensure_user("admin", Role.ADMIN)
    key = accounts.issue_key("admin", "reads", (Permission.REPOSITORY_READ,))
    given = bearer(pair_of(key).access_token if is_token else key.secret)
    thief = app.test_client()

    answer = thief.get(there(thief), headers=given)

    assert answer.status_code == 403
    assert session().query(Identity).count() == 0
    assert thief.get("/account").status_code == 302


def test_an_account_of_another_user_is_not_taken_over(app: Flask) -> None:
    through(app.test_client())
    bob = sign_in(app, "bob", Role.USER)

    refused = through(bob)

    assert refused.status_code == 403
    assert session().query(Identity).one().user_id == user("octocat").id


def test_an_answer_is_good_once_and_in_its_own_browser_only(app: Flask) -> None:
    victim, attacker = app.test_client(), app.test_client()
    back = there(attacker)

    assert victim.get(back).status_code in {302, 401}
    assert victim.get("/repositories/add").status_code == 302, (
        "the attacker's account is not forced on anybody"
    )
    assert attacker.get(back).status_code == 302
    assert attacker.get("/repositories/add").status_code == 200
    assert session().query(User).count() == 1
    other = app.test_client()
    assert other.get(back).status_code in {302, 401}
    assert other.get("/repositories/add").status_code == 302


def test_the_answer_of_one_provider_is_not_taken_for_anothers(app: Flask) -> None:
    client = app.test_client()

    client.get(there(client, "github").replace("/auth/github/", "/auth/oidc/"))

    assert client.get("/repositories/add").status_code == 302
    assert session().query(User).count() == 0


@pytest.mark.parametrize("changes", [{"GITINSIGHT_OIDC_ISSUER": "http://127.0.0.1:9"}])
def test_a_provider_that_cannot_be_reached_is_told_of(guest: FlaskClient) -> None:
    answer = guest.get(beginning(guest, "oidc"), headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert "try again later" in answer.json["error"]["message"]


def test_metadata_that_names_another_issuer_is_not_believed(guest: FlaskClient, provider: Provider) -> None:
    provider.address, right = "https://evil.example", provider.address
    headers, address = {"Accept": "application/json"}, beginning(guest, "oidc")

    assert guest.get(address, headers=headers).status_code == 401

    provider.address = right
    assert guest.get(address, headers=headers).status_code == 302, "and is forgotten"


def test_a_wrong_code_and_a_wrong_state_sign_nobody_in(app: Flask) -> None:
    for change in ({"code": "wrong"}, {"state": "wrong"}):
        client = app.test_client()
        asked = parse_qs(urlsplit(there(client)).query)
        query = {name: values[0] for name, values in asked.items()} | change
        client.get("/auth/github/callback", query_string=query)
        assert client.get("/repositories/add").status_code == 302
    assert session().query(User).count() == 0


def test_who_declines_is_told_how_to_go_on(guest: FlaskClient, provider: Provider) -> None:
    provider.declines = True

    answer = guest.get(there(guest), headers={"Accept": "application/json"})

    assert answer.status_code == 401
    assert "You declined" in answer.json["error"]["message"]


@pytest.mark.parametrize(
    "claims", [{"nonce": "wrong"}, {"aud": "another"}, {"iss": "https://evil.example"}, {"exp": 1}]
)
def test_an_id_token_that_is_not_for_this_sign_in_is_refused(
    guest: FlaskClient, provider: Provider, claims: dict[str, object]
) -> None:
    provider.claims |= claims

    through(guest, "oidc")

    assert session().query(User).count() == 0


def test_an_id_token_of_another_key_is_refused(guest: FlaskClient, provider: Provider) -> None:
    provider.signing = ECKey.generate_key("P-256", {"kid": "p"}, private=True)

    assert through(guest, "oidc").status_code in {302, 401}
    assert session().query(User).count() == 0


@pytest.mark.parametrize("changes", [{"GITINSIGHT_REGISTRATION": "off"}])
def test_where_registration_is_off_only_known_users_come_in(app: Flask) -> None:
    stranger = app.test_client()
    assert through(stranger).status_code == 403
    assert session().query(User).count() == 0

    through(sign_in(app, "ann", Role.USER))

    assert through(app.test_client()).status_code == 302


def test_a_user_who_is_shut_out_does_not_come_in_by_a_provider(app: Flask) -> None:
    through(app.test_client())
    user("octocat").disabled_at = clock.now()
    session().commit()

    assert through(app.test_client()).status_code == 403


@pytest.mark.parametrize("target", ["//evil.example", "https://evil.example", "/\\evil.example"])
def test_sign_in_never_leads_to_another_site(guest: FlaskClient, target: str) -> None:
    assert through(guest, target=target).location == "/"


def test_the_providers_token_is_kept_encrypted(guest: FlaskClient) -> None:
    through(guest)

    stored = session().query(Identity).one().token
    assert stored is not None
    assert "gho_" not in stored
    assert tools().vault.decrypt(stored) == "gho_the-token"


@pytest.mark.parametrize("name", ["admin", "Admin", "operator", "guest"])
def test_nobody_gets_a_name_that_means_somebody_else(app: Flask, provider: Provider, name: str) -> None:
    provider.claims["preferred_username"] = name

    through(app.test_client(), "oidc")

    assert user(f"{name}-2").role is Role.USER
    assert sign_in(app, "admin", Role.ADMIN).get("/admin/users").status_code == 200


@pytest.mark.parametrize("sub", ["", "s" * 256, "a\x00b"])
def test_an_id_that_no_database_stores_signs_nobody_in(
    guest: FlaskClient, provider: Provider, sub: str
) -> None:
    provider.claims["sub"] = sub

    assert guest.get(there(guest, "oidc"), headers={"Accept": "application/json"}).status_code == 401
    assert session().query(User).count() == 0


def test_a_name_made_to_harm_is_a_harmless_one(guest: FlaskClient, provider: Provider) -> None:
    provider.user |= {"login": "\ud800\x00", "name": "A\x1bnn\n\ud800"}

    assert through(guest).status_code == 302
    assert user("github").name == "Ann ?"


@pytest.mark.parametrize("answer", [{}, {"id": "x"}, {"id": None, "login": "a"}])
def test_a_provider_that_answers_nonsense_is_told_of(
    guest: FlaskClient, provider: Provider, answer: dict[str, object]
) -> None:
    provider.user = answer

    refused = guest.get(there(guest), headers={"Accept": "application/json"})

    assert refused.status_code == 401
    assert session().query(User).count() == 0


def test_a_provider_that_there_is_not(guest: FlaskClient) -> None:
    assert guest.get("/auth/nobody").status_code == 404
    assert guest.get("/auth/nobody/callback").status_code == 404
