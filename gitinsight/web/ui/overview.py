"""The overview, the list of repositories, and adding one."""

from __future__ import annotations

from typing import Any

from flask import flash, redirect, render_template, request, url_for

from gitinsight.domain.access import Permission, Visibility
from gitinsight.errors import ValidationError
from gitinsight.services import analyses, dashboards, insights, repositories
from gitinsight.services.context import tools
from gitinsight.store.repositories import RepositoryQuery
from gitinsight.web.guard import public, requires, viewer
from gitinsight.web.ui import ui
from gitinsight.web.ui.links import links_of

SHOWN_ON_OVERVIEW = 12


@ui.get("/")
@requires(Permission.REPOSITORY_READ)
def overview() -> str:
    """What matters most among the repositories that the viewer may see."""
    page = dashboards.overview(viewer(), RepositoryQuery(limit=SHOWN_ON_OVERVIEW), with_moves=True)
    panels = [
        (number, panel)
        for number, (_, panel) in enumerate(tools().registry.panels)
        if panel.scope == "overview"
    ]
    return render_template(
        "overview.html", page=page, panels=panels, links_of=links_of, section="overview", title="Overview"
    )


@ui.get("/repositories")
@requires(Permission.REPOSITORY_READ)
def repository_list() -> str:
    """The repositories that the viewer may see, filtered by a text."""
    text = request.args.get("q", "")[:200]
    page = dashboards.overview(viewer(), RepositoryQuery(text=text, limit=200))
    return render_template(
        "repositories.html", page=page, search_text=text, section="repositories", title="Repositories"
    )


@ui.get("/repositories/add")
@requires(Permission.REPOSITORY_ANALYZE)
def add_form() -> str:
    """The form that adds a repository."""
    return _add_page("")


def _add_page(problem: str) -> str:
    """The form with what was sent already, so that a wrong address costs no second typing."""
    settings = tools().settings
    return render_template(
        "add.html",
        url=request.form.get("url", ""),
        branch=request.form.get("branch", ""),
        private="private" in request.form,
        problem=problem,
        schemes=sorted(settings.allowed_schemes),
        paths=settings.allow_local_paths,
        section="add",
        title="Add a repository",
    )


@ui.post("/repositories/add")
@requires(Permission.REPOSITORY_ANALYZE)
def add() -> Any:
    """Add a repository, start its analysis and go to its page."""
    url = request.form.get("url", "").strip()
    chosen = Visibility.PRIVATE if request.form.get("private") else Visibility.PUBLIC
    try:
        added = repositories.add(
            viewer(), url, branch=request.form.get("branch", "").strip()[:255], visibility=chosen
        )
        analyses.request_or_join(viewer(), added.id)
    except ValidationError as error:
        return _add_page(error.message), 422
    flash(f"{added.full_name} is being analysed; this page fills in as it goes.", "info")
    return redirect(url_for("ui.repository", repository_id=added.id))


@ui.get("/definitions")
@public
def definitions() -> str:
    """What every number means: all metrics that the installed analyzers declare."""
    return render_template("definitions.html", metrics=insights.declared_metrics(), title="Definitions")
