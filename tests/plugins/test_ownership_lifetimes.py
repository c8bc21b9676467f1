"""How long lines live: worked examples, and the spread by drawing commits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from gitinsight.testing import FakeCommit, FakeHistory
from gitinsight_people.lifetimes import Lifetimes, read_lifetimes
from gitinsight_people.ownership_figures import cohort_names
from gitinsight_people.words import span_in_words

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
Life = tuple[int, int, int, bool]


def read(lives: list[Life], commits: list[FakeCommit] | None = None) -> Lifetimes:
    """The lifetimes of such lives; without commits there are twenty by one person, 1000 days ago."""
    old = [FakeCommit(f"c{n}", NOW - timedelta(days=1000), "Ann <ann@x>") for n in range(20)]
    return read_lifetimes(FakeHistory(commits or old, now=NOW, lives=lives))


def test_half_of_the_lines_do_not_outlive_the_half_life() -> None:
    # 100 lines: 20 die at 10 days (80 % left), 40 of 80 at 30 (40 % left), 40 are alive at 1000.
    found = read([(0, 10, 20, True), (1, 30, 40, True), (2, 1000, 40, False)])
    assert (found.written, found.half_life, found.median_age) == (100, 30, 1000)
    assert [round(found.outlive(age), 9) for age in (9, 10, 29, 30, 999)] == [1, 0.8, 0.8, 0.4, 0.4]


def test_lines_that_are_still_young_do_not_count_as_dead() -> None:
    # 60 of 160 lines are only 5 days old: of the other 100, 40 die at 10 days, and 60 % live on.
    found = read([(0, 10, 40, True), (1, 5, 60, False), (2, 1000, 60, False)])
    assert found.outlive(10) == pytest.approx(0.6)
    assert found.half_life is None


def test_fewer_than_a_hundred_lines_have_no_half_life() -> None:
    assert read([(0, 10, 60, True), (1, 1000, 39, False)]).half_life is None


def test_the_median_age_is_that_of_lines_at_head() -> None:
    # Alive: 10 lines of 1 day, 20 of 200, 30 of 900: the 30th of 60 is 200 days old.
    lives = [(0, 1, 10, False), (1, 200, 20, False), (2, 900, 30, False), (3, 5, 500, True)]
    assert read(lives).median_age == 200


def test_nothing_was_ever_written() -> None:
    found = read([])
    assert (found.written, found.half_life, found.median_age, found.outlive(5)) == (0, None, None, 1.0)
    assert found.interval(0) == (1.0, 1.0)


def test_bots_mass_edits_and_wrong_clocks_are_left_out() -> None:
    ordinary = NOW - timedelta(days=300)
    commits = [
        FakeCommit("old", datetime(1970, 1, 1, tzinfo=UTC), "Ann <ann@x>"),
        *[FakeCommit(f"c{n}", ordinary, "Ann <ann@x>") for n in range(60)],
        FakeCommit("bot", ordinary, "b[bot] <b@x>", is_bot=True),
        FakeCommit("style", ordinary, "Ann <ann@x>", is_ignored=True),
        FakeCommit("later", NOW + timedelta(days=900), "Ann <ann@x>"),
    ]
    lives = [(0, 20000, 5, False), (1, 300, 7, False), (61, 300, 9, False), (62, 300, 11, False)]
    # The last commit lies in the future, and line 2 cannot have died 400 days after its birth.
    found = read([*lives, (63, 0, 13, False), (2, 400, 15, True)], commits)
    assert found.lives.select("order", "lines").rows() == [(1, 7)]


def test_commits_that_are_all_alike_leave_no_doubt() -> None:
    found = read([life for n in range(20) for life in ((n, 30, 6, True), (n, 900, 4, False))])
    assert found.half_life == 30
    assert set(found.drawn_half_lives()) == {30}
    assert found.interval(30) == pytest.approx((0.4, 0.4))


def test_one_commit_of_two_decides_and_the_draws_show_it() -> None:
    found = read([(0, 30, 100, True), (1, 900, 90, False)])
    # One draw in four has the first commit alone, one in four the second alone.
    low, high = found.interval(30)
    assert (low, high) == (0, 1)
    assert set(found.drawn_half_lives()) == {30, float("inf")}


@pytest.mark.parametrize(
    ("years", "names"),
    [
        (["2023", "2025"], {"2023": "2023", "2025": "2025"}),
        (
            [str(year) for year in range(2008, 2026)],
            # 18 years in spans of 3.
            {
                str(year): f"{2008 + (year - 2008) // 3 * 3} to {2010 + (year - 2008) // 3 * 3}"
                for year in range(2008, 2026)
            },
        ),
        # Nine years in spans of two, of which the oldest is one year only.
        (["2017", "2018", "2025"], {"2017": "2017", "2018": "2018 to 2019", "2025": "2024 to 2025"}),
        (["1970", "2025", "2106"], {"1970": "undated", "2025": "2025", "2106": "undated"}),
        ([], {}),
    ],
)
def test_cohorts_are_years_or_spans_of_years(years: list[str], names: dict[str, str]) -> None:
    assert cohort_names(years, 2025) == names


@pytest.mark.parametrize(
    ("days", "words"),
    [
        (0, "0 days"), (1, "1 day"), (59, "59 days"), (60, "2 months"), (365, "12 months"),
        (731, "2.0 years"), (1419, "3.9 years"),
    ],
)  # fmt: skip
def test_a_length_of_time_is_told_as_people_say_it(days: float, words: str) -> None:
    assert span_in_words(days) == words
