"""Where the files of merges come from: whole from a parent, or line by line from several.

Blame gives a merge's file to the first parent that has the very same content under the same name, else
under a name that git takes for the old one. What is left differs from every parent: each line belongs
to the first parent whose file has it unchanged. Only these few files need diffs.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.damage import damaged
from gitinsight.git.origins import Row, answered, gone, moved_whole, same_content
from gitinsight.git.patches import RAW, CommitDiff, FileDiff, is_file, stream_diffs, unquote
from gitinsight.git.scratch import Question, Side, ask

_COMBINED = ("diff-tree", "--stdin", "-c", "-r", "--raw", "--no-abbrev", "--always", "--no-renames")
_FILE_TYPE = 0o170000


@dataclass(frozen=True, slots=True)
class _Mixed:
    """A file of a merge that is like no parent's; ``before`` has each parent's, None where it has none."""

    merge: str
    target: Side
    before: Sequence[Side | None]

    def pair(self, parent: int) -> Side | None:
        """The parent's file of the same name, None where it is of another type."""
        side = self.before[parent]
        return side if side and (side.mode ^ self.target.mode) & _FILE_TYPE == 0 else None

    @property
    def whole(self) -> int | None:
        """The first parent whose file of the same name has the same content: only the mode differs."""
        pairs = ((parent, self.pair(parent)) for parent in range(len(self.before)))
        return next((parent for parent, side in pairs if side and side.blob == self.target.blob), None)


def merge_rows(git_dir: Path, merges: Mapping[str, Sequence[str]]) -> Iterator[list[Row]]:
    """The rows of merges, which are given with their parents, in lists; a merge's rows are in one list.

    Raises SourceDamaged where an object is missing.
    """
    if not merges:
        return
    combined = _combined(git_dir, list(merges))
    blended = _blended_rows(git_dir, merges, combined)
    differing = _differing_from_others(git_dir, {m: p for m, p in merges.items() if len(p) > 2})
    lines = [f"{merge} {parents[0]}" for merge, parents in merges.items()]
    for _, diffs in stream_diffs(git_dir, RAW, lines):
        yield [
            row
            for diff in diffs
            for row in (*_taken_rows(diff, combined, differing), *blended.get(diff.commit, ()))
        ]


def _combined(git_dir: Path, merges: Sequence[str]) -> dict[str, dict[bytes, _Mixed]]:
    """The files of each merge that differ from those of all parents, by path."""
    feed = "".join(f"{merge}\n" for merge in merges).encode()
    try:
        printed = command.run(git_dir, *_COMBINED, feed=feed)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode()) from failed
    found: dict[str, dict[bytes, _Mixed]] = {}
    merge = ""
    for line in printed.split(b"\n")[:-1]:
        if line.startswith(b":"):
            mixed = _mixed(merge, line)
            found[merge][mixed.target.path] = mixed
        else:
            merge = line.decode("ascii")
            found[merge] = {}
    unread = next((merge for merge in merges if merge not in found), None)
    if unread is not None:
        raise SourceDamaged(f"Git could not read the commit {unread}.", object=unread, commit=unread)
    return found


def _mixed(merge: str, line: bytes) -> _Mixed:
    """Read a line as ``::100644 100644 100644 BLOB BLOB BLOB MM TAB path`` of two parents and the merge."""
    about, _, name = line.partition(b"\t")
    fields = about.lstrip(b":").decode("ascii").split(" ")[:-1]
    modes = [int(mode, 8) for mode in fields[: len(fields) // 2]]
    path = unquote(name)
    *before, target = [Side(path, mode, blob) for mode, blob in zip(modes, fields[len(modes) :], strict=True)]
    return _Mixed(merge, target, [side if side.mode else None for side in before])


def _differing_from_others(git_dir: Path, merges: Mapping[str, Sequence[str]]) -> dict[str, list[set[bytes]]]:
    """For merges of more than two parents, the paths that differ from each parent but the first."""
    lines = [f"{merge} {parent}" for merge, parents in merges.items() for parent in parents[1:]]
    found: dict[str, list[set[bytes]]] = {merge: [] for merge in merges}
    for _, diffs in stream_diffs(git_dir, RAW, lines, processes=1):
        for diff in diffs:
            found[diff.commit].append({entry.path for entry in diff.files if not _is_same(entry)})
    return found


def _is_same(entry: FileDiff) -> bool:
    """Whether only the permissions changed."""
    return entry.same_type and entry.old_blob == entry.new_blob


def _taken_rows(
    diff: CommitDiff,
    combined: Mapping[str, Mapping[bytes, _Mixed]],
    differing: Mapping[str, Sequence[set[bytes]]],
) -> Iterator[Row]:
    """Rows for what a merge has not from its first parent: deleted, or another parent's whole."""
    for entry in diff.files:
        if not entry.is_file:
            if entry.was_file:
                yield gone(diff.commit, entry.path)
        elif not _is_same(entry) and entry.path not in combined[diff.commit]:
            others = differing.get(diff.commit, [set()])
            parent = next(place for place, paths in enumerate(others, 1) if entry.path not in paths)
            yield Row(diff.commit, parent, entry.path, entry.path)


def _blended_rows(
    git_dir: Path, merges: Mapping[str, Sequence[str]], combined: Mapping[str, Mapping[bytes, _Mixed]]
) -> dict[str, list[Row]]:
    """Rows for the files that are like no parent's, by merge."""
    rows: dict[str, list[Row]] = {}
    mixed = [each for files in combined.values() for each in files.values() if is_file(each.target.mode)]
    open_cases = []
    for each in mixed:
        whole = each.whole
        if whole is None:
            open_cases.append(each)
        else:
            rows.setdefault(each.merge, []).append(Row(each.merge, whole, each.target.path, each.target.path))
    deleted = _deleted(git_dir, merges, open_cases)
    asked: list[tuple[_Mixed, int, Question]] = []
    for each in open_cases:
        twin = _renamed_whole(each, deleted)
        if twin is not None:
            rows.setdefault(each.merge, []).append(twin)
        else:
            asked += [(each, parent, question) for parent, question in _questions(each, deleted)]
    answers = ask(git_dir, [question for *_, question in asked])
    for (each, parent, question), answer in zip(asked, answers, strict=True):
        row = answered(each.merge, parent, question.target, answer)
        rows.setdefault(each.merge, []).append(row)
    return rows


_Deleted = dict[tuple[str, int], tuple[Side, ...]]


def _deleted(git_dir: Path, merges: Mapping[str, Sequence[str]], cases: Sequence[_Mixed]) -> _Deleted:
    """What a merge no longer has of a parent that lacks one of the merge's files: a rename's old name."""
    lacking = {
        (case.merge, parent): None
        for case in cases
        for parent, side in enumerate(case.before)
        if side is None
    }
    keys = list(lacking)
    lines = [f"{merge} {merges[merge][parent]}" for merge, parent in keys]
    found: _Deleted = {}
    for batch, diffs in stream_diffs(git_dir, (*RAW, "--diff-filter=D"), lines, processes=1):
        for place, diff in zip(batch, diffs, strict=True):
            sides = [Side(e.path, e.old_mode, e.old_blob) for e in diff.files if e.was_file]
            found[keys[place]] = tuple(sides)
    return found


def _renamed_whole(case: _Mixed, deleted: _Deleted) -> Row | None:
    """The row for a file that a parent has with the same content under another name."""
    for parent, side in enumerate(case.before):
        if side is None:
            twin = same_content(deleted[case.merge, parent], case.target)
            if twin is not None:
                return moved_whole(case.merge, parent, case.target, twin)
    return None


def _questions(case: _Mixed, deleted: _Deleted) -> list[tuple[int, Question]]:
    """What to ask about a file: its diff from each parent's; at least how many lines it has."""
    questions = []
    for parent, side in enumerate(case.before):
        pair = case.pair(parent)
        if pair is not None:
            questions.append((parent, Question((pair,), case.target)))
        elif side is None and deleted[case.merge, parent]:
            questions.append((parent, Question(deleted[case.merge, parent], case.target)))
    return questions or [(0, Question((), case.target))]
