"""The audit log as a page: searched by a plain form, newest first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from flask import render_template, request

from gitinsight.domain.access import Permission
from gitinsight.domain.audit import ACTIONS
from gitinsight.errors import ValidationError
from gitinsight.services import audit
from gitinsight.store.audit import AuditQuery
from gitinsight.web.api.paging import decode_cursor, encode_cursor, moment
from gitinsight.web.guard import requires, viewer
from gitinsight.web.ui.admin import admin

TEXTS = ("actor", "action", "object_type", "object_id", "trace_id")
DAYS = ("since", "until")
A_PAGE = 100
_LONGEST = 200


@admin.get("/audit")
@requires(Permission.ADMIN_SYSTEM)
def audit_log() -> Any:
    """Who did what, when; the form's fields are those of the API."""
    asked = {name: request.args.get(name, "").strip()[:_LONGEST] for name in (*TEXTS, *DAYS)}
    given = {name: text for name, text in asked.items() if text}
    try:
        page = audit.search(viewer(), _query(asked))
    except ValidationError as error:
        return _rendered(asked, given, problem=error.message), 422
    last = page.items[-1] if page.more else None
    cursor = encode_cursor(last.at.isoformat(), last.id) if last else ""
    return _rendered(asked, given, entries=page.items, cursor=cursor)


def _rendered(asked: dict[str, str], given: dict[str, str], **shown: Any) -> str:
    return render_template(
        "admin/audit.html",
        title="Audit log",
        asked=asked,
        given=given,
        actions=ACTIONS,
        is_further="cursor" in request.args,
        **shown,
    )


def _query(asked: dict[str, str]) -> AuditQuery:
    """The search that the form asks for; ValidationError for a day that is none."""
    texts = {name: asked[name] for name in TEXTS}
    until = _day(asked["until"])
    try:
        # The form's last day is a whole one.
        end = until + timedelta(days=1) if until else None
    except OverflowError:
        end = None
    after = decode_cursor(request.args.get("cursor", ""), moment, UUID)
    return AuditQuery(**texts, since=_day(asked["since"]), until=end, after=after, limit=A_PAGE)


def _day(text: str) -> datetime | None:
    try:
        day = date.fromisoformat(text) if text else None
    except ValueError as error:
        raise ValidationError(f"{text!r} is no day; write it as 2026-01-31.") from error
    return datetime(day.year, day.month, day.day, tzinfo=UTC) if day else None
