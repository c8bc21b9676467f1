"""Insights on what has changed: new levels, projects that fade, and weeks unlike all others."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity, week_of
from gitinsight_trends.assessment import Assessment
from gitinsight_trends.causes import Causes
from gitinsight_trends.changes import Change
from gitinsight_trends.direction import Trend
from gitinsight_trends.outlook_tables import factor, shown
from gitinsight_trends.unusual import Christmas, Unusual
from gitinsight_trends.words import commit_evidence, counted, per_week

if TYPE_CHECKING:
    from gitinsight.plugin import History

MOST_CHANGES = 3
MOST_UNUSUAL = 2
RECENT_WEEKS = 8
HALF_YEAR_WEEKS = 26
FADED_TO = 0.1
FEWEST_BEFORE = 26
REST_WEEKS = 52
SIGNIFICANCE = 0.05


def insights(
    history: History,
    headline: Assessment,
    found: list[Assessment],
    around: dict[str, Causes],
    work: pl.DataFrame,
) -> list[Insight]:
    """Fading, the newest new levels of the commits, unusual weeks, Christmas: each only where there is one."""
    said = [_fading(headline, work), *_changes(headline, around), *_unusual(history, found, work)]
    return [insight for insight in (*said, _christmas(headline)) if insight is not None]


def _fading(one: Assessment, work: pl.DataFrame) -> Insight | None:
    """A project at rest, or with a tenth or less of the pace of the two years before."""
    values = one.series.values
    if len(values) < 3 * HALF_YEAR_WEEKS or not values.any():
        return None
    silent = len(values) - 1 - max(n for n, value in enumerate(values.tolist()) if value > 0)
    recent = float(values[-HALF_YEAR_WEEKS:].sum())
    earlier = values[:-HALF_YEAR_WEEKS][-4 * HALF_YEAR_WEEKS :]
    before = float(earlier.mean()) * HALF_YEAR_WEEKS
    if silent >= REST_WEEKS:
        title = f"At rest: no commits by people for {silent} weeks"
        text = (
            "Every forecast from such a series is 0, and says nothing about whether work is taken up again."
        )
    elif before >= FEWEST_BEFORE and recent <= FADED_TO * before:
        title = (
            f"Fading: {counted(recent, 'commit')} in the last 26 weeks, {before:,.0f} in a usual half year of the"
            " time before"
        )
        text = "A project often ends like this, without a word. A forecast of the old pace would be wrong."
    else:
        return None
    return Insight(
        InsightType.TREND,
        Severity.WARNING,
        title,
        f"{text} If it is finished, its README can say so; if not, look for open work and for people to take it up.",
        0.99,
        [Evidence(EvidenceKind.METRIC, one.metric.name, "last 26 weeks"), *commit_evidence(work)],
        metrics=[one.metric.id],
        tags=["fading"],
        data={
            "confidence_basis": "Counted, not estimated.",
            "silent_weeks": silent,
            "artifacts": [f"forecast:{one.metric.name}"],
        },
    )


def _changes(one: Assessment, around: dict[str, Causes]) -> list[Insight]:
    newest = one.changes[-MOST_CHANGES:] if isinstance(one.changes, list) else []
    return [_change(one, change, around[one.week(change).date().isoformat()]) for change in reversed(newest)]


def _change(one: Assessment, change: Change, causes: Causes) -> Insight:
    week = one.week(change)
    rose = change.after > change.before
    times = factor(change)
    size = f", {times:.1f} times as many" if times is not None and rose and times < 100 else ""
    around = causes.sentence or "No release lies within 45 days, and mostly the same people went on working."
    released = [Evidence(EvidenceKind.RELEASE, one.tag, one.on.isoformat()) for one in causes.releases]
    return Insight(
        InsightType.TREND,
        Severity.INFO if rose else Severity.NOTICE,
        f"From {week:%-d %B %Y} on a typical week has {per_week(change.after)} commits instead of"
        f" {per_week(change.before)}{size}",
        f"{around} These things go together in time; whether one made the other is for you to judge. The new level"
        " lasted 13 weeks at least and differs by more than the ups and downs of this series explain.",
        0.94,
        [Evidence(EvidenceKind.METRIC, one.metric.name, f"from {week:%Y-%m-%d} on"), *released],
        metrics=[one.metric.id],
        tags=["change"],
        data=_change_data(week, change, causes)
        | {
            "confidence_basis": "On steady series whose weeks resemble their neighbours, at most 6 in 100 show a"
            " change by chance.",
            "artifacts": [f"forecast:{one.metric.name}", "changes"],
        },
    )


def _change_data(week: datetime, change: Change, causes: Causes) -> dict[str, Any]:
    return {
        "week": week.date().isoformat(),
        "before": shown(change.before),
        "after": shown(change.after),
        "factor": shown(factor(change)),
        "releases": [release.tag for release in causes.releases],
        "joined_share": shown(causes.joined),
        "left_share": shown(causes.left),
    }


def _unusual(history: History, found: list[Assessment], work: pl.DataFrame) -> list[Insight]:
    """Of the last eight weeks, the one furthest outside its range first; a week is told once."""
    since = week_of(history.now) - timedelta(weeks=RECENT_WEEKS)
    recent = [
        (one, week)
        for one in found
        for week in (one.unusual if isinstance(one.unusual, list) else [])
        if one.week(week) >= since and not _follows_trend(one, week)
    ]
    recent.sort(key=lambda pair: _excess(pair[1]), reverse=True)
    told: dict[datetime, Insight] = {}
    for one, week in recent:
        told.setdefault(one.week(week), _unusual_week(one, week, work))
    return list(told.values())[:MOST_UNUSUAL]


def _follows_trend(one: Assessment, week: Unusual) -> bool:
    """A series that rises is ever higher than before: the trend's own insight says so."""
    direction = one.trend.direction if isinstance(one.trend, Trend) else "no trend"
    return direction == ("increasing" if week.value > week.high else "decreasing")


def _excess(week: Unusual) -> float:
    span = week.high - week.low or 1.0
    return max(week.value - week.high, week.low - week.value) / span


def _unusual_week(one: Assessment, week: Unusual, work: pl.DataFrame) -> Insight:
    monday = one.week(week)
    above = week.value > week.high
    limit = week.high if above else week.low
    commits = work.filter(pl.col("week") == monday)
    return Insight(
        InsightType.ANOMALY,
        Severity.INFO,
        f"{one.metric.title}: {per_week(week.value)} in the week of {monday:%-d %B %Y}, {'more' if above else 'less'}"
        " than in any of the 104 weeks before",
        f"The {'greatest' if above else 'least'} of these was {per_week(limit)}. One week in a hundred of a steady"
        " series does that; the commits of that week tell whether it was one big change, an import, or a rush.",
        0.98,
        [
            Evidence(EvidenceKind.METRIC, one.metric.name, f"week of {monday:%Y-%m-%d}"),
            *commit_evidence(commits),
        ],
        metrics=[one.metric.id],
        tags=["unusual"],
        data={
            "week": monday.date().isoformat(),
            "value": shown(week.value),
            "range": [shown(week.low), shown(week.high)],
            "confidence_basis": "A week of a steady series lies outside the range of 104 others with a chance of"
            " 2 in 105.",
            "artifacts": [f"forecast:{one.metric.name}", "unusual"],
        },
    )


def _christmas(one: Assessment) -> Insight | None:
    if not isinstance(one.christmas, Christmas) or one.christmas.p_value >= SIGNIFICANCE:
        return None
    found = one.christmas
    less = found.ratio < 1
    return Insight(
        InsightType.TREND,
        Severity.INFO,
        f"The Christmas week has {100 * abs(1 - found.ratio):.0f} % {'less' if less else 'more'} activity than the"
        " weeks around it",
        f"Over {found.years} years, against four weeks on either side (p = {found.p_value:.2g}, by drawing other"
        " weeks of the same years). It is the only week of the year that is tested, and the forecast leaves it out.",
        round(1 - found.p_value, 3),
        [Evidence(EvidenceKind.METRIC, one.metric.name, f"{found.years} Christmas weeks")],
        metrics=[one.metric.id],
        tags=["season"],
        data={
            "confidence_basis": "1 - p of the permutation test.",
            "ratio": shown(found.ratio),
            "years": found.years,
        },
    )
