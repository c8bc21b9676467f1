"""Signing in at an identity provider: there, and back."""

from __future__ import annotations

from typing import Any

from flask import redirect, request, session, url_for

from gitinsight.errors import NotFound
from gitinsight.services import identities
from gitinsight.services.context import tools
from gitinsight.web import ratelimit
from gitinsight.web.auth import auth, enter, is_asked_for, local_path, origin, providers
from gitinsight.web.auth.providers import Provider
from gitinsight.web.guard import public, viewer
from gitinsight.web.security import secret_answer

_NEXT = "sign_in_next"


@auth.get("/auth/<provider>")
@public
def ask_provider(provider: str) -> Any:
    """Send the browser to the provider, with state and PKCE bound to its session, or to choose so first."""
    found, target = _named(provider), local_path(request.args.get("next", ""))
    if not is_asked_for(request.args.get("begin", "")):
        return redirect(url_for("auth.login", next=target))
    session[_NEXT] = target
    back = url_for("auth.back_from_provider", provider=provider)
    base = tools().settings.base_url or request.host_url.rstrip("/")
    return found.ask(f"{base}{back}")


@auth.get("/auth/<provider>/callback")
@public
@secret_answer
def back_from_provider(provider: str) -> Any:
    """Sign in whom the provider's answer speaks of, then go on to where the browser wanted."""
    found = _named(provider)
    with ratelimit.attempt("login"):
        external = found.account()
    target = local_path(session.get(_NEXT, ""))
    with ratelimit.attempt("login", f"{external.provider}:{external.subject}"):
        opened = identities.sign_in(viewer(), external, origin())
    enter(opened)
    return redirect(target)


def _named(name: str) -> Provider:
    found = providers.named(name)
    if found is None:
        raise NotFound("This installation has no identity provider of this name.")
    return found
