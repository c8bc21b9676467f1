"""Tables of the analyzer ``trends``: forecasts, sums, changes of level, unusual weeks.

``GET /repositories/{id}/trends`` puts them together again by the first column, the metric's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gitinsight.plugin import Artifact, ArtifactKind
from gitinsight_trends.assessment import Assessment
from gitinsight_trends.backtest import Backtest
from gitinsight_trends.causes import Causes
from gitinsight_trends.changes import Change
from gitinsight_trends.direction import Trend
from gitinsight_trends.quantiles import Forecast
from gitinsight_trends.unusual import Christmas

MOST_ROWS = 200

_FORECASTS = (
    ("metric", "Series", "metric", ""),
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
    ("coverage95", "Inside the 95 % limits", "number", "%"),
    ("verdict", "Verdict", "text", ""),
    ("christmas", "Christmas week against its neighbours", "number", "%"),
    ("christmas_p", "p-value of that", "number", ""),
)
_SUMS = (
    ("metric", "Series", "metric", ""),
    ("weeks", "Over the next", "number", "weeks"),
    ("median", "Expected", "number", ""),
    ("lower80", "80 % from", "number", ""),
    ("upper80", "80 % to", "number", ""),
    ("lower95", "95 % from", "number", ""),
    ("upper95", "95 % to", "number", ""),
    ("coverage80", "Past sums of 12 weeks inside 80 %", "number", "%"),
    ("coverage95", "inside 95 %", "number", "%"),
)
_CHANGES = (
    ("metric", "Series", "metric", ""),
    ("week", "From the week of", "date", ""),
    ("before", "Level before", "number", "a week"),
    ("after", "Level after", "number", "a week"),
    ("factor", "Factor", "number", ""),
    ("around", "At that time", "text", ""),
)
_UNUSUAL = (
    ("metric", "Series", "metric", ""),
    ("week", "Week of", "date", ""),
    ("value", "Value", "number", ""),
    ("low", "Least of the 104 weeks before", "number", ""),
    ("high", "Greatest of them", "number", ""),
)


def tables(found: list[Assessment], around: dict[str, Causes]) -> list[Artifact]:
    """All four; ``around`` holds what is known of each week with a change, by its ISO date."""
    return [
        _table(
            "forecasts", "Direction and forecast of every weekly series", _FORECASTS, map(_forecast, found)
        ),
        _table(
            "sums",
            "Sums of the next weeks' values; a person or a file counts in each of its weeks",
            _SUMS,
            _sums(found),
        ),
        _table("changes", "Changes of level in the last five years", _CHANGES, _changes(found, around)),
        _table("unusual", "Weeks outside the range of the two years before", _UNUSUAL, _unusual(found)),
    ]


def _table(name: str, title: str, columns: Sequence[tuple[str, str, str, str]], rows: Any) -> Artifact:
    every = list(rows)
    head = [
        {"name": column, "title": told, "kind": kind} | ({"unit": unit} if unit else {})
        for column, told, kind, unit in columns
    ]
    content = {"columns": head, "rows": every[:MOST_ROWS], "total": len(every)}
    return Artifact(name, ArtifactKind.TABLE, title, content)


def _forecast(one: Assessment) -> list[Any]:
    trend: list[Any] = [None, None, None]
    if isinstance(one.trend, Trend):
        trend = [one.trend.direction, shown(one.trend.p_value, 4), shown(one.percent_per_year)]
    limits: list[Any] = [None] * 5
    if isinstance(one.forecast, Forecast):
        names = ("median", "lower80", "upper80", "lower95", "upper95")
        limits = [shown(one.forecast[name][0]) for name in names]
    errors: list[Any] = [None] * 5
    if isinstance(one.backtest, Backtest):
        check = one.backtest
        errors = [shown(error) for error in (check.mase, check.mase_median26, check.mase_seasonal)]
        errors += [shown(100 * check.coverage80), shown(100 * check.coverage95)]
    holiday: list[Any] = [None, None]
    if isinstance(one.christmas, Christmas):
        holiday = [shown(100 * (one.christmas.ratio - 1), 0), shown(one.christmas.p_value)]
    return [one.metric.name, one.metric.unit, *trend, *limits, *errors, one.verdict, *holiday]


def _sums(found: list[Assessment]) -> list[list[Any]]:
    rows = []
    for one in found:
        covered: list[Any] = [None, None]
        if isinstance(one.backtest, Backtest) and one.backtest.sum_coverage80 is not None:
            shares = (one.backtest.sum_coverage80, one.backtest.sum_coverage95)
            covered = [shown(100 * share, 0) for share in shares if share is not None]
        for sum_ in one.sums if isinstance(one.sums, list) else []:
            limits = (sum_.median, sum_.lower80, sum_.upper80, sum_.lower95, sum_.upper95)
            rows.append([one.metric.name, sum_.weeks, *(shown(limit, 1) for limit in limits), *covered])
    return rows


def _changes(found: list[Assessment], around: dict[str, Causes]) -> list[list[Any]]:
    rows = []
    for one in found:
        for change in one.changes if isinstance(one.changes, list) else []:
            week = one.week(change).date().isoformat()
            levels = [shown(change.before), shown(change.after), shown(factor(change), 2)]
            rows.append([one.metric.name, week, *levels, around[week].sentence])
    return sorted(rows, key=lambda row: row[1], reverse=True)


def _unusual(found: list[Assessment]) -> list[list[Any]]:
    rows = [
        [
            one.metric.name,
            one.week(week).date().isoformat(),
            shown(week.value),
            shown(week.low),
            shown(week.high),
        ]
        for one in found
        for week in (one.unusual if isinstance(one.unusual, list) else [])
    ]
    return sorted(rows, key=lambda row: row[1], reverse=True)


def factor(change: Change) -> float | None:
    """How many times the level before the level after is; None after a level of 0."""
    return change.after / change.before if change.before > 0 else None


def shown(value: float | None, digits: int = 3) -> float | None:
    """Rounded for a page, None where there is none."""
    return None if value is None else round(float(value), digits)
