"""The keys that sign access tokens: one signs, the former ones still verify until their tokens have ended."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

from joserfc.jwk import ECKey, KeySet

from gitinsight.domain import clock
from gitinsight.services.context import session, tools
from gitinsight.services.keyring import KeyRing
from gitinsight.store import tokens
from gitinsight.store.tokens import SigningKey

ALGORITHM = "ES256"
KEPT_AFTER_RETIREMENT = timedelta(hours=1)
"""How long a retired key still verifies: longer than an access token and a copy of the key set live."""
_REMEMBERED_FOR = timedelta(minutes=1)


def signing_key() -> ECKey:
    """The key that signs; the installation's first one is made where there is none."""
    ring = _ring()
    if ring.signing is None:
        renew()
        ring = _ring()
    assert ring.signing is not None
    return ring.signing


def verifying_keys() -> KeySet:
    """The public keys whose tokens are good."""
    return _ring().verifying


def public_set() -> dict[str, Any]:
    """The public keys as a JWK Set (RFC 7517)."""
    return {"keys": [key.as_dict(private=False) for key in verifying_keys().keys]}


def renew() -> str:
    """Make a new signing key and retire the former ones; what those have signed stays good until it ends.

    The new key's id. Ends the transaction.
    """
    at = clock.now()
    for row in tokens.signing_keys(session()):
        row.retired_at = row.retired_at or at
        if at - row.retired_at > KEPT_AFTER_RETIREMENT:
            session().delete(row)
    key = ECKey.generate_key("P-256", {"use": "sig", "alg": ALGORITHM}, private=True)
    key.ensure_kid()
    session().add(
        SigningKey(
            id=key.kid,
            created_at=at,
            public=json.dumps(key.as_dict(private=False)),
            private=tools().vault.encrypt(json.dumps(key.as_dict(private=True))),
        )
    )
    session().commit()
    tools().key_ring.read_at = None
    assert key.kid is not None
    return key.kid


def _ring() -> KeyRing:
    ring, at = tools().key_ring, clock.now()
    if ring.read_at is None or at - ring.read_at > _REMEMBERED_FOR:
        rows = [
            row
            for row in tokens.signing_keys(session())
            if row.retired_at is None or at - row.retired_at <= KEPT_AFTER_RETIREMENT
        ]
        ring.verifying = KeySet([ECKey.import_key(json.loads(row.public)) for row in rows])
        # Of two processes that made the first key at once, the newer one signs and both verify.
        current = next((row for row in rows if row.retired_at is None), None)
        ring.signing = (
            ECKey.import_key(json.loads(tools().vault.decrypt(current.private))) if current else None
        )
        ring.read_at = at
    return ring
