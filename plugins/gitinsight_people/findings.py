"""What the numbers about people say, in sentences that blame nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity, person_name
from gitinsight_people import definitions
from gitinsight_people.concentration import (
    absence_factor,
    absence_factor_certainty,
    gini,
    wilson,
)
from gitinsight_people.contributions import INACTIVE_AFTER, Contributions
from gitinsight_people.knowledge import Knowledge
from gitinsight_people.movement import movements
from gitinsight_people.words import people_in_words, percent

if TYPE_CHECKING:
    from gitinsight.plugin import History
    from gitinsight_people.flow import Flow

ENOUGH_COMMITS = 10
ENOUGH_FILES = 20
GINI_PEOPLE = 20
SHOWN = 20
COUNTED = "Counted, not estimated."


def insights(
    history: History, work: Contributions, people: pl.DataFrame, flow: Flow, knowledge: Knowledge
) -> list[Insight]:
    """One insight at least wherever there is a commit; ``people`` is the roster."""
    if history.commits.is_empty():
        return []
    if people.is_empty():
        return [_nobody(history, work)]
    if work.last is not None and work.now - work.last >= INACTIVE_AFTER:
        # That nobody is active is the finding of the analyzer ``activity``; who came and left says no more.
        return _concentration(people)
    return [*_concentration(people), *movements(flow, people), *_unattended(knowledge)]


def _nobody(history: History, work: Contributions) -> Insight:
    newest = history.commits.tail(5).reverse().select("commit", "subject").iter_rows()
    return Insight(
        InsightType.PEOPLE,
        Severity.NOTICE,
        "No commit here was written by a person",
        f"{len(work.bots):,} of {len(history.commits):,} commits are by bots and the rest are merges. If people"
        " work here under a name that looks like a program's, .mailmap can say who they are.",
        0.99,
        [Evidence(EvidenceKind.COMMIT, commit, subject[:200]) for commit, subject in newest],
        metrics=[definitions.BOTS.id],
        tags=["bots"],
        data={"confidence_basis": COUNTED, "artifacts": ["bots"]},
    )


def _concentration(people: pl.DataFrame) -> list[Insight]:
    """Absence factor and shares, over the last 365 days where they have commits enough, else over all."""
    recent = people.filter(pl.col("year") > 0)
    if recent["year"].sum() >= ENOUGH_COMMITS:
        return _shares(recent.select("name", count="year"), recent=True)
    ever = people.select("name", count="all").sort("count", descending=True, maintain_order=True)
    return _shares(ever, recent=False)


def _shares(people: pl.DataFrame, *, recent: bool) -> list[Insight]:
    counts = people["count"].to_list()
    found = [_absence(people, counts, recent=recent)]
    # With a factor of 1 the absence factor's title names the most active person's share already.
    if absence_factor(counts) > 1 and sum(counts) >= ENOUGH_COMMITS:
        found.append(_top_share(people, counts, recent=recent))
    return found


def _absence(people: pl.DataFrame, counts: list[int], *, recent: bool) -> Insight:
    factor, total = absence_factor(counts), sum(counts)
    span = "last year's commits" if recent else "all commits so far"
    who = people_in_words(factor)
    share = percent(sum(counts[:factor]) / total)
    metric = definitions.ABSENCE_FACTOR if recent else definitions.ABSENCE_FACTOR_ALL
    if len(counts) == 1:
        title = _alone(total, recent=recent)
    else:
        title = f"{who} of {len(counts):,} wrote {share} of {span}"
    few = recent and factor <= 2 and len(counts) > 1
    return Insight(
        InsightType.PEOPLE,
        Severity.WARNING if few and factor == 1 else Severity.NOTICE if factor <= 2 else Severity.INFO,
        title,
        f"The contributor absence factor is {factor}: so many people would have to be away for half of the work"
        " to stop. This says how work is shared, not how well anybody works. Reviews, pairing and written-down"
        " knowledge raise it; so does a second person for what only one has done so far.",
        round(min(absence_factor_certainty(counts), 0.999), 3),
        _persons(people.head(min(factor, SHOWN)), total),
        metrics=[metric.id],
        tags=["absence-factor"],
        data={
            "absence_factor": factor,
            "people": len(counts),
            "confidence_basis": "Probability that another period of the same habits puts the factor in the same"
            " class (1, 2, 3 to 5, more), by 400 draws of the people's shares (Dirichlet posterior).",
            "artifacts": ["contributors", f"commits:{definitions.ABSENCE_FACTOR.name}"],
        },
    )


def _alone(total: int, *, recent: bool) -> str:
    if total == 1:
        return "One person wrote the only commit"
    commits = "of last year's commits" if recent else "commits so far"
    return f"One person wrote all {total:,} {commits}"


def _top_share(people: pl.DataFrame, counts: list[int], *, recent: bool) -> Insight:
    total, span = sum(counts), "last year's commits" if recent else "all commits so far"
    low, high = wilson(counts[0], total)
    data: dict[str, Any] = {
        "top_share": round(counts[0] / total, 4),
        "interval95": [round(low, 4), round(high, 4)],
        "confidence_basis": "Wilson's 95 % interval for the share, given in the description.",
        "artifacts": ["contributors", f"commits:{definitions.TOP_SHARE.name}"],
    }
    unequal = ""
    if len(counts) >= GINI_PEOPLE:
        data["gini"] = round(gini(counts), 4)
        unequal = (
            f" The Gini coefficient over all of them is {gini(counts):.2f} (0: all alike, 1: one does all)."
        )
    together = ""
    if len(counts) > 5:
        together = f"; the five most active wrote {percent(sum(counts[:5]) / total)}"
    return Insight(
        InsightType.PEOPLE,
        Severity.INFO,
        f"The most active of {len(counts):,} people wrote {percent(counts[0] / total)} of {span}{together}",
        f"Taken as a habit, the share lies between {percent(low)} and {percent(high)} with a probability of"
        f" 95 %.{unequal} A high share is usual in young and in small projects; it is worth a look where the"
        " project is relied on and nobody else could release it.",
        0.95,
        _persons(people.head(5), total),
        metrics=[definitions.TOP_SHARE.id] if recent else [],
        tags=["share-of-work"],
        data=data,
    )


def _persons(people: pl.DataFrame, total: int) -> list[Evidence]:
    return [
        Evidence(EvidenceKind.PERSON, person_name(name), f"{count:,} of {total:,} commits")
        for name, count in people.select("name", "count").iter_rows()
    ]


def _unattended(knowledge: Knowledge) -> list[Insight]:
    """Files without an active author; nothing where there are few files or none of that kind."""
    unattended = knowledge.unattended
    if knowledge.known < ENOUGH_FILES or unattended.is_empty():
        return []
    rows = unattended.head(SHOWN).select("file", "commits", "people").iter_rows()
    insight = Insight(
        InsightType.PEOPLE,
        Severity.NOTICE if knowledge.share >= 0.5 else Severity.INFO,
        f"{percent(knowledge.share)} of {knowledge.known:,} files: nobody who changed them is active any more",
        "None of the people who ever changed these files has committed in the last 183 days, so a fault in them"
        " meets nobody who knows them. Many will be stable and need nothing; for those that matter, a review"
        " by somebody active or a test spreads the knowledge. One wide change by an active person, such as a"
        " new code format, hides a file from this list.",
        round(min(knowledge.known / max(knowledge.files, 1), 0.99), 3),
        [
            Evidence(EvidenceKind.FILE, file, f"{commits:,} commits by {people_in_words(people).lower()}")
            for file, commits, people in rows
        ],
        metrics=[definitions.INACTIVE.id],
        tags=["knowledge"],
        data={
            "unattended": len(unattended),
            "known": knowledge.known,
            "confidence_basis": "Share of the files whose history by people is known.",
            "artifacts": ["unattended_files"],
        },
    )
    return [insight]
