"""The pages of admins, a section each; ``SECTIONS`` is their navigation."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, redirect, request, url_for

from gitinsight.domain.access import Permission
from gitinsight.web.guard import requires

admin = Blueprint("admin", __name__, url_prefix="/admin")


class Section(NamedTuple):
    """One page of the navigation: where it is, what it is called, its icon, and the pages that belong to it."""

    endpoint: str
    title: str
    icon: str
    holds: tuple[str, ...] = ()


SECTIONS = (
    Section("admin.list_users", "Users", "users", ("admin.user",)),
    Section("admin.list_keys", "Keys", "key"),
    Section("admin.list_jobs", "Analyses", "clock"),
    Section("admin.plugins", "Plugins", "api"),
    Section("admin.system", "System", "heartbeat"),
    Section("admin.audit_log", "Audit log", "list"),
)


@admin.get("")
@requires(Permission.ADMIN_SYSTEM)
def front() -> Any:
    """The first section."""
    return redirect(url_for(SECTIONS[0].endpoint))


@admin.context_processor
def _navigation() -> dict[str, Any]:
    here = next((one for one in SECTIONS if request.endpoint in {one.endpoint, *one.holds}), None)
    return {"admin_sections": SECTIONS, "admin_section": here}


def asked(name: str, longest: int = 200) -> str:
    """What the address or the form says under this name."""
    return request.values.get(name, "").strip()[:longest]
