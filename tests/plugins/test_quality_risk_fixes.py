"""Which commits count as bug fixes, by what developers write."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from gitinsight.testing import FakeCommit, FakeHistory
from gitinsight_quality.risk.fixes import is_fix
from gitinsight_quality.risk.windows import Timeline

NOW = datetime(2024, 6, 1, tzinfo=UTC)


@pytest.mark.parametrize(
    "subject",
    [
        "Fix crash when the list is empty",
        "fix(parser): accept an empty list",
        "Fixed #123",
        "bugfix: off by one",
        "Hot-fix for the login page",
        "refs: plug a memory leak",
        "Prevent segfault on exit",
        "Regression in 2.1: keep the order",
        "CVE-2024-1234: check the length",
        "Fix bug in test discovery of the runner",
    ],
)
def test_a_repaired_fault_is_a_fix(subject: str) -> None:
    assert is_fix(subject)


@pytest.mark.parametrize(
    "subject",
    [
        "Add a prefix option",
        "Fix typo",
        "Fixed some spelling mistakes",
        "Fix the docs",
        "docs: fix the example of crash handling",
        "chore: fix release script",
        "Fix flake8 complaints",
        "Fix failing tests on Windows",
        "fix CI",
        "Fix build on macOS",
        "t5608: fix quoting",
        "feat: report bugs by mail",
        "Debug output for workers",
        "Change the suffix of fixtures",
    ],
)
def test_what_nobody_runs_is_no_fix(subject: str) -> None:
    assert not is_fix(subject)


@pytest.mark.parametrize("kind", ["is_bot", "is_merge", "is_ignored"])
def test_bots_merges_and_mass_edits_fix_nothing(kind: str) -> None:
    fix = FakeCommit("Fix crash", NOW, changes={"a.py": (1, 1)}, **{kind: True})
    history = FakeHistory([FakeCommit("Begin", NOW, changes={"a.py": (1, 0)}), fix], {"a.py": "x = 1\n"})
    assert Timeline(history).at_head().past["is_fix"].to_list() == [False, False]
