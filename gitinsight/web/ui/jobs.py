"""An analysis on a page of its own."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import redirect, render_template, url_for

from gitinsight.domain.access import Permission
from gitinsight.services import analyses, repositories
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui import ui


@ui.get("/jobs/<uuid:job_id>")
@requires(Permission.REPOSITORY_READ)
def job(job_id: UUID) -> str:
    """The stages of an analysis with their times and errors."""
    found = analyses.get(viewer(), job_id)
    repository = repositories.get(viewer(), found.repository_id)
    return render_template(
        "job.html",
        job=found,
        repository=repository,
        title=f"Analysis of {repository.full_name}",
        section="repositories",
    )


@ui.post("/jobs/<uuid:job_id>/cancel")
@requires(Permission.REPOSITORY_ANALYZE)
def cancel(job_id: UUID) -> Any:
    """Cancel an analysis."""
    found = analyses.cancel(viewer(), job_id)
    return redirect(url_for("ui.repository", repository_id=found.repository_id))
