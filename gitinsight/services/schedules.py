"""Analyses by schedule: the scheduler's round starts what is due, each once, in the name of who set the schedule.

A row's next moment is moved on in the statement that claims it, so two schedulers start nothing twice.
After a time in which nothing ran, the missed run is made up for once, at a moment of the repository's own.
"""

from __future__ import annotations

from uuid import UUID

import structlog

from gitinsight.domain import clock, schedules
from gitinsight.domain.access import OPERATOR, Viewer
from gitinsight.domain.schedules import Schedule
from gitinsight.errors import AnalysisInProgress, AuthorizationDenied, NotFound
from gitinsight.services import accounts, analyses, feeds
from gitinsight.services.context import session
from gitinsight.store import repositories
from gitinsight.store.repositories import Repository

log = structlog.get_logger(__name__)

MOST_A_ROUND = 20


def run_due() -> int:
    """Start the analyses that are due now, at most so many a round; how many were started."""
    rows = repositories.due(session(), clock.now(), MOST_A_ROUND)
    due = [(row.id, row.next_analysis_at) for row in rows]
    session().rollback()
    return sum(_run(repository_id, at) for repository_id, at in due if at is not None)


def _run(repository_id: UUID, due_at: object) -> bool:
    row, now = session().get(Repository, repository_id), clock.now()
    if row is None or row.next_analysis_at is None or row.next_analysis_at != due_at:
        session().rollback()
        return False
    viewer = _asker(row)
    schedule = _allowed(viewer, row.schedule)
    is_missed = now - row.next_analysis_at > schedules.MISSED_AFTER and schedule is not Schedule.OFF
    following = (
        schedules.catch_up(schedule, row.id, now) if is_missed else schedules.next_run(schedule, row.id, now)
    )
    if not repositories.claim_run(session(), row.id, row.next_analysis_at, following):
        session().rollback()
        return False
    if schedule is not row.schedule:
        feeds.audit(OPERATOR, "repository.schedule_reduced", ("repository", row.id), to=schedule)
        row.schedule = schedule
    feeds.commit()
    return not is_missed and schedule is not Schedule.OFF and _request(viewer, repository_id)


def _asker(row: Repository) -> Viewer | None:
    """In whose name the analysis runs: of the user who set the schedule; None where he is gone."""
    user_id = row.settings.get("scheduled_by")
    return accounts.viewer_by_id(UUID(user_id)) if user_id else OPERATOR


def _allowed(viewer: Viewer | None, schedule: Schedule) -> Schedule:
    """The schedule, or the most frequent one that the user may still have."""
    if viewer is None:
        return Schedule.OFF
    if schedules.may_choose(viewer.role, schedule):
        return schedule
    return schedules.SHORTEST.get(viewer.role, Schedule.OFF)


def _request(viewer: Viewer | None, repository_id: UUID) -> bool:
    assert viewer is not None
    try:
        analyses.request(viewer, repository_id, is_scheduled=True)
    except AnalysisInProgress:
        # What runs already brings what the schedule is for.
        return False
    except (NotFound, AuthorizationDenied) as error:
        log.warning("scheduled_analysis_refused", repository_id=str(repository_id), reason=error.message)
        return False
    return True
