"""The commits that count as people's work, with the times that can be believed.

A wrong clock dates a commit to 1970 or to next century: such a commit counts in totals but has no
time, so that it stretches no chart and makes nobody a founder.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import believable_since

if TYPE_CHECKING:
    from gitinsight.plugin import History

INACTIVE_AFTER = timedelta(days=183)
RETURNING_AFTER = timedelta(days=90)
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Contributions:
    """Commits without merges: by people, by bots, and people's of the last 365 days.

    The frames hold ``commit, author, is_ignored, name, at, subject``, oldest first by ``at`` (author time, null
    where it cannot be believed). ``dated`` holds the people's rows that have a time, with ``week`` and
    with ``gap`` since the same person's commit before it (null for the first).
    """

    now: datetime
    people: pl.DataFrame
    bots: pl.DataFrame
    dated: pl.DataFrame
    year: pl.DataFrame

    @property
    def last(self) -> datetime | None:
        """The newest commit by a person."""
        last = self.dated["at"].max()
        return last if isinstance(last, datetime) else None

    @property
    def is_dormant(self) -> bool:
        """Whether nobody has committed for 183 days."""
        return self.last is None or self.now - self.last >= INACTIVE_AFTER


def read_contributions(history: History) -> Contributions:
    """The work in a history, told apart by who did it and when."""
    commits = history.commits.filter(~pl.col("is_merge")).select(
        "commit", "author", "is_bot", "is_ignored", "subject", name="author_name", at="authored_at"
    )
    possible = commits["at"].filter(commits["at"] <= history.now).sort()
    beginning = believable_since(possible.to_list()) or history.now
    believed = (pl.col("at") <= history.now) & (pl.col("at") >= beginning)
    timed = commits.with_columns(at=pl.when(believed).then(pl.col("at"))).sort("at", maintain_order=True)
    people = timed.filter(~pl.col("is_bot")).drop("is_bot")
    dated = people.filter(pl.col("at").is_not_null()).with_columns(
        week=pl.col("at").dt.truncate("1w"), gap=pl.col("at") - pl.col("at").shift().over("author")
    )
    return Contributions(
        now=history.now,
        people=people,
        bots=timed.filter(pl.col("is_bot")).drop("is_bot"),
        dated=dated,
        year=dated.filter(pl.col("at") > history.now - YEAR),
    )
