"""The chain of the audit log: each row's seal covers the row, its number and the seal before it.

A seal is HMAC-SHA256 over canonical JSON, so nobody without the key can make one, and no row is changed,
left out, put in or moved without a seal that no longer fits. What the chain cannot show by itself, its end
and the parts that were dropped, is signed with the same key: the head and the anchors.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from hashlib import sha256
from hmac import compare_digest
from hmac import new as hmac
from typing import Any
from uuid import UUID

GENESIS = "0" * 64
"""The seal before the first row."""
ACCEPTED = "accepted"
"""The name of the anchor before which an operator vouches for the rows, instead of their seals."""


@dataclass(frozen=True, slots=True)
class Record:
    """What a seal says of a row: who did what to which thing, and when."""

    id: UUID
    at: datetime
    actor_id: UUID | None
    actor_name: str
    action: str
    object_type: str
    object_id: str
    details: Mapping[str, Any]
    trace_id: str


@dataclass(frozen=True, slots=True)
class Link:
    """A sealed row: ``sequence`` counts from 1 without gaps, ``seal`` has 64 hexadecimal digits."""

    record: Record
    sequence: int
    seal: str


@dataclass(frozen=True, slots=True)
class Head:
    """The last sealed row, so that one who cuts rows off the end is found out."""

    sequence: int
    seal: str
    signed_at: datetime
    signature: str = ""

    def signed(self, key: bytes) -> Head:
        """The same head with its signature."""
        return replace(self, signature=self._signature(key))

    def is_signed_with(self, key: bytes) -> bool:
        return _same(self._signature(key), self.signature)

    def _signature(self, key: bytes) -> str:
        return _mac(key, "head", self.sequence, self.seal, _text(self.signed_at))


@dataclass(frozen=True, slots=True)
class Anchor:
    """Rows without a gap from ``first`` to ``last`` that were dropped, and the seal of the last of them."""

    name: str
    first: int
    last: int
    seal: str
    signed_at: datetime
    signature: str = ""

    def signed(self, key: bytes) -> Anchor:
        """The same anchor with its signature."""
        return replace(self, signature=self._signature(key))

    def is_signed_with(self, key: bytes) -> bool:
        return _same(self._signature(key), self.signature)

    def _signature(self, key: bytes) -> str:
        return _mac(key, "anchor", self.name, self.first, self.last, self.seal, _text(self.signed_at))


def seal(key: bytes, previous: str, sequence: int, record: Record) -> str:
    """The seal of a row that comes after the one with the seal ``previous``."""
    return _mac(
        key,
        "row",
        previous,
        sequence,
        str(record.id),
        _text(record.at),
        str(record.actor_id) if record.actor_id else None,
        record.actor_name,
        record.action,
        record.object_type,
        record.object_id,
        record.details,
        record.trace_id,
    )


class Walk:
    """Follows a chain link by link; ``sequence`` and ``seal`` are those of the last link that fitted.

    A key follows another only forwards: once a row was sealed with a newer one, no older one is good.
    """

    def __init__(self, keys: Sequence[bytes]) -> None:
        self.sequence = 0
        self.seal = GENESIS
        self.rows = 0
        self._keys = list(keys)

    def jump(self, anchor: Anchor) -> None:
        """Go on behind an anchor, whose signature the caller has checked."""
        self.sequence, self.seal = anchor.last, anchor.seal

    def step(self, link: Link) -> str:
        """Go on to this link; the empty text, or why it is not the next one."""
        expected = self.sequence + 1
        if link.sequence > expected:
            return f"row {expected} is missing before it"
        if link.sequence < expected:
            return f"there is another row {link.sequence}, or an anchor that says it was dropped"
        for position, key in enumerate(self._keys):
            if _same(seal(key, self.seal, link.sequence, link.record), link.seal):
                del self._keys[:position]
                self.sequence, self.seal = link.sequence, link.seal
                self.rows += 1
                return ""
        return "its seal does not fit: it was changed, moved or put in after it was sealed"


def _same(made: str, found: str) -> bool:
    return compare_digest(made.encode(), found.encode("utf-8", "replace"))


def _mac(key: bytes, *parts: Any) -> str:
    return hmac(key, canonical(parts), sha256).hexdigest()


def canonical(value: Any) -> bytes:
    """The one JSON text of a value: keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=True).encode()


def _text(at: datetime) -> str:
    return at.astimezone(UTC).isoformat(timespec="microseconds")
