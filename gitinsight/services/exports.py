"""Exporting a repository's tables into a folder: no server, no Redis, and no database unless asked for a name.

The same workspace as of an analysis. A plugin's table is made in this process, because the operator
who installed the plugin has started the export himself; one that fails costs this table only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING

from gitinsight import __version__
from gitinsight.config import Settings
from gitinsight.domain import clock
from gitinsight.domain.exported import TABLES
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.report import Report
from gitinsight.domain.tables import SCHEMA_VERSION, Table, frame_of
from gitinsight.errors import TableInvalid
from gitinsight.git.source import parse_source
from gitinsight.plugin import Analyzer, History, Needs
from gitinsight.registry import PLUGIN_ERRORS, Registry
from gitinsight.services import workspaces
from gitinsight.services.workspaces import Workspace

if TYPE_CHECKING:
    import polars as pl

    from gitinsight.store.exports import ExportFolder

Tell = Callable[[str, str, float, float], None]


@dataclass(frozen=True, slots=True)
class Origin:
    """What is exported: an address, the key of its files here, and of a known repository what is analysed."""

    address: str
    key: str
    name: str
    branch: str = ""
    head: str = ""
    paths: PathFilter = EVERYTHING


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table that was written: its rows, and where it is."""

    name: str
    rows: int
    path: Path


@dataclass(frozen=True, slots=True)
class TableFailure:
    """A plugin's table that could not be made, and why."""

    name: str
    plugin: str
    reason: str


@dataclass(frozen=True)
class Export:
    """What an export has left in the folder."""

    repository: str
    head: str
    tables: list[TableFile] = field(default_factory=list)
    failures: list[TableFailure] = field(default_factory=list)


def origin_of(settings: Settings, address: str, branch: str = "") -> Origin:
    """The repository at a path or address, with the files that ``gitinsight analyze`` keeps of it."""
    source = parse_source(address, workspaces.source_rules(settings, operator=True))
    return Origin(source.url, sha256(source.url.encode()).hexdigest()[:20], source.full_name, branch)


def has_database(settings: Settings) -> bool:
    """Whether this installation may know repositories; asking makes no database."""
    from gitinsight.store.base import database_exists

    return database_exists(settings.database_url)


def known_origin(text: str, branch: str = "") -> Origin | None:
    """The repository that this installation knows by this id or name, as of its last analysis.

    None where there is none of this name; with a branch, that branch as it is now. Needs the
    application's context.
    """
    from gitinsight.domain.access import OPERATOR
    from gitinsight.services import repositories

    known = repositories.named(OPERATOR, text)
    if known is None:
        return None
    head = known.head if known.head and branch in {"", known.branch} else ""
    return Origin(known.clone_url, str(known.id), known.full_name, branch or known.branch, head, known.paths)


def bring(settings: Settings, workspace: Workspace, origin: Origin, tell: Tell) -> str:
    """The commit that is meant, whose whole history is in the workspace when this returns."""

    def syncing(text: str, done: float, total: float) -> None:
        tell("sync", text, done, total)

    if origin.head and workspace.has(origin.head, Needs.ALL_CHANGES):
        return origin.head
    rules = workspaces.source_rules(settings, operator=True)
    source = parse_source(origin.address, rules)
    head = workspace.refresh(source, rules, origin.branch, syncing, lambda: False)
    workspace.read_commits(head, syncing)
    workspace.read_changes(head, lambda *told: tell("history", *told), lambda _since: None)
    return head


class Exports:
    """Makes exports with these settings and plugins; ``tell(stage, text, done, total)`` as in ``local``."""

    def __init__(self, settings: Settings, registry: Registry, tell: Tell) -> None:
        self._settings = settings
        self._registry = registry
        self._tell = tell

    def run(self, origin: Origin, folder: Path, form: str) -> Export:
        """Write all tables of a repository; ExportRefused where the folder cannot take them."""
        from gitinsight.store import exports

        names = [table.name for table in (*TABLES, *(table for _, table in self._registry.tables))]
        exports.check_folder(folder, form, names)
        workspace = workspaces.workspace_of(self._settings, origin.key)
        head = bring(self._settings, workspace, origin, self._tell)
        about = {
            "gitinsight.version": __version__,
            "gitinsight.schema": str(SCHEMA_VERSION),
            "gitinsight.repository": origin.name,
            "gitinsight.head": head,
        }
        export = Export(origin.name, head)
        with exports.open_export(folder, form, names, about) as files:
            self._write(_Writing(export, files, workspace, clock.now(), origin.paths))
        return export

    def _write(self, writing: _Writing) -> None:
        """Write our tables from one history, then each of the plugins' from one of its own.

        A history keeps the frames that it has worked out, so each is let go of before the next.
        """
        total = len(TABLES) + len(self._registry.tables)
        with writing.history(analyzer_named("export", __version__)) as history:
            for done, table in enumerate(TABLES):
                self._tell("export", f"Writing {table.name}", done, total)
                writing.write(table, _frame(table, history, {}))
        for done, (plugin, table) in enumerate(self._registry.tables, start=len(TABLES)):
            self._tell("export", f"Writing {table.name}", done, total)
            self._write_plugins(writing, plugin, table)
        self._tell("export", "The tables are written", total, total)

    def _write_plugins(self, writing: _Writing, plugin: str, table: Table) -> None:
        analyzer = self._registry.analyzers.get(table.analyzer) or analyzer_named(
            f"{plugin}:{table.name}", self._registry.version_of(plugin)
        )

        def tell(done: float, total: float) -> None:
            self._tell(table.name, table.title, done, total)

        with writing.history(analyzer, tell) as history:
            try:
                frame = _frame(table, history, self._registry.settings_of_plugin(plugin))
            except PLUGIN_ERRORS as error:
                self._registry.fail(plugin, f"make the table {table.name}", error)
                reason = str(error) if isinstance(error, TableInvalid) else f"{type(error).__name__}: {error}"
                writing.export.failures.append(TableFailure(table.name, plugin, reason))
                return
        tell(1.0, 1.0)
        writing.write(table, frame)


@dataclass(frozen=True, slots=True)
class _Writing:
    """An export under way: where tables go, and where histories come from."""

    export: Export
    files: ExportFolder
    workspace: Workspace
    now: datetime
    paths: PathFilter

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        self.files.write(table, frame)
        self.export.tables.append(TableFile(table.name, frame.height, self.files.paths[table.name]))

    def history(
        self, analyzer: Analyzer, tell: Callable[[float, float], None] = lambda _done, _total: None
    ) -> AbstractContextManager[History]:
        return self.workspace.history(
            name=self.export.repository,
            head=self.export.head,
            now=self.now,
            analyzer=analyzer,
            metrics=(),
            series={},
            progress=tell,
            paths=self.paths,
        )


def _frame(table: Table, history: History, settings: Mapping[str, object]) -> pl.DataFrame:
    import polars as pl

    return frame_of(table, table.rows(history, settings), pl)


def analyzer_named(name: str, version: str) -> Analyzer:
    """Who a history without an analyzer of its own is opened for: the owner of what it remembers of blobs."""
    return Analyzer(name, name, version, lambda _history, _settings: Report())
