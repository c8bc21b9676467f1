"""The history of a bare repository: which commits there are, their headers and their file changes.

``reachable`` names them, ``read_commits`` and ``read_changes`` give raw frames; ``gitinsight.git.history``
makes of these what analyzers see.
"""

from __future__ import annotations

from pathlib import Path

import polars as pl

from gitinsight.git import command
from gitinsight.git.damage import damaged
from gitinsight.git.headers import RAW_COMMITS, read_commits
from gitinsight.git.numstat import RAW_CHANGES, read_changes, stream_changes

__all__ = [
    "RAW_CHANGES",
    "RAW_COMMITS",
    "ancestors",
    "reachable",
    "read_changes",
    "read_commits",
    "stream_changes",
]


def ancestors(git_dir: Path, head: str) -> pl.Series:
    """As ``reachable``, as the column ``commit``."""
    return pl.Series("commit", reachable(git_dir, head), dtype=pl.String)


def reachable(git_dir: Path, head: str) -> list[str]:
    """The ids of ``head`` (a full object id) and all its ancestors, oldest first in topological order.

    Raises SourceDamaged where a commit among them cannot be read.
    """
    try:
        printed = command.run(git_dir, "rev-list", "--topo-order", "--reverse", "--end-of-options", head)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode(), head) from failed
    return printed.decode("ascii").split()
