"""How authlib speaks with identity providers: state, PKCE, nonce.

What a provider says of an account is read here once, and only what it vouches for goes on.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from authlib.common.errors import AuthlibBaseError
from authlib.integrations.flask_client import FlaskOAuth2App, OAuth
from flask import Flask, session
from joserfc.errors import JoseError
from requests import RequestException

from gitinsight.config import Settings
from gitinsight.errors import AuthenticationRequired
from gitinsight.services.identities import GITHUB, External
from gitinsight.web.auth.providers import Provider

OIDC = "oidc"
SECONDS = 10
_SILENT = "{} did not answer as expected: try again later."
_PKCE = "S256"
_QUESTION = "_state_"
"""How the names begin under which authlib keeps in the session what it asked."""
_QUESTIONS_KEPT = 3
_Reader = Callable[[Any, Mapping[str, Any]], External]
_DISCOVERY = "/.well-known/openid-configuration"
_TOLD = {"bio": "bio", "location": "location", "company": "company", "avatar_url": "avatar_url"}


class _Discovered(FlaskOAuth2App):  # type: ignore[misc]
    """A client that believes metadata of the issuer alone whom the operator named (OpenID Connect Discovery, 4.3)."""

    def load_server_metadata(self) -> Any:
        """The metadata; ValueError where another issuer stands in it."""
        metadata = super().load_server_metadata()
        if str(metadata.get("issuer")).rstrip("/") != self._server_metadata_url.removesuffix(_DISCOVERY):
            # What is remembered would be believed until the process ends.
            self.server_metadata.pop("_loaded_at")
            raise ValueError("metadata of another issuer")
        return metadata


def providers(app: Flask, settings: Settings) -> list[Provider]:
    """The providers that the settings name."""
    oauth, found = OAuth(app), []
    if settings.github_client_id:
        found.append(_provider(GITHUB, "GitHub", _github(oauth, settings), _github_account))
    if settings.oidc_issuer:
        found.append(_provider(OIDC, settings.oidc_name, _oidc(oauth, settings), _oidc_account))
    return found


def _provider(name: str, title: str, client: Any, read: _Reader) -> Provider:
    return Provider(name, title, partial(_ask, title, client), partial(_account, title, client, read))


def _ask(title: str, client: Any, back: str) -> Any:
    _forget_old_questions()
    try:
        return client.authorize_redirect(back)
    except (RequestException, KeyError, TypeError, ValueError) as error:
        raise AuthenticationRequired(_SILENT.format(title)) from error


def _forget_old_questions() -> None:
    """Drop all but the newest questions that were never answered: browsers drop a cookie of more than 4 KB."""
    questions = [name for name in session if name.startswith(_QUESTION)]
    for name in sorted(questions, key=lambda name: float(session[name]["exp"]))[: 1 - _QUESTIONS_KEPT]:
        del session[name]


def _account(title: str, client: Any, read: _Reader) -> External:
    try:
        return read(client, client.authorize_access_token(timeout=SECONDS))
    except (AuthlibBaseError, JoseError) as error:
        reason = "You declined." if error.error == "access_denied" else "Begin again from the sign-in page."
        raise AuthenticationRequired(f"{title} did not sign you in. {reason}") from error
    except (RequestException, KeyError, TypeError, ValueError) as error:
        raise AuthenticationRequired(_SILENT.format(title)) from error


def _github(oauth: OAuth, settings: Settings) -> Any:
    site = settings.github_url
    api = "https://api.github.com" if site == "https://github.com" else f"{site}/api/v3"
    return oauth.register(
        GITHUB,
        client_id=settings.github_client_id,
        client_secret=settings.github_client_secret,
        authorize_url=f"{site}/login/oauth/authorize",
        access_token_url=f"{site}/login/oauth/access_token",
        api_base_url=f"{api}/",
        client_kwargs={
            "scope": "read:user user:email",
            "code_challenge_method": _PKCE,
            "default_timeout": SECONDS,
        },
    )


def _github_account(client: Any, token: Mapping[str, Any]) -> External:
    headers = {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    person, mails = (
        _answer(client.get(path, token=token, headers=headers, timeout=SECONDS))
        for path in ("user", "user/emails")
    )
    verified = [mail["email"] for mail in mails if mail["verified"] is True and mail["primary"] is True]
    return External(
        GITHUB,
        str(int(person["id"])),
        str(person["login"]),
        str(person.get("name") or ""),
        str(verified[0]) if verified else None,
        token=str(token["access_token"]),
        **{field: str(person[name]) for field, name in _TOLD.items() if person.get(name)},
    )


def _oidc(oauth: OAuth, settings: Settings) -> Any:
    return oauth.register(
        OIDC,
        client_id=settings.oidc_client_id,
        client_secret=settings.oidc_client_secret,
        client_cls=_Discovered,
        server_metadata_url=f"{settings.oidc_issuer.rstrip('/')}{_DISCOVERY}",
        client_kwargs={
            "scope": "openid profile email",
            "code_challenge_method": _PKCE,
            "default_timeout": SECONDS,
        },
    )


def _oidc_account(client: Any, token: Mapping[str, Any]) -> External:  # noqa: ARG001
    """What the signed id token says; authlib has checked signature, issuer, audience, nonce and time."""
    claims = token["userinfo"]
    return External(
        OIDC,
        str(claims["sub"]),
        str(claims.get("preferred_username") or claims.get("nickname") or claims.get("name") or ""),
        str(claims.get("name") or ""),
        str(claims["email"]) if claims.get("email") and claims.get("email_verified") is True else None,
        str(claims["picture"]) if claims.get("picture") else None,
        token=str(token["access_token"]),
    )


def _answer(response: Any) -> Any:
    response.raise_for_status()
    return response.json()
