"""A user's own page: his keys, his sessions, and how he signs in."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from flask import flash, redirect, render_template, request, url_for

from gitinsight.domain.access import Permission
from gitinsight.errors import ValidationError
from gitinsight.services import api_keys, sessions, users
from gitinsight.services.api_keys import IssuedKey, KeyOrder
from gitinsight.web.guard import sensitive, signed_in, viewer
from gitinsight.web.security import leaving_answer, secret_answer
from gitinsight.web.ui import ui

LIFETIMES = (30, 90, 365)
"""The days that the form offers; a key that never expires is for the command line and the API."""
_LONGEST_NAME = 100


@ui.get("/account")
@signed_in
@sensitive
def account() -> str:
    """Keys and sessions."""
    return _page()


@ui.post("/account/keys")
@signed_in
@secret_answer
def create_key() -> Any:
    """Make a key and show its secrets this once."""
    name = request.form.get("name", "").strip()
    days = request.form.get("days", "")
    if not name or len(name) > _LONGEST_NAME or days not in map(str, LIFETIMES):
        return _page(problem=f"A name of at most {_LONGEST_NAME} characters, please."), 422
    try:
        scopes = tuple(Permission(scope) for scope in sorted(set(request.form.getlist("scope"))))
        issued = api_keys.issue(viewer(), KeyOrder(name, scopes, timedelta(days=int(days))))
    except ValueError:
        return _page(problem="There is no such right."), 422
    except ValidationError as error:
        return _page(problem=error.message), 422
    return _page(issued=issued)


@ui.post("/account/keys/<uuid:key_id>/revoke")
@signed_in
def revoke_key(key_id: UUID) -> Any:
    """End a key."""
    api_keys.revoke(viewer(), key_id)
    flash("The key has ended, and every token that came from it.", "success")
    return redirect(url_for("ui.account"))


@ui.post("/account/sessions/<uuid:session_id>/end")
@signed_in
def end_session(session_id: UUID) -> Any:
    """Sign another browser out."""
    sessions.end(viewer(), session_id)
    flash("That browser is signed out.", "success")
    return redirect(url_for("ui.account"))


@ui.post("/account/sessions/end")
@signed_in
@leaving_answer
def end_all_sessions() -> Any:
    """Sign every browser out, this one too."""
    sessions.end_all(viewer())
    return redirect(url_for("auth.login"))


def _page(issued: IssuedKey | None = None, problem: str = "") -> str:
    return render_template(
        "account.html",
        title="Account",
        user=users.me(viewer()),
        keys=api_keys.listing(viewer()),
        sessions=sessions.listing(viewer()),
        scopes=sorted(viewer().permissions),
        lifetimes=LIFETIMES,
        issued=issued,
        problem=problem,
    )
