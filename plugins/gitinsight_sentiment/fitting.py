"""Learning the weights: a linear classifier on naive-Bayes features, calibrated on texts it has not seen.

NB-SVM (Wang and Manning, ACL 2012): each key is scaled by how much more often it stands in texts of the
label than in others, then a linear support vector machine separates each label from the rest. Its
decisions become probabilities by one scale and two biases. Needs scikit-learn, the extra ``train``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from gitinsight_sentiment.scoring import LABELS
from gitinsight_sentiment.weights import Weights, in_steps

SEED = 20_240_601
FOLDS = 5
_SMOOTHING = 1.0
_SVM_C = 0.015
_MOST_KEYS = 95_000
"""As many keys fit below the limit of 1 MB for the file."""
_NEUTRAL = LABELS.index("neutral")

Array = Any
"""A numpy array; shapes are given where they matter."""


@dataclass(frozen=True)
class Rows:
    """Texts as keys, with label, weight and source; one entry of each a text."""

    keys: Sequence[set[int]]
    labels: Array
    weights: Array
    sources: Array
    columns: dict[int, int] = field(default_factory=dict)

    def matrix(self) -> Any:
        """A sparse 0/1 matrix with a row a text; fills ``columns``, key by key as they come."""
        from scipy.sparse import csr_matrix

        indices, ends = [], [0]
        for found in self.keys:
            indices += [self.columns.setdefault(key, len(self.columns)) for key in sorted(found)]
            ends.append(len(indices))
        shape = (len(self.keys), len(self.columns))
        return csr_matrix((np.ones(len(indices)), indices, ends), shape=shape)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The weights, and for each training text the probabilities by a model that had not seen it."""

    weights: Weights
    unseen: Array


def fit(rows: Rows, calibrated_on: str) -> Fitted:
    """Weights from all rows; the calibration is by the unseen decisions on the source ``calibrated_on``."""
    matrix = rows.matrix()
    parts = folds(rows)
    decisions = np.zeros((len(rows.labels), 2))
    for part in range(FOLDS):
        held = parts == part
        linear, bias = _linear(matrix[~held], rows.labels[~held], rows.weights[~held])
        decisions[held] = matrix[held] @ _pruned(linear) + bias
    judge = rows.sources == calibrated_on
    scale, shift = calibrate(decisions[judge], rows.labels[judge])
    linear, bias = _linear(matrix, rows.labels, rows.weights)
    return Fitted(
        _as_weights(list(rows.columns), scale * _pruned(linear), scale * bias + shift),
        probabilities(scale * decisions + shift),
    )


def folds(rows: Rows) -> Array:
    """A fold for each text, 0 to 4, drawn anew for each source and label so that all folds are alike."""
    generator = np.random.default_rng(SEED)
    parts = np.zeros(len(rows.labels), dtype=int)
    for source in sorted(set(rows.sources)):
        for label in range(len(LABELS)):
            chosen = np.flatnonzero((rows.sources == source) & (rows.labels == label))
            generator.shuffle(chosen)
            parts[chosen] = np.arange(len(chosen)) % FOLDS
    return parts


def _linear(matrix: Any, labels: Array, weights: Array) -> tuple[Array, Array]:
    """Weights (keys x 2) and biases (2) of negative and positive, each less those of neutral."""
    from sklearn.svm import LinearSVC

    columns, biases = [], []
    for label in range(len(LABELS)):
        is_label = labels == label
        ratio = _log_ratio(matrix, is_label, weights)
        machine = LinearSVC(C=_SVM_C, class_weight="balanced", dual=True, max_iter=5_000, random_state=SEED)
        machine.fit(matrix.multiply(ratio).tocsr(), is_label, sample_weight=weights)
        columns.append(machine.coef_[0] * ratio)
        biases.append(machine.intercept_[0])
    others = [label for label in range(len(LABELS)) if label != _NEUTRAL]
    return (
        np.stack([columns[label] - columns[_NEUTRAL] for label in others], axis=1),
        np.array([biases[label] - biases[_NEUTRAL] for label in others]),
    )


def _log_ratio(matrix: Any, is_label: Array, weights: Array) -> Array:
    """How much more often each key stands in texts of the label than in others, as a logarithm."""
    inside = _SMOOTHING + matrix[is_label].T @ weights[is_label]
    outside = _SMOOTHING + matrix[~is_label].T @ weights[~is_label]
    return np.log((inside / inside.sum()) / (outside / outside.sum()))


def _pruned(linear: Array) -> Array:
    """The weights without the smallest, as many as the file may hold."""
    size = np.abs(linear).max(axis=1)
    if len(size) <= _MOST_KEYS:
        return linear
    least = np.partition(size, -_MOST_KEYS)[-_MOST_KEYS]
    return np.where((size >= least)[:, None], linear, 0.0)


def calibrate(decisions: Array, labels: Array) -> tuple[float, Array]:
    """The scale and the two biases under which unseen decisions are likeliest (after Guo et al., 2017)."""
    from scipy.optimize import minimize

    def unlikeliness(parameters: Array) -> float:
        found = probabilities(parameters[0] * decisions + parameters[1:])
        return float(-np.log(found[np.arange(len(labels)), labels] + 1e-12).mean())

    best = minimize(unlikeliness, np.array([1.0, 0.0, 0.0]), method="Nelder-Mead")
    return float(best.x[0]), best.x[1:]


def probabilities(decisions: Array) -> Array:
    """Probabilities (texts x 3, in the order of ``LABELS``) from decisions against neutral (texts x 2)."""
    odds = np.insert(decisions, _NEUTRAL, 0.0, axis=1)
    parts = np.exp(odds - odds.max(axis=1, keepdims=True))
    return parts / parts.sum(axis=1, keepdims=True)


def _as_weights(keys: Sequence[int], linear: Array, bias: Array) -> Weights:
    steps, scale = in_steps(linear)
    ordered = np.array(keys, dtype=np.uint64)
    kept = steps.any(axis=1)
    order = np.argsort(ordered[kept])
    return Weights(ordered[kept][order], steps[kept][order], scale, bias)
