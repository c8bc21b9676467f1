"""Fitting the weights on many repositories' past, and what they reach on a repository left out.

A logistic regression with a small ridge penalty, solved by Newton's method: no randomness and nothing
beyond numpy. In every window the fixed files weigh as much as the others, and a repository weighs by the
square root of its windows, so that no long history drowns the rest.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gitinsight.plugin import History
from gitinsight_quality.files import code_files_at
from gitinsight_quality.risk.features import FEATURES, feature_frame
from gitinsight_quality.risk.figures import Estimate, figures, over_groups
from gitinsight_quality.risk.rankings import BASELINE, RANKINGS, baselines
from gitinsight_quality.risk.windows import HORIZON, Timeline

Numbers = NDArray[np.float64]

MAX_WINDOWS = 16
MIN_FIXED, MAX_SHARE = 5, 0.5
"""A window is fitted on where so many files were fixed, and less than this share of them."""
TOP_FIXED = 20
"""A window is judged where so many files were fixed: with fewer, precision at 20 could not reach 1."""
RIDGE = 10.0
WINDOW_WEIGHT = 100.0


@dataclass(frozen=True, slots=True)
class Sample:
    """One window of one repository: a feature frame, and the scores of ``rankings.BASELINES`` for its rows."""

    repository: str
    at: datetime
    frame: pl.DataFrame
    baselines: Mapping[str, Numbers]

    @property
    def fixed(self) -> int:
        """How many of its files were fixed."""
        return int(self.frame["fixed"].sum())

    @property
    def is_judged(self) -> bool:
        """Whether enough files were fixed for precision at 20 to mean something."""
        return self.fixed >= TOP_FIXED


@dataclass(frozen=True, slots=True)
class LeftOut:
    """Figures by ranking of ``rankings.RANKINGS``, a row of means for each repository.

    ``means`` are over repositories and ``against`` the differences from lines of code, both with
    intervals over repositories.
    """

    windows: Mapping[str, int]
    by_repository: Mapping[str, Mapping[str, Numbers]]
    means: Mapping[str, Sequence[Estimate]]
    against: Mapping[str, Sequence[Estimate]]


def samples_of(history: History, time_limit_seconds: float) -> Iterator[Sample]:
    """The windows of a repository that can be fitted on, newest first, one every 180 days."""
    timeline = Timeline(history)
    moment = timeline.newest
    for _ in range(MAX_WINDOWS):
        moment -= HORIZON
        window = timeline.at(moment)
        if window is None:
            return
        files = code_files_at(history, window.commit, time_limit_seconds)
        frame = feature_frame(files, window)
        sample = Sample(history.name, moment, frame, baselines(frame, files))
        if MIN_FIXED <= sample.fixed < MAX_SHARE * frame.height:
            yield sample


def fit(samples: Sequence[Sample]) -> Numbers:
    """The intercept and then the weights of ``FEATURES``."""
    windows: dict[str, int] = {}
    for sample in samples:
        windows[sample.repository] = windows.get(sample.repository, 0) + 1
    rows = np.vstack([_matrix(sample.frame) for sample in samples])
    fixed = np.concatenate([sample.frame["fixed"].to_numpy() for sample in samples])
    weight = np.concatenate(
        [_balanced(sample.frame) / np.sqrt(windows[sample.repository]) for sample in samples]
    )
    return ridge_logistic(np.column_stack([np.ones(len(rows)), rows]), fixed.astype(float), weight, RIDGE)


def ridge_logistic(rows: Numbers, target: Numbers, weight: Numbers, ridge: float) -> Numbers:
    """The coefficients of a weighted logistic regression; the first column is not penalised."""
    penalty = ridge * np.eye(rows.shape[1])
    penalty[0, 0] = 1e-6
    found = np.zeros(rows.shape[1])
    for _ in range(50):
        chance = 1 / (1 + np.exp(-np.clip(rows @ found, -30, 30)))
        slope = rows.T @ (weight * (target - chance)) - penalty @ found
        curve = (rows * (weight * chance * (1 - chance))[:, None]).T @ rows + penalty
        step = np.linalg.solve(curve, slope)
        found = found + step
        if np.abs(step).max() < 1e-9:
            break
    return np.asarray(found)


def leave_one_out(samples: Sequence[Sample], *, only_judged: bool = True) -> LeftOut:
    """Score each repository by weights that were fitted on the others alone, and judge the rankings.

    ``only_judged`` leaves out the windows with too few fixed files, unless all have.
    """
    judged = [sample for sample in samples if sample.is_judged or not only_judged] or samples
    rows: dict[str, list[Mapping[str, Numbers]]] = {}
    for repository in sorted({sample.repository for sample in judged}):
        weights = fit([sample for sample in samples if sample.repository != repository])
        own = [sample for sample in judged if sample.repository == repository]
        rows[repository] = [_judge(sample, weights) for sample in own]
    by_repository = {
        repository: {name: np.mean([one[name] for one in found], axis=0) for name in RANKINGS}
        for repository, found in rows.items()
    }
    table = {name: np.array([by_repository[repository][name] for repository in rows]) for name in RANKINGS}
    return LeftOut(
        windows={repository: len(found) for repository, found in rows.items()},
        by_repository=by_repository,
        means={name: over_groups(values) for name, values in table.items()},
        against={name: over_groups(values - table[BASELINE]) for name, values in table.items()},
    )


def _judge(sample: Sample, weights: Numbers) -> Mapping[str, Numbers]:
    loc, fixed = sample.baselines["loc"], sample.frame["fixed"].to_numpy()
    scores = {"risk": weights[0] + _matrix(sample.frame) @ weights[1:], **sample.baselines}
    return {name: np.array(figures(values, fixed, loc)) for name, values in scores.items()}


def _matrix(frame: pl.DataFrame) -> Numbers:
    return frame.select(FEATURES).to_numpy()


def _balanced(frame: pl.DataFrame) -> Numbers:
    """Weights that give the fixed files and the others half of the window's weight each."""
    fixed = frame["fixed"].to_numpy()
    half = WINDOW_WEIGHT / 2
    return np.asarray(np.where(fixed, half / max(fixed.sum(), 1), half / max((~fixed).sum(), 1)))
