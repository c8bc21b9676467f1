"""Diffs between any blobs of a mirror, many at a time, without touching the mirror.

A pair of blobs becomes two trees in a repository of its own that borrows the mirror's objects; one
``git fast-import`` writes all trees and one ``git diff-tree`` compares them. With several sources git
itself looks for the one that the target was renamed from, as blame does for one file at a time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitinsight.git import command
from gitinsight.git.damage import damaged
from gitinsight.git.patches import PATCH, Hunk, stream_diffs

_COMMIT = "commit refs/heads/q\nmark :{}\ncommitter q <q> 0 +0000\ndata 0\n"
_ROOT = "reset refs/heads/q\n\n"


@dataclass(frozen=True, slots=True)
class Side:
    """A file on one side of a diff."""

    path: bytes
    mode: int
    blob: str


@dataclass(frozen=True, slots=True)
class Question:
    """Which of the sources did the target come from, and by which hunks?

    One source with the target's own path is that file before; other paths are what was deleted, in
    the order of their paths. Without sources the target is new.
    """

    sources: tuple[Side, ...]
    target: Side


@dataclass(frozen=True, slots=True)
class Answer:
    """The source, None where git sees a new file; a binary file has no hunks."""

    source: Side | None
    is_binary: bool
    hunks: list[Hunk]


def ask(git_dir: Path, questions: Sequence[Question], *, as_text: bool = False) -> list[Answer]:
    """An answer for each question; ``as_text`` takes binary files for text, as blame does.

    Questions about the same sources should follow each other. Raises SourceDamaged where a blob is
    missing.
    """
    if not questions:
        return []
    with tempfile.TemporaryDirectory(prefix="gitinsight-") as folder:
        scratch = Path(folder)
        commits = _write(git_dir, scratch, questions)
        arguments = (*PATCH, "--text") if as_text else PATCH
        answers: dict[int, Answer] = {}
        for batch, diffs in stream_diffs(scratch, arguments, commits):
            for place, diff in zip(batch, diffs, strict=True):
                entry = next(entry for entry in diff.files if entry.status != "D")
                source = _source(questions[place], entry.status, entry.old_path)
                answers[place] = Answer(source, entry.is_binary, entry.hunks)
    return [answers[place] for place in range(len(questions))]


def _source(question: Question, status: str, old_path: bytes) -> Side | None:
    if status == "A":
        return None
    return question.sources[int(old_path.split(b"/")[1]) if status == "R" else 0]


def _write(git_dir: Path, scratch: Path, questions: Sequence[Question]) -> list[str]:
    """Make the scratch repository; the ids of its commits that compare with their parents."""
    form = "sha256" if len(questions[0].target.blob) == 64 else "sha1"
    command.run(None, "init", "--quiet", "--bare", "--template=", f"--object-format={form}", str(scratch))
    (scratch / "objects" / "info").mkdir(exist_ok=True)
    (scratch / "objects" / "info" / "alternates").write_text(f"{git_dir.absolute() / 'objects'}\n")
    marks = scratch / "marks"
    stream = "".join(_stream(questions)).encode()
    try:
        command.run(scratch, "fast-import", "--quiet", "--force", f"--export-marks={marks}", feed=stream)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode()) from failed
    names = dict(line.split(" ") for line in marks.read_text().splitlines())
    return [names[f":{place + 1}"] for place in range(len(questions))]


def _stream(questions: Sequence[Question]) -> Iterator[str]:
    """Commands of fast-import: commit ``:1`` is the first question's, its sources are a parent of it."""
    parent = len(questions)
    before: tuple[Side, ...] = ()
    for place, (sources, target) in enumerate((each.sources, each.target) for each in questions):
        same_path = len(sources) == 1 and sources[0].path == target.path
        if not sources:
            yield _ROOT + _COMMIT.format(place + 1)
        else:
            if same_path or sources is not before:
                parent += 1
                yield _ROOT + _COMMIT.format(parent)
                yield from (_file(side, f"s/{n:07}/", same_path) for n, side in enumerate(sources))
            yield _COMMIT.format(place + 1) + f"from :{parent}\ndeleteall\n"
        before = () if same_path else sources
        yield _file(target, "t/", same_path)


def _file(side: Side, folder: str, same_path: bool) -> str:
    """A line that adds a file; of its path only the last part is kept, in hex: renames look at no more."""
    name = "f" if same_path else folder + (side.path.rpartition(b"/")[2].hex())
    mode = "120000" if side.mode == 0o120000 else "100644"
    return f"M {mode} {side.blob} {name}\n"
