"""The Export menu of a repository's page: which files this viewer may have, and badges to copy."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from flask import url_for

from gitinsight.domain.access import ExportForm, Viewer, Visibility, may_export
from gitinsight.services.badges import BADGES
from gitinsight.services.dashboards import RepositoryPage


@dataclass(frozen=True, slots=True)
class BadgeSnippet:
    """A badge with the Markdown that shows it and leads to the repository's page."""

    name: str
    label: str
    source: str
    markdown: str


@dataclass(frozen=True, slots=True)
class ExportMenu:
    """What the menu offers; nothing before the first results, no badges of what is private."""

    has_results: bool
    forms: tuple[str, ...]
    badges: tuple[BadgeSnippet, ...]


def menu(page: RepositoryPage, viewer: Viewer) -> ExportMenu:
    """The menu for this viewer."""
    repository = page.repository
    is_public = repository.visibility is Visibility.PUBLIC
    return ExportMenu(
        bool(page.insights or page.artifacts),
        tuple(form.value for form in ExportForm if may_export(viewer, form)),
        tuple(_snippet(repository.id, name) for name in BADGES) if is_public else (),
    )


def _snippet(repository_id: UUID, name: str) -> BadgeSnippet:
    address: dict[str, Any] = {"repository_id": repository_id, "name": name}
    label, outside = BADGES[name].label, url_for("exports.get_badge", **address, _external=True)
    page = url_for("ui.repository", repository_id=repository_id, _external=True)
    markdown = f"[![{label}]({outside})]({page})"
    return BadgeSnippet(name, label, url_for("exports.get_badge", **address), markdown)
