"""API keys: shown once, stored as a digest, with scopes, expiry, rotation with overlap, and signatures."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.access import GRANTS, Permission, Viewer
from gitinsight.domain.signatures import SignedRequest
from gitinsight.errors import AuthenticationRequired, AuthorizationDenied, NotFound, ValidationError
from gitinsight.services import feeds
from gitinsight.services.context import session, tools
from gitinsight.services.digests import digest
from gitinsight.store import people, tokens
from gitinsight.store.people import ApiKey, User

KEY_MARK = "gi_"
SIGNING_MARK = "gis_"
MOST_KEYS = 50
"""How many keys a user may have that are neither revoked nor expired."""
LONGEST_OVERLAP = timedelta(days=30)
_PREFIX_LENGTH = 11
_USE_IS_NOTED_EVERY = timedelta(minutes=1)


@dataclass(frozen=True, slots=True)
class KeyView:
    """An API key without its secrets; ``prefix`` is how its owner recognises it."""

    id: UUID
    name: str
    prefix: str
    scopes: tuple[Permission, ...]
    rate_limit: int | None
    created_at: datetime
    expires_at: datetime | None
    last_used_at: datetime | None


@dataclass(frozen=True, slots=True)
class IssuedKey(KeyView):
    """A new API key; ``secret`` and ``signing_secret`` cannot be shown again."""

    secret: str
    signing_secret: str


@dataclass(frozen=True, slots=True)
class KeyOrder:
    """What a key is asked for with; without scopes it has all that its owner may do."""

    name: str
    scopes: tuple[Permission, ...] = ()
    lifetime: timedelta | None = None
    rate_limit: int | None = None


def issue(viewer: Viewer, order: KeyOrder) -> IssuedKey:
    """A new key of the viewer's own, with no more rights than the credential that asks for it.

    Raises AuthorizationDenied for scopes beyond that, ValidationError past ``MOST_KEYS``.
    """
    user = session().get(User, viewer.user_id) if viewer.user_id else None
    if user is None:
        raise AuthorizationDenied("Only a user can have keys.")
    beyond = frozenset(order.scopes) - viewer.permissions
    if beyond:
        raise AuthorizationDenied(
            f"Your own credential lacks the scope {min(beyond)}.", permission=str(min(beyond))
        )
    key = write(viewer, user, order, order.scopes or tuple(sorted(viewer.permissions)))
    feeds.commit()
    return key


def write(viewer: Viewer, user: User, order: KeyOrder, scopes: tuple[Permission, ...]) -> IssuedKey:
    """Write a key of a user's in the current transaction."""
    at = clock.now()
    people.lock(session(), user.id)
    live = [key for key in people.keys_of(session(), user.id) if not key.expires_at or key.expires_at > at]
    if len(live) >= MOST_KEYS:
        raise ValidationError(f"A user has at most {MOST_KEYS} keys: revoke one first.", most=MOST_KEYS)
    secret, signing_secret = KEY_MARK + secrets.token_urlsafe(32), SIGNING_MARK + secrets.token_urlsafe(32)
    row = ApiKey(
        user_id=user.id,
        name=order.name,
        prefix=secret[:_PREFIX_LENGTH],
        digest=digest(secret),
        signing_secret=tools().vault.encrypt(signing_secret),
        scopes=[str(scope) for scope in scopes],
        rate_limit=order.rate_limit,
        expires_at=at + order.lifetime if order.lifetime else None,
    )
    session().add(row)
    session().flush()
    feeds.audit(viewer, "api_key.issued", ("api_key", row.id), user=user.username, scopes=row.scopes)
    return IssuedKey(*_fields(row), secret=secret, signing_secret=signing_secret)


def listing(viewer: Viewer) -> list[KeyView]:
    """The viewer's own keys that are not revoked, newest first."""
    assert viewer.user_id is not None
    return [key_view(row) for row in people.keys_of(session(), viewer.user_id)]


def rotate(viewer: Viewer, key_id: UUID, overlap: timedelta) -> IssuedKey:
    """A new key in the place of one of the viewer's own, which goes on for so long.

    The new one has the old one's name, scopes, limit and length of life. Raises NotFound for a key that is
    not his or not valid any more, AuthorizationDenied where it may do more than the credential that asks.
    """
    row, at = _own(viewer, key_id), clock.now()
    if row.expires_at and row.expires_at <= at:
        raise NotFound("This key has expired: make a new one.")
    scopes = tuple(Permission(scope) for scope in row.scopes)
    if frozenset(scopes) & GRANTS[viewer.role] - viewer.permissions:
        raise AuthorizationDenied("The key may do more than the credential that asks.")
    lifetime = row.expires_at - row.created_at if row.expires_at else None
    ends = at + min(overlap, LONGEST_OVERLAP)
    row.expires_at = min(row.expires_at, ends) if row.expires_at else ends
    user = session().get_one(User, row.user_id)
    issued = write(viewer, user, KeyOrder(row.name, scopes, lifetime, row.rate_limit), scopes)
    feeds.audit(viewer, "api_key.rotated", ("api_key", row.id), into=str(issued.id))
    feeds.commit()
    return issued


def revoke(viewer: Viewer, key_id: UUID) -> None:
    """End one of the viewer's own keys and every token that came from it; NotFound where it is not his."""
    row = _own(viewer, key_id)
    row.revoked_at = clock.now()
    feeds.audit(viewer, "api_key.revoked", ("api_key", row.id))
    feeds.commit()


def viewer_by_key(secret: str) -> Viewer:
    """The viewer that an API key stands for; AuthenticationRequired where it is not valid."""
    found = people.key_by_digest(session(), digest(secret))
    at = clock.now()
    if found is None or not is_valid(found[0], at) or found[1].disabled_at:
        raise AuthenticationRequired("This API key is unknown, expired or revoked.")
    key, user = found
    viewer = viewer_of(key, user)
    if key.last_used_at is None or at - key.last_used_at > _USE_IS_NOTED_EVERY:
        key.last_used_at = at
        session().commit()
    return viewer


def is_valid(key: ApiKey, at: datetime) -> bool:
    """Whether a key is neither revoked nor expired."""
    return key.revoked_at is None and (key.expires_at is None or key.expires_at > at)


def viewer_of(key: ApiKey, user: User) -> Viewer:
    """What a user may do with this key."""
    scopes = frozenset(Permission(scope) for scope in key.scopes)
    permissions = GRANTS[user.role] & scopes
    return Viewer(user.role, user.id, user.username, permissions, key_id=key.id, rate_limit=key.rate_limit)


def check_signature(viewer: Viewer, request: SignedRequest) -> None:
    """Return where the request is signed with the signing secret of the viewer's key, for the first time.

    Raises AuthorizationDenied where there is nothing to sign with, or no signature; AuthenticationRequired
    where the signature is wrong, too old or was used before.
    """
    row = session().get(ApiKey, viewer.key_id) if viewer.key_id else None
    if row is None or row.signing_secret is None:
        raise AuthorizationDenied(
            "This needs a browser session, or a request that is signed with an API key's signing secret.",
            signature="required",
        )
    if not (request.timestamp or request.nonce or request.signature):
        raise AuthorizationDenied("This needs a signed request.", signature="required")
    if not request.is_well_formed() or not request.is_signed_with(tools().vault.decrypt(row.signing_secret)):
        raise AuthenticationRequired("The request's signature is wrong.", signature="wrong")
    at = clock.now()
    if not request.is_of(at):
        raise AuthenticationRequired("The request's timestamp is too far from ours.", signature="stale")
    if not tokens.spend_nonce(session(), row.id, request.nonce, at):
        session().rollback()
        raise AuthenticationRequired("The request's nonce was used before.", signature="replayed")
    session().commit()


def _own(viewer: Viewer, key_id: UUID) -> ApiKey:
    row = session().get(ApiKey, key_id)
    if row is None or row.user_id != viewer.user_id or row.revoked_at:
        raise NotFound("You have no key of this id.")
    return row


def key_view(row: ApiKey) -> KeyView:
    """A key as it leaves this layer."""
    return KeyView(*_fields(row))


def _fields(
    row: ApiKey,
) -> tuple[UUID, str, str, tuple[Permission, ...], int | None, datetime, datetime | None, datetime | None]:
    scopes = tuple(Permission(scope) for scope in row.scopes)
    return (
        *(row.id, row.name, row.prefix, scopes),
        *(row.rate_limit, row.created_at, row.expires_at, row.last_used_at),
    )
