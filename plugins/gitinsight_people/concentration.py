"""On how few people the work rests: absence factor, shares, Gini coefficient, and how sure each is."""

from __future__ import annotations

import math
from collections.abc import Sequence

DRAWS = 400
CLASS_BOUNDS = (2, 3, 6)
ALIKE = 2
"""Two rates within a factor of 2 of each other are called alike."""


def absence_factor(counts: Sequence[int]) -> int:
    """How many people it takes to reach half of all contributions (CHAOSS); 0 where there are none."""
    total = sum(counts)
    reached = 0
    for people, count in enumerate(sorted(counts, reverse=True), start=1):
        reached += count
        if total and 2 * reached >= total:
            return people
    return 0


def gini(counts: Sequence[int]) -> float:
    """0 where all contribute alike, near 1 where one does all: sum((2i - n - 1) x_i) / (n sum(x))."""
    n, total = len(counts), sum(counts)
    ordered = enumerate(sorted(counts), start=1)
    return sum((2 * rank - n - 1) * count for rank, count in ordered) / (n * total)


def absence_factor_certainty(counts: Sequence[int]) -> float:
    """The probability that another year of the same habits put the absence factor in the same class.

    The classes are 1, 2, 3 to 5, and more. The people's shares are drawn from a Dirichlet posterior
    with the commits as weights and one more commit for each of two people whom nobody has seen yet,
    which keeps few commits from looking certain. The draws are seeded: same counts, same answer.
    """
    import numpy as np

    shares = np.random.default_rng(20240101).dirichlet([*counts, 1.0, 1.0], size=DRAWS)
    reached = np.cumsum(-np.sort(-shares, axis=1), axis=1)
    drawn = (reached < 0.5).sum(axis=1) + 1
    classes = np.digitize(drawn, CLASS_BOUNDS)
    return float(np.mean(classes == np.digitize(absence_factor(counts), CLASS_BOUNDS)))


def wilson(successes: int, trials: int) -> tuple[float, float]:
    """Wilson's 95 % interval of a share (Journal of the American Statistical Association 22, 1927)."""
    z = 1.959964
    share = successes / trials
    middle = (share + z * z / (2 * trials)) / (1 + z * z / trials)
    half = z / (1 + z * z / trials) * math.sqrt(share * (1 - share) / trials + z * z / (4 * trials**2))
    return max(0.0, middle - half), min(1.0, middle + half)


def chance_of_more(recent: int, before: int) -> float:
    """The probability that events come more often now than in an equally long span before.

    For Poisson counts the share of the recent ones is Beta(recent + 1, before + 1) under a flat prior;
    this is the chance that it exceeds one half.
    """
    return 1 - _beta_cdf(0.5, recent, before)


def chance_alike(recent: int, before: int) -> float:
    """The probability that the two rates lie within a factor of 2 of each other, by the same model."""
    low, high = 1 / (1 + ALIKE), ALIKE / (1 + ALIKE)
    return _beta_cdf(high, recent, before) - _beta_cdf(low, recent, before)


def _beta_cdf(share: float, recent: int, before: int) -> float:
    """P(Beta(recent + 1, before + 1) <= share), which is P(Binomial(recent + before + 1, share) > recent)."""
    trials = recent + before + 1
    return sum(
        math.exp(
            math.lgamma(trials + 1)
            - math.lgamma(hits + 1)
            - math.lgamma(trials - hits + 1)
            + hits * math.log(share)
            + (trials - hits) * math.log1p(-share)
        )
        for hits in range(recent + 1, trials + 1)
    )
