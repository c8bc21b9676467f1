"""Weeks, believable dates and times in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from gitinsight.domain.dates import ago, believable_since, week_of
from gitinsight.domain.drilldown import commits_behind, person_name
from gitinsight.domain.report import MAX_EVIDENCE, Metric

NOW = datetime(2025, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    ("days", "words"),
    [(0, "0 days"), (1, "1 day"), (13, "13 days"), (14, "2 weeks"), (61, "2 months"), (731, "2 years")],
)
def test_a_time_ago_is_told_in_the_largest_unit_of_which_there_are_two(days: int, words: str) -> None:
    assert ago(NOW - timedelta(days=days), NOW) == words


def test_a_week_begins_on_monday_in_utc() -> None:
    sunday_evening = datetime(2025, 1, 5, 23, 30, tzinfo=timezone(timedelta(hours=-5)))
    assert week_of(sunday_evening) == datetime(2025, 1, 6, tzinfo=UTC)
    assert week_of(NOW) == datetime(2024, 12, 30, tzinfo=UTC)


def test_one_commit_of_a_hundred_before_a_gap_of_years_is_not_believed() -> None:
    true = [NOW + timedelta(days=day) for day in range(99)]
    assert believable_since([datetime(1970, 1, 1, tzinfo=UTC), *true]) == NOW


def test_two_commits_of_a_hundred_before_a_gap_are_a_beginning() -> None:
    early = [datetime(1999, 1, day, tzinfo=UTC) for day in (1, 2)]
    true = [NOW + timedelta(days=day) for day in range(98)]
    assert believable_since([*early, *true]) == early[0]


def test_a_gap_of_less_than_two_years_is_a_pause() -> None:
    times = [NOW - timedelta(weeks=103), *(NOW + timedelta(days=day) for day in range(99))]
    assert believable_since(times) == times[0]


def test_no_times_have_no_beginning() -> None:
    assert believable_since([]) is None


@pytest.mark.parametrize(
    ("raw", "shown"),
    [
        ("Ann  Lee", "Ann Lee"),
        ("Ann <ann@example.org>", "Ann"),
        ("ann@example.org", "ann"),
        ("", "(no name)"),
        ("A\nB", "A B"),
        ("x" * 100, "x" * 80),
    ],
)
def test_a_name_is_shown_on_one_line_without_an_address(raw: str, shown: str) -> None:
    assert person_name(raw) == shown


def test_the_commits_behind_a_number_are_the_newest_with_the_full_count() -> None:
    metric = Metric("demo.count", "Count", "commits", "Counts.")
    rows = [(f"{n:040x}", f"subject {n}", "Ann", NOW, "") for n in range(MAX_EVIDENCE + 5)]
    artifact = commits_behind(metric, "All of them", rows, len(rows))
    assert artifact.name == "commits:demo.count"
    assert artifact.content["total"] == MAX_EVIDENCE + 5
    assert len(artifact.content["commits"]) == MAX_EVIDENCE
    assert artifact.content["commits"][0] == {
        "commit": f"{0:040x}",
        "subject": "subject 0",
        "author": "Ann",
        "at": NOW.isoformat(),
    }
