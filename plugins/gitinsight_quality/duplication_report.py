"""What a report says about duplication: the shares, the table of groups, and a sentence where it is much."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from gitinsight.plugin import Artifact, Evidence, EvidenceKind, Insight, InsightType, Point, Severity
from gitinsight_quality.artifacts import Column, table
from gitinsight_quality.duplication import Duplication, Group
from gitinsight_quality.metrics import IDS

CONSIDERABLE, MUCH = 0.03, 0.1
"""Shares of the code outside tests from which on duplication is worth a sentence, and a warning."""
MAX_GROUPS = 200
MAX_SHOWN_COPIES = 5
EVIDENCE_GROUPS = 10

NO_CODE = "no code files at this commit"
BASIS = "share of the code files that could be read; the copies themselves are equal token by token"

GROUP_COLUMNS = (
    Column("path", "File", "file"),
    Column("start_line", "First line"),
    Column("end_line", "Last line"),
    Column("tokens", "Length", unit="tokens"),
    Column("copies", "Copies"),
    Column("saved_tokens", "Tokens that one copy would save"),
    Column("others", "Also at", "text"),
    Column("in_tests", "In tests", "text"),
)


def points(duplication: Duplication, now: datetime) -> Iterator[Point]:
    """The share of duplicated lines, in all and for tests and the other code apart."""
    kinds = {"": None, "tests": True, "other code": False}
    for dimension, is_test in kinds.items():
        share = duplication.share(is_test)
        if share is not None or not dimension:
            reason = "" if share is not None else NO_CODE
            yield Point("quality.duplication", now, share, reason, dimension)


def artifacts(duplication: Duplication) -> Sequence[Artifact]:
    """The groups that one copy would save the most tokens of; no table where there are none."""
    groups = duplication.groups
    rows = [
        [
            group.copies[0].path,
            group.copies[0].start_line,
            group.copies[0].end_line,
            group.tokens,
            len(group.copies),
            group.saved_tokens,
            _others(group),
            _in_tests(duplication, group),
        ]
        for group in groups[:MAX_GROUPS]
    ]
    if not rows:
        return []
    title = "Code that stands in several places"
    return [table("duplicates", title, GROUP_COLUMNS, rows, total=len(groups), metric="quality.duplication")]


def insights(duplication: Duplication, readable_share: float) -> Iterator[Insight]:
    """A sentence where the code outside tests holds considerably many duplicated lines."""
    share = duplication.share(is_test=False)
    if share is None or share < CONSIDERABLE:
        return
    groups = [group for group in duplication.groups if _in_tests(duplication, group) != "yes"]
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            group.copies[0].path,
            f"lines {group.copies[0].start_line}-{group.copies[0].end_line}, {group.tokens:,} tokens, also at "
            f"{_others(group)}",
        )
        for group in groups[:EVIDENCE_GROUPS]
    ]
    limit = (
        f" The repository is too large to be compared in full; files left out: {duplication.left_out:,}."
        if duplication.left_out
        else ""
    )
    yield Insight(
        InsightType.QUALITY,
        Severity.WARNING if share >= MUCH else Severity.NOTICE,
        f"{100 * share:.0f} % of the lines outside tests stand in the code more than once",
        "A mistake in copied code has to be found and corrected in every copy. Start with the first place listed: "
        f"give what the copies share a name of its own and call it from each.{limit}",
        round(readable_share, 3),
        evidence,
        [IDS["quality.duplication"]],
        ["duplication"],
        {
            "confidence_basis": BASIS,
            "artifacts": ["duplicates"],
            "share": round(share, 4),
            "groups": len(groups),
            "files_left_out": duplication.left_out,
            "is_lower_bound": duplication.is_cut or duplication.left_out > 0,
        },
    )


def _others(group: Group) -> str:
    shown = [str(copy) for copy in group.copies[1 : MAX_SHOWN_COPIES + 1]]
    rest = len(group.copies) - 1 - len(shown)
    return ", ".join(shown) + (f" and {rest:,} more" if rest else "")


def _in_tests(duplication: Duplication, group: Group) -> str:
    tests = {duplication.files[copy.path].is_test for copy in group.copies}
    return "partly" if len(tests) > 1 else "yes" if tests == {True} else ""
