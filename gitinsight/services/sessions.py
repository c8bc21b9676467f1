"""Browser sessions: opened at sign-in, listed, ended from any other session of the same user."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import Viewer
from gitinsight.errors import NotFound
from gitinsight.services import feeds
from gitinsight.services.context import session
from gitinsight.services.digests import digest
from gitinsight.store import sessions, tokens
from gitinsight.store.people import User
from gitinsight.store.sessions import BrowserSession

LIFETIME = timedelta(days=30)
"""A session ends so long after it was opened, used or not."""
IDLE_LIFETIME = timedelta(days=7)
"""A session that nobody used for so long ends."""
_USE_IS_NOTED_EVERY = timedelta(minutes=5)
_LONGEST_AGENT = 200


@dataclass(frozen=True, slots=True)
class SessionView:
    """One open session, for its owner; ``is_current`` where it is the one that asks."""

    id: UUID
    method: str
    agent: str
    address: str
    created_at: datetime
    last_seen_at: datetime
    expires_at: datetime
    is_current: bool


def begin(user: User, method: str, agent: str = "", address: str = "") -> str:
    """Open a session in the current transaction; the secret for the cookie, which cannot be read again."""
    secret, at = secrets.token_urlsafe(32), clock.now()
    session().add(
        BrowserSession(
            user_id=user.id,
            digest=digest(secret),
            method=method,
            agent=agent[:_LONGEST_AGENT],
            address=address,
            last_seen_at=at,
            expires_at=at + LIFETIME,
        )
    )
    return secret


def viewer_by_secret(secret: str) -> Viewer | None:
    """Who is behind a cookie; None where the session ended, or its user is gone or shut out."""
    found = sessions.by_digest(session(), digest(secret))
    if found is None or found[1].disabled_at:
        return None
    row, user = found
    at = clock.now()
    if not is_open(row, at):
        return None
    viewer = Viewer(user.role, user.id, user.username, Viewer.of_role(user.role).permissions, row.id)
    if at - row.last_seen_at > _USE_IS_NOTED_EVERY:
        row.last_seen_at = at
        session().commit()
    return viewer


def is_open(row: BrowserSession, at: datetime) -> bool:
    """Whether a session was neither ended, nor too old, nor unused for too long by then."""
    return row.revoked_at is None and at < min(row.expires_at, row.last_seen_at + IDLE_LIFETIME)


def listing(viewer: Viewer) -> list[SessionView]:
    """The viewer's own open sessions, the one used last first."""
    assert viewer.user_id is not None
    at = clock.now()
    rows = sessions.open_of(session(), viewer.user_id, at)
    return [
        SessionView(
            row.id,
            row.method,
            row.agent,
            row.address,
            row.created_at,
            row.last_seen_at,
            min(row.expires_at, row.last_seen_at + IDLE_LIFETIME),
            row.id == viewer.session_id,
        )
        for row in rows
        if is_open(row, at)
    ]


def end(viewer: Viewer, session_id: UUID) -> None:
    """End one of the viewer's own sessions; NotFound where it is not his or has ended."""
    assert viewer.user_id is not None
    if not sessions.revoke(session(), viewer.user_id, clock.now(), session_id):
        session().rollback()
        raise NotFound("You have no open session of this id.")
    feeds.audit(viewer, "session.ended", ("session", session_id))
    feeds.commit()


def end_all(viewer: Viewer) -> int:
    """End every session and every token of the viewer's, this one too; how many sessions there were."""
    assert viewer.user_id is not None
    ended = shut(viewer.user_id, "signed out everywhere")
    feeds.audit(viewer, "session.all_ended", ("user", viewer.user_id), sessions=ended)
    feeds.commit()
    return ended


def shut(user_id: UUID, reason: str) -> int:
    """End a user's sessions and tokens in the current transaction; how many sessions there were."""
    at = clock.now()
    tokens.revoke_families_of(session(), user_id, at, reason)
    return sessions.revoke(session(), user_id, at)
