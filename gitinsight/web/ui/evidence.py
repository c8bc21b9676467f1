"""One click from a number: a metric's definition, series and commits; a commit, file, person or release."""

from __future__ import annotations

import json
from typing import Any
from uuid import UUID

from flask import abort, redirect, render_template, request, url_for
from werkzeug.wrappers import Response

from gitinsight.domain.access import Permission
from gitinsight.domain.report import EvidenceKind
from gitinsight.errors import ArtifactNotFound
from gitinsight.services import dashboards, insights, repositories
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui import ui
from gitinsight.web.ui.links import links_of

KINDS = {
    EvidenceKind.COMMIT: "Commit",
    EvidenceKind.FILE: "File",
    EvidenceKind.PERSON: "Person",
    EvidenceKind.RELEASE: "Release",
}


@ui.get("/repositories/<uuid:repository_id>/evidence/<kind>")
@requires(Permission.INSIGHTS_READ)
def evidence(repository_id: UUID, kind: str) -> str | Response:
    """What is known about one commit, file, person or release; a metric has a page of its own."""
    ref = request.args.get("ref", "")[:4096]
    if not ref or kind not in {member.value for member in EvidenceKind}:
        abort(404)
    if kind == EvidenceKind.METRIC:
        return redirect(url_for("ui.metric", repository_id=repository_id, name=ref))
    page = dashboards.evidence_page(viewer(), repository_id, kind, ref)
    return render_template(
        "evidence.html",
        page=page,
        word=KINDS[EvidenceKind(kind)],
        links=links_of(page.repository),
        title=ref,
        section="repositories",
    )


@ui.get("/repositories/<uuid:repository_id>/metrics/<name>")
@requires(Permission.INSIGHTS_READ)
def metric(repository_id: UUID, name: str) -> str:
    """A number's definition, its series, the findings that rest on it and the commits behind it."""
    definition = insights.definition(name)
    repository = repositories.get(viewer(), repository_id)
    series = insights.series(viewer(), repository_id, [definition.name])
    analyzer = next(one for one, declared in insights.declared_metrics() if declared.name == definition.name)
    newest = [v for v in insights.newest_values(viewer(), repository_id) if v.metric.name == definition.name]
    found = dashboards.all_insights(viewer(), repository_id)
    return render_template(
        "metric.html",
        repository=repository,
        metric=definition,
        newest=newest[0] if newest else None,
        parts=_parts(series[0]) if series else [],
        chart=_series_chart(series[0]) if series else None,
        insights=dashboards.insights_on(found, definition.id),
        commits=_commits_behind(repository_id, analyzer, definition.name),
        links=links_of(repository),
        title=definition.title,
        section="repositories",
    )


def _parts(series: insights.Series) -> list[insights.SeriesPoint]:
    """The newest value of each part, the biggest first; parts without a value last."""
    newest = {point.dimension: point for point in series.points if point.dimension}
    return sorted(newest.values(), key=lambda point: (point.value is None, -(point.value or 0.0)))


def _commits_behind(repository_id: UUID, analyzer: str, name: str) -> Any:
    """The ``commits`` artifact of this metric, or None where the analyzer gives none."""
    try:
        found = insights.artifact(viewer(), repository_id, analyzer, f"commits:{name}")
    except ArtifactNotFound:
        return None
    return json.loads(found.json)["content"]


def _series_chart(series: insights.Series) -> dict[str, Any]:
    """The series as a chart's content: the whole as a line, or its parts where there is no whole."""
    by_part: dict[str, list[list[Any]]] = {}
    for point in series.points:
        by_part.setdefault(point.dimension, []).append([point.at.date().isoformat(), point.value])
    whole = {"": by_part[""]} if "" in by_part else by_part
    return {
        "unit": series.metric.unit,
        "series": [
            {"name": part or series.metric.title, "shape": "line", "points": points}
            for part, points in sorted(whole.items())
        ],
    }
