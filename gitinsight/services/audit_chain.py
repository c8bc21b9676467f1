"""Sealing the audit log: after the commit, by one sealer at a time, so that writers never wait for it.

A row gets its number when it is sealed, not when it is written: the order of the chain is the order in
which the sealer met the rows. The keys lie in the database, encrypted, so that a new secret key of the
installation takes nothing away from what was sealed before.
"""

from __future__ import annotations

import secrets
import time

import structlog

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR
from gitinsight.domain.sealing import ACCEPTED, GENESIS, Anchor, Head, Link, seal
from gitinsight.errors import AuditLogDamaged
from gitinsight.services import feeds
from gitinsight.services.context import session, tools
from gitinsight.store import audit_chain
from gitinsight.store.audit_chain import AuditKey

log = structlog.get_logger(__name__)

_BATCH = 200
_PAUSE_SECONDS = 0.05
_KEY_BYTES = 32
_DAMAGED = "{} of the audit log is not the one that was signed: gitinsight audit verify tells more."


def seal_rows(most_batches: int | None = None) -> int:
    """Seal the committed rows that are not sealed yet, or the oldest of them; how many were sealed.

    Batch by batch, each a transaction of its own: one that dies leaves whole batches. Raises AuditLogDamaged
    where the head is not the one that was signed, for going on from it would hide that.
    """
    has_rows = audit_chain.has_unsealed(session())
    session().rollback()
    sealed, batches, count = 0, 0, _BATCH if has_rows else 0
    while count == _BATCH and batches != most_batches:
        if batches:
            # SQLite has one lock for all who write, and whoever waits for it looks again only now and then.
            time.sleep(_PAUSE_SECONDS)
        count = _seal_batch()
        sealed, batches = sealed + count, batches + 1
    return sealed


def _seal_batch() -> int:
    head = held_head()
    records = audit_chain.unsealed(session(), _BATCH)
    if records:
        key = newest_key()
        sequence, last, links = head.sequence, head.seal, []
        for record in records:
            sequence += 1
            last = seal(key, last, sequence, record)
            links.append(Link(record, sequence, last))
        audit_chain.write_seals(session(), links)
        _sign_head(key, sequence, last)
        # Whoever keeps the log elsewhere can hold the chain against it later.
        log.info("audit_log_sealed", rows=len(records), sequence=sequence, seal=last)
    session().commit()
    return len(records)


def held_head() -> Head:
    """The head, held until the transaction ends.

    Raises AuditLogDamaged where it is missing, or is not signed with the newest key.
    """
    head, keys = audit_chain.lock_head(session()), audit_chain.keys(session())
    if head is None or not is_genuine(head, opened(keys[-1]) if keys else None):
        session().rollback()
        raise AuditLogDamaged(_DAMAGED.format("The end"))
    return head


def is_genuine(head: Head, key: bytes | None) -> bool:
    """Whether a head is signed with this key; without any key, whether it is that of an empty chain."""
    if key is None:
        return head.sequence == 0 and head.seal == GENESIS
    return head.is_signed_with(key)


def opened(row: AuditKey) -> bytes:
    """A key; ConfigurationError where no secret key of this installation opens it."""
    return bytes.fromhex(tools().vault.decrypt(row.secret))


def newest_key() -> bytes:
    """The key in use; the first one is made where there is none. The caller holds the head."""
    keys = audit_chain.keys(session())
    return opened(keys[-1]) if keys else _add_key()


def _add_key() -> bytes:
    key = secrets.token_bytes(_KEY_BYTES)
    session().add(AuditKey(created_at=clock.now(), secret=tools().vault.encrypt(key.hex())))
    session().flush()
    return key


def _sign_head(key: bytes, sequence: int, last: str) -> None:
    audit_chain.set_head(session(), Head(sequence, last, clock.now()).signed(key))


def renew_keys() -> int:
    """Encrypt all keys anew, seal with a new one from now on, and sign head and anchors with it.

    In the current transaction; how many keys there were. Raises AuditLogDamaged as ``seal_rows`` does.
    """
    head, keys, anchors = held_head(), audit_chain.keys(session()), audit_chain.anchors(session())
    # Signing what was forged would make it good.
    if any(not keys or not anchor.is_signed_with(opened(keys[-1])) for anchor in anchors):
        session().rollback()
        raise AuditLogDamaged(_DAMAGED.format("An anchor"))
    for row in keys:
        row.secret = tools().vault.renewed(row.secret)
    key = _add_key()
    _sign_head(key, head.sequence, head.seal)
    for anchor in anchors:
        audit_chain.put_anchor(session(), anchor.signed(key))
    return len(keys)


def accept(reason: str) -> int:
    """Begin the chain anew behind the rows there are, for which the operator vouches; how many numbers those have.

    For a log whose damage was looked into, and for one whose keys are lost. The old keys go.
    """
    audit_chain.restore_head(session(), clock.now())
    head = audit_chain.lock_head(session())
    last = max(head.sequence if head else 0, audit_chain.last_number(session()))
    audit_chain.forget_marks(session())
    key, begin = _add_key(), GENESIS
    if last:
        begin = secrets.token_hex(_KEY_BYTES)
        audit_chain.put_anchor(session(), Anchor(ACCEPTED, 1, last, begin, clock.now()).signed(key))
    _sign_head(key, last, begin)
    feeds.audit(OPERATOR, "audit.accepted", ("audit_log", ""), rows=last, reason=reason)
    feeds.commit()
    return last
