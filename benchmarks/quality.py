"""Parsing beside the tools it follows: ``make bench-quality BENCH_ARGS="[--json] PATH ..."``.

Over the files at HEAD of each repository: CPU seconds per MB of source, ours (of all figures, of those
alone that lizard has too, and of the syntax tree, the floor) beside lizard's on the same files; and for
each oracle how many of its functions we find and how many of these agree. What does not agree is
counted by the rule that explains it; a function that no rule explains is listed.
"""

from __future__ import annotations

import argparse
import gc
import json
import math
import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from benchmarks import alike, differences, oracles
from benchmarks.oracles import Known
from benchmarks.sources import Source, sources_of
from gitinsight_quality.functions import Function
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
SHOWN_UNEXPLAINED = 10
RECURSION_LIMIT = 50_000

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


@dataclass(slots=True)
class Agreement:
    """Of ``known`` functions of an oracle, ``found`` are ours too and ``equal`` of these agree in the figure."""

    oracle: str
    language: str
    known: int = 0
    found: int = 0
    equal: int = 0
    rules: Counter[str] = field(default_factory=Counter)
    unexplained: list[str] = field(default_factory=list)


def main() -> None:
    """Print the tables, or one JSON document."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.quality", description=__doc__)
    parser.add_argument("repositories", nargs="*", type=Path, metavar="PATH", help="by default this one")
    parser.add_argument("--json", action="store_true", help="one JSON document instead of tables")
    parser.add_argument("--language", action="append", help="only this language; may be repeated")
    parser.add_argument("--no-lizard", action="store_true", help="leave out the slow tool")
    chosen = parser.parse_args()
    # The tools that walk Python's own trees recurse, deeper on some files than Python lets them.
    sys.setrecursionlimit(RECURSION_LIMIT)
    results = [
        _measure(path, chosen.language or [], with_lizard=not chosen.no_lizard)
        for path in chosen.repositories or [Path.cwd()]
    ]
    if chosen.json:
        print(json.dumps([_plain(*result) for result in results], indent=1))
        return
    for result in results:
        _print(*result)


def _measure(
    path: Path, only: Sequence[str], *, with_lizard: bool
) -> tuple[Path, list[Speed], list[Agreement]]:
    speeds, agreements = [], []
    for language, sources in sorted(sources_of(path, ENDINGS).items()):
        if only and language not in only:
            continue
        parser = load(language).parser
        measures, ours = _timed(
            lambda one, name=language: measure_text(one.content, name, TIME_LIMIT_SECONDS), sources
        )
        kept = [
            (source, measure)
            for source, measure in zip(sources, measures, strict=True)
            if not (measure.skipped or measure.unparsed)
        ]
        readable = [source for source, _ in kept]
        read = alike.reader(language, math.inf)
        _, reduced = _timed(lambda one, read=read: read(as_utf8(one.content)), readable)
        _, trees = _timed(lambda one, parser=parser: parser.parse(as_utf8(one.content)), readable)
        megabytes = sum(len(source.content) for source in sources) / 1e6
        theirs = 0.0
        if with_lizard:
            ending = ENDINGS[language]
            known, theirs = _timed(lambda one, end=ending: oracles.lizard_functions(one, end), sources)
            by_path = {source.path: functions for source, functions in zip(sources, known, strict=True)}
            if language != "Python":
                agreements.append(
                    _agreement("lizard", language, kept, lambda one, all=by_path: all[one.path])
                )
        per_mb = (seconds / megabytes for seconds in (ours, reduced, trees, theirs))
        speeds.append(Speed(language, len(sources), megabytes, *per_mb))
        if language == "Python":
            agreements += [
                _agreement(name, language, kept, oracle) for name, oracle in oracles.PYTHON.items()
            ]
    return path, speeds, agreements


def _timed(work: Callable[[Source], Result], sources: Sequence[Source]) -> tuple[list[Result], float]:
    gc.collect()
    begun = time.process_time()
    done = [work(source) for source in sources]
    return done, time.process_time() - begun


def _agreement(
    oracle: str,
    language: str,
    measured: Sequence[tuple[Source, Measure]],
    known_of: Callable[[Source], Sequence[Known]],
) -> Agreement:
    result = Agreement(oracle, language)
    figure = "cyclomatic" if oracle in ("lizard", "radon") else "cognitive"
    for source, measure in measured:
        by_line: dict[int, list[Function]] = {}
        for function in measure.functions:
            by_line.setdefault(function.start_line, []).append(function)
        for known in known_of(source):
            result.known += 1
            ours = _take(by_line.get(known.start_line, []), known)
            if ours is not None:
                result.found += 1
                if getattr(ours, figure) == known.value:
                    result.equal += 1
                    continue
            rule = differences.rule(oracle, language, source, known, ours, measure.functions)
            if rule:
                result.rules[rule] += 1
            else:
                place = f"{source.path}:{known.start_line} {known.name}"
                figures = f"{known.value}, ours {getattr(ours, figure)}" if ours else "not found"
                result.unexplained.append(f"{place}: {figures}")
    return result


def _take(candidates: list[Function], known: Known) -> Function | None:
    """Of the functions that begin on a line the one that an oracle means: it ends where that does, or bears its name."""
    if not candidates:
        return None
    name = known.name.rsplit(".", 1)[-1].rsplit("::", 1)[-1]
    best = min(
        candidates,
        key=lambda one: (
            not one.name.endswith(name),
            one.end_line != known.end_line,
            abs(one.cyclomatic - known.value),
        ),
    )
    candidates.remove(best)
    return best


def _plain(path: Path, speeds: Sequence[Speed], agreements: Sequence[Agreement]) -> dict[str, Any]:
    return {
        "repository": str(path),
        "speed": [
            {**asdict(one), "factor": one.factor, "alike": one.alike, "limit": one.limit} for one in speeds
        ],
        "agreement": [asdict(one) for one in agreements],
    }


def _print(path: Path, speeds: Sequence[Speed], agreements: Sequence[Agreement]) -> None:
    print(f"\n{path}")
    print(
        f"{'CPU s per MB':<14}{'files':>7}{'MB':>8}{'ours':>8}{'alike':>8}{'tree':>8}{'lizard':>9}"
        f"{'factor':>9}{'alike':>9}{'limit':>9}"
    )
    for one in speeds:
        print(
            f"{one.language:<14}{one.files:>7,}{one.megabytes:>8.2f}{one.ours_per_mb:>8.3f}"
            f"{one.alike_per_mb:>8.3f}{one.tree_per_mb:>8.3f}{one.lizard_per_mb:>9.2f}"
            f"{one.factor:>8.1f}x{one.alike:>8.1f}x{one.limit:>8.1f}x"
        )
    print(f"{'agreement':<14}{'oracle':<22}{'functions':>10}{'found':>9}{'equal':>9}  the rest by rule")
    for result in agreements:
        found, equal = _percent(result.found, result.known), _percent(result.equal, result.found)
        rules = ", ".join(f"{rule} {count}" for rule, count in result.rules.most_common())
        rest = f"{rules or '-'}" + (f"; unexplained {len(result.unexplained)}" if result.unexplained else "")
        print(f"{result.language:<14}{result.oracle:<22}{result.known:>10,}{found:>9}{equal:>9}  {rest}")
        for line in result.unexplained[:SHOWN_UNEXPLAINED]:
            print(f"    {line}")


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.2f} %" if whole else "-"


if __name__ == "__main__":
    main()
