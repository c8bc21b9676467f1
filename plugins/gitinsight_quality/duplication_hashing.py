"""The hash of any stretch of tokens in one step, by a polynomial modulo 2 ** 64 over prefixes.

Tokens come as random-looking numbers of 64 bits, so that by chance two stretches hardly ever share a hash; a text
made for it can achieve that, which is why whoever uses a hash compares what it found.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Words = npt.NDArray[np.uint64]
Places = npt.NDArray[np.int64]

_BASE = 0x9E3779B97F4A7C15
_INVERSE = pow(_BASE, -1, 1 << 64)


class HashedRow:
    """The tokens of all texts in a row, with what the hash of any stretch is worked out from."""

    def __init__(self, hashes: Words, stops: Places) -> None:
        self.hashes = hashes
        self.stops = stops
        self._prefix = np.zeros(len(hashes) + 1, np.uint64)
        np.cumsum(hashes * _powers(_BASE, len(hashes)), out=self._prefix[1:])
        self._inverse = _powers(_INVERSE, len(hashes))

    def hash_of(self, places: Places, lengths: Places) -> Words:
        """The hash of each stretch; equal stretches have equal ones wherever they stand."""
        return np.asarray((self._prefix[places + lengths] - self._prefix[places]) * self._inverse[places])

    def are_alike(self, places: Places, others: Places, lengths: Places) -> npt.NDArray[np.bool_]:
        """Whether the stretches at each two places have the same hash; empty ones have."""
        # A place may be the end of all texts, from where on nothing is left but an empty stretch.
        last = len(self.hashes) - 1
        hashes = [
            (self._prefix[some + lengths] - self._prefix[some]) * self._inverse[np.minimum(some, last)]
            for some in (places, others)
        ]
        return np.asarray(hashes[0] == hashes[1])

    def windows(self, length: int) -> Words:
        """The hash of the stretch that begins at each place, for as long as it fits."""
        return np.asarray(
            (self._prefix[length:] - self._prefix[:-length]) * self._inverse[: 1 - length or None]
        )

    def room_before(self, places: Places) -> Places:
        """How many tokens of its own text stand before each place."""
        starts = np.concatenate([np.zeros(1, np.int64), self.stops])
        return np.asarray(places - starts[np.searchsorted(self.stops, places, "right")])

    def room_behind(self, places: Places) -> Places:
        """How many tokens its own text has from each place on."""
        return np.asarray(self.stops[np.searchsorted(self.stops, places, "right")] - places)

    def fits(self, window: int) -> npt.NDArray[np.bool_]:
        """Whether the window that begins at each place ends within its text."""
        mask = np.ones(len(self.hashes) - window + 1, bool)
        for stop in self.stops.tolist():
            mask[max(0, stop - window + 1) : stop] = False
        return mask


def _powers(base: int, count: int) -> Words:
    powers = np.full(count, base, np.uint64)
    powers[:1] = 1
    return np.cumprod(powers, out=powers)
