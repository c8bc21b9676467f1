"""Which paths are vendored or generated, by the ``.gitattributes`` of a commit and by their names.

Git itself applies the rules: a bare repository has no files to read attributes from, so the commit's
``.gitattributes`` files, and nothing else, are put into a temporary index that ``git check-attr
--cached`` reads. It works with every git since 2.9 and leaves the repository untouched.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitinsight.domain.provenance import looks_generated, looks_vendored
from gitinsight.git import command

_NAMES = ("linguist-vendored", "linguist-generated")
_ODD = {b"", b".", b"..", b".git"}


@dataclass(frozen=True, slots=True)
class Marks:
    """What a path is besides the project's own work."""

    is_vendored: bool
    is_generated: bool


def mark_paths(git_dir: Path, commit: str, paths: Sequence[bytes]) -> list[Marks]:
    """The marks of each path by the rules of the commit, whether or not the commit has the path.

    ``linguist-vendored`` and ``linguist-generated`` decide where they are set or unset, the name of
    the path elsewhere.
    """
    if not paths:
        return []
    vendored, generated = _attributes(git_dir, commit, paths)
    marks = []
    for path, is_vendored, is_generated in zip(paths, vendored, generated, strict=True):
        text = path.decode("utf-8", "replace")
        marks.append(
            Marks(
                looks_vendored(text) if is_vendored is None else is_vendored,
                looks_generated(text) if is_generated is None else is_generated,
            )
        )
    return marks


def _attributes(git_dir: Path, commit: str, paths: Sequence[bytes]) -> list[list[bool | None]]:
    """For each attribute a value for each path: true, false, or None where no rule speaks."""
    rules = _rule_files(git_dir, commit)
    askable = [path for path in paths if rules and _ODD.isdisjoint(path.split(b"/"))]
    if not askable:
        return [[None] * len(paths) for _ in _NAMES]
    with tempfile.TemporaryDirectory() as folder:
        index = {"GIT_INDEX_FILE": str(Path(folder) / "index")}
        _git(git_dir, index, b"".join(rules), "update-index", "-z", "--index-info")
        wanted = b"".join(path + b"\0" for path in askable)
        printed = _git(git_dir, index, wanted, "check-attr", "--cached", "-z", "--stdin", *_NAMES)
    values = printed.split(b"\0")[2::3]
    found = [dict(zip(askable, values[place :: len(_NAMES)], strict=True)) for place in range(len(_NAMES))]
    return [[_truth(of_attribute.get(path, b"")) for path in paths] for of_attribute in found]


def _rule_files(git_dir: Path, commit: str) -> list[bytes]:
    """The commit's ``.gitattributes`` files as lines for ``git update-index --index-info -z``."""
    listed = command.run(git_dir, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", commit)
    rules = []
    for entry in listed.split(b"\0"):
        mode, _, path = entry.partition(b"\t")
        folders = path.split(b"/")
        if mode.startswith(b"100") and folders[-1] == b".gitattributes" and _ODD.isdisjoint(folders):
            rules.append(entry + b"\0")
    return rules


def _git(git_dir: Path, environment: Mapping[str, str], feed: bytes, *arguments: str) -> bytes:
    process = command.start(git_dir, *arguments, extra_environment=environment, stdin=subprocess.PIPE)
    try:
        printed, complaints = process.communicate(feed)
    except BaseException:
        command.end(process)
        raise
    if process.returncode != 0:
        raise command.failure(arguments[0], process.returncode, complaints)
    return printed


def _truth(value: bytes) -> bool | None:
    if value in {b"set", b"true"}:
        return True
    return False if value in {b"unset", b"false"} else None
