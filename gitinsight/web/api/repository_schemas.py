"""The JSON shapes of repositories: how they are asked for, added, changed and shown."""

from __future__ import annotations

from typing import Any

from marshmallow import Schema, ValidationError, fields, validate

from gitinsight.domain import paths
from gitinsight.domain.access import Visibility
from gitinsight.domain.lifecycle import AnalysisStatus, JobState
from gitinsight.domain.schedules import Schedule
from gitinsight.store.repositories import SORTS
from gitinsight.web.api.schemas import JobSchema, PageQuery, Strict, Text, Truth, choice, words
from gitinsight.web.api.sparse import field_names

_OWNER = r"^(me|[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})?$(?!\n)"
_INCLUDED = "paths that count; an empty list means all"
_EXCLUDED = "paths that do not, of those"
ORDERS = [order for name in SORTS for order in (name, f"-{name}")]


class OwnerSchema(Schema):
    id = fields.UUID(required=True)
    username = fields.String(required=True)
    name = fields.String(required=True, allow_none=True)
    avatar_url = fields.String(required=True, allow_none=True)


class InsightCountsSchema(Schema):
    total = fields.Integer(required=True)
    critical = fields.Integer(required=True)
    warning = fields.Integer(required=True)
    notice = fields.Integer(required=True)
    info = fields.Integer(required=True)


def _is_pattern(text: str) -> None:
    problem = paths.problem_with(text)
    if problem:
        raise ValidationError(f"The pattern {problem}.")


def _patterns(description: str, **options: Any) -> fields.List[Any]:
    """Patterns as ``domain.paths`` has them."""
    known = "files, folders, or patterns in which * is any text, slashes too: as git's pathspecs"
    return fields.List(
        Text(
            validate=[validate.Length(1, paths.LONGEST_PATTERN), _is_pattern],
            metadata={"example": "src"},
        ),
        validate=validate.Length(max=paths.MOST_PATTERNS),
        metadata={"description": f"{description}: {known}"},
        **options,
    )


class RepositoryAdd(Strict):
    url = Text(
        required=True,
        validate=validate.Length(1, 2048),
        metadata={
            "description": "git address; owner/name means GitHub",
            "examples": ["https://github.com/pallets/flask"],
        },
    )
    branch = Text(
        load_default="",
        validate=validate.Length(max=255),
        metadata={"description": "default: the repository's own default branch"},
    )
    visibility = fields.Enum(Visibility, by_value=True, load_default=Visibility.PUBLIC)
    include_paths = _patterns(_INCLUDED, load_default=list)
    exclude_paths = _patterns(_EXCLUDED, load_default=list)
    analyze = Truth(load_default=True, metadata={"description": "analyse at once"})


class RepositoryChange(Strict):
    branch = Text(validate=validate.Length(max=255))
    visibility = fields.Enum(Visibility, by_value=True)
    description = Text(validate=validate.Length(max=2000))
    analyzers = fields.List(
        Text(validate=validate.Length(1, 100)),
        validate=validate.Length(max=100),
        metadata={"description": "those that look at it; an empty list means all"},
    )
    include_paths = _patterns(_INCLUDED)
    exclude_paths = _patterns(_EXCLUDED)
    schedule = fields.Enum(
        Schedule,
        by_value=True,
        metadata={"description": "how often it is analysed by itself; users weekly, premium up to hourly"},
    )


class RepositoryFactsSchema(Schema):
    """A repository by itself, as fast reads tell of it."""

    id = fields.UUID(required=True)
    name = fields.String(required=True)
    full_name = fields.String(required=True)
    description = fields.String(required=True)
    url = fields.String(required=True)
    clone_url = fields.String(required=True)
    branch = fields.String(required=True)
    language = fields.String(required=True, allow_none=True)
    stars = fields.Integer(required=True, allow_none=True)
    forks = fields.Integer(required=True, allow_none=True)
    watchers = fields.Integer(required=True, allow_none=True)
    size = fields.Integer(required=True, allow_none=True, metadata={"description": "bytes of the mirror"})
    head = fields.String(required=True, allow_none=True, metadata={"description": "analysed commit"})
    commit_count = fields.Integer(required=True, allow_none=True)
    created_at = fields.AwareDateTime(required=True)
    updated_at = fields.AwareDateTime(required=True)
    last_analyzed = fields.AwareDateTime(required=True, allow_none=True)
    analysis_status = fields.Enum(AnalysisStatus, by_value=True, required=True)
    visibility = fields.Enum(Visibility, by_value=True, required=True)
    analyzers = fields.List(fields.String(), required=True, metadata={"description": "empty for all"})
    include_paths = fields.List(
        fields.String(), required=True, metadata={"description": "paths that count; empty for all"}
    )
    exclude_paths = fields.List(fields.String(), required=True, metadata={"description": "paths that do not"})
    schedule = fields.Enum(Schedule, by_value=True, required=True)
    next_analysis_at = fields.AwareDateTime(required=True, allow_none=True)
    owner_id = fields.UUID(required=True, allow_none=True)


class RepositorySchema(RepositoryFactsSchema):
    """A repository with a word on its owner and on what was found in it."""

    owner = fields.Nested(
        OwnerSchema,
        required=True,
        allow_none=True,
        metadata={"description": "null where the operator added it"},
    )
    insights = fields.Nested(
        InsightCountsSchema,
        required=True,
        allow_none=True,
        metadata={"description": "current ones; null without insights:read"},
    )


class RepositoryPage(Schema):
    items = fields.List(fields.Nested(RepositorySchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class RepositoryListQuery(PageQuery):
    q = Text(
        load_default="", validate=validate.Length(max=200), metadata={"description": "part of the full name"}
    )
    language = Text(load_default="", validate=validate.Length(max=100))
    status = choice(words(AnalysisStatus))
    visibility = choice(words(Visibility))
    owner = Text(
        load_default="",
        validate=validate.Regexp(_OWNER, error="Must be the id of a user, or me."),
        metadata={"description": "the id of a user, or me"},
    )
    followed = fields.Boolean(load_default=False, metadata={"description": "only those that you follow"})
    sort = Text(
        load_default="full_name",
        validate=validate.OneOf(ORDERS),
        metadata={"description": "a minus puts the greatest first; what has no value comes last"},
    )
    fields_ = field_names(RepositorySchema)


class OneRepositoryQuery(Strict):
    fields_ = field_names(RepositorySchema)


class JobListQuery(PageQuery):
    state = choice(words(JobState))


class JobPageSchema(Schema):
    items = fields.List(fields.Nested(JobSchema), required=True)
    next_cursor = fields.String(required=True, allow_none=True)


class AddedSchema(Schema):
    repository = fields.Nested(RepositorySchema, required=True)
    job = fields.Nested(JobSchema, required=True, allow_none=True)


class AnalyzeRequest(Strict):
    analyzers = fields.List(
        Text(validate=validate.Length(1, 100)), load_default=list, validate=validate.Length(max=100)
    )
