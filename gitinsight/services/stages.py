"""What a worker does with a stage: fetch, read the history, run one analyzer, publish.

Every stage may die at any line and be run again: what it writes is replaced as a whole.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from uuid import UUID

import structlog
from sqlalchemy.exc import InterfaceError, OperationalError

from gitinsight.domain import clock
from gitinsight.domain.access import OPERATOR
from gitinsight.domain.events import Topic
from gitinsight.domain.lifecycle import AnalysisStatus, JobState, Stage, outcome
from gitinsight.domain.paths import PathFilter
from gitinsight.errors import AnalysisCancelled, GitInsightError, PluginError, SourceError
from gitinsight.git.source import Source, SourceRules, parse_source
from gitinsight.plugin import Needs
from gitinsight.services import analyses, feeds, rankings, reports, workspaces
from gitinsight.services.context import session, tools
from gitinsight.services.isolation import AnalyzerTask, run_isolated
from gitinsight.store import jobs
from gitinsight.store.jobs import AnalysisJob
from gitinsight.store.repositories import Repository

log = structlog.get_logger(__name__)

_NOTE_SECONDS = 0.7
_EARLY_SECONDS = 15
_EARLY_SPAN = timedelta(days=365)
"""Hotspots and most of what is asked of the newest changes look back a year."""


class StageProgress:
    """Tells the job row and the listeners how far a stage is, at most every 0.7 s.

    Each note renews the heartbeat; a note on a stage that was cancelled raises AnalysisCancelled.
    """

    def __init__(self, stage: AnalysisJob) -> None:
        self._stage_id, self._job_id, self._repository_id = stage.id, stage.parent_id, stage.repository_id
        self._analyzer = stage.analyzer
        self._noted = 0.0
        self._share, self._text = 0.0, ""

    def __call__(self, text: str, done: float, total: float) -> None:
        """Tell that so much of the total is done."""
        self._text, self._share = text, max(0.0, min(1.0, done / total)) if total > 0 else 0.0
        if time.monotonic() - self._noted >= _NOTE_SECONDS:
            self.note()

    def note(self) -> None:
        """Write the state to the row now."""
        self._noted = time.monotonic()
        if not jobs.note_progress(session(), self._stage_id, self._share, self._text[:500], clock.now()):
            session().rollback()
            raise AnalysisCancelled("The analysis was cancelled.")
        feeds.note(
            Topic.ANALYSIS_PROGRESS,
            {
                "job_id": str(self._job_id),
                "analyzer": self._analyzer,
                "progress": self._share,
                "message": self._text,
            },
            repository_id=self._repository_id,
        )
        feeds.commit()

    def is_cancelled(self) -> bool:
        """Renew the heartbeat where it is due, and say whether somebody cancelled the stage."""
        if time.monotonic() - self._noted < _NOTE_SECONDS:
            return False
        try:
            self.note()
        except AnalysisCancelled:
            return True
        return False


def run_stage(stage_id: UUID) -> None:
    """Do one stage and hand over what may come next; a stage that has ended is left alone."""
    if not jobs.begin(session(), stage_id, clock.now()):
        session().rollback()
        return
    stage = session().get_one(AnalysisJob, stage_id)
    job_id = stage.parent_id
    assert job_id is not None
    structlog.contextvars.bind_contextvars(
        trace_id=stage.trace_id, job_id=str(job_id), stage=stage.stage.value
    )
    _mark_running(job_id, stage.repository_id)
    work = {Stage.SYNC: _sync, Stage.HISTORY: _history, Stage.ANALYZE: _analyze, Stage.FINISH: _finish}[
        stage.stage
    ]
    _guarded(stage_id, lambda: work(stage_id))
    analyses.advance(job_id)


def _mark_running(job_id: UUID, repository_id: UUID) -> None:
    job = session().get_one(AnalysisJob, job_id)
    if job.state is JobState.QUEUED:
        job.state, job.started_at = JobState.RUNNING, clock.now()
        session().get_one(Repository, repository_id).analysis_status = AnalysisStatus.RUNNING
    session().commit()


def _guarded(stage_id: UUID, work: Callable[[], None]) -> None:
    """Run the work; whatever it raises becomes the stage's reason, and half of nothing is kept."""
    try:
        work()
    except AnalysisCancelled:
        session().rollback()
    except GitInsightError as error:
        session().rollback()
        log.warning("stage_failed", code=error.code, reason=error.message, **error.details)
        analyses.fail_stage(stage_id, error.code, error.message)
        feeds.commit()
    except (OperationalError, InterfaceError) as error:
        session().rollback()
        if session().get_one(AnalysisJob, stage_id).attempts < analyses.MOST_ATTEMPTS:
            # A database that restarts or is locked comes back: the queue tries the stage again.
            raise
        log.warning("database_failed", reason=str(error))
        analyses.fail_stage(stage_id, "DATABASE_FAILED", "The database failed again and again meanwhile.")
        feeds.commit()
    except Exception:
        session().rollback()
        log.exception("stage_crashed")
        analyses.fail_stage(
            stage_id,
            "INTERNAL_SERVER_ERROR",
            "Something unexpected went wrong; the worker's log has the details.",
        )
        feeds.commit()


def _source_of(repository: Repository) -> tuple[Source, SourceRules]:
    rules = workspaces.source_rules(tools().settings, operator=repository.added_by_operator)
    return parse_source(repository.clone_url, rules), rules


def _sync(stage_id: UUID) -> None:
    """Bring the mirror up to date and store its commits; the head is what all analyzers look at."""
    stage = session().get_one(AnalysisJob, stage_id)
    repository = session().get_one(Repository, stage.repository_id)
    source, rules = _source_of(repository)
    branch, progress = repository.branch, StageProgress(stage)
    workspace = workspaces.workspace_of(tools().settings, str(repository.id))
    session().commit()
    head = workspace.refresh(source, rules, branch, progress, progress.is_cancelled)
    count = workspace.read_commits(head, progress)
    job = session().get_one(AnalysisJob, stage.parent_id)
    job.head = head
    repository.size, repository.commit_count = workspace.mirror.size_bytes(), count
    _end_stage(stage_id, f"{count:,} commits")


def _history(stage_id: UUID) -> None:
    """Store the changes of all commits, from the newest backwards, so that first results need not wait."""
    stage = session().get_one(AnalysisJob, stage_id)
    job = session().get_one(AnalysisJob, stage.parent_id)
    repository = session().get_one(Repository, stage.repository_id)
    if job.head is None:
        raise SourceError("The repository was not fetched, so there is no history to read.")
    head, job_id, repository_id, progress = job.head, job.id, repository.id, StageProgress(stage)
    _make_ready(repository, head, Needs.COMMITS, progress)
    early = _EarlyLook(job_id, stage_id)
    workspace = workspaces.workspace_of(tools().settings, str(repository_id))
    workspace.read_changes(head, progress, early.consider)
    _end_stage(stage_id, "All changes are read")
    # What comes next must not wait for the rankings.
    analyses.advance(job_id)
    rankings.record_commits(repository_id, workspace.commits(head, clock.now()))
    rankings.show(repository_id)


class _EarlyLook:
    """Starts the analyzers that are of use on a part of the history, where reading the rest takes long."""

    def __init__(self, job_id: UUID, stage_id: UUID) -> None:
        self._job_id, self._stage_id = job_id, stage_id
        self._started = time.monotonic()

    def consider(self, since: datetime | None) -> None:
        """Look now, if the last year is read and the reading has gone on for a while."""
        is_due = time.monotonic() - self._started >= _EARLY_SECONDS
        if since is not None and is_due and since <= clock.now() - _EARLY_SPAN:
            session().get_one(AnalysisJob, self._stage_id).early_from = since
            session().commit()
            analyses.advance(self._job_id)


def _end_stage(stage_id: UUID, message: str) -> None:
    """End the stage as done together with what it wrote, unless somebody cancelled it meanwhile."""
    if not jobs.end(session(), stage_id, JobState.SUCCEEDED, clock.now(), progress=1.0, message=message):
        session().rollback()
        return
    feeds.commit()


def _analyze(stage_id: UUID) -> None:
    """Run one analyzer in its own process and keep its report."""
    stage = session().get_one(AnalysisJob, stage_id)
    job = session().get_one(AnalysisJob, stage.parent_id)
    repository = session().get_one(Repository, stage.repository_id)
    if job.head is None:
        raise SourceError("The history was not read, so there is nothing to analyse.")
    analyzer = tools().registry.analyzers.get(stage.analyzer)
    if analyzer is None:
        raise PluginError(f"The analyzer {stage.analyzer} is not installed on this worker.")
    head, now, name, progress = job.head, job.created_at, repository.full_name, StageProgress(stage)
    paths = PathFilter.of(job.paths)
    facts = (repository.id, job.id)
    since = _make_ready(repository, head, analyzer.needs, progress, is_early=_is_early(job.id))
    metrics, series = reports.series_for(
        facts[0], sorted(tools().registry.waits_for(analyzer.name, job.analyzers)), paths
    )
    # No transaction stays open while the analyzer works.
    session().commit()
    task = AnalyzerTask(analyzer.name, str(facts[0]), name, head, now, metrics, series, paths)
    started = time.monotonic()
    report = run_isolated(
        task,
        tools().settings,
        lambda done, total: progress(analyzer.title, done, total),
        progress.is_cancelled,
    )
    run = reports.RunFacts(*facts, head, time.monotonic() - started, since)
    settings = tools().registry.settings_of(analyzer.name) | paths.settings
    reports.store_report(run, analyzer, report, settings)
    count = len(report.insights)
    if since is not None:
        jobs.wait_again(session(), stage_id, since, f"First results, from the history back to {since:%B %Y}")
        feeds.commit()
        analyses.advance(facts[1])
        return
    _end_stage(stage_id, f"{count} insight" if count == 1 else f"{count} insights")
    # What comes next must not wait for a plugin that is slow to hear of it.
    analyses.advance(facts[1])
    tools().registry.tell_finished(name, analyzer.name, report)


def _is_early(job_id: UUID) -> bool:
    """Whether the history of this analysis is still being read."""
    return any(
        row.stage is Stage.HISTORY and not row.state.is_final for row in jobs.stages_of(session(), job_id)
    )


def _make_ready(
    repository: Repository, head: str, needs: Needs, progress: StageProgress, is_early: bool = False
) -> datetime | None:
    """Fetch and read what this machine lacks: other stages may have run on another worker's disk.

    What comes back is the moment after which all changes are there, None where the analyzer lacks
    nothing; only an analyzer that is of use early gets a part.
    """
    workspace = workspaces.workspace_of(tools().settings, str(repository.id))
    asked = Needs.COMMITS if is_early else needs
    if not workspace.has(head, asked):
        source, rules = _source_of(repository)
        branch = repository.branch
        session().commit()
        workspace.refresh(source, rules, branch, progress, progress.is_cancelled)
        workspace.read_commits(head, progress)
        if asked is not Needs.COMMITS:
            workspace.read_changes(head, progress, lambda _since: None)
    session().commit()
    return workspace.changes_since(head) if is_early and needs is not Needs.COMMITS else None


def _finish(stage_id: UUID) -> None:
    """Say what the analysis came to."""
    stage = session().get_one(AnalysisJob, stage_id)
    job = session().get_one(AnalysisJob, stage.parent_id)
    repository = session().get_one(Repository, stage.repository_id)
    analyzers = [row for row in jobs.stages_of(session(), job.id) if row.stage is Stage.ANALYZE]
    state = outcome([row.state for row in analyzers])
    failed = [row for row in analyzers if row.state is JobState.FAILED]
    reasons = "; ".join(f"{row.analyzer}: {row.error}" for row in failed)
    code = failed[0].error_code if failed else ""
    jobs.end(session(), stage_id, JobState.SUCCEEDED, clock.now(), progress=1.0)
    if jobs.end(session(), job.id, state, clock.now(), progress=1.0, error_code=code, error=reasons):
        repository.analysis_status = analyses.status_after(state)
        repository.last_analyzed, repository.head = clock.now(), job.head
        repository.language = _main_language(repository.id)
        feeds.note(
            Topic.ANALYSIS_FAILED if state is JobState.FAILED else Topic.ANALYSIS_COMPLETED,
            {"job_id": str(job.id), "state": state, "head": job.head, "reason": reasons},
            repository_id=repository.id,
        )
        feeds.audit(OPERATOR, "analysis.finished", ("repository", repository.id), state=state)
    feeds.commit()


def _main_language(repository_id: UUID) -> str | None:
    """The language with the most lines, where an analyzer counted them."""
    from gitinsight.store import measures

    rows = measures.points(session(), repository_id, "quality.lines")
    parts = {row.dimension: row.value for row in rows if row.dimension and row.value}
    return max(parts, key=lambda name: parts[name] or 0.0) if parts else None
