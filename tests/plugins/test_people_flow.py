"""Who comes, returns and falls silent, on histories that can be counted by hand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import gitinsight_people
from gitinsight.plugin import Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze
from gitinsight_people.contributions import read_contributions
from gitinsight_people.flow import half_years

MONDAY = datetime(2024, 1, 1, 12, tzinfo=UTC)
ANN, BOB, CY = (f"{name} <{name.lower()}@example.org>" for name in ("Ann", "Bob", "Cy"))
PEOPLE, _ = gitinsight_people.register_analyzers()


def by(author: str, *days: int) -> list[FakeCommit]:
    return [FakeCommit(f"{author} {day}", MONDAY + timedelta(days=day), author) for day in days]


def in_order(*commits: list[FakeCommit]) -> list[FakeCommit]:
    return sorted((one for some in commits for one in some), key=lambda commit: commit.at)


def run(commits: list[FakeCommit], days: int) -> Report:
    return analyze(PEOPLE, FakeHistory(commits, now=MONDAY + timedelta(days=days)))


def series(report: Report, metric: str) -> list[float | None]:
    return [point.value for point in report.points if point.metric == f"people.{metric}"]


def test_each_week_counts_different_people_and_first_commits() -> None:
    report = run(in_order(by(ANN, 0, 1, 7), by(BOB, 8, 9), by(CY, 22)), days=22)
    assert series(report, "active_authors") == [1, 2, 0, 1]
    assert series(report, "new_contributors") == [1, 1, 0, 1]


def test_ninety_days_away_make_a_return_and_eighty_nine_do_not() -> None:
    report = run(in_order(by(ANN, 0, 90), by(BOB, 0, 89)), days=90)
    returns = series(report, "returning_contributors")
    assert returns[12] == 1 and sum(value or 0 for value in returns) == 1


def test_a_person_is_inactive_from_the_week_of_the_last_commit_once_183_days_have_passed() -> None:
    report = run(in_order(by(ANN, 0, 7), by(BOB, 0, 200)), days=202)
    inactive = [point for point in report.points if point.metric == "people.inactive_contributors"]
    # Week 2 ends on day 21, 181 days before the analysis: what it will hold is not known yet. The weeks
    # before are those that begin on days 0 and 7; Ann left in the second.
    assert [point.value for point in inactive[:3]] == [0, 1, None]
    assert inactive[2].reason == "Not known until 183 days have passed."


def test_bots_and_merges_are_no_people() -> None:
    commits = [
        FakeCommit("work", MONDAY, ANN),
        FakeCommit("bump", MONDAY, "helper[bot] <helper@example.org>", is_bot=True),
        FakeCommit("merge", MONDAY, BOB, is_merge=True),
    ]
    report = run(commits, days=1)
    assert series(report, "active_authors") == [1]
    assert series(report, "bot_commits") == [1]


def test_wrong_clocks_stretch_nothing_but_their_commits_count() -> None:
    wrong = [
        FakeCommit("past", datetime(1970, 1, 1, tzinfo=UTC), ANN),
        FakeCommit("future", datetime(2099, 1, 1, tzinfo=UTC), CY),
    ]
    report = run([wrong[0], *in_order(by(BOB, *range(100))), wrong[1]], days=100)
    assert len(series(report, "active_authors")) == 15
    assert series(report, "contributors") == [1, 3]


def test_arrivals_are_counted_in_both_half_years() -> None:
    commits = in_order(by(ANN, 0, 400), by(BOB, 100), by(CY, 300))
    work = read_contributions(FakeHistory(commits, now=MONDAY + timedelta(days=400)))
    flow = half_years(work)
    # The half years reach from day 217 to 400 and from day 34 to 217.
    assert (flow.arrived, flow.arrived_before) == (["Cy <cy@example.org>"], ["Bob <bob@example.org>"])
    assert flow.comparable


def test_a_regular_falls_silent_on_the_183rd_day_even_if_back_later() -> None:
    # Ann's fifth commit is on day 4 and the sixth on day 300: silent on day 187. Bob's fifth and last is
    # on day 100: silent on day 283. Cy has only four commits.
    commits = in_order(by(ANN, 0, 1, 2, 3, 4, 300), by(BOB, 96, 97, 98, 99, 100), by(CY, 5, 6, 7, 8))
    flow = half_years(read_contributions(FakeHistory(commits, now=MONDAY + timedelta(days=400))))
    assert (flow.silent, flow.silent_before) == (["Bob <bob@example.org>"], ["Ann <ann@example.org>"])


def test_a_history_younger_than_a_year_compares_nothing() -> None:
    flow = half_years(read_contributions(FakeHistory(by(ANN, 0, 200), now=MONDAY + timedelta(days=200))))
    assert not flow.comparable


def test_each_person_of_a_month_is_new_returning_or_regular() -> None:
    report = run(in_order(by(ANN, 0, 35, 160), by(BOB, 40, 45)), days=165)
    chart = next(one.content for one in report.artifacts if one.name == "active_authors")
    rows = {one["name"]: [count for _, count in one["points"]] for one in chart["series"]}
    # January: Ann is new. February: Ann is regular, Bob new. June: Ann is back after 125 days.
    assert rows == {
        "new": [1, 1, 0, 0, 0, 0],
        "regular": [0, 1, 0, 0, 0, 0],
        "returning": [0, 0, 0, 0, 0, 1],
    }
