"""Streams of events over the API: a page of JSON for who comes now and then, or events as they happen."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from flask import Response

from gitinsight.domain.access import Permission
from gitinsight.services import streams
from gitinsight.web.api import schemas
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.stream_schemas import EventPageSchema, StreamQuery
from gitinsight.web.guard import requires, signed_in, viewer
from gitinsight.web.streams import Opener, event_stream, wants_events

blueprint = ApiBlueprint(
    "event-streams",
    __name__,
    description="What happens, as it happens: a page of JSON, server-sent events (`Accept: text/event-stream`) "
    "or a WebSocket on the same address",
)


@blueprint.after_request
def varying(answer: Response) -> Response:
    """One address has two forms."""
    answer.vary.add("Accept")
    return answer


@blueprint.get("/stream/repository/<uuid:repository_id>/updates")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(StreamQuery, location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/event-stream", success=True)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_repository_updates(query: dict[str, Any], repository_id: UUID) -> Any:
    """What happens to one repository: analyses, their progress, results."""
    return _told(partial(streams.of_repository, viewer(), repository_id), query)


@blueprint.get("/stream/global/activity")
@requires(Permission.REPOSITORY_READ)
@blueprint.arguments(StreamQuery, location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/event-stream", success=True)
def get_global_activity(query: dict[str, Any]) -> Any:
    """What happens to all repositories that you may see; for admins also to the installation."""
    return _told(partial(streams.of_all, viewer()), query)


@blueprint.get("/stream/user/<uuid:user_id>/feed")
@signed_in
@blueprint.arguments(StreamQuery, location="query")
@blueprint.response(200, EventPageSchema)
@blueprint.alt_response(200, schema={"type": "string"}, content_type="text/event-stream", success=True)
@blueprint.alt_response(404, schema=schemas.ErrorSchema)
def get_user_feed(query: dict[str, Any], user_id: UUID) -> Any:
    """What a user did, and what happens to the repositories that he follows; for himself and for admins."""
    return _told(partial(streams.of_user, viewer(), user_id), query)


def _told(opened: Opener, query: dict[str, Any]) -> Any:
    if wants_events():
        return event_stream(opened, query["last_event_id"])
    return opened().page(query["last_event_id"], query["limit"])
