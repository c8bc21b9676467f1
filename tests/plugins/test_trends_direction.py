"""The trend test against another program's figures, and its false alarms."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gitinsight_trends import SeriesInvalid, SeriesTooShort, trend

RISING_WAVE = [
    *(10, 11, 12, 13, 14, 15, 17, 17, 17, 17, 16, 16, 16, 15, 14, 13, 12, 10, 10, 9),
    *(8, 8, 7, 7, 8, 8, 9, 9, 10, 11, 13, 15, 16, 17, 18, 19, 21, 21, 22, 22),
    *(22, 22, 22, 21, 21, 19, 18, 17, 17, 16, 15, 14, 13, 12, 13, 13, 13, 13, 14, 15),
    *(17, 18, 19, 20, 21, 23, 25, 25, 26, 27, 27, 27, 28, 27, 27, 26, 25, 24, 24, 22),
]


def test_a_wave_that_rises_has_the_p_value_and_slope_of_pymannkendall() -> None:
    # pymannkendall 1.4.3: hamed_rao_modification_test(x, lag=1).p, and sens_slope of log1p of the sums
    # of four divided by 4. Its plain test gives p = 3.6e-9 for the same weeks.
    result = trend(RISING_WAVE)
    assert result.direction == "increasing"
    assert result.p_value == pytest.approx(0.00046082100492, rel=1e-6)
    assert result.slope_per_week == pytest.approx(0.009293123315, rel=1e-9)


def test_thirty_rising_weeks_have_the_p_value_worked_out_by_hand() -> None:
    # Every pair rises: S = 30 * 29 / 2 = 435, variance 30 * 29 * 65 / 18 = 3141.67, z = 434 / 56.05 =
    # 7.743. Without the slope nothing is left, so neighbours are not alike.
    result = trend(range(30))
    assert result.direction == "increasing"
    assert result.p_value == pytest.approx(math.erfc(434 / math.sqrt(30 * 29 * 65 / 18) / math.sqrt(2)))


def test_the_same_weeks_backwards_fall_as_surely() -> None:
    forwards, backwards = trend(RISING_WAVE), trend(RISING_WAVE[::-1])
    assert backwards.direction == "decreasing"
    assert backwards.p_value == pytest.approx(forwards.p_value)
    assert backwards.slope_per_week == pytest.approx(-forwards.slope_per_week)


def test_weeks_that_double_every_four_have_the_slope_of_a_doubling() -> None:
    sums = [1000.0 * 2**n for n in range(10)]
    result = trend([value / 4 for value in sums for _ in range(4)])
    assert result.slope_per_week == pytest.approx(math.log(2) / 4, rel=1e-3)


def test_only_the_last_two_years_count() -> None:
    assert trend([500.0] * 100 + [4.0, 6.0] * 52) == trend([4.0, 6.0] * 52)


def test_a_constant_series_has_no_trend() -> None:
    assert trend([3.0] * 60) == ("no trend", 1.0, 0.0)


def test_a_series_that_swings_to_and_fro_is_not_called_a_trend() -> None:
    assert trend([0.0, 9.0] * 50).direction == "no trend"


def test_false_alarms_among_series_that_remember_the_week_before_stay_rare() -> None:
    random = np.random.default_rng(7)
    alarms = sum(trend(_counts_with_memory(random)).direction != "no trend" for _ in range(300))
    # 5 % are nominal; the plain Mann-Kendall test gives 17 to 22 % here.
    assert alarms / 300 < 0.13


def _counts_with_memory(random: np.random.Generator) -> list[float]:
    """104 Poisson counts of mean 5, each week keeping 40 % of the one before."""
    weeks = [5]
    for _ in range(203):
        weeks.append(int(random.binomial(weeks[-1], 0.4) + random.poisson(3)))
    return [float(count) for count in weeks[100:]]


@pytest.mark.parametrize("length", [0, 1, 25])
def test_a_short_series_is_refused(length: int) -> None:
    with pytest.raises(SeriesTooShort, match=f"too short to test for a trend: {length} of 26 weeks"):
        trend([1.0] * length)


@pytest.mark.parametrize("bad", [float("nan"), float("-inf"), -1.0])
def test_values_without_a_logarithm_are_refused(bad: float) -> None:
    with pytest.raises(SeriesInvalid):
        trend([1.0] * 30 + [bad])
