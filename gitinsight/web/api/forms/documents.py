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
    """A page of the list that holds all of them, so that nothing follows."""
    yield from _document(
        (json.dumps(_INSIGHT.dump(insight)) for insight in insights), b', "next_cursor": null'
    )


def series_json(points: Iterable[ExportedPoint]) -> Iterator[bytes]:
    """``{"items": [series, ...]}`` of points that come by metric."""
    by_metric = groupby(points, key=lambda each: each.metric.name)
    yield from _document(_series(list(group)) for _, group in by_metric)


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


def _document(items: Iterable[str], rest: bytes = b"") -> Iterator[bytes]:
    yield b'{"items": ['
    for place, item in enumerate(items):
        yield (f",\n{item}" if place else item).encode()
    yield b"]" + rest + b"}\n"
