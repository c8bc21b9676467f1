"""Who somebody is: users, their roles, and the ways in which they sign in."""

from __future__ import annotations

import secrets
from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import GRANTS, OPERATOR, Permission, Role, Viewer
from gitinsight.errors import AuthenticationRequired, NotFound, ValidationError
from gitinsight.services import api_keys, feeds, sessions
from gitinsight.services.api_keys import IssuedKey, KeyOrder
from gitinsight.services.context import session
from gitinsight.services.digests import digest
from gitinsight.store import people
from gitinsight.store.people import LoginLink, User

LOGIN_LINK_LIFETIME = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a browser signs in from, for the list of sessions: its user agent and its address."""

    agent: str = ""
    address: str = ""


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
    user = _named(username)
    secret = secrets.token_urlsafe(32)
    session().add(LoginLink(user_id=user.id, digest=digest(secret), expires_at=clock.now() + lifetime))
    feeds.audit(OPERATOR, "login_link.issued", ("user", username))
    feeds.commit()
    return secret


def sign_in_by_link(secret: str, origin: Origin) -> str:
    """The secret of a new browser session of the user whose unused link this is.

    Raises AuthenticationRequired for any other link.
    """
    user_id = people.use_login_link(session(), digest(secret), clock.now())
    user = session().get(User, user_id) if user_id else None
    if user is None or user.disabled_at:
        session().rollback()
        feeds.audit(Viewer(), "session.refused", ("login_link", ""), address=origin.address)
        feeds.commit()
        raise AuthenticationRequired(
            "This login link was used already or has expired. Make a new one with: gitinsight users login-link"
        )
    return open_session(user, "login link", origin)


def open_session(user: User, method: str, origin: Origin) -> str:
    """Open a browser session of a user who has proved to be it, and end the transaction; its secret."""
    user.last_login = clock.now()
    opened = sessions.begin(user, method, origin.agent, origin.address)
    feeds.audit(_viewer_of(user), "session.opened", ("user", user.username), by=method)
    feeds.commit()
    return opened


def sign_out(viewer: Viewer) -> None:
    """End the session that asks, where there is one."""
    # Another request of the same browser may have ended it since.
    with suppress(NotFound):
        if viewer.session_id:
            sessions.end(viewer, viewer.session_id)


def viewer_by_id(user_id: UUID) -> Viewer | None:
    """The user with all that he may do; None where he is gone or shut out."""
    user = session().get(User, user_id)
    return _viewer_of(user) if user and not user.disabled_at else None


def issue_key(
    username: str, name: str, scopes: tuple[Permission, ...] = (), lifetime: timedelta | None = None
) -> IssuedKey:
    """A new API key of this user, by the operator; with all that the user may do unless scopes are given."""
    user = _named(username)
    key = api_keys.write(
        OPERATOR, user, KeyOrder(name, scopes, lifetime), scopes or tuple(sorted(GRANTS[user.role]))
    )
    feeds.commit()
    return key


def _viewer_of(user: User) -> Viewer:
    return Viewer.of_role(user.role, user.id, user.username)


def _named(username: str) -> User:
    user = people.user_by_name(session(), username)
    if user is None:
        raise ValidationError(f"There is no user named {username!r}.")
    return user
