"""Requests signed as the documentation tells programs to."""

from __future__ import annotations

import json
from secrets import token_urlsafe
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey, OctKey

from gitinsight.domain import clock
from gitinsight.domain.signatures import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignedRequest,
    sign,
)
from gitinsight.services import signing_keys
from gitinsight.services.api_keys import IssuedKey


def bearer_of(key: IssuedKey) -> dict[str, str]:
    """The header of a request with this key."""
    return {"Authorization": f"Bearer {key.secret}"}


def signature(
    secret: str,
    method: str,
    target: str,
    body: bytes = b"",
    *,
    nonce: str = "",
    seconds: int = 0,
) -> dict[str, str]:
    """The three headers of a request signed so many seconds from now."""
    timestamp = str(int(clock.now().timestamp()) + seconds)
    request = SignedRequest(method, target, body, timestamp, nonce or token_urlsafe(16))
    return {
        TIMESTAMP_HEADER: request.timestamp,
        NONCE_HEADER: request.nonce,
        SIGNATURE_HEADER: sign(request, secret),
    }


def forged(good: str, kind: str) -> str:
    """An access token as an attacker, or a clock, makes it from a good one."""
    claims = dict(jwt.decode(good, signing_keys.verifying_keys(), algorithms=["ES256"]).claims)
    ours = signing_keys.signing_key()
    header = {"alg": "ES256", "kid": ours.kid, "typ": "at+jwt"}
    if kind == "another key":
        stranger = ECKey.generate_key("P-256", {"kid": ours.kid}, private=True)
        return jwt.encode(header, claims, stranger, algorithms=["ES256"])
    if kind == "public key as a shared secret":
        shared = OctKey.import_key(json.dumps(ours.as_dict(private=False)))
        return jwt.encode(header | {"alg": "HS256"}, claims, shared, algorithms=["HS256"])
    if kind == "no algorithm":
        body = good.split(".")[1]
        return f"eyJhbGciOiJub25lIiwidHlwIjoiYXQrand0In0.{body}."
    changes: dict[str, dict[str, Any]] = {
        "expired": {"exp": claims["iat"] - 1},
        "another audience": {"aud": "elsewhere"},
        "another issuer": {"iss": "https://evil.example"},
        "an unknown family": {"fam": "00000000-0000-4000-8000-000000000000"},
        "a family that is no id": {"fam": "x"},
    }
    header |= {"typ": "JWT"} if kind == "another type" else {}
    return jwt.encode(header, claims | changes.get(kind, {}), ours, algorithms=["ES256"])
