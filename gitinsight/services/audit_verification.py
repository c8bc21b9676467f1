"""Whether the audit log is whole: the chain is walked from its first row to its signed end.

It holds one batch of rows at a time, reads only, and goes on while others write, seal and drop months.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gitinsight.domain.sealing import ACCEPTED, Anchor, Head, Link, Walk
from gitinsight.services.audit_chain import is_genuine, opened
from gitinsight.services.context import session
from gitinsight.store import audit_chain

_BATCH = 1000
_UNREADABLE = (ValueError, TypeError, AttributeError)
"""What a row raises that is not of our form."""


@dataclass(frozen=True, slots=True)
class Damage:
    """The first place at which the log is not what was sealed; the row's own facts where there is one."""

    sequence: int
    reason: str
    row_id: UUID | None = None
    at: datetime | None = None
    action: str = ""


@dataclass(frozen=True, slots=True)
class Witness:
    """A number and its seal that somebody noted elsewhere."""

    sequence: int
    seal: str


@dataclass(frozen=True, slots=True)
class Verification:
    """What a walk over the log found; ``accepted`` rows at its beginning are vouched for, not checked."""

    rows: int
    anchors: int
    accepted: int
    unsealed: int
    sequence: int
    seal: str
    damage: Damage | None

    @property
    def ok(self) -> bool:
        return self.damage is None


def verify(witness: Witness | None = None) -> Verification:
    """Walk the whole log; with a witness, also see that it still holds what was noted.

    Raises ConfigurationError where no secret key of this installation opens the keys.
    """
    while True:
        before = _key_ids()
        found = _Walker(witness).run()
        # A walk during which somebody took new keys into use tells nothing.
        if found.ok or _key_ids() == before:
            return found


def damage_until(sequence: int) -> Damage | None:
    """The first damage among the rows up to this number."""
    return _Walker(None).walk(sequence)


def _key_ids() -> list[int]:
    return [row.id for row in audit_chain.keys(session())]


class _Walker:
    """One walk: how far it is, and what it met on its way."""

    def __init__(self, witness: Witness | None) -> None:
        keys = [opened(row) for row in audit_chain.keys(session())]
        self._newest = keys[-1] if keys else None
        self._chain = Walk(keys)
        self._position: tuple[int, UUID] | None = None
        self._anchors = 0
        self._accepted = 0
        self._witness = witness

    def run(self) -> Verification:
        damage = self.walk() or self._contradiction()
        return Verification(
            self._chain.rows,
            self._anchors,
            self._accepted,
            audit_chain.count_unsealed(session()),
            self._chain.sequence,
            self._chain.seal,
            damage,
        )

    def walk(self, until: int | None = None) -> Damage | None:
        """Go to the row of this number, or to the signed end; the first damage on the way."""
        return self._check_anchors() or self._follow(until)

    def _check_anchors(self) -> Damage | None:
        """Every anchor is signed with the newest key; the chain begins behind the rows that were accepted."""
        for anchor in audit_chain.anchors(session()):
            if not self._is_ours(anchor):
                return Damage(anchor.first, f"the anchor {anchor.name} is not the one that was signed")
            if anchor.name == ACCEPTED:
                self._chain.jump(anchor)
                self._accepted = anchor.last
                self._position = (anchor.last, UUID(int=2**128 - 1))
        return None

    def _follow(self, until: int | None) -> Damage | None:
        while True:
            for link in self._links():
                if until is not None and link.sequence > until:
                    return None
                damage = link if isinstance(link, Damage) else self._step(link)
                if damage is not None:
                    return damage
            if until is not None:
                return None
            head = audit_chain.head(session())
            if head is None or head.sequence <= self._chain.sequence:
                return self._doubt_of(head)
            # More was sealed since the last look, or a dropped month is the end, or the end is gone.
            if not self._is_followed() and not self._leap():
                return Damage(
                    self._chain.sequence + 1,
                    f"the rows from here to the signed end, {head.sequence}, are missing",
                )

    def _links(self) -> Iterator[Link | Damage]:
        """The rows behind the position, which moves on with them, until there is none."""
        while True:
            try:
                links = audit_chain.links_after(session(), self._position, _BATCH)
            except _UNREADABLE as error:
                yield Damage(self._chain.sequence + 1, f"a row from here on cannot be read: {error}")
                return
            if not links:
                return
            for link in links:
                self._position = (link.sequence, link.record.id)
                yield link

    def _is_followed(self) -> bool:
        return bool(audit_chain.links_after(session(), self._position, 1))

    def _step(self, link: Link) -> Damage | None:
        while link.sequence > self._chain.sequence + 1 and self._leap():
            pass
        reason = self._chain.step(link)
        if reason:
            record = link.record
            return Damage(link.sequence, reason, record.id, record.at, record.action)
        return self._contradiction_here()

    def _leap(self) -> bool:
        """Go on behind the anchor of what is missing next; False where there is none."""
        anchor = audit_chain.anchor_over(session(), self._chain.sequence + 1)
        if anchor is None or not self._is_ours(anchor):
            return False
        self._chain.jump(anchor)
        self._anchors += 1
        return True

    def _is_ours(self, anchor: Anchor) -> bool:
        return self._newest is not None and anchor.is_signed_with(self._newest)

    def _doubt_of(self, head: Head | None) -> Damage | None:
        """What is wrong with the end, which the walk has reached."""
        here = self._chain.sequence
        if head is None:
            return Damage(here, "the signed end of the log is missing")
        if head.sequence < here:
            return Damage(
                head.sequence + 1, f"the log was signed up to {head.sequence} and goes on behind it"
            )
        if head.seal != self._chain.seal or not is_genuine(head, self._newest):
            return Damage(here, "the end of the log is not the one that was signed")
        return None

    def _contradiction_here(self) -> Damage | None:
        """Whether the row that the walk stands on is another than the one that was noted."""
        noted = self._witness
        if noted is None or noted.sequence != self._chain.sequence or noted.seal == self._chain.seal:
            return None
        return Damage(noted.sequence, "its seal is not the one that was noted")

    def _contradiction(self) -> Damage | None:
        """Whether the log ends before the row that was noted."""
        noted = self._witness
        if noted is None or noted.sequence <= self._chain.sequence:
            return None
        return Damage(
            self._chain.sequence + 1, f"the rows up to the one that was noted, {noted.sequence}, are missing"
        )
