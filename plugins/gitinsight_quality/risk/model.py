"""The risk model: a table of weights that travels with the plugin, and the score that they give.

``weights.json`` is written by ``gitinsight quality fit`` and holds the model with its card: the
repositories and windows that it was fitted on and what it reached on those that it had not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import polars as pl
from numpy.typing import NDArray

from gitinsight_quality.risk.weights import shipped


@dataclass(frozen=True, slots=True)
class RiskModel:
    """``weights`` by feature, and the ``card``: where they come from and how well they do."""

    version: str
    intercept: float
    weights: Mapping[str, float]
    card: Mapping[str, Any]

    def score(self, features: pl.DataFrame) -> NDArray[np.float64]:
        """A score from 0 to 1 for each row of a feature frame.

        It orders the files of one repository. It is no probability: 0.5 stands for a file that was as
        likely among the fixed files of the repositories fitted on as among the others.
        """
        sums = np.full(features.height, self.intercept)
        for name, weight in self.weights.items():
            sums += weight * features[name].to_numpy()
        return np.asarray(1 / (1 + np.exp(-sums)))


@cache
def load_model() -> RiskModel:
    """The model that the plugin was shipped with."""
    return from_json(shipped())


def from_json(content: Mapping[str, Any]) -> RiskModel:
    """The model in the form of ``weights.json``."""
    return RiskModel(content["version"], content["intercept"], content["weights"], content["card"])
