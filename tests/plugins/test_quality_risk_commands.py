"""``gitinsight quality validate`` and ``fit`` on made repositories, and what the analyzer tells of risk."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

import gitinsight_quality
from gitinsight.cli import gitinsight
from gitinsight.plugin import Report
from gitinsight.testing import FakeCommit, FakeHistory, analyze
from gitinsight_quality.risk.features import FEATURES
from gitinsight_quality.risk.model import load_model
from gitinsight_quality.risk.weights import shipped
from tests.plugins.risk_repositories import opened_with, thirty_files, use_home


@pytest.fixture(autouse=True)
def _home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    use_home(tmp_path, monkeypatch)


def quality(*arguments: str | Path) -> Result:
    return CliRunner().invoke(gitinsight, ["quality", *map(str, arguments)])


def validated(*arguments: str | Path) -> dict[str, Any]:
    result = quality("validate", *arguments, "--json")
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_the_figures_are_those_of_the_fix_that_git_knows(tmp_path: Path) -> None:
    repo = thirty_files(tmp_path)
    found = validated(repo.git_dir)
    assert found["at"] == "2023-01-02T12:00:00+00:00"
    assert found["commit"] == repo.run("rev-parse", "main~2")
    fixed = {row["path"] for row in found["files"] if row["fixed"]}
    assert fixed == set(repo.run("diff", "--name-only", "main~2", "main~1").splitlines())
    assert {(row["path"], row["loc"]) for row in found["files"]} == {(f"f{n:02}.py", n) for n in range(1, 31)}
    assert all(set(row) == {"path", "score", "loc", "churn", "fixed"} for row in found["files"])
    by_lines = {name: figure["value"] for name, figure in found["figures"]["loc"].items()}
    # The twelve fixed files are the largest; of 465 lines a fifth is 93, and 30 + 29 + 28 are 87.
    assert by_lines == {"auc": 1.0, "precision_at_20": 0.6, "found_in_20_percent_of_lines": 0.25}
    assert found["figures"]["smallest_first"]["auc"]["value"] == 0.0
    assert found["figures"]["recent_churn"]["auc"]["value"] == 0.5
    assert set(found["figures"]) == set(found["over_loc"])


def test_the_table_says_in_words_whether_it_beat_lines_of_code(tmp_path: Path) -> None:
    result = quality("validate", thirty_files(tmp_path).git_dir)
    assert "12 of 30 code files were changed by a bug fix in the following 180 days." in result.output
    assert "Verdict: lines of code alone does as well here." in result.output
    assert "lines of code alone          1.000 (1.000-1.000)" in result.output


def test_too_few_fixes_are_told_as_such(tmp_path: Path) -> None:
    found = validated(thirty_files(tmp_path).git_dir, "--at", "2023-03-02")
    assert found["verdict"] == "too few fixes to tell: 0 of 30 files were fixed"
    assert found["figures"] == found["over_loc"] == {}


@pytest.mark.parametrize("text", ["2023-01-02T12:00:00", "2023-01-02T12:00:00Z", "2023-01-02T14:00:00+02:00"])
def test_a_moment_is_in_utc_unless_it_says_otherwise(tmp_path: Path, text: str) -> None:
    assert validated(thirty_files(tmp_path).git_dir, "--at", text)["at"] == "2023-01-02T12:00:00+00:00"


def test_a_date_before_the_code_is_refused(tmp_path: Path) -> None:
    result = quality("validate", thirty_files(tmp_path).git_dir, "--at", "2022-01-01")
    assert result.exit_code == 1
    assert "no code to rank at that date" in result.output


def test_the_same_repositories_give_the_same_weights(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    thirty_files(folder, "ann+one.git")
    (folder / "two").mkdir()
    thirty_files(folder / "two", "repo")
    (folder / "no repository").mkdir()
    written = []
    for name in ("first.json", "second.json"):
        result = quality("fit", "--data", folder, "--out", tmp_path / name, "--table", tmp_path / "table.md")
        assert result.exit_code == 0, result.output
        written.append((tmp_path / name).read_bytes())
    model = json.loads(written[0])
    assert written[0] == written[1]
    assert list(model["weights"]) == list(FEATURES)
    assert model["weights"]["size"] > 0
    assert model["card"]["repositories"] == {
        "ann/one": {"windows": 1, "files": 30, "fixed": 12},
        "two": {"windows": 1, "files": 30, "fixed": 12},
    }
    assert "| ann/one | 1 | 1.000 / 0.60 |" in (tmp_path / "table.md").read_text(encoding="utf-8")


def test_one_repository_is_too_few_to_fit_on(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    thirty_files(folder)
    result = quality("fit", "--data", folder, "--out", tmp_path / "weights.json")
    assert result.exit_code == 1
    assert not (tmp_path / "weights.json").exists()


def report_of(history: Any) -> Report:
    analyzer, *_ = gitinsight_quality.register_analyzers()
    return analyze(analyzer, history)


def test_the_analyzer_proves_the_score_on_the_repository_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with opened_with(tmp_path, monkeypatch)(thirty_files(tmp_path)) as history:
        report = report_of(history)
    values = {(point.metric, point.dimension): point.value for point in report.points}
    assert values["quality.risk_auc", "lines of code alone"] == 1.0
    assert values["quality.risk_precision", "lines of code alone"] == 0.6
    (told,) = [insight for insight in report.insights if "risk" in insight.tags]
    assert told.title.endswith("of the 20 largest, 12")
    assert "lines of code alone does as well here" in told.description
    tables = {artifact.name: artifact.content for artifact in report.artifacts}
    assert tables["risk"]["total"] == 30
    assert tables["risk_validation"]["rows"][0][0] == "risk score"


def test_the_analyzer_says_why_a_young_repository_has_no_figures() -> None:
    history = FakeHistory([FakeCommit(changes={"a.py": (1, 0)})], {"a.py": "x = 1\n"})
    report = report_of(history)
    (point,) = [point for point in report.points if point.metric == "quality.risk_auc"]
    assert point.value is None
    assert point.reason == "the repository has no code from 180 days before its newest commit"


def test_the_analyzer_says_where_too_few_files_were_fixed() -> None:
    commits = [
        FakeCommit(subject, datetime(2024, month, 1, tzinfo=UTC), changes={"a.py": (1, 0)})
        for subject, month in (("Begin", 1), ("Fix crash", 8))
    ]
    report = report_of(FakeHistory(commits, {"a.py": "x = 1\n"}))
    (point,) = [point for point in report.points if point.metric == "quality.risk_auc"]
    (told,) = [insight for insight in report.insights if "risk" in insight.tags]
    assert point.reason == "fewer than 10 files were fixed, or all but so few"
    assert told.title.startswith("Too few bug fixes to tell whether the risk score works here: 1 of 1 files")


def test_the_shipped_weights_carry_what_they_reached() -> None:
    card = shipped()["card"]
    auc, low, _ = card["over_loc"]["risk"]["auc"]
    assert tuple(load_model().weights) == FEATURES
    assert len(card["repositories"]) >= card["judged_repositories"] >= 12
    assert auc >= 0.014
    assert low > 0
    model = next(one for one in gitinsight_quality.register_models() if one.task == "risk")
    assert model.accuracy["auc_over_lines_of_code"] == auc
    assert callable(model.load())
