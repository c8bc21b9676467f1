"""Results as CSV (RFC 4180) that a spreadsheet may open without running anything.

A text that begins as a formula would is kept a text by an apostrophe in front (OWASP, CSV injection).
"""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator, Sequence

from gitinsight.services import parquet
from gitinsight.services.downloads import ExportedPoint
from gitinsight.services.insights import InsightView

INSIGHT_COLUMNS = (
    *("id", "type", "severity", "title", "description", "confidence_score", "analyzer", "model_version"),
    *("head", "generated_at", "tags", "metrics", "evidence", "data"),
)
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
_PIECE = 64 * 1024


def insights_csv(insights: Iterable[InsightView]) -> Iterator[bytes]:
    """One row an insight; evidence as ``kind:what``, lists separated by a semicolon."""
    yield from _written(INSIGHT_COLUMNS, (_insight_row(insight) for insight in insights))


def points_csv(points: Iterable[ExportedPoint]) -> Iterator[bytes]:
    """One row a point, a missing value empty with its reason beside it."""
    yield from _written(parquet.COLUMNS, (parquet.row_of(point) for point in points))


def _insight_row(insight: InsightView) -> Sequence[object]:
    return (
        insight.id,
        insight.type.value,
        insight.severity.value,
        insight.title,
        insight.description,
        insight.confidence_score,
        insight.analyzer,
        insight.model_version,
        insight.head,
        insight.generated_at.isoformat(),
        "; ".join(insight.tags),
        "; ".join(insight.metrics),
        "; ".join(f"{piece.kind}:{piece.ref}" for piece in insight.evidence),
        json.dumps(insight.data, ensure_ascii=False, sort_keys=True),
    )


def _written(columns: Sequence[str], rows: Iterable[Sequence[object]]) -> Iterator[bytes]:
    text = io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow(columns)
    for row in rows:
        writer.writerow([_harmless(value) for value in row])
        if text.tell() > _PIECE:
            yield _taken(text)
    yield _taken(text)


def _taken(text: io.StringIO) -> bytes:
    piece = text.getvalue().encode("utf-8", "replace")
    text.seek(0)
    text.truncate()
    return piece


def _harmless(value: object) -> object:
    if isinstance(value, str) and value.startswith(_FORMULA_STARTS):
        return f"'{value}"
    return value
