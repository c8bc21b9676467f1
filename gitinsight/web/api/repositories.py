"""Repositories over the API: list, add, change, remove, follow, analyse."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission
from gitinsight.services import analyses, repositories
from gitinsight.services.progress import JobView
from gitinsight.store.repositories import RepositoryQuery
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, encode_cursor
from gitinsight.web.guard import requires, viewer

blueprint = ApiBlueprint("repositories", __name__, description="Repositories and their analysis")


@blueprint.get("/repositories")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(schemas.RepositoryListQuery, location="query")
@blueprint.response(200, schemas.RepositoryPage)
@blueprint.alt_response(422, schema=schemas.ErrorSchema)
def list_repositories(query: dict[str, Any]) -> dict[str, Any]:
    """Repositories that the caller may see, by name."""
    after = decode_cursor(query["cursor"], str, UUID)
    wanted = RepositoryQuery(query["q"], query["language"], query["status"], after, query["limit"])
    page = repositories.listing(viewer(), wanted)
    last = page.items[-1] if page.more else None
    return {"items": page.items, "next_cursor": encode_cursor(last.full_name, last.id) if last else None}


@blueprint.post("/repositories")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.arguments(schemas.RepositoryAdd)
@blueprint.response(201, schemas.AddedSchema)
@blueprint.alt_response(422, schema=schemas.ErrorSchema)
def add_repository(body: dict[str, Any]) -> dict[str, Any]:
    """Add a repository and, unless told otherwise, analyse it; a known address gives the known repository."""
    repository = repositories.add(viewer(), body["url"], branch=body["branch"], visibility=body["visibility"])
    job = analyses.request_or_join(viewer(), repository.id) if body["analyze"] else None
    return {"repository": repository, "job": job}


@blueprint.get("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_READ)
@blueprint.response(200, schemas.RepositorySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_repository(repository_id: UUID) -> repositories.RepositoryView:
    """One repository."""
    return repositories.get(viewer(), repository_id)


@blueprint.put("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.arguments(schemas.RepositoryChange)
@blueprint.response(200, schemas.RepositorySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def change_repository(body: dict[str, Any], repository_id: UUID) -> repositories.RepositoryView:
    """Change settings of a repository; for its owner and for admins."""
    return repositories.update(viewer(), repository_id, body)


@blueprint.delete("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.response(204)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def remove_repository(repository_id: UUID) -> None:
    """Remove a repository with all its data; for its owner and for admins."""
    repositories.remove(viewer(), repository_id)


@blueprint.post("/repositories/<uuid:repository_id>/follow")
@requires(Permission.REPOSITORY_READ)
@blueprint.response(204)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def follow_repository(repository_id: UUID) -> None:
    """Follow a repository."""
    repositories.follow(viewer(), repository_id)


@blueprint.delete("/repositories/<uuid:repository_id>/follow")
@requires(Permission.REPOSITORY_READ)
@blueprint.response(204)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def unfollow_repository(repository_id: UUID) -> None:
    """Stop following a repository."""
    repositories.unfollow(viewer(), repository_id)


@blueprint.post("/repositories/<uuid:repository_id>/analyze")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.arguments(schemas.AnalyzeRequest, required=False)
@blueprint.response(202, schemas.JobSchema)
@blueprint.alt_response(409, schema=schemas.ErrorSchema)
def analyze_repository(body: dict[str, Any], repository_id: UUID) -> JobView:
    """Queue an analysis; 409 with the running job's id where one is under way."""
    return analyses.request(viewer(), repository_id, tuple(body.get("analyzers", ())))
