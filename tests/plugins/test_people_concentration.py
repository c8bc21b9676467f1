"""How widely work is shared, against published and hand-worked numbers."""

from __future__ import annotations

import math

import pytest

from gitinsight_people.concentration import (
    absence_factor,
    absence_factor_certainty,
    chance_alike,
    chance_of_more,
    gini,
    wilson,
)

CHAOSS_EXAMPLE = [1000, 202, 90, 33, 332, 343, 42, 433]


@pytest.mark.parametrize(
    ("counts", "factor"),
    [
        # The worked example of the CHAOSS metric "Contributor Absence Factor".
        (CHAOSS_EXAMPLE, 2),
        # Eight equal parts: four of them are exactly half, which is enough.
        ([125] * 8, 4),
        ([4, 1, 1, 1, 1], 1),
        ([7], 1),
        ([], 0),
        ([0, 0], 0),
    ],
)
def test_the_absence_factor_counts_people_up_to_half_of_the_work(counts: list[int], factor: int) -> None:
    assert absence_factor(counts) == factor


def test_the_gini_coefficient_of_the_example_is_the_published_one() -> None:
    assert gini(CHAOSS_EXAMPLE) == pytest.approx(0.4855050505)


def test_equal_shares_have_no_inequality() -> None:
    assert gini([3, 3, 3]) == 0


def test_wilson_interval_of_eight_in_ten() -> None:
    # p = .8, z2 = 3.8415, n = 10: middle (.8 + .19207) / 1.38415 = .71674, half width
    # 1.95996 / 1.38415 * sqrt(.016 + .0096036) = .22657.
    assert wilson(8, 10) == pytest.approx((0.49016, 0.94331), abs=2e-5)


def test_wilson_interval_stays_within_a_share() -> None:
    assert wilson(5, 5)[1] == 1.0
    assert 0.0 <= wilson(0, 5)[0] < 1e-9


def test_few_commits_say_little_and_many_say_much() -> None:
    assert absence_factor_certainty([1]) < 0.8
    assert absence_factor_certainty([3, 2]) < 0.8
    assert absence_factor_certainty([900, 50, 50]) > 0.99


def test_certainty_is_the_same_each_time() -> None:
    assert absence_factor_certainty([9, 8, 7]) == absence_factor_certainty([9, 8, 7])


def test_the_chance_of_more_is_that_of_coin_tosses() -> None:
    # P(Binomial(8, 1/2) <= 5) = (1 + 8 + 28 + 56 + 70 + 56) / 256.
    assert chance_of_more(5, 2) == pytest.approx(219 / 256)
    assert chance_of_more(3, 3) == pytest.approx(0.5)


def test_one_against_one_leaves_most_open_and_many_against_many_little() -> None:
    # Beta(2, 2) between 1/3 and 2/3: with F(x) = 3x2 - 2x3 that is 20/27 - 7/27 = 13/27.
    assert chance_alike(1, 1) == pytest.approx(13 / 27)
    assert chance_alike(100, 100) > 0.999
    assert math.isfinite(chance_of_more(4000, 3900))
