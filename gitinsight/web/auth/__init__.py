"""Signing in and out of the browser session."""

from __future__ import annotations

import hmac
import secrets
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

_BEGIN = "sign_in_begin"
_LONGEST_TARGET = 1000
"""Longer ones would not fit into the cookie that a sign-in needs; browsers drop one of more than 4 KB."""


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
    return _page(local_path(request.args.get("next", "")))


@auth.get("/login/link/<secret>")
@public
@secret_answer
def login_by_link(secret: str) -> Any:
    """Sign in by a one-time link, then go to where the link leads."""
    try:
        with ratelimit.attempt("login"):
            opened = accounts.sign_in_by_link(secret, origin())
    except AuthenticationRequired as error:
        return _page("/", error.message), 401
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


def _page(target: str, problem: str = "") -> str:
    """The sign-in page, whose links alone begin a sign-in at a provider in this browser."""
    begin = session.setdefault(_BEGIN, secrets.token_urlsafe(16))
    offered = providers.offered()
    return render_template("login.html", next=target, providers=offered, begin=begin, problem=problem)


def is_asked_for(begin: str) -> bool:
    """Whether a sign-in at a provider begins on a page of ours, where somebody chose it.

    A link of another site must not sign a browser in, nor join the provider's account with whoever is signed
    in here.
    """
    shown: str = session.get(_BEGIN, "")
    return bool(shown) and hmac.compare_digest(begin.encode(), shown.encode())


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
    if len(target) > _LONGEST_TARGET:
        return "/"
    parts = urlsplit(target)
    plain = target.startswith("/") and not target.startswith(("//", "/\\"))
    if plain and not parts.scheme and not parts.netloc and "\\" not in target and target.isprintable():
        return target
    return "/"
