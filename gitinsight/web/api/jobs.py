"""Analysis jobs over the API: follow and cancel."""

from __future__ import annotations

from uuid import UUID

from gitinsight.domain.access import Permission
from gitinsight.services import analyses
from gitinsight.services.progress import JobView
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.guard import requires, viewer

blueprint = ApiBlueprint("jobs", __name__, description="Analyses under way and past ones")


@blueprint.get("/jobs/<uuid:job_id>")
@requires(Permission.REPOSITORY_READ)
@blueprint.response(200, schemas.JobSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_job(job_id: UUID) -> JobView:
    """State, stages, progress, seconds left and error of an analysis."""
    return analyses.get(viewer(), job_id)


@blueprint.delete("/jobs/<uuid:job_id>")
@requires(Permission.REPOSITORY_ANALYZE)
@blueprint.response(200, schemas.JobSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def cancel_job(job_id: UUID) -> JobView:
    """Cancel an analysis; one that has ended is answered as it is."""
    return analyses.cancel(viewer(), job_id)
