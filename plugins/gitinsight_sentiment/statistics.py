"""How sure a share and a difference of two shares are."""

from __future__ import annotations

import math
from dataclasses import dataclass

_Z95 = 1.959964


@dataclass(frozen=True, slots=True)
class Share:
    """``count`` of ``total``; percentages are 0 to 100."""

    count: int
    total: int

    @property
    def percent(self) -> float | None:
        return 100 * self.count / self.total if self.total else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson score interval in percent (Wilson 1927); None for an empty total."""
        if not self.total:
            return None
        share, z2 = self.count / self.total, _Z95**2
        middle = share + z2 / (2 * self.total)
        spread = _Z95 * math.sqrt(share * (1 - share) / self.total + z2 / (4 * self.total**2))
        scale = 100 / (1 + z2 / self.total)
        return max(scale * (middle - spread), 0.0), min(scale * (middle + spread), 100.0)


def difference_p(one: Share, other: Share) -> float:
    """Two-sided p-value that two shares are equal, by Fisher's exact test (1922); 1 for an empty total."""
    marked = one.count + other.count
    low, high = max(0, marked - other.total), min(marked, one.total)
    weights = [_log_ways(one.total, k) + _log_ways(other.total, marked - k) for k in range(low, high + 1)]
    seen = weights[one.count - low]
    highest = max(weights)
    chances = [math.exp(weight - highest) for weight in weights]
    tolerance = 1e-7
    as_extreme = [
        chance for weight, chance in zip(weights, chances, strict=True) if weight <= seen + tolerance
    ]
    return min(math.fsum(as_extreme) / math.fsum(chances), 1.0)


def _log_ways(total: int, chosen: int) -> float:
    return math.lgamma(total + 1) - math.lgamma(chosen + 1) - math.lgamma(total - chosen + 1)
