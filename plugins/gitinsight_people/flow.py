"""Who comes, stays, returns and falls silent, by week, by month and by half year."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from gitinsight.plugin import Metric, Point, week_of
from gitinsight_people import definitions
from gitinsight_people.contributions import INACTIVE_AFTER, RETURNING_AFTER, Contributions

HALF_YEAR = INACTIVE_AFTER
REGULAR_COMMITS = 5
NOT_OVER = "The week is not over."
NOT_KNOWN_YET = "Not known until 183 days have passed."


@dataclass(frozen=True, slots=True)
class Flow:
    """People (identities) who arrived and regulars who fell silent, in the last 183 days and the 183 before.

    An arrival is a person's first commit. A regular with at least five commits falls silent on the day
    that makes 183 days without one, so that both spans are seen with the same eyes: nobody who fell
    silent in either is forgotten for having come back later.
    """

    arrived: list[str]
    arrived_before: list[str]
    silent: list[str]
    silent_before: list[str]
    comparable: bool


def weekly_points(work: Contributions) -> list[Point]:
    """The five weekly series, from the first week with a commit to the present one."""
    times = pl.concat([work.dated["at"], work.bots["at"].drop_nulls()])
    first, this_week = times.min(), week_of(work.now)
    if not isinstance(first, datetime):
        return []
    weeks = pl.datetime_range(week_of(first), this_week, "1w", time_unit="us", time_zone="UTC", eager=True)
    frame = pl.DataFrame({"week": weeks})
    points: list[Point] = []
    for metric, counts in _weekly_counts(work).items():
        rows = frame.join(counts, on="week", how="left").fill_null(0).sort("week")
        for week, count in rows.iter_rows():
            points.append(_point(metric, week, count, work.now))
    return points


def _point(metric: Metric, week: datetime, count: int, now: datetime) -> Point:
    if metric is definitions.INACTIVE and week + timedelta(weeks=1) > now - INACTIVE_AFTER:
        return Point(metric.name, week, None, NOT_KNOWN_YET)
    return Point(metric.name, week, float(count), NOT_OVER if week == week_of(now) else "")


def _weekly_counts(work: Contributions) -> dict[Metric, pl.DataFrame]:
    dated, people = work.dated, pl.col("author").n_unique().cast(pl.Int64).alias("count")
    last = dated.group_by("author").agg(pl.col("at").max())
    gone = last.filter(pl.col("at") < work.now - INACTIVE_AFTER)
    bots = work.bots.filter(pl.col("at").is_not_null())
    by_week = pl.col("at").dt.truncate("1w").alias("week")
    return {
        definitions.ACTIVE: dated.group_by("week").agg(people),
        definitions.NEW: dated.filter(pl.col("gap").is_null()).group_by("week").agg(people),
        definitions.RETURNING: dated.filter(pl.col("gap") >= RETURNING_AFTER).group_by("week").agg(people),
        definitions.INACTIVE: gone.group_by(by_week).agg(people),
        definitions.BOTS: bots.group_by(by_week).agg(pl.len().cast(pl.Int64).alias("count")),
    }


def monthly_mix(work: Contributions) -> pl.DataFrame:
    """``month, new, returning, regular``: each month's people, told apart by what they were before it."""
    people = (
        work.dated.with_columns(month=pl.col("at").dt.truncate("1mo"))
        .group_by("month", "author")
        .agg(
            new=pl.col("gap").is_null().any(),
            returning=(pl.col("gap") >= RETURNING_AFTER).fill_null(value=False).any(),
        )
    )
    counts = people.group_by("month").agg(
        new=pl.col("new").sum().cast(pl.Int64),
        returning=(pl.col("returning") & ~pl.col("new")).sum().cast(pl.Int64),
        regular=(~pl.col("returning") & ~pl.col("new")).sum().cast(pl.Int64),
    )
    first, last = counts["month"].min(), work.now
    if not isinstance(first, datetime):
        return counts
    months = pl.datetime_range(first, last, "1mo", time_unit="us", time_zone="UTC", eager=True)
    return pl.DataFrame({"month": months}).join(counts, on="month", how="left").fill_null(0).sort("month")


def half_years(work: Contributions) -> Flow:
    """Arrivals and departures of the last 183 days beside those of the 183 days before."""
    dated, now = work.dated, work.now
    arrivals = dated.filter(pl.col("gap").is_null()).select("author", "at")
    spells = dated.with_columns(
        commits=pl.int_range(1, pl.len() + 1).over("author"),
        ends=pl.col("at").shift(-1).over("author").fill_null(now) - pl.col("at") >= INACTIVE_AFTER,
    )
    silences = spells.filter(pl.col("ends") & (pl.col("commits") >= REGULAR_COMMITS)).select(
        "author", at=pl.col("at") + INACTIVE_AFTER
    )
    first = dated["at"].min()
    return Flow(
        arrived=_between(arrivals, now - HALF_YEAR, now),
        arrived_before=_between(arrivals, now - 2 * HALF_YEAR, now - HALF_YEAR),
        silent=_between(silences, now - HALF_YEAR, now),
        silent_before=_between(silences, now - 2 * HALF_YEAR, now - HALF_YEAR),
        comparable=isinstance(first, datetime) and first <= now - 2 * HALF_YEAR,
    )


def _between(events: pl.DataFrame, after: datetime, until: datetime) -> list[str]:
    """The different people with an event in the span, newest first."""
    inside = events.filter((pl.col("at") > after) & (pl.col("at") <= until)).sort("at", descending=True)
    return inside["author"].unique(maintain_order=True).to_list()
