"""Change points: known events of real projects, series worked out by hand, and ruptures as the oracle."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pytest
import ruptures
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_trends import SeriesInvalid, SeriesTooShort, change_points, changes


def weekly_commits(repository: str) -> tuple[date, list[int]]:
    """Commits by week of a public repository, without merges, and their first Monday."""
    lines = Path(__file__).with_name("weekly_commits.txt").read_text().splitlines()
    (line,) = [line for line in lines if line.startswith(f"{repository} ")]
    _, first, values = line.split(" ")
    return date.fromisoformat(first), [int(value) for value in values.split(",")]


@pytest.mark.parametrize(
    ("repository", "week"),
    [
        ("tox-dev/tox", "2022-11-21"),  # 4.0.0
        ("expressjs/express", "2014-04-21"),  # 4.0.0, and one author does nearly all of the work
        ("getredash/redash", "2023-06-19"),  # new people take the project up
    ],
)
def test_known_turns_of_real_projects_are_found(repository: str, week: str) -> None:
    first, values = weekly_commits(repository)
    found = [(first + timedelta(weeks=at)).isoformat() for at in change_points(values)]
    assert week in found


def test_a_jump_is_found_where_it_is() -> None:
    assert change_points([4.0, 6.0] * 40 + [14.0, 16.0] * 40) == [80]


def test_a_jump_between_two_levels_without_any_noise_is_found() -> None:
    assert change_points([3.0] * 60 + [9.0] * 40) == [60]
    assert change_points([0.0] * 30 + [1.0] * 30 + [0.0] * 30) == [30, 60]


def test_a_steady_and_a_constant_series_have_none() -> None:
    assert change_points([4.0, 6.0] * 80) == []
    assert change_points([3.0] * 100) == []
    assert change_points([0.0] * 26) == []


def test_a_level_that_moves_by_less_than_half_is_not_told() -> None:
    assert change_points([99.0, 101.0] * 40 + [139.0, 141.0] * 40) == []
    assert change_points([99.0, 101.0] * 40 + [159.0, 161.0] * 40) == [80]


def test_a_single_wild_week_is_no_new_level() -> None:
    assert change_points([4.0, 6.0, 5.0] * 20 + [1e12] + [4.0, 6.0, 5.0] * 20) == []


def test_a_silence_that_ends_is_found() -> None:
    assert change_points([0.0] * 60 + [5.0, 7.0] * 20) == [60]


@pytest.mark.parametrize("length", [0, 1, 5, 25])
def test_a_short_series_is_refused(length: int) -> None:
    with pytest.raises(SeriesTooShort, match=f"too short to look for changes of level: {length} of 26 weeks"):
        change_points([1.0] * length)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -1.0, 1e16])
def test_values_without_a_level_are_refused(bad: float) -> None:
    with pytest.raises(SeriesInvalid):
        change_points([1.0] * 30 + [bad])


def series_with_jumps(seed: int) -> np.ndarray:
    random = np.random.default_rng(seed)
    weeks = int(random.integers(26, 500))
    levels = np.repeat(random.normal(0, 2, 40), random.integers(5, 90, 40))[:weeks]
    return levels + random.normal(0, 1, len(levels))


@pytest.mark.parametrize("seed", range(60))
def test_the_segmentation_is_that_of_ruptures(seed: int) -> None:
    series = series_with_jumps(seed)
    penalty = 2 * np.log(len(series))
    oracle = ruptures.KernelCPD(kernel="linear", min_size=13).fit(series.reshape(-1, 1)).predict(pen=penalty)
    assert changes.ruptures(series, penalty, 13) == oracle[:-1]


def test_the_segmentation_of_real_series_is_that_of_ruptures() -> None:
    for repository in ("tox-dev/tox", "expressjs/express", "getredash/redash"):
        logs = np.log1p(np.array(weekly_commits(repository)[1], dtype=float))
        series, penalty = logs / changes.noise(logs - np.median(logs)), 2 * np.log(len(logs))
        oracle = (
            ruptures.KernelCPD(kernel="linear", min_size=13).fit(series.reshape(-1, 1)).predict(pen=penalty)
        )
        assert changes.ruptures(series, penalty, 13) == oracle[:-1]


def cost(series: Sequence[float], starts: Sequence[int], penalty: float) -> float:
    edges = [0, *starts, len(series)]
    parts = [np.array(series[a:b]) for a, b in itertools.pairwise(edges)]
    return sum(float(((part - part.mean()) ** 2).sum()) for part in parts) + penalty * len(starts)


@settings(deadline=None)
@given(
    st.lists(st.integers(0, 5), min_size=4, max_size=12),
    st.floats(0.1, 20),
)
def test_no_segmentation_is_cheaper(values: list[int], penalty: float) -> None:
    # Every way to cut a series of up to 12 values into parts of 2 or more, compared by brute force.
    series = [float(value) for value in values]
    found = changes.ruptures(np.array(series), penalty, 2)
    every = [[at for at in range(1, len(series)) if mask >> at & 1] for mask in range(0, 2 ** len(series), 2)]
    allowed = [
        cuts
        for cuts in every
        if all(b - a >= 2 for a, b in zip([0, *cuts], [*cuts, len(series)], strict=True))
    ]
    assert cost(series, found, penalty) == pytest.approx(min(cost(series, cuts, penalty) for cuts in allowed))


@settings(deadline=None)
@given(st.lists(st.floats(0, 1e12), min_size=26, max_size=200))
def test_whatever_the_values_the_points_ascend_and_keep_their_distance(values: list[float]) -> None:
    found = change_points(values)
    edges = [0, *found, len(values)]
    assert all(b - a >= 13 for a, b in itertools.pairwise(edges))


def test_noise_seldom_makes_a_change_point() -> None:
    # Counts of a steady pace whose weeks resemble their neighbours (correlation 0.4): at most 6 in 100.
    random = np.random.default_rng(7)
    alarms = 0
    for _ in range(200):
        state = 0.0
        means = []
        for _ in range(260):
            state = 0.4 * state + random.normal(0, np.sqrt(1 - 0.16))
            means.append(8 * np.exp(0.7 * state))
        alarms += bool(change_points(random.poisson(means)))
    assert alarms <= 16
