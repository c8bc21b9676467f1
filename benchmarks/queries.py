"""Three questions to an export, each answered lazily by Polars: ``python -m benchmarks.queries DIR``.

DIR holds the Parquet files of ``gitinsight export REPO DIR``. The queries join by the integer ``order``
and group by the integer ``file_id``: comparing 40 hex digits or a path costs two to three times as much.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

import polars as pl

HALF_LIFE_DAYS = 180
MOST_FILES = 30
LIMITS_MS = {"churn per file and month": 30, "hotspots": 10, "co-change pairs": 50}


def churn_by_month(commits: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """Lines added and deleted by file and calendar month of the author's time (UTC); binary files count 0."""
    months = commits.select("order", month=pl.col("authored_at").dt.truncate("1mo"))
    return (
        changes.select("order", "file_id", "added", "deleted")
        .join(months, on="order")
        .group_by("file_id", "month")
        .agg(pl.sum("added", "deleted"))
    )


def hotspots(commits: pl.LazyFrame, changes: pl.LazyFrame) -> pl.LazyFrame:
    """Files by their changes, each weighed by 0.5^(age / 180 days) before the newest commit, heaviest first."""
    age = pl.col("committed_at").max() - pl.col("committed_at")
    days = age.dt.total_seconds() / 86_400
    weights = commits.select("order", weight=(days * (-pl.lit(2.0).log() / HALF_LIFE_DAYS)).exp())
    return (
        changes.select("order", "file_id")
        .join(weights, on="order")
        .group_by("file_id")
        .agg(changes=pl.len(), weight=pl.sum("weight"))
        .sort("weight", descending=True)
    )


def co_changes(changes: pl.LazyFrame) -> pl.LazyFrame:
    """Pairs of files with the number of commits that changed both, of commits of at most 30 files."""
    small = changes.select("order", "file_id").filter(pl.len().over("order") <= MOST_FILES)
    return (
        small.join(small, on="order", suffix="_other")
        .filter(pl.col("file_id") < pl.col("file_id_other"))
        .group_by("file_id", "file_id_other")
        .agg(commits=pl.len())
    )


def main() -> None:
    """Print the median of each query, from closed files and from frames in memory, beside its limit."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.queries", description=__doc__)
    parser.add_argument("folder", type=Path, metavar="DIR", help="an export in Parquet")
    parser.add_argument("--times", type=int, default=15, help="runs of which the median is taken")
    chosen = parser.parse_args()
    files = [chosen.folder / f"{name}.parquet" for name in ("commits", "changes")]
    from_files = _medians(*map(pl.scan_parquet, files), chosen.times)
    in_memory = _medians(*(pl.read_parquet(file).lazy() for file in files), chosen.times)
    rows = pl.scan_parquet(files[1]).select(pl.len()).collect().item()
    print(f"{rows:,} changes{'files ms':>25}{'memory ms':>12}{'limit ms':>10}{'rows':>10}")
    for name, limit in LIMITS_MS.items():
        (files_ms, height), (memory_ms, _) = from_files[name], in_memory[name]
        print(f"{name:<28}{files_ms:>11.1f}{memory_ms:>12.1f}{limit:>10}{height:>10,}")


def _medians(commits: pl.LazyFrame, changes: pl.LazyFrame, times: int) -> dict[str, tuple[float, int]]:
    """The median milliseconds and the number of rows of each query."""
    queries = (churn_by_month(commits, changes), hotspots(commits, changes), co_changes(changes))
    return {name: _median(query.collect, times) for name, query in zip(LIMITS_MS, queries, strict=True)}


def _median(query: Callable[[], pl.DataFrame], times: int) -> tuple[float, int]:
    height = query().height
    taken = []
    for _ in range(times):
        started = time.perf_counter()
        query()
        taken.append(1000 * (time.perf_counter() - started))
    return median(taken), height


if __name__ == "__main__":
    main()
