"""Tokens for programs: a short-lived JWT and a refresh token that is good once.

A refresh token that comes a second time was copied, so the whole family of tokens that it belongs to ends
(RFC 9700, 4.14). Every access token names its family, so that revoking one takes effect at once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import structlog
from joserfc import jwt
from joserfc.errors import ExpiredTokenError, JoseError

from gitinsight.domain import clock
from gitinsight.domain.access import GRANTS, Permission, Viewer
from gitinsight.errors import AuthenticationRequired, AuthorizationDenied
from gitinsight.services import api_keys, feeds, sessions, signing_keys
from gitinsight.services.context import session, tools
from gitinsight.services.digests import digest
from gitinsight.store import tokens
from gitinsight.store.tokens import Holder, RefreshToken, TokenFamily

log = structlog.get_logger(__name__)

ACCESS_LIFETIME = timedelta(minutes=15)
REFRESH_LIFETIME = timedelta(days=14)
FAMILY_LIFETIME = timedelta(days=90)
"""After so long the API key or the session has to be shown again."""
AUDIENCE = "gitinsight-api"
TYPE = "at+jwt"
_REFRESH_MARK = "gir_"
_GONE = "This token is unknown, expired or revoked."


@dataclass(frozen=True, slots=True)
class TokenPair:
    """An access token with its seconds to live, and the refresh token for the next pair."""

    access_token: str
    refresh_token: str
    expires_in: int
    scopes: tuple[Permission, ...]


def issue(viewer: Viewer, scopes: tuple[Permission, ...] = ()) -> TokenPair:
    """A pair for who asks by an API key or in a browser session, with some or all of that one's rights.

    Raises AuthorizationDenied for scopes beyond those, and where the viewer has only a token himself.
    """
    if viewer.user_id is None or not (viewer.key_id or viewer.session_id) or viewer.is_token:
        raise AuthorizationDenied("Ask with an API key or in a browser session; a token is renewed instead.")
    beyond = frozenset(scopes) - viewer.permissions
    if beyond:
        raise AuthorizationDenied(
            f"Your own credential lacks the scope {min(beyond)}.", permission=str(min(beyond))
        )
    granted = tuple(sorted(scopes or viewer.permissions))
    family = TokenFamily(
        user_id=viewer.user_id,
        api_key_id=viewer.key_id,
        session_id=viewer.session_id,
        scopes=[str(scope) for scope in granted],
        expires_at=clock.now() + FAMILY_LIFETIME,
    )
    session().add(family)
    session().flush()
    feeds.audit(viewer, "token.issued", ("token_family", family.id), scopes=family.scopes)
    return _pair(family)


def refresh(refresh_token: str) -> TokenPair:
    """A new pair for a refresh token that was not used yet.

    Raises AuthenticationRequired for any other; a used one ends its family as well.
    """
    at = clock.now()
    row = tokens.refresh_by_digest(session(), digest(refresh_token))
    found = tokens.holder(session(), row.family_id) if row else None
    if row is None or found is None or not _is_live(found, at) or row.expires_at <= at:
        raise AuthenticationRequired(_GONE)
    if not tokens.use_refresh(session(), row.id, at):
        tokens.revoke_family(session(), row.family_id, at, "reuse of a refresh token")
        feeds.audit(_viewer(found), "token.reuse_detected", ("token_family", row.family_id))
        feeds.commit()
        log.warning("refresh_token_reused", family=str(row.family_id))
        raise AuthenticationRequired(
            "This refresh token was used before, so all that followed from it ended."
        )
    feeds.audit(_viewer(found), "token.refreshed", ("token_family", row.family_id))
    return _pair(found.family)


def revoke(token: str) -> None:
    """End the family of an access or refresh token; what is unknown or has ended needs no ending."""
    row = tokens.refresh_by_digest(session(), digest(token))
    family_id = row.family_id if row else _family_of(token)
    found = tokens.holder(session(), family_id) if family_id else None
    if found and tokens.revoke_family(session(), found.family.id, clock.now(), "revoked"):
        feeds.audit(_viewer(found), "token.revoked", ("token_family", found.family.id))
    feeds.commit()


def viewer_by_token(token: str) -> Viewer:
    """Who is behind an access token; AuthenticationRequired where it is not good any more."""
    try:
        claims = _claims(token)
    except ExpiredTokenError as error:
        raise AuthenticationRequired("This token has expired: renew it.", reason="expired") from error
    except (JoseError, ValueError) as error:
        raise AuthenticationRequired(_GONE) from error
    found = tokens.holder(session(), UUID(claims["fam"]))
    if found is None or not _is_live(found, clock.now()):
        raise AuthenticationRequired(_GONE)
    return _viewer(found)


def _pair(family: TokenFamily) -> TokenPair:
    """Write a refresh token, end the transaction and sign an access token."""
    at = clock.now()
    secret = _REFRESH_MARK + secrets.token_urlsafe(32)
    ends = min(at + REFRESH_LIFETIME, family.expires_at)
    session().add(RefreshToken(family_id=family.id, digest=digest(secret), expires_at=ends))
    scopes = tuple(Permission(scope) for scope in family.scopes)
    claims = _claims_of(family, at)
    feeds.commit()
    key = signing_keys.signing_key()
    header = {"alg": signing_keys.ALGORITHM, "kid": key.kid, "typ": TYPE}
    signed = jwt.encode(header, claims, key, algorithms=[signing_keys.ALGORITHM])
    return TokenPair(signed, secret, int(ACCESS_LIFETIME.total_seconds()), scopes)


def _claims_of(family: TokenFamily, at: datetime) -> dict[str, Any]:
    """The claims of RFC 9068, and the family."""
    return {
        "iss": _issuer(),
        "aud": AUDIENCE,
        "sub": str(family.user_id),
        "client_id": str(family.api_key_id or family.session_id),
        "fam": str(family.id),
        "jti": secrets.token_urlsafe(16),
        "scope": " ".join(family.scopes),
        "iat": int(at.timestamp()),
        "exp": int((at + ACCESS_LIFETIME).timestamp()),
    }


def _claims(token: str) -> dict[str, Any]:
    """The claims of an access token of ours that is in its time.

    Raises JoseError or ValueError for anything else: another algorithm, key, type, issuer or audience.
    """
    found = jwt.decode(token, signing_keys.verifying_keys(), algorithms=[signing_keys.ALGORITHM])
    if found.header.get("typ") != TYPE:
        raise ValueError("not an access token")
    jwt.JWTClaimsRegistry(
        now=int(clock.now().timestamp()),
        iss={"essential": True, "value": _issuer()},
        aud={"essential": True, "value": AUDIENCE},
        exp={"essential": True},
        iat={"essential": True},
        fam={"essential": True},
    ).validate(found.claims)
    UUID(found.claims["fam"])
    return found.claims


def _family_of(token: str) -> UUID | None:
    """The family of an access token, one that is still good; None for any other text."""
    try:
        return UUID(_claims(token)["fam"])
    except (JoseError, ValueError):
        return None


def _is_live(found: Holder, at: datetime) -> bool:
    """Whether a family's tokens are good: it, what it came from and its user are."""
    if found.family.revoked_at or found.family.expires_at <= at or found.user.disabled_at:
        return False
    if found.session is not None:
        return sessions.is_open(found.session, at)
    return found.key is not None and api_keys.is_valid(found.key, at)


def _viewer(found: Holder) -> Viewer:
    scopes = frozenset(Permission(scope) for scope in found.family.scopes)
    user, key = found.user, found.key
    return Viewer(
        user.role,
        user.id,
        user.username,
        GRANTS[user.role] & scopes,
        key_id=key.id if key else None,
        is_token=True,
        rate_limit=key.rate_limit if key else None,
    )


def _issuer() -> str:
    return tools().settings.base_url or "gitinsight"
