"""Who wrote the lines of head, and what became of all the others: the lineage of a mirror as frames.

Owners of lines at head are those that ``git blame`` names without options. Links, submodules and binary
files have no lines.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from itertools import groupby, islice
from operator import itemgetter
from pathlib import Path

import numpy as np
import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.git import command
from gitinsight.git.attributes import mark_paths
from gitinsight.git.binaries import text_through_binaries
from gitinsight.git.burndown import Burndown, Cohort
from gitinsight.git.damage import damaged
from gitinsight.git.headers import Progress, ignore_progress
from gitinsight.git.hunks import HUNK_COLUMNS, read_hunks
from gitinsight.git.lineage import Edit, Files, Lineage, Owners

LINES = schema_of(columns.LINES, pl)
BORN = schema_of(columns.BORN, pl)
DEATHS = schema_of(columns.DEATHS, pl)

_ROWS_AT_ONCE = 8192
_OF_COMMIT = ("commit", "author", "author_email", "is_bot", "is_ignored")


@dataclass(frozen=True)
class LineHistory:
    """What a replay found out; ``gitinsight.domain.columns`` has the frames' columns.

    ``owners`` has, for each text file at head, the owner of each line as its ``order`` in ``commits``.
    ``born`` and ``deaths`` are what each commit brought and removed, by ``git.lineage``'s rules;
    what they say of lives is read by ``gitinsight.git.lives``.
    """

    owners: Mapping[bytes, Owners]
    lines: pl.DataFrame
    born: pl.DataFrame
    deaths: pl.DataFrame
    burndown: pl.DataFrame


def line_history(
    git_dir: Path,
    head: str,
    commits: pl.DataFrame,
    hunks: pl.DataFrame | None = None,
    *,
    ignored: Collection[str] = (),
    own_work: bool = False,
    paths: PathFilter = EVERYTHING,
    cohort: Cohort = "year",
    progress: Progress = ignore_progress,
) -> LineHistory:
    """Replay the history of ``head``, whose ``History.commits`` are given.

    ``hunks`` are rows of ``RAW_HUNKS`` in any order of commits; without them git is asked, and
    ``progress(done, total)`` counts commits. ``ignored`` are commits as in ``.git-blame-ignore-revs``:
    where such a commit replaced lines by as many, these keep their owners one to one. ``own_work`` leaves
    out vendored and generated files, by their path and the rules of ``head``, and ``paths`` what does not
    pass: lines there have owners, but nobody counts them. Raises SourceDamaged where an object is missing, ValueError where the hunks are not those of the commits.
    """
    ids = commits["commit"].to_list()
    place = {commit: position for position, commit in enumerate(ids)}
    parents = [[place[parent] for parent in row if parent in place] for row in commits["parents"].to_list()]
    if hunks is None:
        known = {ids[at]: [ids[parent] for parent in row] for at, row in enumerate(parents)}
        hunks = read_hunks(git_dir, known, progress)
    at_head = _regular_files(git_dir, head)
    hunks, binary = text_through_binaries(git_dir, hunks, set(at_head.values()))
    others = _outside(hunks, paths) if paths else frozenset[bytes]()
    if own_work:
        others |= _not_own_work(git_dir, head, hunks)
    lineage = Lineage(parents, [place[commit] for commit in ignored if commit in place], others)
    burndown = Burndown(commits, parents, cohort, others)
    files: Files = {}
    for commit, files in lineage.replay(_edits(hunks, commits)):
        burndown.look(commit, files)
    if any(path not in files for path in at_head):
        raise ValueError(f"The hunks do not lead to the files of {head}.")
    owners = {
        path: lines
        for path, lines in files.items()
        if lines is not None and path in at_head and at_head[path] not in binary and path not in others
    }
    born, deaths = _lives(lineage)
    return LineHistory(owners, _line_frame(owners, commits), born, deaths, burndown.frame())


def _regular_files(git_dir: Path, head: str) -> dict[bytes, str]:
    """The blobs of head's regular files by path."""
    try:
        listed = command.run(git_dir, "ls-tree", "-r", "-z", "--full-tree", "--end-of-options", head)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode(), head) from failed
    entries = [line.partition(b"\t") for line in listed.split(b"\0") if line.startswith(b"100")]
    return {path: about.split(b" ")[2].decode("ascii") for about, _, path in entries}


def _outside(hunks: pl.DataFrame, paths: PathFilter) -> frozenset[bytes]:
    """The paths, of any commit, that do not pass."""
    names: list[bytes] = hunks["path"].drop_nulls().unique().to_list()
    return frozenset(name for name in names if not paths.passes(name.decode("utf-8", "replace")))


def _not_own_work(git_dir: Path, head: str, hunks: pl.DataFrame) -> frozenset[bytes]:
    """The paths, of any commit, that are vendored or generated."""
    paths = hunks["path"].drop_nulls().unique().to_list()
    marks = mark_paths(git_dir, head, paths)
    return frozenset(
        path for path, mark in zip(paths, marks, strict=True) if mark.is_vendored or mark.is_generated
    )


def _edits(hunks: pl.DataFrame, commits: pl.DataFrame) -> Iterator[tuple[int, list[Edit]]]:
    """The edits of each commit that has any, by the commits' positions."""
    order = hunks.select("commit").join(
        commits.select("commit", "order"), on="commit", how="left", maintain_order="left"
    )
    by_commit = order.with_row_index("row").drop_nulls("order").sort("order", maintain_order=True)
    for commit, group in groupby(_rows(hunks, by_commit), key=itemgetter(0)):
        yield commit, [edit for _, edit in group]


def _rows(hunks: pl.DataFrame, by_commit: pl.DataFrame) -> Iterator[tuple[int, Edit]]:
    """The rows as edits, a few thousand at a time: lists of Python numbers are large."""
    for part in by_commit.iter_slices(_ROWS_AT_ONCE):
        rows = hunks[part["row"]]
        numbers = zip(*(rows[name].explode().drop_nulls().to_list() for name in HUNK_COLUMNS), strict=True)
        counts = rows["old_start"].list.len()
        columns = (part["order"], rows["parent"], rows["path"], rows["old_path"], counts)
        for order, parent, path, old_path, count in zip(*(each.to_list() for each in columns), strict=True):
            of_file = None if count is None else tuple(islice(numbers, count))
            yield order, Edit(parent, path, old_path, of_file)


def _line_frame(owners: Mapping[bytes, Owners], commits: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``LINES``, by path and the owners' order."""
    counted = [
        (path, order, lines)
        for path, of_file in sorted(owners.items())
        for order, lines in sorted(Counter(of_file).items())
    ]
    rows = pl.DataFrame(
        counted, schema={"raw": pl.Binary, "order": pl.UInt32, "lines": pl.Int64}, orient="row"
    )
    names = [(path, path.decode("utf-8", "replace")) for path in owners]
    texts = pl.DataFrame(names, schema={"raw": pl.Binary, "path": pl.String}, orient="row")
    return (
        rows.join(texts, on="raw", maintain_order="left")
        .join(commits.select("order", *_OF_COMMIT), on="order", maintain_order="left")
        .with_columns(path_bytes=pl.when(pl.col("path").cast(pl.Binary) != pl.col("raw")).then("raw"))
        .select(LINES.names())
    )


def _lives(lineage: Lineage) -> tuple[pl.DataFrame, pl.DataFrame]:
    """Births by commit; deaths by the commit that removed the lines, then by the one that wrote them."""
    born = pl.DataFrame(sorted(lineage.born.items()), schema=BORN, orient="row")
    deaths = lineage.deaths
    died = (np.frombuffer(each, dtype=np.int32) for each in (deaths.owners, deaths.killers, deaths.lines))
    return born, pl.DataFrame(dict(zip(DEATHS, died, strict=True))).cast(DEATHS)
