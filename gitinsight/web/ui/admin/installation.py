"""The installation as pages: analyses under way, plugins, and how the parts do."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for

from gitinsight.domain.access import Permission
from gitinsight.domain.lifecycle import JobState
from gitinsight.services import analyses, health, oversight
from gitinsight.store.jobs import JobQuery
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui.admin import admin, asked


@admin.get("/jobs")
@requires(Permission.ADMIN_SYSTEM)
def list_jobs() -> str:
    """The analyses of all repositories, newest first."""
    state = asked("state") if asked("state") in {str(one) for one in JobState} else ""
    page = oversight.analyses(viewer(), JobQuery(state, decode_cursor(asked("cursor"), moment, UUID)))
    last = page.items[-1].job if page.more else None
    return render_template(
        "admin/jobs.html",
        title="Analyses",
        states=list(JobState),
        state_asked=state,
        jobs=page.items,
        cursor=encode_cursor(last.created_at.isoformat(), last.id) if last else "",
        is_further=bool(asked("cursor")),
    )


@admin.post("/jobs/<uuid:job_id>/cancel")
@requires(Permission.ADMIN_SYSTEM)
def cancel_job(job_id: UUID) -> Any:
    """Cancel an analysis, and stay at the list."""
    analyses.cancel(viewer(), job_id)
    flash("The analysis is cancelled.", "success")
    return redirect(url_for("admin.list_jobs"))


@admin.get("/plugins")
@requires(Permission.ADMIN_SYSTEM)
def plugins() -> str:
    """What is installed, what it brings, what went wrong."""
    return render_template("admin/plugins.html", title="Plugins", plugins=oversight.plugins(viewer()))


@admin.get("/system")
@requires(Permission.ADMIN_SYSTEM)
def system() -> str:
    """The parts, the figures, the settings."""
    return render_template(
        "admin/system.html",
        title="System",
        health=health.check(),
        statistics=oversight.statistics(viewer()),
        settings=oversight.settings(viewer()),
        window_days=oversight.WINDOW.days,
    )
