"""The hooks that a plugin may implement; each is called plugin by plugin, never as one chain.

A hook that raises costs its own plugin's contribution: the registry logs it, lists it among the
failures and goes on with the next.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pluggy

from gitinsight.plugin import Analyzer, Model, Panel, Report, Setting, Table

if TYPE_CHECKING:
    import click

hookspec = pluggy.HookspecMarker("gitinsight")


@hookspec
def register_analyzers() -> Sequence[Analyzer]:
    """The analyzers of this plugin; called once in each process that needs them."""
    raise AssertionError("a specification is never called")


@hookspec
def register_models() -> Sequence[Model]:
    """The models of this plugin; called once, each loaded at its first use."""
    raise AssertionError("a specification is never called")


@hookspec
def register_settings() -> Sequence[Setting]:
    """The settings of this plugin, read from ``GITINSIGHT_<PLUGIN>_<NAME>``; called once."""
    raise AssertionError("a specification is never called")


@hookspec
def register_pages() -> Sequence[Any]:
    """Flask blueprints, mounted at ``/-/<plugin>`` when the web process starts."""
    raise AssertionError("a specification is never called")


@hookspec
def register_api() -> Sequence[Any]:
    """flask-smorest blueprints, mounted at ``/api/v1/-/<plugin>`` and part of the OpenAPI document."""
    raise AssertionError("a specification is never called")


@hookspec
def register_panels() -> Sequence[Panel]:
    """Boxes on the overview and repository pages, loaded by htmx."""
    raise AssertionError("a specification is never called")


@hookspec
def register_commands() -> Sequence[click.Command]:
    """click commands, available as ``gitinsight <plugin> <command>``."""
    raise AssertionError("a specification is never called")


@hookspec
def register_tables() -> Sequence[Table]:
    """Tables that ``gitinsight export`` writes beside the product's own; called once."""
    raise AssertionError("a specification is never called")


@hookspec
def analysis_finished(repository: str, analyzer: str, report: Report) -> None:
    """Told in the worker after a report was stored; an error here is logged, not raised."""
    raise AssertionError("a specification is never called")
