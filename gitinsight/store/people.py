"""Users, their API keys, and the one-time links that sign in without a password."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import (
    BigInteger,
    ForeignKey,
    Index,
    String,
    UniqueConstraint,
    Update,
    and_,
    bindparam,
    func,
    or_,
    select,
    update,
)
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.domain.access import Role, Tier
from gitinsight.store.base import Base, Identified, word

Position = tuple[datetime, UUID]
"""Time of making and id of the last row of a page, behind which the next begins."""


class User(Identified, Base):
    __tablename__ = "users"
    __table_args__ = (Index("ix_users_created_at_id", "created_at", "id"),)

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
    disabled_at: Mapped[datetime | None]
    """Since when this user may not sign in; None while he may."""


class Identity(Identified, Base):
    """An account at an identity provider that signs a user in; known by the provider's own unchanging id."""

    __tablename__ = "identities"
    __table_args__ = (UniqueConstraint("provider", "subject"),)

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    provider: Mapped[str] = mapped_column(String(32))
    subject: Mapped[str] = mapped_column(String(255))
    username: Mapped[str] = mapped_column(String(255), default="")
    token: Mapped[str | None]
    """The provider's access token, encrypted."""
    last_used_at: Mapped[datetime | None]


class ApiKey(Identified, Base):
    """A program's credential: ``prefix`` is for recognition, ``digest`` is SHA-256 of the secret.

    ``signing_secret`` signs requests and is encrypted; a key from before there were any has none.
    """

    __tablename__ = "api_keys"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    name: Mapped[str] = mapped_column(String(100))
    prefix: Mapped[str] = mapped_column(String(16))
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    signing_secret: Mapped[str | None]
    scopes: Mapped[list[str]]
    rate_limit: Mapped[int | None]
    """Requests an hour; None for what the user's role has."""
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


def lock(session: Session, user_id: UUID) -> None:
    """Keep others from counting and adding what belongs to this user, until the transaction ends."""
    # An update that changes nothing takes the row lock on PostgreSQL and the write lock on SQLite.
    session.execute(update(User).where(User.id == user_id).values(username=User.username))


def user_by_name(session: Session, username: str) -> User | None:
    return session.scalar(select(User).where(User.username == username))


def identity(session: Session, provider: str, subject: str) -> Identity | None:
    return session.scalar(select(Identity).where(Identity.provider == provider, Identity.subject == subject))


def keys_of(session: Session, user_id: UUID) -> Sequence[ApiKey]:
    """The keys that are not revoked, newest first; those that have expired too."""
    wanted = select(ApiKey).where(ApiKey.user_id == user_id, ApiKey.revoked_at.is_(None))
    return session.scalars(wanted.order_by(ApiKey.created_at.desc(), ApiKey.id)).all()


def keys_with_signing_secret(session: Session) -> Iterable[ApiKey]:
    return session.scalars(select(ApiKey).where(ApiKey.signing_secret.is_not(None)))


def identities_with_token(session: Session) -> Iterable[Identity]:
    return session.scalars(select(Identity).where(Identity.token.is_not(None)))


def count(session: Session) -> int:
    """How many users there are."""
    return session.scalar(select(func.count()).select_from(User)) or 0


def users_page(session: Session, text: str, after: Position | None, limit: int) -> Sequence[User]:
    """One more than ``limit`` users whose name or mail holds the text, newest first, behind a position."""
    wanted = select(User).order_by(User.created_at.desc(), User.id).limit(limit + 1)
    if text:
        wanted = wanted.where(
            or_(User.username.icontains(text, autoescape=True), User.email.icontains(text, autoescape=True))
        )
    if after:
        at, last = after
        wanted = wanted.where(or_(User.created_at < at, and_(User.created_at == at, User.id > last)))
    return session.scalars(wanted).all()


def keys_page(
    session: Session, user_id: UUID | None, after: Position | None, limit: int
) -> list[tuple[ApiKey, User]]:
    """One more than ``limit`` keys, of one user or of all, that are not revoked, with their users; newest first."""
    wanted = select(ApiKey, User).join(User, User.id == ApiKey.user_id).where(ApiKey.revoked_at.is_(None))
    if user_id:
        wanted = wanted.where(ApiKey.user_id == user_id)
    if after:
        at, last = after
        wanted = wanted.where(or_(ApiKey.created_at < at, and_(ApiKey.created_at == at, ApiKey.id > last)))
    found = session.execute(wanted.order_by(ApiKey.created_at.desc(), ApiKey.id).limit(limit + 1))
    return [(key, user) for key, user in found]


# Every request of a program asks this, and putting it together costs as much as asking the database.
_KEY_BY_DIGEST = (
    select(ApiKey, User)
    .join(User, User.id == ApiKey.user_id)
    .where(ApiKey.digest == bindparam("wanted", type_=ApiKey.digest.type))
)


def key_by_digest(session: Session, digest: str) -> tuple[ApiKey, User] | None:
    found = session.execute(_KEY_BY_DIGEST, {"wanted": digest}).first()
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
