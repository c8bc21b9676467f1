"""Users and their keys as pages: who there is, what each may do, and taking it away."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, url_for

from gitinsight.domain.access import Permission, Role
from gitinsight.errors import AuthorizationDenied
from gitinsight.services import all_keys, users
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui.admin import admin, asked


@admin.get("/users")
@requires(Permission.ADMIN_USERS)
def list_users() -> str:
    """Who there is, newest first, found by a part of the name or the mail address."""
    page = users.search(viewer(), asked("q"), decode_cursor(asked("cursor"), moment, UUID))
    return render_template(
        "admin/users.html",
        title="Users",
        q=asked("q"),
        users=page.items,
        cursor=_behind(page.items[-1]) if page.more else "",
        is_further=bool(asked("cursor")),
    )


@admin.get("/users/<uuid:user_id>")
@requires(Permission.ADMIN_USERS)
def user(user_id: UUID) -> str:
    """One user: what he may do, and his keys."""
    found = users.get(viewer(), user_id)
    return render_template(
        "admin/user.html",
        title=found.name or found.username,
        user=found,
        roles=users.ROLES,
        is_self=user_id == viewer().user_id,
        keys=all_keys.listing(viewer(), user_id, limit=200).items,
        most_requests=all_keys.MOST_REQUESTS,
    )


@admin.post("/users/<uuid:user_id>/role")
@requires(Permission.ADMIN_USERS)
def change_role(user_id: UUID) -> Any:
    """Give a user another role; of a subscription the tier follows."""
    role = asked("role")
    if role not in {str(one) for one in users.ROLES}:
        return _to(user_id, "There is no such role.", "error")
    return _changed(user_id, {"role": Role(role)}, f"The role is {role} now.")


@admin.post("/users/<uuid:user_id>/shut-out")
@requires(Permission.ADMIN_USERS)
def shut_out(user_id: UUID) -> Any:
    """End all sessions, keys and tokens of a user, and let nobody in by them."""
    return _changed(user_id, {"disabled": True}, "This user is shut out, in every browser and every program.")


@admin.post("/users/<uuid:user_id>/let-in")
@requires(Permission.ADMIN_USERS)
def let_in(user_id: UUID) -> Any:
    """Let a user sign in again."""
    return _changed(user_id, {"disabled": False}, "This user may sign in again, and his keys open again.")


@admin.get("/keys")
@requires(Permission.ADMIN_USERS)
def list_keys() -> str:
    """The keys of all users, newest first."""
    page = all_keys.listing(viewer(), None, decode_cursor(asked("cursor"), moment, UUID))
    return render_template(
        "admin/keys.html",
        title="Keys",
        keys=page.items,
        cursor=_behind(page.items[-1]) if page.more else "",
        is_further=bool(asked("cursor")),
        most_requests=all_keys.MOST_REQUESTS,
    )


@admin.post("/keys/<uuid:key_id>/limit")
@requires(Permission.ADMIN_USERS)
def limit_key(key_id: UUID) -> Any:
    """Give a key a limit of its own, or its user's again where the field is empty."""
    text = asked("rate_limit")
    is_number = text.isascii() and text.isdigit() and len(text) <= len(str(all_keys.MOST_REQUESTS))
    if text and not (is_number and int(text) <= all_keys.MOST_REQUESTS):
        flash(f"A limit is a number from 0 to {all_keys.MOST_REQUESTS:,}, or nothing.", "error")
        return _back()
    key = all_keys.limit(viewer(), key_id, int(text) if text else None)
    told = "the limit of its user" if key.rate_limit is None else f"{key.rate_limit:,} requests an hour"
    flash(f"{key.name} has {told if key.rate_limit != 0 else 'no limit'} now.", "success")
    return _back()


@admin.post("/keys/<uuid:key_id>/revoke")
@requires(Permission.ADMIN_USERS)
def revoke_key(key_id: UUID) -> Any:
    """End a key."""
    all_keys.revoke(viewer(), key_id)
    flash("The key has ended, and every token that came from it.", "success")
    return _back()


def _changed(user_id: UUID, changes: dict[str, Any], told: str) -> Any:
    try:
        users.change(viewer(), user_id, changes)
    except AuthorizationDenied as error:
        return _to(user_id, error.message, "error")
    return _to(user_id, told, "success")


def _to(user_id: UUID, told: str, kind: str) -> Any:
    flash(told, kind)
    return redirect(url_for("admin.user", user_id=user_id))


def _back() -> Any:
    """To the page that the form stood on: a user's, or that of all keys."""
    try:
        return redirect(url_for("admin.user", user_id=UUID(asked("user"))))
    except ValueError:
        return redirect(url_for("admin.list_keys"))


def _behind(last: users.UserView | all_keys.OwnedKey) -> str:
    return encode_cursor(last.created_at.isoformat(), last.id)
