"""Taking new keys into use: for access tokens, and for the secrets that the database holds encrypted."""

from __future__ import annotations

from gitinsight.domain.access import OPERATOR
from gitinsight.services import audit_chain, feeds, signing_keys
from gitinsight.services.context import session, tools
from gitinsight.store import people, tokens


def rotate() -> int:
    """Make a new signing key and encrypt every stored secret with the newest secret key; how many there were.

    The audit log is sealed with a new key too. Raises ConfigurationError where a secret cannot be opened with
    any key, AuditLogDamaged where the log's end is not the one that was signed; nothing is changed then.
    """
    renewed, vault = audit_chain.renew_keys(), tools().vault
    for key in people.keys_with_signing_secret(session()):
        key.signing_secret, renewed = vault.renewed(key.signing_secret or ""), renewed + 1
    for identity in people.identities_with_token(session()):
        identity.token, renewed = vault.renewed(identity.token or ""), renewed + 1
    for row in tokens.signing_keys(session()):
        row.private, renewed = vault.renewed(row.private), renewed + 1
    feeds.audit(OPERATOR, "keys.rotated", ("signing_key", ""), secrets=renewed)
    signing_keys.renew()
    return renewed
