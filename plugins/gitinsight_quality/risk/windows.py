"""A repository as it was at a moment of its past, and which of its files a bug fix changed afterwards.

The past is what the branch had at that moment: the newest commit on its line of first parents and all
ancestors of it. What was merged later is not known then, whenever it was written.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np
import polars as pl

from gitinsight.plugin import History
from gitinsight_quality.risk.fixes import is_fix

HORIZON = timedelta(days=180)
"""How long after the moment a bug fix counts."""


@dataclass(frozen=True, slots=True)
class Window:
    """``past`` has the changes up to ``commit``, ``fixes`` those of bug fixes in the horizon after ``at``.

    Columns of both, oldest first: ``order, path, file_id, added, deleted, author, at`` (the committer's
    time), ``is_own`` (by a person, no mass edit that the project ignores), ``is_fix`` (``is_own`` and a
    bug fix).
    """

    at: datetime
    commit: str
    past: pl.DataFrame
    fixes: pl.DataFrame


class Timeline:
    """The changes of a history with what windows need to know of their commits."""

    def __init__(self, history: History) -> None:
        commits = history.commits
        is_own = ~(pl.col("is_bot") | pl.col("is_merge") | pl.col("is_ignored"))
        subjects = pl.Series([is_fix(subject) for subject in commits["subject"]], dtype=pl.Boolean)
        self._commits = commits.select(
            "order", "commit", "parents", "author", at="committed_at", is_own=is_own, is_fix=is_own & subjects
        )
        self._changes = history.changes.select("order", "path", "file_id", "added", "deleted").join(
            self._commits.select("order", "author", "at", "is_own", "is_fix"),
            on="order",
            maintain_order="left",
        )
        self._head: str = commits["commit"][-1] if commits.height else history.head
        self._now = history.now
        self._place = dict(zip(commits["commit"], range(commits.height), strict=True))
        self._parents = commits["parents"].to_list()

    @property
    def newest(self) -> datetime:
        """The committer's time of the head, or the moment of the analysis where that is earlier."""
        at: datetime = self._commits["at"][self._place[self._head]]
        return min(at, self._now)

    def at_head(self) -> Window:
        """The window that begins now: nothing is known of its fixes yet."""
        return Window(self._now, self._head, self._changes, self._changes.clear())

    def at(self, moment: datetime, horizon: timedelta = HORIZON) -> Window | None:
        """The window that begins at a moment; None where the branch had no commit by then."""
        tip = self._tip(moment)
        if tip is None:
            return None
        is_past = self._ancestors(tip)
        of_change = pl.Series(is_past[self._changes["order"].to_numpy()])
        later = self._changes.filter(~of_change & pl.col("is_fix"))
        fixes = later.filter((pl.col("at") > moment) & (pl.col("at") <= moment + horizon))
        return Window(moment, self._commits["commit"][tip], self._changes.filter(of_change), fixes)

    def _tip(self, moment: datetime) -> int | None:
        times = self._commits["at"].to_list()
        place = self._place.get(self._head)
        while place is not None and times[place] > moment:
            parents = self._parents[place]
            place = self._place.get(parents[0]) if parents else None
        return place

    def _ancestors(self, tip: int) -> np.ndarray[tuple[int], np.dtype[np.bool_]]:
        """Whether each commit, by its order, is the tip or an ancestor of it."""
        seen = np.zeros(len(self._parents), dtype=bool)
        seen[tip] = True
        # Parents come before their children in this order, so one pass backwards meets all of them.
        for place in range(tip, -1, -1):
            if seen[place]:
                for parent in self._parents[place]:
                    if parent in self._place:
                        seen[self._place[parent]] = True
        return seen
