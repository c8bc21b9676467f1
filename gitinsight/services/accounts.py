"""Who somebody is: users, one-time login links, API keys.

Secrets are shown once and stored as SHA-256: they are 256 random bits, so a slow hash adds nothing.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import GRANTS, OPERATOR, Permission, Role, Viewer
from gitinsight.errors import AuthenticationRequired, ValidationError
from gitinsight.services import feeds
from gitinsight.services.context import session
from gitinsight.store import people
from gitinsight.store.people import ApiKey, LoginLink, User

KEY_MARK = "gi_"
LOGIN_LINK_LIFETIME = timedelta(minutes=15)
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A new API key; ``secret`` cannot be shown again."""

    id: UUID
    name: str
    secret: str
    scopes: tuple[Permission, ...]
    expires_at: datetime | None


def ensure_user(username: str, role: Role) -> UUID:
    """The id of the user of this name, made with this role where there is none."""
    user = people.user_by_name(session(), username)
    if user is None:
        user = User(username=username, name=username, role=role)
        session().add(user)
        feeds.audit(OPERATOR, "user.created", ("user", username), role=role)
        feeds.commit()
    return user.id


def issue_login_link(username: str, lifetime: timedelta = LOGIN_LINK_LIFETIME) -> str:
    """The secret of a link that signs this user in once within its lifetime."""
    user = people.user_by_name(session(), username)
    if user is None:
        raise ValidationError(f"There is no user named {username!r}.")
    secret = secrets.token_urlsafe(32)
    session().add(LoginLink(user_id=user.id, digest=_digest(secret), expires_at=clock.now() + lifetime))
    feeds.audit(OPERATOR, "login_link.issued", ("user", username))
    feeds.commit()
    return secret


def sign_in_by_link(secret: str) -> UUID:
    """The id of the user whose unused link this is; AuthenticationRequired otherwise."""
    at = clock.now()
    user_id = people.use_login_link(session(), _digest(secret), at)
    user = session().get(User, user_id) if user_id else None
    if user is None:
        session().rollback()
        raise AuthenticationRequired(
            "This login link was used already or has expired. Make a new one with: gitinsight users login-link"
        )
    user.last_login = at
    feeds.audit(viewer_of(user), "session.opened", ("user", user.username), by="login link")
    feeds.commit()
    return user.id


def viewer_of(user: User) -> Viewer:
    """What a user's browser session may do."""
    return Viewer.of_role(user.role, user.id, user.username, session=True)


def viewer_by_id(user_id: UUID) -> Viewer | None:
    """The viewer behind a browser session, or None where the user is gone."""
    user = session().get(User, user_id)
    return viewer_of(user) if user else None


def issue_key(
    username: str, name: str, scopes: tuple[Permission, ...] = (), lifetime: timedelta | None = None
) -> IssuedKey:
    """A new API key of this user, with all that the user may do unless scopes are given."""
    user = people.user_by_name(session(), username)
    if user is None:
        raise ValidationError(f"There is no user named {username!r}.")
    granted = scopes or tuple(sorted(GRANTS[user.role]))
    secret = KEY_MARK + secrets.token_urlsafe(32)
    key = ApiKey(
        user_id=user.id,
        name=name,
        prefix=secret[:11],
        digest=_digest(secret),
        scopes=[str(scope) for scope in granted],
        expires_at=clock.now() + lifetime if lifetime else None,
    )
    session().add(key)
    session().flush()
    feeds.audit(OPERATOR, "api_key.issued", ("api_key", key.id), user=username, scopes=key.scopes)
    issued = IssuedKey(key.id, name, secret, granted, key.expires_at)
    feeds.commit()
    return issued


def viewer_by_key(secret: str) -> Viewer:
    """The viewer that an API key stands for; AuthenticationRequired where it is not valid."""
    found = people.key_by_digest(session(), _digest(secret))
    at = clock.now()
    if found is None or found[0].revoked_at or (found[0].expires_at and found[0].expires_at <= at):
        raise AuthenticationRequired("This API key is unknown, expired or revoked.")
    key, user = found
    if key.last_used_at is None or at - key.last_used_at > _USE_IS_NOTED_EVERY:
        key.last_used_at = at
        session().commit()
    scopes = frozenset(Permission(scope) for scope in key.scopes)
    return Viewer.of_role(user.role, user.id, user.username).limited_to(scopes)


def _digest(secret: str) -> str:
    return sha256(secret.encode()).hexdigest()
