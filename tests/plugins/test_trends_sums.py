"""Sums over the coming weeks: worked out by hand, refused inputs, and their coverage on random series."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_trends import SeriesInvalid, SeriesTooShort, forecast_sum
from gitinsight_trends.backtest import backtest


def test_a_constant_series_sums_to_its_value_times_the_weeks() -> None:
    expected = forecast_sum([7.0] * 100, 12)
    limits = [expected.median, expected.lower80, expected.upper80, expected.lower95, expected.upper95]
    assert limits == pytest.approx([84.0] * 5)


def test_a_series_that_swings_each_week_has_a_certain_sum_of_two_weeks() -> None:
    # Two weeks in a row hold one 0 and one 10, so the sum is 10 whatever the week; the quantiles of single
    # weeks would add up to 0 and to 20.
    expected = forecast_sum([0.0, 10.0] * 60, 2)
    assert expected.median == pytest.approx(10, rel=0.05)
    assert 8 < expected.lower95 <= expected.upper95 < 12


def test_the_sum_promises_the_present_pace_times_what_such_promises_were_worth() -> None:
    # 26 silent weeks, 26 weeks of 3, one week ahead: 26 spans that all came out as 3, against a pace that
    # rose from 0 on. With g = 2 ** (1 / 20) the pace after j weeks of 3 is 3 * (g**j - 1) * g**26 /
    # (g**(26 + j) - 1), so the ratio of (3 + 1) to (pace + 1) falls from 4 at j = 0 (ln 4 = 1.386) to
    # j = 25. The median of 26 ratios lies between those of j = 12 and 13: paces 3 * (.5157 * 2.4623) /
    # 2.7321 = 1.394 and 3 * (.5692 * 2.4623) / 2.8637 = 1.468; ratios 1.671 and 1.621, and their
    # geometric mean is 1.6456. The pace after all 52 weeks is 3 * (1.4623 * 2.4623) / 5.0629 = 2.1335.
    expected = forecast_sum([0.0] * 26 + [3.0] * 26, 1)
    assert expected.median == pytest.approx(1.6456 * 3.1335 - 1, abs=0.01)


@pytest.mark.parametrize(("length", "horizon", "needed"), [(0, 4, 55), (1, 4, 55), (5, 12, 63), (76, 26, 77)])
def test_a_short_series_is_refused(length: int, horizon: int, needed: int) -> None:
    with pytest.raises(SeriesTooShort, match=f"the sum of {horizon} weeks: {length} of {needed} weeks"):
        forecast_sum([1.0] * length, horizon)


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), -0.5, 1e16])
def test_values_that_cannot_be_summed_are_refused(bad: float) -> None:
    with pytest.raises(SeriesInvalid):
        forecast_sum([1.0] * 100 + [bad], 12)


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e12), min_size=64, max_size=200), st.integers(1, 12))
def test_limits_are_ordered_finite_and_never_negative(values: list[float], horizon: int) -> None:
    expected = forecast_sum(values, horizon)
    ordered = [expected.lower95, expected.lower80, expected.median, expected.upper80, expected.upper95]
    assert ordered == sorted(ordered)
    assert ordered[0] >= 0
    assert np.isfinite(ordered).all()


def test_the_backtest_tells_how_many_sums_fell_inside() -> None:
    constant = backtest([5.0] * 200)
    assert (constant.sum_coverage80, constant.sum_coverage95) == (1.0, 1.0)
    steady = backtest(np.random.default_rng(3).poisson(9, 400))
    assert steady.sum_coverage80 is not None and steady.sum_coverage95 is not None
    assert 0.6 <= steady.sum_coverage80 <= steady.sum_coverage95 <= 1
    assert backtest([-5.0] * 200).sum_coverage80 is None
