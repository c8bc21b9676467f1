"""How long lines live and how old they are, in sentences."""

from __future__ import annotations

import numpy as np
import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people.lifetimes import ALIKE, DRAWS, ENOUGH_LINES, Lifetimes
from gitinsight_people.owners import Owned
from gitinsight_people.words import COUNTED, SHOWN, SURE, YEAR_DAYS, percent, span_in_words

ENOUGH_COMMITS = 10
HORIZONS = (10, 5, 2, 1)
"""Years after which it may be told how many lines are left."""
ENOUGH_SEEN = 0.05
DRAWN = f"in {DRAWS} draws of the commits with repetition (bootstrap)."


def lifetime(lifetimes: Lifetimes) -> list[Insight]:
    """The half-life, or how many lines outlive some years where it has not been reached."""
    commits = lifetimes.lives["order"].n_unique()
    if lifetimes.written < ENOUGH_LINES or commits < ENOUGH_COMMITS:
        return []
    half = lifetimes.half_life
    return [_half_life(lifetimes, half)] if half is not None else _staying(lifetimes)


def _half_life(lifetimes: Lifetimes, half: float) -> Insight:
    drawn = lifetimes.drawn_half_lives()
    alike = float(np.mean((drawn >= half / ALIKE) & (drawn <= half * ALIKE)))
    low, high = np.quantile(drawn, (0.025, 0.975), method="nearest")
    ends = f"between {span_in_words(low)} and {span_in_words(high)}"
    if np.isinf(high):
        ends = f"over {span_in_words(low)}"
    return Insight(
        InsightType.TREND,
        Severity.INFO,
        f"Half of the lines written here are gone or changed after {span_in_words(half)}",
        f"That is the half-life over {lifetimes.written:,} lines of the whole history, lines that are still there"
        f" taken into account; with a probability of 95 % it is {ends}. It tells how fast the code moves, not how"
        " good it is: young projects and interfaces move fast, finished parts hardly at all.",
        round(min(alike, 0.999), 3),
        _written(lifetimes),
        metrics=[definitions.HALF_LIFE.id],
        tags=["lifetime"],
        data={
            "half_life_days": half,
            "interval95_days": [None if np.isinf(end) else float(end) for end in (low, high)],
            "confidence_basis": f"Share of half-lives within a factor of {ALIKE} {DRAWN}",
            "artifacts": ["survival", "burndown"],
        },
    )


def _staying(lifetimes: Lifetimes) -> list[Insight]:
    """The share of lines that outlive the longest of some times that enough lines have reached."""
    horizon = next((years for years in HORIZONS if _reached(lifetimes, years) >= ENOUGH_SEEN), None)
    if horizon is None:
        return []
    days = int(horizon * YEAR_DAYS)
    share, (low, high) = lifetimes.outlive(days), lifetimes.interval(days)
    years = "a year" if horizon == 1 else f"{horizon} years"
    insight = Insight(
        InsightType.TREND,
        Severity.INFO,
        f"Most lines stay: {percent(share)} of those written here outlive {years}",
        f"Over {lifetimes.written:,} lines of the whole history, by an estimate that takes into account for how"
        f" long each could be seen; with a probability of 95 % it is between {percent(low)} and {percent(high)}."
        " It tells how fast the code moves, not how good it is.",
        round(min(float(np.mean(lifetimes.curves[:, days] > 0.5)), 0.999), 3),
        _written(lifetimes),
        metrics=[definitions.HALF_LIFE.id],
        tags=["lifetime"],
        data={
            "years": horizon,
            "share": round(share, 4),
            "interval95": [round(low, 4), round(high, 4)],
            "confidence_basis": f"Share of curves above one half at that age {DRAWN}",
            "artifacts": ["survival", "burndown"],
        },
    )
    return [insight]


def _reached(lifetimes: Lifetimes, years: int) -> float:
    """The share of lines that were seen to be older than so many years."""
    older = lifetimes.lives.filter(pl.col("age_days") > int(years * YEAR_DAYS))
    return float(older["lines"].sum() / lifetimes.written)


def _written(lifetimes: Lifetimes) -> list[Evidence]:
    """The commits that wrote the most lines, with what is left of these."""
    alive = pl.col("lines").filter(~pl.col("died")).sum()
    commits = (
        lifetimes.lives.group_by("order", "commit")
        .agg(written=pl.col("lines").sum(), alive=alive)
        .sort(["written", "order"], descending=[True, False])
    )
    rows = commits.head(SHOWN).select("commit", "written", "alive").iter_rows()
    return [
        Evidence(EvidenceKind.COMMIT, commit, f"wrote {written:,} lines, {left:,} of them are left")
        for commit, written, left in rows
    ]


def age(owned: Owned, lifetimes: Lifetimes) -> list[Insight]:
    """How old the lines at head are."""
    median = lifetimes.median_age
    if median is None or owned.lines < ENOUGH_LINES:
        return []
    alive = lifetimes.lives.filter(~pl.col("died"))
    total = int(alive["lines"].sum())
    fresh = int(alive.filter(pl.col("age_days") <= 365)["lines"].sum()) / total
    older = alive.filter(pl.col("age_days") >= median).select("commit").unique()
    files = (
        owned.people.join(older, on="commit", how="semi")
        .group_by("path")
        .agg(pl.col("lines").sum())
        .sort(["lines", "path"], descending=[True, False])
    )
    span = span_in_words(median)
    insight = Insight(
        InsightType.TREND,
        Severity.INFO,
        f"Half of the lines at head are {span} old or older; {percent(fresh)} were written in the last year",
        "Old lines have proved themselves, and few people remember why they are as they are. Before a change in"
        " the oldest files it pays to read the commits that wrote them.",
        round(min(total / owned.lines, SURE), 3),
        [
            Evidence(EvidenceKind.FILE, path, f"{lines:,} lines that are {span} old or older")
            for path, lines in files.head(SHOWN).iter_rows()
        ],
        metrics=[definitions.MEDIAN_AGE.id],
        tags=["age"],
        data={
            "median_age_days": median,
            "written_last_year": round(fresh, 4),
            "confidence_basis": f"{COUNTED} It is the share of lines whose commit has a date to believe.",
            "artifacts": ["burndown"],
        },
    )
    return [insight]
