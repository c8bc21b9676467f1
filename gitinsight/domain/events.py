"""Facts that others may want to hear of: their topics and the shape in which they travel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID


class Topic(StrEnum):
    ANALYSIS_REQUESTED = "repository.analysis.requested"
    ANALYSIS_PROGRESS = "repository.analysis.progress"
    ANALYSIS_COMPLETED = "repository.analysis.completed"
    ANALYSIS_FAILED = "repository.analysis.failed"
    INSIGHTS_GENERATED = "repository.insights.generated"
    REPOSITORY_FOLLOWED = "user.repository.followed"
    HEALTH_CHECKED = "system.health.check"


REPOSITORY, USER, INSTALLATION = "repository.", "user.", "system."
"""What the topics begin with that tell of a repository, of what a user did, of the installation."""


@dataclass(frozen=True, slots=True)
class PublishedEvent:
    """An event with its place in the gap-free order of publication."""

    sequence: int
    topic: str
    at: datetime
    repository_id: UUID | None
    user_id: UUID | None
    payload: Mapping[str, Any]
