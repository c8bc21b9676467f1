"""The forecast: weighted empirical quantiles of the last five years, with a short and a long memory (EWQ2).

The coming weeks are expected to fall where the weighted past fell. Four fifths of the weight fade with
a half-life of 10 weeks and follow the present level; one fifth fades with 52 weeks and remembers the
rare weeks that the limits need. The forecast is flat on purpose: over many repositories nothing that
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

MEMORIES = ((0.8, 10), (0.2, 52))
"""Share of the whole weight and half-life in weeks of the short and the long memory."""
WINDOW_WEEKS = 260
MINIMUM_WEEKS = 26
LONGEST_HORIZON_WEEKS = 520
LARGEST = 1e15
"""Above it neighbouring whole numbers can no longer be told apart safely."""

LEVELS = (0.5, 0.1, 0.9, 0.025, 0.975)
"""The median, and what the central 80 and 95 % lie between."""


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
    horizon that is no whole number from 1 to 520.
    """
    weeks = checked_horizon(horizon)
    series = checked(values)
    if len(series) < MINIMUM_WEEKS:
        raise SeriesTooShort("forecast", len(series), MINIMUM_WEEKS)
    recent = series[-WINDOW_WEEKS:]
    limits = weighted_quantiles(recent, recency(len(recent)), np.array(LEVELS))
    return Forecast(*(np.full(weeks, limit) for limit in limits))


def recency(weeks: int) -> Floats:
    """The weights of so many weeks, oldest first, that sum to 1: each memory's share of ``0.5 ** (age / half-life)``."""
    age = np.arange(weeks - 1, -1, -1)
    fading = [(share, 0.5 ** (age / half_life)) for share, half_life in MEMORIES]
    return np.sum([share * weight / weight.sum() for share, weight in fading], axis=0)  # type: ignore[no-any-return]


def weighted_quantiles(values: Floats, weights: Floats, levels: Floats) -> Floats:
    """The levels' quantiles of weighted values.

    Sorted, value i stands at the middle of its own weight, ``(C_i - w_i / 2) / C_n`` with C the
    running sum of the weights; between two values one interpolates, outside them the outer one holds.
    Equal values stay apart, older first.
    """
    order = np.argsort(values, kind="stable")
    sorted_weights = weights[order]
    running = np.cumsum(sorted_weights)
    return np.interp(levels, (running - sorted_weights / 2) / running[-1], values[order])


def checked_horizon(horizon: Any) -> int:
    """The horizon as a whole number of weeks; raises SeriesInvalid where it is none above 0 and up to 520."""
    whole = isinstance(horizon, int | np.integer) and not isinstance(horizon, bool)
    if not whole or not 1 <= horizon <= LONGEST_HORIZON_WEEKS:
        raise SeriesInvalid(
            f"the horizon must be a whole number of weeks from 1 to {LONGEST_HORIZON_WEEKS}, not {horizon!r}"
        )
    return int(horizon)


def checked(values: Any) -> Floats:
    """The values as one row of finite floats up to 1e15; raises SeriesInvalid where they are anything else."""
    try:
        series = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise SeriesInvalid("the values must be numbers, one a week") from error
    if series.ndim != 1:
        raise SeriesInvalid(f"the values must be one row of numbers, not {series.ndim} dimensions")
    broken = np.flatnonzero(~np.isfinite(series))
    if len(broken):
        raise SeriesInvalid(f"value {int(broken[0]) + 1} of {len(series)} is {series[broken[0]]}, not finite")
    if len(series) and np.abs(series).max() > LARGEST:
        raise SeriesInvalid(f"a value is {series[np.abs(series).argmax()]:g}: none may be larger than 1e15")
    return series
