"""What is known of a file at a moment of the past, against real histories made for it."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from gitinsight.testing import FakeCommit, FakeHistory
from gitinsight_quality.files import code_files_at, measured_files
from gitinsight_quality.risk.features import FEATURES, FLOOR, feature_frame, standardized
from gitinsight_quality.risk.windows import Timeline
from tests.plugins.risk_repositories import Opened, opened_with
from tests.repositories import Repo

NOW = datetime(2024, 6, 1, tzinfo=UTC)
CODE = "".join(f"line_{number} = {number}\n" for number in range(20))


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return opened_with(tmp_path, monkeypatch)


def day(text: str) -> str:
    return f"{text}T12:00:00+00:00"


def moment(text: str) -> datetime:
    return datetime.fromisoformat(day(text))


def frame_at(opened: Opened, repo: Repo, text: str) -> pl.DataFrame:
    with opened(repo) as history:
        window = Timeline(history).at(moment(text))
        assert window is not None
        return feature_frame(code_files_at(history, window.commit, 5.0), window)


def test_what_was_merged_later_is_not_known_yet(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    first = repo.commit({"a.py": CODE, "b.py": CODE}, date=day("2023-01-01"))
    side = repo.commit({"b.py": CODE * 2}, date=day("2023-01-05"), branch="side", parents=[first])
    main = repo.commit({"a.py": CODE * 2}, date=day("2023-01-10"))
    repo.commit({"b.py": CODE * 2}, "Merge", date=day("2023-03-01"), parents=[main, side])
    before, after = frame_at(opened, repo, "2023-02-01"), frame_at(opened, repo, "2023-03-02")
    assert before["revisions"].to_list() == [2, 1]
    assert after["revisions"].to_list() == [2, 2]
    assert before["loc"].to_list() == [40, 20]


def test_a_file_fixed_under_a_later_name_counts_as_fixed(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": CODE, "b.py": CODE + "other = 1\n"}, date=day("2023-01-01"))
    repo.commit({"a.py": None, "c.py": CODE}, "Rename", date=day("2023-02-01"))
    repo.commit({"c.py": CODE + "x = 1\n"}, "Fix crash", date=day("2023-03-01"))
    found = frame_at(opened, repo, "2023-01-15")
    assert found.select("path", "fixed").rows() == [("a.py", True), ("b.py", False)]


def test_a_fix_after_the_horizon_does_not_count(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": CODE}, date=day("2023-01-01"))
    repo.commit({"a.py": CODE * 2}, "Fix crash", date=day("2023-07-15"))
    assert frame_at(opened, repo, "2023-01-16")["fixed"].to_list() == [True]
    assert frame_at(opened, repo, "2023-01-15")["fixed"].to_list() == [False]


def test_before_the_first_commit_there_is_no_window(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": CODE}, date=day("2023-01-01"))
    with opened(repo) as history:
        assert Timeline(history).at(moment("2022-12-31")) is None


def test_changes_and_fixes_weigh_by_their_age() -> None:
    commits = [
        FakeCommit("Fix crash", NOW - timedelta(days=180), changes={"a.py": (1, 1)}),
        FakeCommit("Add a", NOW, changes={"a.py": (1, 1), "b/c.py": (1, 0)}),
    ]
    history = FakeHistory(commits, {"a.py": "x = 1\n", "b/c.py": "x = 1\ny = 2\n"}, now=NOW)
    found = feature_frame(measured_files(history, 5.0), Timeline(history).at_head())
    assert found.select("path", "loc", "revisions", "churn").rows() == [
        ("a.py", 1, 2, 1.5),
        ("b/c.py", 2, 1, 1.0),
    ]
    # Two different values are one standard deviation above and below their mean.
    assert found["churn_180"].to_list() == pytest.approx([1.0, -1.0])
    assert found["size"].to_list() == pytest.approx([-1.0, 1.0])
    assert found["folder_churn_90"].to_list() == [0.0, 0.0]
    assert found["is_test"].to_list() == [0.0, 0.0]


def test_the_folder_counts_without_the_file_itself() -> None:
    commits = [FakeCommit("Add", NOW, changes={"d/a.py": (1, 0), "d/b.py": (1, 0)})] + [
        FakeCommit("Change", NOW, changes={"d/a.py": (1, 0)}) for _ in range(2)
    ]
    files = {"d/a.py": "x = 1\n", "d/b.py": "x = 1\n", "d/c.py": "x = 1\n"}
    found = feature_frame(
        measured_files(FakeHistory(commits, files), 5.0), Timeline(FakeHistory(commits, files)).at_head()
    )
    # a changed three times, b once, c never: the means of the others are 0.5, 1.5 and 2.
    logs = [math.log(value + FLOOR) for value in (0.5, 1.5, 2.0)]
    mean = sum(logs) / 3
    deviation = math.sqrt(sum((value - mean) ** 2 for value in logs) / 3)
    assert found["folder_churn_365"].to_list() == pytest.approx(
        [(value - mean) / deviation for value in logs]
    )


def test_a_feature_that_is_the_same_everywhere_says_nothing() -> None:
    assert standardized(pl.Series([3.0, 3.0]).to_numpy()).tolist() == [0.0, 0.0]


def test_without_code_there_is_a_frame_without_rows() -> None:
    history = FakeHistory([FakeCommit("Begin", NOW, changes={"README.md": (1, 0)})], {"README.md": "Hello\n"})
    found = feature_frame(measured_files(history, 5.0), Timeline(history).at_head())
    assert found.height == 0
    assert set(FEATURES) <= set(found.columns)
