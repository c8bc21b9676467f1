"""The pages of admins, a section each; ``SECTIONS`` is their navigation."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Blueprint, redirect, url_for

from gitinsight.domain.access import Permission
from gitinsight.web.guard import requires

admin = Blueprint("admin", __name__, url_prefix="/admin")


class Section(NamedTuple):
    """One page of the navigation: where it is, what it is called, its icon."""

    endpoint: str
    title: str
    icon: str


SECTIONS = (Section("admin.audit_log", "Audit log", "list"),)


@admin.get("")
@requires(Permission.ADMIN_SYSTEM)
def front() -> Any:
    """The first section."""
    return redirect(url_for(SECTIONS[0].endpoint))


@admin.context_processor
def _navigation() -> dict[str, Any]:
    return {"admin_sections": SECTIONS}
