"""X-ray: which functions of the hottest files the last year's commits changed.

A commit changed a function where the function's lines after it differ from those before it. The commits
are those that hotspots count: by people, no merges, no mass edits. How much is read is bounded by files,
by commits of a file (the newest), and by lines parsed, in the order of the hotspot score.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import NamedTuple

import numpy as np
import polars as pl

from gitinsight.plugin import History
from gitinsight_quality.comparison import Change, Key, changed_functions
from gitinsight_quality.files import File
from gitinsight_quality.functions import Function
from gitinsight_quality.hotspots import Hotspots, percentiles
from gitinsight_quality.languages import NOTEBOOK
from gitinsight_quality.versions import NOTHING, versions_of

MAX_FILES = 60
MAX_COMMITS = 50
MAX_LINES = 240_000
MOST_TO_ONE_FILE = 4
"""The part of the lines left that one file may take is one in so many."""


class Commit(NamedTuple):
    """A commit of the last year that changed a file: the paths and contents after it and before it."""

    commit: str
    at: datetime
    age_days: float
    path: str
    parent: str | None
    old_path: str


@dataclass(frozen=True, slots=True)
class FunctionChanges:
    """A function at head and what the commits that were read did to it; ``weight`` is recency-weighted.

    ``score`` is the product of two percentiles among all functions of the files that were read: of the
    weight and of the cyclomatic complexity.
    """

    function: Function
    key: Key
    changes: int = 0
    added: int = 0
    deleted: int = 0
    weight: float = 0.0
    last_change: datetime | None = None
    score: float = 0.0


@dataclass(frozen=True, slots=True)
class FileXRay:
    """A hot file's functions in the order of the text, and the functions that each commit changed.

    ``commits`` are newest first; ``all_commits`` of the last year changed the file.
    """

    file: File
    functions: Sequence[FunctionChanges]
    commits: Mapping[str, frozenset[Key]]
    all_commits: int


def xray(
    history: History,
    files: Sequence[File],
    hotspots: Hotspots,
    half_life_days: float,
    time_limit_seconds: float,
) -> Sequence[FileXRay]:
    """The hottest files that can be parsed, with their functions' changes, the hottest first."""
    chosen = hottest(files, hotspots)
    commits = _commits(history, hotspots, [file.path for file in chosen])
    read = list(_within_bounds(chosen, commits))
    blobs = _blobs(history, [one for _, some in read for one in some])
    found = []
    for file, some in read:
        changes = list(_changes(history, file, some, blobs, time_limit_seconds))
        functions = _functions(file, changes, half_life_days)
        touched = {one.commit: frozenset(change.key for change in made) for one, made in changes}
        found.append(FileXRay(file, functions, touched, len(commits.get(file.path, ()))))
    return _scored(found)


def hottest(files: Sequence[File], hotspots: Hotspots) -> Sequence[File]:
    """The parsed files of the highest hotspot scores, without notebooks, whose lines are no file's."""
    by_path = {file.path: file for file in files}
    ranked = (by_path[path] for path in hotspots.table["path"])
    parsed = [file for file in ranked if file.is_parsed and file.language != NOTEBOOK and file.functions]
    return parsed[:MAX_FILES]


def _commits(history: History, hotspots: Hotspots, paths: Sequence[str]) -> Mapping[str, Sequence[Commit]]:
    """The last year's commits of each file, newest first."""
    recent = hotspots.changes.filter(pl.col("is_recent") & pl.col("file").is_in(paths))
    rows = (
        history.changes.select("commit", "file", "path", "old_path")
        .unique(["commit", "file"], keep="last", maintain_order=True)
        .join(recent.select("commit", "file", "order", "authored_at", "age_days"), on=["commit", "file"])
        .join(history.commits.select("commit", pl.col("parents").list.first().alias("parent")), on="commit")
        .with_columns(pl.col("old_path").fill_null(pl.col("path")))
        .sort("order", descending=True)
        .select("file", "commit", "authored_at", "age_days", "path", "parent", "old_path")
    )
    found: dict[str, list[Commit]] = {}
    for path, *row in rows.iter_rows():
        found.setdefault(path, []).append(Commit(*row))
    return found


def _within_bounds(
    files: Sequence[File], commits: Mapping[str, Sequence[Commit]]
) -> Iterator[tuple[File, Sequence[Commit]]]:
    """The files with the commits to read; one is left out where not even its newest commit can be read.

    On one branch so many commits have one content more than there are commits.
    """
    left = MAX_LINES
    for file in files:
        lines = max(1, file.lines.total)
        own = commits.get(file.path, ())
        room = left // MOST_TO_ONE_FILE // lines - 1
        some = own[: max(0, min(MAX_COMMITS, room))]
        if some or not own:
            left -= lines * (len(some) + 1) if some else 0
            yield file, some


def _blobs(history: History, commits: Sequence[Commit]) -> Mapping[tuple[str, str], str | None]:
    places = [(one.commit, one.path) for one in commits]
    places += [(one.parent, one.old_path) for one in commits if one.parent]
    places = list(dict.fromkeys(places))
    return dict(zip(places, history.blob_ids(places), strict=True))


def _changes(
    history: History,
    file: File,
    commits: Sequence[Commit],
    blobs: Mapping[tuple[str, str], str | None],
    time_limit_seconds: float,
) -> Iterator[tuple[Commit, Sequence[Change]]]:
    """What each commit changed; commits before or after which the file could not be parsed are left out."""
    pairs = [
        (blobs.get((one.parent or "", one.old_path)), blobs.get((one.commit, one.path))) for one in commits
    ]
    wanted = [blob for pair in pairs for blob in pair if blob]
    versions = versions_of(history, wanted, file.language, time_limit_seconds)
    for one, (before, after) in zip(commits, pairs, strict=True):
        was = versions.get(before) if before else NOTHING
        now = versions.get(after) if after else NOTHING
        if was is not None and now is not None:
            yield one, list(changed_functions(was, now))


def _functions(
    file: File, changes: Sequence[tuple[Commit, Sequence[Change]]], half_life_days: float
) -> Sequence[FunctionChanges]:
    by_key: dict[Key, list[tuple[Commit, Change]]] = {}
    for commit, made in changes:
        for change in made:
            by_key.setdefault(change.key, []).append((commit, change))
    seen: Counter[str] = Counter()
    found = []
    for function in file.functions:
        key = function.name, seen[function.name]
        seen[function.name] += 1
        own = by_key.get(key, ())
        found.append(
            FunctionChanges(
                function,
                key,
                len(own),
                sum(change.added for _, change in own),
                sum(change.deleted for _, change in own),
                sum(0.5 ** (commit.age_days / half_life_days) for commit, _ in own),
                max((commit.at for commit, _ in own), default=None),
            )
        )
    return found


def _scored(files: Sequence[FileXRay]) -> Sequence[FileXRay]:
    functions = [one for file in files for one in file.functions]
    if not functions:
        return files
    weights = percentiles(np.array([one.weight for one in functions]))
    complexities = percentiles(np.array([one.function.cyclomatic for one in functions]))
    scores = iter((weights * complexities).tolist())
    return [
        replace(file, functions=[replace(one, score=next(scores)) for one in file.functions])
        for file in files
    ]
