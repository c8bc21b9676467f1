"""Charts and drill-downs of the analyzer ``trends``."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind
from gitinsight_trends.assessment import Assessment
from gitinsight_trends.definitions import DIRECTION, ERROR, EXPECTED_COMMITS
from gitinsight_trends.outlook_tables import shown
from gitinsight_trends.quantiles import Forecast
from gitinsight_trends.words import drill_down, per_week, release_marks

if TYPE_CHECKING:
    from gitinsight.plugin import History

SHOWN_WEEKS = 260
MOST_MARKS = 8
MOST_RELEASES = 200
MARKS_APART = timedelta(weeks=40)
"""Closer labels would overlap in a chart of five years on half a page."""
BEHIND_DIRECTION = timedelta(weeks=104)
BEHIND_FORECAST = timedelta(weeks=260)


def charts(history: History, found: list[Assessment]) -> list[Artifact]:
    """A chart for each forecast."""
    return [_chart(history, one) for one in found if isinstance(one.forecast, Forecast)]


def drill_downs(history: History, work: pl.DataFrame) -> list[Artifact]:
    """The commits behind the headline numbers, of ``work``: those by people, without merges."""
    spans = (
        (DIRECTION, BEHIND_DIRECTION, "Commits of the last 104 weeks, whose direction is tested"),
        (EXPECTED_COMMITS, BEHIND_FORECAST, "Commits of the last 260 weeks, which the forecast weighs"),
        (ERROR, BEHIND_FORECAST, "Commits of the last 260 weeks, which the forecast was checked on"),
    )
    return [
        drill_down(metric, work.filter(pl.col("committed_at") > history.now - span), what)
        for metric, span, what in spans
    ]


def _chart(history: History, one: Assessment) -> Artifact:
    """Five years of weeks, the expected value and both bands, with changes of level and releases as marks."""
    series, expected = one.series, one.forecast
    assert isinstance(expected, Forecast)
    past = zip(series.weeks[-SHOWN_WEEKS:], series.values[-SHOWN_WEEKS:].tolist(), strict=True)
    coming = [series.next_week + timedelta(weeks=n) for n in range(len(expected.median))]
    limits = {"80 %": (expected.lower80, expected.upper80), "95 %": (expected.lower95, expected.upper95)}
    content: dict[str, Any] = {
        "unit": one.metric.unit,
        "series": [
            {
                "name": one.metric.title,
                "shape": "bar" if one.counts_something else "line",
                "points": [[week.date().isoformat(), value] for week, value in past],
            },
            {
                "name": "expected",
                "shape": "line",
                "points": [
                    [week.date().isoformat(), shown(value)]
                    for week, value in zip(coming, expected.median.tolist(), strict=True)
                ],
            },
        ],
        "bands": [
            {
                "name": name,
                "points": [
                    [week.date().isoformat(), shown(low), shown(high)]
                    for week, low, high in zip(coming, lows.tolist(), highs.tolist(), strict=True)
                ],
            }
            for name, (lows, highs) in limits.items()
        ],
        "marks": _marks(history, one),
    }
    name = f"forecast:{one.metric.name}"
    return Artifact(name, ArtifactKind.CHART, _title(one, expected), content, one.metric.id)


def _marks(history: History, one: Assessment) -> list[dict[str, str]]:
    """Changes of level with both levels, and the newest releases that stand far enough from other marks."""
    kept = [
        {
            "at": one.week(change).date().isoformat(),
            "label": f"{per_week(change.before)} → {per_week(change.after)}",
        }
        for change in (one.changes if isinstance(one.changes, list) else [])
    ]
    since = one.series.weeks[-SHOWN_WEEKS:][0]
    for release in reversed(release_marks(history, since, MOST_RELEASES)):
        if len(kept) < MOST_MARKS and all(_apart(release, mark) >= MARKS_APART for mark in kept):
            kept.append(release)
    return sorted(kept, key=lambda mark: mark["at"])


def _apart(one: dict[str, str], other: dict[str, str]) -> timedelta:
    return abs(date.fromisoformat(one["at"]) - date.fromisoformat(other["at"]))


def _title(one: Assessment, expected: Forecast) -> str:
    low, high = per_week(expected.lower80[0]), per_week(expected.upper80[0])
    middle = per_week(expected.median[0])
    return f"{one.metric.title}: {middle} expected each week, {low} to {high} in four weeks of five"
