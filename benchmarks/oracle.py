"""Git's own rows of a history: plain ``git log``, read by a parser that shares nothing with the product's."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

Row = tuple[str, bytes, bytes | None, int | None, int | None]
"""Commit, path, old path (None without a rename), added and deleted lines (None for a binary file)."""

LOG = ("log", "-z", "--numstat", "-M")
_COMMIT = re.compile(rb"commit ([0-9a-f]{64}|[0-9a-f]{40})\0\n?")
_FILE = re.compile(rb"(?:(\d+)\t(\d+)|-\t-)\t(?:([^\0]+)|\0([^\0]+)\0([^\0]+))\0")


def git(git_dir: Path, *arguments: str) -> list[str]:
    """A git command line on the repository, as in a bare one: files around it are not read for attributes."""
    return [
        "git",
        "-C",
        os.sep,
        "-c",
        f"core.attributesFile={os.devnull}",
        f"--git-dir={git_dir.resolve()}",
        *arguments,
    ]


def environment() -> dict[str, str]:
    """An environment in which git reads no settings of this machine and no object in place of another."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
    return kept | {
        "GIT_CONFIG_NOSYSTEM": "1",
        "GIT_CONFIG_GLOBAL": os.devnull,
        "GIT_ATTR_NOSYSTEM": "1",
        "GIT_NO_REPLACE_OBJECTS": "1",
        "LC_ALL": "C",
    }


def printed(git_dir: Path, *arguments: str, feed: bytes = b"") -> bytes:
    """What git prints; CalledProcessError where it fails."""
    command = git(git_dir, *arguments)
    return subprocess.run(command, env=environment(), input=feed, check=True, capture_output=True).stdout


def rows(git_dir: Path, head: str = "HEAD") -> list[Row]:
    """The rows of ``head`` and its ancestors, oldest first in topological order."""
    order = ("--topo-order", "--reverse", "--format=commit %H")
    return list(parse(printed(git_dir, *LOG, *order, "--end-of-options", head)))


def parse(text: bytes) -> Iterator[Row]:
    """The rows in the output of ``git log -z --numstat --format='commit %H'``; ValueError for other bytes."""
    place, commit = 0, ""
    while place < len(text):
        if found := _COMMIT.match(text, place):
            commit = found[1].decode()
        elif commit and (found := _FILE.match(text, place)):
            added, deleted, same, old, new = found.groups()
            counts = (None, None) if added is None else (int(added), int(deleted))
            yield (commit, same or new, old, *counts)
        else:
            raise ValueError(f"These are not rows of git log: {text[place : place + 80]!r}")
        place = found.end()
