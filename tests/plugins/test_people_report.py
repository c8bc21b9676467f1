"""Snapshots, tables and sentences of the analyzer ``people``."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta

import pytest

import gitinsight_people
from gitinsight.plugin import Insight, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze, check_plugin, weekly_commits

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
CHAOSS_EXAMPLE = [1000, 202, 90, 33, 332, 343, 42, 433]
PEOPLE, _ = gitinsight_people.register_analyzers()


def commits_of(counts: dict[str, int], days_ago: int = 10) -> list[FakeCommit]:
    return [
        FakeCommit(f"{name} {n}", NOW - timedelta(days=days_ago), f"{name} <{name.lower()}@example.org>")
        for name, count in counts.items()
        for n in range(count)
    ]


def run(commits: list[FakeCommit], files: dict[str, str] | None = None, now: datetime = NOW) -> Report:
    return analyze(PEOPLE, FakeHistory(commits, files, now=now))


def value_of(report: Report, metric: str, dimension: str = "") -> float | None:
    (point,) = [
        point
        for point in report.points
        if point.metric == f"people.{metric}" and point.dimension == dimension
    ]
    return point.value


def tagged(report: Report, tag: str) -> Insight:
    (insight,) = [one for one in report.insights if tag in one.tags]
    return insight


def table(report: Report, name: str) -> list[list[object]]:
    return next(list(one.content["rows"]) for one in report.artifacts if one.name == name)


def test_the_example_of_chaoss_has_an_absence_factor_of_two() -> None:
    counts = {f"P{n}": count for n, count in enumerate(CHAOSS_EXAMPLE)}
    report = run(commits_of(counts))
    assert value_of(report, "absence_factor") == 2
    assert value_of(report, "top_share") == pytest.approx(100 * 1000 / 2475)
    insight = tagged(report, "absence-factor")
    # 1000 + 433 of 2475 are 57.9 %.
    assert insight.title == "Two people of 8 wrote 58 % of last year's commits"
    assert [(one.ref, one.note) for one in insight.evidence] == [
        ("P0", "1,000 of 2,475 commits"),
        ("P7", "433 of 2,475 commits"),
    ]


def test_older_work_counts_in_the_whole_history_only() -> None:
    old = commits_of({"Ann": 30}, days_ago=400)
    report = run([*old, *commits_of({"Bob": 6, "Cy": 6})])
    assert value_of(report, "absence_factor") == 1
    assert value_of(report, "contributors") == 2
    assert value_of(report, "contributors", "all time") == 3
    assert value_of(report, "absence_factor_all") == 1


def test_shares_of_twenty_people_come_with_the_gini_coefficient() -> None:
    report = run(commits_of({f"P{n}": 3 for n in range(20)}))
    insight = tagged(report, "share-of-work")
    assert insight.title.startswith("The most active of 20 people wrote 5 % of last year's commits")
    assert insight.data["gini"] == 0


def test_one_person_who_did_most_is_told_once() -> None:
    report = run(commits_of({"Ann": 45, "Bob": 5}))
    assert tagged(report, "absence-factor").title == "One person of 2 wrote 90 % of last year's commits"
    assert not [one for one in report.insights if "share-of-work" in one.tags]


def test_one_author_of_everything_is_told_without_alarm() -> None:
    report = run(commits_of({"Ann": 50}))
    insight = tagged(report, "absence-factor")
    assert insight.title == "One person wrote all 50 of last year's commits"
    assert insight.severity == "notice"


def test_a_missing_number_has_a_reason() -> None:
    report = run(commits_of({"Ann": 50}, days_ago=500))
    assert value_of(report, "absence_factor") is None
    assert value_of(report, "top_share") is None
    assert value_of(report, "contributors") == 0


def test_a_dormant_repository_is_judged_by_its_whole_history_and_its_silence_left_to_activity() -> None:
    report = run(commits_of({"Ann": 40, "Bob": 10}, days_ago=900))
    assert tagged(report, "absence-factor").title == "One person of 2 wrote 80 % of all commits so far"
    assert not [one for one in report.insights if {"dormant", "knowledge", "arrivals"} & set(one.tags)]


def test_every_status_has_its_row() -> None:
    def at(*days_ago: int, name: str) -> list[FakeCommit]:
        return [FakeCommit(f"{name} {day}", NOW - timedelta(days=day), f"{name} <x@y>") for day in days_ago]

    commits = [
        *at(900, 800, name="Gone"),
        *at(700, 20, name="Now and then"),
        *at(300, *range(80, 20, -10), name="Steady"),
        *at(15, name="Fresh"),
    ]
    same_address = [
        FakeCommit(one.subject, one.at, one.author.replace("x@y", one.author[0])) for one in commits
    ]
    report = run(sorted(same_address, key=lambda commit: commit.at))
    status = {row[0]: row[-1] for row in table(report, "contributors")}
    assert status == {"Gone": "inactive", "Now and then": "occasional", "Steady": "active", "Fresh": "new"}


def test_lines_of_generated_files_are_nobodys_work() -> None:
    commit = FakeCommit(at=NOW, changes={"a.py": (7, 2), "lock.json": (9000, 1)})
    report = analyze(PEOPLE, FakeHistory([commit], now=NOW, generated=["lock.json"]))
    (row,) = table(report, "contributors")
    assert row == ["Ann", 1, 1, 7, 2, "2025-06-01", "2025-06-01", "new"]


def test_no_address_is_ever_shown() -> None:
    commits = weekly_commits(
        60, NOW - timedelta(weeks=60), author='"ann@secret.example" <ann@secret.example>'
    )
    report = run(commits)
    shown = json.dumps([dict(one.content) for one in report.artifacts])
    said = " ".join(f"{one.title} {one.description} {one.evidence}" for one in report.insights)
    assert "secret.example" not in shown + said


def test_bots_have_a_table_of_their_own() -> None:
    bot = FakeCommit("bump", NOW, '"helper[bot]" <helper@example.org>', is_bot=True)
    report = run([bot, *commits_of({"Ann": 3})])
    assert table(report, "bots") == [["helper[bot]", 1, 1, "2025-06-01"]]
    assert [row[0] for row in table(report, "contributors")] == ["Ann"]


def test_files_that_only_inactive_people_changed_are_listed() -> None:
    paths = [f"old{n}.py" for n in range(15)] + [f"new{n}.py" for n in range(5)]
    old = FakeCommit("begin", NOW - timedelta(days=600), "Ann <ann@x>", dict.fromkeys(paths, (9, 0)))
    new = FakeCommit(
        "go on", NOW - timedelta(days=5), "Bob <bob@x>", {path: (1, 0) for path in paths if "new" in path}
    )
    report = run([old, new], dict.fromkeys(paths, ""))
    insight = tagged(report, "knowledge")
    assert insight.title == "75 % of 20 files: nobody who changed them is active any more"
    assert len(table(report, "unattended_files")) == 15
    assert insight.severity == "notice"


def test_arrivals_and_departures_are_compared_with_the_half_year_before() -> None:
    earlier = commits_of({"Founder": 12}, days_ago=700)
    arrivals = commits_of({f"N{n}": 1 for n in range(9)}, days_ago=30)
    leaver = commits_of({"Leaver": 6}, days_ago=250)
    report = run([*earlier, *leaver, *arrivals])
    came, left = tagged(report, "arrivals"), tagged(report, "departures")
    assert (
        came.title
        == "Nine people made a first commit in the last half year, more than the 1 of the half year before"
    )
    # P(Binomial(11, 1/2) <= 9) = 1 - 12 / 2048.
    assert came.confidence == pytest.approx(0.994, abs=5e-4)
    assert left.title == "One regular fell silent in the last half year, 0 in the half year before"
    assert [one.ref for one in left.evidence] == ["Leaver"]


def test_a_repository_of_bots_still_says_something() -> None:
    report = run(weekly_commits(60, NOW - timedelta(weeks=60), is_bot=True))
    assert [one.title for one in report.insights] == ["No commit here was written by a person"]


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_few_commits_are_no_reason_to_be_sure(count: int) -> None:
    report = run(commits_of({"Ann": count}))
    assert tagged(report, "absence-factor").confidence < 0.99


def test_an_empty_history_has_no_insight_and_no_series() -> None:
    report = run([])
    assert not report.insights
    assert {point.metric for point in report.points if point.value is None} == {
        "people.absence_factor",
        "people.absence_factor_all",
        "people.top_share",
    }


def test_commits_without_a_credible_date_still_name_their_people() -> None:
    report = run(commits_of({"Ann": 50}, days_ago=-1000))
    assert tagged(report, "absence-factor").title == "One person wrote all 50 commits so far"
    assert table(report, "contributors")[0][-3:] == [None, None, None]


def test_the_plugin_keeps_the_contract() -> None:
    assert set(check_plugin(gitinsight_people)) == {"people", "ownership"}
