"""Live streams of events for programs: server-sent events and WebSockets, on the paths of the JSON pages.

Both replay what came after ``last_event_id`` and then go on. Who reads, and what he may see, is looked at
again while the stream is open; one that ends tells why, and whoever comes back with his last id misses nothing.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any
from uuid import UUID

from flask import Blueprint, Response, g, request, stream_with_context

from gitinsight.bus import encode
from gitinsight.domain.access import Permission
from gitinsight.domain.events import PublishedEvent
from gitinsight.errors import AuthorizationDenied, GitInsightError, ValidationError
from gitinsight.services import streams
from gitinsight.services.streams import Stream
from gitinsight.store.base import db
from gitinsight.web.api import PREFIX
from gitinsight.web.api.blueprint import ApiBlueprint
from gitinsight.web.api.stream_schemas import StreamQuery
from gitinsight.web.guard import look_again, requires, signed_in, viewer
from gitinsight.web.live import LONGEST_SECONDS, TRY_AGAIN, check_origin, sock
from gitinsight.web.places import Place

Opener = Callable[[], Stream]
"""Opens a stream for the viewer of the request; raises where he may not read it."""

QUIET_SECONDS = 15.0
"""After so long without an event a sign of life is sent."""
RECHECK_SECONDS = 10.0
_RETRY_MS = 3_000
_REFUSED = 1008
"""The WebSocket status for a violated policy (RFC 6455)."""

sockets = Blueprint("streams", __name__, url_prefix=PREFIX)


def _events(opened: Opener, after: int | None) -> Iterator[PublishedEvent | None]:
    """A stream's events while the viewer may read it, for an hour at most; None is a sign of life."""
    now = started = checked = time.monotonic()
    for event in opened().follow(after, QUIET_SECONDS):
        now = time.monotonic()
        if now - checked > RECHECK_SECONDS:
            _check_again(opened)
            checked = now
        yield event
        if now - started > LONGEST_SECONDS:
            return


def _check_again(opened: Opener) -> None:
    before = viewer()
    try:
        look_again()
        if viewer() != before:
            raise AuthorizationDenied("Your rights have changed: open the stream again.")
        opened()
    finally:
        db.session.remove()


def wants_events() -> bool:
    """Whether the caller asks for server-sent events; who takes anything gets a page of JSON."""
    accepted = request.accept_mimetypes
    return (
        request.method == "GET"
        and accepted.best_match(["application/json", "text/event-stream"]) == "text/event-stream"
    )


def event_stream(opened: Opener, after: int | None) -> Response:
    """The answer that goes on: an event a message, its sequence as the id, its topic as the kind."""
    after = _last_seen(after)
    opened()
    place = Place()

    def messages() -> Iterator[str]:
        yield f"retry: {_RETRY_MS}\n\n"
        try:
            for event in _events(opened, after):
                yield _message(event) if event else ": still here\n\n"
        except GitInsightError as error:
            yield f"event: closed\ndata: {json.dumps({'code': error.code, 'message': error.message})}\n\n"

    answer = Response(stream_with_context(messages()), mimetype="text/event-stream")
    answer.headers["Cache-Control"] = "no-store"
    # nginx would keep the events back until its buffer is full.
    answer.headers["X-Accel-Buffering"] = "no"
    answer.call_on_close(place.leave)
    return answer


def _last_seen(after: int | None) -> int | None:
    """The id that a browser sends when it comes back stands above that of the address."""
    text = request.headers.get("Last-Event-ID", "")
    if not text:
        return after
    if not (text.isascii() and text.isdigit() and len(text) < 19):
        raise ValidationError("Last-Event-ID is not a number that this stream gave.")
    return int(text)


def _message(event: PublishedEvent) -> str:
    return f"id: {event.sequence}\nevent: {event.topic}\ndata: {encode(event).decode()}\n\n"


@sock.route("/stream/repository/<uuid:repository_id>/updates", bp=sockets)
@requires(Permission.REPOSITORY_READ)
def repository_socket(socket: Any, repository_id: UUID) -> None:  # noqa: ARG001
    """What happens to one repository."""
    _serve(socket)


@sock.route("/stream/global/activity", bp=sockets)
@requires(Permission.REPOSITORY_READ)
def global_socket(socket: Any) -> None:
    """What happens to all repositories that the viewer may see."""
    _serve(socket)


@sock.route("/stream/user/<uuid:user_id>/feed", bp=sockets)
@signed_in
def user_socket(socket: Any, user_id: UUID) -> None:  # noqa: ARG001
    """What a user did, and what happens to the repositories that he follows."""
    _serve(socket)


_OPENERS: dict[str, Callable[..., Stream]] = {
    "repository_socket": streams.of_repository,
    "global_socket": streams.of_all,
    "user_socket": streams.of_user,
}


@sockets.before_request
def _refuse_before_the_handshake() -> None:
    """Refuse while the answer is still one of HTTP, which says why; a socket that is open can only close."""
    check_origin()
    query = ApiBlueprint.ARGUMENTS_PARSER.parse(StreamQuery(), request, location="query")
    name = (request.endpoint or "").rpartition(".")[2]
    g.opened = partial(_OPENERS[name], viewer(), **(request.view_args or {}))
    g.after = query["last_event_id"]
    g.opened()
    db.session.remove()


def _serve(socket: Any) -> None:
    place = None
    try:
        place = Place()
        for event in _events(g.opened, g.after):
            if not socket.connected:
                return
            if event:
                socket.send(encode(event).decode())
    except GitInsightError as error:
        socket.close(reason=_REFUSED, message=error.code)
        return
    finally:
        if place:
            place.leave()
    socket.close(reason=TRY_AGAIN)
