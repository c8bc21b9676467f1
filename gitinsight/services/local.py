"""Analysing a repository in this process's charge alone: no server, no database, no Redis.

The same workspace and the same isolated analyzers as on a worker; what differs is that the results
come back as values instead of rows.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256

from gitinsight.config import Settings
from gitinsight.domain import clock
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Metric, Point, Report
from gitinsight.errors import GitInsightError, ValidationError
from gitinsight.git.source import parse_source
from gitinsight.plugin import Needs
from gitinsight.registry import Registry
from gitinsight.services import workspaces
from gitinsight.services.isolation import AnalyzerTask, run_isolated
from gitinsight.services.workspaces import Progress

_WAKE_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class AnalyzerFailure:
    """Why an analyzer has no report."""

    code: str
    reason: str


@dataclass(frozen=True)
class LocalAnalysis:
    """What an analysis at the command line found; ``seconds`` is the time of each stage."""

    repository: str
    address: str
    head: str
    at: datetime
    commits: int
    paths: PathFilter = EVERYTHING
    reports: dict[str, Report] = field(default_factory=dict)
    failures: dict[str, AnalyzerFailure] = field(default_factory=dict)
    seconds: dict[str, float] = field(default_factory=dict)


class LocalAnalyses:
    """Runs analyses with these settings and plugins.

    ``progress(stage, text, done, total)`` is called from several threads, ``done`` and ``total`` being of
    that stage.
    """

    def __init__(
        self, settings: Settings, registry: Registry, progress: Callable[[str, str, float, float], None]
    ) -> None:
        self._settings = settings
        self._registry = registry
        self._progress = progress
        self._stopped = threading.Event()

    def run(
        self, address: str, analyzers: Sequence[str] = (), branch: str = "", paths: PathFilter = EVERYTHING
    ) -> LocalAnalysis:
        """Analyse the repository at a path or address by all analyzers, or by the named ones."""
        unknown = [name for name in analyzers if name not in self._registry.analyzers]
        if unknown:
            known = ", ".join(self._registry.analyzers)
            raise ValidationError(f"There is no analyzer named {unknown[0]!r}; there are {known}.")
        rules = workspaces.source_rules(self._settings, operator=True)
        source = parse_source(address, rules)
        key = sha256(source.url.encode()).hexdigest()[:20]
        workspace = workspaces.workspace_of(self._settings, key)
        started = time.monotonic()
        head = workspace.refresh(source, rules, branch, self._teller("sync"), self._stopped.is_set)
        count = workspace.read_commits(head, self._teller("sync"))
        fetched = time.monotonic()
        chosen = self._registry.order(analyzers or None)
        if any(analyzer.needs is not Needs.COMMITS for analyzer in chosen):
            workspace.read_changes(head, self._teller("history"), lambda _since: None)
        found = LocalAnalysis(source.full_name, source.url, head, clock.now(), count, paths)
        found.seconds.update(sync=fetched - started, history=time.monotonic() - fetched)
        self._run_analyzers(found, key, [analyzer.name for analyzer in chosen])
        return found

    def _teller(self, stage: str) -> Progress:
        return lambda text, done, total: self._progress(stage, text, done, total)

    def _run_analyzers(self, found: LocalAnalysis, key: str, names: list[str]) -> None:
        """Run each analyzer as soon as those that it comes after have ended, as many at once as there are cores."""
        waiting, running = list(names), dict[Future[None], str]()
        with ThreadPoolExecutor(max_workers=os.cpu_count() or 1) as pool:
            try:
                while waiting or running:
                    ended = set(names) - set(waiting) - set(running.values())
                    for name in [n for n in waiting if self._registry.waits_for(n, names) <= ended]:
                        waiting.remove(name)
                        running[pool.submit(self._run_one, found, key, name, names)] = name
                    # Where Polars is loaded, a signal does not end a wait without a timeout.
                    done, _ = wait(running, timeout=_WAKE_SECONDS, return_when=FIRST_COMPLETED)
                    for future in done:
                        del running[future]
                        future.result()
            except BaseException:
                self._stopped.set()
                pool.shutdown(wait=False, cancel_futures=True)
                raise

    def _run_one(self, found: LocalAnalysis, key: str, name: str, names: list[str]) -> None:
        started = time.monotonic()
        metrics, series = self._series(found, sorted(self._registry.waits_for(name, names)))
        task = AnalyzerTask(name, key, found.repository, found.head, found.at, metrics, series, found.paths)
        title = self._registry.analyzers[name].title
        tell = self._teller(name)
        tell(title, 0.0, 1.0)
        try:
            found.reports[name] = run_isolated(
                task, self._settings, lambda done, total: tell(title, done, total), self._stopped.is_set
            )
        except GitInsightError as error:
            found.failures[name] = AnalyzerFailure(error.code, error.message)
        found.seconds[name] = time.monotonic() - started
        tell(title, 1.0, 1.0)

    def _series(
        self, found: LocalAnalysis, names: Sequence[str]
    ) -> tuple[list[Metric], dict[str, list[Point]]]:
        done = [name for name in names if name in found.reports]
        metrics = [metric for name in done for metric in self._registry.analyzers[name].metrics]
        points: dict[str, list[Point]] = {metric.name: [] for metric in metrics}
        for name in done:
            for point in found.reports[name].points:
                points[point.metric].append(point)
        return metrics, points
