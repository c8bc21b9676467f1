"""The rankings that the risk score is held against, on the same files at the same moment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gitinsight_quality.files import File
from gitinsight_quality.health import BEST, facts_of, file_health

Numbers = NDArray[np.float64]

BASELINE = "loc"
BASELINES: Mapping[str, str] = {
    "loc": "lines of code alone",
    "revisions": "revisions",
    "recent_churn": "recent churn alone",
    "loc_x_churn": "lines x recent churn",
    "hotspot": "hotspot score",
    "health": "code health, poorest first",
    "smallest_first": "fewest lines first",
}
"""The rankings with their titles."""
RANKINGS: Mapping[str, str] = {"risk": "risk score", **BASELINES}


def baselines(frame: pl.DataFrame, files: Sequence[File]) -> Mapping[str, Numbers]:
    """A score by ranking for each row of a feature frame, highest first; ``files`` are those it was made of."""
    loc, churn = frame["loc"].to_numpy().astype(float), frame["churn"].to_numpy()
    by_path = {file.path: file for file in files}
    code = [by_path[path] for path in frame["path"]]
    complexity = np.array([file.complexity or 0 for file in code], dtype=float)
    parsed = np.array([file.is_parsed for file in code], dtype=bool)
    deductions = [BEST - file_health(facts_of(file)).score if file.is_parsed else 0.0 for file in code]
    return {
        "loc": loc,
        "revisions": frame["revisions"].to_numpy().astype(float),
        "recent_churn": churn,
        "loc_x_churn": loc * churn,
        "hotspot": hotspot_scores(churn, loc, complexity, parsed),
        "health": np.array(deductions, dtype=float),
        "smallest_first": -loc,
    }


def hotspot_scores(churn: Numbers, loc: Numbers, complexity: Numbers, parsed: NDArray[np.bool_]) -> Numbers:
    """The product of the percentiles of recent churn and of complexity, as for hotspots at head.

    A file without a parser has the percentile of its lines among those of all files.
    """
    percentile = percentiles(loc)
    if parsed.any():
        percentile[parsed] = percentiles(complexity[parsed])
    return percentiles(churn) * percentile


def percentiles(values: Numbers) -> Numbers:
    """The share of values below each, half of those equal to it included."""
    ordered = np.sort(values)
    both = np.searchsorted(ordered, values, "left") + np.searchsorted(ordered, values, "right")
    return np.asarray(both / (2 * max(len(values), 1)), dtype=float)
