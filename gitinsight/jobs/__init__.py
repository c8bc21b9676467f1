"""What RQ workers call, by dotted name; the work itself is a service's."""

from __future__ import annotations

from uuid import UUID

import structlog

from gitinsight.services import stages, workspaces
from gitinsight.services.context import tools
from gitinsight.store.base import db


def run_stage(stage_id: str) -> None:
    """Do one stage of an analysis in this work horse."""
    # The parent's database connections must not be shared by two processes.
    db.engine.dispose(close=False)
    structlog.contextvars.clear_contextvars()
    try:
        stages.run_stage(UUID(stage_id))
    finally:
        db.session.remove()


def discard_files(repository_id: str) -> None:
    """Remove what this machine and the history store keep of a repository that is gone."""
    workspaces.discard(tools().settings, repository_id)
