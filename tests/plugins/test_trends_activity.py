"""The analyzer ``activity`` on small histories whose numbers can be counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

import gitinsight_trends
from gitinsight.plugin import Insight, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze, weekly_commits
from gitinsight_trends.pace import compare

MONDAY = datetime(2024, 1, 1, tzinfo=UTC)
(ACTIVITY, _) = gitinsight_trends.register_analyzers()


def run(commits: list[FakeCommit], **more: object) -> Report:
    return analyze(ACTIVITY, FakeHistory(commits, **more))  # type: ignore[arg-type]


def series(report: Report, metric: str) -> list[float | None]:
    return [point.value for point in report.points if point.metric == metric]


def only(report: Report) -> Insight:
    (insight,) = report.insights
    return insight


def artifact(report: Report, name: str) -> dict[str, object]:
    return next(dict(one.content) for one in report.artifacts if one.name == name)


def test_weeks_begin_on_monday_and_hold_what_people_did_without_merges_and_bots() -> None:
    sunday, monday = MONDAY + timedelta(days=6, hours=23), MONDAY + timedelta(days=7)
    report = run(
        [
            FakeCommit(at=MONDAY, changes={"a.py": (5, 1), "b.py": (2, 0)}),
            FakeCommit(at=sunday, changes={"a.py": (1, 1), "picture.png": (None, None)}),
            FakeCommit(at=monday, is_merge=True),
            FakeCommit(at=monday, is_bot=True, changes={"a.py": (100, 100)}),
            FakeCommit(at=monday, changes={"lib/x.js": (900, 0), "c.py": (4, 0)}),
        ],
        vendored=["lib/x.js"],
    )
    assert series(report, "activity.commits") == [2, 1]
    assert series(report, "activity.merges") == [0, 1]
    assert series(report, "activity.churn") == [10, 4]
    assert series(report, "activity.files_touched") == [3, 1]


def test_a_mass_edit_that_blame_ignores_is_a_commit_without_lines() -> None:
    report = run(
        [
            FakeCommit(at=MONDAY, changes={"a.py": (5, 1)}),
            FakeCommit(at=MONDAY, is_ignored=True, changes={"a.py": (400, 400), "b.py": (9, 9)}),
        ]
    )
    assert series(report, "activity.commits") == [2]
    assert series(report, "activity.churn") == [6]
    assert series(report, "activity.files_touched") == [1]


def test_a_renamed_file_is_one_file() -> None:
    report = run(
        [
            FakeCommit(at=MONDAY, changes={"a.py": (5, 0)}),
            FakeCommit(subject="move", at=MONDAY, changes={"b.py": (0, 0)}, renames={"b.py": "a.py"}),
        ]
    )
    assert series(report, "activity.files_touched") == [1]


def test_silent_weeks_reach_to_the_analysis_and_the_present_week_is_marked() -> None:
    report = run([FakeCommit(at=MONDAY)], now=MONDAY + timedelta(weeks=3, days=2))
    assert series(report, "activity.commits") == [1, 0, 0, 0]
    marked = [point.reason for point in report.points if point.metric == "activity.commits"]
    assert marked == ["", "", "", "The week is not over."]


def test_a_commit_from_1970_does_not_stretch_the_series() -> None:
    wrong = FakeCommit(subject="wrong clock", at=datetime(1970, 1, 1, tzinfo=UTC))
    report = run([wrong, *weekly_commits(60, MONDAY)])
    assert len(series(report, "activity.commits")) == 60


def test_a_true_early_beginning_is_kept() -> None:
    early = weekly_commits(5, MONDAY - timedelta(weeks=200))
    report = run([*early, *weekly_commits(60, MONDAY)])
    assert len(series(report, "activity.commits")) == 260


def test_commits_dated_after_the_analysis_are_left_out() -> None:
    future = FakeCommit(subject="tomorrow", at=datetime(2099, 1, 1, tzinfo=UTC))
    report = run([*weekly_commits(4, MONDAY), future], now=MONDAY + timedelta(weeks=3, days=1))
    assert series(report, "activity.commits") == [1, 1, 1, 1]


def test_a_young_history_is_told_by_its_size() -> None:
    insight = only(run(weekly_commits(20, MONDAY), now=MONDAY + timedelta(weeks=20)))
    assert insight.title == "20 commits by 1 person in 20 weeks"


def test_a_pace_that_halves_is_told_with_its_interval() -> None:
    # Four commits in each of 52 weeks, then two in each of 13: 26.5 / 13 over 208.5 / 52 is .508. Weeks
    # within each span are alike, so the dispersion stays 1 and the error of the logarithm is
    # sqrt(1 / 26.5 + 1 / 208.5) = .2062: the interval is .508 * exp(-+1.96 * .2062) = .339 to .762.
    commits = [
        FakeCommit(at=MONDAY + timedelta(weeks=week, hours=hour))
        for week in range(65)
        for hour in range(4 if week < 52 else 2)
    ]
    insight = only(run(commits, now=MONDAY + timedelta(weeks=65)))
    assert insight.title == "2 commits a week in the last 13 weeks: 49 % fewer than in the year before"
    assert insight.data["interval95"] == pytest.approx([0.339, 0.762], abs=1e-3)
    assert insight.confidence == 0.999


def test_an_even_pace_is_not_told_as_a_change() -> None:
    insight = only(run(weekly_commits(70, MONDAY), now=MONDAY + timedelta(weeks=70)))
    assert "no clear change" in insight.title
    assert insight.confidence < 0.99


def test_bursts_widen_the_interval() -> None:
    steady, bursts = compare([4] * 13, [4] * 52), compare([0, 8] * 6 + [4], [0, 8] * 26)
    assert bursts.high - bursts.low > 1.5 * (steady.high - steady.low)


@pytest.mark.parametrize(
    ("days", "title"),
    [
        (200, "Quiet: no commit by a person for 6 months"),
        (900, "Dormant: no commit by a person for 2 years"),
    ],
)
def test_a_silent_repository_is_told_as_such(days: int, title: str) -> None:
    commits = weekly_commits(60, MONDAY)
    assert only(run(commits, now=commits[-1].at + timedelta(days=days))).title == title


def test_a_repository_of_bots_says_that_nothing_can_be_counted() -> None:
    insight = only(run(weekly_commits(60, MONDAY, is_bot=True)))
    assert insight.title.startswith("None of 60 commits can be counted")


def test_a_repository_from_the_future_says_that_nothing_can_be_counted() -> None:
    insight = only(run(weekly_commits(60, MONDAY), now=datetime(2001, 1, 1, tzinfo=UTC)))
    assert "at a known time" in insight.title


def test_an_empty_history_gives_an_empty_report() -> None:
    report = run([])
    assert not [*report.points, *report.insights, *report.artifacts]


def test_releases_are_listed_with_the_days_and_commits_between_them() -> None:
    commits = weekly_commits(10, MONDAY)
    first, second = MONDAY + timedelta(days=1), MONDAY + timedelta(days=22)
    table = artifact(run(commits, releases=[("v1", first), ("v2", second)]), "releases")
    assert table["rows"] == [["v2", "2024-01-23", 21, 3], ["v1", "2024-01-02", None, None]]
    assert table["total"] == 2


def test_the_newest_commits_stand_behind_the_number() -> None:
    behind = artifact(run(weekly_commits(250, MONDAY)), "commits:activity.commits")
    commits = behind["commits"]
    assert isinstance(commits, list)
    assert (len(commits), behind["total"], commits[0]["subject"]) == (200, 250, "change 249")


def test_an_address_in_place_of_a_name_is_not_shown() -> None:
    commits = weekly_commits(3, MONDAY, author='"ann@example.org" <ann@example.org>')
    behind = artifact(run(commits), "commits:activity.commits")
    assert "@" not in str(behind)


def test_an_old_history_is_drawn_by_month_besides_its_last_five_years_by_week() -> None:
    report = run(weekly_commits(400, MONDAY))
    weekly, monthly = artifact(report, "activity"), artifact(report, "activity_by_month")
    assert len(weekly["series"][0]["points"]) == 260  # type: ignore[index]
    assert sum(count for _, count in monthly["series"][0]["points"]) == 400  # type: ignore[index]


def test_silence_after_bursts_is_no_proof_of_anything_and_has_no_absurd_limits() -> None:
    pace = compare([0] * 13, [0, 0, 0, 20] * 13)
    assert pace.recent == 0
    assert 0.001 < pace.low < pace.ratio < pace.high < 5


def test_silence_after_an_even_pace_is_a_slower_pace() -> None:
    assert compare([0] * 13, [5] * 52).high < 0.2
