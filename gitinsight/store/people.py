"""Users, their API keys, and the one-time links that sign in without a password."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKey, String, Update, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain.access import Role
from gitinsight.store.base import Base, Identified, word


class Tier(StrEnum):
    FREE = "free"
    PREMIUM = "premium"


class User(Identified, Base):
    __tablename__ = "users"

    github_id: Mapped[int | None] = mapped_column(BigInteger, unique=True)
    username: Mapped[str] = mapped_column(String(100), unique=True)
    email: Mapped[str | None] = mapped_column(String(320))
    avatar_url: Mapped[str | None] = mapped_column(String(500))
    name: Mapped[str | None] = mapped_column(String(200))
    bio: Mapped[str | None]
    location: Mapped[str | None] = mapped_column(String(200))
    company: Mapped[str | None] = mapped_column(String(200))
    last_login: Mapped[datetime | None]
    subscription_tier: Mapped[Tier] = mapped_column(word(Tier), default=Tier.FREE)
    role: Mapped[Role] = mapped_column(word(Role), default=Role.USER)


class ApiKey(Identified, Base):
    """A program's credential: ``prefix`` is for recognition, ``digest`` is SHA-256 of the secret."""

    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class LoginLink(Identified, Base):
    """A link that signs one user in once; only SHA-256 of its secret is kept."""

    __tablename__ = "login_links"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


def user_by_name(session: Session, username: str) -> User | None:
    return session.scalar(select(User).where(User.username == username))


def key_by_digest(session: Session, digest: str) -> tuple[ApiKey, User] | None:
    found = session.execute(
        select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.digest == digest)
    ).first()
    return (found[0], found[1]) if found else None


def use_login_link(session: Session, digest: str, at: datetime) -> UUID | None:
    """Mark the link as used and give its user's id; None where it is unknown, used or expired.

    One statement decides, so that of two requests with one link a single one wins.
    """
    statement: Update = (
        update(LoginLink)
        .where(LoginLink.digest == digest, LoginLink.used_at.is_(None), LoginLink.expires_at > at)
        .values(used_at=at)
    )
    used: UUID | None = session.execute(statement.returning(LoginLink.user_id)).scalar()
    return used
