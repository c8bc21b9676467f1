"""The ``History`` of a bare mirror: frames made from raw rows at first use, files read from git."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.domain.history import BlobCache, SeriesSource, TreeFile
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Metric
from gitinsight.git.frames import change_frame, commit_frame, release_frame
from gitinsight.git.lines import LineHistory, line_history
from gitinsight.git.lives import lives, overwrites
from gitinsight.git.log import reachable
from gitinsight.git.scope import changes_within, commits_within
from gitinsight.git.tree import BlobReader, find_blobs, list_tree

HunkSource = Callable[[Callable[[int, int], None]], pl.DataFrame]
"""Gives rows of ``RAW_HUNKS``, telling how far it is."""

_READING = 0.7
"""Reading where lines come from, as a part of making frames of lines."""
_TREES_KEPT = 4
_BLOBS_AT_ONCE = 256


class MirrorHistory:
    """A bare repository as of one commit; implements ``gitinsight.domain.history.History``.

    ``commits`` and ``changes`` are raw rows as of ``gitinsight.git.log``, which may hold more than what
    is reachable from ``head``; ``hunks`` gives those of ``gitinsight.git.hunks`` when lines are asked for,
    and git is asked without it. Nothing is told of what is not within ``paths``. Frames are read and worked out at first use, once, and shared by the
    views that ``for_analyzer`` gives. Closing ends the git process that reads blobs.
    """

    def __init__(
        self,
        git_dir: Path,
        name: str,
        head: str,
        now: datetime,
        *,
        commits: pl.LazyFrame,
        changes: pl.LazyFrame,
        hunks: HunkSource | None = None,
        paths: PathFilter = EVERYTHING,
        cache: BlobCache | None = None,
        series: SeriesSource | None = None,
        progress: Callable[[float, float], None] | None = None,
    ) -> None:
        self.name = name
        self.head = head
        self.now = now
        self._mirror = _Mirror(git_dir, head, commits, changes, hunks, paths)
        self._cache = cache
        self._series = series
        self._progress = progress
        self._analyzer = ""

    def for_analyzer(
        self,
        name: str,
        version: str,
        series: SeriesSource | None = None,
        progress: Callable[[float, float], None] | None = None,
    ) -> MirrorHistory:
        """The same history with cached results, earlier series and progress of one analyzer."""
        view = copy.copy(self)
        view._analyzer = f"{name}@{version}"
        view._series = series
        view._progress = progress
        return view

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the git process that reads blobs."""
        self._mirror.blobs.close()

    @property
    def commits(self) -> pl.DataFrame:
        return self._mirror.commits

    @property
    def changes(self) -> pl.DataFrame:
        return self._mirror.changes

    @property
    def lines(self) -> pl.DataFrame:
        return self.line_history.lines

    @property
    def line_history(self) -> LineHistory:
        """Owners, births and deaths of all lines, and what was alive at the end of each month."""
        return self._mirror.line_history(self.progress)

    @property
    def owned_lines(self) -> pl.DataFrame:
        return self._own_work().lines

    @property
    def burndown(self) -> pl.DataFrame:
        return self._own_work().burndown

    @property
    def line_lives(self) -> pl.DataFrame:
        found = lives(self._own_work(), self._mirror.all_commits, self.now)
        return self._mirror.within(found)

    @property
    def overwrites(self) -> pl.DataFrame:
        return overwrites(self._own_work(), self._mirror.all_commits)

    def _own_work(self) -> LineHistory:
        return self._mirror.own_work(lambda done, total: self.progress(_READING * done, total))

    @property
    def releases(self) -> pl.DataFrame:
        return self._mirror.releases

    @property
    def comments(self) -> pl.DataFrame:
        return schema_of(columns.COMMENTS, pl).to_frame()

    @property
    def issues(self) -> pl.DataFrame:
        return schema_of(columns.ISSUES, pl).to_frame()

    @property
    def pulls(self) -> pl.DataFrame:
        return schema_of(columns.PULLS, pl).to_frame()

    def files(self, at: str | None = None) -> Sequence[TreeFile]:
        return list(self._mirror.tree(at or self.head).values())

    def read(self, path: str, at: str | None = None) -> bytes:
        """A file's content, cut at ``tree.MAX_BLOB_BYTES``; KeyError where the commit has no such file."""
        return self._mirror.blobs.read(self._mirror.tree(at or self.head)[path].blob)

    def blob_ids(self, places: Sequence[tuple[str, str]]) -> Sequence[str | None]:
        return self._mirror.blob_ids(places)

    def blobs(self, ids: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        return self._mirror.blobs.read_many(ids)

    def cached(self, blob: str, key: str, compute: Callable[[bytes], Any]) -> Any:
        return next(result for _, result in self.cached_many([blob], key, compute))

    def cached_many(
        self, blobs: Sequence[str], key: str, compute: Callable[[bytes], Any]
    ) -> Iterator[tuple[str, Any]]:
        """Results by blob in the order asked for, the same plain JSON whether remembered or new."""
        for start in range(0, len(blobs), _BLOBS_AT_ONCE):
            group = blobs[start : start + _BLOBS_AT_ONCE]
            results = self._results(group, f"{self._analyzer}:{key}", compute)
            yield from ((blob, results[blob]) for blob in group)

    def _results(self, blobs: Sequence[str], key: str, compute: Callable[[bytes], Any]) -> dict[str, Any]:
        known = self._cache.get_many(key, blobs) if self._cache else {}
        unknown = [blob for blob in dict.fromkeys(blobs) if blob not in known]
        found = {
            blob: json.loads(json.dumps(compute(content)))
            for blob, content in self._mirror.blobs.read_many(unknown)
        }
        if self._cache and found:
            self._cache.put_many(key, found)
        return known | found

    @property
    def metrics(self) -> Mapping[str, Metric]:
        return self._series.metrics if self._series else {}

    def series(self, metric: str) -> pl.DataFrame:
        points = self._series.series(metric) if self._series else ()
        rows = [(point.at, point.value, point.dimension) for point in points]
        return pl.DataFrame(rows, schema=schema_of(columns.SERIES, pl), orient="row").sort(
            "at", maintain_order=True
        )

    def progress(self, done: float, total: float) -> None:
        if self._progress:
            self._progress(done, total)


class _Mirror:
    """What all views of one history share: frames, trees and the reader of blobs."""

    def __init__(
        self,
        git_dir: Path,
        head: str,
        commits: pl.LazyFrame,
        changes: pl.LazyFrame,
        hunks: HunkSource | None,
        paths: PathFilter,
    ) -> None:
        self._git_dir = git_dir
        self._paths = paths
        self._hunks = hunks
        self._lines: LineHistory | None = None
        self._own_work: LineHistory | None = None
        self._head = head
        self._raw_commits = commits
        self._raw_changes = changes
        self._trees: dict[str, dict[str, TreeFile]] = {}
        self.blobs = BlobReader(git_dir)

    @cached_property
    def all_commits(self) -> pl.DataFrame:
        """The commits whatever they touch: lines are replayed through all of them."""
        ancestors = reachable(self._git_dir, self._head)
        return commit_frame(self._git_dir, self._head, ancestors, self._raw_commits.collect())

    @cached_property
    def commits(self) -> pl.DataFrame:
        commits = self.all_commits
        return commits_within(self._git_dir, self._head, commits, self._paths) if self._paths else commits

    @cached_property
    def changes(self) -> pl.DataFrame:
        raw = self._raw_changes.collect()
        if self._paths:
            raw = changes_within(self._git_dir, raw.join(self.commits, on="commit", how="semi"), self._paths)
        return change_frame(self._git_dir, self._head, self.commits, raw, self.tree(self._head).keys())

    def line_history(self, progress: Callable[[int, int], None]) -> LineHistory:
        """The replay of all lines, made once; ``progress`` is told how far reading for it is."""
        if self._lines is None:
            hunks = self._hunks(progress) if self._hunks else None
            self._lines = line_history(
                self._git_dir, self._head, self.all_commits, hunks, paths=self._paths, progress=progress
            )
        return self._lines

    def own_work(self, progress: Callable[[int, int], None]) -> LineHistory:
        """The replay, made once, that looks through mass edits and leaves vendored and generated files out."""
        if self._own_work is None:
            hunks = self._hunks(progress) if self._hunks else None
            self._own_work = line_history(
                self._git_dir,
                self._head,
                self.all_commits,
                hunks,
                ignored=self.all_commits.filter("is_ignored")["commit"].to_list(),
                own_work=True,
                paths=self._paths,
                progress=progress,
            )
        return self._own_work

    def within(self, rows: pl.DataFrame) -> pl.DataFrame:
        """Rows by the ``order`` of all commits as rows by that of the commits that count; others are left out."""
        if not self._paths:
            return rows
        places = self.all_commits.select("commit", was="order").join(
            self.commits.select("commit", "order"), on="commit"
        )
        moved = (
            rows.rename({"order": "was"})
            .join(places.drop("commit"), on="was")
            .sort("order", maintain_order=True)
        )
        return moved.select(rows.columns)

    @cached_property
    def releases(self) -> pl.DataFrame:
        return release_frame(self._git_dir, self.all_commits)

    def blob_ids(self, places: Sequence[tuple[str, str]]) -> list[str | None]:
        found = find_blobs(self._git_dir, places)
        if not self._paths:
            return found
        return [
            blob if self._paths.passes(path) else None for blob, (_, path) in zip(found, places, strict=True)
        ]

    def tree(self, commit: str) -> dict[str, TreeFile]:
        """The files of a commit by path; the last few commits asked for are kept, and head."""
        if commit not in self._trees:
            others = [kept for kept in self._trees if kept != self._head]
            if len(others) >= _TREES_KEPT:
                del self._trees[others[0]]
            files = list_tree(self._git_dir, commit)
            self._trees[commit] = {
                file.path: file for file in files if not self._paths or self._paths.passes(file.path)
            }
        return self._trees[commit]
