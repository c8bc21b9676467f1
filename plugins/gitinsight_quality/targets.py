"""Where tidying up pays most: places in the code ranked by expected gain for the effort.

A place is a function, a class, a stretch or a file with all its deductions. Its gain is what these cost the
repository's health now, after scaling inside the caps; the gains of all places add up to ``10 - health``.
Where a category is over its cap, mending one place alone gives less than its share. The effort is the lines
one touches: the longest of its deductions' stretches, and of a large file what is beyond the limit, at least a
quarter of its code.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gitinsight_quality.deductions import CATEGORIES, Deduction
from gitinsight_quality.health import RepositoryHealth


@dataclass(frozen=True, slots=True)
class Target:
    """``gain`` is in points of the repository's health; ``deductions`` come most costly first."""

    path: str
    start_line: int
    end_line: int
    gain: float
    effort_lines: int
    deductions: Sequence[Deduction]

    @property
    def gain_per_line(self) -> float:
        """What the targets are ranked by."""
        return self.gain / self.effort_lines

    @property
    def reasons(self) -> str:
        """Its categories in words, most costly first."""
        return ", ".join(dict.fromkeys(CATEGORIES[one.rule].name for one in self.deductions))

    @property
    def fix(self) -> str:
        """What to do first."""
        return self.deductions[0].fix


def find_targets(health: RepositoryHealth) -> Sequence[Target]:
    """All places with a deduction, the highest gain for a line of effort first."""
    lines = health.code_lines
    places: dict[tuple[str, int, int], list[tuple[float, Deduction]]] = {}
    for file in health.files:
        for deduction, cost in zip(file.deductions, file.costs, strict=True):
            place = (file.path, deduction.start_line, deduction.end_line)
            places.setdefault(place, []).append((cost * file.code_lines / lines, deduction))
    targets = [
        Target(
            *place,
            gain=sum(gain for gain, _ in found),
            effort_lines=max(1, *(one.effort_lines for _, one in found)),
            deductions=[one for _, one in sorted(found, key=lambda pair: -pair[0])],
        )
        for place, found in places.items()
    ]
    return sorted(targets, key=lambda one: (-one.gain_per_line, one.path, one.start_line, one.end_line))
