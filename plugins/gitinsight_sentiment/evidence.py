"""The words behind a mood that no rule found: those that the learned weights hold most for it."""

from __future__ import annotations

from collections.abc import Sequence

from gitinsight_sentiment import features
from gitinsight_sentiment.weights import SIDES, Weights

_MOST = 3
_LEAST_SHARE = 0.5
"""A word is told where it speaks at least half as much for the mood as the one that speaks most."""


def telling_words(words: Sequence[str], mood: str, weights: Weights) -> list[int]:
    """The places of at most three of the normal ``words`` that speak most for the mood, in order.

    A word speaks with its own weight and half of those of the two pairs that it stands in.
    """
    places, own, pairs = features.by_word(words)
    side = SIDES.index(mood)
    beside = weights.of(pairs)[:, side] / 2
    spoken = weights.of(own)[:, side] + beside[:-1] + beside[1:]
    ranked = sorted(
        (
            (float(much), place)
            for much, place in zip(spoken, places, strict=True)
            if words[place][0].isalpha()
        ),
        reverse=True,
    )[:_MOST]
    return sorted(place for much, place in ranked if much > 0 and much >= _LEAST_SHARE * ranked[0][0])
