"""Shares of negative and positive messages by part: week, month, release, newcomers and regulars.

A part is a table's row with its counts and 95 % Wilson intervals. Groups are of at least so many people
that no row speaks of one person, and nobody is named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind
from gitinsight_sentiment.definitions import LEAST_MESSAGES
from gitinsight_sentiment.periods import MOODS, Window, counted
from gitinsight_sentiment.statistics import Share

NEW_FOR = timedelta(days=90)
LEAST_PEOPLE = 3
_MOST_WEEKS, _MOST_MONTHS, _MOST_RELEASES = 52, 60, 24
_WILSON = (
    f"Shares are of judged messages, missing where fewer than {LEAST_MESSAGES} were judged; low and high are the"
    " limits of 95 % Wilson score intervals."
)

Part = tuple[Any, int, int, int]
"""What it is called, how many messages were judged, and how many of them read negative and positive."""


def breakdowns(
    messages: pl.DataFrame, year: Window, commits: pl.DataFrame, releases: pl.DataFrame, now: datetime
) -> Iterator[Artifact]:
    """A table for each way to divide the messages; each is there for an empty history too."""
    date = {"name": "start", "title": "From", "kind": "date"}
    weeks, months = (_spans(messages, every, now) for every in ("1w", "1mo"))
    yield parts_table("weeks", "Messages by week", date, weeks[-_MOST_WEEKS:])
    yield parts_table("months", "Messages by month", date, months[-_MOST_MONTHS:])
    yield parts_table(
        "releases",
        "Messages by release",
        {"name": "release", "title": "Up to release", "kind": "text"},
        list(by_release(messages, releases))[-_MOST_RELEASES:],
        "A message counts for the first release after it by committer date.",
    )
    yield parts_table(
        "groups",
        "Messages of newcomers and of regulars in the last year",
        {"name": "group", "title": "Group", "kind": "text"},
        [part for _, part in by_group(year, commits)],
        f"A newcomer's first commit is at most {NEW_FOR.days} days older than the message. Groups of fewer"
        f" than {LEAST_PEOPLE} people are left out.",
    )


def _spans(messages: pl.DataFrame, every: str, now: datetime) -> list[Part]:
    return [
        (start.date().isoformat(), judged, negative, positive)
        for start, judged, negative, positive in counted(messages, every, now).iter_rows()
    ]


def by_release(messages: pl.DataFrame, releases: pl.DataFrame) -> Iterator[Part]:
    """The messages between one release and the next, oldest first; those after the last come last."""
    if releases.is_empty() or messages.is_empty():
        return
    tags = releases.sort("at").select("at", "tag").unique("at", keep="last", maintain_order=True)
    known = messages.select("at", "label").sort("at").join_asof(tags, on="at", strategy="forward")
    sums = _sums(known, "tag")
    for tag in [*tags["tag"].to_list(), None]:
        if tag in sums:
            yield ("not yet released" if tag is None else tag, *sums[tag])


def by_group(year: Window, commits: pl.DataFrame) -> Iterator[tuple[Share, Part]]:
    """Newcomers and regulars of the year with their negative share; small groups are left out."""
    if year.messages.is_empty():
        return
    firsts = commits.group_by("author").agg(pl.col("committed_at").min().alias("first"))
    known = year.messages.join(firsts, on="author", how="left").with_columns(
        is_new=pl.col("at") - pl.col("first") <= NEW_FOR
    )
    sums = _sums(known, "is_new")
    for is_new, name in ((True, "newcomers"), (False, "regulars")):
        people = known.filter(pl.col("is_new") == is_new)["author"].n_unique()
        if people >= LEAST_PEOPLE:
            judged, negative, positive = sums[is_new]
            yield Share(negative, judged), (name, judged, negative, positive)


def _sums(messages: pl.DataFrame, column: str) -> dict[Any, tuple[int, int, int]]:
    """Judged, negative and positive messages by the value of a column."""
    sums = messages.group_by(column).agg(
        pl.col("label").count().alias("judged"),
        *((pl.col("label") == mood).sum().alias(mood) for mood in MOODS),
    )
    return {value: (judged, negative, positive) for value, judged, negative, positive in sums.iter_rows()}


def parts_table(
    name: str, title: str, first: dict[str, str], parts: Sequence[Part], definition: str = ""
) -> Artifact:
    """The parts with their counts and shares; ``first`` is the column of their names."""
    shares = [
        {"name": f"{mood}{side}", "title": f"{mood.capitalize()}{told}", "kind": "percent"}
        for mood in MOODS
        for side, told in (("", ""), ("_low", ", low"), ("_high", ", high"))
    ]
    counts = [
        {"name": name, "title": title, "kind": "number", "unit": "messages"}
        for name, title in (("judged", "Judged"), ("negatives", "Negative"), ("positives", "Positive"))
    ]
    return Artifact(
        name,
        ArtifactKind.TABLE,
        title,
        {"columns": [first, *counts, *shares], "rows": list(_rows(parts)), "total": len(parts)},
        f"{definition} {_WILSON}".strip(),
    )


def _rows(parts: Iterable[Part]) -> Iterator[list[Any]]:
    for name, judged, *moods in parts:
        shares: list[float | None] = []
        for count in moods:
            share = Share(count, judged)
            known = share.interval if judged >= LEAST_MESSAGES else None
            shares += (
                [round(count / judged, 4), *(round(limit / 100, 4) for limit in known)]
                if known
                else [None] * 3
            )
        yield [name, judged, *moods, *shares]
