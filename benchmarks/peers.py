"""Other tools that list the changes of each commit: ``python -m benchmarks.peers NAME GIT_DIR OUT``.

How many rows they found is written to OUT; they agree more or less with git on what a rename is. Merges
are left out where the tool allows it, as in ``git log``.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path

BRANCH = "main"


def pydriller(path: str) -> int:
    """PyDriller: names and numbers of lines of each modified file."""
    from pydriller import Repository

    rows = [
        (commit.hash, file.new_path, file.old_path, file.added_lines, file.deleted_lines)
        for commit in Repository(path).traverse_commits()
        if not commit.merge
        for file in commit.modified_files
    ]
    return len(rows)


def pygit2(path: str) -> int:
    """pygit2: a diff from tree to tree with renames, and the lines of each patch."""
    import pygit2 as library

    repository = library.Repository(path)
    rows = []
    for commit in repository.walk(repository.head.target):
        if len(commit.parents) > 1:
            continue
        if commit.parents:
            diff = commit.parents[0].tree.diff_to_tree(commit.tree)
            diff.find_similar()
        else:
            diff = commit.tree.diff_to_tree(swap=True)
        for patch in diff:
            _, added, deleted = patch.line_stats
            rows.append(
                (str(commit.id), patch.delta.new_file.path, patch.delta.old_file.path, added, deleted)
            )
    return len(rows)


def perceval(path: str) -> int:
    """Perceval's git backend on the repository itself, its clone left out: the log and its parser."""
    from perceval.backends.core.git import GitParser, GitRepository

    log = GitRepository(path, path).log(branches=[BRANCH])
    return sum(len(commit["files"]) for commit in GitParser(log).parse())


PEERS: dict[str, Callable[[str], int]] = {"pydriller": pydriller, "pygit2": pygit2, "perceval": perceval}


def plain_repository(git_dir: Path, head: str, folder: Path) -> Path:
    """A new bare repository of the usual form with the same objects, whose only branch is at this commit."""
    path = folder / "peer.git"
    subprocess.run(["git", "init", "--quiet", "--bare", f"--initial-branch={BRANCH}", str(path)], check=True)
    pointer = git_dir / "commondir"
    common = git_dir / pointer.read_text().strip() if pointer.is_file() else git_dir
    # Not as alternates, where Perceval would take the repository for an empty one.
    shutil.rmtree(path / "objects")
    (path / "objects").symlink_to((common / "objects").resolve())
    (path / "refs" / "heads" / BRANCH).write_text(f"{head}\n")
    return path


def installed() -> list[str]:
    """The peers that are here; ``pip install '.[bench]'`` brings them."""
    return [name for name in PEERS if find_spec(name)]


if __name__ == "__main__":
    Path(sys.argv[3]).write_text(str(PEERS[sys.argv[1]](sys.argv[2])))
