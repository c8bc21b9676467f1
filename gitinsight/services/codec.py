"""Reports and series as JSON, the form in which they pass between an analyzer's process and ours."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from gitinsight.domain.report import (
    Artifact,
    ArtifactKind,
    Bucket,
    Evidence,
    EvidenceKind,
    Insight,
    InsightType,
    Metric,
    Point,
    Report,
    Severity,
)

# An escaped NUL, not the text of one: an even number of backslashes may stand before it.
_NUL = re.compile(r"(?<!\\)((?:\\\\)*)\\u0000")
BROKEN = (ValueError, LookupError, TypeError, AttributeError)
"""What ``load_report`` raises for a text that ``dump_report`` did not write."""


def storable(text: str) -> str:
    """The text without what no database stores: NUL characters and halves of surrogate pairs."""
    return text.replace("\0", "\ufffd").encode("utf-8", "replace").decode("utf-8")


def dump_report(report: Report) -> bytes:
    """A checked report as JSON, each text in it storable; ``load_report`` reads it back."""
    text = json.dumps(
        {
            "points": [_point_fields(point) for point in report.points],
            "insights": [asdict(insight) for insight in report.insights],
            "artifacts": [asdict(artifact) for artifact in report.artifacts],
        },
        allow_nan=False,
        ensure_ascii=False,
    )
    return _NUL.sub(r"\1\\ufffd", text).encode("utf-8", "replace")


def load_report(text: bytes) -> Report:
    """The report that ``dump_report`` wrote; one of ``BROKEN`` where it is another text."""
    fields = json.loads(text)
    return Report(
        points=[_point(row) for row in fields["points"]],
        insights=[_insight(row) for row in fields["insights"]],
        artifacts=[Artifact(**row | {"kind": ArtifactKind(row["kind"])}) for row in fields["artifacts"]],
    )


def dump_series(metrics: Sequence[Metric], points: Mapping[str, Sequence[Point]]) -> bytes:
    """Metrics with their points as JSON; ``load_series`` reads it back."""
    return json.dumps(
        {
            "metrics": [asdict(metric) for metric in metrics],
            "points": {name: [_point_fields(point) for point in rows] for name, rows in points.items()},
        }
    ).encode()


def load_series(text: bytes) -> tuple[list[Metric], dict[str, list[Point]]]:
    """What ``dump_series`` wrote."""
    fields = json.loads(text)
    metrics = [Metric(**row | {"bucket": Bucket(row["bucket"])}) for row in fields["metrics"]]
    return metrics, {name: [_point(row) for row in rows] for name, rows in fields["points"].items()}


def evidence_fields(evidence: Sequence[Evidence]) -> list[dict[str, str]]:
    """Evidence as plain JSON values."""
    return [asdict(piece) for piece in evidence]


def evidence_from(rows: Sequence[Mapping[str, str]]) -> list[Evidence]:
    """The evidence that ``evidence_fields`` wrote."""
    return [Evidence(EvidenceKind(row["kind"]), row["ref"], row.get("note", "")) for row in rows]


def _point_fields(point: Point) -> list[Any]:
    return [point.metric, point.at.isoformat(), point.value, point.reason, point.dimension]


def _point(row: Sequence[Any]) -> Point:
    return Point(row[0], datetime.fromisoformat(row[1]), row[2], row[3], row[4])


def _insight(row: Mapping[str, Any]) -> Insight:
    parsed = {
        "type": InsightType(row["type"]),
        "severity": Severity(row["severity"]),
        "evidence": evidence_from(row["evidence"]),
    }
    return Insight(**{**row, **parsed})
