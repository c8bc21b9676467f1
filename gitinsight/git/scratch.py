"""Diffs between any blobs of a mirror, many at a time, without touching the mirror.

Pairs of blobs become the files of two trees in a repository of its own that borrows the mirror's
objects; one ``git fast-import`` writes all trees and ``git diff-tree`` compares them. With several
sources git itself looks for the one that the target was renamed from, as blame does for one file at a
time.
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
_SHA1 = "[core]\n\trepositoryformatversion = 0\n\tbare = true\n"
_SHA256 = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tobjectformat = sha256\n"
_PAIRS = 32
_WORTH_TWO = 64
"""So many diffs pay for the start of a second process."""


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

    @property
    def is_rename(self) -> bool:
        """Whether git has to look for the source."""
        return bool(self.sources) and self.sources[0].path != self.target.path


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
    groups = _groups(questions)
    arguments = (*PATCH, "--text") if as_text else PATCH
    answers: dict[int, Answer] = {}
    with tempfile.TemporaryDirectory(prefix="gitinsight-") as folder:
        scratch = Path(folder)
        commits = _write(git_dir, scratch, questions, groups)
        processes = 1 if len(questions) < _WORTH_TWO else 2
        for batch, diffs in stream_diffs(scratch, arguments, commits, processes=processes):
            for at, diff in zip(batch, diffs, strict=True):
                for entry in diff.files:
                    if entry.status != "D":
                        place = groups[at][int(entry.path.partition(b"/")[0])]
                        source = _source(questions[place], entry.status, entry.old_path)
                        answers[place] = Answer(source, entry.is_binary, entry.hunks)
    return [answers[place] for place in range(len(questions))]


def _groups(questions: Sequence[Question]) -> list[list[int]]:
    """The places of questions that one diff of two trees answers: many pairs, or one rename."""
    pairs = [place for place, question in enumerate(questions) if not question.is_rename]
    renames = [[place] for place, question in enumerate(questions) if question.is_rename]
    return [pairs[start : start + _PAIRS] for start in range(0, len(pairs), _PAIRS)] + renames


def _source(question: Question, status: str, old_path: bytes) -> Side | None:
    if status == "A":
        return None
    return question.sources[int(old_path.split(b"/")[1]) if status == "R" else 0]


def _write(
    git_dir: Path, scratch: Path, questions: Sequence[Question], groups: Sequence[Sequence[int]]
) -> list[str]:
    """Make the scratch repository; for each group a commit that is compared with its parent."""
    for folder in ("objects/info", "refs"):
        (scratch / folder).mkdir(parents=True)
    (scratch / "HEAD").write_text("ref: refs/heads/q\n")
    (scratch / "config").write_text(_SHA256 if len(questions[0].target.blob) == 64 else _SHA1)
    (scratch / "objects" / "info" / "alternates").write_text(f"{git_dir.absolute() / 'objects'}\n")
    marks = scratch / "marks"
    stream = "".join(_stream([[questions[place] for place in group] for group in groups])).encode()
    try:
        command.run(scratch, "fast-import", "--quiet", "--force", f"--export-marks={marks}", feed=stream)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode()) from failed
    names = dict(line.split(" ") for line in marks.read_text().splitlines())
    return [names[f":{place + 1}"] for place in range(len(groups))]


def _stream(groups: Sequence[Sequence[Question]]) -> Iterator[str]:
    """Commands of fast-import: the first group's commit is ``:1``, what it is compared with its parent."""
    parent = len(groups)
    before: tuple[Side, ...] | None = None
    for place, group in enumerate(groups):
        sources = group[0].sources if group[0].is_rename else None
        if sources is None or sources is not before:
            parent += 1
            yield "reset refs/heads/q\n\n" + _COMMIT.format(parent)
            yield from _old_files(group)
        before = sources
        yield _COMMIT.format(place + 1) + f"from :{parent}\ndeleteall\n"
        yield from (_line(question.target, _name(n, question)) for n, question in enumerate(group))


def _old_files(group: Sequence[Question]) -> Iterator[str]:
    """The files before: of pairs under the names of their targets, of a rename in order."""
    if group[0].is_rename:
        for n, side in enumerate(group[0].sources):
            yield _line(side, f"s/{n:07}/{_last_part(side)}")
    else:
        for n, question in enumerate(group):
            yield from (_line(side, _name(n, question)) for side in question.sources)


def _name(place: int, question: Question) -> str:
    """Where a target stands; where git compares names it looks at their last part."""
    return f"{place}/{_last_part(question.target)}" if question.is_rename else f"{place}"


def _last_part(side: Side) -> str:
    return side.path.rpartition(b"/")[2].hex()


def _line(side: Side, name: str) -> str:
    mode = "120000" if side.mode == 0o120000 else "100644"
    return f"M {mode} {side.blob} {name}\n"
