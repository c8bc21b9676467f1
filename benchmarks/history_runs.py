"""What ``benchmarks.history`` measures of ours, each kind in a process of its own.

``python -m benchmarks.history_runs KIND GIT_DIR HEAD FOLDER OUT --times N`` writes its figures to OUT as JSON.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import polars as pl

from gitinsight.git.headers import ignore_progress, stream_commits
from gitinsight.git.log import reachable
from gitinsight.services.reading import Reach, Reader
from gitinsight.store.segments import Kind, Segments

NEW_COMMITS = 100
QUERY_TIMES = 7


def extend(git_dir: Path, head: str, folder: Path) -> None:
    """Bring the history files up to the commit, as ``services.workspaces`` does for an analysis."""
    reader = Reader(git_dir, Segments(str(folder)), head)
    reader.store_commits(ignore_progress)
    reader.store_changes(ignore_progress, _ignore_reach)


def _ignore_reach(_reach: Reach) -> None:
    """The listener of those who wait for the end."""


def first_headers(git_dir: Path, head: str) -> pl.DataFrame:
    """The first frame of commits that is there to be stored."""
    return next(stream_commits(git_dir, reachable(git_dir, head)))


def all_headers(git_dir: Path, head: str, folder: Path) -> None:
    """The commits alone, to closed files: analyzers that need no changes start then."""
    Reader(git_dir, Segments(str(folder)), head).store_commits(ignore_progress)


def seconds_of(action: Callable[[], object]) -> float:
    """Wall seconds of one call."""
    started = time.perf_counter()
    action()
    return time.perf_counter() - started


def cpu_seconds() -> float:
    """CPU seconds of this process and of its ended children so far."""
    return sum(os.times()[:4])


@dataclass(frozen=True, slots=True)
class Task:
    """A repository at a commit, the folder of its history files, and how often to measure."""

    git_dir: Path
    head: str
    folder: Path
    times: int


def full(task: Task) -> dict[str, Any]:
    """One reading of the whole history into an empty folder; wall and CPU seconds after the imports."""
    before = cpu_seconds()
    wall = seconds_of(lambda: extend(task.git_dir, task.head, task.folder))
    return {"engine_seconds": wall, "engine_cpu_seconds": cpu_seconds() - before}


def headers(task: Task) -> dict[str, Any]:
    """Seconds from the commit's name to the first frame of headers, and to all of them in closed files."""
    first = [seconds_of(lambda: first_headers(task.git_dir, task.head)) for _ in range(task.times)]
    stored = []
    beside = task.folder.with_name("headers")
    for _ in range(task.times):
        stored.append(seconds_of(lambda: all_headers(task.git_dir, task.head, beside)))
        shutil.rmtree(beside)
    return {"headers_seconds": median(first), "stored_headers_seconds": median(stored)}


def append(task: Task) -> dict[str, Any]:
    """Seconds for the last 100 commits where the files in ``folder`` hold the others."""
    known = reachable(task.git_dir, task.head)[:-NEW_COMMITS]
    whole, beside = Segments(str(task.folder)), task.folder.with_name("appended")
    kept = {}
    for kind in Kind:
        commits = whole.known(kind).filter(whole.known(kind).is_in(known))
        kept[kind] = whole.scan(kind).filter(pl.col("commit").is_in(commits.implode())).collect(), commits
    spent = []
    for _ in range(task.times):
        before = Segments(str(beside))
        for kind, (rows, commits) in kept.items():
            before.append(kind, rows, commits)
        spent.append(seconds_of(lambda: extend(task.git_dir, task.head, beside)))
        shutil.rmtree(beside)
    return {"append_100_seconds": median(spent)}


def queries(task: Task) -> dict[str, Any]:
    """Milliseconds of three questions that analyzers ask of the finished frames."""
    # Reading needs neither, and its seconds are those of a program that only reads.
    from benchmarks.queries import churn_by_month, co_changes, hotspots
    from gitinsight.git.history import MirrorHistory

    segments = Segments(str(task.folder))
    raw = {"commits": segments.scan(Kind.COMMITS), "changes": segments.scan(Kind.CHANGES)}
    with MirrorHistory(task.git_dir, "benchmark", task.head, datetime.now(UTC), **raw) as history:
        commits, changes = history.commits.lazy(), history.changes.lazy()
    asked = {
        "churn_per_file_month": churn_by_month(commits, changes),
        "hotspots": hotspots(commits, changes),
        "co_change": co_changes(changes),
    }
    spent = {name: [seconds_of(ask.collect) for _ in range(QUERY_TIMES)] for name, ask in asked.items()}
    return {"queries_milliseconds": {name: 1000 * median(seconds) for name, seconds in spent.items()}}


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
