"""The history of one repository for a command, by the same workspace as analyses and exports."""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass

from gitinsight.config import Settings
from gitinsight.domain import clock
from gitinsight.domain.paths import PathFilter
from gitinsight.plugin import Analyzer, History
from gitinsight.registry import Registry
from gitinsight.services import workspaces
from gitinsight.services.exports import Origin, Tell, analyzer_named, bring
from gitinsight.services.workspaces import Workspace


@dataclass(frozen=True, slots=True)
class BroughtHistory:
    """A repository whose history is on this machine."""

    name: str
    head: str
    workspace: Workspace
    registry: Registry
    paths: PathFilter

    def open(self, plugin: str, analyzer: str = "") -> AbstractContextManager[History]:
        """The history as a plugin's command sees it, with the remembered blobs of the named analyzer."""
        owner: Analyzer = self.registry.analyzers.get(analyzer) or analyzer_named(
            f"{plugin}:command", self.registry.version_of(plugin)
        )
        return self.workspace.history(
            name=self.name,
            head=self.head,
            now=clock.now(),
            analyzer=owner,
            metrics=(),
            series={},
            progress=lambda _done, _total: None,
            paths=self.paths,
        )


def bring_history(settings: Settings, registry: Registry, origin: Origin, tell: Tell) -> BroughtHistory:
    """Fetch a repository and read what is new of its history."""
    workspace = workspaces.workspace_of(settings, origin.key)
    head = bring(settings, workspace, origin, tell)
    return BroughtHistory(origin.name, head, workspace, registry, origin.paths)
