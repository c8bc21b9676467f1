"""Quality over time: which commits are looked at, what they come to, and that each content is judged once."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from gitinsight.cli.commands import PluginCommands
from gitinsight.plugin import History, Report, Severity
from gitinsight.testing import FakeHistory
from gitinsight_quality import over_time, snapshots
from gitinsight_quality.mainline import Moment, moments
from gitinsight_quality.snapshots import Judged, Snapshot, contributions
from tests.plugins.risk_repositories import use_home
from tests.repositories import Repo

FINE = "def f():\n    return 1\n"
COMPLEX = (
    "def g(x):\n" + "".join(f"    if x == {n}:\n        return {n}\n" for n in range(10)) + "    return 0\n"
)
"""A function of 22 lines with a cyclomatic complexity of 11: one deduction of 0.3."""
MIXED = (2 * 10 + 22 * 9.7) / 24

Opened = Callable[[Repo], AbstractContextManager[History]]


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    use_home(tmp_path, monkeypatch)
    commands = PluginCommands("quality")
    return lambda repo: commands.open_history(str(repo.git_dir), analyzer="quality_history")


@pytest.fixture
def repo(tmp_path: Path) -> Repo:
    return Repo(tmp_path)


def at(day: str) -> str:
    return f"{day}T12:00:00+00:00"


def report_of(history: History, **settings: Any) -> Report:
    return over_time.analyze(history, settings)


def months(report: Report, name: str) -> dict[str, float | None]:
    return {f"{p.at:%Y-%m}": p.value for p in report.points if p.metric == f"quality_history.{name}"}


def test_the_last_commit_of_each_month_is_looked_at_a_year_apart_first(repo: Repo, opened: Opened) -> None:
    days = ("2022-12-01", "2023-11-05", "2023-11-20", "2024-05-03", "2024-11-09", "2024-12-01")
    for day in days:
        repo.commit({"a.py": f"x = '{day}'\n"}, date=at(day))
    repo.tag("v1.0", repo.run("rev-parse", "main~2"))
    repo.tag("v0.9.1", repo.run("rev-parse", "main~4"))
    repo.tag("nightly", repo.run("rev-parse", "main~1"))

    with opened(repo) as history:
        found = moments(history)

    assert [(f"{moment.at:%Y-%m-%d}", *moment.releases) for moment in found] == [
        ("2024-12-01",),
        ("2023-11-20",),
        ("2022-12-01",),
        ("2024-05-03", "v1.0"),
        ("2023-11-05", "v0.9.1"),
        ("2024-11-09",),
    ]


def test_wrong_clocks_neither_hide_head_nor_stretch_the_past(repo: Repo, opened: Opened) -> None:
    repo.commit({"a.py": FINE}, date=at("1970-01-01"))
    for day in range(1, 29):
        repo.commit({"a.py": FINE + f"x = {day}\n"}, date=at(f"2024-01-{day:02}"))
    for month in range(2, 10):
        repo.commit({"a.py": FINE + f"y = {month}\n"}, date=at(f"2024-{month:02}-05"))
        for more in range(6, 10):
            repo.commit({"a.py": FINE + f"y = {month}{more}\n"}, date=at(f"2024-{month:02}-{more:02}"))
    repo.commit({"a.py": FINE}, date=at("2105-01-05"))

    with opened(repo) as history:
        found = moments(history)
        seen = months(report_of(history), "code")

    assert found[0].commit == repo.head()
    assert found[0].at == history.now
    assert min(moment.at.year for moment in found) == 2024
    assert len(seen) == 10


def test_each_month_and_release_has_its_numbers(repo: Repo, opened: Opened) -> None:
    repo.commit({"a.py": FINE, "README.md": "Hello\n"}, date=at("2024-01-05"))
    repo.tag("1.0", repo.head())
    repo.commit({"b.py": COMPLEX}, date=at("2024-03-05"))
    repo.tag("1.1", repo.head())

    with opened(repo) as history:
        found = report_of(history)

    assert months(found, "health") == pytest.approx({"2024-01": 10.0, "2024-03": MIXED})
    assert months(found, "code") == {"2024-01": 2.0, "2024-03": 24.0}
    assert months(found, "functions") == {"2024-01": 1.0, "2024-03": 2.0}
    assert months(found, "complex_share") == {"2024-01": 0.0, "2024-03": 0.5}
    assert months(found, "unhealthy_share") == {"2024-01": 0.0, "2024-03": 0.0}
    (table,) = [one for one in found.artifacts if one.name == "releases"]
    assert [[row[0], row[3], row[4], row[8]] for row in table.content["rows"]] == [
        ["1.1", round(MIXED, 2), round(MIXED - 10, 3), "b.py"],
        ["1.0", 10.0, None, ""],
    ]
    (insight,) = found.insights
    assert insight.title == f"Code health {MIXED:.1f}, down from 10.0 in January 2024, mostly in b.py"
    assert insight.severity is Severity.NOTICE
    assert [piece.ref for piece in insight.evidence] == ["b.py", repo.head(), repo.run("rev-parse", "main~1")]


def test_releases_in_a_row_leave_one_mark(repo: Repo, opened: Opened) -> None:
    for day in ("2024-01-05", "2024-12-01", "2024-12-02", "2024-12-03"):
        repo.commit({"a.py": f"x = '{day}'\n"}, date=at(day))
        repo.tag(f"1.{day[-1]}", repo.head())
    with opened(repo) as history:
        found = report_of(history)
    (chart,) = [one for one in found.artifacts if one.name == "health_over_time"]
    assert [mark["label"] for mark in chart.content["marks"]] == ["1.5", "1.3"]


def test_the_newest_value_is_the_health_at_head_but_for_duplication(repo: Repo, opened: Opened) -> None:
    repo.commit({"a.py": FINE, "b.py": COMPLEX}, date=at("2024-01-05"))
    from gitinsight_quality.files import measured_files
    from gitinsight_quality.health import health_of

    with opened(repo) as history:
        found = report_of(history)
        today = health_of(measured_files(history, 5.0), {})
    assert months(found, "health")["2024-01"] == pytest.approx(today.score)


def test_a_content_is_judged_once_and_remembered(
    repo: Repo, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    judged = []
    measure = snapshots.measure_text
    monkeypatch.setattr(snapshots, "measure_text", lambda *args: judged.append(args[0]) or measure(*args))
    repo.commit({"a.py": FINE, "copy.py": FINE}, date=at("2024-01-05"))
    repo.commit({"b.py": COMPLEX}, date=at("2024-02-05"))
    with opened(repo) as history:
        report_of(history)
    assert sorted(judged) == sorted([FINE.encode(), COMPLEX.encode()])
    repo.commit({"b.py": COMPLEX + "\n\n" + FINE}, date=at("2024-03-05"))

    with opened(repo) as history:
        found = report_of(history)

    assert len(judged) == 3
    assert list(months(found, "code").values()) == [4.0, 26.0, 28.0]


def test_where_the_time_ends_the_next_analysis_goes_on(repo: Repo, opened: Opened) -> None:
    for month in range(1, 10):
        repo.commit({"a.py": FINE + f"x = {month}\n"}, date=at(f"2024-{month:02}-05"))

    with opened(repo) as history:
        short, whole = report_of(history, history_seconds=1e-9), report_of(history)

    assert list(months(short, "health")) == ["2024-09"]
    assert len(months(whole, "health")) == 9
    (told,) = [one for one in whole.artifacts if one.name == "health_over_time"]
    assert told.content["note"] == ""


def test_a_side_branchs_release_and_renamed_files_count(repo: Repo, opened: Opened) -> None:
    start = repo.commit({"old.py": FINE}, date=at("2024-01-05"))
    side = repo.commit({"b.py": COMPLEX}, date=at("2024-01-20"), branch="side", parents=[start])
    repo.tag("v1", side)
    repo.commit({"old.py": None, "new.py": FINE}, date=at("2024-02-05"), parents=[start, side])

    with opened(repo) as history:
        found = report_of(history)

    assert list(months(found, "code").values()) == [2.0, 2.0]
    (table,) = [one for one in found.artifacts if one.name == "releases"]
    assert [row[5] for row in table.content["rows"]] == [24]


def test_one_commit_has_its_numbers_and_nothing_to_compare(repo: Repo, opened: Opened) -> None:
    repo.commit({"a.py": FINE}, date=at("2024-01-05"))
    with opened(repo) as history:
        found = report_of(history)
    assert months(found, "health") == {"2024-01": 10.0}
    (insight,) = found.insights
    assert insight.title == "Code health 10.0 (without duplication)"
    assert [piece.ref for piece in insight.evidence] == [repo.head()]


def test_without_code_it_is_said_that_there_is_none(repo: Repo, opened: Opened) -> None:
    assert report_of(FakeHistory()) == Report()
    repo.commit({"README.md": "Hello\n", "bin": b"\0\1"}, date=at("2024-01-05"))
    with opened(repo) as history:
        found = report_of(history)
    assert not found.points and not found.artifacts
    assert found.insights[0].title == "No code that could be parsed, so its health has no history"


def test_files_move_the_health_by_how_far_they_lie_from_the_rest() -> None:
    moment = Moment("c", datetime(2024, 1, 1, tzinfo=UTC))
    good, bad = Judged(10, 10.0, 1, 0), Judged(10, 4.0, 1, 1)
    before = Snapshot(moment, {"a": good, "b": good})
    after = Snapshot(moment, {"a": good, "b": bad, "c": good})
    moved = contributions(before, after)
    assert moved == [("b", pytest.approx(-2.0)), ("a", 0.0), ("c", 0.0)]
    assert sum(part for _, part in moved) == pytest.approx((after.health or 0) - (before.health or 0))
