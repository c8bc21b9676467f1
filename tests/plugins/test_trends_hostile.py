"""Series of any content: every pure function answers with finite numbers or a sentence, never otherwise."""

from __future__ import annotations

import contextlib
import json
import math
from collections.abc import Callable
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_trends import SeriesError, change_points, forecast, forecast_sum, trend
from gitinsight_trends.backtest import backtest
from gitinsight_trends.predicting import predict
from gitinsight_trends.unusual import unusual_weeks

FUNCTIONS: dict[str, Callable[[Any], Any]] = {
    "forecast": lambda values: {name: list(limit) for name, limit in dict(forecast(values, 3)).items()},
    "forecast_sum": lambda values: asdict(forecast_sum(values, 3)),
    "trend": lambda values: trend(values)._asdict(),
    "backtest": lambda values: asdict(backtest(values)),
    "change_points": change_points,
    "unusual_weeks": lambda values: [asdict(week) for week in unusual_weeks(values)],
}

SPIKE = [4.0, 6.0] * 60 + [1e12] + [4.0, 6.0] * 60

numbers = st.one_of(
    st.integers(0, 30).map(float),
    st.floats(-1e15, 1e15),
    st.sampled_from([0.0, 5e-324, 1e12, -1.0, float("nan"), float("inf"), float("-inf"), 1e308]),
)

rounds = st.lists(st.floats(0, 1e15), min_size=1, max_size=20).map(lambda few: (few * 220)[:220])
"""Long series, as hypothesis seldom makes them by itself."""


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("length", [0, 1, 5])
def test_the_shortest_series_are_refused_with_their_length(name: str, length: int) -> None:
    with pytest.raises(SeriesError, match=rf"too short to .*: {length} of \d+ weeks"):
        FUNCTIONS[name]([2.0] * length)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("bad", [float("nan"), float("inf"), float("-inf"), 1e16])
def test_a_number_that_is_none_is_refused(name: str, bad: float) -> None:
    with pytest.raises(SeriesError):
        FUNCTIONS[name]([2.0] * 150 + [bad] + [2.0] * 50)


@pytest.mark.parametrize("name", FUNCTIONS)
@pytest.mark.parametrize("values", [[7.0] * 250, [0.0] * 250, SPIKE], ids=["constant", "silent", "spike"])
def test_constant_silent_and_spiked_series_have_finite_answers(name: str, values: list[float]) -> None:
    json.dumps(FUNCTIONS[name](values), allow_nan=False)


@pytest.mark.parametrize("name", FUNCTIONS)
@settings(deadline=None, max_examples=60)
@given(values=st.one_of(st.lists(numbers, max_size=220), rounds))
def test_any_series_is_answered_finitely_or_refused_in_words(name: str, values: list[float]) -> None:
    with contextlib.suppress(SeriesError):
        json.dumps(FUNCTIONS[name](values), allow_nan=False)


@settings(deadline=None, max_examples=60)
@given(
    st.lists(
        st.tuples(st.datetimes(timezones=st.just(UTC)), st.floats(-1e15, 1e15)), min_size=1, max_size=60
    ),
    st.sampled_from(["mean", "sum"]),
    st.integers(1, 104),
)
def test_any_points_are_answered_in_json_or_refused_in_words(
    points: list[tuple[datetime, float]], aggregate: str, horizon: int
) -> None:
    told = predict([value for _, value in points], horizon, [at.isoformat() for at, _ in points], aggregate)
    json.dumps(told, allow_nan=False)
    assert told["refused"] or len(told["forecast"]["median"]) == horizon


def test_weekly_points_are_the_series_itself() -> None:
    values = [float(n % 5) for n in range(140)]
    times = [(datetime(2020, 1, 8, tzinfo=UTC) + timedelta(weeks=n)).isoformat() for n in range(140)]
    by_points, by_values = predict(values, 4, times), predict(values, 4)
    assert by_points["forecast"].pop("weeks") == ["2022-09-12", "2022-09-19", "2022-09-26", "2022-10-03"]
    assert by_values["forecast"].pop("weeks") == []
    assert by_points == by_values


def test_a_sum_of_shares_is_no_sum() -> None:
    told = predict([0.25, 0.5] * 60, 4)
    assert told["sum"] is None
    assert told["unavailable"]["sum"] == "values that are no counts do not add up over weeks"
    assert all(0.25 <= limit <= 0.5 for limit in told["forecast"]["upper95"])
    assert math.isclose(told["forecast"]["median"][0], 0.375, abs_tol=0.13)
