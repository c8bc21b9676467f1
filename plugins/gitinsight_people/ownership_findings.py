"""What the lines say, in sentences that blame nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people.concentration import absence_factor
from gitinsight_people.contributions import Contributions
from gitinsight_people.lifetimes import ALIKE, DRAWS, ENOUGH_LINES, Lifetimes
from gitinsight_people.owners import Owned
from gitinsight_people.words import YEAR_DAYS, people_in_words, percent, span_in_words

if TYPE_CHECKING:
    from gitinsight.plugin import History

ENOUGH_COMMITS = 10
SHOWN = 20
SURE = 0.99
HORIZONS = (10, 5, 2, 1)
"""Years after which it may be told how many lines are left."""
ENOUGH_SEEN = 0.05
COUNTED = "Counted, not estimated."
DRAWN = f"in {DRAWS} draws of the commits with repetition (bootstrap)."


def insights(
    history: History, work: Contributions, owned: Owned, lifetimes: Lifetimes, files: pl.DataFrame
) -> list[Insight]:
    """One insight at least wherever there is a commit; ``files`` are those of ``files_of``."""
    if history.commits.is_empty():
        return []
    if not owned.lines:
        return [_nobody(history, owned)]
    # That nobody is active is the finding of the analyzer ``activity``; then all knowledge is at rest.
    return [
        *_concentration(owned),
        *([] if work.is_dormant else _resting(owned, files)),
        *_lifetime(lifetimes),
        *_age(owned, lifetimes),
    ]


def _nobody(history: History, owned: Owned) -> Insight:
    newest = history.commits.tail(5).reverse().select("commit", "subject").iter_rows()
    others = owned.bots + owned.mass_edits
    if others:
        title = f"None of the {others:,} lines at head was written by a person"
        why = "Bots wrote them, or commits that the project lists in .git-blame-ignore-revs."
    else:
        title = "There are no lines at head that anybody could own"
        why = "Every file is binary, empty, vendored or generated, or there is none."
    return Insight(
        InsightType.PEOPLE,
        Severity.INFO,
        title,
        f"{why} So nothing can be said about ownership. Where that is wrong, .gitattributes can say which"
        " files are vendored or generated, and .mailmap who is a person.",
        SURE,
        [Evidence(EvidenceKind.COMMIT, commit, subject[:200]) for commit, subject in newest],
        metrics=[definitions.LINES.id],
        tags=["ownership"],
        data={"confidence_basis": COUNTED},
    )


def _concentration(owned: Owned) -> list[Insight]:
    """How many people's lines make up half of the code."""
    totals = owned.by_author()
    counts = totals["lines"].to_list()
    factor, total = absence_factor(counts), sum(counts)
    if len(counts) == 1:
        title = (
            f"One person wrote all {total:,} lines at head" if total > 1 else "One person wrote the only line"
        )
    else:
        share = percent(sum(counts[:factor]) / total)
        title = f"{people_in_words(factor)} of {len(counts):,} wrote {share} of the {total:,} lines at head"
    known = 1 - owned.mass_edits / (total + owned.bots + owned.mass_edits)
    insight = Insight(
        InsightType.PEOPLE,
        Severity.NOTICE if factor == 1 and len(counts) > 1 else Severity.INFO,
        title,
        f"By lines the contributor absence factor is {factor}: the fewest people who wrote half of what is there"
        " today. Who wrote a line is who can best explain it; who reads, tests and reviews it is not counted."
        " Where one person wrote a part that matters, a second one who changes something in it is the surest"
        " way to share what he or she knows.",
        round(min(known, SURE), 3),
        [
            Evidence(EvidenceKind.PERSON, owned.names[author], f"{lines:,} of {total:,} lines")
            for author, lines in totals.head(min(factor, SHOWN)).iter_rows()
        ],
        metrics=[definitions.ABSENCE_FACTOR.id, definitions.LINES.id],
        tags=["ownership", "absence-factor"],
        data={
            "absence_factor": factor,
            "people": len(counts),
            "lines": total,
            "confidence_basis": f"{COUNTED} Lines that only mass edits account for lower it by their share.",
            "artifacts": ["file_owners", f"commits:{definitions.LINES.name}"],
        },
    )
    return [insight]


def _resting(owned: Owned, files: pl.DataFrame) -> list[Insight]:
    """Lines of people who are not active any more; nothing where there are few lines or none of that kind."""
    if owned.lines < ENOUGH_LINES or not owned.resting:
        return []
    share = owned.resting / owned.known
    most = files.filter(pl.col("resting") > 0).sort(["resting", "path"], descending=[True, False])
    rows = most.head(SHOWN).select("path", "resting", "lines").iter_rows()
    insight = Insight(
        InsightType.PEOPLE,
        Severity.NOTICE if share >= 0.5 else Severity.INFO,
        f"{percent(share)} of {owned.known:,} lines: who wrote them is not active any more",
        "Their authors have made no commit in the last 183 days. Code may rest because it is finished, and people"
        " may come back or still answer questions. For a part that has to change soon, look who has reviewed or"
        " used it, and let somebody active write its tests first.",
        round(min(owned.known / owned.lines, SURE), 3),
        [Evidence(EvidenceKind.FILE, path, f"{lines:,} of {total:,} lines") for path, lines, total in rows],
        metrics=[definitions.RESTING.id],
        tags=["ownership", "knowledge"],
        data={
            "resting": owned.resting,
            "known": owned.known,
            "files": len(most),
            "confidence_basis": f"{COUNTED} It is the share of lines whose author's last commit has a date.",
            "artifacts": ["knowledge", "file_owners"],
        },
    )
    return [insight]


def _lifetime(lifetimes: Lifetimes) -> list[Insight]:
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


def _age(owned: Owned, lifetimes: Lifetimes) -> list[Insight]:
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
