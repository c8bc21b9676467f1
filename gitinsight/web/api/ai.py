"""Models at work over the API: what plugins' models say of texts that a program sends.

Models run in the pool of processes, so a hostile text costs its own answer and blocks no socket.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, fields, validate

from gitinsight.domain.access import Permission
from gitinsight.services import models
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.schemas import ErrorSchema, Strict
from gitinsight.web.guard import requires

MOST_TEXTS = 1_000

blueprint = ApiBlueprint("ai", __name__, description="Models at work on texts of the caller's")


class SentimentRequest(Strict):
    texts = fields.List(
        fields.String(),
        required=True,
        validate=validate.Length(1, MOST_TEXTS),
        metadata={
            "description": "messages in English, of which the first 1,000 characters are read",
            "examples": [["Thanks, great work!", "Kill the worker process on SIGTERM"]],
        },
    )


class ProbabilitiesSchema(Schema):
    negative = fields.Float(required=True)
    neutral = fields.Float(required=True)
    positive = fields.Float(required=True)


class SpanSchema(Schema):
    start = fields.Integer(required=True, metadata={"description": "first character, from 0"})
    end = fields.Integer(required=True, metadata={"description": "character after the last"})
    text = fields.String(required=True)
    label = fields.String(required=True, validate=validate.OneOf(["negative", "positive"]))


class JudgementSchema(Schema):
    label = fields.String(required=True, validate=validate.OneOf(["negative", "neutral", "positive"]))
    probabilities = fields.Nested(ProbabilitiesSchema, required=True, metadata={"description": "sum to 1"})
    confidence = fields.Float(required=True, metadata={"description": "0 for a text that was not judged"})
    not_judged = fields.String(
        required=True, metadata={"description": "why the text could not be judged; else empty"}
    )
    spans = fields.List(
        fields.Nested(SpanSchema), required=True, metadata={"description": "the words that carry it"}
    )


class ModelNameSchema(Schema):
    name = fields.String(required=True)
    version = fields.String(required=True)


class SentimentSchema(Schema):
    model = fields.Nested(ModelNameSchema, required=True)
    items = fields.List(
        fields.Nested(JudgementSchema), required=True, metadata={"description": "one for each text, in order"}
    )


@blueprint.post("/ai/sentiment-analysis")
@requires(Permission.INSIGHTS_READ)
@blueprint.arguments(SentimentRequest)
@blueprint.response(200, SentimentSchema)
@blueprint.alt_response(422, schema=ErrorSchema)
@blueprint.alt_response(503, schema=ErrorSchema)
def analyze_sentiment(body: dict[str, Any]) -> models.Answered:
    """The sentiment of 1 to 1,000 messages, with probabilities and the words behind it.

    Answers 503 with ``Retry-After`` while too many calls wait, and 422 where the texts take more time or
    memory than a call may have.
    """
    return models.judge_sentiment(body["texts"])
