"""The analyzer as a whole: hotspots worked out by hand, and what it says of odd repositories."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

import gitinsight_quality
from gitinsight.plugin import Artifact, Insight, Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze, check_plugin, weekly_commits
from gitinsight_quality.findings import percent, severity_of

NOW = datetime(2024, 6, 1, tzinfo=UTC)
SIMPLE = "def f():\n    return 1\n"
BRANCHY = "def f(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(12))


def report_of(history: FakeHistory, **settings: Any) -> Report:
    analyzer, *_ = gitinsight_quality.register_analyzers()
    return analyze(analyzer, history, settings)


def value(report: Report, metric: str, dimension: str = "") -> float | None:
    (point,) = [
        one for one in report.points if (one.metric, one.dimension) == (f"quality.{metric}", dimension)
    ]
    return point.value


def artifact(report: Report, name: str) -> Artifact:
    return next(one for one in report.artifacts if one.name == name)


def rows(report: Report, name: str) -> list[dict[str, Any]]:
    content = artifact(report, name).content
    return [
        dict(zip([column["name"] for column in content["columns"]], row, strict=True))
        for row in content["rows"]
    ]


def insight(report: Report, words: str) -> Insight:
    return next(one for one in report.insights if words in one.title)


def changed(path: str, days_ago: float, **more: Any) -> FakeCommit:
    return FakeCommit(f"touch {path}", NOW - timedelta(days=days_ago), changes={path: (1, 1)}, **more)


def four_files(commits: list[FakeCommit]) -> FakeHistory:
    files = {"src/hot.py": BRANCHY, "src/b.py": SIMPLE, "src/c.py": SIMPLE, "src/d.py": SIMPLE}
    return FakeHistory(sorted(commits, key=lambda commit: commit.at), files, now=NOW)


def test_a_change_half_a_half_life_old_weighs_half() -> None:
    history = four_files([changed("src/hot.py", 0), changed("src/hot.py", 180), changed("src/hot.py", 360)])
    (hot,) = [row for row in rows(report_of(history), "hotspot_files") if row["path"] == "src/hot.py"]
    assert hot["weight"] == 1.75
    assert (hot["changes_year"], hot["authors"], hot["last_change"]) == (3, 1, "2024-06-01")
    assert hot["is_hotspot"] == "yes"


def test_the_half_life_can_be_set() -> None:
    history = four_files([changed("src/hot.py", 0), changed("src/hot.py", 10)])
    report = report_of(history, hotspot_half_life_days=10.0)
    assert rows(report, "hotspot_files")[0]["weight"] == 1.5


def test_the_only_complex_and_active_file_of_four_is_the_hotspot() -> None:
    report = report_of(
        four_files([changed("src/hot.py", days) for days in (1, 2, 3)] + [changed("src/b.py", 1)])
    )
    first = rows(report, "hotspot_files")[0]
    # Three of four files lie below, and half of the file itself: 3.5 / 4.
    assert (first["frequency_percentile"], first["complexity_percentile"]) == (0.875, 0.875)
    assert first["score"] == pytest.approx(0.766)
    assert value(report, "hotspots") == 1
    found = insight(report, "1 complex file carries 75 % of the last year's changes")
    assert found.evidence[0].ref == "src/hot.py"
    assert 0.5 < found.confidence < 1
    assert artifact(report, "commits:quality.hotspots").content["total"] == 3


@pytest.mark.parametrize(
    ("share", "lines", "severity"),
    [(0.5, 0.1, "warning"), (0.02, 0.001, "notice"), (0.2, 0.15, "notice"), (0.1, 0.2, "info")],
)
def test_hotspots_are_a_warning_where_much_happens_in_few_lines(share, lines, severity) -> None:
    assert severity_of(share, lines) == severity


@pytest.mark.parametrize(("share", "text"), [(0.001, "less than 1 %"), (0.26, "26 %"), (0.0, "0 %")])
def test_a_small_share_is_not_told_as_none(share, text) -> None:
    assert percent(share) == text


def test_two_changes_in_a_year_are_too_few_for_a_hotspot() -> None:
    report = report_of(
        four_files([changed("src/hot.py", 1), changed("src/hot.py", 2), changed("src/hot.py", 400)])
    )
    assert value(report, "hotspots") == 0
    assert insight(report, "None of the 4 code files is both complex and often changed")


def test_one_change_is_not_told_as_changes() -> None:
    report = report_of(four_files([changed("src/hot.py", 1)]))
    closest = insight(report, "None of the 4 code files is both complex and often changed")
    assert "1 change in all" in {one.note.split(",")[0] for one in closest.evidence}


def test_bots_and_merges_make_no_hotspot() -> None:
    commits = [changed("src/hot.py", n, is_bot=True) for n in (1, 2, 3)]
    report = report_of(four_files([changed("src/b.py", 5), *commits]))
    (hot,) = [row for row in rows(report, "hotspot_files") if row["path"] == "src/hot.py"]
    assert (hot["changes_year"], hot["weight"]) == (0, 0)


def test_changes_before_a_rename_count_for_the_file() -> None:
    renamed = FakeCommit("move", NOW, changes={"src/hot.py": (0, 0)}, renames={"src/hot.py": "old.py"})
    report = report_of(four_files([changed("old.py", 2), changed("old.py", 1), renamed]))
    assert rows(report, "hotspot_files")[0]["changes_year"] == 3


def test_a_file_without_a_parser_is_ranked_by_its_lines() -> None:
    files = {"a.py": SIMPLE, "b.py": SIMPLE, "c.py": BRANCHY, "long.lua": "echo()\n" * 100}
    report = report_of(FakeHistory([changed("a.py", 1)], files, now=NOW))
    by_path = {row["path"]: row for row in rows(report, "hotspot_files")}
    assert (by_path["long.lua"]["complexity"], by_path["long.lua"]["basis"]) == (100, "lines")
    assert by_path["long.lua"]["complexity_percentile"] == 0.875
    assert by_path["c.py"]["complexity_percentile"] == pytest.approx(0.833)
    assert by_path["long.lua"]["rank_by_lines"] == 1


def test_sizes_are_given_by_language_and_in_all() -> None:
    files = {
        "a.py": "# one\nx = 1\n\n",
        "tests/test_a.py": "y = 1\nz = 2\n",
        "run": "#!/bin/sh\necho\n",
        "b.md": "text\n",
        "third/lib.py": SIMPLE,
        "c.min.js": "var a=1;" * 100,
    }
    report = report_of(FakeHistory(weekly_commits(3), files, vendored=["third/lib.py"]))
    assert value(report, "lines") == 4
    assert value(report, "lines", "Python") == 3
    assert value(report, "files", "Shell") == 1
    assert value(report, "comment_share") == pytest.approx(2 / 6)
    assert value(report, "test_share") == pytest.approx(2 / 4)
    assert rows(report, "files_skipped") == [
        {"path": "c.min.js", "language": "JavaScript", "reason": "minified", "counted": "nothing"}
    ]
    assert insight(report, "4 lines of code in 3 files, 75 % of them Python").confidence == 0.75


def test_documentation_is_prose_outside_of_tests_without_plain_text() -> None:
    files = {
        "a.py": "x = 1\n",
        "docs/b.md": "one\n\ntwo\n",
        "c.rst": "text\n",
        "LICENSE": "text\n",
        "tests/d.md": "no\n",
    }

    report = report_of(FakeHistory(weekly_commits(3), files))

    assert value(report, "documentation_share") == pytest.approx(3 / 4)


def test_the_functions_table_has_the_columns_that_exports_promise() -> None:
    report = report_of(FakeHistory(weekly_commits(3), {"a.py": BRANCHY, "b.py": SIMPLE}))
    promised = ["path", "name", "start_line", "end_line", "cyclomatic", "length", "nesting", "parameters"]
    first = rows(report, "functions")[0]
    assert list(first) == promised
    assert list(first.values()) == ["a.py", "f", 1, 25, 13, 25, 1, 1]
    assert value(report, "functions") == 2
    assert value(report, "complexity_mean") == 7
    assert value(report, "complex_functions") == 1


def test_the_map_nests_folders_and_never_deeper_than_json_can_be_written() -> None:
    deep = "/".join(["d"] * 2_000) + "/x.py"
    report = report_of(FakeHistory(weekly_commits(3), {"src/a.py": SIMPLE, deep: SIMPLE}))
    tree = artifact(report, "hotspots").content["tree"]
    names = {child["name"]: child for child in tree["children"]}
    leaf = names["src"]["children"][0]
    assert (leaf["path"], leaf["size"]) == ("src/a.py", 2)
    assert leaf["facts"]["complexity"] == 1
    assert len(json.dumps(tree)) < 20_000


def test_a_repository_without_code_is_told_so() -> None:
    report = report_of(FakeHistory(weekly_commits(60), {"README.md": "# Hi\n", "logo.png": b"\x89PNG\0"}))
    assert value(report, "lines") == 0
    assert value(report, "health") is None
    assert value(report, "hotspots") is None
    assert insight(report, "There is no code among the 1 file")


def test_an_empty_tree_still_yields_an_insight_with_evidence() -> None:
    history = FakeHistory(weekly_commits(60))
    (only,) = report_of(history).insights
    assert only.evidence[0].ref == history.head


def test_a_dormant_repository_is_told_as_such() -> None:
    history = four_files([changed("src/hot.py", 1_000 + n) for n in range(60)])
    assert insight(report_of(history), "Nobody committed in the last 12 months")


def test_a_repository_whose_code_rests_is_not_called_dormant() -> None:
    history = four_files([changed("src/hot.py", 1_000), changed("README.md", 3)])
    assert insight(report_of(history), "No code changed in the last 12 months")


@pytest.mark.parametrize("count", [0, 1, 2, 50])
def test_the_plugin_survives_any_number_of_commits_on_one_day(count: int) -> None:
    commits = [FakeCommit(f"change {n}", NOW, changes={"a.py": (1, 0)}) for n in range(count)]
    reports = check_plugin(gitinsight_quality, FakeHistory(commits, {"a.py": BRANCHY}, now=NOW))
    assert bool(reports["quality"].insights) is (count > 0)


def test_progress_reaches_the_end() -> None:
    history = FakeHistory(weekly_commits(3), {f"f{n}.py": f"x = {n}\n" for n in range(120)})
    report_of(history)
    assert history.told[-1] == (120, 120)


def test_hostile_names_are_carried_through() -> None:
    names = ["a\nb.py", "<script>.py", "\ufffd.py", "-rf.py", "a'b\"c.py"]
    commits = [FakeCommit("<b>\n", NOW, changes=dict.fromkeys(names, (1, 0))) for _ in range(4)]
    report = report_of(FakeHistory(commits, dict.fromkeys(names, BRANCHY), now=NOW))
    assert {row["path"] for row in rows(report, "hotspot_files")} == set(names)


@pytest.mark.parametrize("text", ["0", "-1", "nan", "inf", "soon"])
def test_a_half_life_that_is_no_positive_number_is_refused(text: str) -> None:
    settings = {setting.name: setting for setting in gitinsight_quality.register_settings()}
    with pytest.raises(ValueError, match=r"."):
        settings["hotspot_half_life_days"].type(text)


def test_importing_the_plugin_loads_neither_frames_nor_parsers() -> None:
    code = "import sys, gitinsight_quality; print([m for m in ('polars', 'numpy', 'tree_sitter') if m in sys.modules])"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=_environment()
    )
    assert done.stdout.strip() == "[]"


def _environment() -> dict[str, str]:
    return {"PYTHONPATH": ":".join(path for path in sys.path if path)}
