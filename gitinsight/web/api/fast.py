"""Reads for dashboards and badges: few queries, and a minute in which nobody need ask again."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from gitinsight.domain import clock
from gitinsight.domain.access import GUEST, Permission
from gitinsight.services import dashboards, rankings, repositories
from gitinsight.web.api import fast_schemas as shapes
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.guard import requires, viewer

blueprint = ApiBlueprint("fast", __name__, description="Stored results for dashboards and badges")

FRESH_SECONDS = 60


@blueprint.after_request
def cacheable(answer: Response) -> Response:
    """Let what was answered be kept for a minute: by everybody what a guest sees, else by its reader."""
    if answer.status_code == 200:
        whose = "public" if viewer() is GUEST else "private"
        answer.headers["Cache-Control"] = f"{whose}, max-age={FRESH_SECONDS}"
        answer.vary.update(("Authorization", "Cookie"))
    return answer


@blueprint.get("/fast/leaderboard")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.RankingQuery, location="query")
@blueprint.response(200, shapes.RankingSchema)
def get_leaderboard(query: dict[str, Any]) -> dict[str, Any]:
    """Repositories by how much goes on in them, counted with a half-life of 56 days."""
    return _ranking(rankings.leaderboard(viewer(), **query))


@blueprint.get("/fast/trending")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.RankingQuery, location="query")
@blueprint.response(200, shapes.RankingSchema)
def get_trending(query: dict[str, Any]) -> dict[str, Any]:
    """Repositories in which clearly more goes on than usual, the most unusual first."""
    return _ranking(rankings.trending(viewer(), **query))


def _ranking(items: list[rankings.Ranked]) -> dict[str, Any]:
    return {"items": items, "at": clock.now().replace(second=0, microsecond=0)}


@blueprint.get("/fast/search")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.SearchQuery, location="query")
@blueprint.response(200, shapes.SearchSchema)
def search(query: dict[str, Any]) -> dict[str, Any]:
    """Repositories whose name or description holds the text, those named so first."""
    return {"items": repositories.search(viewer(), query["q"], query["limit"])}


@blueprint.get("/fast/repositories/<uuid:repository_id>/summary")
@requires(Permission.REPOSITORY_READ)
@blueprint.response(200, shapes.SummarySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_summary(repository_id: UUID) -> dashboards.Summary:
    """A repository in one sentence and four numbers."""
    return dashboards.summary(viewer(), repository_id)
