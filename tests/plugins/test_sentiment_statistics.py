"""Intervals and tests against numbers from books."""

from __future__ import annotations

import pytest

from gitinsight_sentiment.statistics import Share, difference_p


def test_an_empty_share_has_no_value() -> None:
    assert (Share(0, 0).percent, Share(0, 0).interval) == (None, None)


def test_half_of_ten_is_between_24_and_76_percent() -> None:
    # R: prop.test(5, 10, correct = FALSE) gives 0.2366 and 0.7634.
    assert Share(5, 10).interval == pytest.approx((23.66, 76.34), abs=0.01)


def test_none_of_ten_may_still_be_28_percent() -> None:
    # The upper limit for no success is z^2 / (n + z^2) = 3.8415 / 13.8415.
    assert Share(0, 10).interval == pytest.approx((0, 27.753), abs=0.001)


def test_all_of_ten_mirrors_none_of_ten() -> None:
    assert Share(10, 10).interval == pytest.approx((72.247, 100), abs=0.001)


def test_the_lady_tasting_tea_has_p_34_of_70() -> None:
    assert difference_p(Share(3, 4), Share(1, 4)) == pytest.approx(34 / 70)


def test_a_textbook_difference_has_its_known_p() -> None:
    # R: fisher.test(matrix(c(1, 11, 9, 3), 2)) gives 0.002759.
    assert difference_p(Share(1, 12), Share(9, 12)) == pytest.approx(0.002759, abs=1e-6)


def test_equal_and_empty_shares_do_not_differ() -> None:
    assert difference_p(Share(2, 100), Share(2, 100)) == pytest.approx(1)
    assert difference_p(Share(0, 0), Share(2, 100)) == pytest.approx(1)


def test_large_totals_are_no_problem() -> None:
    assert difference_p(Share(2_000, 100_000), Share(3_000, 100_000)) < 1e-30
