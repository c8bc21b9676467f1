"""Credentials over the API: tokens for programs, API keys, sessions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from gitinsight.domain.access import Permission
from gitinsight.services import api_keys, sessions, signing_keys, tokens, users
from gitinsight.services.api_keys import IssuedKey, KeyOrder
from gitinsight.services.tokens import TokenPair
from gitinsight.web.api import auth_schemas as shapes
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.guard import anonymous, sensitive, signed_in, viewer
from gitinsight.web.security import secret_answer

blueprint = ApiBlueprint("credentials", __name__, description="Who asks: tokens, API keys, sessions")


@blueprint.post("/auth/token")
@signed_in
@secret_answer
@blueprint.arguments(shapes.TokenOrder, required=False)
@blueprint.response(200, shapes.TokenPairSchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def issue_token(body: dict[str, Any]) -> TokenPair:
    """A JSON Web Token and a refresh token, for an API key or a browser session."""
    return tokens.issue(viewer(), _scopes(body))


@blueprint.post("/auth/refresh")
@anonymous
@secret_answer
@blueprint.arguments(shapes.Refresh)
@blueprint.response(200, shapes.TokenPairSchema)
def refresh_token(body: dict[str, Any]) -> TokenPair:
    """The next pair. A refresh token is good once: a second use ends all tokens that followed from it."""
    return tokens.refresh(body["refresh_token"])


@blueprint.post("/auth/revoke")
@anonymous
@blueprint.arguments(shapes.Revocation)
@blueprint.response(204)
def revoke_token(body: dict[str, Any]) -> None:
    """End a token and all that belong to the same exchange; an unknown one needs no ending."""
    tokens.revoke(body["token"])


@blueprint.get("/auth/jwks")
@anonymous
@blueprint.response(200, shapes.JwkSetSchema)
def get_jwks() -> dict[str, Any]:
    """The public keys that verify access tokens."""
    return signing_keys.public_set()


@blueprint.get("/auth/me")
@signed_in
@blueprint.response(200, shapes.MeSchema)
def get_me() -> dict[str, Any]:
    """The user who asks, and what this credential may do."""
    return {"user": users.me(viewer()), "permissions": sorted(viewer().permissions)}


@blueprint.get("/auth/keys")
@signed_in
@blueprint.response(200, shapes.KeyListSchema)
def list_keys() -> dict[str, Any]:
    """The caller's own keys, newest first; their secrets are not stored."""
    return {"items": api_keys.listing(viewer())}


@blueprint.post("/auth/keys")
@signed_in
@sensitive
@secret_answer
@blueprint.arguments(shapes.KeyOrderSchema)
@blueprint.response(201, shapes.IssuedKeySchema)
@blueprint.alt_response(403, schema=schemas.ErrorSchema)
def create_key(body: dict[str, Any]) -> IssuedKey:
    """A new key, with no more rights than the credential that asks; its secrets are shown this once."""
    days = body["expires_in_days"]
    order = KeyOrder(body["name"], _scopes(body), timedelta(days=days) if days else None)
    return api_keys.issue(viewer(), order)


@blueprint.post("/auth/keys/<uuid:key_id>/rotate")
@signed_in
@sensitive
@secret_answer
@blueprint.arguments(shapes.RotationSchema, required=False)
@blueprint.response(201, shapes.IssuedKeySchema)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def rotate_key(body: dict[str, Any], key_id: UUID) -> IssuedKey:
    """A new key in the place of one, which goes on for the overlap."""
    return api_keys.rotate(viewer(), key_id, timedelta(hours=body["overlap_hours"]))


@blueprint.delete("/auth/keys/<uuid:key_id>")
@signed_in
@sensitive
@blueprint.response(204)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def revoke_key(key_id: UUID) -> None:
    """End a key, and every token that came from it."""
    api_keys.revoke(viewer(), key_id)


@blueprint.get("/auth/sessions")
@signed_in
@sensitive
@blueprint.response(200, shapes.SessionListSchema)
def list_sessions() -> dict[str, Any]:
    """The caller's own open browser sessions, the one used last first."""
    return {"items": sessions.listing(viewer())}


@blueprint.delete("/auth/sessions/<uuid:session_id>")
@signed_in
@sensitive
@blueprint.response(204)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def end_session(session_id: UUID) -> None:
    """End one of the caller's browser sessions."""
    sessions.end(viewer(), session_id)


@blueprint.delete("/auth/sessions")
@signed_in
@sensitive
@blueprint.response(204)
def end_all_sessions() -> None:
    """End every browser session and every token of the caller's."""
    sessions.end_all(viewer())


def _scopes(body: dict[str, Any]) -> tuple[Permission, ...]:
    return tuple(Permission(scope) for scope in sorted(body.get("scopes", ())))
