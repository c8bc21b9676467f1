"""An identity provider of the tests' own: GitHub's OAuth endpoints and OpenID Connect, as published.

The answers have the fields of GitHub's REST description (``private-user``, ``email``) and of OpenID Connect
Core 1.0; the token endpoints check the client, the code, the redirect address and PKCE as providers do.
"""

from __future__ import annotations

import secrets
from base64 import urlsafe_b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from time import time
from typing import Any
from urllib.parse import urlencode

from flask import Flask, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import ECKey

from tests.serving import served

CLIENT_ID, CLIENT_SECRET = "the-client", "the-secret"


@dataclass
class Provider:
    """What the provider will say, and what it was asked; ``address`` is where it is served."""

    address: str = ""
    user: dict[str, Any] = field(default_factory=dict)
    emails: list[dict[str, Any]] = field(default_factory=list)
    claims: dict[str, Any] = field(default_factory=dict)
    declines: bool = False
    key: ECKey = field(default_factory=lambda: ECKey.generate_key("P-256", {"kid": "p"}, private=True))
    signing: ECKey | None = None
    """The key that signs id tokens where it is not the published one."""
    codes: dict[str, dict[str, str]] = field(default_factory=dict)
    asked: list[dict[str, str]] = field(default_factory=list)


def _authorize(provider: Provider) -> Any:
    asked = request.args.to_dict()
    provider.asked.append(asked)
    if provider.declines:
        answer = {"error": "access_denied", "error_description": "no", "state": asked["state"]}
    else:
        code = secrets.token_urlsafe(16)
        provider.codes[code] = asked
        answer = {"code": code, "state": asked["state"]}
    return redirect(f"{asked['redirect_uri']}?{urlencode(answer)}")


def _token(provider: Provider) -> Any:
    asked = provider.codes.pop(request.form.get("code", ""), None)
    client = request.authorization or request.form
    given = (
        (client.get("username"), client.get("password"))
        if request.authorization
        else (client.get("client_id"), client.get("client_secret"))
    )
    verifier = request.form.get("code_verifier", "").encode()
    challenge = urlsafe_b64encode(sha256(verifier).digest()).decode().rstrip("=")
    good = (
        asked is not None
        and given == (CLIENT_ID, CLIENT_SECRET)
        and asked["redirect_uri"] == request.form["redirect_uri"]
        and (asked["code_challenge_method"], asked["code_challenge"]) == ("S256", challenge)
    )
    if not good or asked is None:
        return jsonify(error="bad_verification_code"), 400
    answer = {"access_token": "gho_the-token", "token_type": "bearer", "scope": asked["scope"]}
    if "openid" in asked["scope"]:
        now = int(time())
        claims = {
            "iss": provider.address,
            "aud": CLIENT_ID,
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
        }
        header = {"alg": "ES256", "kid": "p"}
        answer["id_token"] = jwt.encode(
            header, claims | provider.claims, provider.signing or provider.key, algorithms=["ES256"]
        )
    return jsonify(answer)


def _authorised() -> bool:
    return request.headers.get("Authorization") == "Bearer gho_the-token"


@contextmanager
def provider_double() -> Iterator[Provider]:
    """A provider that is served as long as the context lasts."""
    provider, app = Provider(), Flask("provider")
    for path in ("/login/oauth/authorize", "/authorize"):
        app.add_url_rule(path, path, lambda: _authorize(provider))
    for path in ("/login/oauth/access_token", "/token"):
        app.add_url_rule(path, path, lambda: _token(provider), methods=["POST"])
    app.add_url_rule("/api/v3/user", "user", lambda: jsonify(provider.user) if _authorised() else ("", 401))
    app.add_url_rule(
        "/api/v3/user/emails", "emails", lambda: jsonify(provider.emails) if _authorised() else ("", 401)
    )
    app.add_url_rule("/keys", "keys", lambda: jsonify(keys=[provider.key.as_dict(private=False)]))
    app.add_url_rule(
        "/.well-known/openid-configuration",
        "discovery",
        lambda: jsonify(
            issuer=provider.address,
            authorization_endpoint=f"{provider.address}/authorize",
            token_endpoint=f"{provider.address}/token",
            jwks_uri=f"{provider.address}/keys",
            response_types_supported=["code"],
            subject_types_supported=["public"],
            id_token_signing_alg_values_supported=["ES256"],
        ),
    )
    with served(app) as address:
        provider.address = address
        provider.user = {
            "login": "octocat",
            "id": 583231,
            "name": "The Octocat",
            "avatar_url": f"{address}/a.png",
            "company": "@github",
            "location": "San Francisco",
            "bio": None,
            "email": "public@example.org",
        }
        provider.emails = [
            {"email": "octocat@example.org", "primary": True, "verified": True, "visibility": "private"}
        ]
        provider.claims = {"sub": "248289761001", "preferred_username": "jane", "name": "Jane Doe"}
        yield provider
