"""What ``benchmarks.history`` measures of ours, each kind in a process of its own.

``python -m benchmarks.history_runs KIND GIT_DIR HEAD FOLDER OUT --times N`` writes its figures to OUT as JSON.
"""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from gitinsight.git.headers import read_commits
from gitinsight.git.history import MirrorHistory
from gitinsight.git.log import reachable
from gitinsight.git.numstat import read_changes
from gitinsight.store.segments import Segments

NEW_COMMITS = 100
QUERY_TIMES = 7
_LARGEST_SET = 30
_FEWEST_SHARED = 5
_LINES = (pl.col("added") + pl.col("deleted")).sum().alias("lines")


def extend(git_dir: Path, head: str, folder: Path) -> None:
    """Bring the history files up to the commit, as ``services.workspaces`` does for an analysis."""
    commits = reachable(git_dir, head)
    segments = Segments(str(folder))
    known = segments.known()
    missing = [commit for commit in commits if commit not in known]
    if missing:
        segments.append(read_commits(git_dir, missing), read_changes(git_dir, missing))


def first_headers(git_dir: Path, head: str) -> pl.DataFrame:
    """The first frame of commits that an analyzer could start with."""
    return read_commits(git_dir, reachable(git_dir, head))


def seconds_of(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


@dataclass(frozen=True, slots=True)
class Task:
    """A repository at a commit, the folder of its history files, and how often to measure."""

    git_dir: Path
    head: str
    folder: Path
    times: int


def full(task: Task) -> dict[str, Any]:
    """One reading of the whole history into an empty folder; seconds after the imports."""
    return {"engine_seconds": seconds_of(lambda: extend(task.git_dir, task.head, task.folder))}


def headers(task: Task) -> dict[str, Any]:
    """Seconds from the commit's name to the first frame of headers."""
    spent = [seconds_of(lambda: first_headers(task.git_dir, task.head)) for _ in range(task.times)]
    return {"headers_seconds": median(spent)}


def append(task: Task) -> dict[str, Any]:
    """Seconds for the last 100 commits where the files in ``folder`` hold the others."""
    whole = Segments(str(task.folder))
    known = pl.DataFrame({"commit": reachable(task.git_dir, task.head)[:-NEW_COMMITS]}, {"commit": pl.String})
    commits, changes = (
        frame.join(known, on="commit", how="semi", maintain_order="left")
        for frame in (whole.commits(), whole.changes())
    )
    beside = task.folder.with_name("appended")
    spent = []
    for _ in range(task.times):
        Segments(str(beside)).append(commits, changes)
        spent.append(seconds_of(lambda: extend(task.git_dir, task.head, beside)))
        shutil.rmtree(beside)
    return {"append_100_seconds": median(spent)}


def queries(task: Task) -> dict[str, Any]:
    """Milliseconds of three questions that analyzers ask of the finished frames."""
    segments = Segments(str(task.folder))
    raw = {"commits": segments.commits(), "changes": segments.changes()}
    with MirrorHistory(task.git_dir, "benchmark", task.head, datetime.now(UTC), **raw) as history:
        commits, changes = history.commits.lazy(), history.changes.lazy()
    asked = {
        "churn_per_file_month": _churn(commits, changes),
        "hotspots": _hotspots(changes),
        "co_change": _co_change(commits, changes),
    }
    spent = {name: [seconds_of(ask.collect) for _ in range(QUERY_TIMES)] for name, ask in asked.items()}
    return {"queries_milliseconds": {name: 1000 * median(seconds) for name, seconds in spent.items()}}


def _churn(commits: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """Lines changed by file and month."""
    months = commits.select("commit", month=pl.col("authored_at").dt.truncate("1mo"))
    return changes.join(months, on="commit").group_by("file_id", "month").agg(_LINES)


def _hotspots(changes: pl.LazyFrame) -> pl.LazyFrame:
    """The 50 files that were changed most often."""
    found = changes.group_by("file_id").agg(_LINES, revisions=pl.len())
    return found.sort("revisions", "lines", descending=True).head(50)


def _co_change(commits: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs of files that commits of at most 30 files changed together at least 5 times."""
    sets = changes.join(commits.select("commit", "order"), on="commit").select("order", "file_id").unique()
    small = sets.filter(pl.len().over("order").is_between(2, _LARGEST_SET))
    pairs = small.join(small, on="order").filter(pl.col("file_id") < pl.col("file_id_right"))
    return pairs.group_by("file_id", "file_id_right").len("shared").filter(pl.col("shared") >= _FEWEST_SHARED)


KINDS = {"full": full, "headers": headers, "append": append, "queries": queries}


def main() -> None:
    """Measure one kind and write what it came to."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("git_dir", type=Path)
    parser.add_argument("head")
    parser.add_argument("folder", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--times", type=int, default=1)
    chosen = parser.parse_args()
    task = Task(chosen.git_dir, chosen.head, chosen.folder, chosen.times)
    chosen.out.write_text(json.dumps(KINDS[chosen.kind](task)))


if __name__ == "__main__":
    main()
