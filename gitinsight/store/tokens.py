"""Tokens for programs: families of refresh tokens, the keys that sign access tokens, spent nonces."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import ForeignKey, String, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Mapped, Session, mapped_column

from gitinsight.store.base import Base, Identified
from gitinsight.store.people import ApiKey, User
from gitinsight.store.sessions import BrowserSession


class TokenFamily(Identified, Base):
    """All the tokens that follow from one exchange of an API key or a browser session.

    They are as good as what they came from: revoking that, or the family, ends every one of them.
    """

    __tablename__ = "token_families"

    user_id: Mapped[UUID] = mapped_column(ForeignKey("users.id", ondelete="CASCADE"), index=True)
    api_key_id: Mapped[UUID | None] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), index=True)
    session_id: Mapped[UUID | None] = mapped_column(
        ForeignKey("browser_sessions.id", ondelete="CASCADE"), index=True
    )
    scopes: Mapped[list[str]]
    expires_at: Mapped[datetime]
    revoked_at: Mapped[datetime | None]
    revoked_for: Mapped[str] = mapped_column(String(32), default="")


class RefreshToken(Identified, Base):
    """A token that is good for one new pair; only SHA-256 of it is kept."""

    __tablename__ = "refresh_tokens"

    family_id: Mapped[UUID] = mapped_column(ForeignKey("token_families.id", ondelete="CASCADE"), index=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class SigningKey(Base):
    """A key of the access tokens: ``public`` is its JWK, ``private`` the whole JWK, encrypted."""

    __tablename__ = "signing_keys"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[datetime]
    public: Mapped[str]
    private: Mapped[str]
    retired_at: Mapped[datetime | None]


class SpentNonce(Base):
    """A nonce that a signed request of this key has used."""

    __tablename__ = "spent_nonces"

    api_key_id: Mapped[UUID] = mapped_column(ForeignKey("api_keys.id", ondelete="CASCADE"), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime] = mapped_column(index=True)


@dataclass(frozen=True, slots=True)
class Holder:
    """A family of tokens with whom it stands for and what it came from."""

    family: TokenFamily
    user: User
    key: ApiKey | None
    session: BrowserSession | None


def holder(session: Session, family_id: UUID) -> Holder | None:
    found = session.execute(
        select(TokenFamily, User, ApiKey, BrowserSession)
        .join(User, User.id == TokenFamily.user_id)
        .outerjoin(ApiKey, ApiKey.id == TokenFamily.api_key_id)
        .outerjoin(BrowserSession, BrowserSession.id == TokenFamily.session_id)
        .where(TokenFamily.id == family_id)
    ).first()
    return Holder(found[0], found[1], found[2], found[3]) if found else None


def refresh_by_digest(session: Session, digest: str) -> RefreshToken | None:
    return session.scalar(select(RefreshToken).where(RefreshToken.digest == digest))


def use_refresh(session: Session, token_id: UUID, at: datetime) -> bool:
    """Mark a refresh token as used; False where it was already. One statement decides between two callers."""
    statement = (
        update(RefreshToken)
        .where(RefreshToken.id == token_id, RefreshToken.used_at.is_(None))
        .values(used_at=at)
    )
    return session.execute(statement.returning(RefreshToken.id)).first() is not None


def revoke_family(session: Session, family_id: UUID, at: datetime, reason: str) -> bool:
    """End a family; False where it had ended before."""
    statement = (
        update(TokenFamily)
        .where(TokenFamily.id == family_id, TokenFamily.revoked_at.is_(None))
        .values(revoked_at=at, revoked_for=reason)
    )
    return session.execute(statement.returning(TokenFamily.id)).first() is not None


def revoke_families_of(session: Session, user_id: UUID, at: datetime, reason: str) -> None:
    """End every family of a user."""
    session.execute(
        update(TokenFamily)
        .where(TokenFamily.user_id == user_id, TokenFamily.revoked_at.is_(None))
        .values(revoked_at=at, revoked_for=reason)
    )


def signing_keys(session: Session) -> Sequence[SigningKey]:
    """Newest first."""
    return session.scalars(select(SigningKey).order_by(SigningKey.created_at.desc(), SigningKey.id)).all()


def spend_nonce(session: Session, api_key_id: UUID, nonce: str, at: datetime) -> bool:
    """Note that this key has used the nonce; False where it had before."""
    insert = postgresql.insert if session.get_bind().dialect.name == "postgresql" else sqlite.insert
    statement = insert(SpentNonce).values(api_key_id=api_key_id, nonce=nonce, at=at).on_conflict_do_nothing()
    return session.execute(statement.returning(SpentNonce.nonce)).first() is not None


def forget(session: Session, families_before: datetime, nonces_before: datetime) -> None:
    """Drop the families that ran out, and the nonces that no timestamp would let in again."""
    session.execute(delete(TokenFamily).where(TokenFamily.expires_at < families_before))
    session.execute(delete(SpentNonce).where(SpentNonce.at < nonces_before))
