"""What the lines say, in sentences that blame nobody."""

from __future__ import annotations

from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people.concentration import absence_factor
from gitinsight_people.contributions import Contributions
from gitinsight_people.lifetime_findings import age, lifetime
from gitinsight_people.lifetimes import ENOUGH_LINES, Lifetimes
from gitinsight_people.owners import Owned
from gitinsight_people.words import COUNTED, SHOWN, SURE, people_in_words, percent

if TYPE_CHECKING:
    from gitinsight.plugin import History


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
        *lifetime(lifetimes),
        *age(owned, lifetimes),
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
