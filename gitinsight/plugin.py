"""The public plugin API: all that a plugin may import from GitInsight.

A plugin is a Python distribution with an entry point in the group ``gitinsight.plugins`` that names
a module (or an object) whose functions are marked with ``hookimpl``. ``gitinsight.hookspecs`` lists
the hooks; ``gitinsight.testing`` helps to test a plugin. Additions only within ``API_VERSION``.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Protocol

import pluggy

from gitinsight.domain.access import Permission
from gitinsight.domain.dates import ago, believable_since, week_of
from gitinsight.domain.drilldown import commits_behind, person_name
from gitinsight.domain.history import History, TreeFile
from gitinsight.domain.report import (
    MAX_EVIDENCE,
    Artifact,
    ArtifactKind,
    Bucket,
    Evidence,
    EvidenceKind,
    Insight,
    InsightType,
    Metric,
    Point,
    Report,
    Severity,
)
from gitinsight.domain.survival import SurvivalStep, half_life, survival
from gitinsight.domain.tables import Column, Table

API_VERSION = 1
ENTRY_POINT_GROUP = "gitinsight.plugins"

hookimpl = pluggy.HookimplMarker("gitinsight")
"""Marks a plugin's function as the implementation of the hook of its name."""


class Needs(StrEnum):
    """How much of the history has to be read before an analyzer can start."""

    COMMITS = "commits"
    """Commits with their messages, and files: it never reads ``history.changes``."""
    NEWEST_CHANGES = "newest changes"
    """Its results on the newest changes are of use while older ones are still being read."""
    ALL_CHANGES = "all changes"


@dataclass(frozen=True, slots=True)
class Analyzer:
    """One way of looking at a repository.

    ``analyze(history, settings)`` returns a Report; it runs in a process of its own under a time and
    a memory limit. ``name`` is lower case and prefixes the names of its ``metrics``. A new
    ``version`` makes old results and cached blobs stale. ``after`` names analyzers whose series this
    one reads; ``"*"`` stands for all that do not come after anything themselves. ``needs`` lets it start
    before the whole history is read; with ``NEWEST_CHANGES`` it may run on a part first, which is then
    told beside its results, and runs again on all.
    """

    name: str
    title: str
    version: str
    analyze: Callable[[History, Mapping[str, Any]], Report]
    metrics: Sequence[Metric] = ()
    after: Sequence[str] = ()
    description: str = ""
    needs: Needs = Needs.ALL_CHANGES


@dataclass(frozen=True, slots=True)
class Setting:
    """A value that the operator may set as ``GITINSIGHT_<PLUGIN>_<NAME>``; ``type`` parses the text."""

    name: str
    default: Any
    help: str
    type: Callable[[str], Any] = str
    secret: bool = False


@dataclass(frozen=True, slots=True)
class Model:
    """A model behind the insights, as ``GET /api/v1/ai/models`` shows it.

    ``accuracy`` maps a named measurement to its value; ``card`` is what else people may know of the
    model, such as data, licences and known errors, as plain JSON. ``load`` returns the callable that
    does the task, and is called at first use.
    """

    name: str
    task: str
    version: str
    title: str
    size_bytes: int
    load: Callable[[], Callable[..., Any]]
    accuracy: Mapping[str, float] = field(default_factory=dict)
    card: Mapping[str, Any] = field(default_factory=dict)


class CommandContext(Protocol):
    """What a plugin's command gets as click's context object (``@click.pass_obj``)."""

    @property
    def settings(self) -> Mapping[str, Any]:
        """The values of the plugin's settings by name."""

    def open_history(
        self, repository: str, *, analyzer: str = "", branch: str = ""
    ) -> AbstractContextManager[History]:
        """The whole history of a repository for the length of a ``with`` block; fetched first where needed.

        ``repository`` is what ``gitinsight export`` takes: a folder, an address, owner/name on GitHub, or a
        known repository's name. ``analyzer`` names one of this plugin's analyzers whose remembered blobs
        the history shares. Raises the product's errors, which end the command with their message.
        """


class PanelContext(Protocol):
    """What a panel may read: stored results of the repository it is drawn for, nothing else."""

    @property
    def repository(self) -> Any:
        """The repository's public facts, or None on the overview page."""

    @property
    def viewer(self) -> Any:
        """Who looks: ``name`` and ``role``."""

    def series(self, metric: str) -> Sequence[tuple[datetime, float | None]]:
        """The newest run's points of a metric, oldest first."""

    def insights(self, analyzer: str = "") -> Sequence[Any]:
        """The newest insights, of one analyzer or of all."""


@dataclass(frozen=True, slots=True)
class Panel:
    """A box on the overview page (scope ``overview``) or on a repository's page (``repository``).

    ``render(context)`` returns HTML that is already escaped (``markupsafe.Markup``), plain text, or a
    chart description (a dict as of ``ArtifactKind.CHART``).
    """

    title: str
    scope: str
    render: Callable[[PanelContext], Any]


def requires(permission: Permission) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare which permission a plugin's own page or API function needs.

    The web layer refuses every route that declares none, so a forgotten decorator locks the page
    instead of opening it.
    """

    def mark(view: Callable[..., Any]) -> Callable[..., Any]:
        view.required_permission = permission  # type: ignore[attr-defined]
        return view

    return mark


__all__ = [
    "API_VERSION",
    "ENTRY_POINT_GROUP",
    "MAX_EVIDENCE",
    "Analyzer",
    "Artifact",
    "ArtifactKind",
    "Bucket",
    "Column",
    "CommandContext",
    "Evidence",
    "EvidenceKind",
    "History",
    "Insight",
    "InsightType",
    "Metric",
    "Model",
    "Needs",
    "Panel",
    "PanelContext",
    "Permission",
    "Point",
    "Report",
    "Setting",
    "Severity",
    "SurvivalStep",
    "Table",
    "TreeFile",
    "ago",
    "believable_since",
    "commits_behind",
    "half_life",
    "hookimpl",
    "person_name",
    "requires",
    "survival",
    "week_of",
]
