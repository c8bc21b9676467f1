"""What the analyzer tells of risk: the files by score at head, and how the score did on this repository."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import polars as pl

from gitinsight.plugin import Artifact, Evidence, EvidenceKind, History, Insight, InsightType, Point, Severity
from gitinsight_quality.artifacts import Column, table
from gitinsight_quality.files import File
from gitinsight_quality.metrics import IDS
from gitinsight_quality.risk.figures import RESAMPLES, TOP, Comparison
from gitinsight_quality.risk.model import load_model
from gitinsight_quality.risk.rankings import BASELINE, RANKINGS
from gitinsight_quality.risk.validation import (
    FEW,
    Validation,
    default_moment,
    rank_at_head,
    validate_at,
)
from gitinsight_quality.risk.windows import HORIZON, Timeline

TOP_FILES = 200
EVIDENCE_FILES = 10
BY_LINES = RANKINGS[BASELINE]
NO_CODE = "no code files at this commit"
YOUNG = f"the repository has no code from {HORIZON.days} days before its newest commit"
TOO_FEW = f"fewer than {FEW} files were fixed, or all but so few"
CONFIDENCE = f"share of {RESAMPLES} bootstrap resamples of the files that agree on whether the score is ahead"
COUNTED = "counted, not estimated"

RISK_COLUMNS = (
    Column("path", "File", "file"),
    Column("score", "Risk score"),
    Column("loc", "Code", unit="lines"),
    Column("churn", "Recency-weighted changes"),
    Column("revisions", "Changes"),
    Column("rank", "Rank by risk"),
    Column("rank_by_lines", "Rank by lines alone"),
)
PROOF_COLUMNS = (
    Column("ranking", "Ranking", "text"),
    Column("auc", "AUC"),
    Column("auc_low", "AUC, from"),
    Column("auc_high", "AUC, to"),
    Column("precision", f"Fixed among the first {TOP}", "percent"),
    Column("precision_low", f"Fixed among the first {TOP}, from", "percent"),
    Column("precision_high", f"Fixed among the first {TOP}, to", "percent"),
    Column("found", "Fixed files found in 20 % of the lines", "percent"),
    Column("auc_over_lines", "AUC over lines alone"),
)


@dataclass(frozen=True, slots=True)
class Risk:
    """``files`` at head as of ``validation.rank_at_head``; ``proof`` is None where there was no code to rank."""

    files: pl.DataFrame
    proof: Validation | None


def assess(history: History, files: Sequence[File], time_limit_seconds: float) -> Risk:
    """The risk of the files at head, with the proof on the newest 180 days that are over."""
    timeline, model = Timeline(history), load_model()
    moment = default_moment(timeline)
    return Risk(
        rank_at_head(timeline, files, model),
        validate_at(history, timeline, moment, model, time_limit_seconds),
    )


def points(history: History, risk: Risk) -> Iterator[Point]:
    """The figures of the score, and those of lines alone beside it."""
    compared = risk.proof.comparison if risk.proof else None
    missing = NO_CODE if risk.files.is_empty() else TOO_FEW if risk.proof else YOUNG
    for metric, place in (("quality.risk_auc", 0), ("quality.risk_precision", 1)):
        if compared is None:
            yield Point(metric, history.now, None, missing)
            continue
        yield Point(metric, history.now, compared.figures["risk"][place].value)
        yield Point(metric, history.now, compared.figures[BASELINE][place].value, dimension=BY_LINES)


def insights(risk: Risk) -> Iterator[Insight]:
    """Whether the ranking beat lines of code here, in words; none where there was nothing to rank."""
    if risk.proof is None or risk.files.is_empty():
        return
    proof, compared = risk.proof, risk.proof.comparison
    evidence = [
        Evidence(
            EvidenceKind.FILE,
            row["path"],
            f"risk score {row['score']:.2f}, rank {row['rank']:,}; by lines alone {row['rank_by_lines']:,}",
        )
        for row in risk.files.head(EVIDENCE_FILES).iter_rows(named=True)
    ]
    artifacts = ["risk", *(["risk_validation"] if compared else [])]
    data = {
        "confidence_basis": CONFIDENCE if compared else COUNTED,
        "artifacts": artifacts,
        "at": proof.at.isoformat(),
        "fixed": proof.fixed,
        "files": proof.files.height,
    }
    yield Insight(
        InsightType.QUALITY,
        Severity.INFO,
        _title(proof),
        f"The risk score orders the code files by how likely a bug fix will change them, from their size and their "
        f"history. Checked on {proof.at:%-d %B %Y}, with what was known then, against the bug fixes of the "
        f"{HORIZON.days} days after it: {proof.verdict}. The files listed rank highest now.",
        _confidence(compared),
        evidence,
        [IDS["quality.risk_auc"], IDS["quality.risk_precision"]],
        ["risk"],
        data,
    )


def _title(proof: Validation) -> str:
    if proof.comparison is None:
        return (
            f"Too few bug fixes to tell whether the risk score works here: {proof.fixed:,} of "
            f"{proof.files.height:,} files were fixed in {HORIZON.days} days"
        )
    count = min(TOP, proof.files.height)
    by_risk, by_lines = (
        round(count * proof.comparison.figures[name][1].value) for name in ("risk", BASELINE)
    )
    return (
        f"{by_risk} of the {count} files that the risk score put first half a year ago were fixed since; "
        f"of the {count} largest, {by_lines}"
    )


def _confidence(compared: Comparison | None) -> float:
    """How sure the verdict is: 1 where it only counts, and low where the resamples are of two minds."""
    if compared is None:
        return 1.0
    ahead, difference = compared.ahead["risk"], compared.against["risk"][0]
    if difference.low > 0 or difference.high < 0:
        return round(max(ahead, 1 - ahead), 3)
    return round(2 * min(ahead, 1 - ahead), 3)


def artifacts(risk: Risk) -> Iterator[Artifact]:
    """The files by risk, and the figures of all rankings on this repository's past."""
    if risk.files.is_empty():
        return
    names = [column.name for column in RISK_COLUMNS]
    rows = risk.files.head(TOP_FILES).with_columns(pl.col("score", "churn").round(3)).select(names).rows()
    title = f"Files by risk of a bug fix{_beside(risk.proof)}"
    yield table(
        "risk",
        title,
        RISK_COLUMNS,
        [list(row) for row in rows],
        total=risk.files.height,
        metric="quality.risk_auc",
    )
    if risk.proof and risk.proof.comparison:
        yield _proof_table(risk.proof, risk.proof.comparison)


def _beside(proof: Validation | None) -> str:
    if proof is None or proof.comparison is None:
        return " (not proved on this repository)"
    risk, lines = (proof.comparison.figures[name][0].value for name in ("risk", BASELINE))
    return f" (AUC on this repository {risk:.2f}, by lines alone {lines:.2f})"


def _proof_table(proof: Validation, compared: Comparison) -> Artifact:
    rows = []
    for name, title in RANKINGS.items():
        auc, precision, found = compared.figures[name]
        over = compared.against[name][0].value
        rows.append([title, *(round(part, 4) for part in (*auc, *precision, found.value, over))])
    heading = f"Rankings of {proof.at:%-d %B %Y} against the {proof.fixed:,} files fixed in the {HORIZON.days} days after it"
    return table("risk_validation", heading, PROOF_COLUMNS, rows, total=len(rows), metric="quality.risk_auc")
