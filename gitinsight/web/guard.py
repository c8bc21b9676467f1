"""Who asks, and may he: the one check that every request passes before its view runs.

A view declares what it needs with ``requires`` or ``public``; a view that declares nothing is closed to
everybody, so a forgotten decorator locks a door instead of opening it. Forms and scripts of a browser
session carry a CSRF token; programs that send their own credential need none.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from gitinsight.domain.access import GUEST, Permission, Viewer, allows
from gitinsight.errors import AuthenticationRequired, AuthorizationDenied, ValidationError
from gitinsight.plugin import requires
from gitinsight.services import accounts

__all__ = ["SessionUser", "init_app", "public", "requires", "viewer"]

PUBLIC = "public"
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LIBRARY_VIEWS = frozenset({"static", "api-docs.openapi_json"})

login_manager = LoginManager()
csrf = CSRFProtect()


class SessionUser(UserMixin):  # type: ignore[misc]
    """The user of a browser session, as flask-login wants it."""

    def __init__(self, viewer: Viewer) -> None:
        self.id = str(viewer.user_id)
        self.viewer = viewer


def public(view: Any) -> Any:
    """Declare that a view answers everybody, signed in or not."""
    view.required_permission = PUBLIC
    return view


def viewer() -> Viewer:
    """Who asks."""
    found: Viewer = g.viewer
    return found


def init_app(app: Flask) -> None:
    """Put the check before every request of the application."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    login_manager.session_protection = "basic"
    login_manager.init_app(app)
    login_manager.user_loader(_load_user)
    csrf.init_app(app)
    app.before_request(_check)


def _load_user(user_id: str) -> SessionUser | None:
    try:
        found = accounts.viewer_by_id(UUID(user_id))
    except ValueError:
        return None
    return SessionUser(found) if found else None


def _check() -> None:
    g.viewer = GUEST
    if request.endpoint is None:
        return
    _refuse_nul()
    needed = declared_permission(current_app, request.endpoint)
    if needed == PUBLIC and (request.endpoint in _LIBRARY_VIEWS or request.blueprint == "ops"):
        return
    g.viewer = _identify()
    if needed is None:
        raise AuthorizationDenied("This page declares no permission, so nobody may open it.")
    changes = request.method not in SAFE_METHODS
    if needed != PUBLIC and (changes or not allows(g.viewer, Permission(needed))):
        _require(Permission(needed))
    if changes and (g.viewer.session or "Authorization" not in request.headers):
        _check_form()


def _refuse_nul() -> None:
    """No database stores a NUL character, so no address, query or form may hold one."""
    forms = (value for values in request.form.listvalues() for value in values)
    if "\0" in request.path or b"%00" in request.query_string or any("\0" in value for value in forms):
        raise ValidationError("The request holds a NUL character.")


def _require(permission: Permission) -> None:
    """Refuse a viewer without the permission; a guest changes nothing, whatever he may read."""
    if g.viewer is GUEST:
        raise AuthenticationRequired("Sign in first.", permission=str(permission))
    if not allows(g.viewer, permission):
        raise AuthorizationDenied(f"This needs the permission {permission}.", permission=str(permission))


def declared_permission(app: Flask, endpoint: str) -> str | None:
    """What the view behind an endpoint declares: a permission, "public", or None."""
    if endpoint in _LIBRARY_VIEWS:
        return PUBLIC
    view = app.view_functions.get(endpoint)
    found = getattr(view, "required_permission", None)
    return str(found) if found is not None else None


def _identify() -> Viewer:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not credential.strip():
            raise AuthenticationRequired("Send the API key as: Authorization: Bearer <key>")
        return accounts.viewer_by_key(credential.strip())
    if current_user.is_authenticated:
        found: Viewer = current_user.viewer
        return found
    return GUEST


def _check_form() -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise AuthorizationDenied(
            "The form's token is missing or out of date: reload the page and send it again."
        ) from error
