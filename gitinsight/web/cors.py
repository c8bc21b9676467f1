"""Which sites' scripts may call the API from a browser: those of ``GITINSIGHT_CORS_ORIGINS``.

They send a key or token themselves. ``Access-Control-Allow-Credentials`` is never sent, so a browser hands
no answer to another site that it asked for with the user's cookie.
"""

from __future__ import annotations

from flask import Flask, Response, request

from gitinsight.domain.signatures import NONCE_HEADER, SIGNATURE_HEADER, TIMESTAMP_HEADER
from gitinsight.services.context import EXTENSION, tools
from gitinsight.web.api import PREFIX

METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE")
ASKED = (
    *("Authorization", "Content-Type", "If-None-Match", "X-Request-ID", "traceparent"),
    *(TIMESTAMP_HEADER, NONCE_HEADER, SIGNATURE_HEADER),
)
"""The headers that a script may send beside those that every script may."""
TOLD = (
    *("ETag", "Link", "Location", "Retry-After", "X-Request-ID", "Content-Disposition", "WWW-Authenticate"),
    *("RateLimit", "RateLimit-Policy", "RateLimit-Limit", "RateLimit-Remaining", "RateLimit-Reset"),
)
"""The headers that a script may read beside those that every script may."""
PREFLIGHT_SECONDS = 3600
ANY = "*"


def init_app(app: Flask) -> None:
    """Answer browsers' questions for other sites, where the settings name any."""
    if app.extensions[EXTENSION].settings.cors_origins:
        app.before_request(_answer_preflight)
        app.after_request(_allow)


def _answer_preflight() -> Response | None:
    """The answer to the question that comes before a call; it has no credential, so nobody checks one."""
    is_preflight = request.method == "OPTIONS" and "Access-Control-Request-Method" in request.headers
    if not is_preflight or request.endpoint is None or not request.path.startswith(f"{PREFIX}/"):
        return None
    answer = Response(status=204)
    if _allowed_origin():
        answer.headers["Access-Control-Allow-Methods"] = ", ".join(METHODS)
        answer.headers["Access-Control-Allow-Headers"] = ", ".join(ASKED)
        answer.headers["Access-Control-Max-Age"] = str(PREFLIGHT_SECONDS)
    return answer


def _allow(answer: Response) -> Response:
    if not request.path.startswith(f"{PREFIX}/"):
        return answer
    origin = _allowed_origin()
    if origin != ANY:
        # Also without an origin: a cache must not give that answer to a site, nor one site's to another.
        answer.vary.add("Origin")
    if origin:
        answer.headers["Access-Control-Allow-Origin"] = origin
        answer.headers["Access-Control-Expose-Headers"] = ", ".join(TOLD)
    return answer


def _allowed_origin() -> str | None:
    """The origin to name in the answer: any, the one that asks, or none."""
    allowed, asking = tools().settings.cors_origins, request.headers.get("Origin", "")
    if ANY in allowed:
        return ANY
    return asking if asking in allowed else None
