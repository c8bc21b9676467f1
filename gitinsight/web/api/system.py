"""The installation as a whole: whether it works, what it does, what it is made of."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission, allows
from gitinsight.services import health, oversight
from gitinsight.services.oversight import Statistics
from gitinsight.store.jobs import JobQuery
from gitinsight.web.api import schemas
from gitinsight.web.api import system_schemas as shapes
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.api.repository_schemas import JobListQuery
from gitinsight.web.guard import public, requires, viewer

blueprint = ApiBlueprint("system", __name__, description="The installation as a whole")


@blueprint.get("/system/status")
@public
@blueprint.response(200, shapes.StatusSchema)
def get_status() -> dict[str, Any]:
    """Whether every part works; for admins also what is wrong, and the version."""
    state = health.check()
    is_told_all = allows(viewer(), Permission.ADMIN_SYSTEM)
    return {
        "status": "ok" if state.ok else "failing",
        "parts": [
            {"name": part.name, "ok": part.ok, "detail": part.detail if is_told_all else None}
            for part in state.parts
        ],
        "version": state.version if is_told_all else None,
        "plugin_failures": len(health.plugin_failures()) if is_told_all else None,
    }


@blueprint.get("/system/stats")
@requires(Permission.ADMIN_SYSTEM)
@blueprint.response(200, shapes.StatisticsSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def get_statistics() -> Statistics:
    """What the installation holds, and how its analyses did in the last seven days."""
    return oversight.statistics(viewer())


@blueprint.get("/admin/jobs")
@requires(Permission.ADMIN_SYSTEM)
@blueprint.arguments(JobListQuery, location="query")
@blueprint.response(200, shapes.NamedJobPageSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_all_jobs(query: dict[str, Any]) -> dict[str, Any]:
    """The analyses of all repositories, newest first; one is cancelled as everywhere, by DELETE /jobs/{id}."""
    wanted = JobQuery(query["state"], decode_cursor(query["cursor"], moment, UUID), query["limit"])
    page = oversight.analyses(viewer(), wanted)
    last = page.items[-1].job if page.more else None
    cursor = encode_cursor(last.created_at.isoformat(), last.id) if last else None
    return {"items": page.items, "next_cursor": cursor}


@blueprint.get("/admin/plugins")
@requires(Permission.ADMIN_SYSTEM)
@blueprint.response(200, shapes.PluginListSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_plugins() -> dict[str, Any]:
    """The installed plugins: what each brings, and what it could not do."""
    return {"items": oversight.plugins(viewer())}


@blueprint.get("/admin/settings")
@requires(Permission.ADMIN_SYSTEM)
@blueprint.response(200, shapes.SettingListSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_settings() -> dict[str, Any]:
    """The settings of the process that answers; they are changed where it is started."""
    return {"items": oversight.settings(viewer())}
