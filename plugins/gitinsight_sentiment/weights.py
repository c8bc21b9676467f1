"""The trained weights: a table of keys in a small file, and what it says of texts.

The file is one line of JSON (how many keys, the scale, the prior), then the sorted keys as unsigned
64-bit numbers, then for each key two bytes: how much it speaks for negative and for positive, against
neutral. All numbers are little-endian. Scale and prior are those of the calibration.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import lru_cache
from importlib.resources import files
from typing import Any

import numpy as np

FILE = "model.bin"
SIDES = ("negative", "positive")
"""What the two weights of a key speak for."""
_LARGEST = 127
_BUCKET_BITS = 17
_SHIFT = np.uint64(64 - _BUCKET_BITS)
_KEY_BYTES, _STEP_BYTES = 8, 2

Array = Any
"""A numpy array; shapes are given where they matter."""


class Weights:
    """What each key says: ``steps`` (keys x 2) of ``scale`` each; ``prior`` (2) is of no key at all.

    Keys are hashes and so evenly spread: the highest bits of one tell nearly where it stands in order.
    """

    def __init__(self, keys: Array, steps: Array, scale: float, prior: Sequence[float]) -> None:
        self.keys = np.asarray(keys, dtype="<u8")
        self.steps = np.asarray(steps, dtype=np.int8).reshape(-1, 2)
        self.scale = float(scale)
        self.prior = tuple(float(value) for value in prior)
        starts = np.searchsorted(self.keys >> _SHIFT, np.arange(2**_BUCKET_BITS + 1))
        self._starts = starts.astype(np.int32)

    def probabilities(self, asked: Array, owners: Array, texts: int) -> list[tuple[float, float, float]]:
        """How likely developers would call each of so many texts negative, neutral and positive.

        ``asked`` are the keys of all, ``owners`` the place of the text that each is from; what a text
        repeats counts once.
        """
        rows, places = self._found(np.asarray(asked, dtype="<u8"))
        # Sorting is several times as fast as numpy's unique.
        found = np.sort(owners[places] * len(self.keys) + rows)
        once = found[np.diff(found, prepend=-1) > 0]
        text_of, rows = np.divmod(once, max(len(self.keys), 1))
        odds = np.stack(
            [
                np.bincount(text_of, weights=self.steps[rows, side], minlength=texts) * self.scale
                + self.prior[side]
                for side in (0, 1)
            ],
            axis=1,
        )
        odds = np.insert(odds, 1, 0.0, axis=1)
        parts = np.exp(odds - odds.max(axis=1, keepdims=True))
        shares: list[tuple[float, float, float]] = (parts / parts.sum(axis=1, keepdims=True)).tolist()
        return shares

    def of(self, keys: Array) -> Array:
        """What each key says (keys x 2, in the order of ``SIDES``), as logarithmic odds against neutral."""
        found = np.zeros((len(keys), len(SIDES)))
        rows, places = self._found(keys)
        found[places] = self.steps[rows] * self.scale
        return found

    def _found(self, asked: Array) -> tuple[Array, Array]:
        """The rows of the table with the keys that it holds, and these keys' places in ``asked``."""
        buckets = (asked >> _SHIFT).astype(np.int64)
        ends, at = self._starts[buckets + 1], self._starts[buckets]
        places = np.flatnonzero(at < ends)
        rows_found, places_found = [places[:0]], [places[:0]]
        while len(places):
            rows = at[places]
            hits = self.keys[rows] == asked[places]
            rows_found.append(rows[hits])
            places_found.append(places[hits])
            at[places] += 1
            places = places[~hits]
            places = places[at[places] < ends[places]]
        return np.concatenate(rows_found), np.concatenate(places_found)

    def to_bytes(self) -> bytes:
        """The content of a weights file."""
        header = json.dumps({"keys": len(self.keys), "scale": self.scale, "prior": self.prior}).encode()
        return header + b"\n" + self.keys.tobytes() + self.steps.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Weights:
        """The weights of ``to_bytes``; ValueError where the content is cut or of another kind."""
        line, _, rest = content.partition(b"\n")
        header = json.loads(line)
        count = int(header["keys"])
        expected = count * (_KEY_BYTES + _STEP_BYTES)
        if len(rest) != expected:
            raise ValueError(f"a weights file of {count} keys has {expected} bytes, not {len(rest)}")
        keys = np.frombuffer(rest, dtype="<u8", count=count)
        steps = np.frombuffer(rest, dtype=np.int8, offset=count * _KEY_BYTES)
        return cls(keys, steps, header["scale"], header["prior"])


def in_steps(weights: Array) -> tuple[Array, float]:
    """Weights (keys x 2) in whole steps from -127 to 127, and what one step is worth."""
    weights = np.asarray(weights, dtype=float)
    scale = float(np.abs(weights).max(initial=0.0)) / _LARGEST or 1.0
    return np.round(weights / scale).astype(np.int8), scale


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that travel with the plugin."""
    return Weights.from_bytes((files("gitinsight_sentiment") / FILE).read_bytes())
