"""How secrets are stored that only have to be recognised."""

from __future__ import annotations

from hashlib import sha256


def digest(secret: str) -> str:
    """SHA-256 in hex: our secrets are 256 random bits, so a slow hash would add nothing."""
    return sha256(secret.encode()).hexdigest()
