"""The JSON shapes of who somebody is: users, keys, sessions, tokens."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from gitinsight.domain.access import Permission, Role, Tier
from gitinsight.services.api_keys import LONGEST_OVERLAP
from gitinsight.web.api.schemas import Strict, Text, words

MOST_DAYS = 3650
_HOURS = int(LONGEST_OVERLAP / timedelta(hours=1))
_LONGEST_TOKEN = 4096


def _each_once(values: list[str]) -> None:
    if len(set(values)) < len(values):
        raise ValidationError("Names one twice.")


def _scopes(description: str) -> fields.List[Any]:
    return fields.List(
        Text(validate=words(Permission)),
        load_default=list,
        validate=[validate.Length(max=len(Permission)), _each_once],
        metadata={"description": description, "uniqueItems": True},
    )


class TokenOrder(Strict):
    scopes = _scopes("what the token may do; without any, all that the credential may")


class Refresh(Strict):
    refresh_token = Text(required=True, validate=validate.Length(min=1, max=_LONGEST_TOKEN))


class Revocation(Strict):
    token = Text(
        required=True,
        validate=validate.Length(min=1, max=_LONGEST_TOKEN),
        metadata={"description": "an access token or a refresh token"},
    )


class TokenPairSchema(Schema):
    """As RFC 6749, 5.1 has it."""

    access_token = fields.String(required=True)
    token_type = fields.Constant("Bearer", required=True, metadata={"type": "string"})
    expires_in = fields.Integer(required=True, metadata={"description": "seconds"})
    refresh_token = fields.String(required=True)
    scope = fields.Function(lambda pair: " ".join(pair.scopes), required=True, metadata={"type": "string"})


class JwkSchema(Schema):
    kty = fields.String(required=True)
    crv = fields.String(required=True)
    x = fields.String(required=True)
    y = fields.String(required=True)
    kid = fields.String(required=True)
    use = fields.String(required=True)
    alg = fields.String(required=True)


class JwkSetSchema(Schema):
    """A JWK Set (RFC 7517)."""

    keys = fields.List(fields.Nested(JwkSchema), required=True)


class UserSchema(Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    email = fields.String(required=True, allow_none=True)
    avatar_url = fields.String(required=True, allow_none=True)
    bio = fields.String(required=True, allow_none=True)
    location = fields.String(required=True, allow_none=True)
    company = fields.String(required=True, allow_none=True)
    github_id = fields.Integer(required=True, allow_none=True)
    role = fields.Enum(Role, by_value=True, required=True)
    subscription_tier = fields.Enum(Tier, by_value=True, required=True)
    created_at = fields.AwareDateTime(required=True)
    last_login = fields.AwareDateTime(required=True, allow_none=True)
    disabled_at = fields.AwareDateTime(required=True, allow_none=True)


class MeSchema(Schema):
    user = fields.Nested(UserSchema, required=True)
    permissions = fields.List(
        fields.Enum(Permission, by_value=True),
        required=True,
        metadata={"description": "what this credential may do"},
    )


class KeyOrderSchema(Strict):
    name = Text(required=True, validate=validate.Length(min=1, max=100))
    scopes = _scopes("what the key may do; without any, all that the credential which asks may")
    expires_in_days = fields.Integer(
        load_default=None,
        allow_none=True,
        strict=True,
        validate=validate.Range(1, MOST_DAYS),
        metadata={"description": "null for a key that does not expire"},
    )


class KeySchema(Schema):
    id = fields.UUID(required=True)
    name = fields.String(required=True)
    prefix = fields.String(required=True, metadata={"description": "how its owner recognises the key"})
    scopes = fields.List(fields.Enum(Permission, by_value=True), required=True)
    rate_limit = fields.Integer(
        required=True, allow_none=True, metadata={"description": "requests an hour; null for the role's"}
    )
    created_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True, allow_none=True)
    last_used_at = fields.AwareDateTime(required=True, allow_none=True)


class KeyListSchema(Schema):
    items = fields.List(fields.Nested(KeySchema), required=True)


class IssuedKeySchema(KeySchema):
    """A new key; its secrets cannot be shown again."""

    secret = fields.String(required=True)
    signing_secret = fields.String(required=True, metadata={"description": "signs sensitive requests"})


class RotationSchema(Strict):
    overlap_hours = fields.Integer(
        load_default=24,
        strict=True,
        validate=validate.Range(0, _HOURS),
        metadata={"description": "how long the former key goes on"},
    )


class SessionSchema(Schema):
    id = fields.UUID(required=True)
    method = fields.String(required=True, metadata={"description": "how the person signed in"})
    agent = fields.String(required=True)
    address = fields.String(required=True)
    created_at = fields.AwareDateTime(required=True)
    last_seen_at = fields.AwareDateTime(required=True)
    expires_at = fields.AwareDateTime(required=True)
    is_current = fields.Boolean(required=True)


class SessionListSchema(Schema):
    items = fields.List(fields.Nested(SessionSchema), required=True)
