"""Forecasts over the API, of a series that a program sends or of a repository's metric.

The model runs in the pool of processes, like every other: a series of any content costs its own answer.
"""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from gitinsight.domain.access import Permission
from gitinsight.services import models
from gitinsight.web.api.ai import ModelNameSchema
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.schemas import ErrorSchema, Moment, Strict, Text
from gitinsight.web.guard import requires, viewer

MOST_POINTS = 10_000
MOST_WEEKS_AHEAD = 104

blueprint = ApiBlueprint("predictions", __name__, description="Forecasts of series")


class PointRequest(Strict):
    time = Moment(required=True, metadata={"description": "ISO 8601 with an offset; each time only once"})
    value = fields.Float(required=True, allow_nan=False)


class PredictionRequest(Strict):
    values = fields.List(
        fields.Float(allow_nan=False),
        validate=validate.Length(1, MOST_POINTS),
        metadata={"description": "one a week, oldest first", "examples": [[3, 5, 4, 6] * 10]},
    )
    points = fields.List(
        fields.Nested(PointRequest),
        validate=validate.Length(1, MOST_POINTS),
        metadata={"description": "values with times in any order, which are put into weeks first"},
    )
    repository = fields.UUID(metadata={"description": "id of a repository"})
    metric = Text(
        validate=validate.Length(1, 200),
        metadata={"description": "a weekly metric of that repository; default activity.commits"},
    )
    horizon = fields.Integer(
        load_default=12,
        strict=True,
        validate=validate.Range(1, MOST_WEEKS_AHEAD),
        metadata={"description": "weeks ahead"},
    )
    aggregate = fields.String(
        load_default="mean",
        validate=validate.OneOf(["mean", "sum"]),
        metadata={
            "description": "of the points of a week: their mean, and weeks without any are left out; or their"
            " sum, and weeks without any are 0"
        },
    )

    @validates_schema
    def _one_series(self, body: dict[str, Any], **_: Any) -> None:
        given = [name for name in ("values", "points", "repository") if name in body]
        if len(given) != 1:
            raise ValidationError("Give one of values, points and repository.", "values")
        if "metric" in body and given != ["repository"]:
            raise ValidationError("Goes with repository only.", "metric")


def _numbers(description: str) -> fields.List[Any]:
    return fields.List(fields.Float(), required=True, metadata={"description": description})


class LimitsSchema(Schema):
    weeks = fields.List(
        fields.String(metadata={"format": "date"}),
        required=True,
        metadata={"description": "Mondays; empty for values without times"},
    )
    median = _numbers("one a week")
    lower80 = _numbers("four of five weeks should lie between this and upper80")
    upper80 = _numbers("see lower80")
    lower95 = _numbers("19 of 20 weeks should lie between this and upper95")
    upper95 = _numbers("see lower95")


class SumSchema(Schema):
    weeks = fields.Integer(required=True)
    median = fields.Float(required=True)
    lower80 = fields.Float(required=True)
    upper80 = fields.Float(required=True)
    lower95 = fields.Float(required=True)
    upper95 = fields.Float(required=True)


class TrendSchema(Schema):
    direction = fields.String(
        required=True, validate=validate.OneOf(["increasing", "decreasing", "no trend"])
    )
    p_value = fields.Float(required=True)
    slope_per_week = fields.Float(required=True, metadata={"description": "in natural logarithms"})


class ChangePointSchema(Schema):
    index = fields.Integer(required=True, metadata={"description": "first week of the new level, from 0"})
    week = fields.String(required=True, allow_none=True, metadata={"format": "date"})
    before = fields.Float(required=True, metadata={"description": "level of a typical week"})
    after = fields.Float(required=True)


class BacktestSchema(Schema):
    origins = fields.Integer(required=True)
    weeks = fields.Integer(required=True, metadata={"description": "weeks that were forecast"})
    mase = fields.Float(required=True, allow_none=True)
    mase_median26 = fields.Float(required=True, allow_none=True)
    mase_seasonal = fields.Float(required=True, allow_none=True)
    coverage80 = fields.Float(required=True)
    coverage95 = fields.Float(required=True)
    sum_coverage80 = fields.Float(required=True, allow_none=True)
    sum_coverage95 = fields.Float(required=True, allow_none=True)
    verdict = fields.String(required=True, metadata={"description": "the comparison in words"})


class PredictionSchema(Schema):
    model = fields.Nested(ModelNameSchema, required=True)
    weeks = fields.Integer(required=True, metadata={"description": "weeks with a value"})
    empty_weeks = fields.Integer(required=True, metadata={"description": "weeks between them without one"})
    forecast = fields.Nested(LimitsSchema, required=True)
    sum = fields.Nested(
        SumSchema,
        required=True,
        allow_none=True,
        metadata={"description": "of all weeks of the horizon; the weeks' limits must not be added"},
    )
    trend = fields.Nested(TrendSchema, required=True, allow_none=True)
    change_points = fields.List(fields.Nested(ChangePointSchema), required=True, allow_none=True)
    backtest = fields.Nested(BacktestSchema, required=True, allow_none=True)
    unavailable = fields.Dict(
        keys=fields.String(),
        values=fields.String(),
        required=True,
        metadata={"description": "why a part is null, by its name"},
    )


@blueprint.post("/ai/predict-trends")
@requires(Permission.INSIGHTS_READ)
@blueprint.arguments(PredictionRequest)
@blueprint.response(200, PredictionSchema)
@blueprint.alt_response(404, schema=ErrorSchema)
@blueprint.alt_response(422, schema=ErrorSchema)
@blueprint.alt_response(503, schema=ErrorSchema)
def predict_trends(body: dict[str, Any]) -> dict[str, Any]:
    """Forecast, trend, change points and backtest of a series, or of a repository's weekly metric.

    Answers 422 with the reason for a series that is too short or has too many gaps, and 503 with
    ``Retry-After`` while too many calls wait.
    """
    horizon = body["horizon"]
    if "repository" in body:
        metric = body.get("metric", "activity.commits")
        answered = models.predict_metric(viewer(), body["repository"], metric, horizon)
    elif "points" in body:
        points = body["points"]
        answered = models.predict_trends(
            [point["value"] for point in points],
            horizon,
            [point["time"] for point in points],
            body["aggregate"],
        )
    else:
        answered = models.predict_trends(body["values"], horizon)
    return {"model": answered.model, **answered.items[0]}
