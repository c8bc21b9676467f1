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
MOST_CODE_CHARACTERS = 1_000_000

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


class CodeRequest(Strict):
    code = fields.String(
        required=True,
        validate=validate.Length(1, MOST_CODE_CHARACTERS),
        metadata={"examples": ["def twice(value):\n    return 2 * value\n"]},
    )
    language = fields.String(
        load_default="",
        validate=validate.Length(max=50),
        metadata={"description": "as in the card of the model; default: what the path or the text tells"},
    )
    path = fields.String(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "the file's name, which tells its language and whether it holds tests"},
    )


class LinesSchema(Schema):
    code = fields.Integer(required=True)
    comment = fields.Integer(required=True)
    blank = fields.Integer(required=True)


class FunctionSchema(Schema):
    name = fields.String(required=True)
    start_line = fields.Integer(required=True, metadata={"description": "from 1"})
    end_line = fields.Integer(required=True)
    cyclomatic = fields.Integer(required=True)
    cognitive = fields.Integer(required=True)
    length = fields.Integer(required=True, metadata={"description": "lines"})
    nesting = fields.Integer(required=True)
    parameters = fields.Integer(required=True)


class ClassSchema(Schema):
    name = fields.String(required=True)
    start_line = fields.Integer(required=True)
    end_line = fields.Integer(required=True)
    methods = fields.Integer(required=True)
    lcom4 = fields.Integer(required=True, allow_none=True)


class FactorSchema(Schema):
    rule = fields.String(required=True)
    title = fields.String(required=True)
    cost = fields.Float(required=True, metadata={"description": "points of the health that it costs"})


class CodeHealthSchema(Schema):
    score = fields.Float(required=True, metadata={"description": "1 to 10"})
    band = fields.String(required=True, validate=validate.OneOf(["healthy", "problematic", "unhealthy"]))
    factors = fields.List(fields.Nested(FactorSchema), required=True)


class FindingSchema(Schema):
    rule = fields.String(required=True)
    start_line = fields.Integer(required=True)
    end_line = fields.Integer(required=True)
    severity = fields.String(required=True)
    message = fields.String(required=True)
    fix = fields.String(required=True)
    cost = fields.Float(required=True, metadata={"description": "points before the caps of the formula"})


class CodeAnalysisSchema(Schema):
    model = fields.Nested(ModelNameSchema, required=True)
    language = fields.String(required=True, metadata={"description": "empty where none was found"})
    is_detected = fields.Boolean(required=True, metadata={"description": "the language was not given"})
    not_analyzed = fields.String(
        required=True, metadata={"description": "why there are no functions; else empty"}
    )
    has_syntax_errors = fields.Boolean(required=True)
    lines = fields.Nested(LinesSchema, required=True)
    functions = fields.List(fields.Nested(FunctionSchema), required=True)
    classes = fields.List(fields.Nested(ClassSchema), required=True)
    health = fields.Nested(CodeHealthSchema, required=True, allow_none=True)
    findings = fields.List(fields.Nested(FindingSchema), required=True)


@blueprint.post("/ai/analyze-code")
@requires(Permission.INSIGHTS_READ)
@blueprint.arguments(CodeRequest)
@blueprint.response(200, CodeAnalysisSchema)
@blueprint.alt_response(422, schema=ErrorSchema)
@blueprint.alt_response(503, schema=ErrorSchema)
def analyze_code(body: dict[str, Any]) -> dict[str, Any]:
    """Functions, health and findings of a text of code in a named or detected language.

    Answers 503 with ``Retry-After`` while too many calls wait, and 422 for an unknown language and where
    the text takes more time or memory than a call may have.
    """
    answered = models.analyze_code(body["code"], body["language"], body["path"])
    return {"model": answered.model, **answered.items[0]}
