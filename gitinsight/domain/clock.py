"""The one place that reads the clock, so that a test can stop it."""

from __future__ import annotations

from datetime import UTC, datetime


def now() -> datetime:
    """The present moment as an aware UTC datetime."""
    return datetime.now(UTC)
