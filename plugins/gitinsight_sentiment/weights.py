"""The trained weights: a table of keys in a small file, and what it says of a text.

The file is one line of JSON (how many keys, the scale, the prior), then the sorted keys as unsigned
64-bit numbers, then for each key two bytes: how much it speaks for negative and for positive, against
neutral. All numbers are little-endian. Scale and prior are those of the calibration.
"""

from __future__ import annotations

import json
import math
import sys
from array import array
from collections.abc import Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files

FILE = "model.bin"
_LARGEST = 127


@dataclass(frozen=True, slots=True)
class Weights:
    """``table`` has for each key its two steps; a step is worth ``scale``; ``prior`` is of no key at all."""

    table: Mapping[int, tuple[int, int]]
    scale: float
    prior: tuple[float, float]

    def probabilities(self, keys: Set[int]) -> dict[str, float]:
        """How likely a developer would call a text with these keys each label; they sum to 1."""
        negative = positive = 0
        table = self.table
        for key in keys & table.keys():
            to_negative, to_positive = table[key]
            negative += to_negative
            positive += to_positive
        odds = (self.prior[0] + self.scale * negative, 0.0, self.prior[1] + self.scale * positive)
        highest = max(odds)
        parts = [math.exp(odd - highest) for odd in odds]
        total = sum(parts)
        return dict(zip(("negative", "neutral", "positive"), (part / total for part in parts), strict=True))

    def to_bytes(self) -> bytes:
        """The content of a weights file."""
        ordered = sorted(self.table)
        header = json.dumps({"keys": len(ordered), "scale": self.scale, "prior": self.prior}).encode()
        steps = array("b", (step for key in ordered for step in self.table[key]))
        return header + b"\n" + _little_endian(array("Q", ordered)).tobytes() + steps.tobytes()

    @classmethod
    def from_bytes(cls, content: bytes) -> Weights:
        """The weights of ``to_bytes``; ValueError where the content is cut or of another kind."""
        line, _, rest = content.partition(b"\n")
        header = json.loads(line)
        count = int(header["keys"])
        if len(rest) != 10 * count:
            raise ValueError(f"a weights file of {count} keys has {10 * count} bytes, not {len(rest)}")
        ordered = array("Q", rest[: 8 * count])
        steps = array("b", rest[8 * count :])
        pairs = zip(steps[::2], steps[1::2], strict=True)
        negative, positive = header["prior"]
        table = dict(zip(_little_endian(ordered), pairs, strict=True))
        return cls(table, float(header["scale"]), (float(negative), float(positive)))


def in_steps(weights: Sequence[Sequence[float]]) -> tuple[list[tuple[int, int]], float]:
    """Weights as pairs of steps from -127 to 127, and what one step is worth."""
    largest = max((abs(value) for pair in weights for value in pair), default=0.0)
    scale = largest / _LARGEST or 1.0
    return [(round(negative / scale), round(positive / scale)) for negative, positive in weights], scale


def _little_endian(numbers: array[int]) -> array[int]:
    if sys.byteorder == "big":
        numbers = array(numbers.typecode, numbers)
        numbers.byteswap()
    return numbers


@lru_cache(maxsize=1)
def shipped() -> Weights:
    """The weights that travel with the plugin."""
    return Weights.from_bytes((files("gitinsight_sentiment") / FILE).read_bytes())
