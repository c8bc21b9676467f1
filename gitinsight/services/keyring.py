"""The signing keys as a process last read them, so that a request need not ask the database for them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime

from joserfc.jwk import ECKey, KeySet


@dataclass(slots=True)
class KeyRing:
    """The key that signs, the public keys that verify, and when they were read."""

    signing: ECKey | None = None
    verifying: KeySet = field(default_factory=lambda: KeySet([]))
    read_at: datetime | None = None
