"""What the analyzer ``trends`` says of changes: new levels with their causes, fading, unusual weeks, sums."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import gitinsight_trends
from gitinsight.plugin import Insight, Metric, Point, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze
from gitinsight_trends.definitions import COMMITS

MONDAY = datetime(2020, 1, 6, tzinfo=UTC)
(_, TRENDS) = gitinsight_trends.register_analyzers()
SHARE = Metric("mood.share", "Share of friendly messages", "share", "A share for tests.")


def history(
    values: Sequence[float], metric: Metric = COMMITS, commits: Sequence[FakeCommit] = (), **rest: Any
) -> FakeHistory:
    points = [Point(metric.name, MONDAY + timedelta(weeks=n), float(value)) for n, value in enumerate(values)]
    return FakeHistory(
        commits or [FakeCommit(at=MONDAY)],
        now=MONDAY + timedelta(weeks=len(values), days=2),
        metrics=[metric],
        series={metric.name: points},
        **rest,
    )


def work(author: str, first_week: int, weeks: int, a_week: int) -> list[FakeCommit]:
    starts = [MONDAY + timedelta(weeks=first_week + week, hours=1) for week in range(weeks)]
    return [
        FakeCommit(f"{author} {week} {n}", start + timedelta(hours=n), f"{author} <{author}@example.org>")
        for week, start in enumerate(starts)
        for n in range(a_week)
    ]


def tagged(report: Report, tag: str) -> list[Insight]:
    return [one for one in report.insights if tag in one.tags]


def rows(report: Report, name: str) -> list[dict[str, Any]]:
    content = next(one.content for one in report.artifacts if one.name == name)
    names = [column["name"] for column in content["columns"]]
    return [dict(zip(names, row, strict=True)) for row in content["rows"]]


def test_a_new_level_is_told_with_the_release_and_the_people_around_it() -> None:
    # Ann makes 4 commits a week for 80 weeks; then Bob makes 9 and Ann 3, and 2.0 is tagged ten days after.
    commits = [*work("Ann", 0, 80, 4), *work("Ann", 80, 40, 3), *work("Bob", 80, 40, 9)]
    commits.sort(key=lambda commit: commit.at)
    release = ("2.0", MONDAY + timedelta(weeks=81, days=3))
    values = [3.0, 5.0] * 40 + [11.0, 13.0] * 20
    report = analyze(TRENDS, history(values, commits=commits, releases=[release]))

    (insight,) = tagged(report, "change")
    assert insight.title == (
        "From 19 July 2021 on a typical week has 12 commits instead of 3.9, 3.1 times as many"
    )
    assert "A release within 45 days: 2.0 (" in insight.description
    assert "75 % of the commits of the half year after are by people who had none" in insight.description
    assert "The share of Bob went from 0 to 75 %." in insight.description
    assert [one.kind for one in insight.evidence] == ["metric", "release"]
    (row,) = rows(report, "changes")
    assert (row["week"], row["before"], row["after"]) == ("2021-07-19", 3.899, 11.961)
    chart = next(one.content for one in report.artifacts if one.name == "forecast:activity.commits")
    assert {"at": "2021-07-19", "label": "3.9 → 12"} in chart["marks"]


def test_marks_of_releases_keep_their_distance_from_changes_and_from_each_other() -> None:
    weeks = (10, 50, 70, 81, 110, 130)
    releases = [(f"{week}.0", MONDAY + timedelta(weeks=week)) for week in weeks]
    report = analyze(TRENDS, history([3.0, 5.0] * 40 + [11.0, 13.0] * 30, releases=releases))
    chart = next(one.content for one in report.artifacts if one.name == "forecast:activity.commits")
    assert [mark["label"] for mark in chart["marks"]] == ["10.0", "3.9 → 12", "130.0"]


def test_a_change_of_more_than_five_years_ago_is_history() -> None:
    assert tagged(analyze(TRENDS, history([3.0, 5.0] * 40 + [11.0, 13.0] * 140)), "change") == []


def test_a_project_at_a_tenth_of_its_pace_is_told_as_fading() -> None:
    report = analyze(TRENDS, history([6.0, 8.0] * 60 + [0.0] * 20 + [1.0] + [0.0] * 25))
    (insight,) = tagged(report, "fading")
    assert insight.title.startswith("Fading: 1 commit in the last 26 weeks, ")
    assert insight.severity == "warning"


@pytest.mark.parametrize("values", [[6.0, 8.0] * 60, [1.0] + [0.0] * 25 + [1.0] * 60, [0.0] * 100])
def test_a_living_a_small_and_an_empty_project_do_not_fade(values: list[float]) -> None:
    assert tagged(analyze(TRENDS, history(values)), "fading") == []


def test_a_week_above_all_before_is_told_with_the_range_and_its_commits() -> None:
    values = [4.0, 6.0] * 60
    values[-3] = 40.0
    report = analyze(TRENDS, history(values, commits=work("Ann", 117, 1, 40)))
    (insight,) = tagged(report, "unusual")
    assert insight.title == (
        "Commits: 40 in the week of 4 April 2022, more than in any of the 104 weeks before"
    )
    assert insight.type == "anomaly"
    assert "The greatest of these was 6." in insight.description
    assert {one.kind for one in insight.evidence} == {"metric", "commit"}
    assert rows(report, "unusual")[0] == {
        "metric": COMMITS.name,
        "week": "2022-04-04",
        "value": 40.0,
        "low": 4.0,
        "high": 6.0,
    }


def test_sums_stand_beside_the_weeks_with_their_coverage_on_the_past() -> None:
    report = analyze(TRENDS, history([4.0, 6.0] * 80))
    found = rows(report, "sums")
    assert [row["weeks"] for row in found] == [4, 12, 26]
    assert [row["median"] for row in found] == pytest.approx([20, 60, 130], rel=0.03)
    assert found[0]["coverage80"] == 100
    (expected,) = [one for one in report.insights if "forecast" in one.tags]
    assert expected.data["sums"]["12"]["median"] == pytest.approx(60, rel=0.03)
    assert "60 commits in all over 12 weeks" in expected.description


def test_a_share_is_forecast_within_its_range_and_not_summed() -> None:
    values = [0.9, 1.0, 0.95, 0.0] * 40
    report = analyze(TRENDS, history(values, SHARE))
    (row,) = rows(report, "forecasts")
    assert 0 <= row["lower95"] <= row["upper95"] <= 1
    assert rows(report, "sums") == []


def test_a_short_holiday_each_year_is_told_with_its_p_value() -> None:
    values = [9.0 if n % 4 else 8.0 for n in range(330)]
    for year in range(6):
        values[50 + round(52.18 * year)] = 1.0
    report = analyze(TRENDS, history(values))
    (insight,) = tagged(report, "season")
    assert insight.title.startswith("The Christmas week has ")
    assert "p = 0.00" in insight.description
