"""Commits by week: which dates to believe, and which weeks a series has.

A wrong clock dates a commit to 1970 or to next century and would stretch every chart by decades; a
series that ended with the last commit would hide that a project has fallen silent.
"""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import believable_since

if TYPE_CHECKING:
    from gitinsight.plugin import History

NOT_OVER = "The week is not over."


def dated_commits(history: History) -> pl.DataFrame:
    """The commits whose committer date can be believed, with ``week``, in the order of the history."""
    commits = history.commits.filter(pl.col("committed_at") <= history.now)
    beginning = believable_since(commits["committed_at"].sort().to_list())
    if beginning is not None:
        commits = commits.filter(pl.col("committed_at") >= beginning)
    return commits.with_columns(pl.col("committed_at").dt.truncate("1w").alias("week"))


def calendar(first: datetime, last: datetime) -> pl.DataFrame:
    """All weeks from one to the other, both included, as the column ``week``."""
    weeks = pl.datetime_range(first, last, "1w", time_unit="us", time_zone="UTC", eager=True)
    return pl.DataFrame({"week": weeks})
