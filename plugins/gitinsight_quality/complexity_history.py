"""How the complexity and the size of the hottest files went, as they stood on the main line.

The five years before head, or the time since the first commit where that is less, are cut into 24 equal
spans of a day at least; a file is read as of the last first-parent commit of each. It is looked for under
each name that it ever had, the newest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind, History
from gitinsight_quality.files import File
from gitinsight_quality.mainline import main_line
from gitinsight_quality.measuring import Measure
from gitinsight_quality.metrics import IDS
from gitinsight_quality.versions import measures_of

TOP_FILES = 4
POINTS = 24
YEARS = timedelta(days=5 * 365)
MAX_LINES = 100_000
"""So many lines are parsed at most, in equal parts for each file; what one leaves the next ones have."""


class Step(NamedTuple):
    """A file as it stood at a moment: the sum of its functions' cyclomatic complexities, lines of code."""

    at: datetime
    complexity: int
    code: int


def artifacts(history: History, files: Sequence[File], time_limit_seconds: float) -> Iterator[Artifact]:
    """A chart for each of the first files that stood at two moments at least."""
    told = steps_of(history, files[:TOP_FILES], time_limit_seconds)
    for number, (file, steps) in enumerate(told, start=1):
        if len(steps) > 1:
            yield _chart(number, file, steps)


def steps_of(
    history: History, files: Sequence[File], time_limit_seconds: float
) -> Iterator[tuple[File, Sequence[Step]]]:
    """Each file's steps, oldest first, without moments at which it could not be parsed."""
    moments = sampled(history)
    names = _names(history, [file.path for file in files])
    places = [(commit, name) for file in files for commit in moments for name in names[file.path]]
    blobs = dict(zip(places, history.blob_ids(places), strict=True))
    left = MAX_LINES
    for before, file in enumerate(files):
        stood = [
            (at, blob)
            for commit, at in moments.items()
            if (blob := next(filter(None, (blobs[commit, name] for name in names[file.path])), None))
        ]
        stood = _thinned(stood, left // (len(files) - before) // max(1, file.lines.total))
        wanted = list(dict.fromkeys(blob for _, blob in stood))
        left -= len(wanted) * file.lines.total
        measures = measures_of(history, wanted, file.language, time_limit_seconds)
        yield file, [_step(at, measures[blob]) for at, blob in stood if _is_parsed(measures[blob])]


def _thinned(stood: list[tuple[datetime, str]], contents: int) -> list[tuple[datetime, str]]:
    """Every n-th moment counted from the newest, with the smallest n that leaves so few contents to read."""
    for every in range(1, len(stood) + 1):
        kept = stood[::-1][::every]
        if len({blob for _, blob in kept}) <= contents:
            return kept[::-1]
    return []


def _is_parsed(measure: Measure) -> bool:
    return not (measure.skipped or measure.unparsed)


def _step(at: datetime, measure: Measure) -> Step:
    return Step(at, sum(function.cyclomatic for function in measure.functions), measure.lines.code)


def sampled(history: History) -> Mapping[str, datetime]:
    """At most ``POINTS`` first-parent commits with their times, oldest first; the last is head."""
    line = main_line(history)
    end = line[0][1]
    start = min(at for _, at in line if at >= end - YEARS)
    span = max((end - start) / POINTS, timedelta(days=1))
    newest: dict[int, tuple[str, datetime]] = {}
    for commit, at in line:
        if start <= at <= end:
            newest.setdefault(min(POINTS - 1, int((at - start) / span)), (commit, at))
    return dict(sorted(newest.values(), key=lambda one: one[1]))


def _names(history: History, paths: Sequence[str]) -> Mapping[str, Sequence[str]]:
    """All names that each file had, the newest first."""
    rows = history.changes.filter(pl.col("file").is_in(paths)).select("file", "path", "old_path").rows()
    names: dict[str, dict[str, None]] = {path: {path: None} for path in paths}
    for file, path, old in reversed(rows):
        names[file].update({path: None} | ({old: None} if old else {}))
    return {path: list(own) for path, own in names.items()}


def _chart(number: int, file: File, steps: Sequence[Step]) -> Artifact:
    series = [
        ("Lines of code", [[step.at.date().isoformat(), step.code] for step in steps]),
        ("Complexity", [[step.at.date().isoformat(), step.complexity] for step in steps]),
    ]
    content = {
        "unit": "",
        "series": [{"name": name, "shape": "line", "points": points} for name, points in series],
    }
    return Artifact(
        f"complexity_history:{number}",
        ArtifactKind.CHART,
        f"Complexity of {file.path}: {_told(steps)}",
        content,
        IDS["quality.hotspots"],
    )


def _told(steps: Sequence[Step]) -> str:
    """``312, up from 290 in March 2021``."""
    first, last = steps[0], steps[-1]
    if first.complexity == last.complexity:
        return f"{last.complexity:,} as in {first.at:%B %Y}"
    way = "up" if last.complexity > first.complexity else "down"
    return f"{last.complexity:,}, {way} from {first.complexity:,} in {first.at:%B %Y}"
