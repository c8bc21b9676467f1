"""The code as it stood at past commits: what each content measures is remembered, so a month costs what changed.

A content is judged as health does for a file at head, but for duplication: that takes all files of a commit at
once.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from gitinsight.plugin import History
from gitinsight_quality.deductions import COMPLEX
from gitinsight_quality.files import File, sources_at
from gitinsight_quality.health import Band, band_of, facts_of, file_health
from gitinsight_quality.languages import MODULES
from gitinsight_quality.mainline import Moment
from gitinsight_quality.measuring import measure_text


class Judged(NamedTuple):
    """One content: lines of code, health without duplication, listed functions, complex ones among them."""

    code: int
    score: float
    functions: int
    complex: int


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The parsed files of a commit that have code, by path."""

    moment: Moment
    files: Mapping[str, Judged]

    @property
    def code(self) -> int:
        """Lines of code."""
        return sum(file.code for file in self.files.values())

    @property
    def health(self) -> float | None:
        """The mean health of the files weighted by their lines of code; None without code."""
        return sum(file.code * file.score for file in self.files.values()) / self.code if self.code else None

    @property
    def functions(self) -> int:
        return sum(file.functions for file in self.files.values())

    @property
    def complex_share(self) -> float | None:
        """Complex functions / functions."""
        return sum(file.complex for file in self.files.values()) / self.functions if self.functions else None

    def shares(self) -> Mapping[Band, float]:
        """The share of the lines of code in files of each band."""
        lines = dict.fromkeys(Band, 0)
        for file in self.files.values():
            lines[band_of(file.score)] += file.code
        return {band: count / self.code for band, count in lines.items()} if self.code else {}


class Snapshots:
    """Takes snapshots of a history, reading each content once."""

    def __init__(self, history: History, time_limit_seconds: float) -> None:
        self._history = history
        self._time_limit = time_limit_seconds
        self._judged: dict[tuple[str, str], Judged | None] = {}
        self.files_seen = 0

    @property
    def contents(self) -> int:
        """How many different contents were looked at."""
        return len(self._judged)

    def take(self, moments: Sequence[Moment], budget_seconds: float) -> Iterator[Snapshot]:
        """A snapshot of each moment, until the time is used up; there is always one."""
        deadline = time.monotonic() + budget_seconds
        for done, moment in enumerate(moments, start=1):
            yield self.at(moment)
            self._history.progress(done, len(moments))
            if time.monotonic() > deadline:
                return

    def at(self, moment: Moment) -> Snapshot:
        """The snapshot of one moment."""
        sources = [
            (path, language, blob)
            for path, language, blob in sources_at(self._history, moment.commit)
            if language in MODULES
        ]
        self._read(sources)
        self.files_seen += len(sources)
        judged = {path: self._judged[language, blob] for path, language, blob in sources}
        return Snapshot(moment, {path: file for path, file in judged.items() if file})

    def _read(self, sources: Sequence[tuple[str, str, str]]) -> None:
        wanted: dict[str, dict[str, None]] = {}
        for _, language, blob in sources:
            if (language, blob) not in self._judged:
                wanted.setdefault(language, {})[blob] = None
        for language, blobs in wanted.items():
            judge = _judge(language, self._time_limit)
            for blob, row in self._history.cached_many(list(blobs), f"judge {language}", judge):
                self._judged[language, blob] = Judged(*row) if row else None


def _judge(language: str, time_limit_seconds: float) -> Callable[[bytes], Any]:
    """What judges a content: a ``Judged`` as a list, or nothing where it has no code that could be parsed."""

    def judge(content: bytes) -> Any:
        file = File("", language, False, measure_text(content, language, time_limit_seconds))
        if not file.is_parsed or not file.lines.code:
            return None
        functions = file.functions
        hard = sum(function.cyclomatic > COMPLEX for function in functions)
        return [file.lines.code, file_health(facts_of(file)).score, len(functions), hard]

    return judge


def contributions(before: Snapshot, after: Snapshot) -> Sequence[tuple[str, float]]:
    """By how much each file moved the health between two snapshots, the largest first; they add up to the change.

    A file counts by how far it lies from the health before, so one that grows or comes moves it only as far as it is
    better or worse than the rest.
    """
    level = before.health
    if level is None or after.health is None:
        return []
    moved: dict[str, float] = {}
    for snapshot, sign in ((before, -1), (after, 1)):
        for path, file in snapshot.files.items():
            share = sign * file.code * (file.score - level) / snapshot.code
            moved[path] = moved.get(path, 0.0) + share
    return sorted(moved.items(), key=lambda one: (-abs(one[1]), one[0]))
