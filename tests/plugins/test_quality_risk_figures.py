"""The figures of a ranking, worked out by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest

from gitinsight_quality.risk.figures import auc, found_in_lines, over_files, over_groups, precision_at
from gitinsight_quality.risk.fitting import ridge_logistic
from gitinsight_quality.risk.rankings import hotspot_scores, percentiles


def numbers(*values: float) -> np.ndarray:
    return np.array(values, dtype=float)


def flags(text: str) -> np.ndarray:
    return np.array([letter == "x" for letter in text])


def test_auc_is_the_share_of_pairs_in_the_right_order() -> None:
    # The fixed 4 and 2 against 3 and 1: 4>3, 4>1, 2>1 are right, 2>3 is not.
    assert auc(numbers(4, 3, 2, 1), flags("x.x.")) == 0.75


def test_a_tie_counts_as_half_right() -> None:
    assert auc(numbers(1, 1), flags("x.")) == 0.5


def test_without_a_fixed_file_there_is_no_auc() -> None:
    assert math.isnan(auc(numbers(1, 2), flags("..")))


def test_precision_counts_the_fixed_among_the_first() -> None:
    assert precision_at(numbers(5, 4, 3, 2, 1), flags("x.x.x"), top=2) == 0.5


def test_a_tie_at_the_cut_counts_by_its_mean() -> None:
    # One place is left for two files of equal score, one of which was fixed.
    assert precision_at(numbers(3, 2, 2, 1), flags("xx.."), top=2) == 0.75


def test_precision_is_over_all_files_where_there_are_few() -> None:
    assert precision_at(numbers(2, 1), flags("x."), top=20) == 0.5


def test_reading_stops_before_the_file_that_goes_beyond_the_lines() -> None:
    # A fifth of 100 lines: the first file fits (15), the second (10) does not.
    assert found_in_lines(numbers(4, 3, 2, 1), flags("xx.x"), numbers(15, 10, 70, 5)) == pytest.approx(1 / 3)


def test_of_equal_scores_the_smaller_file_is_read_first() -> None:
    assert found_in_lines(numbers(1, 1), flags(".x"), numbers(80, 20)) == 1.0


def test_a_ranking_is_not_ahead_of_itself() -> None:
    scores, fixed = numbers(*range(40)), flags("." * 20 + "x" * 20)
    compared = over_files({"loc": scores, "reverse": -scores}, fixed, scores + 1, "loc")
    assert compared.figures["loc"][0] == (1.0, 1.0, 1.0)
    assert compared.against["loc"][0] == (0.0, 0.0, 0.0)
    assert compared.against["reverse"][0] == (-1.0, -1.0, -1.0)
    assert compared.ahead == {"loc": 0.0, "reverse": 0.0}


def test_the_interval_over_repositories_holds_their_mean() -> None:
    (mean,) = over_groups(np.array([[0.1], [0.2], [0.3], [0.4]]))
    assert mean.value == pytest.approx(0.25)
    assert 0.1 <= mean.low < 0.25 < mean.high <= 0.4


def test_weights_without_a_penalty_are_the_log_odds_of_the_groups() -> None:
    # One of four fixed without the mark, three of four with it: odds of 1/3 and of 3.
    rows = np.array([[1.0, mark] for mark in (0, 0, 0, 0, 1, 1, 1, 1)])
    found = ridge_logistic(rows, numbers(1, 0, 0, 0, 1, 1, 1, 0), np.ones(8), 0.0)
    assert found == pytest.approx([math.log(1 / 3), math.log(9)], abs=1e-4)


def test_a_percentile_counts_half_of_the_equals() -> None:
    assert percentiles(numbers(1, 2, 2, 3)).tolist() == [0.125, 0.5, 0.5, 0.875]


def test_a_file_without_a_parser_is_a_hotspot_by_its_lines() -> None:
    scores = hotspot_scores(numbers(1, 2), numbers(30, 10), numbers(0, 5), flags(".x"))
    assert scores.tolist() == [0.25 * 0.75, 0.75 * 0.5]
