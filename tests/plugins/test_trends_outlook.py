"""The analyzer ``trends`` on the series of analyzers before it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

import gitinsight_trends
from gitinsight.plugin import Bucket, Metric, Point, Report
from gitinsight.testing import FakeHistory, analyze, check_plugin, weekly_commits
from gitinsight_trends.definitions import COMMITS

MONDAY = datetime(2020, 1, 6, tzinfo=UTC)
(_, TRENDS) = gitinsight_trends.register_analyzers()
MOOD = Metric("mood.share", "Friendly messages", "%", "A share for tests.", better="higher")


def run(
    values: Sequence[float | None],
    metric: Metric = COMMITS,
    *,
    silent_weeks: int = 0,
    more: dict[Metric, Sequence[float | None]] | None = None,
) -> Report:
    """The report on a series of weekly values that ends with last week, or some weeks earlier."""
    all_series = {metric: values, **(more or {})}
    now = MONDAY + timedelta(weeks=len(values) + silent_weeks, days=2)
    history = FakeHistory(
        weekly_commits(60, now - timedelta(weeks=61)),
        now=now,
        metrics=list(all_series),
        series={one.name: points(one, row) for one, row in all_series.items()},
    )
    return analyze(TRENDS, history)


def points(metric: Metric, values: Sequence[float | None]) -> list[Point]:
    return [
        Point(metric.name, MONDAY + timedelta(weeks=n), value, "" if value is not None else "none")
        for n, value in enumerate(values)
    ]


def value_of(report: Report, metric: str) -> tuple[float | None, str]:
    (point,) = [point for point in report.points if point.metric == metric]
    return point.value, point.reason


def row_of(report: Report, metric: Metric) -> dict[str, object]:
    table = next(one.content for one in report.artifacts if one.name == "forecasts")
    names = [column["name"] for column in table["columns"]]
    return dict(zip(names, next(row for row in table["rows"] if row[0] == metric.name), strict=True))


def test_a_steady_series_has_no_direction_and_goes_on_as_it_was() -> None:
    report = run([4.0, 6.0] * 80)
    direction, expected = report.insights
    assert direction.title.startswith("No clear direction")
    assert expected.title.startswith("Expect about")
    assert value_of(report, "trends.forecast_commits_12w")[0] == pytest.approx(5, abs=1)
    assert expected.data["horizons"].keys() == {"4", "12", "26"}


def test_growth_is_told_in_percent_a_year() -> None:
    # 2 % more each week is a factor of 1.02 ** 52 = 2.80 a year: 180 % more.
    report = run([100 * 1.02**week for week in range(150)])
    assert report.insights[0].title == "Activity is rising: about 180 % more each year"
    assert report.insights[0].confidence == 0.999
    assert value_of(report, "trends.direction")[0] == pytest.approx(180, abs=1)


def test_decline_is_noticed() -> None:
    report = run([1000 * 0.98**week for week in range(150)])
    assert report.insights[0].title == "Activity is falling: about 65 % less each year"
    assert report.insights[0].severity == "notice"


def test_five_weeks_are_too_short_to_forecast() -> None:
    report = run([3.0] * 5)
    (insight,) = report.insights
    assert insight.title == "Too short to forecast: 5 of 26 weeks"
    assert value_of(report, "trends.forecast_commits_12w") == (None, "too short to forecast: 5 of 26 weeks")
    assert row_of(report, COMMITS)["median"] is None


def test_a_year_is_forecast_but_not_checked_against_its_past() -> None:
    report = run([3.0, 4.0] * 26)
    (insight,) = [one for one in report.insights if one.type == "forecast"]
    assert "too short to check a forecast against the past: 52 of 104 weeks" in insight.description
    assert insight.confidence == 0.8


def test_the_present_week_is_left_out() -> None:
    values = [5.0] * 40
    present = Point(COMMITS.name, MONDAY + timedelta(weeks=40), 0.0, "The week is not over.")
    history = FakeHistory(
        weekly_commits(60),
        now=MONDAY + timedelta(weeks=40, days=1),
        metrics=[COMMITS],
        series={COMMITS.name: [*points(COMMITS, values), present]},
    )
    expected = value_of(analyze(TRENDS, history), "trends.forecast_commits_12w")
    assert expected == (5.0, "")


def test_a_silent_project_expects_no_commits() -> None:
    report = run([4.0] * 60 + [0.0] * 150)
    titles = [one.title for one in report.insights]
    assert titles[0].startswith("No commits expected")
    assert titles[1] == "At rest: no commits by people for 150 weeks"
    assert report.insights[1].severity == "warning"


def test_weeks_without_a_value_are_left_out() -> None:
    report = run([1.0] * 30, more={MOOD: [50.0, None] * 14 + [50.0, 50.0]})
    row = row_of(report, MOOD)
    assert (row["median"], row["lower80"], row["upper80"]) == (None, None, None)
    assert row["verdict"] == "too short to forecast: 16 of 26 weeks"


def test_a_series_that_ended_is_not_drawn_on() -> None:
    report = run([1.0] * 60, more={MOOD: [50.0] * 40})
    assert row_of(report, MOOD)["verdict"] == "no value for the last 20 weeks"
    assert "forecast:mood.share" not in {one.name for one in report.artifacts}


def test_other_series_are_mentioned_only_where_they_move_beyond_chance() -> None:
    falling = [90.0 - week / 4 for week in range(120)]
    report = run([4.0, 6.0] * 60, more={MOOD: falling})
    mentioned = [one for one in report.insights if MOOD.id in one.metrics]
    assert [one.severity for one in mentioned] == ["notice"]
    assert mentioned[0].title.startswith("Friendly messages by week: falling")


def test_snapshots_and_monthly_series_are_not_forecast() -> None:
    monthly = Metric("mood.month", "By month", "%", "A monthly share.", bucket=Bucket.MONTH)
    report = run([4.0, 6.0] * 60, more={monthly: [1.0] * 120})
    names = {one.name for one in report.artifacts}
    assert "forecast:mood.month" not in names
    assert "forecast:activity.commits" in names


def test_the_chart_has_five_years_of_weeks_and_bands_that_hold_the_expected_value() -> None:
    report = run([float(week % 7) for week in range(300)])
    chart = next(one.content for one in report.artifacts if one.name == "forecast:activity.commits")
    history, expected = chart["series"]
    assert (len(history["points"]), history["shape"], len(expected["points"])) == (260, "bar", 26)
    assert expected["points"][0][0] == (MONDAY + timedelta(weeks=300)).date().isoformat()
    for narrow, wide, middle in zip(
        chart["bands"][0]["points"], chart["bands"][1]["points"], expected["points"], strict=True
    ):
        assert wide[1] <= narrow[1] <= middle[1] <= narrow[2] <= wide[2]


def test_without_the_series_of_commits_the_reason_is_told() -> None:
    report = analyze(TRENDS, FakeHistory(weekly_commits(60)))
    assert [one.title for one in report.insights] == [
        "No forecast: the weekly number of commits is not known"
    ]
    assert value_of(report, "trends.backtest_mase")[0] is None


def test_a_project_of_this_week_is_too_short_to_forecast() -> None:
    history = FakeHistory(weekly_commits(1), metrics=[COMMITS])
    (insight,) = analyze(TRENDS, history).insights
    assert insight.title == "Too short to forecast: 0 of 26 weeks"


def test_weeks_that_are_mostly_silent_are_told_as_such() -> None:
    report = run([0.0, 0.0, 6.0] * 40)
    assert report.insights[-1].title == (
        "Expect more weeks without commits than with: 0 to 6 in four of the next five weeks"
    )


def test_explosive_growth_is_told_as_a_factor() -> None:
    # 3 % more each week is a factor of 1.03 ** 52 = 4.65 a year.
    report = run([100 * 1.03**week for week in range(150)])
    assert report.insights[0].title == "Activity is rising: about 5 times as much after a year"


def test_a_trend_among_rare_events_is_told_without_a_percentage() -> None:
    report = run([0.0, 0.0, 0.0, 1.0] * 13 + [0.0, 1.0] * 26)
    assert report.insights[0].title == "Activity is rising"


def test_a_series_with_negative_values_is_forecast_but_has_no_direction() -> None:
    report = run([1.0] * 60, more={MOOD: [-1.0, 2.0] * 30})
    row = row_of(report, MOOD)
    assert row["direction"] is None
    assert row["upper95"] == 2.0


def test_an_empty_history_has_nothing_but_reasons() -> None:
    report = analyze(TRENDS, FakeHistory())
    assert report.insights == []
    assert all(point.value is None and point.reason for point in report.points)


def test_the_plugin_keeps_the_contract() -> None:
    assert set(check_plugin(gitinsight_trends)) == {"activity", "trends"}
