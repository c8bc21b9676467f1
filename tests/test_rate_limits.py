"""How often one may ask over HTTP: who is counted, what is told, and what is not counted."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient
from redis import Redis
from werkzeug.test import TestResponse

from gitinsight.app import create_app
from gitinsight.config import load_settings
from gitinsight.domain.access import OPERATOR, Role
from gitinsight.registry import Registry
from gitinsight.services import accounts, repositories
from gitinsight.services.context import session, tools
from gitinsight.store.people import ApiKey
from tests.conftest import Browser, sign_in
from tests.probing import probed_app
from tests.signing import bearer_of
from tests.test_api_errors import error_of

PATH = "/api/v1/repositories"
Limited = Callable[..., Flask]


@pytest.fixture
def limited(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Limited]:
    """Makes the test's application with these limits; the others are generous."""
    with ExitStack() as stack:

        def make(**limits: int) -> Flask:
            changes = {f"GITINSIGHT_RATE_LIMIT_{whose}": str(limit) for whose, limit in limits.items()}
            return stack.enter_context(probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **changes))

        yield make


def get(client: FlaskClient, path: str = PATH, address: str = "203.0.113.7", **headers: str) -> TestResponse:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return client.get(path, headers=named, environ_base={"REMOTE_ADDR": address})


def told(answer: TestResponse) -> tuple[int, int]:
    """The limit and what is left of it, as the answer tells."""
    return int(answer.headers["RateLimit-Limit"]), int(answer.headers["RateLimit-Remaining"])


def key_of(username: str, role: Role = Role.USER, rate_limit: int | None = None) -> dict[str, str]:
    accounts.ensure_user(username, role)
    key = accounts.issue_key(username, "test")
    session().get_one(ApiKey, key.id).rate_limit = rate_limit
    session().commit()
    return bearer_of(key)


def test_the_limits_are_those_of_the_specification(tmp_path: Path) -> None:
    settings = load_settings({"GITINSIGHT_HOME": str(tmp_path)})

    assert settings.rate_limit_guest == 100
    assert settings.rate_limit_user == 1000
    assert settings.rate_limit_premium == settings.rate_limit_admin == 5000


def test_an_answer_tells_what_is_left(limited: Limited) -> None:
    client = limited(GUEST=3).test_client()

    answers = [get(client) for _ in range(3)]

    assert [told(answer) for answer in answers] == [(3, 2), (3, 1), (3, 0)]
    headers = answers[0].headers
    seconds = int(headers["RateLimit-Reset"])
    assert 3590 < seconds <= 3601
    assert headers["RateLimit-Policy"] == '"guest";q=3;w=3600'
    assert headers["RateLimit"] == f'"guest";r=2;t={seconds}'


def test_one_too_many_is_told_when_to_come_again(limited: Limited) -> None:
    client = limited(GUEST=1).test_client()
    get(client)

    refused = get(client)

    error = error_of(refused, 429, "RATE_LIMIT_EXCEEDED")
    seconds = int(refused.headers["Retry-After"])
    assert 3590 < seconds <= 3601
    assert error["details"]["retry_after"] == seconds
    assert (error["details"]["limit"], error["details"]["window_seconds"]) == (1, 3600)
    assert "API key" in error["message"]
    assert told(refused) == (1, 0)


def test_guests_are_counted_by_address_and_by_network_of_ipv6(limited: Limited) -> None:
    client = limited(GUEST=1).test_client()
    order = [
        "203.0.113.7",
        "203.0.113.8",
        "::ffff:203.0.113.7",
        "2001:db8::1",
        "2001:db8::2",
        "2001:db8:0:1::1",
    ]

    assert [get(client, address=one).status_code for one in order] == [200, 200, 429, 200, 429, 200]


def test_users_are_counted_by_who_they_are_wherever_they_are_and_with_all_their_keys(
    limited: Limited,
) -> None:
    client = limited(GUEST=1, USER=3, PREMIUM=5, ADMIN=7).test_client()
    ann, again, bob, pat, boss = (
        *(key_of("ann"), key_of("ann"), key_of("bob")),
        *(key_of("pat", Role.PREMIUM), key_of("boss", Role.ADMIN)),
    )

    assert told(get(client, **ann)) == (3, 2)
    assert told(get(client, address="198.51.100.1", **again)) == (3, 1)
    assert told(get(client, **bob)) == (3, 2)
    assert told(get(client, **pat)) == (5, 4)
    assert told(get(client, **boss)) == (7, 6)
    assert told(get(client)) == (1, 0), "and no guest was counted"


def test_a_browser_session_counts_as_its_user(limited: Limited) -> None:
    app = limited(USER=9)

    assert told(sign_in(app, "ann", Role.USER).get(PATH)) == (9, 8)
    assert told(get(app.test_client(), **key_of("ann"))) == (9, 7)


def test_a_key_with_a_limit_of_its_own_is_counted_by_itself_and_so_are_its_tokens(limited: Limited) -> None:
    client = limited(USER=50).test_client()
    own, plain = key_of("ann", rate_limit=4), key_of("ann")

    assert told(get(client, **own)) == (4, 3)
    assert told(get(client, **plain)) == (50, 49)
    pair = client.post("/api/v1/auth/token", headers=own)
    assert told(pair) == (4, 2)
    token = {"Authorization": f"Bearer {pair.json['access_token']}"}
    assert told(get(client, **token)) == (4, 1)


def test_an_unchanged_answer_counts_too(limited: Limited) -> None:
    client = limited(GUEST=9).test_client()
    tag = get(client).headers["ETag"]

    unchanged = get(client, If_None_Match=tag)

    assert (unchanged.status_code, told(unchanged)) == (304, (9, 7))


def test_what_is_refused_counts_as_well(limited: Limited) -> None:
    client = limited(GUEST=9).test_client()

    assert client.post(PATH, json={}).status_code == 401
    assert client.get(f"{PATH}?nonsense=1").status_code == 422
    assert client.delete("/api/v1/models").status_code in {404, 405}
    assert told(client.get(PATH)) == (9, 5)


def test_addresses_that_lead_nowhere_count_against_the_address_wherever_they_are(limited: Limited) -> None:
    client = limited(GUEST=3).test_client()

    scan = [get(client, path).status_code for path in ("/.env", "/wp-login.php", "/api/v1/x", "/backup.zip")]

    assert scan == [404, 404, 404, 429]
    assert get(client).status_code == 429
    assert get(client, "/login").status_code == 200, "people still see pages"


def test_wrong_credentials_count_against_the_address_and_lock_no_one_out_who_has_a_right_one(
    limited: Limited,
) -> None:
    client = limited(GUEST=3, USER=9).test_client()
    wrong = ("Bearer gi_guess", "Bearer a.b.c", "Bearer gi_other")

    for credential in wrong:
        assert error_of(get(client, Authorization=credential), 401, "AUTHENTICATION_REQUIRED")
    assert error_of(get(client, Authorization="Bearer gi_guess"), 429, "RATE_LIMIT_EXCEEDED")
    assert get(client).status_code == 429, "the guesser reads nothing as a guest either"
    assert told(get(client, **key_of("ann"))) == (9, 8)


def test_pages_files_and_health_do_not_count_as_the_api_does(limited: Limited) -> None:
    client = limited(GUEST=1, ADDRESS=1000).test_client()

    for path in ("/", "/login", "/static/app/app.js", "/health", "/health/ready", "/api/docs"):
        for _ in range(3):
            answer = get(client, path)
            assert answer.status_code in {200, 304}, path
            assert "RateLimit-Limit" not in answer.headers
    assert told(get(client)) == (1, 0)


def test_a_badge_in_anothers_page_does_not_count(limited: Limited) -> None:
    client = limited(GUEST=1).test_client()
    added = repositories.add(OPERATOR, "ann/tool")

    for _ in range(3):
        assert get(client, f"{PATH}/{added.id}/badges/health.svg").status_code == 200
    assert told(get(client)) == (1, 0)


def test_a_flood_from_one_address_is_stopped_whatever_it_asks_for(limited: Limited) -> None:
    client = limited(ADDRESS=3).test_client()
    paths = ("/login", PATH, "/static/app/app.js", "/login")

    assert [get(client, path).status_code for path in paths] == [200, 200, 200, 429]
    refused = get(client, PATH, **key_of("ann"))
    assert error_of(refused, 429, "RATE_LIMIT_EXCEEDED")["details"]["window_seconds"] == 60
    assert 0 < int(refused.headers["Retry-After"]) <= 61
    page = get(client, "/login", Accept="text/html")
    assert (page.status_code, page.mimetype) == (429, "text/html")
    assert "Too many requests" in page.text
    assert get(client, "/health").status_code == 200, "a process is alive however often it is asked"
    assert get(client, "/login", "203.0.113.8").status_code == 200


def test_no_limit_is_told_where_there_is_none(limited: Limited) -> None:
    client = limited(GUEST=0, ADDRESS=0).test_client()

    assert "RateLimit-Limit" not in get(client).headers
    assert get(client, Authorization="Bearer gi_guess").status_code == 401


def test_a_forged_header_does_not_change_who_is_counted(limited: Limited) -> None:
    client = limited(GUEST=2).test_client()

    forged = [
        get(client, X_Forwarded_For=f"198.51.100.{number}", X_Real_IP="192.0.2.1", Forwarded="for=192.0.2.2")
        for number in range(3)
    ]

    assert [answer.status_code for answer in forged] == [200, 200, 429]


def test_behind_a_trusted_proxy_its_last_word_counts(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    changes = {"GITINSIGHT_TRUSTED_PROXIES": "1", "GITINSIGHT_RATE_LIMIT_GUEST": "1"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **changes) as app:
        client = app.test_client()
        asked = ["198.51.100.1", "198.51.100.2", "192.0.2.1, 198.51.100.2"]

        assert [get(client, X_Forwarded_For=one).status_code for one in asked] == [200, 200, 429]


def test_attempts_to_sign_in_end_after_ten_that_failed(limited: Limited) -> None:
    app = limited()
    client = app.test_client()
    accounts.ensure_user("ann", Role.USER)

    failed = [get(client, f"/login/link/guess{number}").status_code for number in range(11)]

    assert failed == [401] * 10 + [429]
    right = f"/login/link/{accounts.issue_login_link('ann')}"
    refused = get(client, right)
    assert refused.status_code == 429, "whether it would have been right is not told"
    assert 0 < int(refused.headers["Retry-After"]) <= 901
    assert get(client, right, "203.0.113.8").status_code == 302


def test_those_who_sign_in_rightly_are_not_counted(limited: Limited) -> None:
    app = limited()

    for number in range(12):
        client = sign_in(app, f"user{number}", Role.USER)
        assert client.get("/account").status_code == 200


def test_guesses_of_the_operators_token_end_too(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    token = {"GITINSIGHT_METRICS_TOKEN": "hush"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **token) as app:
        client = app.test_client()
        guesses = [
            get(client, "/health/detailed", Authorization=f"Bearer {n}").status_code for n in range(11)
        ]

    assert guesses == [401] * 10 + [429]


def test_two_processes_share_the_count(limited: Limited, registry: Registry) -> None:
    first = limited(GUEST=3)
    second = create_app(tools().settings, Registry({}))
    second.test_client_class = Browser

    answers = [get(app.test_client()) for app in (first, second, first, second)]

    assert [answer.status_code for answer in answers] == [200, 200, 200, 429]


def test_without_redis_requests_are_counted_and_answered(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    nowhere: dict[str, Any] = {"REDIS_URL": f"unix://{tmp_path}/nowhere", "GITINSIGHT_RATE_LIMIT_GUEST": "2"}
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **nowhere) as app:
        client = app.test_client()

        assert [get(client).status_code for _ in range(3)] == [200, 200, 429]


def test_no_address_stands_in_redis_longer_than_it_counts(limited: Limited, valkey_socket: Path) -> None:
    get(limited().test_client(), address="198.51.100.77")

    with Redis(unix_socket_path=str(valkey_socket)) as connection:
        found = connection.keys("*198.51.100.77*")
        assert found
        assert all(0 < connection.ttl(key) <= 7200 for key in found)
