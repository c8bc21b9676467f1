"""Browser sessions: what a cookie stands for, so that it can be listed and ended from elsewhere."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.store.base import Base, Identified
from gitinsight.store.people import User


class BrowserSession(Identified, Base):
    """``digest`` is SHA-256 of the secret in the cookie; ``method`` is how the person signed in."""

    __tablename__ = "browser_sessions"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    method: Mapped[str] = mapped_column(String(32))
    agent: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(45), default="")
    last_seen_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]


def by_digest(session: Session, digest: str) -> tuple[BrowserSession, User] | None:
    found = session.execute(
        select(BrowserSession, User)
        .join(User, User.id == BrowserSession.user_id)
        .where(BrowserSession.digest == digest)
    ).first()
    return (found[0], found[1]) if found else None


def open_of(session: Session, user_id: UUID, at: datetime) -> Sequence[BrowserSession]:
    """The sessions that are neither ended nor too old, the one used last first."""
    return session.scalars(
        select(BrowserSession)
        .where(
            BrowserSession.user_id == user_id,
            BrowserSession.revoked_at.is_(None),
            BrowserSession.expires_at > at,
        )
        .order_by(BrowserSession.last_seen_at.desc(), BrowserSession.id)
    ).all()


def revoke(session: Session, user_id: UUID, at: datetime, session_id: UUID | None = None) -> int:
    """End one session of a user, or all of them; how many were open."""
    statement = (
        update(BrowserSession)
        .where(BrowserSession.user_id == user_id, BrowserSession.revoked_at.is_(None))
        .values(revoked_at=at)
    )
    if session_id:
        statement = statement.where(BrowserSession.id == session_id)
    return len(session.scalars(statement.returning(BrowserSession.id)).all())


def forget(session: Session, before: datetime) -> None:
    """Drop the sessions that ended before this time."""
    session.execute(delete(BrowserSession).where(BrowserSession.expires_at < before))
