"""Everything that can be said of a series that a program sends, as plain JSON.

Values without times are weeks one after the other. Values with times are put into weeks first: their
mean, weeks without any left out, or their sum, weeks without any being 0.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.backtest import backtest
from gitinsight_trends.changes import level_changes
from gitinsight_trends.direction import trend
from gitinsight_trends.errors import SeriesError, SeriesInvalid
from gitinsight_trends.quantiles import checked, forecast
from gitinsight_trends.sums import forecast_sum

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

MOST_WEEKS = 10_000
_WEEK = timedelta(weeks=1)
_MONDAY = datetime(1899, 12, 25, tzinfo=UTC)
_LAST_YEAR = 2200


def predict(
    values: Sequence[float], horizon: int, times: Sequence[str] = (), aggregate: str = "mean"
) -> dict[str, Any]:
    """Forecast, sum, trend, change points and backtest of weekly values or of values with ISO 8601 times.

    ``refused`` says in a sentence why there is nothing, else it is empty; ``unavailable`` maps each part
    that is None to its reason.
    """
    try:
        series, weeks, empty = _weekly(checked(values), times, aggregate)
        expected = forecast(series, horizon)
    except SeriesError as error:
        return {"refused": str(error)}
    parts: dict[str, Callable[[], Any]] = {
        "sum": lambda: _sum(series, horizon),
        "trend": lambda: trend(series)._asdict(),
        "change_points": lambda: _changes(series, weeks),
        "backtest": lambda: _backtest(series),
    }
    found, unavailable = {}, {}
    for name, part in parts.items():
        try:
            found[name] = part()
        except SeriesError as error:
            found[name], unavailable[name] = None, str(error)
    coming = [weeks[-1] + _WEEK * (n + 1) for n in range(horizon)] if weeks else []
    return {
        "refused": "",
        "weeks": len(series),
        "empty_weeks": empty,
        "forecast": {name: expected[name].tolist() for name in expected.keys()}  # noqa: SIM118
        | {"weeks": [week.date().isoformat() for week in coming]},
        **found,
        "unavailable": unavailable,
    }


def _weekly(values: Floats, times: Sequence[str], aggregate: str) -> tuple[Floats, list[datetime], int]:
    """The values by week, the Mondays where there are times, and how many weeks between have no value.

    Times may come in any order; a time that stands twice is refused, as nobody can know which value is meant.
    """
    if not times:
        return values, [], 0
    if len(times) != len(values):
        raise SeriesInvalid(f"there are {len(times)} times for {len(values)} values")
    moments = [datetime.fromisoformat(time).astimezone(UTC) for time in times]
    order = sorted(range(len(moments)), key=moments.__getitem__)
    for before, after in itertools.pairwise(order):
        if moments[before] == moments[after]:
            raise SeriesInvalid(f"the time {moments[after].isoformat()} stands twice")
    if moments[order[0]] < _MONDAY or moments[order[-1]].year > _LAST_YEAR:
        raise SeriesInvalid(f"times must lie between {_MONDAY.year + 1} and {_LAST_YEAR}")
    places = np.array([(moment - _MONDAY) // _WEEK for moment in moments])
    numbers, index = np.unique(places, return_inverse=True)
    span = int(numbers[-1] - numbers[0]) + 1
    sums = np.bincount(index, weights=values)
    if aggregate == "sum":
        if span > MOST_WEEKS:
            raise SeriesInvalid(f"the times span {span:,} weeks; at most {MOST_WEEKS:,} can be filled with 0")
        filled = np.zeros(span)
        filled[numbers - numbers[0]] = sums
        mondays = [_MONDAY + _WEEK * int(numbers[0] + n) for n in range(span)]
        return filled, mondays, span - len(numbers)
    if 2 * len(numbers) < span:
        raise SeriesInvalid(f"too many gaps: only {len(numbers):,} of {span:,} weeks have a value")
    return sums / np.bincount(index), [_MONDAY + _WEEK * int(n) for n in numbers], span - len(numbers)


def _sum(series: Floats, horizon: int) -> dict[str, Any]:
    if not np.all(series == np.round(series)):
        raise SeriesInvalid("values that are no counts do not add up over weeks")
    return asdict(forecast_sum(series, horizon))


def _changes(series: Floats, weeks: list[datetime]) -> list[dict[str, Any]]:
    return [
        {
            "index": change.at,
            "week": weeks[change.at].date().isoformat() if weeks else None,
            "before": change.before,
            "after": change.after,
        }
        for change in level_changes(series)
    ]


def _backtest(series: Floats) -> dict[str, Any]:
    check = backtest(series)
    return asdict(check) | {"verdict": check.verdict}
