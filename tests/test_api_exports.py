"""Results to take away: CSV, JSON, SARIF, Parquet, a feed and badges, and who may have which."""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4
from xml.etree import ElementTree

import jsonschema
import polars as pl
import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import OPERATOR, Permission, Role
from gitinsight.domain.report import InsightType, Severity
from gitinsight.services import parquet, repositories
from gitinsight.services.badges import BADGES, Badge
from gitinsight.services.context import session
from gitinsight.services.insights import InsightView
from gitinsight.store import streams
from gitinsight.store.measures import AnalysisRun, InsightQuery, InsightRow, MetricPoint
from gitinsight.web.api.forms.atom import NAMESPACE
from gitinsight.web.api.forms.svg import COLORS, LABEL_COLOR, TEXT_COLOR, badge_svg
from tests.probing import Program, probed_app

SCHEMA = Path(__file__).parent / "schemas" / "sarif-2.1.0.json"
"""The standard's own schema, as its committee published it."""
MANY = 250
"""More insights than are read at once, and more than a page of the list has."""
HOSTILE = '=HYPERLINK("http://x")</title><script>alert(1)</script>\x0b\u0085'
PATHS = ["src/a b.py", "ü/100%.py", "a\nb.py", "/etc/passwd", "c:d.py"]
NOW = datetime(2024, 5, 1, tzinfo=UTC)


@pytest.fixture(scope="module")
def app(
    tmp_path_factory: pytest.TempPathFactory, valkey_socket: Path, migrated_sqlite: Path
) -> Iterator[Flask]:
    with probed_app(tmp_path_factory.mktemp("api"), valkey_socket, migrated_sqlite) as application:
        yield application


@pytest.fixture(scope="module")
def repository_id(app: Flask) -> UUID:
    """A repository with many insights, the first of them hostile, and three series."""
    added = repositories.add(OPERATOR, "owner/some-tool")
    run = run_of(added.id)
    for number in range(MANY):
        session().add(insight(run, number))
    points = [
        ("probe.commits", "", -3.0, ""),
        ("probe.lines", "=cmd|' /C calc'!A0", 10.0, ""),
        ("probe.lines", "Python", None, "@nobody, looked"),
    ]
    for metric, part, value, reason in points:
        session().add(
            MetricPoint(
                run_id=run.id,
                metric=metric,
                metric_id=f"{metric}@1",
                dimension=part,
                at=NOW,
                recorded_at=NOW,
                repository_id=added.id,
                value=value,
                reason=reason,
            )
        )
    session().commit()
    return added.id


def run_of(repository_id: UUID) -> AnalysisRun:
    run = AnalysisRun(
        repository_id=repository_id,
        head="a" * 40,
        analyzer="probe",
        version="1",
        settings_hash="x",
        is_current=True,
        finished_at=NOW,
    )
    session().add(run)
    session().flush()
    return run


def insight(run: AnalysisRun, number: int) -> InsightRow:
    evidence = [{"kind": "file", "ref": path, "note": "here"} for path in PATHS] if not number else []
    return InsightRow(
        run_id=run.id,
        repository_id=run.repository_id,
        generated_at=NOW,
        analyzer="probe",
        model_version="1",
        head=run.head,
        type=InsightType.HOTSPOT,
        severity=Severity.CRITICAL if not number else Severity.INFO,
        severity_rank=3 if not number else 0,
        title=HOSTILE if not number else f"Finding {number}",
        description="-1 is less",
        confidence_score=0.5,
        evidence=evidence or [{"kind": "commit", "ref": "b" * 40, "note": ""}],
        metrics=["probe.commits@1"],
        tags=["risk"],
        data={"number": number},
    )


@pytest.fixture(scope="module")
def ann(app: Flask) -> Program:
    return Program(app, "ann")


@pytest.fixture(scope="module")
def premium(app: Flask) -> Program:
    return Program(app, "pia", Role.PREMIUM)


def got(program: Any, repository_id: UUID, below: str, **query: Any) -> Any:
    path = f"/api/v1/repositories/{repository_id}/{below}"
    answer = program("GET", path, query_string=query, buffered=True)
    assert answer.status_code == 200, answer.text
    return answer


def rows_of(answer: Any) -> list[dict[str, str]]:
    assert answer.mimetype == "text/csv"
    return list(csv.DictReader(io.StringIO(answer.text, newline="")))


def test_all_insights_are_exported_in_their_order_without_pages(ann: Program, repository_id: UUID) -> None:
    rows = rows_of(got(ann, repository_id, "insights", format="csv"))
    items = got(ann, repository_id, "insights", format="json").json["items"]

    assert len(rows) == len(items) == MANY
    assert [row["id"] for row in rows] == [item["id"] for item in items]
    assert items[0] == got(ann, repository_id, "insights").json["items"][0]


def test_filters_hold_for_exports_too(ann: Program, repository_id: UUID) -> None:
    assert len(rows_of(got(ann, repository_id, "insights", format="csv", severity="critical"))) == 1
    assert got(ann, repository_id, "insights", format="json", tag="none").json["items"] == []
    assert len(rows_of(got(ann, repository_id, "metrics", format="csv", name="probe.lines"))) == 2
    assert rows_of(got(ann, repository_id, "metrics", format="csv", bucket="month")) == []


def test_no_cell_of_a_table_is_a_formula(ann: Program, repository_id: UUID) -> None:
    first = rows_of(got(ann, repository_id, "insights", format="csv"))[0]
    points = rows_of(got(ann, repository_id, "metrics", format="csv"))

    assert first["title"] == f"'{HOSTILE}"
    assert first["description"] == "'-1 is less"
    assert [(row["metric"], row["part"], row["value"], row["reason"]) for row in points] == [
        ("probe.commits", "", "-3.0", ""),
        ("probe.lines", "'=cmd|' /C calc'!A0", "10.0", ""),
        ("probe.lines", "Python", "", "'@nobody, looked"),
    ]


def test_series_are_exported_as_json_in_the_shape_of_the_list(ann: Program, repository_id: UUID) -> None:
    listed = got(ann, repository_id, "metrics").json["items"]
    exported = got(ann, repository_id, "metrics", format="json").json["items"]

    assert exported == listed
    assert [series["metric"]["name"] for series in exported] == ["probe.commits", "probe.lines"]


def test_files_have_names_that_say_what_they_are(ann: Program, premium: Program, repository_id: UUID) -> None:
    names = [
        re.findall(r'filename="?([^";]+)', answer.headers["Content-Disposition"])[0]
        for answer in (
            got(ann, repository_id, "insights", format="csv"),
            got(ann, repository_id, "insights", format="sarif"),
            got(premium, repository_id, "metrics", format="parquet"),
        )
    ]

    assert names == [
        "owner-some-tool-insights.csv",
        "owner-some-tool-insights.sarif",
        "owner-some-tool-metrics.parquet",
    ]


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/csv", "text/csv"),
        ("application/sarif+json", "application/sarif+json"),
        ("application/json, text/csv;q=0.5", "application/json"),
        ("text/html,*/*;q=0.8", "application/json"),
        ("*/*", "application/json"),
        ("image/png", "application/json"),
    ],
)
def test_the_accept_header_chooses_the_form(
    ann: Program, repository_id: UUID, accept: str, kind: str
) -> None:
    path = f"/api/v1/repositories/{repository_id}/insights"
    answer = ann("GET", path, {"Accept": accept}, buffered=True)

    assert (answer.status_code, answer.mimetype) == (200, kind)
    assert ("Content-Disposition" in answer.headers) == (kind != "application/json"), "a page is no file"


def test_a_sarif_log_keeps_to_the_published_schema(ann: Program, repository_id: UUID) -> None:
    answer = got(ann, repository_id, "insights", format="sarif")
    log = json.loads(answer.data)

    assert answer.mimetype == "application/sarif+json"
    kind = jsonschema.validators.validator_for(json.loads(SCHEMA.read_text()))
    kind(json.loads(SCHEMA.read_text())).validate(log)
    run = log["runs"][0]
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["probe/hotspot"]
    assert len(run["results"]) == len(PATHS) + MANY - 1
    assert {result["level"] for result in run["results"][: len(PATHS)]} == {"error"}
    uris = [
        result["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        for result in run["results"][: len(PATHS)]
    ]
    assert uris == ["src/a%20b.py", "%C3%BC/100%25.py", "a%0Ab.py", "etc/passwd", "c%3Ad.py"]
    prints = [result["partialFingerprints"]["insight/v1"] for result in run["results"]]
    assert len(prints) == len(set(prints))


def test_a_repository_without_results_exports_empty_files(ann: Program) -> None:
    added = ann("POST", "/api/v1/repositories", json={"url": "ann/new", "analyze": False})
    repository_id = added.json["repository"]["id"]

    assert rows_of(got(ann, repository_id, "insights", format="csv")) == []
    log = json.loads(got(ann, repository_id, "insights", format="sarif").data)
    jsonschema.validate(log, json.loads(SCHEMA.read_text()))
    assert log["runs"][0]["results"] == []
    assert got(ann, repository_id, "metrics", format="json").json == {"items": []}


def test_series_are_exported_as_parquet_for_premium_accounts(premium: Program, repository_id: UUID) -> None:
    answer = got(premium, repository_id, "metrics", format="parquet")

    assert answer.mimetype == "application/vnd.apache.parquet"
    frame = pl.read_parquet(io.BytesIO(answer.data))
    assert frame.schema["at"] == pl.Datetime("us", "UTC")
    assert frame.select("metric", "at", "part", "value", "reason").rows() == [
        ("probe.commits", NOW, "", -3.0, ""),
        ("probe.lines", NOW, "=cmd|' /C calc'!A0", 10.0, ""),
        ("probe.lines", NOW, "Python", None, "@nobody, looked"),
    ]


def test_an_empty_parquet_file_has_its_columns(premium: Program) -> None:
    added = premium("POST", "/api/v1/repositories", json={"url": "pia/new", "analyze": False})

    answer = got(premium, added.json["repository"]["id"], "metrics", format="parquet")

    frame = pl.read_parquet(io.BytesIO(answer.data))
    assert (frame.height, tuple(frame.columns)) == (0, parquet.COLUMNS)


def test_parquet_files_are_written_a_few_at_a_time(premium: Program, repository_id: UUID) -> None:
    path = f"/api/v1/repositories/{repository_id}/metrics?format=parquet"
    for _ in range(parquet.MOST_PROCESSES):
        assert parquet._free.acquire(blocking=False)
    try:
        refused = premium("GET", path)
    finally:
        parquet._free.release(parquet.MOST_PROCESSES)

    assert (refused.status_code, refused.json["error"]["code"]) == (503, "SERVICE_UNAVAILABLE")
    assert int(refused.headers["Retry-After"]) > 0
    assert premium("GET", path, buffered=True).status_code == 200


@pytest.mark.parametrize("form", ["json", "csv", "sarif"])
def test_a_guest_is_asked_to_sign_in_for_an_export(
    guest: FlaskClient, repository_id: UUID, form: str
) -> None:
    answer = guest.get(f"/api/v1/repositories/{repository_id}/insights?format={form}")

    assert (answer.status_code, answer.json["error"]["code"]) == (401, "AUTHENTICATION_REQUIRED")


def test_exports_need_their_permission_and_parquet_an_account(
    app: Flask, ann: Program, repository_id: UUID
) -> None:
    path = f"/api/v1/repositories/{repository_id}"
    narrow = Program(app, "narrow", Role.USER, Permission.REPOSITORY_READ, Permission.INSIGHTS_READ)

    assert narrow("GET", f"{path}/insights?format=csv").status_code == 403
    assert narrow("GET", f"{path}/insights").status_code == 200
    refused = ann("GET", f"{path}/metrics?format=parquet")
    assert refused.status_code == 403
    assert "premium" in refused.json["error"]["message"]


def test_anothers_private_repository_is_not_exported(
    app: Flask, ann: Program, premium: Program, guest: FlaskClient
) -> None:
    own = ann(
        "POST", "/api/v1/repositories", json={"url": "ann/p", "visibility": "private", "analyze": False}
    ).json["repository"]["id"]

    for below in ("insights?format=csv", "metrics?format=parquet", "insights.atom", "badges/health.svg"):
        path = f"/api/v1/repositories/{own}/{below}"
        assert premium("GET", path).status_code == guest.get(path).status_code == 404
    private = ann("GET", f"/api/v1/repositories/{own}/badges/health.svg")
    assert private.headers["Cache-Control"].startswith("private")


@pytest.mark.parametrize(
    "form", ["insights?format=csv", "metrics?format=csv", "insights.atom", "badges/health.svg"]
)
def test_an_unchanged_export_is_not_sent_again(ann: Program, repository_id: UUID, form: str) -> None:
    path = f"/api/v1/repositories/{repository_id}/{form}"
    tag = ann("GET", path, buffered=True).headers["ETag"]

    again = ann("GET", path, {"If-None-Match": tag}, buffered=True)

    assert (again.status_code, again.data) == (304, b"")


def test_new_results_have_a_new_tag(app: Flask, ann: Program) -> None:
    added = repositories.add(OPERATOR, "tag/tool")
    path = f"/api/v1/repositories/{added.id}/insights?format=csv"
    before = ann("GET", path, buffered=True).headers["ETag"]
    run_of(added.id)
    session().commit()

    assert ann("GET", path, {"If-None-Match": before}, buffered=True).status_code == 200


def test_rows_are_read_a_few_at_a_time(app: Flask, repository_id: UUID) -> None:
    found = streams.insights(session(), repository_id, InsightQuery())
    first = next(found)

    held = [one for one in session().identity_map.values() if isinstance(one, InsightRow)]
    assert first.severity is Severity.CRITICAL
    assert len(held) <= streams.INSIGHTS_AT_ONCE + 1 < MANY
    assert 1 + sum(1 for _ in found) == MANY


def test_a_feed_is_atom_with_ids_that_last(guest: FlaskClient, repository_id: UUID) -> None:
    answer = guest.get(f"/api/v1/repositories/{repository_id}/insights.atom")

    assert (answer.status_code, answer.mimetype) == (200, "application/atom+xml")
    root = ElementTree.fromstring(answer.data)
    tag = f"{{{NAMESPACE}}}"
    assert root.tag == f"{tag}feed"
    entries = root.findall(f"{tag}entry")
    assert len(entries) == 50
    for part in (root, *entries):
        for name in ("id", "title", "updated"):
            (found,) = part.findall(f"{tag}{name}")
            assert found.text
        assert datetime.fromisoformat(part.findtext(f"{tag}updated", "")).tzinfo is not None
        assert UUID(part.findtext(f"{tag}id", "").removeprefix("urn:uuid:"))
        assert all(link.get("href", "").startswith("http") for link in part.findall(f"{tag}link"))
    assert root.find(f"{tag}author/{tag}name") is not None
    ids = [entry.findtext(f"{tag}id") for entry in entries]
    assert len(ids) == len(set(ids))
    assert entries[0].findtext(f"{tag}title") == HOSTILE.replace("\x0b", "\ufffd")


def test_what_is_said_again_keeps_its_id_and_what_is_new_does_not() -> None:
    def said(title: str, head: str) -> UUID:
        view = InsightView(
            id=uuid4(),
            repository_id=UUID(int=7),
            type=InsightType.HOTSPOT,
            severity=Severity.INFO,
            title=title,
            description="",
            confidence_score=0.5,
            analyzer="probe",
            model_version="1",
            head=head,
            generated_at=NOW,
            evidence=[],
            metrics=[],
            tags=[],
            data={},
            severity_rank=0,
        )
        return view.lasting_id

    assert said("3 hotspots", "a") == said("3 hotspots", "b") != said("4 hotspots", "b")


@pytest.mark.parametrize("name", BADGES)
def test_a_badge_without_a_number_says_so(guest: FlaskClient, repository_id: UUID, name: str) -> None:
    answer = guest.get(f"/api/v1/repositories/{repository_id}/badges/{name}.svg")

    assert (answer.status_code, answer.mimetype) == (200, "image/svg+xml")
    root = ElementTree.fromstring(answer.data)
    assert root.get("aria-label") == f"{BADGES[name].label}: n/a"
    assert answer.headers["Cache-Control"] == "public, max-age=300"
    assert answer.headers["Cross-Origin-Resource-Policy"] == "cross-origin"


@pytest.mark.parametrize(
    ("name", "metric", "value", "text"),
    [
        ("health", "quality.health", 8.26, "8.3 of 10"),
        ("trend", "trends.direction", -12.4, "\N{MINUS SIGN}12% a year"),
        ("trend", "trends.direction", 3.0, "+3% a year"),
        ("truck-factor", "people.absence_factor", 2.0, "2"),
    ],
)
def test_a_badge_says_the_number(
    app: Flask, guest: FlaskClient, name: str, metric: str, value: float, text: str
) -> None:
    added = repositories.add(OPERATOR, f"badge/{name}{value}".replace(".", "-").replace("+", ""))
    run = run_of(added.id)
    session().add(
        MetricPoint(
            run_id=run.id,
            metric=metric,
            metric_id=f"{metric}@1",
            at=NOW,
            recorded_at=NOW,
            repository_id=added.id,
            value=value,
        )
    )
    session().commit()

    answer = guest.get(f"/api/v1/repositories/{added.id}/badges/{name}.svg")

    assert ElementTree.fromstring(answer.data).get("aria-label") == f"{BADGES[name].label}: {text}"


def test_an_unknown_badge_is_not_found_with_those_there_are(guest: FlaskClient, repository_id: UUID) -> None:
    answer = guest.get(f"/api/v1/repositories/{repository_id}/badges/fame.svg")

    assert (answer.status_code, answer.json["error"]["code"]) == (404, "BADGE_NOT_FOUND")
    assert "truck-factor" in answer.json["error"]["message"]


def test_a_badge_holds_no_markup_of_its_texts_and_no_script() -> None:
    text = badge_svg(Badge('<script>"', "a&b<", "good", "", True))

    root = ElementTree.fromstring(text)
    tags = {element.tag.rpartition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "clipPath", "rect", "g", "text"}
    assert not re.search(r"\son\w+=|href=|style", text)
    assert root.get("aria-label") == '<script>": a&b<'


@pytest.mark.parametrize("color", [LABEL_COLOR, *COLORS.values()])
def test_the_texts_of_a_badge_have_contrast_enough(color: str) -> None:
    light, dark = sorted((_luminance(TEXT_COLOR), _luminance(color)), reverse=True)

    assert (light + 0.05) / (dark + 0.05) >= 4.5


def _luminance(color: str) -> float:
    """The relative luminance of WCAG 2."""
    parts = [int(color[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
