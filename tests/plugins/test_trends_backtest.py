"""The backtest against errors worked out by hand."""

from __future__ import annotations

import pytest

from gitinsight_trends import SeriesTooShort
from gitinsight_trends.backtest import Backtest, backtest, origins


def test_a_level_that_jumped_is_followed_sooner_than_by_the_year_before() -> None:
    # The level goes from 2 to 10 in week 150 of 320; origins lie 12 weeks apart, from 80 to 308.
    result = backtest([2.0] * 150 + [10.0] * 170)
    assert (result.origins, result.weeks) == (20, 240)
    assert result.mase is not None and result.mase_seasonal is not None
    assert result.mase < result.mase_seasonal / 2


def test_errors_are_divided_by_the_difference_to_the_year_before() -> None:
    # 52 weeks of 0, 52 of 4, the year after 8: from the last origin (week 144 of 156) each of the coming
    # weeks is 8. With a horizon of 12 the 20 origins lie 3 weeks apart, from week 87 to 144. From 104 on
    # a difference to the year before is 4, as it is from 52 to 103: the scale is 4 everywhere.
    # The year before misses by 4 in each week from 52 on, so its MASE is 1 exactly.
    result = backtest([0.0] * 52 + [4.0] * 52 + [8.0] * 52)
    assert result.mase_seasonal == pytest.approx(1.0)
    # Median26 is wrong by 4 where the step of week 104 lies in the coming weeks, and after it until 13
    # of the last 26 weeks are new. Origins 87 and 90 see none of the step; 93, 96, 99 and 102 see 1, 4,
    # 7 and 10 weeks of 12; 105, 108, 111 and 114 see all 12, 117 has 13 of 26 new weeks: its median is
    # 6, an error of 2; from 120 on there is none. (22 / 12 * 4 + 4 * 4 + 2) / 20 / 4 = .3167.
    assert result.mase_median26 == pytest.approx((22 / 12 * 4 + 4 * 4 + 2) / 20 / 4)


def test_coverage_is_the_share_of_weeks_inside_the_limits() -> None:
    always_inside = backtest([5.0] * 200)
    assert (always_inside.coverage80, always_inside.coverage95) == (1.0, 1.0)


def test_a_series_without_yearly_differences_is_not_rated() -> None:
    result = backtest([5.0] * 200)
    assert result.mase is None
    assert "cannot be compared" in result.verdict


@pytest.mark.parametrize(
    ("own", "median26", "seasonal", "words"),
    [
        (
            0.60,
            0.64,
            0.9,
            "better than the median of the last half year, better than the same week a year before",
        ),
        (
            0.601,
            0.604,
            0.9,
            "no better than the median of the last half year, better than the same week a year before",
        ),
        (
            1.1,
            1.0,
            0.9,
            "no better than the median of the last half year, no better than the same week a year before",
        ),
    ],
)
def test_the_verdict_says_which_rival_was_beaten(
    own: float, median26: float, seasonal: float, words: str
) -> None:
    assert Backtest(20, 240, own, median26, seasonal, 0.8, 0.95).verdict == words


def test_origins_are_evenly_spaced_and_end_one_horizon_before_the_present() -> None:
    assert list(origins(320, 12)) == list(range(80, 309, 12))
    assert list(origins(104, 12)) == list(range(78, 93))


def test_a_short_series_is_refused() -> None:
    with pytest.raises(
        SeriesTooShort, match="too short to check a forecast against the past: 103 of 104 weeks"
    ):
        backtest([1.0] * 103)
    with pytest.raises(SeriesTooShort, match="of 130 weeks"):
        backtest([1.0] * 129, horizon=52)
