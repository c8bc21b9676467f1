"""Where tidying up pays most, worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

import gitinsight_quality
from gitinsight.testing import FakeHistory, analyze, weekly_commits
from gitinsight_quality.deductions import DuplicateFacts, FileFacts, FunctionFacts
from gitinsight_quality.health import repository_health
from gitinsight_quality.targets import find_targets


def file(path: str, code: int, *functions: FunctionFacts, **more) -> FileFacts:
    return FileFacts(path, code, code, functions, **more)


def test_the_same_gain_for_fewer_lines_comes_first() -> None:
    small = FunctionFacts("small", 1, 10, cyclomatic=11)
    large = FunctionFacts("large", 20, 69, cyclomatic=11)
    first, second = find_targets(repository_health([file("a.py", 100, small, large), file("b.py", 100)]))
    # 0.3 points of a file that is half of the repository.
    assert (first.start_line, first.gain, first.effort_lines) == (1, pytest.approx(0.15), 10)
    assert first.gain_per_line == pytest.approx(0.015)
    assert (second.start_line, second.gain_per_line) == (20, pytest.approx(0.003))


def test_all_that_is_wrong_with_a_function_is_one_target() -> None:
    one = FunctionFacts("f", 1, 61, cyclomatic=21, parameters=6)
    (target,) = find_targets(repository_health([file("a.py", 100, one)]))
    assert target.gain == pytest.approx(0.8 + 0.2 + 0.1)
    assert target.reasons == "complex methods, large methods, many parameters"
    assert target.fix == "Split it at its branches into steps with names."


@pytest.mark.parametrize(("code", "effort"), [(620, 155), (800, 300)])
def test_a_large_file_takes_the_lines_that_are_too_many_and_at_least_a_quarter(code, effort) -> None:
    (target,) = find_targets(repository_health([file("a.py", code)]))
    assert (target.start_line, target.end_line, target.effort_lines) == (1, code, effort)


_FILES = st.lists(
    st.builds(
        lambda code, values, copies: (code, values, copies),
        st.integers(1, 2_000),
        st.lists(st.integers(1, 40), max_size=8),
        st.integers(0, 6),
    ),
    min_size=1,
    max_size=4,
)


@given(_FILES)
def test_the_gains_of_all_targets_are_what_health_lost(rows) -> None:
    files = [
        file(
            f"{n}.py",
            code,
            *[FunctionFacts("f", 100 * k + 1, 100 * k + value, value) for k, value in enumerate(values)],
            duplicates=[DuplicateFacts(5 * k + 1, 5 * k + 5, "x.py:1-5") for k in range(copies)],
        )
        for n, (code, values, copies) in enumerate(rows)
    ]
    health = repository_health(files)
    targets = find_targets(health)
    assert sum(one.gain for one in targets) == pytest.approx(10 - (health.score or 0))
    assert [one.gain_per_line for one in targets] == sorted(
        (one.gain_per_line for one in targets), reverse=True
    )


def test_a_report_ranks_targets_and_lists_findings() -> None:
    branchy = "def f(a):\n" + "".join(f"    if a == {n}:\n        return {n}\n" for n in range(12))
    analyzer, *_ = gitinsight_quality.register_analyzers()
    report = analyze(analyzer, FakeHistory(weekly_commits(3), {"a.py": branchy}))
    tables = {one.name: one.content for one in report.artifacts}
    assert tables["refactoring_targets"]["rows"][0][:5] == ["a.py", 1, 25, 0.3, 25]
    assert tables["findings"]["rows"] == [
        [
            "complex-method",
            "a.py",
            1,
            25,
            "notice",
            "f has a complexity of 13 (cognitive 12)",
            "Split it at its branches into steps with names.",
            0.3,
        ]
    ]
    (insight,) = [one for one in report.insights if "refactoring" in one.tags]
    assert insight.title == "Tidying up 25 lines in one place would raise the code health by 0.3 points"
    assert insight.evidence[0].ref == "a.py"


def test_a_healthy_repository_gets_no_advice() -> None:
    analyzer, *_ = gitinsight_quality.register_analyzers()
    report = analyze(analyzer, FakeHistory(weekly_commits(3), {"a.py": "def f():\n    return 1\n"}))
    assert not [one for one in report.insights if "refactoring" in one.tags]
    (findings,) = [one for one in report.artifacts if one.name == "findings"]
    assert (findings.content["rows"], findings.content["total"]) == ([], 0)
