"""The JSON shapes of what admins ask."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gitinsight.domain.access import Tier
from gitinsight.services.all_keys import MOST_REQUESTS
from gitinsight.services.users import ROLES
from gitinsight.web.api.auth_schemas import KeySchema, UserSchema
from gitinsight.web.api.schemas import Moment, PageQuery, Strict, Text, Truth, words


def _text(most: int, description: str) -> Text:
    return Text(load_default="", validate=validate.Length(max=most), metadata={"description": description})


class AuditListQuery(PageQuery):
    actor = _text(100, "a user's id or name")
    action = _text(64, "an action, or the beginning of some")
    object_type = _text(64, "the kind of thing, such as repository")
    object_id = _text(200, "the thing")
    trace_id = _text(64, "the request that did it")
    since = Moment(load_default=lambda: None, metadata={"description": "at or after"})
    until = Moment(load_default=lambda: None, metadata={"description": "before"})


class AuditEntrySchema(Schema):
    id = fields.UUID(required=True)
    at = fields.AwareDateTime(required=True)
    sequence = fields.Integer(
        required=True,
        allow_none=True,
        metadata={"description": "its place in the chain; null until it is sealed"},
    )
    actor_id = fields.UUID(required=True, allow_none=True)
    actor_name = fields.String(required=True)
    action = fields.String(required=True)
    object_type = fields.String(required=True)
    object_id = fields.String(required=True)
    details = fields.Dict(required=True)
    trace_id = fields.String(required=True)


class AuditPageSchema(Schema):
    items = fields.List(fields.Nested(AuditEntrySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UserListQuery(PageQuery):
    q = _text(100, "a part of the name or the mail address")


class UserPageSchema(Schema):
    items = fields.List(fields.Nested(UserSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class UserChange(Strict):
    """What is not named stays; premium is a subscription, so of role and tier one follows from the other."""

    role = Text(validate=validate.OneOf([role.value for role in ROLES]))
    subscription_tier = Text(validate=words(Tier))
    disabled = Truth(metadata={"description": "true ends every session and token, and lets no new one in"})


class KeyListQuery(PageQuery):
    user_id = fields.UUID(load_default=lambda: None, metadata={"description": "only the keys of this user"})


class OwnedKeySchema(KeySchema):
    user_id = fields.UUID(required=True)
    username = fields.String(required=True)


class OwnedKeyPageSchema(Schema):
    items = fields.List(fields.Nested(OwnedKeySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class KeyChange(Strict):
    rate_limit = fields.Integer(
        required=True,
        allow_none=True,
        strict=True,
        validate=validate.Range(0, MOST_REQUESTS),
        metadata={"description": "requests an hour; 0 is without a limit, null is the user's own"},
    )
