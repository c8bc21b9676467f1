"""The JSON shapes of the fast reads: rankings, search and a repository at a glance."""

from __future__ import annotations

from marshmallow import Schema, fields, validate

from gitinsight.web.api.repository_schemas import RepositoryFactsSchema
from gitinsight.web.api.schemas import Strict, Text


class RankingQuery(Strict):
    language = Text(load_default="", validate=validate.Length(max=100))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class TrendingSchema(Schema):
    fast = fields.Float(required=True, metadata={"description": "counter with a half-life of 7 days"})
    slow = fields.Float(required=True, metadata={"description": "counter with a half-life of 56 days"})
    expected = fields.Float(required=True, metadata={"description": "what the slow counter lets one expect"})
    variance = fields.Float(required=True)
    z = fields.Float(required=True, metadata={"description": "orders repositories; no p-value"})
    ratio = fields.Float(required=True, allow_none=True, metadata={"description": "fast over expected"})


class RankedSchema(Schema):
    rank = fields.Integer(required=True)
    repository = fields.Nested(RepositoryFactsSchema, required=True)
    activity = fields.Float(required=True, metadata={"description": "the slow counter now"})
    words = fields.String(required=True)
    trending = fields.Nested(TrendingSchema, required=True)


class RankingSchema(Schema):
    items = fields.List(fields.Nested(RankedSchema), required=True)
    at = fields.AwareDateTime(required=True, metadata={"description": "the moment of the counters"})


class SearchQuery(Strict):
    q = Text(required=True, validate=validate.Length(1, 200))
    limit = fields.Integer(load_default=20, validate=validate.Range(1, 100))


class SearchSchema(Schema):
    items = fields.List(fields.Nested(RepositoryFactsSchema), required=True)


class TileSchema(Schema):
    key = fields.String(required=True)
    title = fields.String(required=True)
    metric = fields.String(required=True)
    state = fields.String(required=True, metadata={"description": "ready, waiting or failed"})
    value = fields.Float(required=True, allow_none=True)
    reason = fields.String(required=True, metadata={"description": "why there is no value"})
    note = fields.String(required=True)
    change = fields.Float(
        required=True, allow_none=True, metadata={"description": "since the analysis before"}
    )


class SummarySchema(Schema):
    repository = fields.Nested(RepositoryFactsSchema, required=True)
    sentence = fields.String(required=True)
    tiles = fields.List(fields.Nested(TileSchema), required=True)
