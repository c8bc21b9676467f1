"""The one place where an error becomes an answer: JSON in one shape for programs, a page for people."""

from __future__ import annotations

from typing import Any

import structlog
from flask import Flask, Response, current_app, g, jsonify, redirect, render_template, request, url_for
from werkzeug.exceptions import HTTPException

from gitinsight import errors
from gitinsight.domain import clock
from gitinsight.domain.access import GUEST
from gitinsight.services import refusals
from gitinsight.services.codec import storable
from gitinsight.web import guard
from gitinsight.web.security import shown_path

log = structlog.get_logger(__name__)

STATUS: dict[type[errors.GitInsightError], int] = {
    errors.ValidationError: 422,
    errors.AuthenticationRequired: 401,
    errors.AuthorizationDenied: 403,
    errors.NotFound: 404,
    errors.AnalysisInProgress: 409,
    errors.RateLimitExceeded: 429,
    errors.SourceError: 422,
    errors.InferenceBusy: 503,
    errors.InferenceLimitExceeded: 422,
    errors.InferenceFailed: 500,
    errors.ExportBusy: 503,
    errors.ExportFailed: 500,
}
CODES = {
    400: "VALIDATION_ERROR",
    401: "AUTHENTICATION_REQUIRED",
    403: "AUTHORIZATION_DENIED",
    404: "NOT_FOUND",
    405: "METHOD_NOT_ALLOWED",
    409: "CONFLICT",
    413: "PAYLOAD_TOO_LARGE",
    415: "UNSUPPORTED_MEDIA_TYPE",
    422: "VALIDATION_ERROR",
    429: "RATE_LIMIT_EXCEEDED",
    503: "SERVICE_UNAVAILABLE",
}


MESSAGES = {
    404: "There is nothing at this address.",
    405: "This address does not know the method; the header Allow names those that it does.",
}
"""What a program is told, where the library's words are for people at a browser."""
LONGEST_NAME = 200
HINTS = {
    403: "Sign in as somebody who may, or ask an admin.",
    404: "The address may be mistyped, or the thing was removed, or it is another user's.",
    409: "Wait for it to end, then try again.",
    429: "Wait a moment, then try again.",
    500: "Try again; if it happens again, tell the operator the reference below.",
}
"""What a person can do next, for the page."""


def init_app(app: Flask) -> None:
    """Answer every error of the application in one of the two shapes."""
    app.register_error_handler(errors.GitInsightError, _known)
    app.register_error_handler(HTTPException, from_http)
    app.register_error_handler(Exception, _unexpected)


def _status_of(error: errors.GitInsightError) -> int:
    return next((status for kind, status in STATUS.items() if isinstance(error, kind)), 500)


def _known(error: errors.GitInsightError) -> Any:
    status = _status_of(error)
    if status >= 500:
        tell = log.warning if status == 503 else log.error
        tell("request_failed", code=error.code, reason=error.message)
    if _is_refusal(status):
        _note_refusal(error)
    if status == 401 and not _wants_json() and request.method == "GET":
        return redirect(url_for("auth.login", next=request.full_path.rstrip("?")))
    return _answer(status, error.code, error.message, error.details)


def _is_refusal(status: int) -> bool:
    """Whether somebody was refused, and not only asked to sign in first."""
    if status != 401:
        return status == 403
    open_to_all = guard.declared_permission(current_app, request.endpoint or "") in guard.OPEN
    return open_to_all or "Authorization" in request.headers


def _note_refusal(error: errors.GitInsightError) -> None:
    facts: dict[str, str] = {
        name: str(error.details[name])
        for name in ("permission", "reason", "signature")
        if name in error.details
    }
    facts |= {"method": request.method, "path": storable(shown_path())[:LONGEST_NAME]}
    facts |= {"address": request.remote_addr or ""}
    refusals.note(g.get("viewer", GUEST), request.endpoint or "", error.code, facts)


def from_http(error: HTTPException) -> Any:
    """The answer to an error that Flask or a library raised."""
    status = error.code or 500
    if status < 400:
        return error.get_response()
    details = getattr(error, "data", None) or {}
    messages: dict[str, Any] = {"fields": _short(details["messages"])} if "messages" in details else {}
    if messages:
        text = "Some values are not of the documented form."
    elif status == 413:
        limit = current_app.config["MAX_CONTENT_LENGTH"]
        text, messages = f"The body is too large: at most {limit:,} bytes.", {"limit_bytes": limit}
    else:
        text = MESSAGES.get(status) or error.description or error.name
    answer = _answer(status, CODES.get(status, "HTTP_ERROR"), text, messages)
    # Headers such as Allow belong to the answer; the exception's own type and length do not.
    for name, value in error.get_headers():
        if name.lower() not in {"content-type", "content-length"}:
            answer.headers[name] = value
    return answer


def _short(told: Any) -> Any:
    """What is told of fields, with their names cut: an unknown name may be as long as a request."""
    if isinstance(told, dict):
        return {str(name)[:LONGEST_NAME]: _short(inner) for name, inner in told.items()}
    return told


def _unexpected(error: Exception) -> Any:
    log.exception("request_crashed", path=shown_path(), exc_info=error)
    return _answer(
        500, "INTERNAL_SERVER_ERROR", "Something unexpected went wrong. The trace id finds it in the log.", {}
    )


def _wants_json() -> bool:
    if request.path.startswith(("/api/", "/health", "/metrics", "/stream/")):
        return True
    if request.headers.get("Upgrade", "").lower() == "websocket":
        return True
    accepted = request.accept_mimetypes
    return bool(accepted) and accepted.best_match(["text/html", "application/json"]) == "application/json"


def _answer(status: int, code: str, message: str, details: dict[str, Any]) -> Response:
    trace_id = getattr(g, "trace_id", "")
    if _wants_json():
        body = {
            "error": {
                "code": code,
                "message": message,
                "details": {**details, "timestamp": clock.now().isoformat()},
                "trace_id": trace_id,
            }
        }
        answer = jsonify(body)
    else:
        page = render_template(
            "errors/error.html",
            status=status,
            title=_title(status),
            message=message,
            hint=HINTS.get(status, ""),
            trace_id=trace_id,
        )
        answer = Response(page, mimetype="text/html")
    answer.status_code = status
    if status == 401:
        answer.headers["WWW-Authenticate"] = "Bearer"
    if "retry_after" in details:
        answer.headers["Retry-After"] = str(details["retry_after"])
    return answer


def _title(status: int) -> str:
    """The page's heading in plain words."""
    titles = {
        403: "This is not for you",
        404: "There is nothing here",
        409: "Already under way",
        429: "Too many requests",
    }
    return titles.get(status, "Something went wrong" if status >= 500 else "That did not work")
