"""Which sites' scripts may call the API, and that a cookie never speaks for a user on another site."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import TestResponse

from gitinsight.domain.access import Role
from gitinsight.web.api import PREFIX
from tests.conftest import sign_in
from tests.probing import Program, probed_app

PATH = "/api/v1/repositories"
FRIEND, STRANGER = "https://app.example.org", "https://evil.example"
Opened = Callable[..., Flask]


@pytest.fixture
def opened(tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path) -> Iterator[Opened]:
    """Makes the test's application, open to these origins."""
    with ExitStack() as stack:

        def make(origins: str, **changes: str) -> Flask:
            open_to = {"GITINSIGHT_CORS_ORIGINS": origins} | changes
            return stack.enter_context(probed_app(tmp_path, valkey_socket, migrated_sqlite, (), **open_to))

        yield make


def preflight(app: Flask, path: str = PATH, origin: str = FRIEND, method: str = "POST") -> TestResponse:
    asked = {"Origin": origin, "Access-Control-Request-Method": method}
    return app.test_client().options(
        path, headers=asked | {"Access-Control-Request-Headers": "authorization"}
    )


def words(answer: TestResponse, name: str) -> set[str]:
    return {word.strip() for word in answer.headers.get(name, "").split(",")}


def opening(answer: TestResponse) -> set[str]:
    return {name for name, _ in answer.headers if name.startswith("Access-Control-")}


def test_without_the_setting_the_api_is_open_to_no_other_site(app: Flask) -> None:
    answer = app.test_client().get(PATH, headers={"Origin": FRIEND})

    assert answer.status_code == 200
    assert opening(answer) == opening(preflight(app)) == set()
    assert "Origin" not in words(answer, "Vary")


def test_a_named_site_may_call_and_read_the_headers_that_matter(opened: Opened) -> None:
    app = opened(f"{FRIEND}, http://localhost:3000")

    answer = app.test_client().get(PATH, headers={"Origin": FRIEND})

    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert {"ETag", "X-Request-ID", "Retry-After", "Link", "RateLimit-Remaining"} <= words(
        answer, "Access-Control-Expose-Headers"
    )
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_the_question_before_a_call_is_answered_without_a_credential(opened: Opened) -> None:
    answer = preflight(opened(FRIEND))

    assert (answer.status_code, answer.data) == (204, b"")
    assert answer.headers["Access-Control-Allow-Origin"] == FRIEND
    assert {"Authorization", "Content-Type", "If-None-Match", "X-Request-ID"} <= words(
        answer, "Access-Control-Allow-Headers"
    )
    assert int(answer.headers["Access-Control-Max-Age"]) > 0
    assert "Access-Control-Allow-Credentials" not in answer.headers


def test_every_method_of_the_api_is_allowed(opened: Opened) -> None:
    app = opened(FRIEND)
    used = {
        method
        for rule in app.url_map.iter_rules()
        if rule.rule.startswith(PREFIX)
        for method in rule.methods or ()
    }

    assert words(preflight(app), "Access-Control-Allow-Methods") == used - {"OPTIONS"}


@pytest.mark.parametrize(
    "origin",
    [
        *(STRANGER, "null", "", f"{FRIEND}.evil.example", f"{FRIEND}:8443", "http://app.example.org"),
        *("https://APP.example.org", f"{FRIEND}/", f"{FRIEND}, {STRANGER}", "*"),
    ],
)
def test_any_other_site_is_told_nothing(opened: Opened, origin: str) -> None:
    app = opened(FRIEND)

    asked = preflight(app, origin=origin)
    answer = app.test_client().get(PATH, headers={"Origin": origin})

    assert opening(asked) == opening(answer) == set()
    assert asked.status_code == 204
    assert answer.status_code == 200


def test_a_cache_keeps_the_answers_to_each_site_apart(opened: Opened) -> None:
    client = opened(FRIEND).test_client()

    for headers in ({}, {"Origin": FRIEND}, {"Origin": STRANGER}):
        for path in (PATH, "/api/v1/fast/leaderboard", "/api/v1/nothing"):
            answer = client.get(path, headers=headers)
            assert "Origin" in words(answer, "Vary"), (path, headers)
    tag = client.get(PATH).headers["ETag"]
    unchanged = client.get(PATH, headers={"Origin": FRIEND, "If-None-Match": tag})
    assert unchanged.status_code == 304
    assert "Origin" in words(unchanged, "Vary")
    assert unchanged.headers["Access-Control-Allow-Origin"] == FRIEND


def test_errors_can_be_read_too(opened: Opened) -> None:
    app = opened(FRIEND, GITINSIGHT_RATE_LIMIT_GUEST="2")
    client, headers = app.test_client(), {"Origin": FRIEND}

    answers = [
        client.get(f"{PATH}?nonsense=1", headers=headers),
        client.get(PATH, headers=headers | {"Authorization": "Bearer gi_wrong"}),
        client.get(PATH, headers=headers),
    ]

    assert [answer.status_code for answer in answers] == [422, 401, 429]
    assert {answer.headers["Access-Control-Allow-Origin"] for answer in answers} == {FRIEND}


def test_questions_before_calls_do_not_use_up_the_guests_requests(opened: Opened) -> None:
    app = opened(FRIEND, GITINSIGHT_RATE_LIMIT_GUEST="2")
    for _ in range(5):
        assert preflight(app).status_code == 204

    assert app.test_client().get(PATH).headers["RateLimit-Remaining"] == "1"


def test_pages_and_the_rest_stay_closed(opened: Opened) -> None:
    app = opened(f"{FRIEND}")

    for path in ("/", "/login", "/health", "/api/docs", "/static/app/app.js"):
        assert opening(app.test_client().get(path, headers={"Origin": FRIEND})) == set(), path
        assert opening(preflight(app, path, method="GET")) == set(), path
    assert preflight(app, "/api/v1/nothing").status_code == 404


def test_a_program_on_another_site_uses_its_key(opened: Opened) -> None:
    ann = Program(opened(FRIEND), "ann")

    added = ann("POST", PATH, headers={"Origin": FRIEND}, json={"url": "x/y", "analyze": False})

    assert added.status_code == 201
    assert added.headers["Access-Control-Allow-Origin"] == FRIEND


@pytest.mark.parametrize("origins", [FRIEND, "*"])
def test_a_session_changes_nothing_from_another_site_and_its_answers_are_not_handed_over(
    opened: Opened, origins: str
) -> None:
    user = sign_in(opened(origins), "ann", Role.USER)

    posted = user.post(PATH, json={"url": "x/y"}, headers={"Origin": FRIEND})
    read = user.get(PATH, headers={"Origin": FRIEND})

    assert posted.status_code == 403
    for answer in (posted, read):
        assert "Access-Control-Allow-Credentials" not in answer.headers


def test_any_site_may_read_where_the_setting_says_so(opened: Opened) -> None:
    app = opened("*")

    for headers in ({}, {"Origin": STRANGER}):
        answer = app.test_client().get(PATH, headers=headers)
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "Origin" not in words(answer, "Vary"), "it is the same for all"
    assert preflight(app, origin=STRANGER).headers["Access-Control-Allow-Origin"] == "*"
