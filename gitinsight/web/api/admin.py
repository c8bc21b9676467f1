"""What admins ask: the audit log."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission
from gitinsight.services import audit
from gitinsight.store.audit import AuditQuery
from gitinsight.web.api import admin_schemas as shapes
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.guard import requires, viewer

blueprint = ApiBlueprint("administration", __name__, description="For admins")


@blueprint.get("/admin/audit")
@requires(Permission.ADMIN_SYSTEM)
@blueprint.arguments(shapes.AuditListQuery, location="query")
@blueprint.response(200, shapes.AuditPageSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_audit(query: dict[str, Any]) -> dict[str, Any]:
    """Who did what, newest first."""
    after = decode_cursor(query.pop("cursor"), moment, UUID)
    page = audit.search(viewer(), AuditQuery(**query, after=after))
    last = page.items[-1] if page.more else None
    return {"items": page.items, "next_cursor": encode_cursor(last.at.isoformat(), last.id) if last else None}
