"""Live pages: HTML fragments over a WebSocket, as htmx's extension swaps them in.

The socket is opened before the page looks at what it may have missed, so nothing falls between: the
first message is the state at the moment of subscribing. Events only say that something changed; what
is shown is rendered anew from the database, with the rights that the viewer has at that moment.
"""

from __future__ import annotations

import time
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import structlog
from flask import Blueprint, Flask, render_template, request
from flask_sock import Sock

from gitinsight.domain.access import Permission
from gitinsight.domain.events import Topic
from gitinsight.errors import AuthorizationDenied, GitInsightError, RateLimitExceeded
from gitinsight.services import repositories
from gitinsight.services.context import tools
from gitinsight.store.base import db
from gitinsight.web import guard
from gitinsight.web.guard import requires, viewer
from gitinsight.web.places import Place
from gitinsight.web.ui.repository import progress_fragments

log = structlog.get_logger(__name__)

sock = Sock()
live = Blueprint("live", __name__)
PING_SECONDS = 20
LONGEST_SECONDS = 3600
TRY_AGAIN = 1013
"""The WebSocket status for "later, please" (RFC 6455's registry)."""
_RESULTS = frozenset({Topic.INSIGHTS_GENERATED, Topic.ANALYSIS_COMPLETED, Topic.ANALYSIS_FAILED})


def init_app(app: Flask) -> None:
    """Mount the feed; a ping keeps proxies from closing a quiet one."""
    app.config.setdefault("SOCK_SERVER_OPTIONS", {"ping_interval": PING_SECONDS, "max_message_size": 4096})

    app.register_blueprint(live)


@sock.route("/repositories/<uuid:repository_id>/live", bp=live)
@requires(Permission.REPOSITORY_READ)
def repository_feed(socket: Any, repository_id: UUID) -> None:
    """The progress and the news of one repository, as fragments for its page."""
    try:
        place = Place()
    except RateLimitExceeded:
        socket.close(reason=TRY_AGAIN)
        return
    try:
        _follow(socket, repository_id, request.args.get("seen", ""))
    finally:
        place.leave()


@live.before_request
def _refuse_before_the_handshake() -> None:
    """Refuse while the answer is still one of HTTP, which says why; a socket that is open can only close."""
    check_origin()
    repositories.get(viewer(), (request.view_args or {})["repository_id"])
    db.session.remove()


def check_origin() -> None:
    """A page of another site must not read a user's feed with his cookie."""
    origin = request.headers.get("Origin")
    if origin is not None and urlsplit(origin).netloc != request.host:
        raise AuthorizationDenied("This feed is for pages of this site only.")


def _follow(socket: Any, repository_id: UUID, seen: str) -> None:
    """Send what is news to a page that shows the results of the stamp ``seen``, until it goes away."""
    deadline = time.monotonic() + LONGEST_SECONDS
    with tools().hub.subscribe(lambda event: event.repository_id == repository_id) as subscription:
        is_there = _tell(socket, repository_id, seen)
        while is_there and time.monotonic() < deadline and socket.connected and not subscription.overflowed:
            event = subscription.next(timeout_seconds=5)
            if event is not None:
                is_there = _tell(socket, repository_id, "" if event.topic in _RESULTS else None)
    # A browser comes back by itself only when it is told that it may try again.
    socket.close(reason=TRY_AGAIN if is_there else None)


def _tell(socket: Any, repository_id: UUID, seen: str | None) -> bool:
    """Send what changes on the page now; None for ``seen`` leaves the results alone.

    False where there is nothing for this viewer any more: the repository is gone, or his rights to it.
    """
    try:
        guard.look_again()
        news, is_there = progress_fragments(repository_id, seen, out_of_band=True), True
    except GitInsightError as error:
        news, is_there = render_template("fragments/gone.html", message=error.message), False
    finally:
        db.session.remove()
    socket.send(news)
    return is_there
