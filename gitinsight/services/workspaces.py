"""A repository's files on this machine: its mirror, its history files, its blob cache, as one history.

A workspace needs no database, so the command line analyses a repository with the same code as a
worker. Everything in it can be made again from the source.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from gitinsight.config import Settings
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Metric, Point
from gitinsight.git.mirror import Mirror, MirrorLimits
from gitinsight.git.source import Source, SourceRules
from gitinsight.plugin import Analyzer, History, Needs

if TYPE_CHECKING:
    import polars as pl

    from gitinsight.services.reading import Reach, Reader

Progress = Callable[[str, float, float], None]
# What git does one after the other, as parts of the whole, so that the bar never goes back.
_FETCH_PARTS = {
    "Counting objects": (0.0, 0.08),
    "Compressing objects": (0.08, 0.16),
    "Receiving objects": (0.16, 0.64),
    "Resolving deltas": (0.64, 0.8),
    "Checking objects": (0.8, 0.8),
}


def source_rules(settings: Settings, *, operator: bool) -> SourceRules:
    """Which addresses may be opened; the operator at the command line may also open paths and networks."""
    return SourceRules(
        schemes=settings.allowed_schemes | ({"http", "git"} if operator else set()),
        allow_local_paths=operator or settings.allow_local_paths,
        allow_private_addresses=operator or settings.allow_private_addresses,
    )


def workspace_of(settings: Settings, key: str) -> Workspace:
    """The workspace of this key under the settings' folders and limits."""
    limits = MirrorLimits(
        max_bytes=settings.mirror_max_bytes,
        timeout_seconds=settings.fetch_timeout_seconds,
        min_free_bytes=settings.min_free_bytes,
    )
    return open_workspace(str(settings.home), settings.history_url, key, limits)


def open_workspace(home: str, history_url: str, key: str, limits: MirrorLimits | None = None) -> Workspace:
    """The workspace of this key in a home folder; its folders need not exist yet."""
    folder = Path(home)
    return Workspace(
        mirror=Mirror(folder / "mirrors" / f"{key}.git"),
        history_url=f"{history_url.rstrip('/')}/{key}",
        cache=folder / "cache" / f"{key}.sqlite",
        limits=limits or MirrorLimits(),
    )


def discard(settings: Settings, key: str) -> None:
    """Remove a workspace's files from this machine and from the history store."""
    from gitinsight.store.segments import Segments

    workspace = workspace_of(settings, key)
    workspace.mirror.remove()
    Segments(workspace.history_url).remove()
    for path in workspace.cache.parent.glob(f"{workspace.cache.name}*"):
        path.unlink(missing_ok=True)
    shutil.rmtree(settings.home / "cache" / key, ignore_errors=True)


@dataclass(frozen=True, slots=True)
class _GivenSeries:
    """Earlier analyzers' series, handed over as values."""

    metrics: Mapping[str, Metric]
    points: Mapping[str, Sequence[Point]]

    def series(self, metric: str) -> Sequence[Point]:
        return self.points.get(metric, ())


@dataclass(frozen=True)
class Workspace:
    """The mirror, the history files and the cache of one repository."""

    mirror: Mirror
    history_url: str
    cache: Path
    limits: MirrorLimits

    def refresh(
        self,
        source: Source,
        rules: SourceRules,
        branch: str,
        progress: Progress,
        cancelled: Callable[[], bool],
    ) -> str:
        """Bring the mirror up to date; the id of the commit to analyse."""

        def fetching(text: str, done: float, total: float) -> None:
            start, end = _FETCH_PARTS.get(text, (0.0, 0.0))
            progress(text, start + (end - start) * (done / total if total else 0.0), 1.0)

        return self.mirror.refresh(
            source, rules, self.limits, branch=branch, progress=fetching, cancelled=cancelled
        )

    def has(self, head: str, needs: Needs) -> bool:
        """Whether this machine can give an analyzer that needs this much the commit's history as it is."""
        if not self.mirror.has(head):
            return False
        reader = self._reader(head)
        if not reader.unread_commits().is_empty():
            return False
        return needs is Needs.COMMITS or reader.reach().since is None

    def changes_since(self, head: str) -> datetime | None:
        """The moment after which all changes are stored, None where all are stored; the commits must be."""
        return self._reader(head).reach().since

    def read_commits(self, head: str, progress: Progress) -> int:
        """Add the commits up to this one to the history files; how many it has."""
        with self.mirror.locked():
            progress("Listing the commits", 0.8, 1.0)
            return self._reader(head).store_commits(_part(progress, "Reading commits", 0.8, 1.0))

    def commits(self, head: str, now: datetime) -> pl.DataFrame:
        """The commits with their people as analyzers see them; they must have been read."""
        from gitinsight.git.history import MirrorHistory
        from gitinsight.store.segments import Kind, Segments

        segments = Segments(self.history_url)
        commits, changes = segments.scan(Kind.COMMITS), segments.scan(Kind.CHANGES)
        with MirrorHistory(self.mirror.path, "", head, now, commits=commits, changes=changes) as history:
            return history.commits

    def _reader(self, head: str) -> Reader:
        from gitinsight.services.reading import Reader
        from gitinsight.store.segments import Segments

        return Reader(self.mirror.path, Segments(self.history_url), head)

    def read_changes(self, head: str, progress: Progress, stored: Callable[[datetime | None], None]) -> None:
        """Add the changes of all commits up to this one to the history files, from the newest backwards.

        ``stored`` is told after each flush since when all changes are stored, at last None for all.
        """
        text = "Reading changes"

        def tell(done: int, total: int) -> None:
            progress(text, done, total)

        def flushed(reach: Reach) -> None:
            nonlocal text
            if reach.since is not None:
                text = f"Reading changes, back to {reach.since:%B %Y}"
            stored(reach.since)

        progress(text, 0.0, 1.0)
        with self.mirror.locked():
            self._reader(head).store_changes(tell, flushed)
        progress("The history is read", 1.0, 1.0)

    @contextmanager
    def history(
        self,
        *,
        name: str,
        head: str,
        now: datetime,
        analyzer: Analyzer,
        metrics: Sequence[Metric],
        series: Mapping[str, Sequence[Point]],
        progress: Callable[[float, float], None],
        paths: PathFilter = EVERYTHING,
    ) -> Iterator[History]:
        """The history as one analyzer sees it, kept to these paths, for the length of the block."""
        from gitinsight.git.history import MirrorHistory
        from gitinsight.services.reading import Reader
        from gitinsight.store.blobcache import SqliteBlobCache
        from gitinsight.store.segments import Kind, Segments

        segments = Segments(self.history_url)
        cache = SqliteBlobCache(self.cache)
        given = _GivenSeries({metric.name: metric for metric in metrics}, series)
        try:
            with MirrorHistory(
                self.mirror.path,
                name,
                head,
                now,
                commits=segments.scan(Kind.COMMITS),
                changes=segments.scan(Kind.CHANGES),
                hunks=Reader(self.mirror.path, segments, head).hunks,
                paths=paths,
                cache=cache,
            ) as whole:
                yield whole.for_analyzer(analyzer.name, analyzer.version, given, progress)
        finally:
            cache.close()


def _part(progress: Progress, text: str, start: float, end: float) -> Callable[[int, int], None]:
    """The progress of one step as its part of the whole."""

    def tell(done: int, total: int) -> None:
        share = done / total if total else 1.0
        progress(text, start + (end - start) * share, 1.0)

    return tell
