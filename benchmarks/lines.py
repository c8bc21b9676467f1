"""``python -m benchmarks.lines PATH``: who wrote each line, beside git's log and git's blame.

Ours reads everything from a ready repository up to the table of lines. Beside it stand the patches of
the whole history as git alone prints them, and ``git blame`` of every text file at HEAD, one process a
file; each line's commit is compared. ``--files N`` blames so many files only, chosen at random, and what
all of them would cost is estimated from these. Blame's memory is not looked at.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path

from benchmarks.measure import Cost, commit_count, cost_of, middle

_BLAMED = re.compile(rb"^([0-9a-f]{40,64}) \d+ \d+(?: \d+)?$", re.MULTILINE)


def owners(repository: Path) -> dict[bytes, list[str]]:
    """The commit of each line of each text file at HEAD, as ours tells."""
    from gitinsight.git import command
    from gitinsight.git.frames import commit_frame
    from gitinsight.git.lines import line_history
    from gitinsight.git.log import reachable, read_commits

    head = command.run(repository, "rev-parse", "HEAD").decode().strip()
    ids = reachable(repository, head)
    commits = commit_frame(repository, head, ids, read_commits(repository, ids))
    found = line_history(repository, head, commits).owners
    return {path: [ids[owner] for owner in of_file] for path, of_file in found.items()}


def blame(repository: Path, paths: Sequence[bytes]) -> tuple[dict[bytes, list[str]], Cost]:
    """The same by git for some paths, and what it cost, with 0 for its memory."""
    before, started = os.times(), time.perf_counter()
    found = {}
    for path in paths:
        command = ["git", f"--git-dir={repository}", "blame", "--porcelain", "HEAD", "--", path]
        printed = subprocess.run(command, check=True, capture_output=True).stdout
        found[path] = [name.decode() for name in _BLAMED.findall(printed)]
    wall, after = time.perf_counter() - started, os.times()
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return found, Cost(wall, cpu, 0)


def figures(repository: Path, times: int, files: int | None) -> dict[str, object]:
    """Everything that is printed, as plain JSON."""
    ours = [sys.executable, "-m", "benchmarks.lines", str(repository), "--only-ours"]
    log = ["git", f"--git-dir={repository}", "log", "-m", "-p", "-U0", "--reverse"]
    mine = middle([cost_of(ours) for _ in range(times)])
    patches = middle([cost_of(log) for _ in range(times)])
    told = owners(repository)
    chosen = (
        sorted(told)
        if files is None
        else sorted(random.Random(7).sample(sorted(told), min(files, len(told))))
    )
    blamed, blaming = blame(repository, chosen)
    same = sum(one == other for path in chosen for one, other in zip(told[path], blamed[path], strict=True))
    lines = sum(len(told[path]) for path in chosen)
    whole = len(told) / len(chosen) if chosen else 1.0
    return {
        "commits": commit_count(repository),
        "ours": asdict(mine),
        "git log -m -p -U0 --reverse": asdict(patches),
        "git blame of the files blamed": asdict(blaming),
        "wall over git log": mine.wall_seconds / patches.wall_seconds,
        "cpu over git log": mine.cpu_seconds / patches.cpu_seconds,
        "blame wall over ours": whole * blaming.wall_seconds / mine.wall_seconds,
        "blame cpu over ours": whole * blaming.cpu_seconds / mine.cpu_seconds,
        "files": len(told),
        "files blamed": len(chosen),
        "lines compared": lines,
        "lines with the same commit": same,
        "share": same / lines if lines else None,
    }


def main() -> None:
    """Measure and print, as a table or as JSON."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.lines", description=__doc__)
    parser.add_argument("repository", type=Path)
    parser.add_argument("--json", action="store_true", help="print JSON")
    parser.add_argument("--times", type=int, default=1, help="runs of which the median is taken")
    parser.add_argument("--files", type=int, help="blame so many files only")
    parser.add_argument("--only-ours", action="store_true", help=argparse.SUPPRESS)
    chosen = parser.parse_args()
    repository = chosen.repository.resolve()
    if (repository / ".git").exists():
        repository = repository / ".git"
    if chosen.only_ours:
        print(len(owners(repository)))
        return
    found = figures(repository, chosen.times, chosen.files)
    if chosen.json:
        print(json.dumps(found, indent=2))
        return
    for what, value in found.items():
        if isinstance(value, dict):
            print(
                f"{what:<30}{value['wall_seconds']:>9.2f} s{value['cpu_seconds']:>9.2f} s CPU"
                f"{value['peak_bytes'] / 1e6:>8.0f} MB"
            )
        else:
            print(f"{what:<30}{value:>11,.6g}" if value is not None else what)


if __name__ == "__main__":
    main()
