"""The survival curve, held against numbers of the lifelines package, version 0.30.3."""

from __future__ import annotations

import pytest

from gitinsight.domain.survival import Life, SurvivalStep, half_life, kaplan_meier

LIVES = [
    Life(1, True, 10), Life(2, True, 4), Life(2, False, 6), Life(3, True, 7), Life(5, True, 3),
    Life(5, False, 2), Life(8, False, 5), Life(8, True, 8), Life(13, False, 20),
]  # fmt: skip


def test_the_curve_is_that_of_lifelines() -> None:
    # KaplanMeierFitter().fit(ages, died, weights=lines).survival_function_
    steps = kaplan_meier(LIVES)

    assert [(step.age_days, step.at_risk, step.died) for step in steps] == [
        (1, 65, 10), (2, 55, 4), (3, 45, 7), (5, 38, 3), (8, 33, 8),
    ]  # fmt: skip
    assert [step.survival for step in steps] == pytest.approx(
        [0.846154, 0.784615, 0.662564, 0.610256, 0.462315], abs=1e-6
    )
    assert half_life(steps) == 8


def test_nothing_died_where_all_is_alive() -> None:
    steps = kaplan_meier([Life(100, False, 7)])

    assert (steps, half_life(steps)) == ([], None)


def test_the_curve_ends_at_nothing_where_the_oldest_died() -> None:
    assert kaplan_meier([Life(4, True, 3)]) == [SurvivalStep(4, 3, 3, 0.0)]
    assert kaplan_meier([]) == []
