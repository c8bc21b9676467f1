"""What is refused of a report, with the analyzer's name and the offending value."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from gitinsight.domain.report import (
    Artifact,
    ArtifactKind,
    Evidence,
    EvidenceKind,
    Insight,
    InsightType,
    Metric,
    Point,
    Report,
    Severity,
    check_report,
)
from gitinsight.errors import ReportInvalid

AT = datetime(2024, 1, 1, tzinfo=UTC)
LINES = Metric("x.lines", "Lines", "lines", "All lines.")
POINT = Point("x.lines", AT, 1.0)
INSIGHT = Insight(
    InsightType.QUALITY,
    Severity.INFO,
    "Ten lines",
    "Few.",
    0.5,
    [Evidence(EvidenceKind.FILE, "a")],
    [LINES.id],
)
ARTIFACT = Artifact("files", ArtifactKind.TABLE, "Files", {"columns": [], "rows": []})


def deep(levels: int) -> Any:
    found: list[Any] = []
    for _ in range(levels):
        found = [found]
    return {"a": found}


def circle() -> Any:
    found: dict[str, Any] = {}
    found["self"] = found
    return found


def refusal(report: Any) -> str:
    with pytest.raises(ReportInvalid) as raised:
        check_report("x", [LINES], report)
    assert raised.value.message.startswith("x")
    return raised.value.message


def test_a_good_report_passes() -> None:
    others = [replace(POINT, dimension="C"), Point("x.lines", AT.replace(day=2), None, reason="none yet")]
    foreign = replace(INSIGHT, metrics=["y.other@2"], confidence=1)

    check_report("x", [LINES], Report([POINT, *others], [INSIGHT, foreign], [ARTIFACT]))
    check_report("x", [], Report())


@pytest.mark.parametrize("report", [None, {}, [], "report", Report])
def test_what_is_no_report_is_refused(report: Any) -> None:
    assert "instead of a Report" in refusal(report)


@pytest.mark.parametrize(
    ("part", "told"),
    [
        ({"points": (one for one in [POINT])}, "the points are a generator"),
        ({"points": None}, "the points are a NoneType"),
        ({"insights": [INSIGHT, "text"]}, "a str stands among the insights"),
        ({"artifacts": [POINT]}, "a Point stands among the artifacts"),
    ],
)
def test_parts_of_another_kind_are_refused(part: dict[str, Any], told: str) -> None:
    assert told in refusal(Report(**part))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"metric": "x.words"}, "undeclared metric 'x.words'"),
        ({"metric": "y.lines"}, "undeclared metric 'y.lines'"),
        ({"at": datetime(2024, 1, 1)}, "naive time"),  # noqa: DTZ001
        ({"at": "2024-01-01"}, "naive time"),
        ({"value": None}, "no value and no reason"),
        ({"value": float("nan")}, "is nan"),
        ({"value": float("-inf")}, "is -inf"),
        ({"value": "7"}, "is '7'"),
        ({"value": 10**400}, "is 1000"),
        ({"value": 1j}, "is 1j"),
        ({"dimension": None}, "dimension"),
        ({"dimension": "x" * 201}, "dimension"),
    ],
)
def test_a_wrong_point_is_refused(changes: dict[str, Any], told: str) -> None:
    assert told in refusal(Report([replace(POINT, **changes)]))


def test_two_points_of_one_place_are_refused() -> None:
    assert "two points of 'x.lines'" in refusal(Report([POINT, replace(POINT, value=2.0)]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"title": " "}, "without a title"),
        ({"description": ""}, "without a title or a description"),
        ({"type": "quality!"}, "no known type or severity"),
        ({"severity": 3}, "no known type or severity"),
        ({"confidence": 1.01}, "confidence 1.01"),
        ({"confidence": -0.1}, "confidence -0.1"),
        ({"confidence": float("nan")}, "confidence nan"),
        ({"confidence": None}, "confidence None"),
        ({"confidence": "high"}, "confidence 'high'"),
        ({"evidence": []}, "no evidence"),
        ({"evidence": [Evidence(EvidenceKind.FILE, "a")] * 201}, "over 200 pieces"),
        ({"evidence": ["a.py"]}, "is not Evidence"),
        ({"evidence": [Evidence(EvidenceKind.FILE, 7)]}, "no text"),  # type: ignore[arg-type]
        ({"metrics": ["x.lines"]}, "undeclared metric 'x.lines'"),
        ({"metrics": ["x.lines@2"]}, "undeclared metric 'x.lines@2'"),
        ({"metrics": [LINES]}, "no text"),
        ({"tags": [1]}, "no text"),
        ({"data": {"x": float("inf")}}, "not plain JSON"),
        ({"data": {"x": {1, 2}}}, "not plain JSON"),
        ({"data": {"at": AT}}, "not plain JSON"),
        ({"data": circle()}, "not plain JSON"),
        ({"data": deep(100_000)}, "not plain JSON"),
        ({"data": [1]}, "instead of a mapping"),
    ],
)
def test_a_wrong_insight_is_refused(changes: dict[str, Any], told: str) -> None:
    assert told in refusal(Report(insights=[replace(INSIGHT, **changes)]))


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"name": ""}, "empty or too long"),
        ({"name": "x" * 201}, "empty or too long"),
        ({"kind": "sculpture"}, "no known kind"),
        ({"content": None}, "instead of a mapping"),
        ({"content": {"rows": [float("nan")]}}, "not plain JSON"),
        ({"content": {b"x": 1}}, "not plain JSON"),
    ],
)
def test_a_wrong_artifact_is_refused(changes: dict[str, Any], told: str) -> None:
    assert told in refusal(Report(artifacts=[replace(ARTIFACT, **changes)]))


def test_two_artifacts_of_one_name_are_refused() -> None:
    assert "share a name" in refusal(Report(artifacts=[ARTIFACT, ARTIFACT]))
