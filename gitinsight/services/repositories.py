"""Adding, finding, changing and removing repositories.

Every function takes the viewer and speaks only of repositories that exist for this viewer: another's
private repository is not found, whatever is asked of it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import IntegrityError

from gitinsight.domain.access import OPERATOR, Permission, Role, Viewer, Visibility, allows
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import AnalysisStatus
from gitinsight.domain.paths import EVERYTHING, PathFilter
from gitinsight.domain.schedules import Schedule
from gitinsight.errors import AuthorizationDenied, RepositoryNotFound, SourceRefused, ValidationError
from gitinsight.git.source import Source, SourceRules, parse_source
from gitinsight.services import feeds, workspaces
from gitinsight.services.context import session, tools
from gitinsight.store import jobs, people, repositories
from gitinsight.store.repositories import (
    LONGEST_ADDRESS,
    LONGEST_FULL_NAME,
    LONGEST_NAME,
    Follow,
    Repository,
    RepositoryQuery,
)

log = structlog.get_logger(__name__)

PRIVATE_REPOSITORIES_OF_A_USER = 3
DISCARD_FILES = "gitinsight.jobs.discard_files"
DISCARD_SECONDS = 600


@dataclass(frozen=True, slots=True)
class RepositoryView:
    """A repository as a viewer sees it; numbers that no forge told are None."""

    id: UUID
    name: str
    full_name: str
    description: str
    url: str
    clone_url: str
    branch: str
    language: str | None
    stars: int | None
    forks: int | None
    watchers: int | None
    size: int | None
    head: str | None
    commit_count: int | None
    created_at: datetime
    updated_at: datetime
    last_analyzed: datetime | None
    analysis_status: AnalysisStatus
    visibility: Visibility
    owner_id: UUID | None
    schedule: Schedule
    next_analysis_at: datetime | None
    settings: Mapping[str, Any]

    @property
    def analyzers(self) -> Sequence[str]:
        """The analyzers that look at it; none named means all."""
        return tuple(self.settings.get("analyzers", ()))

    @property
    def include_paths(self) -> Sequence[str]:
        """The patterns of the paths that count; none means all."""
        return self.paths.include

    @property
    def exclude_paths(self) -> Sequence[str]:
        """The patterns of the paths that do not count."""
        return self.paths.exclude

    @property
    def paths(self) -> PathFilter:
        """Which paths its analyses look at."""
        return PathFilter.of(self.settings)

    def commit_url(self, commit: str) -> str:
        """Where the forge shows a commit; the empty string where no forge is known."""
        return f"{self.url}/commit/{commit}" if self.url else ""

    def file_url(self, path: str) -> str:
        """Where the forge shows a file at the analysed commit; the empty string where no forge is known."""
        from urllib.parse import quote

        return f"{self.url}/blob/{self.head}/{quote(path)}" if self.url and self.head else ""


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``more`` says that the last item has followers."""

    items: list[RepositoryView]
    more: bool


def rules_for(viewer: Viewer) -> SourceRules:
    """Which addresses this viewer may have opened: the operator's rules, and paths for the operator."""
    settings = tools().settings
    return workspaces.source_rules(settings, operator=viewer is OPERATOR)


def add(
    viewer: Viewer,
    address: str,
    *,
    branch: str = "",
    visibility: Visibility = Visibility.PUBLIC,
    paths: PathFilter = EVERYTHING,
) -> RepositoryView:
    """Add a repository, or find the one of this address, branch and visibility that the viewer sees already.

    Where some ``paths`` are named it is one that is kept to the same; else whichever was added first.
    Raises SourceRefused for an address that is not allowed, ValidationError past the private limit.
    """
    require(viewer, Permission.REPOSITORY_ANALYZE)
    source = parse_source(address, rules_for(viewer))
    if len(source.url) > LONGEST_ADDRESS:
        raise SourceRefused(f"The address is too long: at most {LONGEST_ADDRESS} characters when encoded.")
    if viewer is OPERATOR and source.scheme == "path" and not Path(source.path).is_dir():
        # Whoever types a path on this machine is told at once; a web process may not see a worker's disk.
        raise SourceRefused(f"There is no folder {source.path}; give the folder of a git repository.")
    for row in repositories.by_clone_url(session(), viewer, source.url, branch, visibility):
        if not paths or PathFilter.of(row.settings) == paths:
            return view(row)
    if visibility is Visibility.PRIVATE:
        check_private_limit(viewer)
    row = Repository(
        name=source.name[-LONGEST_NAME:],
        full_name=source.full_name[-LONGEST_FULL_NAME:],
        url=web_address(source),
        clone_url=source.url,
        branch=branch,
        visibility=visibility,
        owner_id=viewer.user_id,
        added_by_operator=viewer is OPERATOR,
        settings=paths.settings,
    )
    session().add(row)
    session().flush()
    feeds.audit(viewer, "repository.added", ("repository", row.id), clone_url=source.url)
    added = view(row)
    feeds.commit()
    return added


def check_private_limit(viewer: Viewer) -> None:
    """Raise ValidationError where the viewer may not have one more private repository."""
    if viewer.role in {Role.PREMIUM, Role.ADMIN} or viewer.user_id is None:
        return
    people.lock(session(), viewer.user_id)
    owned = repositories.private_count(session(), viewer.user_id)
    if owned >= PRIVATE_REPOSITORIES_OF_A_USER:
        raise ValidationError(
            f"A free account has at most {PRIVATE_REPOSITORIES_OF_A_USER} private repositories.", limit=owned
        )


def listing(viewer: Viewer, query: RepositoryQuery) -> Page:
    """A page of the repositories that exist for the viewer, by name."""
    require(viewer, Permission.REPOSITORY_READ)
    rows = repositories.page(session(), viewer, query)
    return Page([view(row) for row in rows[: query.limit]], len(rows) > query.limit)


def search(viewer: Viewer, words: str, limit: int) -> list[RepositoryView]:
    """The repositories of the viewer whose name or description holds the text."""
    require(viewer, Permission.REPOSITORY_READ)
    return [view(row) for row in repositories.search(session(), viewer, words, limit)]


def get(viewer: Viewer, repository_id: UUID) -> RepositoryView:
    """One repository; RepositoryNotFound where it does not exist for the viewer."""
    return view(row_for(viewer, repository_id, Permission.REPOSITORY_READ))


def named(viewer: Viewer, text: str) -> RepositoryView | None:
    """The repository of this id, full name or name; None where there is none.

    Raises ValidationError where several have the name, RepositoryNotFound for an id that none has.
    """
    require(viewer, Permission.REPOSITORY_READ)
    try:
        return get(viewer, UUID(text))
    except ValueError:
        rows = repositories.by_name(session(), viewer, text)
    if len(rows) > 1:
        ids = ", ".join(f"{row.id} ({row.clone_url}{f' {row.branch}' if row.branch else ''})" for row in rows)
        raise ValidationError(f"Several repositories are called {text!r}; give the id of one: {ids}.")
    return view(rows[0]) if rows else None


def remove(viewer: Viewer, repository_id: UUID) -> None:
    """Remove a repository with all its data; owner or admin only."""
    row = row_for(viewer, repository_id, Permission.REPOSITORY_ANALYZE)
    require_ownership(viewer, row)
    active = jobs.active_of(session(), row.id)
    stages = [stage.id for stage in jobs.stages_of(session(), active.id)] if active else []
    feeds.audit(viewer, "repository.removed", ("repository", row.id), clone_url=row.clone_url)
    session().delete(row)
    feeds.commit()
    stop_stages(stages)
    _have_files_discarded(repository_id)


def _have_files_discarded(repository_id: UUID) -> None:
    """Leave the removal of the files to a worker: a web process may have none of its folders."""
    try:
        tools().queues.enqueue(DISCARD_FILES, repository_id, timeout_seconds=DISCARD_SECONDS)
    except (RedisError, OSError) as error:
        log.warning("files_not_discarded", repository_id=str(repository_id), reason=str(error))


def stop_stages(stage_ids: Sequence[UUID]) -> None:
    """Take stages from the queue or from their workers; without Redis they find out by themselves."""
    try:
        for stage_id in stage_ids:
            tools().queues.stop(stage_id)
    except (RedisError, OSError) as error:
        log.warning("stages_not_stopped", reason=str(error))


def follow(viewer: Viewer, repository_id: UUID) -> None:
    """Follow a repository; following twice is fine."""
    row = row_for(viewer, repository_id, Permission.REPOSITORY_READ)
    if viewer.user_id is None:
        raise AuthorizationDenied("Only a signed-in user can follow a repository.")
    if repositories.follows(session(), viewer.user_id, row.id):
        return
    name = row.full_name
    session().add(Follow(user_id=viewer.user_id, repository_id=repository_id))
    try:
        session().flush()
    except IntegrityError:
        session().rollback()
        # Another request of his was quicker, unless the repository is gone.
        row_for(viewer, repository_id, Permission.REPOSITORY_READ)
        return
    feeds.note(
        Topic.REPOSITORY_FOLLOWED,
        {"full_name": name},
        repository_id=repository_id,
        user_id=viewer.user_id,
    )
    feeds.audit(viewer, "repository.followed", ("repository", repository_id))
    feeds.commit()


def unfollow(viewer: Viewer, repository_id: UUID) -> None:
    """Stop following a repository; not having followed it is fine."""
    row = row_for(viewer, repository_id, Permission.REPOSITORY_READ)
    followed = session().get(Follow, (viewer.user_id, row.id)) if viewer.user_id else None
    if followed is not None:
        session().delete(followed)
        feeds.audit(viewer, "repository.unfollowed", ("repository", row.id))
        feeds.commit()


def is_followed(viewer: Viewer, repository_id: UUID) -> bool:
    """Whether the viewer follows the repository."""
    return viewer.user_id is not None and repositories.follows(session(), viewer.user_id, repository_id)


def row_for(viewer: Viewer, repository_id: UUID, permission: Permission) -> Repository:
    """The row, for other use cases; first whether it exists for the viewer, then whether he may do this."""
    row = repositories.by_id(session(), viewer, repository_id)
    if row is None or not allows(viewer, Permission.REPOSITORY_READ):
        raise not_found(repository_id)
    require(viewer, permission)
    return row


def not_found(repository_id: UUID) -> RepositoryNotFound:
    """What a viewer is told of a repository that does not exist for him."""
    return RepositoryNotFound(f"There is no repository {repository_id}.", repository_id=str(repository_id))


def require(viewer: Viewer, permission: Permission) -> None:
    if not allows(viewer, permission):
        raise AuthorizationDenied(f"This needs the permission {permission}.", permission=str(permission))


def require_ownership(viewer: Viewer, row: Repository) -> None:
    """Raise AuthorizationDenied for anybody but the owner and admins."""
    if viewer.role is not Role.ADMIN and row.owner_id != viewer.user_id:
        raise AuthorizationDenied("Only the owner of the repository or an admin may do this.")


def web_address(source: Source) -> str:
    """Where people look at the repository, for hosts whose pages lie at the clone address."""
    known = {"github.com", "gitlab.com", "codeberg.org"}
    return f"https://{source.host}/{source.full_name}" if source.host in known else ""


def view(row: Repository) -> RepositoryView:
    """A row as the value that leaves this layer."""
    return RepositoryView(
        **{name: getattr(row, name) for name in RepositoryView.__dataclass_fields__},
    )
