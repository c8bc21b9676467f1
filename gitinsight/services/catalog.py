"""Repositories as programs list them: each with a word on its owner and on what was found in it.

A list costs the same few queries whatever its length.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from gitinsight.domain.access import Permission, Viewer, allows
from gitinsight.domain.report import Severity
from gitinsight.services import repositories
from gitinsight.services.context import session
from gitinsight.services.repositories import RepositoryView
from gitinsight.store import repositories as store
from gitinsight.store import summaries
from gitinsight.store.people import User
from gitinsight.store.repositories import Repository, RepositoryQuery


@dataclass(frozen=True, slots=True)
class Owner:
    """The user who added a repository, as everybody may see him."""

    id: UUID
    username: str
    name: str | None
    avatar_url: str | None


@dataclass(frozen=True, slots=True)
class InsightCounts:
    """How many current insights there are, in all and by severity."""

    total: int
    critical: int
    warning: int
    notice: int
    info: int


@dataclass(frozen=True, slots=True)
class CatalogEntry(RepositoryView):
    """A repository with its owner, None where the operator added it or the user is gone.

    ``insights`` is None for a viewer whose credential may not read any.
    """

    owner: Owner | None
    insights: InsightCounts | None


@dataclass(frozen=True, slots=True)
class CatalogPage:
    """One page of the catalog; ``more`` says that the last item has followers."""

    items: list[CatalogEntry]
    more: bool


def listing(viewer: Viewer, query: RepositoryQuery) -> CatalogPage:
    """A page of the repositories that exist for the viewer, in the order asked for."""
    repositories.require(viewer, Permission.REPOSITORY_READ)
    rows = store.page_with_owners(session(), viewer, query)
    return CatalogPage(_described(viewer, rows[: query.limit]), len(rows) > query.limit)


def get(viewer: Viewer, repository_id: UUID) -> CatalogEntry:
    """One repository; RepositoryNotFound where it does not exist for the viewer."""
    is_reader = allows(viewer, Permission.REPOSITORY_READ)
    found = store.by_id_with_owner(session(), viewer, repository_id) if is_reader else None
    if found is None:
        raise repositories.not_found(repository_id)
    return _described(viewer, [found])[0]


def described(viewer: Viewer, repository: RepositoryView) -> CatalogEntry:
    """A repository that the viewer has been shown to see, as an entry."""
    owner = session().get(User, repository.owner_id) if repository.owner_id else None
    return _described(viewer, [(repository, owner)])[0]


def _described(
    viewer: Viewer, found: Sequence[tuple[Repository | RepositoryView, User | None]]
) -> list[CatalogEntry]:
    counts = _counts([row.id for row, _ in found]) if allows(viewer, Permission.INSIGHTS_READ) else None
    return [
        CatalogEntry(
            **{name: getattr(row, name) for name in RepositoryView.__dataclass_fields__},
            owner=Owner(owner.id, owner.username, owner.name, owner.avatar_url) if owner else None,
            insights=_counted(counts[row.id]) if counts is not None else None,
        )
        for row, owner in found
    ]


def _counts(repository_ids: Sequence[UUID]) -> dict[UUID, Counter[Severity]]:
    found: dict[UUID, Counter[Severity]] = {each: Counter() for each in repository_ids}
    for repository_id, severity, count in summaries.insight_counts(session(), repository_ids):
        found[repository_id][severity] = count
    return found


def _counted(counts: Counter[Severity]) -> InsightCounts:
    return InsightCounts(counts.total(), *(counts[severity] for severity in reversed(Severity)))
