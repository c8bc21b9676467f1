"""The API of what was found: insights, metrics, trends, artifacts, models."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import OPERATOR
from gitinsight.services import repositories
from tests.probing import analysed, probed_app, small_repository

Found = tuple[str, str]


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def found(app: Flask, tmp_path_factory: pytest.TempPathFactory) -> Found:
    """The address of an analysed repository of three commits, and its head."""
    repo = small_repository(tmp_path_factory.mktemp("source"))
    repository_id, job = analysed(repo, "probe", "echo")
    assert [stage.error for stage in job.stages if stage.error] == []
    return f"/api/v1/repositories/{repository_id}", repo.head()


@pytest.fixture
def empty(app: Flask, tmp_path: Path) -> str:
    """The address of a repository that was never analysed."""
    added = repositories.add(OPERATOR, str(small_repository(tmp_path, 1).git_dir))
    return f"/api/v1/repositories/{added.id}"


def titles(client: FlaskClient, path: str, **query: Any) -> list[str]:
    answer = client.get(f"{path}/insights", query_string=query)
    assert answer.status_code == 200, answer.text
    return [item["title"] for item in answer.json["items"]]


def test_insights_carry_all_that_a_reader_needs(guest: FlaskClient, found: Found) -> None:
    path, head = found

    first = guest.get(f"{path}/insights").json["items"][0]

    assert first.pop("id") and first.pop("generated_at")
    assert first == {
        "repository_id": path.rpartition("/")[2],
        "type": "hotspot",
        "severity": "critical",
        "title": "Finding 0",
        "description": "It is so.",
        "confidence_score": 0.9,
        "analyzer": "probe",
        "model_version": "1",
        "head": head,
        "evidence": [{"kind": "commit", "ref": head, "note": ""}],
        "metrics": ["probe.commits@1"],
        "tags": ["risk", "code"],
        "data": {"number": 0},
    }


def test_insights_come_by_severity_and_then_by_confidence(guest: FlaskClient, found: Found) -> None:
    items = guest.get(f"{found[0]}/insights").json["items"]

    assert [(item["severity"], item["confidence_score"]) for item in items] == [
        ("critical", 0.9),
        *[("warning", 0.5)] * 3,
        ("info", 0.75),
        ("info", 0.5),
        ("info", 0.25),
    ]


def test_pages_of_insights_meet_without_a_gap_or_a_repetition(guest: FlaskClient, found: Found) -> None:
    whole, cursor, walked = titles(guest, found[0]), "", []
    while cursor is not None:
        page = guest.get(f"{found[0]}/insights", query_string={"limit": 2, "cursor": cursor}).json
        walked += [item["title"] for item in page["items"]]
        cursor = page["next_cursor"]

    assert walked == whole
    assert len(walked) == 7


@pytest.mark.parametrize(
    ("query", "count"),
    [
        ({"type": "quality"}, 3),
        ({"type": "forecast"}, 0),
        ({"tag": "code"}, 4),
        ({"tag": "risk"}, 1),
        ({"tag": "ris"}, 0),
        ({"tag": '"'}, 0),
        ({"severity": "info"}, 3),
        ({"analyzer": "probe"}, 7),
        ({"analyzer": "echo"}, 0),
        ({"min_confidence": 0.5}, 6),
        ({"min_confidence": 1}, 0),
        ({"since": "2020-01-01T00:00:00Z"}, 7),
        ({"since": "2020-01-01T00:00:00+05:00"}, 7),
        ({"since": "2999-01-01T00:00:00Z"}, 0),
        ({"type": "people", "min_confidence": 0.5}, 2),
    ],
)
def test_insights_are_filtered(guest: FlaskClient, found: Found, query: dict[str, Any], count: int) -> None:
    assert len(titles(guest, found[0], **query)) == count


def test_a_filter_and_a_cursor_work_together(guest: FlaskClient, found: Found) -> None:
    first = guest.get(f"{found[0]}/insights", query_string={"type": "quality", "limit": 2}).json
    second = guest.get(
        f"{found[0]}/insights", query_string={"type": "quality", "cursor": first["next_cursor"]}
    ).json

    assert (len(first["items"]), len(second["items"]), second["next_cursor"]) == (2, 1, None)


def series(client: FlaskClient, path: str, query: str = "") -> dict[str, list[dict[str, Any]]]:
    answer = client.get(f"{path}/metrics{query}")
    assert answer.status_code == 200, answer.text
    return {item["metric"]["name"]: item["points"] for item in answer.json["items"]}


def test_metrics_come_with_definitions_and_reasons(guest: FlaskClient, found: Found) -> None:
    items = guest.get(f"{found[0]}/metrics?name=probe.commits").json["items"]

    assert [item["analyzer"] for item in items] == ["probe"]
    assert items[0]["metric"] == {
        "id": "probe.commits@1",
        "name": "probe.commits",
        "title": "Commits",
        "unit": "commits",
        "definition": "Commits a week.",
        "bucket": "week",
        "better": "",
    }
    assert [(point["at"][:10], point["value"], point["reason"]) for point in items[0]["points"]] == [
        ("2024-01-01", 1.0, ""),
        ("2024-01-08", None, "nobody looked"),
        ("2024-01-15", 3.0, ""),
    ]


def test_an_analyzer_reads_the_series_of_those_it_comes_after(guest: FlaskClient, found: Found) -> None:
    assert series(guest, found[0])["echo.total"][0]["value"] == 4.0


def test_metrics_are_chosen_by_name_bucket_and_time(guest: FlaskClient, found: Found) -> None:
    path = found[0]

    assert set(series(guest, path)) == {"probe.commits", "probe.lines", "echo.total"}
    assert set(series(guest, path, "?name=probe.lines&name=echo.total")) == {"probe.lines", "echo.total"}
    assert set(series(guest, path, "?name=probe.lines@1")) == {"probe.lines"}
    assert set(series(guest, path, "?bucket=week")) == {"probe.commits"}
    assert len(series(guest, path, "?since=2024-01-08T00:00:00Z")["probe.commits"]) == 2
    assert {point["dimension"] for point in series(guest, path)["probe.lines"]} == {"C", "Python"}


@pytest.mark.parametrize("name", ["probe.unheard", "probe.commits@2", "probe", "' OR 1=1 --"])
def test_a_metric_that_nobody_declares_is_not_found(guest: FlaskClient, found: Found, name: str) -> None:
    answer = guest.get(f"{found[0]}/metrics", query_string={"name": name})

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "METRIC_NOT_FOUND")


def test_nothing_is_found_before_the_first_analysis_and_that_is_no_error(
    guest: FlaskClient, empty: str
) -> None:
    assert guest.get(f"{empty}/insights").json == {"items": [], "next_cursor": None}
    assert guest.get(f"{empty}/metrics").json == {"items": []}
    assert guest.get(f"{empty}/trends").json == {"trends": []}
    answer = guest.get(f"{empty}/artifacts/probe/files")
    assert (answer.status_code, answer.json["error"]["code"]) == (404, "ARTIFACT_NOT_FOUND")


def test_an_artifact_is_sent_as_it_was_stored(guest: FlaskClient, found: Found) -> None:
    answer = guest.get(f"{found[0]}/artifacts/probe/files")

    assert answer.mimetype == "application/json"
    assert answer.json == {
        "name": "files",
        "kind": "table",
        "title": "Files",
        "definition": "",
        "content": {
            "columns": [{"name": "path", "title": "Path", "kind": "file"}],
            "rows": [["a.py"]],
            "total": 1,
        },
    }


def test_an_artifacts_name_may_hold_a_colon(guest: FlaskClient, found: Found) -> None:
    for name in ("commits:probe.commits", "commits%3Aprobe.commits"):
        answer = guest.get(f"{found[0]}/artifacts/probe/{name}")
        assert answer.json["content"] == {"commits": [], "total": 3}


def test_an_artifact_is_sent_compressed_where_the_client_takes_it(guest: FlaskClient, found: Found) -> None:
    path = f"{found[0]}/artifacts/probe/files"
    plain = guest.get(path)
    packed = guest.get(path, headers={"Accept-Encoding": "gzip, br"})
    refused = guest.get(path, headers={"Accept-Encoding": "gzip;q=0, identity"})

    assert "Content-Encoding" not in plain.headers
    assert packed.headers["Content-Encoding"] == "gzip"
    assert json.loads(gzip.decompress(packed.data)) == plain.json == refused.json
    assert "Accept-Encoding" in packed.headers["Vary"]
    assert packed.headers["ETag"] != plain.headers["ETag"], "each form has its own tag"


@pytest.mark.parametrize("accepts", ["identity", "gzip"])
def test_an_artifact_that_the_client_has_is_not_sent_again(
    guest: FlaskClient, found: Found, accepts: str
) -> None:
    path, headers = f"{found[0]}/artifacts/probe/files", {"Accept-Encoding": accepts}
    tag = guest.get(path, headers=headers).headers["ETag"]

    again = guest.get(path, headers=headers | {"If-None-Match": tag})
    other = guest.get(path, headers=headers | {"If-None-Match": '"old"'})

    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", tag)
    assert other.status_code == 200


@pytest.mark.parametrize("name", ["nothing", "files/..", "%2e%2e/files", "files%00", "ü"])
def test_an_artifact_of_another_name_is_not_found(guest: FlaskClient, found: Found, name: str) -> None:
    assert guest.get(f"{found[0]}/artifacts/probe/{name}").status_code in {404, 422}


def test_the_models_are_told_to_everybody(guest: FlaskClient) -> None:
    assert guest.get("/api/v1/ai/models").json == {
        "items": [
            {
                "name": "guess",
                "task": "guessing",
                "version": "3",
                "title": "A guess",
                "plugin": "probe",
                "size_bytes": 12,
                "accuracy": {"precision": 0.5},
                "card": {},
            }
        ]
    }
