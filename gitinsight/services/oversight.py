"""What admins see of the whole installation: its analyses, plugins, settings, and how it does."""

from __future__ import annotations

import shutil
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from math import ceil
from statistics import median
from typing import Any

from redis.exceptions import RedisError

from gitinsight.config import SETTINGS, SettingSpec, without_credentials
from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Viewer
from gitinsight.domain.lifecycle import AnalysisStatus, JobState, Stage
from gitinsight.registry import PluginFailure
from gitinsight.services import health, progress
from gitinsight.services.context import session, tools
from gitinsight.services.progress import JobView
from gitinsight.services.repositories import require
from gitinsight.store import base, jobs, people, repositories
from gitinsight.store.jobs import Ended, JobQuery

WINDOW = timedelta(days=7)
"""How far back the figures of analyses look."""
MOST_ENDED = 20_000
"""Of so many analyses and stages, the newest, the figures are made."""


@dataclass(frozen=True, slots=True)
class NamedJob:
    """An analysis, and the full name of the repository that it is of."""

    job: JobView
    repository: str


@dataclass(frozen=True, slots=True)
class NamedJobs:
    """One page of analyses, newest first; ``more`` says that the last one has followers."""

    items: list[NamedJob]
    more: bool


@dataclass(frozen=True, slots=True)
class PluginView:
    """An installed plugin: the package it came in, what it brought, what it could not do."""

    name: str
    distribution: str
    version: str
    analyzers: Sequence[str]
    models: Sequence[str]
    panels: Sequence[str]
    failures: Sequence[PluginFailure]


@dataclass(frozen=True, slots=True)
class SettingView:
    """A setting with its value as text; of a secret only whether there is one, of an address no credentials."""

    variable: str
    value: str
    help: str


@dataclass(frozen=True, slots=True)
class WorkFigures:
    """How often something was done within ``WINDOW``, and how long it took where it came to its end."""

    ended: Mapping[JobState, int]
    median_seconds: float | None
    slow_seconds: float | None
    """Nineteen of twenty took at most so long."""


@dataclass(frozen=True, slots=True)
class Workers:
    """The processes that work jobs off, how many of them do at this moment, and how many jobs wait by queue."""

    present: int
    busy: int
    waiting: Mapping[str, int]


@dataclass(frozen=True, slots=True)
class Statistics:
    """What the installation holds and how it does; ``workers`` is None while Redis does not answer."""

    repositories: Mapping[AnalysisStatus, int]
    users: int
    analyses: WorkFigures
    analyzers: Mapping[str, WorkFigures]
    workers: Workers | None
    database_bytes: int
    free_bytes: int


def analyses(viewer: Viewer, query: JobQuery) -> NamedJobs:
    """A page of the analyses of all repositories."""
    require(viewer, Permission.ADMIN_SYSTEM)
    rows = jobs.page(session(), None, query)
    shown = rows[: query.limit]
    names = repositories.names(session(), {row.repository_id for row in shown})
    views = progress.views(shown)
    return NamedJobs([NamedJob(view, names[view.repository_id]) for view in views], len(rows) > query.limit)


def plugins(viewer: Viewer) -> list[PluginView]:
    """The plugins by name, those that could not even be imported among them."""
    require(viewer, Permission.ADMIN_SYSTEM)
    registry, failures = tools().registry, health.plugin_failures()
    loaded = {plugin.name: plugin for plugin in registry.plugins}
    views = []
    for name in sorted(loaded | {failure.plugin: None for failure in failures}):
        plugin = loaded.get(name)
        views.append(
            PluginView(
                name,
                plugin.distribution if plugin else "",
                plugin.version if plugin else "",
                [analyzer.name for analyzer in registry.analyzers_of(name)],
                [model.name for owner, model in registry.models if owner == name],
                [panel.title for owner, panel in registry.panels if owner == name],
                [failure for failure in failures if failure.plugin == name],
            )
        )
    return views


def settings(viewer: Viewer) -> list[SettingView]:
    """The settings of this process, in the order of their table."""
    require(viewer, Permission.ADMIN_SYSTEM)
    present = tools().settings
    return [
        SettingView(spec.variable, _shown(spec, getattr(present, spec.field)), spec.help) for spec in SETTINGS
    ]


def _shown(spec: SettingSpec, value: Any) -> str:
    if spec.secret and not spec.is_address:
        return "set" if value else ""
    if isinstance(value, Collection) and not isinstance(value, str):
        return ", ".join(sorted(map(str, value)))
    return "" if value is None else without_credentials(str(value))


def statistics(viewer: Viewer) -> Statistics:
    """The figures of this moment."""
    require(viewer, Permission.ADMIN_SYSTEM)
    ended = jobs.ended_since(session(), clock.now() - WINDOW, MOST_ENDED)
    by_analyzer: dict[str, list[Ended]] = {}
    for one in ended:
        if one.stage is Stage.ANALYZE:
            by_analyzer.setdefault(one.analyzer, []).append(one)
    return Statistics(
        repositories.counts(session()),
        people.count(session()),
        _figures([one for one in ended if one.stage is Stage.ANALYSIS]),
        {name: _figures(found) for name, found in sorted(by_analyzer.items())},
        _workers(),
        base.size_bytes(session()),
        shutil.disk_usage(tools().settings.home).free,
    )


def _figures(ended: Sequence[Ended]) -> WorkFigures:
    states = [one.state for one in ended]
    done = sorted(
        one.seconds
        for one in ended
        if one.seconds is not None and one.state in {JobState.SUCCEEDED, JobState.PARTIAL}
    )
    return WorkFigures(
        {state: states.count(state) for state in JobState if state.is_final},
        median(done) if done else None,
        done[ceil(0.95 * len(done)) - 1] if done else None,
    )


def _workers() -> Workers | None:
    queues = tools().queues
    try:
        return Workers(*queues.workers(), queues.depth())
    except RedisError:
        return None
