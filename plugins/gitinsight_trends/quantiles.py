"""The forecast: exponentially weighted empirical quantiles (EWQ) of the recent weeks.

A week that lies 13 weeks further back weighs half as much, and the coming weeks are expected to fall
where the weighted past fell. The forecast is flat on purpose: over many repositories nothing that
bends beat it, and the median of the last half year is the bar that it has to clear.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import TYPE_CHECKING, Any

import numpy as np

from gitinsight_trends.errors import SeriesInvalid, SeriesTooShort

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Floats = NDArray[np.float64]

HALF_LIFE_WEEKS = 13
WINDOW_WEEKS = 260
MINIMUM_WEEKS = 26

CENTRAL_80 = 0.826
CENTRAL_95 = 0.977
"""Central shares of the weighted past that cover 80 and 95 % of the weeks to come: calibrated on
weekly series of twelve repositories, because the past's own spread is a little too narrow."""


@dataclass(frozen=True, slots=True, eq=False)
class Forecast:
    """Expected values of the coming weeks: five arrays of length horizon, also as ``forecast["median"]``.

    Four of five weeks should lie from ``lower80`` to ``upper80``, 19 of 20 from ``lower95`` to
    ``upper95``. These are limits of single weeks: those of a sum of weeks are not their sum.
    """

    median: Floats
    lower80: Floats
    upper80: Floats
    lower95: Floats
    upper95: Floats

    def keys(self) -> Sequence[str]:
        """The names of the arrays, so that ``dict(forecast)`` works."""
        return [field.name for field in fields(self)]

    def __getitem__(self, name: str) -> Floats:
        if name not in self.keys():
            raise KeyError(name)
        return getattr(self, name)  # type: ignore[no-any-return]


def forecast(values: Any, horizon: int) -> Forecast:
    """Quantiles of the next ``horizon`` weeks from weekly values, oldest first.

    Raises SeriesTooShort below 26 weeks, SeriesInvalid for NaN, infinite or nested values and for a
    horizon below 1.
    """
    if isinstance(horizon, bool) or not isinstance(horizon, int | np.integer) or horizon < 1:
        raise SeriesInvalid(f"the horizon must be a whole number of weeks above 0, not {horizon!r}")
    series = checked(values)
    if len(series) < MINIMUM_WEEKS:
        raise SeriesTooShort("forecast", len(series), MINIMUM_WEEKS)
    tails80, tails95 = (1 - CENTRAL_80) / 2, (1 - CENTRAL_95) / 2
    levels = np.array([0.5, tails80, 1 - tails80, tails95, 1 - tails95])
    return Forecast(*(np.full(int(horizon), limit) for limit in weighted_quantiles(series, levels)))


def weighted_quantiles(series: Floats, levels: Floats) -> Floats:
    """The levels' quantiles of the last 260 values, each weighing ``0.5 ** (age / 13)``.

    Sorted, value i stands at the middle of its own weight, ``(C_i - w_i / 2) / C_n`` with C the
    running sum of the weights; between two values one interpolates, outside them the outer one holds.
    Equal values stay apart, older first.
    """
    recent = series[-WINDOW_WEEKS:]
    age = np.arange(len(recent) - 1, -1, -1)
    order = np.argsort(recent, kind="stable")
    weights = (0.5 ** (age / HALF_LIFE_WEEKS))[order]
    running = np.cumsum(weights)
    return np.interp(levels, (running - weights / 2) / running[-1], recent[order])


def checked(values: Any) -> Floats:
    """The values as one row of floats; raises SeriesInvalid where they are anything else."""
    try:
        series = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SeriesInvalid("the values must be numbers, one a week") from error
    if series.ndim != 1:
        raise SeriesInvalid(f"the values must be one row of numbers, not {series.ndim} dimensions")
    broken = np.flatnonzero(~np.isfinite(series))
    if len(broken):
        raise SeriesInvalid(f"value {int(broken[0]) + 1} of {len(series)} is {series[broken[0]]}, not finite")
    return series
