"""What ``git blame`` says of every line at head, beside what a replay of the history says."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

from gitinsight.git.frames import commit_frame
from gitinsight.git.lines import LineHistory, line_history
from gitinsight.git.log import reachable, read_commits

_LINE = re.compile(rb"^([0-9a-f]{40}|[0-9a-f]{64}) \d+ \d+(?: \d+)?$", re.MULTILINE)


def replayed(git_dir: Path, head: str, ignored: tuple[str, ...] = ()) -> LineHistory:
    """The lineage of a head, read anew."""
    ids = reachable(git_dir, head)
    commits = commit_frame(git_dir, head, ids, read_commits(git_dir, ids))
    return line_history(git_dir, head, commits, ignored=ignored)


def ours(git_dir: Path, head: str) -> dict[bytes, list[str]]:
    """The commit of each line of each text file."""
    ids = reachable(git_dir, head)
    owners = replayed(git_dir, head).owners
    return {path: [ids[owner] for owner in of_file] for path, of_file in owners.items()}


def blamed(git_dir: Path, head: str) -> dict[bytes, list[str]]:
    """The same by ``git blame``, one process a file; files with a NUL at their beginning are left out."""
    listed = _git(git_dir, "ls-tree", "-r", "-z", "--full-tree", head)
    found = {}
    for line in listed.split(b"\0")[:-1]:
        about, _, path = line.partition(b"\t")
        mode, _, blob = about.split()
        if not mode.startswith(b"100") or b"\0" in _git(git_dir, "cat-file", "blob", blob)[:8000]:
            continue
        printed = _git(git_dir, "blame", "--porcelain", head, "--", path)
        found[path] = [name.decode() for name in _LINE.findall(printed)]
    return found


def _git(git_dir: Path, *arguments: str | bytes) -> bytes:
    return subprocess.run(
        ["git", f"--git-dir={git_dir}", *arguments], capture_output=True, check=True, cwd=git_dir
    ).stdout
