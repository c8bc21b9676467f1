"""What a file's past says of its future: one row a code file, from the history before a moment alone.

Every feature is the logarithm of a count, then the number of standard deviations from the mean over the
files of the repository, so that what was learned on one repository holds for another. Changes are those
by people; a change weighs ``0.5 ** (age in days / half-life)`` at the committer's time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gitinsight_quality.catalog import BY_NAME, Kind
from gitinsight_quality.files import File
from gitinsight_quality.risk.windows import Window

HALF_LIVES = (30, 90, 180, 365, 1_000)
FLOOR = 0.03
"""Added to a weighted count before its logarithm: a change five half-lives ago."""
ASIDE = frozenset({"doc", "docs", "example", "examples", "bench", "benchmarks", "contrib", "demo", "demos"})
"""Folders whose code is not the product's."""
FEATURES = (
    "size", "authors_year", "churn_30", "churn_180", "churn_1000", "fixes_180", "fixes_1000", "folder_churn_90",
    "folder_churn_365", "folder_fixes_365", "is_test", "is_markup", "is_aside",
)  # fmt: skip

Numbers = NDArray[np.float64]


def feature_frame(files: Sequence[File], window: Window) -> pl.DataFrame:
    """The code files of a window: ``path, loc, revisions, churn`` (half-life 180 days), and ``FEATURES``.

    ``fixed`` says whether a bug fix of the window's horizon changed the file.
    """
    code = [file for file in files if file.is_code and file.lines.code]
    paths = pl.DataFrame({"path": [file.path for file in code]}, schema={"path": pl.String})
    known = window.past.group_by("path").agg(pl.col("file_id").last())
    rows = paths.join(known, on="path", how="left", maintain_order="left").with_row_index("row")
    counts = _counts(rows, window)
    loc = np.array([file.lines.code for file in code], dtype=float)
    flags = {
        "is_test": [file.is_test for file in code],
        "is_markup": [BY_NAME[file.language].kind is not Kind.PROGRAMMING for file in code],
        "is_aside": [not ASIDE.isdisjoint(file.path.lower().split("/")[:-1]) for file in code],
    }
    logs = {
        "size": np.log1p(loc),
        "authors_year": np.log1p(counts["authors_year"]),
        **{name: np.log(counts[name] + FLOOR) for name in FEATURES if name in _WEIGHTED},
        **{name: np.array(flag, dtype=float) for name, flag in flags.items()},
    }
    return paths.with_columns(
        loc=pl.Series(loc, dtype=pl.Int64),
        revisions=pl.Series(counts["revisions"], dtype=pl.Int64),
        churn=pl.Series(counts["churn_180"]),
        fixed=_fixed(rows, window),
        **{name: pl.Series(standardized(logs[name])) for name in FEATURES},
    )


def standardized(values: Numbers) -> Numbers:
    """Standard deviations from the mean; all 0 where every value is the same."""
    if not len(values) or np.ptp(values) == 0:
        return np.zeros(len(values))
    return np.asarray((values - values.mean()) / values.std())


_WEIGHTED = frozenset(
    f"{prefix}{what}_{days}" for prefix in ("", "folder_") for what in ("churn", "fixes") for days in HALF_LIVES
)  # fmt: skip


def _counts(rows: pl.DataFrame, window: Window) -> Mapping[str, Numbers]:
    """Sums over each file's changes, in the order of ``rows``."""
    own = rows.filter(pl.col("file_id").is_not_null()).unique("file_id", keep="first", maintain_order=True)
    changes = window.past.filter("is_own").join(own.select("file_id", "row"), on="file_id")
    row, count = changes["row"].to_numpy().astype(np.int64), rows.height
    age = _ages(changes["at"], window.at)
    is_fix = changes["is_fix"].to_numpy().astype(float)
    found: dict[str, Numbers] = {"revisions": np.bincount(row, minlength=count).astype(float)}
    folder = _folders(rows["path"])
    for days in HALF_LIVES:
        weight = 0.5 ** (age / days)
        for name, of_change in (("churn", weight), ("fixes", weight * is_fix)):
            values = np.asarray(np.bincount(row, of_change, count), dtype=float)
            found[f"{name}_{days}"] = values
            found[f"folder_{name}_{days}"] = _others(values, folder)
    recent = changes.filter(pl.Series(age <= 365)).select("row", "author").unique()
    found["authors_year"] = np.bincount(recent["row"].to_numpy(), minlength=count).astype(float)
    return found


def _ages(times: pl.Series, moment: datetime) -> Numbers:
    """Days from each time until the moment, 0 for what is dated after it."""
    seconds = (pl.Series([moment], dtype=times.dtype) - times).dt.total_seconds().to_numpy()
    return np.maximum(seconds / 86_400, 0.0)


def _folders(paths: pl.Series) -> NDArray[np.int64]:
    names = [path.rpartition("/")[0] for path in paths]
    return np.asarray(np.unique(names, return_inverse=True)[1], dtype=np.int64)


def _others(values: Numbers, folder: NDArray[np.int64]) -> Numbers:
    """For each file the mean over the other code files of its folder, 0 where there are none."""
    if not len(values):
        return values
    number = np.bincount(folder)[folder] - 1
    return np.asarray((np.bincount(folder, values)[folder] - values) / np.maximum(number, 1) * (number > 0))


def _fixed(rows: pl.DataFrame, window: Window) -> pl.Series:
    """Whether a fix changed the file, under whatever name it had by then."""
    by_file = pl.col("file_id").is_in(window.fixes["file_id"].unique().implode())
    unknown = pl.col("file_id").is_null() & pl.col("path").is_in(window.fixes["path"].unique().implode())
    return rows.select(fixed=(by_file.fill_null(value=False) | unknown)).to_series()
