"""What became of lines: how long they lived, and who overwrote whose.

Births, deaths and what is alive at head do not always add up. A line that two branches removed died
twice: of each commit's deaths the latest are left out until it has no more deaths and living lines than
lines born. A line that a merge dropped, or that came in on two branches of which one was kept, has no
death: it is left out, for nobody knows its age.
"""

from __future__ import annotations

from datetime import datetime

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.git.lines import LineHistory

LINE_LIVES = schema_of(columns.LINE_LIVES, pl)
OVERWRITES = schema_of(columns.OVERWRITES, pl)


def lives(history: LineHistory, commits: pl.DataFrame, now: datetime) -> pl.DataFrame:
    """The columns of ``LINE_LIVES``: lines by the commit that brought them, age in whole days, and ``died``.

    Ages count from the writing commit's committer time to the removing one's, or to ``now`` for what is
    alive; a clock that ran backwards gives 0.
    """
    times = commits.select("order", "committed_at")
    alive = history.lines.group_by("commit").agg(pl.col("lines").sum())
    living = commits.select("commit", "order").join(alive, on="commit").select("order", "lines")
    both = pl.concat([_dying(history, living, times), _living(living, times, now)])
    return both.sort("order", "age_days", "died").select(LINE_LIVES.names())


def _living(living: pl.DataFrame, times: pl.DataFrame, now: datetime) -> pl.DataFrame:
    aged = living.join(times, on="order").with_columns(
        age_days=_days(pl.lit(now, dtype=pl.Datetime("us", "UTC")) - pl.col("committed_at"))
    )
    return aged.select("order", "age_days", "lines", died=pl.lit(value=False))


def _dying(history: LineHistory, living: pl.DataFrame, times: pl.DataFrame) -> pl.DataFrame:
    ended = times.rename({"order": "killer", "committed_at": "ended_at"})
    room = (
        history.born.join(living, on="order", how="left", suffix="_alive")
        .with_columns(room=pl.col("lines") - pl.col("lines_alive").fill_null(0))
        .select("order", "room")
    )
    rows = (
        history.deaths.join(times, on="order")
        .join(ended, on="killer")
        .join(room, on="order")
        .with_columns(age_days=_days(pl.col("ended_at") - pl.col("committed_at")))
        .sort("order", "age_days", "killer")
    )
    earlier = pl.col("lines").cum_sum().over("order") - pl.col("lines")
    counted = pl.min_horizontal("lines", pl.max_horizontal(pl.col("room") - earlier, 0))
    return (
        rows.with_columns(lines=counted)
        .filter(pl.col("lines") > 0)
        .group_by("order", "age_days")
        .agg(pl.col("lines").sum())
        .select("order", "age_days", "lines", died=pl.lit(value=True))
    )


def _days(duration: pl.Expr) -> pl.Expr:
    return duration.dt.total_days().clip(lower_bound=0)


def overwrites(history: LineHistory, commits: pl.DataFrame) -> pl.DataFrame:
    """The columns of ``OVERWRITES``: how many lines of an author somebody removed, most first.

    Lines of mass edits, and lines that these removed, are nobody's work and left out.
    """
    people = commits.filter(~pl.col("is_ignored")).select("order", "author")
    by = people.rename({"order": "killer", "author": "by"})
    return (
        history.deaths.join(people, on="order")
        .join(by, on="killer")
        .group_by("author", "by")
        .agg(pl.col("lines").sum())
        .sort(["lines", "author", "by"], descending=[True, False, False])
    )
