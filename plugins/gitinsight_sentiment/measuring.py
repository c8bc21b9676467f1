"""How well a model does: F1 of each label, calibration error, confusion, and how sure each figure is."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from gitinsight_sentiment.scoring import LABELS

_BINS = 10
_RESAMPLES = 1_000
_SEED = 20_240_601

Confusion = tuple[tuple[int, ...], ...]
"""Rows are the true labels, columns the given ones, both in the order of ``LABELS``."""


@dataclass(frozen=True, slots=True)
class Scores:
    """F1 and shares are 0 to 1; ``interval`` is the 95 % percentile bootstrap interval of ``macro_f1``."""

    rows: int
    accuracy: float
    macro_f1: float
    interval: tuple[float, float]
    f1: Mapping[str, float]
    calibration_error: float
    confusion: Confusion


def scores(truth: Sequence[int], given: Sequence[Sequence[float]], *, is_binary: bool = False) -> Scores:
    """Measure probabilities ``given`` for texts whose labels are ``truth``.

    Where ``is_binary``, the data knows negative and not negative only: positive counts as neutral.
    ValueError where there is no text.
    """
    if not truth:
        raise ValueError("no text to measure on")
    if is_binary:
        given = [(negative, 1 - negative) for negative, *_ in given]
    guesses = [max(range(len(row)), key=row.__getitem__) for row in given]
    kinds = 2 if is_binary else len(LABELS)
    table = _confusion(list(zip(truth, guesses, strict=True)), kinds)
    each = f1_of(table)
    return Scores(
        len(truth),
        sum(table[kind][kind] for kind in range(kinds)) / len(truth),
        sum(each) / kinds,
        _interval(table),
        dict(zip(LABELS, each, strict=False)),
        calibration_error(truth, given),
        table,
    )


def _confusion(pairs: Sequence[tuple[int, int]], kinds: int) -> Confusion:
    counts = [[0] * kinds for _ in range(kinds)]
    for truth, guess in pairs:
        counts[truth][guess] += 1
    return tuple(map(tuple, counts))


def f1_of(table: Sequence[Sequence[int]]) -> list[float]:
    """The F1 of each label: the harmonic mean of precision and recall; 0 for a label that never occurs."""
    found = []
    for kind, row in enumerate(table):
        both = sum(row) + sum(other[kind] for other in table)
        found.append(2 * row[kind] / both if both else 0.0)
    return found


def calibration_error(truth: Sequence[int], given: Sequence[Sequence[float]]) -> float:
    """Expected calibration error in ten equal bins of confidence (Naeini et al., AAAI 2015)."""
    bins: list[list[tuple[float, bool]]] = [[] for _ in range(_BINS)]
    for label, row in zip(truth, given, strict=True):
        confidence = max(row)
        bins[min(int(confidence * _BINS), _BINS - 1)].append((confidence, row[label] == confidence))
    gaps = (abs(sum(sure for sure, _ in part) - sum(right for _, right in part)) for part in bins)
    return sum(gaps) / len(truth)


def _interval(table: Confusion) -> tuple[float, float]:
    """Resampling rows is drawing as many cells of the confusion table, so only these are drawn."""
    generator = random.Random(_SEED)  # noqa: S311
    kinds = range(len(table))
    cells = [(truth, guess) for truth in kinds for guess in kinds]
    counts = [table[truth][guess] for truth, guess in cells]
    found = sorted(
        sum(f1_of(_confusion(generator.choices(cells, counts, k=sum(counts)), len(table)))) / len(table)
        for _ in range(_RESAMPLES)
    )
    return found[round(0.025 * _RESAMPLES)], found[round(0.975 * _RESAMPLES) - 1]
