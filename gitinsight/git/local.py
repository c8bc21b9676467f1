"""Looking at a repository in this machine's file system before git does.

A repository can make git read elsewhere (alternates, symbolic links, a ``.git`` file) or can lack part
of its history (shallow and partial clones). Both are found here by reading a few files, not by running
git in it. A shallow clone is refused rather than analysed: its numbers would look like the project's.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from gitinsight.errors import SourceDamaged, SourceRefused, SourceUnreachable
from gitinsight.git import command

_MOST_POINTER_BYTES = 4096
_PARTIAL = r"^(extensions\.partialclone|remote\..*\.promisor)$"


def checked_git_dir(path: Path) -> Path:
    """The git directory to fetch from, for a work tree, a bare repository or a linked work tree.

    Raises SourceUnreachable where there is no repository, SourceRefused where it points elsewhere,
    SourceDamaged where history is missing.
    """
    git_dir = _git_dir(path)
    common = _common_dir(git_dir, path)
    _refuse_pointers(common)
    _refuse_incomplete(common)
    return git_dir


def _git_dir(path: Path) -> Path:
    inside = path / ".git"
    if inside.is_symlink():
        raise SourceRefused("The folder's .git is a symbolic link; give the folder that it points to.")
    if inside.is_file():
        return _pointed_to(inside, "gitdir: ")
    for candidate in (inside, path):
        if (candidate / "objects").is_dir() and (candidate / "HEAD").is_file():
            return candidate
    if not path.exists():
        raise SourceUnreachable("There is no folder of this name; give the folder of a git repository.")
    raise SourceUnreachable("This folder is not a git repository; give the one that holds .git.")


def _common_dir(git_dir: Path, path: Path) -> Path:
    """The repository's own directory: another one than ``git_dir`` for a linked work tree only.

    A ``.git`` file is followed only where the repository that it leads to knows of the work tree;
    otherwise a folder could pass off somebody else's repository as its own.
    """
    if (git_dir / "commondir").is_file():
        common = _pointed_to(git_dir / "commondir", "")
        known = _pointed_to(git_dir / "gitdir", "")
        if git_dir.parent == common / "worktrees" and known == path / ".git":
            return common
    elif git_dir in {path, path / ".git"} or _names_work_tree(git_dir, path):
        return git_dir
    raise SourceRefused("The folder's .git leads to a repository that does not name this folder as its own.")


def _pointed_to(pointer: Path, prefix: str) -> Path:
    try:
        with pointer.open("rb") as file:
            text = os.fsdecode(file.read(_MOST_POINTER_BYTES)).strip()
        if text.startswith(prefix):
            return (pointer.parent / text.removeprefix(prefix)).resolve()
    except (OSError, ValueError, RuntimeError) as error:
        raise SourceUnreachable(f"The file {pointer.name} cannot be followed.") from error
    raise SourceUnreachable(f"The file {pointer.name} is not one that git writes.")


def _refuse_pointers(git_dir: Path) -> None:
    for name in ("alternates", "http-alternates"):
        if os.path.lexists(git_dir / "objects" / "info" / name):
            raise SourceRefused(
                "This repository borrows objects from another one; run git repack -a -d in it and delete "
                f"objects/info/{name}."
            )
    for entry in _object_entries(git_dir):
        if not stat.S_ISREG(entry.mode) and not stat.S_ISDIR(entry.mode):
            raise SourceRefused(
                "This repository holds a symbolic link or special file among its objects; give a plain "
                "clone of it."
            )


class _Entry:
    """One file system entry: its path and its mode without following links."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.mode = os.lstat(path).st_mode


def _object_entries(git_dir: Path) -> Iterator[_Entry]:
    """The git directory's files that say where objects are, the object folder, and all that is in it."""
    for name in ("HEAD", "config", "packed-refs", "refs", "objects"):
        if os.path.lexists(git_dir / name):
            yield _Entry(str(git_dir / name))
    pending = [str(git_dir / "objects")]
    try:
        while pending:
            for found in os.scandir(pending.pop()):
                yield _Entry(found.path)
                if found.is_dir(follow_symlinks=False):
                    pending.append(found.path)
    except OSError as error:
        raise SourceUnreachable("The repository's objects cannot be read; check its permissions.") from error


def _refuse_incomplete(git_dir: Path) -> None:
    shallow = git_dir / "shallow"
    if shallow.is_file() and shallow.stat().st_size:
        raise SourceDamaged(
            "This is a shallow clone, so most of the history is missing: run git fetch --unshallow in it."
        )
    # A source that may fetch what it lacks could make its own settings' commands run while it serves us.
    if _printed(git_dir, "config", "--includes", "--get-regexp", _PARTIAL):
        raise SourceDamaged(
            "This is a partial clone, so files of the history are missing: make a clone without --filter."
        )


def _names_work_tree(git_dir: Path, path: Path) -> bool:
    """Whether the repository's own file of settings names this folder as its work tree."""
    config = str(git_dir / "config")
    named = _printed(None, "config", "--file", config, "--no-includes", "--get", "core.worktree")
    return bool(named) and (git_dir / named).resolve() == path


def _printed(git_dir: Path | None, *arguments: str) -> str:
    try:
        return os.fsdecode(command.run(git_dir, *arguments, timeout_seconds=30)).strip()
    except command.GitFailed:
        return ""
