"""What the analyzer ``trends`` said of each weekly series, put together again from its tables and charts.

Whatever it left out, or has left in another form than today's, is missing here, never an error.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission, Viewer
from gitinsight.services.context import session
from gitinsight.services.repositories import row_for
from gitinsight.store import measures

_ANALYZER = "trends"
_LIMITS = ("median", "lower80", "upper80", "lower95", "upper95")
_ERRORS = ("mase", "mase_median26", "mase_seasonal")


@dataclass(frozen=True, slots=True)
class Outlook:
    """One weekly series: plain values by the names of the API's document, None or empty where unknown."""

    metric: str
    unit: str
    verdict: str
    direction: Mapping[str, Any] | None
    forecast: Mapping[str, list[Any]] | None
    sums: list[Mapping[str, Any]]
    backtest: Mapping[str, Any] | None
    change_points: list[Mapping[str, Any]]
    unusual_weeks: list[Mapping[str, Any]]
    seasonality: Mapping[str, Any] | None


def listing(viewer: Viewer, repository_id: UUID) -> list[Outlook]:
    """The outlook of every weekly series of a repository's current analysis; empty before there is one."""
    row_for(viewer, repository_id, Permission.INSIGHTS_READ)
    rows = measures.artifacts_of(session(), repository_id, _ANALYZER)
    contents = {row.name: json.loads(row.json())["content"] for row in rows}
    sums, changes, unusual = (_by_metric(contents.get(name)) for name in ("sums", "changes", "unusual"))
    return [
        Outlook(
            metric=row["metric"],
            unit=row["unit"],
            verdict=row["verdict"],
            direction=_direction(row),
            forecast=_forecast(contents.get(f"forecast:{row['metric']}")),
            sums=sums.get(row["metric"], []),
            backtest=_backtest(row),
            change_points=[_dated(one) for one in changes.get(row["metric"], [])],
            unusual_weeks=[_dated(one) for one in unusual.get(row["metric"], [])],
            seasonality=_seasonality(row),
        )
        for row in _rows(contents.get("forecasts"))
    ]


def _rows(table: Mapping[str, Any] | None) -> list[dict[str, Any]]:
    if table is None:
        return []
    names = [column["name"] for column in table["columns"]]
    return [dict(zip(names, row, strict=True)) for row in table["rows"]]


def _by_metric(table: Mapping[str, Any] | None) -> dict[str, list[Mapping[str, Any]]]:
    found: dict[str, list[Mapping[str, Any]]] = {}
    for row in _rows(table):
        found.setdefault(row["metric"], []).append(row)
    return found


def _dated(row: Mapping[str, Any]) -> Mapping[str, Any]:
    return {**row, "week": date.fromisoformat(row["week"])}


def _direction(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if row["direction"] is None:
        return None
    return {"direction": row["direction"], "p_value": row["p"], "percent_per_year": row["slope"]}


def _forecast(chart: Mapping[str, Any] | None) -> Mapping[str, list[Any]] | None:
    """The arrays behind a chart's fan."""
    if chart is None:
        return None
    expected = next(one["points"] for one in chart["series"] if one["name"] == "expected")
    bands = {band["name"]: band["points"] for band in chart["bands"]}
    arrays = [[value for _, value in expected]]
    for name in ("80 %", "95 %"):
        arrays += [[low for _, low, _ in bands[name]], [high for _, _, high in bands[name]]]
    weeks = [date.fromisoformat(week) for week, _ in expected]
    return {"weeks": weeks, **dict(zip(_LIMITS, arrays, strict=True))}


def _backtest(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if row.get("coverage80") is None or row.get("coverage95") is None:
        return None
    errors = {name: row[name] for name in _ERRORS}
    return {**errors, "coverage80": row["coverage80"] / 100, "coverage95": row["coverage95"] / 100}


def _seasonality(row: Mapping[str, Any]) -> Mapping[str, Any] | None:
    if row.get("christmas_p") is None:
        return None
    return {"christmas_percent": row["christmas"], "p_value": row["christmas_p"]}
