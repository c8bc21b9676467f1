"""The API keys of all users, for admins: who has which, what they may ask an hour, ending one."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import Permission, Viewer
from gitinsight.errors import NotFound
from gitinsight.services import feeds
from gitinsight.services.api_keys import KeyView, key_view
from gitinsight.services.context import session
from gitinsight.services.repositories import require
from gitinsight.store import people
from gitinsight.store.people import ApiKey, Position, User

MOST_REQUESTS = 1_000_000
"""The greatest limit that a key may be given, in requests an hour."""


@dataclass(frozen=True, slots=True)
class OwnedKey(KeyView):
    """An API key without its secrets, and whose it is."""

    user_id: UUID
    username: str


@dataclass(frozen=True, slots=True)
class KeyPage:
    """One page of keys, newest first; ``more`` says that the last one has followers."""

    items: list[OwnedKey]
    more: bool


def listing(
    viewer: Viewer, user_id: UUID | None = None, after: Position | None = None, limit: int = 50
) -> KeyPage:
    """The keys of one user, or of all, that are not revoked; those that have expired too."""
    require(viewer, Permission.ADMIN_USERS)
    found = people.keys_page(session(), user_id, after, limit)
    return KeyPage([_owned(*each) for each in found[:limit]], len(found) > limit)


def limit(viewer: Viewer, key_id: UUID, requests: int | None) -> OwnedKey:
    """Let a key ask so often an hour, counted by itself; None for its user's limit, 0 for none at all."""
    require(viewer, Permission.ADMIN_USERS)
    row = _row(key_id)
    feeds.audit(
        viewer,
        "api_key.changed",
        ("api_key", row.id),
        before={"rate_limit": row.rate_limit},
        after={"rate_limit": requests},
    )
    row.rate_limit = requests
    changed = _owned(row, session().get_one(User, row.user_id))
    feeds.commit()
    return changed


def revoke(viewer: Viewer, key_id: UUID) -> None:
    """End a key of whomever, and every token that came from it."""
    require(viewer, Permission.ADMIN_USERS)
    row = _row(key_id)
    row.revoked_at = clock.now()
    feeds.audit(viewer, "api_key.revoked", ("api_key", row.id), user_id=str(row.user_id))
    feeds.commit()


def _row(key_id: UUID) -> ApiKey:
    row = session().get(ApiKey, key_id)
    if row is None or row.revoked_at:
        raise NotFound("There is no key of this id.")
    return row


def _owned(row: ApiKey, user: User) -> OwnedKey:
    known = key_view(row)
    return OwnedKey(
        **{name: getattr(known, name) for name in KeyView.__dataclass_fields__},
        user_id=user.id,
        username=user.username,
    )
