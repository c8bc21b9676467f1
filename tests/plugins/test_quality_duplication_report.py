"""What a report says about copies, in repositories of a few lines."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from gitinsight.plugin import Report, Severity
from gitinsight.testing import FakeHistory, analyze, weekly_commits
from gitinsight_quality import register_analyzers

BLOCK = "".join(f"x{n} = f({n})\n" for n in range(10))


def words(start: int, count: int) -> str:
    return "".join(f"w{n}\n" for n in range(start, start + count))


def report_of(files: Mapping[str, str]) -> Report:
    analyzer, *_ = register_analyzers()
    return analyze(analyzer, FakeHistory(weekly_commits(3), files, vendored=["third/a.py"]))


def shares(report: Report) -> Mapping[str, float | None]:
    return {one.dimension: one.value for one in report.points if one.metric == "quality.duplication"}


def test_a_report_tells_tests_apart_and_names_the_places() -> None:
    copied = {"a.py": BLOCK, "b.py": BLOCK, "third/a.py": BLOCK, "c.py": words(0, 20)}
    report = report_of({**copied, "tests/test_a.py": words(100, 60)})
    assert shares(report) == {"": 0.2, "other code": 0.5, "tests": 0.0}
    (table,) = [one for one in report.artifacts if one.name == "duplicates"]
    assert table.content["rows"] == [["a.py", 1, 10, 60, 2, 60, "b.py:1-10", ""]]
    (insight,) = [one for one in report.insights if "duplication" in one.tags]
    assert insight.title == "50 % of the lines outside tests stand in the code more than once"
    assert insight.severity is Severity.WARNING
    assert insight.evidence[0].note == "lines 1-10, 60 tokens, also at b.py:1-10"


def test_copies_in_tests_alone_are_no_reason_for_a_sentence() -> None:
    report = report_of({"tests/test_a.py": BLOCK, "tests/test_b.py": BLOCK, "a.py": "x = 1\n"})
    assert shares(report)["tests"] == 1
    assert not [one for one in report.insights if "duplication" in one.tags]


def test_a_repository_without_code_has_a_reason_and_no_table() -> None:
    report = report_of({"README.md": "# Hi\n"})
    (point,) = [one for one in report.points if one.metric == "quality.duplication"]
    assert (point.value, point.reason) == (None, "no code files at this commit")


def test_files_beyond_the_most_bytes_are_left_out_tests_first_and_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("gitinsight_quality.duplication.MAX_BYTES", 2 * len(BLOCK))
    report = report_of({"a.py": BLOCK, "atest/test_b.py": BLOCK, "c.py": BLOCK})
    (table,) = [one for one in report.artifacts if one.name == "duplicates"]
    assert [(row[0], row[6]) for row in table.content["rows"]] == [("a.py", "c.py:1-10")]
    (insight,) = [one for one in report.insights if "duplication" in one.tags]
    assert insight.description.endswith("too large to be compared in full; files left out: 1.")
    assert (insight.data["files_left_out"], insight.data["is_lower_bound"]) == (1, True)


def test_a_second_analysis_cuts_no_text_again(monkeypatch: pytest.MonkeyPatch) -> None:
    analyzer, *_ = register_analyzers()
    history = FakeHistory(weekly_commits(3), {"a.py": BLOCK, "b.py": "x = 1\n" + BLOCK})
    first = analyze(analyzer, history)
    monkeypatch.setattr("gitinsight_quality.tokens._cut", None)
    assert analyze(analyzer, history) == first
