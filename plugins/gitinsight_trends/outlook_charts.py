"""Charts, the table and the drill-downs of the analyzer ``trends``."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

import numpy as np
import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind
from gitinsight_trends.assessment import Assessment
from gitinsight_trends.backtest import Backtest
from gitinsight_trends.definitions import DIRECTION, ERROR, EXPECTED_COMMITS
from gitinsight_trends.direction import Trend
from gitinsight_trends.quantiles import Forecast
from gitinsight_trends.weeks import dated_commits
from gitinsight_trends.words import drill_down, per_week, release_marks

if TYPE_CHECKING:
    from gitinsight.plugin import History

SHOWN_WEEKS = 156
BEHIND_DIRECTION = timedelta(weeks=104)
BEHIND_FORECAST = timedelta(weeks=260)

_COLUMNS = (
    ("metric", "Series", "text", ""),
    ("unit", "Unit", "text", ""),
    ("direction", "Direction", "text", ""),
    ("p", "p-value", "number", ""),
    ("slope", "Change a year", "number", "%"),
    ("median", "Expected each week", "number", ""),
    ("lower80", "80 % from", "number", ""),
    ("upper80", "80 % to", "number", ""),
    ("lower95", "95 % from", "number", ""),
    ("upper95", "95 % to", "number", ""),
    ("mase", "Error (MASE)", "number", ""),
    ("mase_median26", "Error of the median of 26 weeks", "number", ""),
    ("mase_seasonal", "Error of the same week a year before", "number", ""),
    ("coverage80", "Inside the 80 % limits", "number", "%"),
    ("verdict", "Verdict", "text", ""),
)


def artifacts(history: History, headline: Assessment | None, found: list[Assessment]) -> list[Artifact]:
    """A chart for each forecast, the table of all series, and the commits behind the headline numbers."""
    charts = [_chart(history, one) for one in found if isinstance(one.forecast, Forecast)]
    return [*charts, _table(found), *(_drill_downs(history) if headline else [])]


def _drill_downs(history: History) -> list[Artifact]:
    commits = dated_commits(history).filter(~pl.col("is_bot") & ~pl.col("is_merge"))
    spans = (
        (DIRECTION, BEHIND_DIRECTION, "Commits of the last 104 weeks, whose direction is tested"),
        (EXPECTED_COMMITS, BEHIND_FORECAST, "Commits of the last 260 weeks, which the forecast weighs"),
        (ERROR, BEHIND_FORECAST, "Commits of the last 260 weeks, which the forecast was checked on"),
    )
    return [
        drill_down(metric, commits.filter(pl.col("committed_at") > history.now - span), what)
        for metric, span, what in spans
    ]


def _chart(history: History, one: Assessment) -> Artifact:
    """Three years of weeks, the expected value and both bands, with the newest releases as marks."""
    series, expected = one.series, one.forecast
    assert isinstance(expected, Forecast)
    whole = bool(np.all(series.values == np.round(series.values)))
    past = zip(series.weeks[-SHOWN_WEEKS:], series.values[-SHOWN_WEEKS:].tolist(), strict=True)
    coming = [series.next_week + timedelta(weeks=n) for n in range(len(expected.median))]
    limits = {"80 %": (expected.lower80, expected.upper80), "95 %": (expected.lower95, expected.upper95)}
    content: dict[str, Any] = {
        "unit": one.metric.unit,
        "series": [
            {
                "name": one.metric.title,
                "shape": "bar" if whole else "line",
                "points": [[week.date().isoformat(), value] for week, value in past],
            },
            {
                "name": "expected",
                "shape": "line",
                "points": [
                    [week.date().isoformat(), _shown(value)]
                    for week, value in zip(coming, expected.median.tolist(), strict=True)
                ],
            },
        ],
        "bands": [
            {
                "name": name,
                "points": [
                    [week.date().isoformat(), _shown(low), _shown(high)]
                    for week, low, high in zip(coming, lows.tolist(), highs.tolist(), strict=True)
                ],
            }
            for name, (lows, highs) in limits.items()
        ],
        "marks": release_marks(history, series.weeks[-SHOWN_WEEKS:][0]),
    }
    name = f"forecast:{one.metric.name}"
    return Artifact(name, ArtifactKind.CHART, _title(one, expected), content, one.metric.id)


def _title(one: Assessment, expected: Forecast) -> str:
    low, high = per_week(expected.lower80[0]), per_week(expected.upper80[0])
    middle = per_week(expected.median[0])
    return f"{one.metric.title}: {middle} expected each week, {low} to {high} in four weeks of five"


def _table(found: list[Assessment]) -> Artifact:
    columns = [
        {"name": name, "title": title, "kind": kind} | ({"unit": unit} if unit else {})
        for name, title, kind, unit in _COLUMNS
    ]
    content = {"columns": columns, "rows": [_row(one) for one in found], "total": len(found)}
    return Artifact("forecasts", ArtifactKind.TABLE, "Direction and forecast of every weekly series", content)


def _row(one: Assessment) -> list[Any]:
    trend: list[Any] = [None, None, None]
    if isinstance(one.trend, Trend):
        percent = one.percent_per_year
        trend = [one.trend.direction, _shown(one.trend.p_value, 4), _shown(percent)]
    limits: list[Any] = [None] * 5
    if isinstance(one.forecast, Forecast):
        names = ("median", "lower80", "upper80", "lower95", "upper95")
        limits = [_shown(one.forecast[name][0]) for name in names]
    errors: list[Any] = [None] * 4
    if isinstance(one.backtest, Backtest):
        check = one.backtest
        errors = [_shown(error) for error in (check.mase, check.mase_median26, check.mase_seasonal)]
        errors.append(_shown(100 * check.coverage80))
    return [one.metric.name, one.metric.unit, *trend, *limits, *errors, one.verdict]


def _shown(value: float | None, digits: int = 3) -> float | None:
    return None if value is None else round(float(value), digits)
