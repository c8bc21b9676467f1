"""Bad requests: one shape of error, no stack trace, and nothing of them in the logs that is secret."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy.exc import IntegrityError
from structlog.stdlib import ProcessorFormatter

from gitinsight import errors
from gitinsight.domain.access import Role
from gitinsight.services import accounts, repositories
from gitinsight.services.context import session
from gitinsight.store import people
from gitinsight.store.people import User
from gitinsight.web.api.paging import decode_cursor, encode_cursor
from gitinsight.web.errors import STATUS
from gitinsight.web.guard import public
from tests.probing import Program, probed_app

PATH = "/api/v1/repositories"


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite, ()) as application:

        @public
        def crash() -> str:
            raise RuntimeError("the password is hunter2")

        @public
        def full() -> str:
            raise errors.RateLimitExceeded("Too many requests.", retry_after=7)

        application.add_url_rule("/api/v1/crash", "crash", crash)
        application.add_url_rule("/crash", "crash_page", crash)
        application.add_url_rule("/api/v1/full", "full", full)
        yield application


@pytest.fixture(scope="module")
def ann(app: Flask) -> Program:
    return Program(app, "ann")


@pytest.fixture(scope="module")
def path(app: Flask, ann: Program) -> str:
    """The address of ann's repository."""
    added = ann("POST", PATH, json={"url": "ann/tool", "analyze": False})
    return f"{PATH}/{added.json['repository']['id']}"


def error_of(answer: Any, status: int, code: str) -> dict[str, Any]:
    """The error in an answer, after its shape was checked."""
    assert answer.status_code == status, answer.text
    assert answer.mimetype == "application/json"
    assert set(answer.json) == {"error"}
    error: dict[str, Any] = answer.json["error"]
    assert set(error) == {"code", "message", "details", "trace_id"}
    assert error["code"] == code
    assert error["trace_id"] == answer.headers["X-Request-ID"]
    assert datetime.fromisoformat(error["details"]["timestamp"]).tzinfo is not None
    assert error["message"].endswith((".", "!", ")")), error["message"]
    assert "Traceback" not in answer.text
    return error


def test_an_unknown_address_below_the_api_is_told_as_json(guest: FlaskClient) -> None:
    for unknown in (
        "/api/v1/nothing",
        "/api/",
        "/api/v2/repositories",
        "/api/v1/repositories/",
        "/api/v1/%00",
    ):
        error_of(guest.get(unknown, headers={"Accept": "text/html"}), 404, "NOT_FOUND")


@pytest.mark.parametrize("identifier", ["1", "not-a-uuid", "0" * 40, "%F0%9F%92%A3", "..", "{}"])
def test_an_identifier_that_is_no_uuid_is_not_found(guest: FlaskClient, identifier: str) -> None:
    assert guest.get(f"{PATH}/{identifier}").status_code == 404
    assert guest.get(f"/api/v1/jobs/{identifier}").status_code == 404


def test_a_method_that_an_address_does_not_know_is_told_with_those_it_knows(guest: FlaskClient) -> None:
    answer = guest.patch(PATH)

    error_of(answer, 405, "METHOD_NOT_ALLOWED")
    assert {"GET", "POST"} <= set(re.split(r", ?", answer.headers["Allow"]))


def test_a_guest_is_told_to_sign_in(guest: FlaskClient) -> None:
    answer = guest.post(PATH, json={"url": "a/b"})

    error_of(answer, 401, "AUTHENTICATION_REQUIRED")
    assert answer.headers["WWW-Authenticate"] == "Bearer"


def test_a_guest_on_a_page_is_led_to_the_login_and_back(guest: FlaskClient) -> None:
    answer = guest.get("/repositories/add?x=1")

    assert (answer.status_code, answer.location) == (302, "/login?next=/repositories/add?x%3D1")


@pytest.mark.parametrize(
    "body",
    [
        b"{",
        b"not json",
        b'{"url": "a/b"',
        b"\xff\xfe\x00",
        b'{"url": NaN}',
        b'{"url": -Infinity}',
        b"[" * 100_000,
        b'{"a":' * 5_000 + b"1" + b"}" * 5_000,
        b'{"url": ' + b"9" * 5_000 + b"}",
        b'{"url": "a/b", "url": "c/d"}',
        b'{"url": "a/b", "x": [{"y": 1, "y": 1}]}',
    ],
    ids=[
        *("open", "words", "cut", "bytes", "NaN", "infinity", "deep list", "deep object", "long number"),
        *("a field twice", "an inner field twice"),
    ],
)
def test_a_body_that_cannot_be_read_is_a_bad_request(ann: Program, body: bytes) -> None:
    answer = ann("POST", PATH, data=body, content_type="application/json")

    error_of(answer, 400, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({}, "url"),
        ([], "_schema"),
        ("text", "_schema"),
        (None, "_schema"),
        ({"url": 7}, "url"),
        ({"url": None}, "url"),
        ({"url": ""}, "url"),
        ({"url": "x" * 3000}, "url"),
        ({"url": "a/b", "colour": "red"}, "colour"),
        ({"url": "a/b", "\ud800": 1}, "\ud800"),
        ({"url": "a/b", "branch": "x" * 300}, "branch"),
        ({"url": "a/b", "branch": "a\0b"}, "branch"),
        ({"url": "a/b", "branch": "\ud800"}, "branch"),
        ({"url": "a/b", "branch": ["x"]}, "branch"),
        ({"url": "a/b", "visibility": "secret"}, "visibility"),
        ({"url": "a/b", "analyze": "perhaps"}, "analyze"),
        ({"url": "a/b", "analyze": 10**400}, "analyze"),
    ],
)
def test_a_field_that_is_wrong_is_named(ann: Program, body: Any, named: str) -> None:
    answer = ann("POST", PATH, data=json.dumps(body), content_type="application/json")

    assert named in error_of(answer, 422, "VALIDATION_ERROR")["details"]["fields"]["json"]


@pytest.mark.parametrize("url", ["a\0b", "\ud800", "https://github.com/a/\0"])
def test_an_address_of_strange_characters_is_refused(ann: Program, url: str) -> None:
    error_of(ann("POST", PATH, json={"url": url}), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize(
    ("body", "named"),
    [
        ({"stars": 5}, "stars"),
        ({"description": "a\0"}, "description"),
        ({"description": None}, "description"),
        ({"description": "x" * 2001}, "description"),
        ({"analyzers": "probe"}, "analyzers"),
        ({"analyzers": [1]}, "analyzers"),
        ({"analyzers": ["x"] * 101}, "analyzers"),
        ({"visibility": None}, "visibility"),
    ],
)
def test_a_change_that_is_wrong_is_named(ann: Program, path: str, body: Any, named: str) -> None:
    error = error_of(ann("PUT", path, json=body), 422, "VALIDATION_ERROR")

    assert named in error["details"]["fields"]["json"]


def test_the_fields_of_an_analysis_are_checked(ann: Program, path: str) -> None:
    error = error_of(ann("POST", f"{path}/analyze", json={"analyzer": "x"}), 422, "VALIDATION_ERROR")

    assert "analyzer" in error["details"]["fields"]["json"]


@pytest.mark.parametrize(
    ("below", "query", "named"),
    [
        ("", {"page": "2"}, "page"),
        ("", {"limit": "0"}, "limit"),
        ("", {"limit": "201"}, "limit"),
        ("", {"limit": "9" * 5000}, "limit"),
        ("", {"limit": "1e2"}, "limit"),
        ("", {"limit": "x"}, "limit"),
        ("", {"status": "happy"}, "status"),
        ("", {"q": "x" * 201}, "q"),
        ("insights", {"min_confidence": "nan"}, "min_confidence"),
        ("insights", {"min_confidence": "inf"}, "min_confidence"),
        ("insights", {"min_confidence": "1.1"}, "min_confidence"),
        ("insights", {"min_confidence": "-0.1"}, "min_confidence"),
        ("insights", {"type": "gossip"}, "type"),
        ("insights", {"severity": "dire"}, "severity"),
        ("insights", {"since": "yesterday"}, "since"),
        ("insights", {"since": "2024-01-01T00:00:00"}, "since"),
        ("insights", {"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ("insights", {"since": "9999-12-31T23:59:59-14:00"}, "since"),
        ("insights", {"Type": "quality"}, "Type"),
        ("metrics", {"since": "0001-01-01T00:00:00+14:00"}, "since"),
        ("metrics", {"bucket": "century"}, "bucket"),
        ("metrics", {"name": ""}, "name"),
        ("metrics", {"metric": "x"}, "metric"),
    ],
)
def test_a_query_that_is_wrong_is_named(
    ann: Program, path: str, below: str, query: dict[str, str], named: str
) -> None:
    answer = ann("GET", f"{path}/{below}" if below else PATH, query_string=query)

    assert named in error_of(answer, 422, "VALIDATION_ERROR")["details"]["fields"]["query"]


@pytest.mark.parametrize("query", ["q=%00", "q=a%00b", "language=%00"])
def test_a_query_with_a_nul_character_is_refused(guest: FlaskClient, query: str) -> None:
    error_of(guest.get(f"{PATH}?{query}"), 422, "VALIDATION_ERROR")


@pytest.mark.parametrize("query", ["q=%FF%FE", "q=%ED%A0%80", "q=%25", "q=_", "q=%5C"])
def test_a_query_of_any_bytes_is_answered(guest: FlaskClient, query: str) -> None:
    assert guest.get(f"{PATH}?{query}").status_code == 200


BAD_CURSORS = [
    "x",
    "%%%",
    "é",
    "AAAA",
    encode_cursor("only one"),
    encode_cursor("name", "no uuid"),
    encode_cursor("na\0me", uuid4()),
    encode_cursor("a", uuid4(), "b"),
    encode_cursor("\ud800", uuid4()),
    "W1tbW1tb" * 100,
]


@pytest.mark.parametrize("cursor", BAD_CURSORS)
def test_a_cursor_of_repositories_that_we_did_not_give_is_refused(guest: FlaskClient, cursor: str) -> None:
    error = error_of(guest.get(PATH, query_string={"cursor": cursor}), 422, "VALIDATION_ERROR")

    assert "cursor" in error["message"]


@pytest.mark.parametrize(
    "cursor",
    [
        *BAD_CURSORS,
        encode_cursor("1", "nan", uuid4()),
        encode_cursor("1", "inf", uuid4()),
        encode_cursor("9" * 30, "0.5", uuid4()),
        encode_cursor("-" + "9" * 30, "0.5", uuid4()),
        encode_cursor("1.5", "0.5", uuid4()),
    ],
)
def test_a_cursor_of_insights_that_we_did_not_give_is_refused(ann: Program, path: str, cursor: str) -> None:
    error_of(ann("GET", f"{path}/insights", query_string={"cursor": cursor}), 422, "VALIDATION_ERROR")


def test_a_cursor_is_read_as_it_was_written() -> None:
    last = (3, 0.1 + 0.2, UUID(int=7))

    assert decode_cursor(encode_cursor(*last), int, float, UUID) == last
    assert decode_cursor("", int) is None


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml", ""])
def test_a_body_that_is_not_called_json_is_not_read_as_json(ann: Program, kind: str) -> None:
    answer = ann("POST", PATH, data=b'{"url": "a/b"}', content_type=kind)

    error = error_of(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert "application/json" in error["message"]


def test_a_body_that_is_too_large_is_refused(ann: Program) -> None:
    body = json.dumps({"url": "a/b", "branch": "x" * 3 * 1024**2})

    error = error_of(ann("POST", PATH, data=body, content_type="application/json"), 413, "PAYLOAD_TOO_LARGE")
    assert error["details"]["limit_bytes"] == 2 * 1024**2
    assert "2,097,152 bytes" in error["message"]


def test_too_many_requests_are_told_when_to_come_again(guest: FlaskClient) -> None:
    answer = guest.get("/api/v1/full")

    error_of(answer, 429, "RATE_LIMIT_EXCEEDED")
    assert answer.headers["Retry-After"] == "7"


def test_a_crash_tells_nothing_but_the_trace_id_and_is_logged_with_its_stack(
    guest: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    answer = guest.get("/api/v1/crash", headers={"X-Request-ID": "trace-1234"})

    assert error_of(answer, 500, "INTERNAL_SERVER_ERROR")["trace_id"] == "trace-1234"
    assert "hunter2" not in answer.text
    crashed = [record for record in caplog.records if record.levelno == logging.ERROR]
    assert any("hunter2" in str(record.exc_info or record.msg) for record in crashed)
    assert any("trace-1234" in str(record.msg) for record in crashed)


def test_a_crash_on_a_page_is_a_page(guest: FlaskClient) -> None:
    answer = guest.get("/crash")

    assert (answer.status_code, answer.mimetype) == (500, "text/html")
    assert "hunter2" not in answer.text
    assert answer.headers["X-Request-ID"] in answer.text


def test_a_program_that_asks_a_page_for_json_gets_errors_as_json(guest: FlaskClient) -> None:
    error_of(guest.get("/nothing", headers={"Accept": "application/json"}), 404, "NOT_FOUND")
    assert guest.get("/nothing", headers={"Accept": "text/html"}).mimetype == "text/html"


def test_every_error_that_we_raise_on_purpose_has_a_code_and_a_status() -> None:
    def below(kind: type[errors.GitInsightError]) -> set[type[errors.GitInsightError]]:
        return {kind}.union(*map(below, kind.__subclasses__()))

    for kind in below(errors.GitInsightError):
        assert re.fullmatch(r"[A-Z_]+", kind.code)
        assert kind.__doc__
    told = {kind for kind in below(errors.GitInsightError) if issubclass(kind, tuple(STATUS))}
    assert {kind.__name__ for kind in below(errors.GitInsightError) - told} == {
        "GitInsightError",
        "ConfigurationError",
        "AnalysisCancelled",
        "PluginError",
        "ReportInvalid",
        "AnalyzerTimedOut",
        "AnalyzerOutOfMemory",
        "AnalyzerCrashed",
        "TableInvalid",
        "AuditLogDamaged",
    }, "these happen in workers and at start, not in requests"


TRACE = "4bf92f3577b34da6a3ce929d0e0e4736"


@pytest.mark.parametrize(
    ("headers", "expected"),
    [
        ({"X-Request-ID": "my-request.42"}, "my-request.42"),
        ({"traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, TRACE),
        ({"X-Request-ID": "mine-mine", "traceparent": f"00-{TRACE}-00f067aa0ba902b7-01"}, "mine-mine"),
    ],
)
def test_the_callers_trace_id_is_kept(guest: FlaskClient, headers: dict[str, str], expected: str) -> None:
    answer = guest.get("/api/v1/nothing", headers=headers)

    assert answer.headers["X-Request-ID"] == expected
    assert answer.json["error"]["trace_id"] == expected


@pytest.mark.parametrize(
    "headers",
    [
        {"X-Request-ID": "short"},
        {"X-Request-ID": "x" * 65},
        {"X-Request-ID": "spaces are not good"},
        {"X-Request-ID": '<script>"'},
        {"traceparent": f"00-{'0' * 32}-00f067aa0ba902b7-01"},
        {"traceparent": f"00-{TRACE}-{'0' * 16}-01"},
        {"traceparent": f"ff-{TRACE}-00f067aa0ba902b7-01"},
        {"traceparent": TRACE},
        {},
    ],
)
def test_a_trace_id_that_is_none_is_replaced(guest: FlaskClient, headers: dict[str, str]) -> None:
    assert re.fullmatch(r"[0-9a-f]{32}", guest.get("/health", headers=headers).headers["X-Request-ID"])


@pytest.mark.parametrize(
    "path", ["/", "/health", "/api/v1/repositories", "/nothing", "/api/v1/crash", "/login"]
)
def test_every_answer_carries_the_security_headers(guest: FlaskClient, path: str) -> None:
    headers = guest.get(path).headers

    policy = headers["Content-Security-Policy"]
    assert {"default-src 'self'", "object-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"} <= set(
        policy.split("; ")
    )
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["X-Frame-Options"] == "DENY"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Embedder-Policy"] == "require-corp"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["X-Permitted-Cross-Domain-Policies"] == "none"
    assert {"camera=()", "microphone=()", "geolocation=()", "payment=()", "usb=()"} <= set(
        headers["Permissions-Policy"].split(", ")
    )
    assert headers["Cache-Control"] == "private, no-cache"
    assert {"Cookie", "Authorization"} <= set(re.split(r", ?", headers["Vary"]))


def test_https_is_required_from_then_on_where_it_was_used(guest: FlaskClient) -> None:
    secure = guest.get("/health", base_url="https://localhost").headers
    assert secure["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
    assert "Strict-Transport-Security" not in guest.get("/health").headers


def test_the_secrets_of_links_and_keys_are_in_no_log(
    app: Flask, guest: FlaskClient, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    caplog.set_level(logging.DEBUG)
    accounts.ensure_user("ann", Role.USER)
    link = accounts.issue_login_link("ann")
    key = accounts.issue_key("ann", "quiet").secret
    for path in (
        f"/login/link/{link}/",
        f"/login/link/{link}/x",
        f"/login/link/{link}",
        f"/login/link/{link}",
    ):
        guest.get(path)
    guest.get(PATH, headers={"Authorization": f"Bearer {key}"})
    guest.get(PATH, headers={"Authorization": f"Bearer {key}x"})
    guest.post(
        PATH, json={"url": f"https://user:{key}@github.com/a/b"}, headers={"Authorization": f"Bearer {key}"}
    )

    written = caplog.text + "".join(capfd.readouterr()) + repr([record.msg for record in caplog.records])

    assert "/login/link/" in written
    assert link not in written
    assert key not in written


def test_what_a_request_says_stays_within_its_line_of_the_log(
    guest: FlaskClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO)
    formatters = [handler.formatter for handler in logging.getLogger().handlers]
    ours = next(one for one in formatters if isinstance(one, ProcessorFormatter))
    guest.get("/nothing%0a%7B%22event%22:%22forged%22%7D")

    lines = [ours.format(record) for record in caplog.records if "forged" in str(record.msg)]

    assert [line.count("\n") for line in lines] == [0]
    assert json.loads(lines[0])["event"] == "request"


def test_an_error_of_the_database_tells_nothing_of_what_was_to_be_stored(app: Flask) -> None:
    session().add_all([User(username="twin", bio="a secret"), User(username="twin", bio="a secret")])

    with pytest.raises(IntegrityError) as caught:
        session().flush()

    session().rollback()
    assert "a secret" not in str(caught.value)


def test_neither_trace_nor_a_list_of_files_is_answered(guest: FlaskClient) -> None:
    assert guest.open("/login", method="TRACE").status_code == 405
    assert guest.get("/static/").status_code == 404


def test_a_secret_in_an_address_is_not_repeated(ann: Program) -> None:
    answer = ann("POST", PATH, json={"url": "https://user:hunter2@github.com/a/b"})

    assert "hunter2" not in json.dumps(answer.json)


def test_an_error_leaves_nothing_half_done(app: Flask, ann: Program) -> None:
    owner = accounts.viewer_by_id(ann.user_id)
    assert owner is not None
    before = len(repositories.listing(owner, repositories.RepositoryQuery(limit=200)).items)

    ann("POST", PATH, json={"url": "fine/one", "analyze": True, "surplus": 1})

    session().expire_all()
    assert len(repositories.listing(owner, repositories.RepositoryQuery(limit=200)).items) == before
    assert people.user_by_name(session(), "ann") is not None


@pytest.mark.parametrize("query", ["limit=5&limit=7", "sort=stars&q=a&sort=-stars", "fields=id&fields=name"])
def test_a_value_that_is_given_twice_in_a_query_is_refused(guest: FlaskClient, query: str) -> None:
    error = error_of(guest.get(f"{PATH}?{query}"), 422, "VALIDATION_ERROR")

    assert list(error["details"]["fields"]["query"].values()) == [["Given more than once."]]


def test_a_list_in_a_query_is_given_by_repetition(ann: Program, path: str) -> None:
    assert ann("GET", f"{path}/metrics?name=x&name=y").json["error"]["code"] == "METRIC_NOT_FOUND"


def test_a_name_of_any_length_is_told_in_short(guest: FlaskClient) -> None:
    answer = guest.get(f"{PATH}?{'a' * 100_000}")

    error_of(answer, 422, "VALIDATION_ERROR")
    assert len(answer.data) < 1000


@pytest.mark.parametrize("name", ["..%2f..%2fetc%2fpasswd", "%2e%2e%2fadmin", "..;/", "%5c..%5c", "a%2fb"])
def test_a_way_out_of_the_address_leads_nowhere(ann: Program, name: str) -> None:
    for below in ("", "/insights", "/badges/x.svg"):
        answer = ann("GET", f"{PATH}/{name}{below}")
        assert error_of(answer, 404, "NOT_FOUND")["message"] == "There is nothing at this address."


@pytest.mark.parametrize(
    "kind", ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data", ""]
)
def test_a_body_of_another_kind_is_refused_and_changes_nothing(ann: Program, path: str, kind: str) -> None:
    answer = ann("PUT", path, data=b'{"description": "changed"}', content_type=kind)

    error_of(answer, 415, "UNSUPPORTED_MEDIA_TYPE")
    assert ann("GET", path).json["description"] != "changed"


@pytest.mark.parametrize(
    ("more", "status", "code"),
    [
        ({}, 404, "REPOSITORY_NOT_FOUND"),
        ({"Authorization": "Bearer gi_nobodys"}, 401, "AUTHENTICATION_REQUIRED"),
        ({"Origin": "https://evil.example"}, 403, "AUTHORIZATION_DENIED"),
    ],
)
def test_a_websocket_is_refused_before_it_opens_in_the_same_shape(
    app: Flask, guest: FlaskClient, more: dict[str, str], status: int, code: str
) -> None:
    asked = {"Upgrade": "websocket", "Connection": "Upgrade", "Sec-WebSocket-Version": "13"}

    answer = guest.get(
        f"/repositories/{uuid4()}/live", headers={**asked, "Sec-WebSocket-Key": "a2V5", **more}
    )

    error_of(answer, status, code)
