"""Signed requests: what a program signs, so that nobody on the way can change, repeat or invent it.

The signature is HMAC-SHA256 (RFC 2104) of the request's parts with the signing secret of an API key, a
secret that never travels. A timestamp bounds how long a copied request is of use, a nonce makes it of none.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

TIMESTAMP_HEADER = "X-GitInsight-Timestamp"
NONCE_HEADER = "X-GitInsight-Nonce"
SIGNATURE_HEADER = "X-GitInsight-Signature"
CLOCK_TOLERANCE = timedelta(minutes=5)
"""How far a program's clock may differ from ours, either way."""

_NONCE = re.compile(r"[A-Za-z0-9_-]{16,64}")
_SECONDS = re.compile(r"[0-9]{1,12}")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class SignedRequest:
    """A request as it was signed: ``target`` is the path with its query, as sent."""

    method: str
    target: str
    body: bytes
    timestamp: str
    nonce: str
    signature: str = ""

    def is_well_formed(self) -> bool:
        """Whether the three headers have their documented form."""
        return bool(
            _SECONDS.fullmatch(self.timestamp)
            and _NONCE.fullmatch(self.nonce)
            and _SIGNATURE.fullmatch(self.signature)
        )

    def is_of(self, at: datetime) -> bool:
        """Whether the timestamp is near enough to this time."""
        return abs(at.timestamp() - int(self.timestamp)) <= CLOCK_TOLERANCE.total_seconds()

    def is_signed_with(self, secret: str) -> bool:
        """Whether the signature is the one that the secret gives; takes the same time for every answer."""
        return hmac.compare_digest(self.signature, sign(self, secret))


def text_to_sign(request: SignedRequest) -> str:
    """Five lines: method, target, timestamp, nonce, SHA-256 of the body in hex."""
    digest = sha256(request.body).hexdigest()
    return "\n".join((request.method.upper(), request.target, request.timestamp, request.nonce, digest))


def sign(request: SignedRequest, secret: str) -> str:
    """The signature of a request in hex, whatever signature it carries."""
    return hmac.new(secret.encode(), text_to_sign(request).encode(), sha256).hexdigest()
