"""Why a series cannot be forecast or tested, in words that a page may show as they stand."""

from __future__ import annotations


class SeriesError(ValueError):
    """Base of what ``forecast``, ``trend`` and ``backtest`` refuse."""


class SeriesInvalid(SeriesError):
    """The values are not one row of finite numbers, or the horizon is not a whole number above 0."""


class SeriesTooShort(SeriesError):
    """There are fewer weeks than the method needs; ``weeks`` and ``needed`` say how many."""

    def __init__(self, purpose: str, weeks: int, needed: int) -> None:
        super().__init__(f"too short to {purpose}: {weeks} of {needed} weeks")
        self.weeks = weeks
        self.needed = needed
