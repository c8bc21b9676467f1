"""Changing how a repository is analysed and who sees it: for its owner and for admins."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from gitinsight.domain import clock, paths, schedules
from gitinsight.domain.access import Permission, Viewer, Visibility
from gitinsight.domain.schedules import Schedule
from gitinsight.errors import AuthorizationDenied, ValidationError
from gitinsight.services import feeds
from gitinsight.services.context import session, tools
from gitinsight.services.repositories import (
    RepositoryView,
    check_private_limit,
    require_ownership,
    row_for,
    view,
)
from gitinsight.store.repositories import Repository

_PLAIN = ("branch", "visibility", "description")
_LISTS = ("analyzers", "include_paths", "exclude_paths")


def update(viewer: Viewer, repository_id: UUID, changes: Mapping[str, Any]) -> RepositoryView:
    """Change ``branch``, ``visibility``, ``description``, ``schedule``, or the lists ``analyzers``, ``include_paths``
    and ``exclude_paths``; the others stay.

    Raises ValidationError for an analyzer that there is not, a pattern that can mean no path and past the
    private limit, AuthorizationDenied for a schedule that the viewer's account does not have.
    """
    row = row_for(viewer, repository_id, Permission.REPOSITORY_ANALYZE)
    require_ownership(viewer, row)
    if changes.get("visibility") == Visibility.PRIVATE and row.visibility is not Visibility.PRIVATE:
        check_private_limit(viewer)
    unknown = set(changes.get("analyzers", ())) - set(tools().registry.analyzers)
    if unknown:
        raise ValidationError(f"There is no analyzer named {sorted(unknown)[0]!r}.")
    for name in ("include_paths", "exclude_paths"):
        _check_paths(changes.get(name, ()))
    if "schedule" in changes:
        _set_schedule(viewer, row, changes["schedule"])
    for name in _PLAIN:
        if name in changes:
            setattr(row, name, changes[name])
    lists = {name: list(changes[name]) for name in _LISTS if name in changes}
    if lists:
        row.settings = {**row.settings, **lists}
    feeds.audit(viewer, "repository.changed", ("repository", row.id), fields=sorted(changes))
    session().flush()
    changed = view(row)
    feeds.commit()
    return changed


def _check_paths(patterns: Sequence[str]) -> None:
    if len(patterns) > paths.MOST_PATTERNS:
        raise ValidationError(
            f"There may be {paths.MOST_PATTERNS} patterns of each kind, not {len(patterns)}."
        )
    for pattern in patterns:
        problem = paths.problem_with(pattern)
        if problem:
            raise ValidationError(f"The pattern {pattern!r} {problem}.", pattern=pattern)


def _set_schedule(viewer: Viewer, row: Repository, schedule: Schedule) -> None:
    if not schedules.may_choose(viewer.role, schedule):
        shortest = schedules.SHORTEST.get(viewer.role, Schedule.OFF)
        raise AuthorizationDenied(
            f"Your account may have a repository analysed {shortest} at most.",
            schedule=schedule.value,
            most_frequent=shortest.value,
        )
    if schedule is not row.schedule:
        row.schedule = schedule
        by = str(viewer.user_id) if viewer.user_id else None
        row.settings = {**row.settings, "scheduled_by": by}
        row.next_analysis_at = schedules.next_run(schedule, row.id, clock.now())
