"""Plugins' panels: rendered one by one, so that one that fails is a box that says so."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import structlog
from flask import abort, render_template, request
from markupsafe import Markup

from gitinsight.domain.access import Permission, Viewer, allows
from gitinsight.errors import GitInsightError
from gitinsight.services import dashboards, insights, repositories
from gitinsight.services.context import tools
from gitinsight.services.insights import InsightView
from gitinsight.services.repositories import RepositoryView
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui import ui

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class StoredResults:
    """What a panel may read: the stored results of one repository, with the viewer's own rights."""

    repository: RepositoryView | None
    viewer: Viewer

    def series(self, metric: str) -> Sequence[tuple[datetime, float | None]]:
        """The whole-repository points of a metric, oldest first."""
        if self.repository is None:
            return []
        found = insights.series(self.viewer, self.repository.id, [metric])
        return [(point.at, point.value) for series in found for point in series.points if not point.dimension]

    def insights(self, analyzer: str = "") -> Sequence[InsightView]:
        """The current insights, of one analyzer or of all."""
        if self.repository is None:
            return []
        found = dashboards.all_insights(self.viewer, self.repository.id)
        return [insight for insight in found if not analyzer or insight.analyzer == analyzer]


@ui.get("/panels/<int:number>")
@requires(Permission.REPOSITORY_READ)
def panel(number: int) -> str:
    """One panel, for the overview or for the repository named in the query."""
    panels = tools().registry.panels
    if number >= len(panels):
        abort(404)
    plugin, chosen = panels[number]
    wanted = request.args.get("repository", "")
    repository = repositories.get(viewer(), _uuid(wanted)) if wanted else None
    problem, drawn = "", None
    try:
        drawn = chosen.render(StoredResults(repository, viewer()))
    except Exception as error:
        log.exception("panel_failed", plugin=plugin, panel=chosen.title)
        problem = _told(error)
    return render_template(
        "fragments/panel.html", number=number, panel=chosen, plugin=plugin, problem=problem, **_form(drawn)
    )


def _told(error: Exception) -> str:
    """Why a panel failed: what another's code says may be anything, so only admins are told its words."""
    if isinstance(error, GitInsightError):
        return error.message
    if allows(viewer(), Permission.ADMIN_SYSTEM):
        return f"{type(error).__name__}: {error}"[:300]
    return "An admin sees the reason here."


def _form(drawn: Any) -> dict[str, Any]:
    """What the panel drew: markup it vouches for, a chart description, or plain text."""
    is_chart = isinstance(drawn, dict)
    return {
        "chart": drawn if is_chart else None,
        "html": drawn if isinstance(drawn, Markup) else str(drawn or ""),
    }


def _uuid(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        abort(404)
