"""Hotspots: code files that are complex and change often, recent changes weighing more.

A change weighs ``0.5 ** (age in days / half-life)`` at the author's time; bots, merges and
mass edits that the project ignores are out.
A file's percentile is the share of the code files below it, half of those equal to it included. Both
percentiles in the top quarter and at least ``FLOOR_CHANGES`` changes in the last year flag a file.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import numpy as np
import polars as pl

from gitinsight.plugin import History
from gitinsight_quality.files import File

TOP_QUARTER = 0.75
FLOOR_CHANGES = 3
RESAMPLES = 100
YEAR = timedelta(days=365)


@dataclass(frozen=True, slots=True)
class Hotspots:
    """``table`` has a row for each code file at head, highest score first.

    Its columns: ``path, language, is_test, code, complexity, basis`` (what the complexity is: cyclomatic
    or lines), ``weight`` (recency-weighted changes), ``changes_year, changes, authors, last_change,
    frequency_percentile, complexity_percentile, score, is_hotspot, rank, rank_by_lines``.
    ``changes`` has a row for each change of those files: ``commit, file, age_days, is_recent``.
    ``stability`` is the share of ``RESAMPLES`` bootstrap resamples of the commits in which a flagged
    file is flagged again, on average; where none is flagged, the share in which none is either.
    """

    table: pl.DataFrame
    changes: pl.DataFrame
    stability: float

    @property
    def flagged(self) -> pl.DataFrame:
        """The rows of the hotspots, highest score first."""
        return self.table.filter("is_hotspot")


def find_hotspots(history: History, files: Sequence[File], half_life_days: float) -> Hotspots:
    """The hotspots among the code files at head."""
    code = _code_table([file for file in files if file.is_code and file.lines.code])
    changes = _changes(history, code["path"])
    weight = 0.5 ** (pl.col("age_days") / half_life_days)
    per_file = changes.group_by("file").agg(
        weight.sum().alias("weight"),
        pl.col("is_recent").sum().cast(pl.Int64).alias("changes_year"),
        pl.len().cast(pl.Int64).alias("changes"),
        pl.col("author").n_unique().cast(pl.Int64).alias("authors"),
        pl.col("authored_at").max().alias("last_change"),
    )
    counted = pl.col("weight", "changes_year", "changes", "authors").fill_null(0)
    table = (
        code.join(per_file, left_on="path", right_on="file", how="left")
        .with_columns(counted)
        .with_columns(_percentile("weight").alias("frequency_percentile"))
        .with_columns((pl.col("frequency_percentile") * pl.col("complexity_percentile")).alias("score"))
        .with_columns(_is_hotspot())
        .sort(["score", "weight", "path"], descending=[True, True, False])
        .with_columns(
            pl.int_range(1, pl.len() + 1).alias("rank"),
            pl.col("code").rank("min", descending=True).cast(pl.Int64).alias("rank_by_lines"),
        )
    )
    return Hotspots(table, changes, _stability(table, changes, half_life_days))


def _code_table(files: Sequence[File]) -> pl.DataFrame:
    rows = [
        (
            file.path,
            file.language,
            file.is_test,
            file.lines.code,
            file.lines.code if file.complexity is None else file.complexity,
            "lines" if file.complexity is None else "cyclomatic",
        )
        for file in files
    ]
    schema: dict[str, Any] = {
        "path": pl.String,
        "language": pl.String,
        "is_test": pl.Boolean,
        "code": pl.Int64,
        "complexity": pl.Int64,
        "basis": pl.String,
    }
    # A file without a parser stands where its lines put it among all files' lines, for a sum of
    # complexities and a number of lines cannot be ranked together.
    of_lines = _percentile("code")
    of_complexity = _percentile("complexity").over("basis")
    percentile = pl.when(pl.col("basis") == "lines").then(of_lines).otherwise(of_complexity)
    table = pl.DataFrame(rows, schema=schema, orient="row")
    return table.with_columns(percentile.alias("complexity_percentile"))


def _changes(history: History, paths: pl.Series) -> pl.DataFrame:
    by_people = history.commits.filter(~pl.col("is_bot") & ~pl.col("is_merge") & ~pl.col("is_ignored"))
    age = (pl.lit(history.now) - pl.col("authored_at")).dt.total_seconds() / 86_400
    return (
        history.changes.select("commit", "file")
        .filter(pl.col("file").is_in(paths.implode()))
        .unique()
        .join(by_people.select("commit", "order", "author", "authored_at"), on="commit")
        .with_columns(pl.max_horizontal(age, pl.lit(0.0)).alias("age_days"))
        .with_columns((pl.col("age_days") <= YEAR.days).alias("is_recent"))
    )


def _percentile(column: str) -> pl.Expr:
    return (pl.col(column).rank("average") - 0.5) / pl.len()


def _is_hotspot() -> pl.Expr:
    return (
        (pl.col("frequency_percentile") >= TOP_QUARTER)
        & (pl.col("complexity_percentile") >= TOP_QUARTER)
        & (pl.col("changes_year") >= FLOOR_CHANGES)
    ).alias("is_hotspot")


def _stability(table: pl.DataFrame, changes: pl.DataFrame, half_life_days: float) -> float:
    """Resample commits with replacement (a Poisson count each) and flag anew; the seed is fixed."""
    if table.is_empty() or changes.is_empty():
        return 1.0
    position = {path: n for n, path in enumerate(table["path"])}
    file = changes["file"].replace_strict(position, return_dtype=pl.Int64).to_numpy()
    commit = changes["commit"].rank("dense").to_numpy() - 1
    weight = 0.5 ** (changes["age_days"].to_numpy() / half_life_days)
    recent = changes["is_recent"].to_numpy()
    is_complex = table["complexity_percentile"].to_numpy() >= TOP_QUARTER
    flagged = table["is_hotspot"].to_numpy()
    random = np.random.default_rng(0)
    kept = []
    for _ in range(RESAMPLES):
        count = random.poisson(1.0, int(commit.max()) + 1)[commit]
        total = np.bincount(file, weight * count, minlength=len(position))
        active = np.bincount(file, recent * count, minlength=len(position)) >= FLOOR_CHANGES
        frequent = percentiles(total) >= TOP_QUARTER
        again = is_complex & active & frequent
        kept.append(float(again[flagged].mean()) if flagged.any() else float(not again.any()))
    return float(np.mean(kept))


def percentiles(values: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """The share of values below each, half of those equal to it included."""
    ordered = np.sort(values)
    below = np.searchsorted(ordered, values, "left")
    up_to = np.searchsorted(ordered, values, "right")
    return np.asarray((below + up_to) / (2 * len(values)))


def touching_commits(history: History, hotspots: Hotspots) -> pl.DataFrame:
    """The last year's commits that touched a hotspot, newest first, with the ``files`` they touched."""
    touched = (
        hotspots.changes.filter(
            pl.col("is_recent") & pl.col("file").is_in(hotspots.flagged["path"].implode())
        )
        .group_by("commit")
        .agg(pl.col("file").sort().alias("files"))
    )
    return touched.join(history.commits, on="commit").sort("order", descending=True)


def is_dormant(history: History) -> bool:
    """Whether no person committed in the year before the analysis."""
    newest: datetime | None = history.commits.filter(~pl.col("is_bot"))["authored_at"].max()  # type: ignore[assignment]
    return newest is None or newest < history.now - YEAR
