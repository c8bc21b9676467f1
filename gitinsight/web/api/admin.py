"""What admins do over the API: users, keys, and what happened."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission, Role, Tier
from gitinsight.services import all_keys, audit, users
from gitinsight.services.all_keys import OwnedKey
from gitinsight.services.users import UserView
from gitinsight.store.audit import AuditQuery
from gitinsight.web.api import admin_schemas as shapes
from gitinsight.web.api import schemas
from gitinsight.web.api.auth_schemas import UserSchema
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.guard import requires, sensitive, viewer

blueprint = ApiBlueprint("administration", __name__, description="For admins: users, keys, the audit log")


@blueprint.get("/admin/users")
@requires(Permission.ADMIN_USERS)
@blueprint.arguments(shapes.UserListQuery, location="query")
@blueprint.response(200, shapes.UserPageSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_users(query: dict[str, Any]) -> dict[str, Any]:
    """All users, newest first."""
    after = decode_cursor(query["cursor"], moment, UUID)
    page = users.search(viewer(), query["q"], after, query["limit"])
    last = page.items[-1] if page.more else None
    return {"items": page.items, "next_cursor": _behind(last)}


@blueprint.get("/admin/users/<uuid:user_id>")
@requires(Permission.ADMIN_USERS)
@blueprint.response(200, UserSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_user(user_id: UUID) -> UserView:
    """One user."""
    return users.get(viewer(), user_id)


@blueprint.patch("/admin/users/<uuid:user_id>")
@requires(Permission.ADMIN_USERS)
@sensitive
@blueprint.arguments(shapes.UserChange)
@blueprint.response(200, UserSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def change_user(body: dict[str, Any], user_id: UUID) -> UserView:
    """Change a user's role or subscription, shut him out or let him in again."""
    kinds = {"role": Role, "subscription_tier": Tier, "disabled": bool}
    return users.change(viewer(), user_id, {name: kinds[name](value) for name, value in body.items()})


@blueprint.get("/admin/keys")
@requires(Permission.ADMIN_USERS)
@blueprint.arguments(shapes.KeyListQuery, location="query")
@blueprint.response(200, shapes.OwnedKeyPageSchema)
@blueprint.alt_response(401, schema=schemas.ErrorSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def list_all_keys(query: dict[str, Any]) -> dict[str, Any]:
    """The API keys of all users or of one, newest first; their secrets are not stored."""
    after = decode_cursor(query["cursor"], moment, UUID)
    page = all_keys.listing(viewer(), query["user_id"], after, query["limit"])
    last = page.items[-1] if page.more else None
    return {"items": page.items, "next_cursor": _behind(last)}


@blueprint.patch("/admin/keys/<uuid:key_id>")
@requires(Permission.ADMIN_USERS)
@sensitive
@blueprint.arguments(shapes.KeyChange)
@blueprint.response(200, shapes.OwnedKeySchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def limit_key(body: dict[str, Any], key_id: UUID) -> OwnedKey:
    """Give a key a limit of its own, or its user's again."""
    return all_keys.limit(viewer(), key_id, body["rate_limit"])


@blueprint.delete("/admin/keys/<uuid:key_id>")
@requires(Permission.ADMIN_USERS)
@sensitive
@blueprint.response(204)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def revoke_any_key(key_id: UUID) -> None:
    """End a key of whomever, and every token that came from it."""
    all_keys.revoke(viewer(), key_id)


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


def _behind(last: UserView | OwnedKey | None) -> str | None:
    return encode_cursor(last.created_at.isoformat(), last.id) if last else None
