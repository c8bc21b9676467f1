"""``gitinsight analyze`` with nothing cached, beside git's own floor and a tool that people use."""

from __future__ import annotations

import sys
import tempfile
from collections.abc import Sequence
from importlib.util import find_spec
from pathlib import Path

from benchmarks.measure import Cost, commit_count, cost_of, middle

_PYDRILLER = """
import sys
from pydriller import Repository
rows = [(m.filename, m.added_lines, m.deleted_lines, m.complexity)
        for c in Repository(sys.argv[1]).traverse_commits() if not c.merge for m in c.modified_files]
"""


def rows(repository: Path, times: int, with_peer: bool) -> Sequence[tuple[str, Cost]]:
    """(what, cost) of our analysis, of git's log alone, and of PyDriller once where it is installed."""
    ours = middle([_ours(repository) for _ in range(times)])
    log = ["git", f"--git-dir={_git_dir(repository)}", "log", "--numstat", "-M"]
    found = [
        ("gitinsight analyze, all analyzers", ours),
        ("git log --numstat -M", middle([cost_of(log) for _ in range(times)])),
    ]
    if with_peer and find_spec("pydriller"):
        found.append(
            (
                "PyDriller, changes and complexity",
                cost_of([sys.executable, "-c", _PYDRILLER, str(repository)]),
            )
        )
    return found


def _ours(repository: Path) -> Cost:
    with tempfile.TemporaryDirectory() as home:
        command = [
            sys.executable,
            "-m",
            "gitinsight",
            "analyze",
            str(repository),
            "--quiet",
            "--format",
            "json",
        ]
        return cost_of(command, {"GITINSIGHT_HOME": home})


def _git_dir(repository: Path) -> Path:
    return repository / ".git" if (repository / ".git").exists() else repository


def report(repository: Path, times: int, with_peer: bool) -> None:
    """Print the table of one repository."""
    print(f"\n{repository.name}: {commit_count(repository):,} commits")
    print(f"{'':<36}{'wall s':>8}{'CPU s':>8}{'peak MB':>9}")
    for what, cost in rows(repository, times, with_peer):
        print(f"{what:<36}{cost.wall_seconds:>8.2f}{cost.cpu_seconds:>8.2f}{cost.peak_bytes / 1e6:>9.0f}")
