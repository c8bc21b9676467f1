"""Users as they see themselves, and as admins see and change them: roles, subscriptions, shutting out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Role, Tier, Viewer, role_with_tier
from gitinsight.errors import AuthorizationDenied, NotFound, ValidationError
from gitinsight.services import feeds, sessions
from gitinsight.services.context import session
from gitinsight.services.repositories import require
from gitinsight.store import people
from gitinsight.store.people import Position, User

ROLES = (Role.USER, Role.PREMIUM, Role.ADMIN)
"""The roles that a user may be given."""


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


@dataclass(frozen=True, slots=True)
class UserPage:
    """One page of users, newest first; ``more`` says that the last one has followers."""

    items: list[UserView]
    more: bool


def me(viewer: Viewer) -> UserView:
    """The user who asks; NotFound where there is none any more."""
    return _view(_row(viewer.user_id))


def get(viewer: Viewer, user_id: UUID) -> UserView:
    """One user, for admins; NotFound where there is none of this id."""
    require(viewer, Permission.ADMIN_USERS)
    return _view(_row(user_id))


def search(viewer: Viewer, text: str = "", after: Position | None = None, limit: int = 50) -> UserPage:
    """The users whose name or mail holds a text, for admins."""
    require(viewer, Permission.ADMIN_USERS)
    rows = people.users_page(session(), text, after, limit)
    return UserPage([_view(row) for row in rows[:limit]], len(rows) > limit)


def change(viewer: Viewer, user_id: UUID, changes: Mapping[str, Any]) -> UserView:
    """Change a user's ``role``, ``subscription_tier`` or ``disabled``; for admins.

    Premium is a subscription: the role and the tier that are not named follow from the one that is. A user
    who is shut out loses his sessions and tokens at once. Raises AuthorizationDenied where an admin would
    take his own rights away, or has lost them meanwhile, so that one always remains; ValidationError for a
    role and a tier that contradict each other.
    """
    require(viewer, Permission.ADMIN_USERS)
    row = _row(user_id)
    _lock(viewer, row)
    role, tier = _wanted(row, changes)
    disabled = changes.get("disabled", row.disabled_at is not None)
    if row.id == viewer.user_id and (disabled or role is not Role.ADMIN):
        raise AuthorizationDenied("Another admin has to take your rights away.")
    before = _rights(row)
    row.role, row.subscription_tier = role, tier
    if not disabled:
        row.disabled_at = None
    elif row.disabled_at is None:
        row.disabled_at = clock.now()
        sessions.shut(row.id, "user shut out")
    if before != _rights(row):
        feeds.audit(viewer, "user.changed", ("user", row.username), before=before, after=_rights(row))
    changed = _view(row)
    feeds.commit()
    return changed


def _lock(viewer: Viewer, row: User) -> None:
    """Keep both as they are now until the transaction ends; of two admins who change each other one is late."""
    for user_id in sorted({row.id, viewer.user_id or row.id}):
        people.lock(session(), user_id)
        session().refresh(session().get_one(User, user_id))
    actor = session().get_one(User, viewer.user_id) if viewer.user_id else None
    if actor and (actor.disabled_at or actor.role is not Role.ADMIN):
        session().rollback()
        raise AuthorizationDenied("Your own rights were taken away meanwhile.")


def _wanted(row: User, changes: Mapping[str, Any]) -> tuple[Role, Tier]:
    role, tier = changes.get("role", row.role), changes.get("subscription_tier", row.subscription_tier)
    if "role" not in changes:
        role = role_with_tier(row.role, tier)
    elif "subscription_tier" not in changes and role is not Role.ADMIN:
        tier = Tier.PREMIUM if role is Role.PREMIUM else Tier.FREE
    if role is not role_with_tier(role, tier):
        raise ValidationError(
            f"The role {role} does not go with the tier {tier}.", role=role, subscription_tier=tier
        )
    return role, tier


def _rights(row: User) -> dict[str, Any]:
    return {
        "role": row.role,
        "subscription_tier": row.subscription_tier,
        "disabled": row.disabled_at is not None,
    }


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
