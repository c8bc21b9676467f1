"""A repository's page, its fragments, and what one can do there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from gitinsight.domain.access import Permission
from gitinsight.domain.schedules import Schedule, may_choose
from gitinsight.errors import AnalysisInProgress, ValidationError
from gitinsight.services import analyses, dashboards, insights, repositories, repository_settings
from gitinsight.services.context import tools
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui import exports, tabs, ui
from gitinsight.web.ui.links import links_of


@ui.get("/repositories/<uuid:repository_id>")
@requires(Permission.REPOSITORY_READ)
def repository(repository_id: UUID) -> str:
    """The first screen of a repository, or one of its tabs."""
    return render_template("repository.html", **_context(repository_id))


@ui.get("/repositories/<uuid:repository_id>/results")
@requires(Permission.REPOSITORY_READ)
def results(repository_id: UUID) -> str:
    """The parts of the page that fill in while the analyzers finish."""
    context = _context(repository_id)
    facts = render_template("fragments/facts.html", **context, out_of_band=True)
    return render_template("fragments/results.html", **context) + facts


@ui.get("/repositories/<uuid:repository_id>/progress")
@requires(Permission.REPOSITORY_READ)
def progress(repository_id: UUID) -> str:
    """The progress box, for browsers whose WebSocket does not get through."""
    return progress_fragments(repository_id, seen=request.args.get("seen", ""))


def progress_fragments(repository_id: UUID, seen: str | None, out_of_band: bool = False) -> str:
    """The progress box as of now, and the order to fetch the results where the page shows others.

    ``seen`` is the stamp of what it shows; None leaves the results alone.
    """
    job = analyses.newest(viewer(), repository_id)
    box = render_template(
        "fragments/progress.html", job=job, repository_id=repository_id, out_of_band=out_of_band
    )
    if job is None or seen is None or job.stamp == seen:
        return box
    return box + render_template("fragments/refresh.html", repository_id=repository_id, stamp=job.stamp)


def _context(repository_id: UUID, tab: str = "") -> dict[str, Any]:
    page = dashboards.repository_page(viewer(), repository_id)
    registry = tools().registry
    chosen = tabs.choose(page, tab or request.args.get("tab", "overview"))
    return {
        "page": page,
        "tab": chosen,
        "tabs": tabs.labels(page, registry),
        "series": insights.newest_values(viewer(), repository_id) if chosen.key == "numbers" else [],
        "panels": [(n, panel) for n, (_, panel) in enumerate(registry.panels) if panel.scope == "repository"],
        "links": links_of(page.repository),
        "exports": exports.menu(page, viewer()),
        "schedules": [each for each in Schedule if may_choose(viewer().role, each)],
        "section": "repositories",
        "title": page.repository.full_name,
    }


@ui.post("/repositories/<uuid:repository_id>/analyze")
@requires(Permission.REPOSITORY_ANALYZE)
def analyze(repository_id: UUID) -> Any:
    """Analyse again."""
    try:
        analyses.request(viewer(), repository_id)
    except AnalysisInProgress as error:
        flash(error.message, "info")
    return redirect(url_for("ui.repository", repository_id=repository_id))


@ui.post("/repositories/<uuid:repository_id>/follow")
@requires(Permission.REPOSITORY_READ)
def follow(repository_id: UUID) -> Any:
    """Follow or stop following."""
    if repositories.is_followed(viewer(), repository_id):
        repositories.unfollow(viewer(), repository_id)
    else:
        repositories.follow(viewer(), repository_id)
    return redirect(url_for("ui.repository", repository_id=repository_id))


@ui.post("/repositories/<uuid:repository_id>/schedule")
@requires(Permission.REPOSITORY_ANALYZE)
def set_schedule(repository_id: UUID) -> Any:
    """Choose how often the repository is analysed by itself."""
    # Whether it exists for the viewer is told before what is wrong with the form.
    repositories.get(viewer(), repository_id)
    try:
        schedule = Schedule(request.form.get("schedule", ""))
    except ValueError as error:
        raise ValidationError(f"Choose one of {', '.join(Schedule)}.") from error
    repository_settings.update(viewer(), repository_id, {"schedule": schedule})
    flash(
        "It is not analysed by itself." if schedule is Schedule.OFF else f"It is analysed {schedule}.", "info"
    )
    return redirect(url_for("ui.repository", repository_id=repository_id, tab="numbers"))


@ui.post("/repositories/<uuid:repository_id>/paths")
@requires(Permission.REPOSITORY_ANALYZE)
def set_paths(repository_id: UUID) -> Any:
    """Choose which paths count; the numbers follow with the next analysis, and what is refused can be mended."""
    repositories.get(viewer(), repository_id)
    typed = {name: request.form.get(name, "").splitlines() for name in ("include_paths", "exclude_paths")}
    wanted = {name: [line.strip() for line in lines if line.strip()] for name, lines in typed.items()}
    try:
        repository_settings.update(viewer(), repository_id, wanted)
    except ValidationError as error:
        context = _context(repository_id, "numbers") | {"typed": wanted, "problem": error.message}
        return render_template("repository.html", **context), 422
    flash("The next analysis counts these paths. Until then the numbers are of the ones before.", "info")
    return redirect(url_for("ui.repository", repository_id=repository_id, tab="numbers"))


@ui.post("/repositories/<uuid:repository_id>/remove")
@requires(Permission.REPOSITORY_ANALYZE)
def remove(repository_id: UUID) -> Any:
    """Remove the repository; the form asks for its name, so that no click does it by mistake."""
    name = repositories.get(viewer(), repository_id).full_name
    if request.form.get("confirm", "").strip() != name:
        flash(f"To remove the repository, type its name: {name}", "warning")
        return redirect(url_for("ui.repository", repository_id=repository_id, tab="numbers"))
    repositories.remove(viewer(), repository_id)
    flash(f"{name} and all its data are removed.", "info")
    return redirect(url_for("ui.overview"))
