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

from gitinsight.config import Settings
from gitinsight.domain.report import Metric, Point
from gitinsight.git.mirror import Mirror, MirrorLimits
from gitinsight.git.source import Source, SourceRules
from gitinsight.plugin import Analyzer, History

Progress = Callable[[str, float, float], None]
# What git does one after the other, as parts of the whole, so that the bar never goes back.
_FETCH_PARTS = {
    "Counting objects": (0.0, 0.05),
    "Compressing objects": (0.05, 0.1),
    "Receiving objects": (0.1, 0.4),
    "Resolving deltas": (0.4, 0.5),
    "Checking objects": (0.5, 0.5),
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

        def first_half(text: str, done: float, total: float) -> None:
            start, end = _FETCH_PARTS.get(text, (0.0, 0.0))
            progress(text, start + (end - start) * (done / total if total else 0.0), 1.0)

        return self.mirror.refresh(
            source, rules, self.limits, branch=branch, progress=first_half, cancelled=cancelled
        )

    def has(self, head: str) -> bool:
        """Whether this machine can analyse the commit without fetching anything."""
        from gitinsight.git.log import reachable
        from gitinsight.store.segments import Segments

        if not self.mirror.has(head):
            return False
        return set(reachable(self.mirror.path, head)) <= Segments(self.history_url).known()

    def read_history(self, head: str, progress: Progress) -> int:
        """Add what the history files lack up to this commit; how many commits it has.

        Only commits that no earlier analysis read are read, so this costs what is new.
        """
        from gitinsight.git.headers import read_commits
        from gitinsight.git.log import reachable
        from gitinsight.git.numstat import read_changes
        from gitinsight.store.segments import Segments

        with self.mirror.locked():
            progress("Listing the commits", 0.5, 1.0)
            commits = reachable(self.mirror.path, head)
            segments = Segments(self.history_url)
            known = segments.known()
            missing = [commit for commit in commits if commit not in known]
            if missing:
                headers = read_commits(
                    self.mirror.path, missing, _part(progress, "Reading commits", 0.5, 0.55)
                )
                reading = f"Reading the changes of {len(missing):,} commits"
                changes = read_changes(self.mirror.path, missing, _part(progress, reading, 0.55, 0.98))
                segments.append(headers, changes)
        progress("The history is read", 1.0, 1.0)
        return len(commits)

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
    ) -> Iterator[History]:
        """The history as one analyzer sees it, for the length of the block."""
        from gitinsight.git.history import MirrorHistory
        from gitinsight.store.blobcache import SqliteBlobCache
        from gitinsight.store.segments import Segments

        segments = Segments(self.history_url)
        cache = SqliteBlobCache(self.cache)
        given = _GivenSeries({metric.name: metric for metric in metrics}, series)
        try:
            with MirrorHistory(
                self.mirror.path,
                name,
                head,
                now,
                commits=segments.commits(),
                changes=segments.changes(),
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
