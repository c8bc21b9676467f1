"""The JSON shapes of the installation as a whole."""

from __future__ import annotations

from marshmallow import Schema, fields

from gitinsight.domain.lifecycle import AnalysisStatus, JobState
from gitinsight.web.api.schemas import JobSchema


class PartSchema(Schema):
    name = fields.String(required=True)
    ok = fields.Boolean(required=True)
    detail = fields.String(
        required=True, allow_none=True, metadata={"description": "what is wrong; for admins"}
    )


class StatusSchema(Schema):
    status = fields.String(required=True, metadata={"enum": ["ok", "failing"]})
    parts = fields.List(fields.Nested(PartSchema), required=True)
    version = fields.String(required=True, allow_none=True, metadata={"description": "for admins"})
    plugin_failures = fields.Integer(
        required=True, allow_none=True, metadata={"description": "what plugins could not do; for admins"}
    )


def _by(kind: type[AnalysisStatus] | type[JobState], description: str) -> fields.Dict:
    return fields.Dict(
        keys=fields.Enum(kind, by_value=True),
        values=fields.Integer(),
        required=True,
        metadata={"description": description},
    )


class WorkFiguresSchema(Schema):
    ended = _by(JobState, "how many came to which end")
    median_seconds = fields.Float(required=True, allow_none=True)
    slow_seconds = fields.Float(
        required=True, allow_none=True, metadata={"description": "nineteen of twenty took at most so long"}
    )


class WorkersSchema(Schema):
    present = fields.Integer(required=True)
    busy = fields.Integer(required=True)
    waiting = fields.Dict(
        keys=fields.String(),
        values=fields.Integer(),
        required=True,
        metadata={"description": "jobs by queue"},
    )


class StatisticsSchema(Schema):
    repositories = _by(AnalysisStatus, "how many have which status")
    users = fields.Integer(required=True)
    analyses = fields.Nested(WorkFiguresSchema, required=True)
    analyzers = fields.Dict(keys=fields.String(), values=fields.Nested(WorkFiguresSchema), required=True)
    workers = fields.Nested(
        WorkersSchema, required=True, allow_none=True, metadata={"description": "null while Redis is away"}
    )
    database_bytes = fields.Integer(required=True)
    free_bytes = fields.Integer(
        required=True,
        metadata={"description": "on the disk with the home folder of the process that answers"},
    )


class NamedJobSchema(Schema):
    repository = fields.String(required=True, metadata={"description": "the repository's full name"})
    job = fields.Nested(JobSchema, required=True)


class NamedJobPageSchema(Schema):
    items = fields.List(fields.Nested(NamedJobSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class PluginFailureSchema(Schema):
    action = fields.String(required=True)
    reason = fields.String(required=True)


class PluginSchema(Schema):
    name = fields.String(required=True)
    distribution = fields.String(required=True, metadata={"description": "the package that it came in"})
    version = fields.String(required=True)
    analyzers = fields.List(fields.String(), required=True)
    models = fields.List(fields.String(), required=True)
    panels = fields.List(fields.String(), required=True)
    failures = fields.List(fields.Nested(PluginFailureSchema), required=True)


class PluginListSchema(Schema):
    items = fields.List(fields.Nested(PluginSchema), required=True)


class SettingSchema(Schema):
    variable = fields.String(required=True)
    value = fields.String(required=True, metadata={"description": "of a secret only `set`, or nothing"})
    help = fields.String(required=True)


class SettingListSchema(Schema):
    items = fields.List(fields.Nested(SettingSchema), required=True)
