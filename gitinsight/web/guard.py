"""Who asks, and may he: the one check that every request passes before its view runs.

A view declares what it needs with ``requires``, ``signed_in``, ``public`` or ``anonymous``; a view that
declares nothing is closed to everybody, so a forgotten decorator locks a door instead of opening it. Forms
and scripts of a browser session carry a CSRF token; programs that send their own credential need none, but
sign what is ``sensitive``, and change things over the API alone, where that is asked for.
"""

from __future__ import annotations

from typing import Any

from flask import Flask, current_app, g, request
from flask_login import LoginManager, UserMixin, current_user
from flask_wtf.csrf import CSRFError, CSRFProtect

from gitinsight.domain.access import GUEST, Permission, Viewer, allows
from gitinsight.domain.signatures import NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER, SignedRequest
from gitinsight.errors import AuthenticationRequired, AuthorizationDenied, ValidationError
from gitinsight.plugin import requires
from gitinsight.services import api_keys, sessions, tokens
from gitinsight.web import ratelimit
from gitinsight.web.api import PREFIX

__all__ = [
    "SessionUser",
    "anonymous",
    "init_app",
    "look_again",
    "public",
    "requires",
    "sensitive",
    "signed_in",
    "viewer",
]

PUBLIC = "public"
ANONYMOUS = "anonymous"
SIGNED_IN = "signed in"
OPEN = frozenset({PUBLIC, ANONYMOUS})
"""What a view declares that needs nobody to be signed in."""
SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
_LIBRARY_VIEWS = frozenset({"static", "api-docs.openapi_json"})

login_manager = LoginManager()
csrf = CSRFProtect()


class SessionUser(UserMixin):  # type: ignore[misc]
    """The user of a browser session, as flask-login wants it: known by the session's secret."""

    def __init__(self, secret: str, viewer: Viewer | None = None) -> None:
        self.id = secret
        self.viewer = viewer


def public(view: Any) -> Any:
    """Declare that a view answers everybody, signed in or not."""
    view.required_permission = PUBLIC
    return view


def anonymous(view: Any) -> Any:
    """Declare that a view answers everybody without looking at who asks: its answer is the same for all."""
    view.required_permission = ANONYMOUS
    return view


def signed_in(view: Any) -> Any:
    """Declare that a view answers every user, for what is his own."""
    view.required_permission = SIGNED_IN
    return view


def sensitive(view: Any) -> Any:
    """Declare that a program's request has to be signed with its key's signing secret."""
    view.needs_signature = True
    return view


def viewer() -> Viewer:
    """Who asks; a guest where the request was refused before that was looked at."""
    found: Viewer = g.get("viewer", GUEST)
    return found


def init_app(app: Flask) -> None:
    """Put the check before every request of the application."""
    app.config.setdefault("WTF_CSRF_CHECK_DEFAULT", False)
    app.config.setdefault("WTF_CSRF_TIME_LIMIT", None)
    login_manager.session_protection = None
    login_manager.init_app(app)
    login_manager.user_loader(_load_user)
    csrf.init_app(app)
    app.before_request(_recognise)
    app.before_request(ratelimit.count)
    app.before_request(_check)


def _load_user(secret: str) -> SessionUser | None:
    found = sessions.viewer_by_secret(secret)
    return SessionUser(secret, found) if found else None


def _recognise() -> None:
    """Find out who asks, where the answer depends on it."""
    g.viewer = GUEST
    if request.endpoint is None or declared_permission(current_app, request.endpoint) == ANONYMOUS:
        return
    try:
        g.viewer = _identify()
    except AuthenticationRequired:
        ratelimit.count_failure()
        raise


def look_again() -> None:
    """Find out anew who asks, for an answer that goes on for long.

    Raises AuthenticationRequired where the credential of the request has ended since.
    """
    by_session = g.viewer.is_session
    # What the library remembers of the request's user is as old as the request.
    g.pop("_login_user", None)
    g.viewer = _identify()
    if by_session and not g.viewer.is_session:
        raise AuthenticationRequired("Sign in first.")


def _check() -> None:
    """Refuse what the viewer may not do."""
    if request.endpoint is None:
        return
    _refuse_nul()
    needed = declared_permission(current_app, request.endpoint)
    if needed == ANONYMOUS:
        return
    if needed is None:
        raise AuthorizationDenied("This page declares no permission, so nobody may open it.")
    changes = request.method not in SAFE_METHODS
    _require(needed, changes)
    if changes and needed not in OPEN:
        _refuse_program_at_form()
    if changes and (g.viewer.is_session or "Authorization" not in request.headers):
        _check_form()
    if needs_signature(current_app, request.endpoint) and not g.viewer.is_session:
        api_keys.check_signature(g.viewer, _signed_request())


def _refuse_nul() -> None:
    """No database stores a NUL character, so no address, query or form may hold one."""
    forms = (value for values in request.form.listvalues() for value in values)
    if "\0" in request.path or b"%00" in request.query_string or any("\0" in value for value in forms):
        raise ValidationError("The request holds a NUL character.")


def _require(needed: str, changes: bool) -> None:
    """Refuse a viewer without the permission; a guest changes nothing, whatever he may read."""
    if needed == PUBLIC:
        return
    is_guest = g.viewer is GUEST
    if needed == SIGNED_IN:
        if is_guest:
            raise AuthenticationRequired("Sign in first.")
        return
    permission = Permission(needed)
    if is_guest and (changes or not allows(GUEST, permission)):
        raise AuthenticationRequired("Sign in first.", permission=needed)
    if not allows(g.viewer, permission):
        raise AuthorizationDenied(f"This needs the permission {needed}.", permission=needed)


def _refuse_program_at_form() -> None:
    """A page's form does in a browser session what the API wants to be signed."""
    if not g.viewer.is_session and not request.path.startswith(f"{PREFIX}/"):
        raise AuthorizationDenied(f"A form is for a browser session; a program calls the API below {PREFIX}.")


def declared_permission(app: Flask, endpoint: str) -> str | None:
    """What the view behind an endpoint declares: a permission, one of the three words, or None."""
    if endpoint in _LIBRARY_VIEWS:
        return ANONYMOUS
    view = app.view_functions.get(endpoint)
    found = getattr(view, "required_permission", None)
    return str(found) if found is not None else None


def needs_signature(app: Flask, endpoint: str) -> bool:
    """Whether the view behind an endpoint is sensitive."""
    return getattr(app.view_functions.get(endpoint), "needs_signature", False)


def _identify() -> Viewer:
    scheme, _, credential = request.headers.get("Authorization", "").partition(" ")
    if scheme:
        if scheme.lower() != "bearer" or not credential.strip():
            raise AuthenticationRequired("Send the API key or token as: Authorization: Bearer <key>")
        return _viewer_by(credential.strip())
    if current_user.is_authenticated:
        found: Viewer = current_user.viewer
        return found
    return GUEST


def _viewer_by(credential: str) -> Viewer:
    """A JSON Web Token has two dots, and a key has none."""
    if credential.count(".") == 2:
        return tokens.viewer_by_token(credential)
    return api_keys.viewer_by_key(credential)


def _signed_request() -> SignedRequest:
    query = request.query_string.decode("latin-1")
    return SignedRequest(
        request.method,
        request.environ.get("RAW_URI") or request.path + (f"?{query}" if query else ""),
        request.get_data(cache=True),
        *(request.headers.get(name, "") for name in (TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER)),
    )


def _check_form() -> None:
    try:
        csrf.protect()
    except CSRFError as error:
        raise AuthorizationDenied(
            "The form's token is missing or out of date: reload the page and send it again."
        ) from error
