"""The JSON shapes of the streams of events."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gitinsight.domain.events import Topic
from gitinsight.web.api.schemas import Strict, words

_LARGEST_ID = 2**63 - 1


class StreamQuery(Strict):
    last_event_id = fields.Integer(
        load_default=lambda: None,
        validate=validate.Range(0, _LARGEST_ID),
        metadata={"description": "the last event already seen; without it the newest ones, or from now on"},
    )
    limit = fields.Integer(
        load_default=100,
        validate=validate.Range(1, 500),
        metadata={"description": "of a page; live forms have none"},
    )


class EventSchema(Schema):
    sequence = fields.Integer(
        required=True, metadata={"description": "the event's id, in order, for `last_event_id`"}
    )
    topic = fields.String(required=True, validate=words(Topic))
    at = fields.AwareDateTime(required=True)
    repository_id = fields.UUID(required=True, allow_none=True)
    user_id = fields.UUID(required=True, allow_none=True)
    payload = fields.Dict(
        keys=fields.String(), required=True, metadata={"description": "by topic, see docs/events.md"}
    )


class EventPageSchema(Schema):
    items = fields.List(fields.Nested(EventSchema), required=True, metadata={"description": "oldest first"})
    last_event_id = fields.Integer(required=True, metadata={"description": "where to go on"})
    more = fields.Boolean(required=True, metadata={"description": "whether more wait already"})
