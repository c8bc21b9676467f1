"""Signing in and out of the browser session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user

from gitinsight.errors import AuthenticationRequired
from gitinsight.services import accounts
from gitinsight.web.guard import SessionUser, public

auth = Blueprint("auth", __name__)


def init_app(app: Flask) -> None:
    """Mount the pages."""
    app.register_blueprint(auth)


@auth.get("/login")
@public
def login() -> str:
    """How one signs in to this installation."""
    return render_template("login.html", next=local_path(request.args.get("next", "")))


@auth.get("/login/link/<secret>")
@public
def login_by_link(secret: str) -> Any:
    """Sign in by a one-time link, then go to where the link leads."""
    try:
        user_id = accounts.sign_in_by_link(secret)
    except AuthenticationRequired as error:
        return render_template("login.html", next="/", problem=error.message), 401
    viewer = accounts.viewer_by_id(user_id)
    assert viewer is not None
    # A session that existed before the login must not live on under the new user.
    session.clear()
    login_user(SessionUser(viewer))
    return redirect(local_path(request.args.get("next", "")))


@auth.post("/logout")
@public
def logout() -> Any:
    """Close the session."""
    logout_user()
    session.clear()
    flash("You are signed out.", "info")
    return redirect(url_for("ui.overview"))


def local_path(target: str) -> str:
    """The target where it is a path on this site, else the front page."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    if plain and not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable():
        return target
    return "/"
