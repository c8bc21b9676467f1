"""Users as they see themselves."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gitinsight.domain.access import Role, Tier, Viewer
from gitinsight.errors import NotFound
from gitinsight.services.context import session
from gitinsight.store.people import User


@dataclass(frozen=True, slots=True)
class UserView:
    """A user, for himself and for admins."""

    id: UUID
    username: str
    name: str | None
    email: str | None
    avatar_url: str | None
    bio: str | None
    location: str | None
    company: str | None
    github_id: int | None
    role: Role
    subscription_tier: Tier
    created_at: datetime
    last_login: datetime | None
    disabled_at: datetime | None


def me(viewer: Viewer) -> UserView:
    """The user who asks; NotFound where there is none any more."""
    return _view(_row(viewer.user_id))


def _row(user_id: UUID | None) -> User:
    row = session().get(User, user_id) if user_id else None
    if row is None:
        raise NotFound("There is no user of this id.")
    return row


def _view(row: User) -> UserView:
    return UserView(
        *(row.id, row.username, row.name, row.email, row.avatar_url, row.bio, row.location, row.company),
        *(row.github_id, row.role, row.subscription_tier, row.created_at, row.last_login, row.disabled_at),
    )
