"""The identity providers of this installation; ``oauth`` knows how one speaks with them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from flask import Flask, current_app

from gitinsight.config import Settings
from gitinsight.services.context import EXTENSION as TOOLBOX
from gitinsight.services.identities import External

EXTENSION = "gitinsight-providers"


@dataclass(frozen=True, slots=True)
class Provider:
    """One provider: its name for addresses, its title for people, and the two steps of signing in there.

    ``ask`` gives the answer that sends the browser there, and from there back to an address of ours; it raises
    AuthenticationRequired where the provider cannot be asked. ``account`` tells whose account the provider's answer in this request speaks of. It raises
    AuthenticationRequired where the person declined, where the answer is not one to a question of this
    browser, or where the provider does not confirm it.
    """

    name: str
    title: str
    ask: Callable[[str], Any]
    account: Callable[[], External]


def init_app(app: Flask) -> None:
    """Know the providers that the settings name; none is spoken to before somebody signs in."""
    settings: Settings = app.extensions[TOOLBOX].settings
    found: list[Provider] = []
    if settings.github_client_id or settings.oidc_issuer:
        # Most installations have no provider, and need not hold authlib and requests in every process.
        from gitinsight.web.auth import oauth

        found = oauth.providers(app, settings)
    app.extensions[EXTENSION] = {provider.name: provider for provider in found}


def offered() -> list[Provider]:
    """The providers that one can sign in with."""
    return list(current_app.extensions[EXTENSION].values())


def named(name: str) -> Provider | None:
    """The provider of this name, None where the settings name none."""
    found: Provider | None = current_app.extensions[EXTENSION].get(name)
    return found
