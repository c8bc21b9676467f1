"""Unusual weeks and the Christmas week, against series worked out by hand and against chance."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_trends import SeriesInvalid, SeriesTooShort
from gitinsight_trends.unusual import Unusual, christmas, unusual_weeks

MONDAY = datetime(2010, 1, 4, tzinfo=UTC)


def mondays(count: int) -> list[datetime]:
    return [MONDAY + timedelta(weeks=n) for n in range(count)]


def test_a_week_above_and_a_week_below_all_before_are_told_with_the_range() -> None:
    values = [3.0, 5.0] * 60
    values[110], values[115] = 9.0, 1.0
    assert unusual_weeks(values) == [Unusual(110, 9.0, 3.0, 5.0), Unusual(115, 1.0, 3.0, 9.0)]


def test_a_value_on_the_edge_of_the_range_and_a_constant_series_are_usual() -> None:
    assert unusual_weeks([3.0, 5.0] * 100) == []
    assert unusual_weeks([0.0] * 105) == []


@pytest.mark.parametrize("length", [0, 1, 5, 104])
def test_without_two_years_before_nothing_is_unusual(length: int) -> None:
    with pytest.raises(SeriesTooShort, match=f"too short to tell unusual weeks: {length} of 105 weeks"):
        unusual_weeks([1.0] * length)


def test_one_week_in_a_hundred_of_a_steady_series_is_unusual() -> None:
    found = unusual_weeks(np.random.default_rng(1).poisson(200, 5000))
    assert 0.004 < len(found) / (5000 - 104) < 0.02


@settings(deadline=None)
@given(st.lists(st.floats(-1e12, 1e12), min_size=105, max_size=140))
def test_unusual_weeks_lie_outside_their_range(values: list[float]) -> None:
    for week in unusual_weeks(values):
        assert week.value == values[week.at]
        assert week.value < week.low or week.value > week.high


def test_a_christmas_week_with_half_the_work_is_seen() -> None:
    # Ten years of 9 a week and 4 in the week of the 25th of December: (4 + 1) / (9 + 1) = 1/2 on the
    # scale of ln(1 + x), in every year; no draw of other weeks gets as far but one that hits all of them.
    weeks = mondays(10 * 52 + 20)
    values = [
        4.0 if any((week + timedelta(days=n)).strftime("%m%d") == "1225" for n in range(7)) else 9.0
        for week in weeks
    ]
    found = christmas(values, weeks)
    assert (found.ratio, found.p_value, found.years) == (pytest.approx(0.5), 0.001, 10)


def test_chance_alone_seldom_makes_a_christmas_effect() -> None:
    random = np.random.default_rng(4)
    weeks = mondays(8 * 52 + 10)
    alarms = sum(christmas(random.poisson(8, len(weeks)), weeks).p_value < 0.05 for _ in range(200))
    assert alarms <= 20


def test_a_constant_series_has_no_christmas_effect() -> None:
    assert christmas([3.0] * 400, mondays(400)).p_value == 1.0


def test_four_christmas_weeks_are_too_few_and_negative_values_have_no_ratio() -> None:
    with pytest.raises(SeriesTooShort, match="too short to compare Christmas weeks"):
        christmas([3.0] * 210, mondays(210))
    with pytest.raises(SeriesTooShort):
        christmas([], [])
    with pytest.raises(SeriesInvalid):
        christmas([3.0] * 399 + [-1.0], mondays(400))
