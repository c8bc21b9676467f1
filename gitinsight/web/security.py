"""What every answer carries: the request's trace id, security headers, and a line in the log."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from functools import wraps
from hashlib import sha256
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import structlog
from flask import Flask, Response, after_this_request, g, request
from flask.sessions import SecureCookieSessionInterface
from werkzeug.exceptions import SecurityError
from werkzeug.sansio.utils import host_is_trusted

from gitinsight.services.context import tools

log = structlog.get_logger("gitinsight.request")

CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'self'",
        "img-src 'self' data:",
        "object-src 'none'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    )
)
UNUSED_FEATURES = (
    *("accelerometer", "autoplay", "camera", "display-capture", "encrypted-media", "fullscreen", "gamepad"),
    *("geolocation", "gyroscope", "hid", "idle-detection", "magnetometer", "microphone", "midi", "payment"),
    *("picture-in-picture", "publickey-credentials-get", "screen-wake-lock", "serial", "usb"),
    *("xr-spatial-tracking", "clipboard-read"),
)
"""What browsers offer to pages and ours never ask for; copying to the clipboard is not among them."""
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Permissions-Policy": ", ".join(f"{feature}=()" for feature in UNUSED_FEATURES),
    "X-Permitted-Cross-Domain-Policies": "none",
}
SLOW_SECONDS = 1.0
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")
_TRACEPARENT = re.compile(r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")
_LOGIN_LINK = re.compile(r"(/login/link/).+", re.DOTALL)


class Sha256Sessions(SecureCookieSessionInterface):
    """Flask's session in a cookie, signed with HMAC-SHA256 where Flask still has SHA-1."""

    digest_method = staticmethod(sha256)


def init_app(app: Flask) -> None:
    """Give every request a trace id, every answer its headers, and the session's cookie a strong signature."""
    app.session_interface = Sha256Sessions()
    app.before_request(_begin)
    app.before_request(_check_host)
    app.after_request(_finish)


def _begin() -> None:
    g.started = time.perf_counter()
    g.trace_id = _trace_id()
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(trace_id=g.trace_id)


def _check_host() -> None:
    """Refuse a host name that is not the one the operator named, before it gets into an address or a cache.

    What asks for the health of a process knows it by its address only.
    """
    settings = tools().settings
    name = urlsplit(settings.base_url).hostname
    if not settings.is_production or not name or request.blueprint == "ops":
        return
    if not host_is_trusted(request.host, [name]):
        raise SecurityError(f"This installation is called {name}.")


def _trace_id() -> str:
    """The caller's request id where it has the form of one, else a W3C trace id, else a new one."""
    given = request.headers.get("X-Request-ID", "")
    if _REQUEST_ID.fullmatch(given):
        return given
    parent = _TRACEPARENT.fullmatch(request.headers.get("traceparent", ""))
    return parent[1] if parent else uuid4().hex


def _finish(answer: Response) -> Response:
    answer.headers["X-Request-ID"] = g.get("trace_id", "")
    for name, value in HEADERS.items():
        answer.headers.setdefault(name, value)
    if request.is_secure:
        answer.headers.setdefault("Strict-Transport-Security", "max-age=31536000; includeSubDomains")
    if request.endpoint != "static" and "Cache-Control" not in answer.headers:
        # Pages differ by viewer: a shared cache must not keep them.
        answer.headers["Cache-Control"] = "private, no-cache"
        answer.vary.add("Cookie")
        answer.vary.add("Authorization")
    _log(answer)
    return answer


def leaving_answer(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let the browser drop the pages that it has kept: whoever sits there next is another one."""

    @wraps(view)
    def guarded(*values: Any, **named: Any) -> Any:
        after_this_request(_clear_cache)
        return view(*values, **named)

    return guarded


def _clear_cache(answer: Response) -> Response:
    answer.headers["Clear-Site-Data"] = '"cache"'
    return answer


def secret_answer(view: Callable[..., Any]) -> Callable[..., Any]:
    """Let nobody on the way, nor the browser, keep what this view answers."""

    @wraps(view)
    def guarded(*values: Any, **named: Any) -> Any:
        after_this_request(_keep_nowhere)
        return view(*values, **named)

    return guarded


def _keep_nowhere(answer: Response) -> Response:
    answer.headers["Cache-Control"] = "no-store"
    return answer


def shown_path() -> str:
    """The request's path for the log; the secret of a login link is part of its path and left out."""
    return _LOGIN_LINK.sub(r"\1…", request.path)


def _log(answer: Response) -> None:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    tell = log.warning if seconds > SLOW_SECONDS else log.info
    if request.endpoint not in {"static", "ops.health", "ops.ready"}:
        tell(
            "request",
            method=request.method,
            path=shown_path(),
            status=answer.status_code,
            ms=round(seconds * 1000, 1),
        )
