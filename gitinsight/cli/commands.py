"""What the commands of plugins are given: their settings, and the history of any repository."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from functools import cached_property
from typing import Any

import click

from gitinsight.config import Settings, load_settings
from gitinsight.logs import configure_logs
from gitinsight.plugin import History
from gitinsight.registry import Registry


def group_of(plugin: str) -> click.Group:
    """The group ``gitinsight <plugin>``; its commands get a ``PluginCommands`` as their context's object."""

    @click.group(plugin, help=f"Commands of the {plugin} plugin.")
    @click.pass_context
    def group(context: click.Context) -> None:
        context.obj = PluginCommands(plugin)

    return group


class PluginCommands:
    """Implements ``gitinsight.plugin.CommandContext``; settings and plugins are read at first use."""

    def __init__(self, plugin: str) -> None:
        self._plugin = plugin

    @cached_property
    def settings(self) -> Mapping[str, Any]:
        return self._registry.settings_of_plugin(self._plugin)

    @contextmanager
    def open_history(self, repository: str, *, analyzer: str = "", branch: str = "") -> Iterator[History]:
        """The history of what the text means, brought here with a bar on a terminal's standard error."""
        from gitinsight.cli.export import origin_named
        from gitinsight.cli.terminal import progress_bars
        from gitinsight.services import histories

        origin = origin_named(self._product, repository, branch)
        configure_logs(self._product, quiet=True)
        with progress_bars(quiet=False) as tell, redirect_stdout(sys.stderr):
            brought = histories.bring_history(self._product, self._registry, origin, tell)
        with brought.open(self._plugin, analyzer) as history:
            yield history

    @cached_property
    def _product(self) -> Settings:
        settings = load_settings()
        configure_logs(settings, quiet=True)
        return settings

    @cached_property
    def _registry(self) -> Registry:
        from gitinsight.cli.terminal import plugins_of

        return plugins_of(self._product)
