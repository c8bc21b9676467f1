"""Results as JSON documents that are written item by item, in the shapes of the lists."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from typing import Any

from gitinsight.services.downloads import ExportedPoint
from gitinsight.services.insights import InsightView
from gitinsight.web.api import schemas

_INSIGHT = schemas.InsightSchema()
_METRIC = schemas.MetricSchema()


def insights_json(insights: Iterable[InsightView]) -> Iterator[bytes]:
    """``{"items": [insight, ...]}``, without a limit."""
    yield from _document(json.dumps(_INSIGHT.dump(insight)) for insight in insights)


def series_json(points: Iterable[ExportedPoint]) -> Iterator[bytes]:
    """``{"items": [series, ...]}`` of points that come by metric."""
    yield from _document(
        _series(list(group)) for _, group in groupby(points, key=lambda each: each.metric.name)
    )


def _series(points: list[ExportedPoint]) -> str:
    first = points[0]
    series: dict[str, Any] = {
        "metric": _METRIC.dump(first.metric),
        "analyzer": first.analyzer,
        "points": [
            {
                "at": each.point.at.isoformat(),
                "value": each.point.value,
                "reason": each.point.reason,
                "dimension": each.point.dimension,
            }
            for each in points
        ],
    }
    return json.dumps(series)


def _document(items: Iterable[str]) -> Iterator[bytes]:
    yield b'{"items": ['
    for place, item in enumerate(items):
        yield (f",\n{item}" if place else item).encode()
    yield b"]}\n"
