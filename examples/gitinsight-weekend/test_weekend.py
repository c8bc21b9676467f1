"""The plugin against a history of four commits; neither git nor a server is needed."""

from datetime import UTC, datetime, timedelta, timezone

import gitinsight_weekend

from gitinsight.plugin import Point, Report
from gitinsight.testing import FakeCommit, FakeHistory, check_plugin

TOKYO = timezone(timedelta(hours=9))


def test_saturday_morning_in_tokyo_is_weekend_though_it_is_friday_in_utc() -> None:
    saturday, *workdays = (FakeCommit(at=datetime(2024, 6, day, 8, tzinfo=TOKYO)) for day in (1, 3, 4, 5))

    report = check_plugin(gitinsight_weekend, FakeHistory([saturday, *workdays]))["weekend"]

    assert report.points == [Point("weekend.share", datetime(2024, 6, 1, tzinfo=UTC), 25.0)]
    insight = report.insights[0]
    assert insight.title == "About 25 % of the work is done at the weekend"
    assert round(insight.confidence, 2) == 0.22, "four commits say little about a habit"


def test_a_project_that_rests_at_the_weekend_has_points_and_no_finding() -> None:
    report = check_plugin(gitinsight_weekend, FakeHistory([FakeCommit(at=datetime(2024, 6, 3, tzinfo=UTC))]))

    assert [point.value for point in report["weekend"].points] == [0.0]
    assert report["weekend"].insights == ()


def test_an_empty_repository_has_an_empty_report() -> None:
    assert check_plugin(gitinsight_weekend, FakeHistory())["weekend"] == Report(points=[])
