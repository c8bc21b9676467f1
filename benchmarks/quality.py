"""Parsing beside the tools it follows: ``make bench-quality BENCH_ARGS="[--json] PATH ..."``.

Over the files at HEAD of each repository: CPU seconds per MB of source, ours (of all figures, of those
alone that lizard has too, and of the syntax tree, the floor) beside lizard's on the same files; and for
each oracle how many of its functions we find and how many of these agree. What does not agree is
counted by the rule that explains it; a function that no rule explains is listed.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from benchmarks import differences, oracles
from benchmarks.oracles import Known
from benchmarks.sources import Source, sources_of
from benchmarks.speeds import ENDINGS, Speed, time_beside
from gitinsight_quality.functions import Function
from gitinsight_quality.measuring import Measure

SHOWN_UNEXPLAINED = 10
RECURSION_LIMIT = 50_000


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
    results = []
    for path in chosen.repositories or [Path.cwd()]:
        result = _measure(path, chosen.language or [], with_lizard=not chosen.no_lizard)
        results.append(result)
        if not chosen.json:
            _print(*result)
    if chosen.json:
        print(json.dumps([_plain(*result) for result in results], indent=1))


def _measure(
    path: Path, only: Sequence[str], *, with_lizard: bool
) -> tuple[Path, list[Speed], list[Agreement]]:
    speeds, agreements = [], []
    for language, sources in sorted(sources_of(path, ENDINGS).items()):
        if only and language not in only:
            continue
        speed, measures, known = time_beside(language, sources, with_lizard=with_lizard)
        speeds.append(speed)
        kept = [
            (source, measure)
            for source, measure in zip(sources, measures, strict=True)
            if not (measure.skipped or measure.unparsed)
        ]
        if language == "Python":
            agreements += [
                _agreement(name, language, kept, oracle) for name, oracle in oracles.PYTHON.items()
            ]
        elif with_lizard:
            by_path = {source.path: functions for source, functions in zip(sources, known, strict=True)}
            agreements.append(_agreement("lizard", language, kept, lambda one, all=by_path: all[one.path]))
    return path, speeds, agreements


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
