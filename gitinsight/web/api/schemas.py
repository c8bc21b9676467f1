"""The JSON shapes of the API: what comes in is checked by these, what goes out is described by them."""

from __future__ import annotations

from datetime import UTC
from typing import Any

from marshmallow import RAISE, Schema, ValidationError, fields, validate

from gitinsight.domain.lifecycle import JobState
from gitinsight.domain.report import ArtifactKind, Bucket, EvidenceKind, InsightType, Severity
from gitinsight.web.api.sparse import field_names

MOST_A_PAGE = 200


def words(kind: Any) -> validate.OneOf:
    return validate.OneOf([member.value for member in kind])


class Text(fields.String):
    """A text from outside, without the characters that no database stores."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        text = super()._deserialize(value, attr, data, **kwargs)
        if "\0" in text or any("\ud800" <= character <= "\udfff" for character in text):
            raise ValidationError("Holds a character that is not text.")
        return text


class Truth(fields.Boolean):
    """true or false in a body of JSON, and nothing that one might read as such."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:  # noqa: ARG002
        if not isinstance(value, bool):
            raise self.make_error("invalid", input=value)
        return value


class Moment(fields.AwareDateTime):
    """A time from outside with its offset, as UTC."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> Any:
        try:
            return super()._deserialize(value, attr, data, **kwargs).astimezone(UTC)
        except OverflowError as error:
            raise self.make_error("invalid", input=value, obj_type=self.OBJ_TYPE) from error


def choice(words: validate.OneOf, description: str = "") -> Text:
    """One of these words, the empty text where none was asked for, which is none of them."""
    # A default that is computed stays out of the document, where it would be no value of the enumeration.
    return Text(
        load_default=str, validate=words, metadata={"description": description} if description else {}
    )


def _none() -> None:
    """No value, as a default that the document leaves out."""


class Strict(Schema):
    """Refuses unknown fields with their names."""

    class Meta:
        unknown = RAISE


class ErrorBody(Schema):
    code = fields.String(required=True)
    message = fields.String(required=True)
    details = fields.Dict(required=True)
    trace_id = fields.String(required=True)


class ErrorSchema(Schema):
    """Every answer with a status of 400 or above."""

    error = fields.Nested(ErrorBody, required=True)


class PageQuery(Strict):
    limit = fields.Integer(
        load_default=50, validate=validate.Range(1, MOST_A_PAGE), metadata={"description": "items a page"}
    )
    cursor = Text(
        load_default="",
        validate=validate.Length(max=1000),
        metadata={"description": "next_cursor of the page before"},
    )


class StageSchema(Schema):
    stage = fields.String(required=True)
    analyzer = fields.String(required=True)
    title = fields.String(required=True)
    state = fields.Enum(JobState, by_value=True, required=True)
    progress = fields.Float(required=True)
    message = fields.String(required=True)
    error_code = fields.String(required=True)
    error = fields.String(required=True)
    seconds = fields.Float(required=True, allow_none=True)


class JobSchema(Schema):
    id = fields.UUID(required=True)
    repository_id = fields.UUID(required=True)
    state = fields.Enum(JobState, by_value=True, required=True)
    progress = fields.Float(required=True, metadata={"description": "0 to 1"})
    message = fields.String(required=True)
    eta_seconds = fields.Float(required=True, allow_none=True)
    error_code = fields.String(required=True)
    error = fields.String(required=True)
    head = fields.String(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    started_at = fields.AwareDateTime(required=True, allow_none=True)
    finished_at = fields.AwareDateTime(required=True, allow_none=True)
    stages = fields.List(fields.Nested(StageSchema), required=True)


class EvidenceSchema(Schema):
    kind = fields.Enum(EvidenceKind, by_value=True, required=True)
    ref = fields.String(required=True)
    note = fields.String(required=True)


class InsightSchema(Schema):
    id = fields.UUID(required=True)
    repository_id = fields.UUID(required=True)
    type = fields.Enum(InsightType, by_value=True, required=True)
    severity = fields.Enum(Severity, by_value=True, required=True)
    title = fields.String(required=True)
    description = fields.String(required=True)
    confidence_score = fields.Float(required=True)
    analyzer = fields.String(required=True)
    model_version = fields.String(required=True)
    head = fields.String(required=True)
    generated_at = fields.AwareDateTime(required=True)
    evidence = fields.List(fields.Nested(EvidenceSchema), required=True)
    metrics = fields.List(fields.String(), required=True, metadata={"description": "definition ids"})
    tags = fields.List(fields.String(), required=True)
    data = fields.Dict(required=True)


class InsightListQuery(PageQuery):
    type = choice(words(InsightType))
    tag = Text(load_default="", validate=validate.Length(max=100))
    severity = choice(words(Severity))
    analyzer = Text(load_default="", validate=validate.Length(max=100))
    min_confidence = fields.Float(load_default=0.0, validate=validate.Range(0, 1))
    since = Moment(load_default=_none, metadata={"description": "generated at or after"})
    format = choice(
        validate.OneOf(["json", "csv", "sarif"]),
        "all of them as a file, without pages; needs insights:export",
    )
    fields_ = field_names(InsightSchema)


class InsightPageSchema(Schema):
    items = fields.List(fields.Nested(InsightSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class MetricQuery(Strict):
    name = fields.List(
        Text(validate=validate.Length(1, 200)),
        load_default=list,
        validate=validate.Length(max=100),
        metadata={"description": "metric names or definition ids, all by default"},
    )
    since = Moment(load_default=_none)
    bucket = choice(words(Bucket))
    format = choice(
        validate.OneOf(["json", "csv", "parquet"]),
        "as a file; needs insights:export, and for parquet a premium account",
    )


class MetricSchema(Schema):
    id = fields.String(required=True, metadata={"description": "definition id, name@version"})
    name = fields.String(required=True)
    title = fields.String(required=True)
    unit = fields.String(required=True)
    definition = fields.String(required=True)
    bucket = fields.Enum(Bucket, by_value=True, required=True)
    better = fields.String(required=True)


class PointSchema(Schema):
    at = fields.AwareDateTime(required=True)
    value = fields.Float(required=True, allow_none=True)
    reason = fields.String(required=True, metadata={"description": "why a value is missing"})
    dimension = fields.String(
        required=True, metadata={"description": "part of the whole; empty for the whole"}
    )


class SeriesSchema(Schema):
    metric = fields.Nested(MetricSchema, required=True)
    analyzer = fields.String(required=True)
    points = fields.List(fields.Nested(PointSchema), required=True)


class SeriesListSchema(Schema):
    items = fields.List(fields.Nested(SeriesSchema), required=True)


class DirectionSchema(Schema):
    direction = fields.String(
        required=True, validate=validate.OneOf(["increasing", "decreasing", "no trend"])
    )
    p_value = fields.Float(required=True)
    percent_per_year = fields.Float(required=True, allow_none=True)


class OutlookForecastSchema(Schema):
    weeks = fields.List(fields.Date(), required=True, metadata={"description": "Mondays"})
    median = fields.List(fields.Float(), required=True)
    lower80 = fields.List(fields.Float(), required=True)
    upper80 = fields.List(fields.Float(), required=True)
    lower95 = fields.List(fields.Float(), required=True)
    upper95 = fields.List(fields.Float(), required=True)


class OutlookSumSchema(Schema):
    weeks = fields.Integer(required=True, metadata={"description": "over the next so many weeks"})
    median = fields.Float(required=True)
    lower80 = fields.Float(required=True)
    upper80 = fields.Float(required=True)
    lower95 = fields.Float(required=True)
    upper95 = fields.Float(required=True)


class OutlookErrorSchema(Schema):
    mase = fields.Float(required=True, allow_none=True)
    mase_median26 = fields.Float(required=True, allow_none=True)
    mase_seasonal = fields.Float(required=True, allow_none=True)
    coverage80 = fields.Float(required=True, metadata={"description": "share of past weeks inside, 0 to 1"})
    coverage95 = fields.Float(required=True)


class LevelChangeSchema(Schema):
    week = fields.Date(required=True)
    before = fields.Float(required=True)
    after = fields.Float(required=True)
    factor = fields.Float(required=True, allow_none=True)
    around = fields.String(required=True, metadata={"description": "releases and people at that time"})


class UnusualWeekSchema(Schema):
    week = fields.Date(required=True)
    value = fields.Float(required=True)
    low = fields.Float(required=True, metadata={"description": "least of the 104 weeks before"})
    high = fields.Float(required=True)


class SeasonalitySchema(Schema):
    christmas_percent = fields.Float(
        required=True, metadata={"description": "Christmas week against the weeks around it"}
    )
    p_value = fields.Float(required=True, metadata={"description": "of a permutation test"})


class OutlookSchema(Schema):
    metric = fields.String(required=True)
    unit = fields.String(required=True)
    direction = fields.Nested(DirectionSchema, required=True, allow_none=True)
    forecast = fields.Nested(OutlookForecastSchema, required=True, allow_none=True)
    sums = fields.List(fields.Nested(OutlookSumSchema), required=True)
    backtest = fields.Nested(OutlookErrorSchema, required=True, allow_none=True)
    verdict = fields.String(
        required=True,
        metadata={"description": "how the forecast did beside its rivals, or why there is none"},
    )
    change_points = fields.List(
        fields.Nested(LevelChangeSchema), required=True, metadata={"description": "of the last five years"}
    )
    unusual_weeks = fields.List(
        fields.Nested(UnusualWeekSchema), required=True, metadata={"description": "of the last year"}
    )
    seasonality = fields.Nested(SeasonalitySchema, required=True, allow_none=True)


class TrendsSchema(Schema):
    trends = fields.List(fields.Nested(OutlookSchema), required=True)


class ArtifactSchema(Schema):
    name = fields.String(required=True)
    kind = fields.Enum(ArtifactKind, by_value=True, required=True)
    title = fields.String(required=True)
    definition = fields.String(required=True)
    content = fields.Dict(required=True)


class ModelSchema(Schema):
    name = fields.String(required=True)
    task = fields.String(required=True)
    version = fields.String(required=True)
    title = fields.String(required=True)
    plugin = fields.String(required=True)
    size_bytes = fields.Integer(required=True)
    accuracy = fields.Dict(keys=fields.String(), values=fields.Float(), required=True)
    card = fields.Dict(
        keys=fields.String(),
        required=True,
        metadata={
            "description": "data, licences, scores with intervals, known errors: what the plugin tells"
        },
    )


class ModelListSchema(Schema):
    items = fields.List(fields.Nested(ModelSchema), required=True)
