"""Requests signed as the documentation tells programs to."""

from __future__ import annotations

from secrets import token_urlsafe

from gitinsight.domain import clock
from gitinsight.domain.signatures import (
    NONCE_HEADER,
    SIGNATURE_HEADER,
    TIMESTAMP_HEADER,
    SignedRequest,
    sign,
)
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
