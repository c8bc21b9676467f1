"""Which deleted file a new file was renamed from, for each new file by itself, as blame looks for it.

``git diff-tree -M`` gives every deleted file to one new file at most. Blame asks for one path only, so
two new files may both come from the same deleted one, and the best source is never taken already.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from gitinsight.git.patches import FileDiff, Hunk
from gitinsight.git.scratch import Answer, Question, Side, ask

_MOST_TWINS = 101
"""Of more files with the content sought git looks at no more than these."""


class Row(NamedTuple):
    """A row of ``RAW_HUNKS`` before it is a frame; ``hunks`` is None for a binary file."""

    commit: str
    parent: int
    path: bytes | None
    old_path: bytes | None
    old_blob: str | None = None
    new_blob: str | None = None
    is_binary: bool = False
    hunks: Sequence[Hunk] | None = ()


def gone(commit: str, path: bytes) -> Row:
    """The row of a file that is no longer there."""
    return Row(commit, 0, None, path)


def added(commit: str, parent: int, entry: FileDiff, source: bytes | None) -> Row:
    """The row of a file that has lines of its own, and those of ``source`` unless that is None."""
    hunks = None if entry.is_binary else entry.hunks
    old_blob = None if source is None else entry.old_blob
    return Row(commit, parent, entry.path, source, old_blob, entry.new_blob, entry.is_binary, hunks)


def answered(commit: str, parent: int, target: Side, answer: Answer) -> Row:
    """The row that an answer comes to."""
    hunks = None if answer.is_binary else answer.hunks
    path, blob = (answer.source.path, answer.source.blob) if answer.source else (None, None)
    return Row(commit, parent, target.path, path, blob, target.blob, answer.is_binary, hunks)


def moved_whole(commit: str, parent: int, target: Side, source: Side) -> Row:
    """The row of a file that is, byte for byte, what ``source`` was in the parent."""
    return Row(commit, parent, target.path, source.path, source.blob, target.blob)


def origins(
    git_dir: Path, moved: Sequence[tuple[str, Sequence[FileDiff], Sequence[FileDiff]]]
) -> Iterator[Row]:
    """The rows of new files: ``moved`` has (commit, what is gone, what is new), raw entries of git.

    An entry that git calls a rename is in both lists. Raises SourceDamaged where a blob is missing.
    """
    asked: list[tuple[str, Question]] = []
    for commit, old, new in moved:
        sources = tuple(sorted((Side(e.old_path, e.old_mode, e.old_blob) for e in old), key=_by_path))
        for entry in new:
            target = Side(entry.path, entry.new_mode, entry.new_blob)
            twin = same_content(sources, target)
            if twin is not None:
                yield moved_whole(commit, 0, target, twin)
            elif len(sources) == 1 and entry.status == "R":
                yield added(commit, 0, entry, entry.old_path)
            else:
                asked.append((commit, Question(sources, target)))
    answers = ask(git_dir, [question for _, question in asked])
    for (commit, question), answer in zip(asked, answers, strict=True):
        yield answered(commit, 0, question.target, answer)


def _by_path(side: Side) -> bytes:
    return side.path


def same_content(sources: Sequence[Side], target: Side) -> Side | None:
    """The source that git takes for renamed without looking at lines: one of the same name, else the first."""
    twins = [each for each in sources if each.blob == target.blob and _match(each.mode, target.mode)]
    name = target.path.rpartition(b"/")[2]
    namesakes = (each for each in twins[:_MOST_TWINS] if each.path.rpartition(b"/")[2] == name)
    return next(namesakes, twins[0] if twins else None)


def _match(mode: int, other: int) -> bool:
    """Whether a file of one mode can be one of the other: links only come from links."""
    return mode == other or (mode | other) & 0o170000 == 0o100000
