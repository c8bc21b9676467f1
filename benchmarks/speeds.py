"""CPU seconds of our measurements beside lizard's, batch by batch in turn, so that a busy machine slows all alike."""

from __future__ import annotations

import gc
import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from benchmarks import alike, oracles
from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.languages import load
from gitinsight_quality.measuring import Measure, as_utf8, measure_text

ENDINGS = {
    "C": "c",
    "C#": "cs",
    "C++": "cpp",
    "Go": "go",
    "Java": "java",
    "JavaScript": "js",
    "Kotlin": "kt",
    "PHP": "php",
    "Python": "py",
    "Ruby": "rb",
    "Rust": "rs",
    "Scala": "scala",
    "Swift": "swift",
    "TSX": "tsx",
    "TypeScript": "ts",
}
TIME_LIMIT_SECONDS = 30.0
BATCH_FILES = 50

Result = TypeVar("Result")


@dataclass(slots=True)
class Speed:
    """CPU seconds over the same files of a language; ``factor`` is how many times faster ours is.

    ``alike_per_mb`` is what ours takes for the figures that lizard has, and ``alike`` its factor.
    ``tree_per_mb`` is the share of ours that only makes the syntax trees and looks at no node: what
    tree-sitter's grammars cost any program. Without a lizard beside them all factors are 0.
    """

    language: str
    files: int
    megabytes: float
    ours_per_mb: float
    alike_per_mb: float
    tree_per_mb: float
    lizard_per_mb: float

    @property
    def factor(self) -> float:
        """Lizard's seconds for each of ours."""
        return self.lizard_per_mb / self.ours_per_mb if self.ours_per_mb else 0.0

    @property
    def alike(self) -> float:
        """The factor for the figures that lizard has too."""
        return self.lizard_per_mb / self.alike_per_mb if self.alike_per_mb else 0.0

    @property
    def limit(self) -> float:
        """The factor that could be reached if all but the trees cost nothing."""
        return self.lizard_per_mb / self.tree_per_mb if self.tree_per_mb else 0.0


def time_beside(
    language: str, sources: Sequence[Source], *, with_lizard: bool
) -> tuple[Speed, list[Measure], list[Sequence[Known]]]:
    """The speeds on some files, our measure of each and, with lizard, its functions of each."""
    parser, read, ending = load(language).parser, alike.reader(language, math.inf), ENDINGS[language]
    seconds: Counter[str] = Counter()
    measures: list[Measure] = []
    known: list[Sequence[Known]] = []

    def timed(name: str, work: Callable[[Source], Result], batch: Sequence[Source]) -> list[Result]:
        gc.collect()
        begun = time.process_time()
        done = [work(source) for source in batch]
        seconds[name] += time.process_time() - begun
        return done

    for first in range(0, len(sources), BATCH_FILES):
        batch = sources[first : first + BATCH_FILES]
        found = timed("ours", lambda one: measure_text(one.content, language, TIME_LIMIT_SECONDS), batch)
        measures += found
        pairs = zip(batch, found, strict=True)
        readable = [source for source, measure in pairs if not (measure.skipped or measure.unparsed)]
        timed("alike", lambda one: read(as_utf8(one.content)), readable)
        timed("tree", lambda one: parser.parse(as_utf8(one.content)), readable)
        if with_lizard:
            known += timed("lizard", lambda one: oracles.lizard_functions(one, ending), batch)
    megabytes = sum(len(source.content) for source in sources) / 1e6
    per_mb = (seconds[name] / megabytes for name in ("ours", "alike", "tree", "lizard"))
    return Speed(language, len(sources), megabytes, *per_mb), measures, known
