"""Repositories over the API: list, add, change, remove, follow, analyse."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission
from gitinsight.domain.paths import PathFilter
from gitinsight.errors import ValidationError
from gitinsight.services import analyses, catalog, repositories, repository_settings
from gitinsight.services.catalog import CatalogEntry
from gitinsight.services.progress import JobView
from gitinsight.store.jobs import JobQuery
from gitinsight.store.repositories import SORTS, RepositoryQuery
from gitinsight.web.api import repository_schemas as shapes
from gitinsight.web.api import schemas, sparse
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, decode_position, encode_cursor, encode_position, moment
from gitinsight.web.guard import requires, sensitive, viewer

blueprint = ApiBlueprint("repositories", __name__, description="Repositories and their analysis")


@blueprint.get("/repositories")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.RepositoryListQuery, location="query")
@blueprint.response(200, shapes.RepositoryPage)
@blueprint.alt_response(422, schema=schemas.ErrorSchema)
def list_repositories(query: dict[str, Any]) -> Any:
    """Repositories that the caller may see, filtered and sorted."""
    sort = query["sort"]
    column = sort.removeprefix("-")
    wanted = RepositoryQuery(
        query["q"],
        query["language"],
        query["status"],
        decode_position(query["cursor"], sort, SORTS[column].type.python_type),
        query["limit"],
        sort,
        query["visibility"],
        _owner(query["owner"]),
        _self("followed") if query["followed"] else None,
    )
    page = catalog.listing(viewer(), wanted)
    last = page.items[-1] if page.more else None
    cursor = encode_position(sort, getattr(last, column), last.id) if last else None
    return sparse.page(shapes.RepositorySchema, query["fields_"], page.items, cursor)


def _owner(text: str) -> UUID | None:
    return _self("owner=me") if text == "me" else UUID(text) if text else None


def _self(what: str) -> UUID:
    user_id = viewer().user_id
    if user_id is None:
        raise ValidationError(f"Sign in to ask for {what}.")
    return user_id


@blueprint.post("/repositories")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.arguments(shapes.RepositoryAdd)
@blueprint.response(201, shapes.AddedSchema)
@blueprint.alt_response(422, schema=schemas.ErrorSchema)
def add_repository(body: dict[str, Any]) -> dict[str, Any]:
    """Add a repository and, unless told otherwise, analyse it; a known address gives the known repository."""
    repository = repositories.add(
        viewer(),
        body["url"],
        branch=body["branch"],
        visibility=body["visibility"],
        paths=PathFilter.of(body),
    )
    job = analyses.request_or_join(viewer(), repository.id) if body["analyze"] else None
    return {"repository": catalog.described(viewer(), repository), "job": job}


@blueprint.get("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.OneRepositoryQuery, location="query")
@blueprint.response(200, shapes.RepositorySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_repository(query: dict[str, Any], repository_id: UUID) -> Any:
    """One repository."""
    found = catalog.get(viewer(), repository_id)
    return sparse.one(shapes.RepositorySchema, query["fields_"], found)


@blueprint.put("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.arguments(shapes.RepositoryChange, required=False)
@blueprint.response(200, shapes.RepositorySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def change_repository(body: dict[str, Any], repository_id: UUID) -> CatalogEntry:
    """Change settings of a repository; for its owner and for admins."""
    return catalog.described(viewer(), repository_settings.update(viewer(), repository_id, body))


@blueprint.delete("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_ANALYZE)
@sensitive
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
@blueprint.arguments(shapes.AnalyzeRequest, required=False)
@blueprint.response(202, schemas.JobSchema)
@blueprint.alt_response(409, schema=schemas.ErrorSchema)
def analyze_repository(body: dict[str, Any], repository_id: UUID) -> JobView:
    """Queue an analysis; 409 with the running job's id where one is under way."""
    return analyses.request(viewer(), repository_id, tuple(body.get("analyzers", ())))


@blueprint.get("/repositories/<uuid:repository_id>/jobs")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(shapes.JobListQuery, location="query")
@blueprint.response(200, shapes.JobPageSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def list_jobs(query: dict[str, Any], repository_id: UUID) -> dict[str, Any]:
    """The analyses of a repository, newest first."""
    wanted = JobQuery(query["state"], decode_cursor(query["cursor"], moment, UUID), query["limit"])
    page = analyses.listing(viewer(), repository_id, wanted)
    last = page.items[-1] if page.more else None
    cursor = encode_cursor(last.created_at.isoformat(), last.id) if last else None
    return {"items": page.items, "next_cursor": cursor}
