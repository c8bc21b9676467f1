"""Snapshots, drawings, tables and sentences of the analyzer ``ownership``."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

import gitinsight_people
from gitinsight.domain.paths import PathFilter
from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import RAW_CHANGES, reachable, read_commits
from gitinsight.plugin import Insight, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze, weekly_commits
from gitinsight_people.ownership import FEW_LINES, NO_LINES, NOT_YET
from tests.blaming import blamed
from tests.repositories import BOB, Repo, demo

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)
_, OWNERSHIP = gitinsight_people.register_analyzers()


def at(days_ago: int, name: str, **options: Any) -> FakeCommit:
    return FakeCommit(
        f"by {name}", NOW - timedelta(days=days_ago), f"{name} <{name.lower()}@example.org>", **options
    )


# Ann left, Bob is here, Cy has gone and is counted by few lines only.
TEAM = [at(900, "Ann"), at(800, "Bob"), at(400, "Cy"), at(5, "Bob")]
LINES = {"src/a.py": {0: 60, 1: 20}, "src/b.py": {1: 50, 3: 10}, "c.md": {0: 40, 2: 20}}


def run(
    commits: Sequence[FakeCommit] = TEAM, lines: Mapping[str, Mapping[int, int]] = LINES, **options: Any
) -> Report:
    return analyze(OWNERSHIP, FakeHistory(commits, now=NOW, lines=lines, **options))


def values(report: Report) -> dict[str, float | str | None]:
    """Each number by metric and dimension; of a missing one the reason."""
    return {
        f"{point.metric.removeprefix('ownership.')} {point.dimension}".strip(): point.reason
        if point.value is None
        else point.value
        for point in report.points
    }


def tagged(report: Report, tag: str) -> Insight:
    (insight,) = [one for one in report.insights if tag in one.tags]
    return insight


def content(report: Report, name: str) -> Mapping[str, Any]:
    return next(one.content for one in report.artifacts if one.name == name)


def test_the_numbers_of_a_small_team() -> None:
    # 200 lines: Ann 100, Bob 80, Cy 20. Ann and Cy have been away for more than 183 days.
    assert values(run()) == {
        "lines": 200,
        "lines bots": 0,
        "lines mass edits": 0,
        "resting_share": 0.6,
        "absence_factor": 1,
        "half_life": NOT_YET,
        # 10 lines are 5 days old, 20 are 400, 70 are 800, 100 are 900: the 100th is 800 days old.
        "median_age": 800,
    }


def test_half_of_the_lines_are_told_with_the_fewest_people_who_wrote_them() -> None:
    insight = tagged(run(), "absence-factor")
    assert insight.title == "One person of 3 wrote 50 % of the 200 lines at head"
    assert [(one.ref, one.note) for one in insight.evidence] == [("Ann", "100 of 200 lines")]
    assert (insight.severity, insight.confidence) == ("notice", 0.99)


def test_lines_of_people_who_are_away_are_told_with_their_files() -> None:
    insight = tagged(run(), "knowledge")
    assert insight.title == "60 % of 200 lines: who wrote them is not active any more"
    assert [(one.ref, one.note) for one in insight.evidence] == [
        ("c.md", "60 of 60 lines"),
        ("src/a.py", "60 of 80 lines"),
    ]
    assert insight.severity == "notice"


def test_half_of_the_code_is_as_old_as_its_median() -> None:
    insight = tagged(run(), "age")
    # Of 200 lines 10 are of the last 365 days; those of 800 days and more stand in three files.
    assert (
        insight.title
        == "Half of the lines at head are 2.2 years old or older; 5 % were written in the last year"
    )
    assert [(one.ref, one.note) for one in insight.evidence] == [
        ("src/a.py", "80 lines that are 2.2 years old or older"),
        ("src/b.py", "50 lines that are 2.2 years old or older"),
        ("c.md", "40 lines that are 2.2 years old or older"),
    ]


def test_the_half_life_is_told_with_the_commits_that_wrote_most() -> None:
    commits = [at(1000, "Ann") for _ in range(20)]
    lives = [life for n in range(20) for life in ((n, 400, 60 + n, True), (n, 1000, 40, False))]
    report = run(commits, {}, lives=lives)
    assert values(report)["half_life"] == 400
    report = run(commits, {"a.py": {19: 800}}, lives=lives)
    insight = tagged(report, "lifetime")
    assert insight.title == "Half of the lines written here are gone or changed after 13 months"
    assert "between 13 months and 13 months" in insight.description
    assert insight.evidence[0].note == "wrote 119 lines, 40 of them are left"


def test_where_most_lines_stay_it_is_told_how_many() -> None:
    commits = [at(2000, "Ann") for _ in range(20)]
    # 20 of 100 lines of each commit die at 100 days: 80 % outlive five years, which all others have reached.
    lives = [life for n in range(20) for life in ((n, 100, 20, True), (n, 2000, 80, False))]
    report = run(commits, {"a.py": {19: 1600}}, lives=lives)
    assert tagged(report, "lifetime").title == "Most lines stay: 80 % of those written here outlive 5 years"
    assert values(report)["half_life"] == NOT_YET


def test_bots_and_mass_edits_are_told_apart() -> None:
    commits = [*TEAM, at(4, "Robo", is_bot=True), at(3, "Bob", is_ignored=True)]
    found = values(run(commits, {"a.py": {1: 30, 4: 7, 5: 13}}))
    assert (found["lines"], found["lines bots"], found["lines mass edits"]) == (30, 7, 13)
    assert found["resting_share"] == 0
    # 13 of 50 lines are of unknown authors.
    assert tagged(run(commits, {"a.py": {1: 30, 4: 7, 5: 13}}), "absence-factor").confidence == 0.74


def test_vendored_and_generated_files_are_left_out() -> None:
    report = run(vendored=["src/a.py"], generated=["c.md"])
    assert values(report)["lines"] == 60
    assert [row[0] for row in content(report, "file_owners")["rows"]] == ["src/b.py"]


def test_each_file_is_listed_with_who_wrote_the_most() -> None:
    table = content(run(), "file_owners")
    assert table["rows"] == [
        ["src/a.py", 80, "Ann", 0.75, "2022-12-14", 2, 0.75],
        ["c.md", 60, "Ann", 0.6667, "2022-12-14", 2, 1.0],
        ["src/b.py", 60, "Bob", 1.0, "2025-05-27", 1, 0.0],
    ]
    assert table["total"] == 3


def test_no_table_has_more_than_two_hundred_rows_and_each_says_how_many_there_are() -> None:
    names = [f"P{n:03}" for n in range(250)]
    commits = [at(10, name) for name in names]
    people = [f"{name} <{name.lower()}@example.org>" for name in names]
    pairs = [(author, author, n + 1) for n, author in enumerate(people)]
    report = run(commits, {f"{n}.py": {n: 1} for n in range(250)}, overwrites=pairs)
    for name in ("file_owners", "overwrites"):
        table = content(report, name)
        assert (len(table["rows"]), table["total"]) == (200, 250)
    commits_of = content(report, "commits:ownership.lines")
    assert (len(commits_of["commits"]), commits_of["total"]) == (200, 250)


def test_who_removed_whose_lines_stands_in_the_order_of_names() -> None:
    ann, bob, robo = "Ann <ann@example.org>", "Bob <bob@example.org>", "Robo <robo@example.org>"
    commits = [*TEAM, at(4, "Robo", is_bot=True)]
    pairs = [(bob, ann, 90), (ann, bob, 30), (ann, robo, 10), (bob, bob, 10)]
    assert content(run(commits, overwrites=pairs), "overwrites")["rows"] == [
        ["Ann", "Bob", 30, 0.75],
        ["Ann", "bots", 10, 0.25],
        ["Bob", "Ann", 90, 0.9],
        ["Bob", "Bob", 10, 0.1],
    ]


def test_the_burndown_stacks_years_and_goes_on_in_months_without_commits() -> None:
    months = [datetime(2025, month, 1, tzinfo=UTC) for month in (2, 3, 5)]
    ann = "Ann <ann@example.org>"
    robo = "Robo <robo@example.org>"
    rows = [
        (months[0], "2024", ann, 50),
        (months[1], "2024", ann, 40),
        (months[1], "2025", ann, 20),
        (months[1], "2025", robo, 99),
        (months[2], "2025", ann, 25),
    ]
    report = run([at(120, "Ann"), at(20, "Ann"), at(4, "Robo", is_bot=True)], {}, burndown=rows)
    chart = content(report, "burndown")
    assert chart["ordered"]
    assert {one["name"]: [value for _, value in one["points"]] for one in chart["series"]} == {
        "2024": [50, 40, 40, 0, 0],
        "2025": [0, 20, 20, 25, 25],
    }
    assert [day for day, _ in chart["series"][0]["points"]] == [f"2025-0{month}-01" for month in range(2, 7)]


def test_the_survival_curve_is_over_ages_with_its_half_life_marked() -> None:
    commits = [at(1000, "Ann") for _ in range(20)]
    lives = [life for n in range(20) for life in ((n, 10, 30, True), (n, 20, 30, True), (n, 1000, 40, False))]
    chart = content(run(commits, {}, lives=lives), "survival")
    assert chart["x"] == {"title": "Age", "unit": "days"}
    (series,) = chart["series"]
    assert series["points"][:1] + series["points"][9:11] + series["points"][-2:] == [
        [0, 1.0], [9, 1.0], [10, 0.7], [19, 0.7], [20, 0.4],
    ]  # fmt: skip
    assert chart["marks"] == [{"at": 20, "label": "half-life: 20 days"}]


def test_old_lines_have_a_curve_over_years() -> None:
    commits = [at(4000, "Ann") for _ in range(20)]
    chart = content(run(commits, {}, lives=[(n, 3653, 100, True) for n in range(20)]), "survival")
    assert chart["x"]["unit"] == "years"
    assert chart["series"][0]["points"][-1][0] == pytest.approx(10, abs=0.1)
    assert len(chart["series"][0]["points"]) <= 241


def test_the_map_shows_what_rests_and_where_nobody_is_active_how_far_one_person_wrote_each_file() -> None:
    def colours(report: Report, name: str) -> dict[str, float]:
        (source, other) = sorted(content(report, name)["tree"]["children"], key=lambda node: "path" in node)
        return {leaf["path"]: leaf["color"] for leaf in [*source["children"], other]}

    assert colours(run(), "knowledge") == {"src/a.py": 0.75, "src/b.py": 0.0, "c.md": 1.0}
    dormant = run([*TEAM[:3], at(300, "Bob")])
    assert colours(dormant, "main_authors") == {"src/a.py": 0.75, "src/b.py": 1.0, "c.md": 0.6667}


def test_that_a_whole_repository_rests_is_left_to_activity() -> None:
    report = run([*TEAM[:3], at(300, "Bob")])
    assert values(report)["resting_share"] == 1
    assert not [one for one in report.insights if "knowledge" in one.tags]


def test_an_empty_history_has_reasons_and_nothing_to_say() -> None:
    report = run([], {})
    assert not report.insights
    assert values(report) == {
        "lines": 0,
        "lines bots": 0,
        "lines mass edits": 0,
        "resting_share": NO_LINES,
        "absence_factor": NO_LINES,
        "half_life": FEW_LINES,
        "median_age": NO_LINES,
    }
    assert [one.content["series"] for one in report.artifacts if one.kind == "chart"] == [[], []]


@pytest.mark.parametrize("count", [1, 2, 50])
def test_a_repository_without_text_says_so(count: int) -> None:
    report = run(weekly_commits(count, NOW - timedelta(weeks=60)), {})
    assert [one.title for one in report.insights] == ["There are no lines at head that anybody could own"]


def test_a_repository_of_bots_says_so() -> None:
    report = run(weekly_commits(60, NOW - timedelta(weeks=60), is_bot=True), {"a.py": {3: 40}})
    assert [one.title for one in report.insights] == ["None of the 40 lines at head was written by a person"]
    assert values(report)["absence_factor"] == NO_LINES


@pytest.mark.parametrize(
    ("lines", "title"),
    [(1, "One person wrote the only line"), (2, "One person wrote all 2 lines at head")],
)
def test_one_person_is_told_without_alarm(lines: int, title: str) -> None:
    report = run([at(10, "Ann")], {"a.py": {0: lines}})
    assert [(one.title, one.severity) for one in report.insights] == [(title, "info")]


def test_commits_without_a_credible_date_still_own_lines() -> None:
    report = run([at(-1000, "Ann")], {"a.py": {0: 300}})
    assert values(report)["lines"] == 300
    assert (
        values(report)["resting_share"]
        == values(report)["median_age"]
        == "No line at head has a date to believe."
    )


def test_no_address_is_ever_shown() -> None:
    author = '"ann@secret.example" <ann@secret.example>'
    commits = weekly_commits(60, NOW - timedelta(weeks=60), author=author)
    report = run(
        commits, {"a.py": {9: 500}}, overwrites=[("ann@secret.example <ann@secret.example>",) * 2 + (5,)]
    )
    shown = json.dumps([dict(one.content) for one in report.artifacts])
    said = " ".join(f"{one.title} {one.description} {one.evidence}" for one in report.insights)
    assert "secret.example" not in shown + said


def test_every_finding_names_how_sure_it_is_and_which_numbers_it_is_about() -> None:
    lives = [life for n in range(20) for life in ((n, 400, 60, True), (n, 1000, 40, False))]
    report = run([*[at(1000, "Ann") for _ in range(20)], *TEAM], {"a.py": {1: 800, 23: 90}}, lives=lives)
    ids = {metric.id for metric in OWNERSHIP.metrics}
    names = {one.name for one in report.artifacts}
    assert len(report.insights) == 4
    for insight in report.insights:
        assert insight.data["confidence_basis"]
        assert set(insight.metrics) <= ids
        assert set(insight.data["artifacts"]) <= names
        assert insight.severity in {"info", "notice"}


def test_a_real_repository_has_the_lines_that_blame_names(tmp_path: Path) -> None:
    repo: Repo = demo(tmp_path)
    repo.commit({"m1.py": "all new\n"}, author=BOB, date="2020-11-01T12:00:00+00:00")
    commits = read_commits(repo.git_dir, reachable(repo.git_dir, repo.head()))
    with MirrorHistory(
        repo.git_dir, "x", repo.head(), NOW, commits=commits.lazy(), changes=RAW_CHANGES.to_frame().lazy()
    ) as history:
        report = analyze(OWNERSHIP, history)
    told = {path.decode(): len(lines) for path, lines in blamed(repo.git_dir, repo.head()).items()}
    assert values(report)["lines"] == sum(told.values())
    assert {row[0]: row[1] for row in content(report, "file_owners")["rows"]} == told


def test_what_a_bot_wrote_beyond_the_paths_is_nobodys_there(tmp_path: Path) -> None:
    repo = Repo(tmp_path)
    text = "".join(f"line {number}\n" for number in range(20))
    repo.commit({"old/a.py": text}, author="renovate[bot] <bot@example.com>")
    repo.commit({"old/a.py": None, "src/a.py": text + "mine\n"}, author=BOB)
    commits = read_commits(repo.git_dir, reachable(repo.git_dir, repo.head()))
    with MirrorHistory(
        *(repo.git_dir, "x", repo.head(), NOW),
        commits=commits.lazy(),
        changes=RAW_CHANGES.to_frame().lazy(),
        paths=PathFilter(("src",)),
    ) as history:
        report = analyze(OWNERSHIP, history)
        assert history.lines["is_bot"].to_list() == [True, False]

    assert values(report)["lines"] == 1
