"""Asking for an analysis, following it and cancelling it; and deciding which stage comes next.

An analysis is a job row whose stages (sync, history, one for each analyzer, finish) are rows of their own
from the first second. ``advance`` looks at them and hands to the queue whatever may start; it is called at
every end of a stage and by the scheduler, and any number of callers at once do no harm.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

import structlog
from redis.exceptions import RedisError
from sqlalchemy.exc import IntegrityError

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR, Permission, Role, Viewer
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import AnalysisStatus, JobState, Stage
from gitinsight.domain.paths import PathFilter
from gitinsight.errors import AnalysisInProgress, JobNotFound, RepositoryNotFound, ValidationError
from gitinsight.plugin import Needs
from gitinsight.services import feeds, progress
from gitinsight.services.codec import storable
from gitinsight.services.context import session, tools
from gitinsight.services.progress import JobView, view
from gitinsight.services.repositories import row_for, stop_stages
from gitinsight.store import jobs, measures
from gitinsight.store.jobs import AnalysisJob, JobQuery
from gitinsight.store.repositories import Repository

log = structlog.get_logger(__name__)

RUN_STAGE = "gitinsight.jobs.run_stage"
MOST_ATTEMPTS = 3
_SETTLING = timedelta(seconds=10)


@dataclass(frozen=True, slots=True)
class JobPage:
    """One page of analyses; ``more`` says that the last one has followers."""

    items: list[JobView]
    more: bool


def request(
    viewer: Viewer, repository_id: UUID, analyzers: tuple[str, ...] = (), *, is_scheduled: bool = False
) -> JobView:
    """Queue an analysis by all analyzers of the repository's settings, or by the named ones.

    Which paths count is settled here, and analyzers whose results are of other paths run along, so that no
    page shows results of different paths beside each other. One that nobody waits for, because a schedule asked for it, goes behind those that somebody does.
    Raises AnalysisInProgress with the running job's id where one is under way.
    """
    repository = row_for(viewer, repository_id, Permission.REPOSITORY_ANALYZE)
    chosen = _chosen_analyzers(repository, analyzers)
    job = AnalysisJob(
        repository_id=repository.id,
        stage=Stage.ANALYSIS,
        analyzers=chosen,
        paths=PathFilter.of(repository.settings).settings,
        requested_by=viewer.user_id,
        priority=not is_scheduled and viewer.role in {Role.PREMIUM, Role.ADMIN},
        trace_id=structlog.contextvars.get_contextvars().get("trace_id", ""),
    )
    session().add(job)
    try:
        session().flush()
    except IntegrityError:
        session().rollback()
        raise _in_progress(repository_id) from None
    _add_stages(job, chosen)
    repository.analysis_status = AnalysisStatus.QUEUED
    feeds.note(
        Topic.ANALYSIS_REQUESTED, {"job_id": str(job.id), "analyzers": chosen}, repository_id=repository.id
    )
    feeds.audit(
        viewer,
        "analysis.requested",
        ("repository", repository.id),
        job_id=str(job.id),
        by_schedule=is_scheduled,
    )
    job_id = job.id
    feeds.commit()
    advance(job_id)
    return job_view(job_id)


def request_or_join(viewer: Viewer, repository_id: UUID) -> JobView:
    """As ``request``; where an analysis is under way already, that one."""
    try:
        return request(viewer, repository_id)
    except AnalysisInProgress as error:
        return job_view(UUID(error.details["job_id"]))


def _chosen_analyzers(repository: Repository, asked: tuple[str, ...]) -> list[str]:
    known = tools().registry.analyzers
    wanted = asked or tuple(repository.settings.get("analyzers", ())) or tuple(known)
    unknown = [name for name in wanted if name not in known]
    if asked and unknown:
        raise ValidationError(f"There is no analyzer named {unknown[0]!r}; there are {', '.join(known)}.")
    paths = PathFilter.of(repository.settings).settings
    outdated = measures.of_other_paths(session(), repository.id, paths)
    chosen = [name for name in (*wanted, *outdated) if name in known]
    return [analyzer.name for analyzer in tools().registry.order(chosen)]


def _in_progress(repository_id: UUID) -> AnalysisInProgress:
    # One that has ended since the refusal is still the newest.
    job = jobs.active_of(session(), repository_id) or jobs.newest_of(session(), repository_id)
    if job is None:
        raise RepositoryNotFound(f"There is no repository {repository_id}.", repository_id=str(repository_id))
    return AnalysisInProgress("This repository is being analysed already.", job_id=str(job.id))


def _add_stages(job: AnalysisJob, analyzers: list[str]) -> None:
    """The stages' rows, each a little later than the one before, so that they keep their order."""
    plan = [
        (Stage.SYNC, ""),
        (Stage.HISTORY, ""),
        *((Stage.ANALYZE, name) for name in analyzers),
        (Stage.FINISH, ""),
    ]
    for place, (stage, analyzer) in enumerate(plan):
        session().add(
            AnalysisJob(
                repository_id=job.repository_id,
                parent_id=job.id,
                stage=stage,
                analyzer=analyzer,
                priority=job.priority,
                trace_id=job.trace_id,
                created_at=job.created_at + timedelta(microseconds=place + 1),
            )
        )


def cancel(viewer: Viewer, job_id: UUID) -> JobView:
    """Cancel an analysis; one that has ended stays as it is."""
    job = _row(viewer, job_id, Permission.REPOSITORY_ANALYZE)
    stages = [stage.id for stage in jobs.stages_of(session(), job.id) if not stage.state.is_final]
    if jobs.end(session(), job.id, JobState.CANCELLED, clock.now(), message="Cancelled."):
        jobs.cancel_stages(session(), job.id, clock.now())
        repository = session().get_one(Repository, job.repository_id)
        repository.analysis_status = _status_without(jobs.last_outcome(session(), job.repository_id))
        feeds.note(
            Topic.ANALYSIS_FAILED,
            {"job_id": str(job_id), "state": JobState.CANCELLED, "code": "ANALYSIS_CANCELLED"},
            repository_id=job.repository_id,
        )
        feeds.audit(viewer, "analysis.cancelled", ("job", job_id))
    feeds.commit()
    stop_stages(stages)
    return job_view(job_id)


def _status_without(last: JobState | None) -> AnalysisStatus:
    """The repository's status after a cancelled analysis: what the one before it came to."""
    return status_after(last) if last is not None else AnalysisStatus.NEVER


def status_after(state: JobState) -> AnalysisStatus:
    """The status of a repository whose newest analysis came to this state."""
    known = {JobState.SUCCEEDED: AnalysisStatus.READY, JobState.PARTIAL: AnalysisStatus.PARTIAL}
    return known.get(state, AnalysisStatus.FAILED)


def advance(job_id: UUID) -> None:
    """Hand every stage that may start to the queue."""
    stages = list(jobs.stages_of(session(), job_id))
    job = session().get(AnalysisJob, job_id)
    if job is None or job.state.is_final:
        session().rollback()
        return
    ready = [stage for stage in _startable(stages) if jobs.claim_for_queue(session(), stage.id, clock.now())]
    chosen = [(stage.id, stage.stage, stage.priority, stage.early_from is not None) for stage in ready]
    session().commit()
    for each in chosen:
        _enqueue(*each)


def _startable(stages: list[AnalysisJob]) -> list[AnalysisJob]:
    """The queued stages that wait for nothing any more."""
    ended = {(stage.stage, stage.analyzer) for stage in stages if stage.state.is_final}
    waiting = [stage for stage in stages if stage.state is JobState.QUEUED and stage.enqueued_at is None]
    return [stage for stage in waiting if _needs(stage, stages) <= ended]


def _needs(stage: AnalysisJob, stages: list[AnalysisJob]) -> set[tuple[Stage, str]]:
    """The stages that have to end before this one may start."""
    analyzers = [other.analyzer for other in stages if other.stage is Stage.ANALYZE]
    if stage.stage is Stage.SYNC:
        return set()
    if stage.stage is Stage.HISTORY:
        return {(Stage.SYNC, "")}
    if stage.stage is Stage.FINISH:
        return {(Stage.ANALYZE, name) for name in analyzers} | {(Stage.HISTORY, "")}
    waits = {(Stage.ANALYZE, name) for name in tools().registry.waits_for(stage.analyzer, analyzers)}
    return waits | {(_reading_for(stage, stages), "")}


def _reading_for(stage: AnalysisJob, stages: list[AnalysisJob]) -> Stage:
    """Which of the reading stages an analyzer waits for."""
    analyzer = tools().registry.analyzers.get(stage.analyzer)
    needs = analyzer.needs if analyzer else Needs.COMMITS
    has_newest = any(other.stage is Stage.HISTORY and other.early_from is not None for other in stages)
    is_early = needs is Needs.NEWEST_CHANGES and has_newest and stage.early_from is None
    return Stage.SYNC if needs is Needs.COMMITS or is_early else Stage.HISTORY


def _enqueue(stage_id: UUID, kind: Stage, urgent: bool, again: bool) -> None:
    settings = tools().settings
    reads = kind in {Stage.SYNC, Stage.HISTORY}
    limit = settings.fetch_timeout_seconds if reads else settings.analyzer_timeout_seconds
    try:
        # The queue's own limit is a safety net behind the limits that the stages watch themselves.
        tools().queues.enqueue(RUN_STAGE, stage_id, timeout_seconds=limit + 600, urgent=urgent, again=again)
    except (RedisError, OSError) as error:
        # The scheduler finds the stage in no queue and hands it over again.
        log.warning("stage_not_enqueued", stage_id=str(stage_id), reason=str(error))


def reconcile() -> int:
    """Queue again what the queue lost, give up on what died too often; how many stages were touched."""
    rows = [
        stage
        for stage in jobs.active_stages(session())
        if stage.enqueued_at is not None
        and clock.now() - (stage.heartbeat_at or stage.enqueued_at) > _SETTLING
    ]
    lost = tools().queues.lost([stage.id for stage in rows])
    touched = [stage for stage in rows if stage.id in lost]
    for stage in touched:
        if stage.attempts >= MOST_ATTEMPTS:
            fail_stage(stage.id, "WORKER_DIED", f"The worker died {stage.attempts} times while it did this.")
        else:
            jobs.give_back(session(), stage.id)
    feeds.commit()
    for analysis in [job.id for job in jobs.active_analyses(session())]:
        advance(analysis)
    return len(touched)


def fail_stage(stage_id: UUID, code: str, reason: str) -> None:
    """End a stage as failed; one that is no analyzer's fails the whole analysis. The caller commits."""
    stage = session().get(AnalysisJob, stage_id)
    reason = storable(reason)
    if stage is None or not jobs.end(
        session(), stage_id, JobState.FAILED, clock.now(), error_code=code, error=reason, message=""
    ):
        return
    if stage.stage is not Stage.ANALYZE and stage.parent_id is not None:
        fail_analysis(stage.parent_id, code, reason)


def fail_analysis(job_id: UUID, code: str, reason: str) -> None:
    """End an analysis as failed with its reason, and what it had still to do. The caller commits."""
    job = session().get(AnalysisJob, job_id)
    if job is None or not jobs.end(
        session(), job_id, JobState.FAILED, clock.now(), error_code=code, error=reason
    ):
        return
    jobs.cancel_stages(session(), job_id, clock.now())
    session().get_one(Repository, job.repository_id).analysis_status = AnalysisStatus.FAILED
    feeds.note(
        Topic.ANALYSIS_FAILED,
        {"job_id": str(job_id), "state": JobState.FAILED, "code": code, "reason": reason},
        repository_id=job.repository_id,
    )
    feeds.audit(OPERATOR, "analysis.failed", ("repository", job.repository_id), job_id=str(job_id), code=code)


def get(viewer: Viewer, job_id: UUID) -> JobView:
    """An analysis; JobNotFound where its repository does not exist for the viewer."""
    return view(_row(viewer, job_id, Permission.REPOSITORY_READ))


def listing(viewer: Viewer, repository_id: UUID, query: JobQuery) -> JobPage:
    """A page of a repository's analyses, newest first."""
    row_for(viewer, repository_id, Permission.REPOSITORY_READ)
    rows = jobs.page(session(), repository_id, query)
    return JobPage(progress.views(rows[: query.limit]), len(rows) > query.limit)


def newest(viewer: Viewer, repository_id: UUID) -> JobView | None:
    """The repository's newest analysis, or None before the first."""
    row_for(viewer, repository_id, Permission.REPOSITORY_READ)
    return progress.newest(repository_id)


def job_view(job_id: UUID) -> JobView:
    """An analysis for a caller that has been checked already."""
    job = session().get(AnalysisJob, job_id, populate_existing=True)
    if job is None:
        raise JobNotFound(f"There is no job {job_id}.", job_id=str(job_id))
    return view(job)


def _row(viewer: Viewer, job_id: UUID, permission: Permission) -> AnalysisJob:
    job = session().get(AnalysisJob, job_id)
    try:
        if job is None:
            raise RepositoryNotFound("no such job")
        row_for(viewer, job.repository_id, permission)
    except RepositoryNotFound:
        raise JobNotFound(f"There is no job {job_id}.", job_id=str(job_id)) from None
    return job if job.parent_id is None else _row(viewer, job.parent_id, permission)
