"""How well a ranking of files finds those that were fixed afterwards, with intervals.

A tie counts as half right: of two files with one score each order is as likely, and of a tied group at
the cut so many count as its mean says. Intervals are percentiles of bootstrap resamples with a fixed seed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

TOP = 20
EFFORT = 0.2
RESAMPLES = 200
LEVEL = 0.95

Numbers = NDArray[np.float64]


class Figures(NamedTuple):
    """``auc`` 0 to 1, ``precision`` among the first ``TOP`` files, ``found`` in ``EFFORT`` of the lines."""

    auc: float
    precision: float
    found: float


class Estimate(NamedTuple):
    """A figure with the limits of its interval."""

    value: float
    low: float
    high: float


def figures(scores: Numbers, fixed: NDArray[np.bool_], lines: Numbers) -> Figures:
    """The figures of one ranking, highest score first; NaN where no file or every file was fixed."""
    return Figures(auc(scores, fixed), precision_at(scores, fixed), found_in_lines(scores, fixed, lines))


def auc(scores: Numbers, fixed: NDArray[np.bool_]) -> float:
    """The chance that a fixed file is ranked above one that was not (Mann-Whitney)."""
    positives = int(fixed.sum())
    negatives = len(fixed) - positives
    if not positives or not negatives:
        return float("nan")
    ordered = np.sort(scores[~fixed])
    wins = np.searchsorted(ordered, scores[fixed], "left") + np.searchsorted(ordered, scores[fixed], "right")
    return float(wins.sum() / (2 * positives * negatives))


def precision_at(scores: Numbers, fixed: NDArray[np.bool_], top: int = TOP) -> float:
    """The share of fixed files among the first ``top``, or among all where there are fewer."""
    count = min(top, len(scores))
    if not count:
        return float("nan")
    limit = np.partition(scores, len(scores) - count)[len(scores) - count]
    above, tied = scores > limit, scores == limit
    hits = fixed[above].sum() + (count - above.sum()) * fixed[tied].mean()
    return float(hits / count)


def found_in_lines(
    scores: Numbers, fixed: NDArray[np.bool_], lines: Numbers, effort: float = EFFORT
) -> float:
    """The share of the fixed files that one meets who reads from the top until ``effort`` of the lines.

    A file counts where it fits as a whole; of equal scores the smaller file is read first.
    """
    if not fixed.any():
        return float("nan")
    order = np.lexsort((lines, -scores))
    read = np.searchsorted(np.cumsum(lines[order]), effort * lines.sum(), "right")
    return float(fixed[order[:read]].sum() / fixed.sum())


class Comparison(NamedTuple):
    """Rankings on the same files: their figures, the differences from one of them, and how sure these are.

    ``ahead`` is the share of the resamples in which a ranking's AUC is above that one's.
    """

    figures: Mapping[str, Sequence[Estimate]]
    against: Mapping[str, Sequence[Estimate]]
    ahead: Mapping[str, float]


def over_files(
    rankings: Mapping[str, Numbers], fixed: NDArray[np.bool_], lines: Numbers, against: str
) -> Comparison:
    """The comparison of rankings with that named ``against``, each on the same resamples of the files."""
    random = np.random.default_rng(0)
    drawn = [random.integers(0, len(fixed), len(fixed)) for _ in range(RESAMPLES)]
    values = {name: np.array(figures(scores, fixed, lines)) for name, scores in rankings.items()}
    again = {
        name: np.array([figures(scores[rows], fixed[rows], lines[rows]) for rows in drawn])
        for name, scores in rankings.items()
    }
    gains = {name: again[name] - again[against] for name in rankings}
    return Comparison(
        {name: _estimates(values[name], again[name]) for name in rankings},
        {name: _estimates(values[name] - values[against], gains[name]) for name in rankings},
        {name: float((gain[:, 0] > 0).mean()) for name, gain in gains.items()},
    )


def over_groups(rows: NDArray[np.float64]) -> Sequence[Estimate]:
    """The mean of each column over the rows (a row a repository), with intervals over rows."""
    random = np.random.default_rng(0)
    drawn = random.integers(0, len(rows), (10 * RESAMPLES, len(rows)))
    return _estimates(rows.mean(axis=0), rows[drawn].mean(axis=1))


def _estimates(values: Numbers, again: NDArray[np.float64]) -> Sequence[Estimate]:
    share = 100 * (1 - LEVEL) / 2
    low, high = np.nanpercentile(again, [share, 100 - share], axis=0)
    return [Estimate(*map(float, one)) for one in zip(values, low, high, strict=True)]
