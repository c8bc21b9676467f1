"""The plugins of this installation: loading them, calling their hooks, and telling what failed.

Entry points are loaded one by one and hooks are called plugin by plugin, so a plugin that cannot be
imported or that raises costs its own part and is listed with its reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from importlib.metadata import EntryPoint, entry_points
from typing import Any

import pluggy
import structlog

from gitinsight import hookspecs
from gitinsight.domain.exported import TABLES
from gitinsight.domain.report import Metric, Report
from gitinsight.domain.tables import problem_with
from gitinsight.plugin import ENTRY_POINT_GROUP, Analyzer, Model, Panel, Setting, Table

log = structlog.get_logger(__name__)

# A plugin that calls sys.exit while it is imported must not end the product either.
PLUGIN_ERRORS = (Exception, SystemExit)
_LONGEST_NAME = 100
_LONGEST_VERSION = 50


@dataclass(frozen=True, slots=True)
class PluginFailure:
    """What a plugin could not do, as people and health checks are told."""

    plugin: str
    action: str
    reason: str


@dataclass(frozen=True, slots=True)
class LoadedPlugin:
    """A plugin that is registered; ``distribution`` and ``version`` are of the package it came in."""

    name: str
    module: object
    distribution: str = ""
    version: str = ""


@dataclass
class Registry:
    """All plugins that could be registered, and the failures of the others."""

    environment: Mapping[str, str] = field(default_factory=dict)
    plugins: list[LoadedPlugin] = field(default_factory=list)
    failures: list[PluginFailure] = field(default_factory=list)

    def __post_init__(self) -> None:
        self._managers: dict[str, pluggy.PluginManager] = {}

    def add(self, plugin: LoadedPlugin) -> None:
        """Register one plugin; a misspelt hook or an unknown argument is a failure, not an error."""
        manager = pluggy.PluginManager("gitinsight")
        manager.add_hookspecs(hookspecs)
        try:
            manager.register(plugin.module, plugin.name)
            manager.check_pending()
        except PLUGIN_ERRORS as error:
            self.fail(plugin.name, "register", error)
            return
        self._managers[plugin.name] = manager
        self.plugins.append(plugin)

    def fail(self, plugin: str, action: str, error: BaseException) -> None:
        """List and log what a plugin could not do; the same failure is listed once."""
        failure = PluginFailure(plugin, action, f"{type(error).__name__}: {error}".strip()[:500])
        log.warning("plugin_failed", plugin=plugin, action=action, reason=failure.reason)
        if failure not in self.failures:
            self.failures.append(failure)

    def _each(self, hook: str, kind: type = object) -> Iterator[tuple[str, Any]]:
        """What each plugin returns for a hook, item by item, as (plugin, item)."""
        for name, manager in self._managers.items():
            try:
                items = [item for part in getattr(manager.hook, hook)() for item in part]
                strange = [item for item in items if not isinstance(item, kind)]
                if strange:
                    raise TypeError(f"expected {kind.__name__}, got {type(strange[0]).__name__}")
            except PLUGIN_ERRORS as error:
                self.fail(name, hook, error)
                continue
            for item in items:
                yield name, item

    @cached_property
    def _owned_analyzers(self) -> dict[str, tuple[str, Analyzer]]:
        found: dict[str, tuple[str, Analyzer]] = {}
        for plugin, analyzer in self._each("register_analyzers", Analyzer):
            problem = _problem_with(analyzer, found)
            if problem:
                self.fail(plugin, "register_analyzers", ValueError(problem))
            else:
                found[analyzer.name] = (plugin, analyzer)
        for name in _stuck({name: set(analyzer.after) for name, (_, analyzer) in found.items()}):
            plugin, _ = found.pop(name)
            problem = f"the analyzer {name!r} waits for one that waits for it, so it could never start"
            self.fail(plugin, "register_analyzers", ValueError(problem))
        return found

    @cached_property
    def analyzers(self) -> dict[str, Analyzer]:
        """The analyzers by name, in the order of registration."""
        return {name: analyzer for name, (_, analyzer) in self._owned_analyzers.items()}

    def analyzers_of(self, plugin: str) -> list[Analyzer]:
        """The analyzers that this plugin brought."""
        return [analyzer for owner, analyzer in self._owned_analyzers.values() if owner == plugin]

    @cached_property
    def metrics(self) -> dict[str, Metric]:
        """Every metric that an analyzer declares, by name."""
        return {metric.name: metric for analyzer in self.analyzers.values() for metric in analyzer.metrics}

    @cached_property
    def models(self) -> list[tuple[str, Model]]:
        """The models with their plugins' names."""
        return list(self._each("register_models", Model))

    @cached_property
    def panels(self) -> list[tuple[str, Panel]]:
        """The panels with their plugins' names."""
        return list(self._each("register_panels", Panel))

    @cached_property
    def pages(self) -> list[tuple[str, Any]]:
        """The plugins' blueprints with HTML pages."""
        return list(self._each("register_pages"))

    @cached_property
    def api(self) -> list[tuple[str, Any]]:
        """The plugins' blueprints that extend the REST API."""
        return list(self._each("register_api"))

    @cached_property
    def commands(self) -> list[tuple[str, Any]]:
        """The plugins' click commands."""
        return list(self._each("register_commands"))

    @cached_property
    def tables(self) -> list[tuple[str, Table]]:
        """The plugins' tables for exports with their plugins' names."""
        found: list[tuple[str, Table]] = []
        for plugin, table in self._each("register_tables", Table):
            problem = problem_with(table, [other.name for other in (*TABLES, *(one for _, one in found))])
            if not problem and table.analyzer and self._owner_of(table.analyzer) != plugin:
                problem = (
                    f"the table {table.name!r} names the analyzer {table.analyzer!r}, none of its plugin"
                )
            if problem:
                self.fail(plugin, "register_tables", ValueError(problem))
            else:
                found.append((plugin, table))
        return found

    def _owner_of(self, analyzer: str) -> str | None:
        plugin, _ = self._owned_analyzers.get(analyzer, (None, None))
        return plugin

    @cached_property
    def _settings(self) -> list[tuple[str, Setting]]:
        return list(self._each("register_settings", Setting))

    def settings_of(self, analyzer: str) -> dict[str, Any]:
        """The settings of the plugin that an analyzer came with; a wrong value raises ValueError."""
        plugin, _ = self._owned_analyzers[analyzer]
        return self.settings_of_plugin(plugin)

    def version_of(self, plugin: str) -> str:
        """The version of the package that a plugin came in; the empty string where that is not known."""
        return next((loaded.version for loaded in self.plugins if loaded.name == plugin), "")

    def settings_of_plugin(self, plugin: str) -> dict[str, Any]:
        """The values of a plugin's settings by name; a wrong value raises ValueError."""
        return {
            setting.name: self._value(plugin, setting) for name, setting in self._settings if name == plugin
        }

    def _value(self, plugin: str, setting: Setting) -> Any:
        variable = f"GITINSIGHT_{plugin}_{setting.name}".upper().replace("-", "_")
        text = self.environment.get(variable, "")
        try:
            return setting.type(text) if text else setting.default
        except ValueError as error:
            # The reason quotes the value, which must not be shown where it is a secret.
            reason = setting.help if setting.secret else str(error)
            raise ValueError(f"{variable} is wrong: {reason}") from (None if setting.secret else error)

    def order(self, names: Iterable[str] | None = None) -> list[Analyzer]:
        """The analyzers to run (all, or the named ones once each), those that others come after first."""
        wanted = self.analyzers if names is None else dict.fromkeys(names)
        chosen = [self.analyzers[name] for name in wanted]
        return sorted(chosen, key=lambda analyzer: len(self.waits_for(analyzer.name, wanted)) > 0)

    def waits_for(self, name: str, among: Iterable[str]) -> set[str]:
        """Which of these analyzers have to end before the named one starts; none for one not installed."""
        after = self.analyzers[name].after if name in self.analyzers else ()
        others = (set(among) & set(self.analyzers)) - {name}
        if "*" in after:
            return {other for other in others if not self.analyzers[other].after}
        return others & set(after)

    def tell_finished(self, repository: str, analyzer: str, report: Report) -> None:
        """Call ``analysis_finished`` of each plugin; errors are logged and counted as failures."""
        for name, manager in self._managers.items():
            try:
                manager.hook.analysis_finished(repository=repository, analyzer=analyzer, report=report)
            except PLUGIN_ERRORS as error:
                self.fail(name, "analysis_finished", error)


def _problem_with(analyzer: Analyzer, found: Mapping[str, tuple[str, Analyzer]]) -> str:
    """Why an analyzer cannot be used, or the empty string."""
    name, version = analyzer.name, analyzer.version
    if (
        not isinstance(name, str)
        or not name.isidentifier()
        or not name.islower()
        or len(name) > _LONGEST_NAME
    ):
        return f"the analyzer name {name!r} is not a lower-case word"
    if name in found:
        return f"an analyzer named {name!r} is registered already by {found[name][0]}"
    if not isinstance(version, str) or not 0 < len(version) <= _LONGEST_VERSION:
        return f"the version {version!r} of {name!r} is not a short text"
    if isinstance(analyzer.after, str):
        return f"after={analyzer.after!r} of {name!r} is a text; give a list of names"
    return _problem_with_metrics(name, analyzer.metrics)


def _problem_with_metrics(analyzer: str, metrics: Sequence[object]) -> str:
    names = [metric.name for metric in metrics if isinstance(metric, Metric)]
    if len(names) < len(metrics):
        return f"a metric of {analyzer!r} is no Metric"
    strange = [name for name in names if not name.startswith(f"{analyzer}.")]
    if strange:
        return f"the metric {strange[0]!r} does not begin with {analyzer!r} and a dot"
    twice = [name for name in names if names.count(name) > 1]
    return f"the metric {twice[0]!r} is declared twice" if twice else ""


def _stuck(after: dict[str, set[str]]) -> list[str]:
    """The names that wait for each other in a circle, and those that wait for these."""
    waiting = {name: (others & set(after)) - {name} for name, others in after.items()}
    while free := [name for name, others in waiting.items() if not others]:
        waiting = {name: others - set(free) for name, others in waiting.items() if others}
    return list(waiting)


def load_registry(
    environment: Mapping[str, str] | None = None, points: Iterable[EntryPoint] | None = None
) -> Registry:
    """The registry with every installed plugin, in the order of their names.

    ``environment`` holds the plugins' settings; ``points`` replaces the installed entry points.
    """
    registry = Registry(dict(environment or {}))
    found = entry_points(group=ENTRY_POINT_GROUP) if points is None else points
    for point in sorted(found, key=lambda point: point.name):
        try:
            module = point.load()
        except PLUGIN_ERRORS as error:
            registry.fail(point.name, "import", error)
            continue
        package = point.dist
        registry.add(
            LoadedPlugin(
                point.name, module, package.name if package else "", package.version if package else ""
            )
        )
    return registry
