"""Where the lines of each commit's files come from, by git's own diffs and by blame's rules.

A row of ``RAW_HUNKS`` says that in a commit the file ``path`` is what ``old_path`` was in the parent of
the given place, but for the hunks (as in ``@@ -old_start,old_lines +new_start,new_lines @@``, without
context). No hunks mean that nothing changed. ``old_path`` is null for a new file; ``path`` is null
where ``old_path`` is gone. A binary file has null instead of hunks.

A commit with one parent has a row for each file that changed. A merge has rows for what differs from
its first parent: where another parent has the very same file, the row takes it from there; where the
file is like no parent's, there is a row for each parent that lines may come from, in their order.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from pathlib import Path

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.git.headers import Progress, ignore_progress
from gitinsight.git.merges import merge_rows
from gitinsight.git.origins import Row, added, gone, origins
from gitinsight.git.patches import PATCH, CommitDiff, FileDiff, Hunk, stream_diffs

RAW_HUNKS = schema_of(columns.RAW_HUNKS, pl)
_ROWS_AT_ONCE = 4096
HUNK_COLUMNS = ("old_start", "old_lines", "new_start", "new_lines")


def read_hunks(
    git_dir: Path, commits: Mapping[str, Sequence[str]], progress: Progress = ignore_progress
) -> pl.DataFrame:
    """The rows of the commits, which are given with their parents; the rows of each stand together.

    ``progress(done, total)`` counts the commits that are not merges. Raises SourceDamaged where an
    object is missing or corrupt.
    """
    return pl.concat([RAW_HUNKS.to_frame(), *stream_hunks(git_dir, commits, progress)])


def stream_hunks(
    git_dir: Path, commits: Mapping[str, Sequence[str]], progress: Progress = ignore_progress
) -> Generator[pl.DataFrame, None, None]:
    """As ``read_hunks``, in frames as git gets them done, all rows of a commit in one frame."""
    plain = [commit for commit, parents in commits.items() if len(parents) < 2]
    merges = {commit: parents for commit, parents in commits.items() if len(parents) > 1}
    unclear: list[CommitDiff] = []
    rows: list[Row] = []
    for _, diffs in stream_diffs(git_dir, PATCH, plain, progress):
        for diff in diffs:
            if _is_unclear(diff):
                unclear.append(diff)
            else:
                rows += [row for entry in diff.files for row in _rows(diff.commit, entry)]
        if len(rows) >= _ROWS_AT_ONCE:
            yield hunk_frame(rows)
            rows = []
    yield hunk_frame([*rows, *_unclear_rows(git_dir, unclear)])
    for of_merges in merge_rows(git_dir, merges):
        yield hunk_frame(of_merges)


def _is_unclear(diff: CommitDiff) -> bool:
    """Whether files compete for a source: git gives it to one of them, blame asks for each by itself."""
    targets = sum(entry.is_file for entry in diff.files if entry.status in "AR")
    return targets > 1 and any(entry.status == "R" or _is_gone(entry) for entry in diff.files)


def _is_gone(entry: FileDiff) -> bool:
    return entry.status == "D" and entry.was_file


def _rows(commit: str, entry: FileDiff) -> Iterable[Row]:
    """What one file of a commit with at most one parent comes to."""
    if not entry.is_file:
        return [gone(commit, entry.path)] if entry.was_file else []
    source = entry.old_path if entry.same_type else None
    row = added(commit, 0, entry, source)
    return [row, gone(commit, entry.old_path)] if entry.status == "R" else [row]


def _unclear_rows(git_dir: Path, diffs: Sequence[CommitDiff]) -> Iterable[Row]:
    """Rows of the commits where several new files meet deleted ones, each new one by itself."""
    moved = []
    for diff in diffs:
        sources = [entry for entry in diff.files if entry.status == "R" or _is_gone(entry)]
        targets = [entry for entry in diff.files if entry.status in "AR" and entry.is_file]
        yield from (gone(diff.commit, entry.old_path) for entry in sources)
        others = (entry for entry in diff.files if entry.status not in "ADR")
        yield from (row for entry in others for row in _rows(diff.commit, entry))
        moved.append((diff.commit, sources, targets))
    yield from origins(git_dir, moved)


def hunk_frame(rows: Sequence[Row]) -> pl.DataFrame:
    """Rows as a frame with the columns of ``RAW_HUNKS``."""
    names = ("commit", "parent", "path", "old_path", "old_blob", "new_blob", "is_binary")
    columns_of = zip(names, zip(*(row[:-1] for row in rows), strict=True), strict=True) if rows else ()
    schema = {name: RAW_HUNKS[name] for name in names}
    frame = pl.DataFrame(dict(columns_of), schema=schema).with_row_index("row")
    lists = with_lists(frame, [row.hunks for row in rows])
    return lists.select(RAW_HUNKS.names())


def with_lists(frame: pl.DataFrame, hunks: Sequence[Sequence[Hunk] | None]) -> pl.DataFrame:
    """The frame, whose ``row`` counts its rows, with the hunks of each row as four columns of lists."""
    numbers = [row for row, of_file in enumerate(hunks) for _ in of_file or ()]
    flat = [hunk for of_file in hunks if of_file for hunk in of_file]
    parts = zip(*flat, strict=True) if flat else ([],) * len(HUNK_COLUMNS)
    known = [of_file is not None for of_file in hunks]
    grouped = (
        pl.DataFrame(
            {"row": numbers, **dict(zip(HUNK_COLUMNS, parts, strict=True))},
            schema={"row": pl.UInt32, **dict.fromkeys(HUNK_COLUMNS, pl.UInt32)},
        )
        .group_by("row", maintain_order=True)
        .agg(HUNK_COLUMNS)
    )
    empty = pl.lit([], dtype=pl.List(pl.UInt32))
    given = pl.Series("known", known, dtype=pl.Boolean)
    return frame.join(grouped, on="row", how="left", maintain_order="left").with_columns(
        pl.when(given).then(pl.col(name).fill_null(empty)).alias(name) for name in HUNK_COLUMNS
    )
