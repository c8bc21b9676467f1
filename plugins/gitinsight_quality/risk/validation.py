"""The proof on a repository's own past: rank its files as of a date, and see which were fixed afterwards."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from gitinsight.plugin import History
from gitinsight_quality.files import File, code_files_at
from gitinsight_quality.risk.features import feature_frame
from gitinsight_quality.risk.figures import Comparison, over_files
from gitinsight_quality.risk.model import RiskModel
from gitinsight_quality.risk.rankings import BASELINE, baselines
from gitinsight_quality.risk.windows import HORIZON, Timeline

FEW = 10
"""With fewer fixed files, or fewer others, the figures say nothing."""


@dataclass(frozen=True, slots=True)
class Validation:
    """``files`` has ``path, score, loc, churn, fixed``, highest score first.

    ``comparison`` has the figures of ``rankings.RANKINGS`` beside those of lines of code alone; it is None where
    too few files were fixed to tell.
    """

    at: datetime
    commit: str
    files: pl.DataFrame
    comparison: Comparison | None

    @property
    def fixed(self) -> int:
        """How many files were fixed."""
        return int(self.files["fixed"].sum())

    @property
    def verdict(self) -> str:
        """Whether the risk score told more than lines of code did, in words."""
        if not self.comparison:
            return f"too few fixes to tell: {self.fixed} of {self.files.height} files were fixed"
        auc = self.comparison.against["risk"][0]
        if auc.low > 0:
            return "the risk score ranked better than lines of code alone here"
        if auc.high < 0:
            return "lines of code alone ranked better here"
        return "lines of code alone does as well here"


def default_moment(timeline: Timeline) -> datetime:
    """The newest moment whose horizon is over: 180 days before the newest commit."""
    return timeline.newest - HORIZON


def validate_at(
    history: History, timeline: Timeline, moment: datetime, model: RiskModel, time_limit_seconds: float
) -> Validation | None:
    """The proof at a moment; None where the branch had no commit or no code by then."""
    window = timeline.at(moment)
    if window is None:
        return None
    files = code_files_at(history, window.commit, time_limit_seconds)
    frame = feature_frame(files, window)
    if frame.is_empty():
        return None
    scores = model.score(frame)
    fixed, loc = frame["fixed"].to_numpy(), frame["loc"].to_numpy().astype(float)
    comparison = None
    if min(fixed.sum(), (~fixed).sum()) >= FEW:
        comparison = over_files({"risk": scores, **baselines(frame, files)}, fixed, loc, BASELINE)
    table = frame.select("path", "loc", "churn", "fixed").insert_column(1, pl.Series("score", scores))
    table = table.sort(["score", "path"], descending=[True, False])
    return Validation(window.at, window.commit, table, comparison)


def rank_at_head(timeline: Timeline, files: Sequence[File], model: RiskModel) -> pl.DataFrame:
    """The code files at head with ``score`` and their ranks, highest score first.

    Columns: ``path, score, rank, rank_by_lines, loc, churn, revisions``.
    """
    frame = feature_frame(files, timeline.at_head())
    return (
        frame.with_columns(score=pl.Series(model.score(frame), dtype=pl.Float64))
        .sort(["score", "path"], descending=[True, False])
        .with_columns(
            rank=pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
            rank_by_lines=pl.col("loc").rank("min", descending=True).cast(pl.Int64),
        )
        .select("path", "score", "rank", "rank_by_lines", "loc", "churn", "revisions")
    )
