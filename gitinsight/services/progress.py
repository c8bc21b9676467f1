"""How far an analysis is, in the form that pages, programs and streams show."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gitinsight.domain import clock
from gitinsight.domain.lifecycle import JobState, Stage
from gitinsight.services.context import session, tools
from gitinsight.store import jobs
from gitinsight.store.jobs import AnalysisJob

_SHARES = {Stage.SYNC: 0.2, Stage.HISTORY: 0.3, Stage.FINISH: 0.02}
_FIRST_LOOK = 0.3
"""The part of an analyzer's work that a first look, at the newest of the history, stands for."""


@dataclass(frozen=True, slots=True)
class StageView:
    """One stage as people see it; ``title`` is the analyzer's title or what the stage does.

    ``has_first_results`` tells that it has run on a part of the history already.
    """

    id: UUID
    stage: Stage
    analyzer: str
    title: str
    state: JobState
    progress: float
    message: str
    error_code: str
    error: str
    seconds: float | None
    has_first_results: bool

    @property
    def note(self) -> str:
        """What there is to say about it: why it failed, or what it does."""
        return self.error or self.message


@dataclass(frozen=True, slots=True)
class JobView:
    """An analysis as people see it; ``eta_seconds`` is None until there is something to judge by."""

    id: UUID
    repository_id: UUID
    state: JobState
    progress: float
    message: str
    eta_seconds: float | None
    error_code: str
    error: str
    head: str | None
    created_at: datetime
    started_at: datetime | None
    finished_at: datetime | None
    stages: list[StageView]

    @property
    def stamp(self) -> str:
        """A text that changes whenever there may be new results to show."""
        ended = sum(stage.state.is_final for stage in self.stages) + self.state.is_final
        return f"{self.id.hex}-{ended}-{sum(stage.has_first_results for stage in self.stages)}"

    @property
    def current(self) -> StageView | None:
        """The stage that runs now, or that will run next."""
        running = [stage for stage in self.stages if stage.state is JobState.RUNNING]
        waiting = [stage for stage in self.stages if stage.state is JobState.QUEUED]
        return next(iter(running + waiting), None)


def view(job: AnalysisJob) -> JobView:
    """A job row with its stages as the value that leaves this layer."""
    return views([job])[0]


def newest(repository_id: UUID) -> JobView | None:
    """The repository's newest analysis, in one query; None before the first."""
    job, stages = None, []
    for row in jobs.newest_with_stages(session(), repository_id):
        if row.parent_id is None:
            job = row
        else:
            stages.append(_stage_view(row))
    return _view(job, stages) if job else None


def views(found: Sequence[AnalysisJob]) -> list[JobView]:
    """As ``view`` for a list of jobs, in one query."""
    stages: dict[UUID | None, list[StageView]] = {}
    for row in jobs.stages_of(session(), *(job.id for job in found)):
        stages.setdefault(row.parent_id, []).append(_stage_view(row))
    return [_view(job, stages.get(job.id, [])) for job in found]


def _view(job: AnalysisJob, stages: list[StageView]) -> JobView:
    progress = 1.0 if job.state.is_final else _progress(stages)
    return JobView(
        id=job.id,
        repository_id=job.repository_id,
        state=job.state,
        progress=progress,
        message=job.message,
        eta_seconds=_eta(job, progress),
        error_code=job.error_code,
        error=job.error,
        head=job.head,
        created_at=job.created_at,
        started_at=job.started_at,
        finished_at=job.finished_at,
        stages=stages,
    )


def _stage_view(stage: AnalysisJob) -> StageView:
    names = {
        Stage.SYNC: "Fetch the repository",
        Stage.HISTORY: "Read the history",
        Stage.FINISH: "Publish the results",
    }
    analyzer = tools().registry.analyzers.get(stage.analyzer)
    end = stage.finished_at or (clock.now() if stage.state is JobState.RUNNING else None)
    return StageView(
        id=stage.id,
        stage=stage.stage,
        analyzer=stage.analyzer,
        title=analyzer.title if analyzer else names.get(stage.stage, stage.analyzer),
        state=stage.state,
        progress=1.0 if stage.state is JobState.SUCCEEDED else stage.progress,
        message=stage.message,
        error_code=stage.error_code,
        error=stage.error,
        seconds=(end - stage.started_at).total_seconds() if end and stage.started_at else None,
        has_first_results=stage.stage is Stage.ANALYZE and stage.early_from is not None,
    )


def _progress(stages: list[StageView]) -> float:
    """The share of the work that is done, the stages weighed by the time that they usually take."""
    analyzers = sum(stage.stage is Stage.ANALYZE for stage in stages) or 1
    weights = _SHARES | {Stage.ANALYZE: (1 - sum(_SHARES.values())) / analyzers}
    is_read = all(stage.state.is_final for stage in stages if stage.stage is Stage.HISTORY)
    return sum(weights[stage.stage] * _done(stage, is_read=is_read) for stage in stages)


def _done(stage: StageView, *, is_read: bool) -> float:
    """The share of a stage that is done: what runs before the history is read may have to run again."""
    if stage.state.is_final:
        return 1.0
    if stage.has_first_results:
        return _FIRST_LOOK + (1 - _FIRST_LOOK) * stage.progress
    return stage.progress if is_read or stage.stage is not Stage.ANALYZE else _FIRST_LOOK * stage.progress


def _eta(job: AnalysisJob, progress: float) -> float | None:
    """Seconds left if the rest goes at the pace of what is done."""
    if job.state is not JobState.RUNNING or job.started_at is None or progress < 0.02:
        return None
    elapsed = (clock.now() - job.started_at).total_seconds()
    return elapsed * (1 - progress) / progress
