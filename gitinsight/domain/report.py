"""What an analyzer says about a repository: points, insights and artifacts.

Points are time series, insights are sentences with evidence, artifacts are what a chart or a
drill-down needs beyond a series. All of them are frozen and checked by ``check_report`` before
anything is stored, so a broken analyzer is told with its name and never seen on a page.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from gitinsight.errors import ReportInvalid

MAX_EVIDENCE = 200
"""An insight or a ``commits`` artifact carries at most so many pieces and states the full count."""
LONGEST_NAME = 200
"""Most characters of a dimension's or an artifact's name."""


class InsightType(StrEnum):
    QUALITY = "quality"
    HOTSPOT = "hotspot"
    SENTIMENT = "sentiment"
    TREND = "trend"
    ANOMALY = "anomaly"
    FORECAST = "forecast"
    PEOPLE = "people"
    COUPLING = "coupling"
    DELIVERY = "delivery"
    PLUGIN = "plugin"


class Severity(StrEnum):
    """How much an insight matters, least first."""

    INFO = "info"
    NOTICE = "notice"
    WARNING = "warning"
    CRITICAL = "critical"


class EvidenceKind(StrEnum):
    COMMIT = "commit"
    FILE = "file"
    PERSON = "person"
    RELEASE = "release"
    METRIC = "metric"


class ArtifactKind(StrEnum):
    """The shapes that pages and exports can draw; ``docs/plugins.md`` shows each.

    - ``table``: ``{"columns": [{"name", "title", "kind", "unit"?}], "rows": [[...]], "total"}``,
      a column's kind being text, number, percent (a share, 0 to 1), date, file, person, commit or metric
    - ``treemap``: ``{"size": {"title", "unit"}, "color": {"title", "unit"}, "tree": node,
      "parts"?: {"title", "size", "color"}}``, a node being ``{"name", "children"}`` or
      ``{"name", "path", "size", "color", "facts"?, "parts"?}``; a file opens into its parts, each
      ``{"name", "size", "color", "facts"?}``, which the outer ``parts`` describes
    - ``matrix``: ``{"rows": [...], "columns": [...], "values": [[...]], "unit"}``
    - ``graph``: ``{"nodes": [{"id", "name", "size"}], "links": [{"source", "target", "weight"}]}``
    - ``commits``: ``{"commits": [{"commit", "subject", "author", "at", "note"?}], "total"}``
    - ``chart``: ``{"unit", "series": [{"name", "shape", "points": [[time, value]], "stack"?}],
      "bands"?: [{"name", "points": [[time, low, high]]}], "marks"?: [{"at", "label"}],
      "x"?: {"title", "unit"}, "ordered"?}``, a shape being line, bar or area and a time an ISO 8601
      date, or a number with ``x``, which then names the axis; ``ordered`` colours series that follow
      each other from pale to strong
    """

    TABLE = "table"
    TREEMAP = "treemap"
    MATRIX = "matrix"
    GRAPH = "graph"
    COMMITS = "commits"
    CHART = "chart"


class Bucket(StrEnum):
    """The width of a series' steps; ``snapshot`` is one value as of the analysed commit."""

    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    SNAPSHOT = "snapshot"


@dataclass(frozen=True, slots=True)
class Metric:
    """A number's definition: what it counts, in which unit, over which step of time.

    ``name`` is ``<analyzer>.<noun>`` and never changes its meaning: a new formula is a new
    ``version``. ``definition`` gives the exact formula and its source in a few sentences.
    ``better`` is "higher", "lower" or "" where neither is.
    """

    name: str
    title: str
    unit: str
    definition: str
    bucket: Bucket = Bucket.WEEK
    version: int = 1
    better: str = ""

    @property
    def id(self) -> str:
        """The definition id that is stored beside each value: ``name@version``."""
        return f"{self.name}@{self.version}"


@dataclass(frozen=True, slots=True)
class Point:
    """One value of a metric at the start of its bucket (aware UTC).

    A missing value is ``None`` with a ``reason``, never 0. ``dimension`` splits a metric (a language,
    a team); the empty string is the whole.
    """

    metric: str
    at: datetime
    value: float | None
    reason: str = ""
    dimension: str = ""


@dataclass(frozen=True, slots=True)
class Evidence:
    """One thing that a reader can open to see for himself.

    ``ref`` is a commit id, a path at the analysed commit, a person's name, a tag or a metric name.
    """

    kind: EvidenceKind
    ref: str
    note: str = ""


@dataclass(frozen=True, slots=True)
class Insight:
    """A sentence worth reading, with how sure it is and what it rests on.

    ``title`` says the finding in plain words, ``description`` why it matters and what to do.
    ``confidence`` (0 to 1) is the probability that the statement is true, by the method that
    ``description`` or ``data["confidence_basis"]`` names. ``metrics`` lists definition ids.
    """

    type: InsightType
    severity: Severity
    title: str
    description: str
    confidence: float
    evidence: Sequence[Evidence]
    metrics: Sequence[str] = ()
    tags: Sequence[str] = ()
    data: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Artifact:
    """Plain JSON that a page or a program draws; its ``kind`` fixes the shape of ``content``."""

    name: str
    kind: ArtifactKind
    title: str
    content: Mapping[str, Any]
    definition: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """All that one analyzer found at one commit."""

    points: Sequence[Point] = ()
    insights: Sequence[Insight] = ()
    artifacts: Sequence[Artifact] = ()


def check_report(analyzer: str, metrics: Sequence[Metric], report: Report) -> None:
    """Refuse a report that breaks the contract.

    Raises ReportInvalid, which names the analyzer and the first offending value.
    """
    if not isinstance(report, Report):
        raise ReportInvalid(f"{analyzer} returned {type(report).__name__} instead of a Report.")
    _check_items(analyzer, "points", report.points, Point)
    _check_items(analyzer, "insights", report.insights, Insight)
    _check_items(analyzer, "artifacts", report.artifacts, Artifact)
    _check_points(analyzer, {metric.name for metric in metrics}, report.points)
    ids = {metric.id for metric in metrics}
    for insight in report.insights:
        _check_insight(analyzer, insight)
        unknown = {name for name in insight.metrics if name.startswith(f"{analyzer}.")} - ids
        if unknown:
            raise ReportInvalid(f"{analyzer}: undeclared metric {sorted(unknown)[0]!r} in {insight.title!r}.")
    names = [artifact.name for artifact in report.artifacts]
    if len(names) != len(set(names)):
        raise ReportInvalid(f"{analyzer}: two artifacts share a name in {sorted(names)}.")
    for artifact in report.artifacts:
        _check_artifact(analyzer, artifact)


def _check_items(analyzer: str, what: str, items: object, kind: type) -> None:
    """A list or tuple of one kind; an iterator would be empty when it is read for the second time."""
    if not isinstance(items, Sequence):
        raise ReportInvalid(f"{analyzer}: the {what} are a {type(items).__name__} instead of a list.")
    strange = next((item for item in items if not isinstance(item, kind)), None)
    if strange is not None:
        raise ReportInvalid(f"{analyzer}: a {type(strange).__name__} stands among the {what}.")


def _check_points(analyzer: str, declared: set[str], points: Sequence[Point]) -> None:
    seen = set()
    for point in points:
        _check_point(analyzer, declared, point)
        place = (point.metric, point.dimension, point.at)
        if place in seen:
            raise ReportInvalid(f"{analyzer}: two points of {point.metric!r} are at {point.at}.")
        seen.add(place)


def _check_point(analyzer: str, declared: set[str], point: Point) -> None:
    if point.metric not in declared:
        raise ReportInvalid(f"{analyzer}: undeclared metric {point.metric!r}.")
    if not isinstance(point.at, datetime) or point.at.tzinfo is None:
        raise ReportInvalid(f"{analyzer}: naive time {point.at} for {point.metric!r}.")
    if not isinstance(point.dimension, str) or len(point.dimension) > LONGEST_NAME:
        raise ReportInvalid(f"{analyzer}: {point.metric!r} has a dimension that is no short text.")
    if point.value is None:
        if not point.reason:
            raise ReportInvalid(f"{analyzer}: {point.metric!r} has no value and no reason.")
    elif not _is_number(point.value):
        raise ReportInvalid(f"{analyzer}: {point.metric!r} is {point.value!r}.")


def _is_number(value: object) -> bool:
    """Whether this is a finite number that a float can hold."""
    return isinstance(value, float | int) and abs(value) <= sys.float_info.max


def _check_insight(analyzer: str, insight: Insight) -> None:
    if not insight.title.strip() or not insight.description.strip():
        raise ReportInvalid(f"{analyzer}: an insight without a title or a description.")
    if not isinstance(insight.type, InsightType) or not isinstance(insight.severity, Severity):
        raise ReportInvalid(f"{analyzer}: {insight.title!r} has no known type or severity.")
    if not _is_number(insight.confidence) or not 0 <= insight.confidence <= 1:
        raise ReportInvalid(
            f"{analyzer}: confidence {insight.confidence!r} of {insight.title!r} is not in 0 to 1."
        )
    if not insight.evidence:
        raise ReportInvalid(f"{analyzer}: no evidence for {insight.title!r}.")
    if len(insight.evidence) > MAX_EVIDENCE:
        raise ReportInvalid(f"{analyzer}: over {MAX_EVIDENCE} pieces of evidence for {insight.title!r}.")
    if not all(isinstance(piece, Evidence) for piece in insight.evidence):
        raise ReportInvalid(f"{analyzer}: the evidence for {insight.title!r} is not Evidence.")
    texts = [*insight.metrics, *insight.tags, *(piece.ref for piece in insight.evidence)]
    if not all(isinstance(text, str) for text in texts):
        raise ReportInvalid(
            f"{analyzer}: a metric, tag or piece of evidence of {insight.title!r} is no text."
        )
    _check_json(analyzer, f"the details of {insight.title!r}", insight.data)


def _check_artifact(analyzer: str, artifact: Artifact) -> None:
    if not 0 < len(artifact.name) <= LONGEST_NAME:
        raise ReportInvalid(f"{analyzer}: the artifact name {artifact.name!r} is empty or too long.")
    if not isinstance(artifact.kind, ArtifactKind):
        raise ReportInvalid(f"{analyzer}: artifact {artifact.name!r} has no known kind.")
    _check_json(analyzer, f"artifact {artifact.name!r}", artifact.content)


def _check_json(analyzer: str, what: str, content: object) -> None:
    if not isinstance(content, Mapping):
        raise ReportInvalid(f"{analyzer}: {what} is a {type(content).__name__} instead of a mapping.")
    try:
        json.dumps(content, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise ReportInvalid(f"{analyzer}: {what} is not plain JSON ({error}).") from error
