"""What a report says about health beyond the score: the findings, and where tidying up pays most."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gitinsight.plugin import Artifact, Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_quality.artifacts import Column, table
from gitinsight_quality.files import File
from gitinsight_quality.health import RepositoryHealth
from gitinsight_quality.metrics import IDS
from gitinsight_quality.sarif import CodeFinding, code_findings
from gitinsight_quality.targets import Target, find_targets

MAX_FINDINGS = 1_000
MAX_TARGETS = 200
TOP_TARGETS = 10
WORTHWHILE = 0.05
"""First targets that would give less than that together are not worth a sentence."""
BASIS = "share of the lines of programming languages whose functions could be parsed"

FINDING_COLUMNS = (
    Column("rule", "Rule", "text"),
    Column("path", "File", "file"),
    Column("start_line", "First line"),
    Column("end_line", "Last line"),
    Column("severity", "Severity", "text"),
    Column("message", "Finding", "text"),
    Column("fix", "What to do", "text"),
    Column("cost", "Costs its file", unit="points before the cap"),
)
TARGET_COLUMNS = (
    Column("path", "File", "file"),
    Column("start_line", "First line"),
    Column("end_line", "Last line"),
    Column("gain", "Expected gain", unit="points of the repository's health"),
    Column("effort_lines", "Effort", unit="lines"),
    Column("gain_per_line", "Gain for 1,000 lines", unit="points"),
    Column("reasons", "Because of", "text"),
    Column("fix", "What to do first", "text"),
)


def artifacts(health: RepositoryHealth, files: Sequence[File]) -> Iterator[Artifact]:
    """The findings and the targets as tables; none where no file was judged."""
    if health.score is None:
        return
    findings, targets = code_findings(health, files), find_targets(health)
    rows = [_finding_row(one) for one in findings[:MAX_FINDINGS]]
    title = "Findings in the code"
    yield table("findings", title, FINDING_COLUMNS, rows, total=len(findings), metric="quality.health")
    rows = [_target_row(one) for one in targets[:MAX_TARGETS]]
    title = "Where tidying up pays most"
    yield table(
        "refactoring_targets", title, TARGET_COLUMNS, rows, total=len(targets), metric="quality.health"
    )


def _finding_row(one: CodeFinding) -> Sequence[object]:
    return [one.rule, one.path, one.start_line, one.end_line, str(one.severity), *one[5:]]


def _target_row(one: Target) -> Sequence[object]:
    return [
        one.path,
        one.start_line,
        one.end_line,
        round(one.gain, 5),
        one.effort_lines,
        round(1_000 * one.gain_per_line, 4),
        one.reasons,
        one.fix,
    ]


def insights(health: RepositoryHealth, parsed_share: float) -> Iterator[Insight]:
    """A sentence about the targets that pay first, where they are worth it."""
    if health.score is None:
        return
    first = find_targets(health)[:TOP_TARGETS]
    gain, lines = sum(one.gain for one in first), sum(one.effort_lines for one in first)
    if gain < WORTHWHILE:
        return
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            one.path,
            f"lines {one.start_line}-{one.end_line}: {one.reasons}; {one.gain:.3f} points. {one.fix}",
        )
        for one in first
    ]
    places = "one place" if len(first) == 1 else f"{len(first)} places"
    yield Insight(
        InsightType.QUALITY,
        Severity.INFO,
        f"Tidying up {lines:,} lines in {places} would raise the code health by {gain:.1f} points",
        "Places are ranked by what their deductions cost the repository's health now, for each line that one has to "
        "touch. Where a file has more of a kind than its cap counts, mending one place alone gives less than is "
        "said here.",
        round(parsed_share, 3),
        evidence,
        [IDS["quality.health"]],
        ["health", "refactoring"],
        {
            "confidence_basis": BASIS,
            "artifacts": ["refactoring_targets", "findings"],
            "gain": round(gain, 4),
            "effort_lines": lines,
        },
    )
