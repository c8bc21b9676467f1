"""The chain over the audit log: its keys, its signed head, the anchors of what was dropped, its rows in order.

Whoever changes the chain holds the head's row first, so there is one at a time; those who only write rows
into the log never touch it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, Select, String, and_, delete, func, or_, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain.sealing import GENESIS, Anchor, Head, Link, Record
from gitinsight.store import partitions
from gitinsight.store.audit import AuditRow
from gitinsight.store.base import Base


class AuditKey(Base):
    """A key that seals, encrypted; the one with the highest id is in use, the others still verify."""

    __tablename__ = "audit_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    created_at: Mapped[datetime]
    secret: Mapped[str]


class AuditHead(Base):
    """The last sealed row; the one row of this table is the lock that lets one sealer work at a time."""

    __tablename__ = "audit_head"

    id: Mapped[int] = mapped_column(primary_key=True)
    sequence: Mapped[int] = mapped_column(BigInteger)
    seal: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))


class AuditAnchor(Base):
    """Sealed rows without a gap that were dropped; ``name`` is their month, as 2031-05."""

    __tablename__ = "audit_anchors"

    name: Mapped[str] = mapped_column(String(16), primary_key=True)
    first_sequence: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    last_sequence: Mapped[int] = mapped_column(BigInteger)
    seal: Mapped[str] = mapped_column(String(64))
    signed_at: Mapped[datetime]
    signature: Mapped[str] = mapped_column(String(64))


_HEAD = (AuditHead.sequence, AuditHead.seal, AuditHead.signed_at, AuditHead.signature)
_RECORD = (
    *(AuditRow.id, AuditRow.at, AuditRow.actor_id, AuditRow.actor_name, AuditRow.action),
    *(AuditRow.object_type, AuditRow.object_id, AuditRow.details, AuditRow.trace_id),
)


def lock_head(session: Session) -> Head | None:
    """The head, held until the transaction ends; None where somebody has removed it."""
    # An update that changes nothing takes the row lock on PostgreSQL and the write lock on SQLite.
    held = update(AuditHead).where(AuditHead.id == 1).values(sequence=AuditHead.sequence)
    found = session.execute(held.returning(*_HEAD)).first()
    return Head(*found) if found else None


def head(session: Session) -> Head | None:
    found = session.execute(select(*_HEAD).where(AuditHead.id == 1)).first()
    return Head(*found) if found else None


def set_head(session: Session, new: Head) -> None:
    session.execute(
        update(AuditHead)
        .where(AuditHead.id == 1)
        .values(sequence=new.sequence, seal=new.seal, signed_at=new.signed_at, signature=new.signature)
    )


def restore_head(session: Session, at: datetime) -> None:
    """Put an unsigned head where there is none."""
    if head(session) is None:
        session.add(AuditHead(id=1, sequence=0, seal=GENESIS, signed_at=at, signature=""))
        session.flush()


def keys(session: Session) -> Sequence[AuditKey]:
    """Oldest first."""
    return session.scalars(select(AuditKey).order_by(AuditKey.id)).all()


def forget_marks(session: Session) -> None:
    """Drop all keys and all anchors."""
    session.execute(delete(AuditKey))
    session.execute(delete(AuditAnchor))


def anchors(session: Session) -> list[Anchor]:
    """All anchors by their first row."""
    return [Anchor(*row) for row in session.execute(_anchors())]


def anchor_over(session: Session, sequence: int) -> Anchor | None:
    """The anchor of a dropped part that held this row."""
    covers = and_(AuditAnchor.first_sequence <= sequence, AuditAnchor.last_sequence >= sequence)
    row = session.execute(_anchors().where(covers)).first()
    return Anchor(*row) if row else None


def _anchors() -> Select[str, int, int, str, datetime, str]:
    return select(
        *(AuditAnchor.name, AuditAnchor.first_sequence, AuditAnchor.last_sequence),
        *(AuditAnchor.seal, AuditAnchor.signed_at, AuditAnchor.signature),
    ).order_by(AuditAnchor.first_sequence, AuditAnchor.name)


def put_anchor(session: Session, new: Anchor) -> None:
    """Write an anchor, or its new signature."""
    row = AuditAnchor(
        name=new.name,
        first_sequence=new.first,
        last_sequence=new.last,
        seal=new.seal,
        signed_at=new.signed_at,
        signature=new.signature,
    )
    session.merge(row)
    session.flush()


def unsealed(session: Session, most: int) -> list[Record]:
    """The oldest rows that have no seal yet."""
    statement = select(*_RECORD).where(AuditRow.sequence.is_(None))
    return [Record(*row) for row in session.execute(statement.order_by(AuditRow.at, AuditRow.id).limit(most))]


def has_unsealed(session: Session) -> bool:
    return session.scalar(select(AuditRow.id).where(AuditRow.sequence.is_(None)).limit(1)) is not None


def count_unsealed(session: Session, before: datetime | None = None) -> int:
    """How many rows have no seal yet, of all or of those before a time."""
    statement = select(func.count()).select_from(AuditRow).where(AuditRow.sequence.is_(None))
    if before is not None:
        statement = statement.where(AuditRow.at < before)
    return session.scalar(statement) or 0


def write_seals(session: Session, links: Sequence[Link]) -> None:
    """Give each row its number and its seal."""
    session.execute(
        update(AuditRow),
        [
            {"id": link.record.id, "at": link.record.at, "sequence": link.sequence, "seal": link.seal}
            for link in links
        ],
    )


def links_after(session: Session, position: tuple[int, UUID] | None, most: int) -> list[Link]:
    """Sealed rows in the order of their numbers, behind the (number, id) of the last one seen.

    Raises ValueError where a row cannot be read as one of ours.
    """
    statement = select(*_RECORD, AuditRow.sequence, AuditRow.seal).where(AuditRow.sequence.is_not(None))
    if position is not None:
        number, last = position
        behind = or_(AuditRow.sequence > number, and_(AuditRow.sequence == number, AuditRow.id > last))
        statement = statement.where(AuditRow.sequence >= number, behind)
    rows = session.execute(statement.order_by(AuditRow.sequence, AuditRow.id).limit(most)).all()
    return [_link(row) for row in rows]


def _link(row: Sequence[Any]) -> Link:
    *fields, sequence, sealed = row
    return Link(Record(*fields), int(sequence), str(sealed or ""))


def last_number(session: Session, before: datetime | None = None) -> int:
    """The highest number of all rows, or of those before a time; 0 where there is none."""
    statement = select(func.max(AuditRow.sequence))
    return session.scalar(statement.where(AuditRow.at < before) if before else statement) or 0


def oldest(session: Session) -> datetime | None:
    """The time of the oldest row."""
    return session.scalar(select(AuditRow.at).order_by(AuditRow.at, AuditRow.id).limit(1))


def hold_month(session: Session, month: date) -> None:
    """Let nobody write into a month until the transaction ends.

    Raises OperationalError where the table stays busy.
    """
    partitions.hold(session.connection(), AuditRow.__tablename__, month)


def runs(session: Session, before: datetime) -> list[tuple[int, int, str]]:
    """The rows before a time as runs of numbers without a gap: first, last, and the seal of the last."""
    number = func.row_number().over(order_by=AuditRow.sequence)
    numbered = select(
        AuditRow.sequence.label("sequence"), (AuditRow.sequence - number).label("island")
    ).where(AuditRow.at < before, AuditRow.sequence.is_not(None))
    part = numbered.subquery()
    first, last = func.min(part.c.sequence).label("first"), func.max(part.c.sequence).label("last")
    islands = select(first, last).group_by(part.c.island).subquery()
    statement = (
        select(islands.c.first, islands.c.last, AuditRow.seal)
        .join(AuditRow, AuditRow.sequence == islands.c.last)
        .order_by(islands.c.first)
    )
    return [(row[0], row[1], row[2] or "") for row in session.execute(statement)]


def drop_month(session: Session, month: date, before: datetime) -> None:
    """Drop a month whose rows all have an anchor; ``before`` is where the month ends."""
    partitions.drop(session.connection(), AuditRow.__tablename__, month)
    session.execute(delete(AuditRow).where(AuditRow.at < before))
