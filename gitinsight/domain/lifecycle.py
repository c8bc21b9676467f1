"""The states that a repository and an analysis job go through."""

from __future__ import annotations

from enum import StrEnum


class AnalysisStatus(StrEnum):
    """What a repository's newest analysis came to."""

    NEVER = "never"
    QUEUED = "queued"
    RUNNING = "running"
    READY = "ready"
    PARTIAL = "partial"
    FAILED = "failed"


class JobState(StrEnum):
    """The state of an analysis or of one of its stages."""

    QUEUED = "queued"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    PARTIAL = "partial"
    FAILED = "failed"
    CANCELLED = "cancelled"

    @property
    def is_final(self) -> bool:
        return self not in ACTIVE


ACTIVE = frozenset({JobState.QUEUED, JobState.RUNNING})


class Stage(StrEnum):
    """The parts of an analysis: the whole, fetching, reading changes, one analyzer, publishing."""

    ANALYSIS = "analysis"
    SYNC = "sync"
    HISTORY = "history"
    ANALYZE = "analyze"
    FINISH = "finish"


def outcome(states: list[JobState]) -> JobState:
    """What an analysis came to, from the final states of its analyzers' stages.

    One failure among successes is partial; nothing but failures is failed; no analyzer at all is a
    success.
    """
    if any(state is JobState.CANCELLED for state in states):
        return JobState.CANCELLED
    failed = sum(state is JobState.FAILED for state in states)
    if failed == 0:
        return JobState.SUCCEEDED
    return JobState.FAILED if failed == len(states) else JobState.PARTIAL
