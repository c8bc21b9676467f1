"""Messages counted by week, by month and in the last year."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from gitinsight.plugin import Point
from gitinsight_sentiment.definitions import LEAST_MESSAGES
from gitinsight_sentiment.reading import is_foreign
from gitinsight_sentiment.statistics import Share

YEAR = timedelta(days=365)
MOODS = ("negative", "positive")
_TOO_FEW = f"fewer than {LEAST_MESSAGES} messages were judged"
_NOTHING = "no message was judged in the last 365 days"


@dataclass(frozen=True, slots=True)
class Window:
    """The messages after ``start`` up to ``end``, judged or not."""

    messages: pl.DataFrame
    start: datetime
    end: datetime

    @property
    def judged(self) -> int:
        return self.messages["label"].count()

    def share(self, label: str) -> Share:
        """How many of the judged messages have this label."""
        return Share(int((self.messages["label"] == label).sum()), self.judged)

    @property
    def foreign(self) -> Share:
        """How many of all messages were not judged because of their language."""
        return Share(self.messages.filter(is_foreign()).height, self.messages.height)


def window(messages: pl.DataFrame, end: datetime, length: timedelta = YEAR) -> Window:
    """The messages of the time ``length`` before ``end``."""
    start = end - length
    return Window(messages.filter((pl.col("at") > start) & (pl.col("at") <= end)), start, end)


def counted(messages: pl.DataFrame, every: str, now: datetime) -> pl.DataFrame:
    """Rows ``start, judged, negative, positive`` for each week (``1w``) or month (``1mo``) up to now."""
    if messages.is_empty():
        return pl.DataFrame(
            schema={"start": pl.Datetime("us", "UTC"), **dict.fromkeys(("judged", *MOODS), pl.UInt32)}
        )
    sums = (
        messages.with_columns(start=pl.col("at").dt.truncate(every))
        .group_by("start")
        .agg(
            pl.col("label").count().alias("judged"),
            *((pl.col("label") == mood).sum().alias(mood) for mood in MOODS),
        )
    )
    ends = pl.Series([messages["at"][0], now], dtype=pl.Datetime("us", "UTC")).dt.truncate(every)
    steps = pl.datetime_range(ends[0], ends[1], every, eager=True).alias("start")
    return steps.to_frame().join(sums, on="start", how="left").fill_null(0).sort("start")


def weekly_points(messages: pl.DataFrame, now: datetime) -> Iterator[Point]:
    """The three weekly series from the first message to now."""
    for start, judged, *moods in counted(messages, "1w", now).iter_rows():
        yield Point("sentiment.messages", start, judged)
        for mood, count in zip(MOODS, moods, strict=True):
            name = f"sentiment.{mood}_share"
            if judged < LEAST_MESSAGES:
                yield Point(name, start, None, _TOO_FEW)
            else:
                yield Point(name, start, 100 * count / judged)


def snapshot_points(year: Window) -> Iterator[Point]:
    """The last year's counts and shares with their limits."""
    yield Point("sentiment.messages_year", year.end, year.judged)
    for mood in MOODS:
        share = year.share(mood)
        name = f"sentiment.{mood}_share_year"
        low, high = share.interval or (None, None)
        yield _point(name, year.end, share.percent)
        yield _point(f"{name}_low", year.end, low)
        yield _point(f"{name}_high", year.end, high)
    foreign = year.foreign.percent
    reason = "" if foreign is not None else "no message in the last 365 days"
    yield Point("sentiment.not_english_share_year", year.end, foreign, reason)


def _point(name: str, at: datetime, value: float | None) -> Point:
    return Point(name, at, value, "" if value is not None else _NOTHING)
