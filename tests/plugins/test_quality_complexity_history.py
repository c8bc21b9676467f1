"""A file's complexity over the years, as it stood on the main line."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from gitinsight.testing import FakeCommit, FakeHistory
from gitinsight_quality import complexity_history
from gitinsight_quality.complexity_history import artifacts, sampled
from gitinsight_quality.files import measured_files
from tests.plugins.risk_repositories import Opened, opened_with
from tests.repositories import Repo

PLAIN = "def f(a):\n    return 1\n"
START = datetime(2019, 1, 1, 12, tzinfo=UTC)
BRANCHY = "def f(a):\n    if a:\n        return 2\n    return 1\n"


@pytest.fixture
def opened(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Opened:
    return opened_with(tmp_path, monkeypatch)


def renamed(tmp_path: Path) -> Repo:
    """A file of complexity 1, then 2, then under another name; a branch's 3 is merged between."""
    repo = Repo(tmp_path)
    begin = repo.commit({"old.py": PLAIN}, "Begin", date="2019-01-01T12:00:00+00:00")
    worse = PLAIN + BRANCHY.replace("f(", "g(")
    repo.commit({"old.py": worse}, "Try", date="2022-01-01T12:00:00+00:00", branch="side", parents=[begin])
    repo.commit({"old.py": BRANCHY}, "Branch", date="2023-01-01T12:00:00+00:00")
    repo.commit({"old.py": None, "new.py": BRANCHY}, "Rename", date="2024-01-01T12:00:00+00:00")
    repo.commit({"notes.md": "x\n"}, "Note", date="2025-01-01T12:00:00+00:00")
    return repo


def charts(history: Any) -> list[Any]:
    return list(artifacts(history, measured_files(history, 5.0)[:1], 5.0))


def test_a_file_is_read_at_each_span_under_the_name_it_had(tmp_path: Path, opened: Opened) -> None:
    repo = renamed(tmp_path)
    with opened(repo) as history:
        files = [file for file in measured_files(history, 5.0) if file.path == "new.py"]
        (chart,) = artifacts(history, files, 5.0)
    assert chart.content["series"] == [
        {
            "name": "Lines of code",
            "shape": "line",
            "points": [["2023-01-01", 4], ["2024-01-01", 4], ["2025-01-01", 4]],
        },
        {
            "name": "Complexity",
            "shape": "line",
            "points": [["2023-01-01", 2], ["2024-01-01", 2], ["2025-01-01", 2]],
        },
    ]
    assert chart.title == "Complexity of new.py: 2 as in January 2023"


def test_a_change_of_complexity_is_told_in_the_title(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": PLAIN}, "Begin", date="2024-01-01T12:00:00+00:00")
    repo.commit({"a.py": BRANCHY}, "Branch", date="2024-06-01T12:00:00+00:00")
    with opened(repo) as history:
        (chart,) = artifacts(history, measured_files(history, 5.0), 5.0)
    assert chart.title == "Complexity of a.py: 2, up from 1 in January 2024"
    assert [point[1] for point in chart.content["series"][0]["points"]] == [2, 4]


def test_five_years_are_cut_into_24_spans() -> None:
    history = FakeHistory([FakeCommit(at=START + timedelta(days=n)) for n in range(6 * 365)])
    moments = list(sampled(history).values())
    assert len(moments) == 24
    assert moments[-1] == history.commits["committed_at"][-1]
    assert {(later - earlier).days for earlier, later in pairwise(moments)} <= {76, 77}


def test_one_moment_makes_no_chart(tmp_path: Path, opened: Opened) -> None:
    repo = Repo(tmp_path)
    repo.commit({"a.py": PLAIN}, "Begin")
    with opened(repo) as history:
        assert charts(history) == []


def test_fewer_moments_are_read_of_a_long_file(
    tmp_path: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    repo = Repo(tmp_path)
    for month in range(1, 10):
        text = BRANCHY + "".join(f"x{n} = 1\n" for n in range(month))
        repo.commit({"a.py": text}, "Grow", date=f"2024-{month:02}-01T12:00:00+00:00")
    # Thirteen lines at head; three contents of so many lines fit, so every third moment back from head is read.
    monkeypatch.setattr(complexity_history, "MAX_LINES", 40)
    with opened(repo) as history:
        (chart,) = charts(history)
    assert [point[0] for point in chart.content["series"][0]["points"]] == [
        "2024-03-01",
        "2024-06-01",
        "2024-09-01",
    ]
