"""Signing in and out of the browser session."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, flash, redirect, render_template, request, session, url_for
from flask_login import login_user, logout_user

from gitinsight.errors import AuthenticationRequired
from gitinsight.services import accounts
from gitinsight.services.accounts import Origin
from gitinsight.web import ratelimit
from gitinsight.web.auth import providers
from gitinsight.web.guard import SessionUser, public, viewer
from gitinsight.web.security import leaving_answer, secret_answer

auth = Blueprint("auth", __name__)


def init_app(app: Flask) -> None:
    """Mount the pages."""
    from gitinsight.web.auth import external

    assert external
    providers.init_app(app)
    app.register_blueprint(auth)


@auth.get("/login")
@public
def login() -> Any:
    """How one signs in to this installation."""
    target = local_path(request.args.get("next", ""))
    return render_template("login.html", next=target, providers=providers.offered())


@auth.get("/login/link/<secret>")
@public
@secret_answer
def login_by_link(secret: str) -> Any:
    """Sign in by a one-time link, then go to where the link leads."""
    try:
        with ratelimit.attempt("login"):
            opened = accounts.sign_in_by_link(secret, origin())
    except AuthenticationRequired as error:
        page = render_template("login.html", next="/", problem=error.message, providers=providers.offered())
        return page, 401
    enter(opened)
    return redirect(local_path(request.args.get("next", "")))


@auth.post("/logout")
@public
@leaving_answer
def logout() -> Any:
    """Close the session, here and in the database."""
    accounts.sign_out(viewer())
    logout_user()
    session.clear()
    flash("You are signed out.", "info")
    return redirect(url_for("ui.overview"))


def enter(opened: str) -> None:
    """Give the browser the cookie of a new session, and end the one that it had.

    What its cookie held before must not live on under the new user.
    """
    accounts.sign_out(viewer())
    session.clear()
    login_user(SessionUser(opened))
    session.permanent = True


def origin() -> Origin:
    """Where this request comes from."""
    return Origin(request.headers.get("User-Agent", ""), request.remote_addr or "")


def local_path(target: str) -> str:
    """The target where it is a path on this site, else the front page."""
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    if plain and not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable():
        return target
    return "/"
