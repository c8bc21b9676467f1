"""Code that stands in a repository more than once, token by token, in one file or across files.

Two stretches are copies where at least ``MIN_TOKENS`` tokens on at least ``MIN_LINES`` lines are equal;
white space and line ends do not matter, names and comments do. What is found is as long as it can be.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate

import numpy as np

from gitinsight.plugin import History, TreeFile
from gitinsight_quality.duplication_matching import Matches, match
from gitinsight_quality.files import File
from gitinsight_quality.tokens import Tokens, from_json, tokenizer

MIN_TOKENS = 50
MIN_LINES = 4
MAX_BYTES = 32_000_000
MAX_TOKENS = 8_000_000
"""Files beyond either are left out and counted, tests first, then by path: comparing takes about 60 bytes a token."""
MAX_DUPLICATES = 100
"""A file's longest stretches that are named; its duplicated lines are counted in full."""


@dataclass(frozen=True, slots=True)
class Source:
    """A file as duplication sees it; ``lines`` is how many it has."""

    path: str
    is_test: bool
    lines: int
    tokens: Tokens


@dataclass(frozen=True, slots=True, order=True)
class Copy:
    """Where a stretch stands; lines are 1-based and inclusive."""

    path: str
    start_line: int
    end_line: int

    @property
    def lines(self) -> int:
        """Lines from the first to the last."""
        return self.end_line - self.start_line + 1

    def __str__(self) -> str:
        return f"{self.path}:{self.start_line}-{self.end_line}"


@dataclass(frozen=True, slots=True)
class Group:
    """Equal stretches of so many tokens, in order of path and line; at least two."""

    tokens: int
    copies: Sequence[Copy]

    @property
    def saved_tokens(self) -> int:
        """Tokens that would go if one copy served all."""
        return self.tokens * (len(self.copies) - 1)


@dataclass(frozen=True, slots=True)
class Duplicate:
    """A stretch of a file that also stands at ``other``, and at ``copies`` places in all."""

    start_line: int
    end_line: int
    tokens: int
    other: Copy
    copies: int


@dataclass(frozen=True, slots=True)
class FileDuplication:
    """A file's lines that stand elsewhere too, as spans apart from each other, and its longest duplicates.

    Spans are first and last lines; both come in order of line.
    """

    is_test: bool
    lines: int
    spans: Sequence[tuple[int, int]] = ()
    duplicates: Sequence[Duplicate] = ()

    @property
    def duplicated(self) -> int:
        """How many lines stand elsewhere too."""
        return sum(last - first + 1 for first, last in self.spans)

    @property
    def share(self) -> float:
        """Duplicated lines / lines."""
        return self.duplicated / self.lines if self.lines else 0.0


@dataclass(frozen=True, slots=True)
class Duplication:
    """``groups`` come by what one copy would save, most first; ``files`` has every file compared.

    ``left_out`` counts files beyond ``MAX_BYTES`` or ``MAX_TOKENS``; ``is_cut`` says that there were too many pairs for all of
    them to be looked at, so that the numbers are lower bounds.
    """

    groups: Sequence[Group]
    files: Mapping[str, FileDuplication]
    left_out: int = 0
    is_cut: bool = False

    def share(self, is_test: bool | None = None) -> float | None:
        """The share of the lines that are duplicated, of all files or of one kind; None without lines."""
        files = [file for file in self.files.values() if is_test in (None, file.is_test)]
        lines = sum(file.lines for file in files)
        return sum(file.duplicated for file in files) / lines if lines else None


def duplication_of(history: History, files: Sequence[File]) -> Duplication:
    """The duplication of the code among measured files; blobs seen before cost their reading back only."""
    code = {file.path: file for file in files if file.is_code and file.lines.total}
    entries = [entry for entry in history.files() if entry.path in code]
    # Where there is too much, tests are the first to be left out.
    entries.sort(key=lambda entry: (code[entry.path].is_test, entry.path))
    sizes = accumulate(entry.size for entry in entries)
    kept = [entry for entry, size in zip(entries, sizes, strict=True) if size <= MAX_BYTES]
    return find_duplication(_read(history, kept, code), len(entries) - len(kept))


def _read(history: History, entries: Sequence[TreeFile], code: Mapping[str, File]) -> Sequence[Source]:
    wanted: dict[str, dict[str, list[File]]] = {}
    for entry in entries:
        file = code[entry.path]
        wanted.setdefault(file.language, {}).setdefault(entry.blob, []).append(file)
    sources = []
    for language, blobs in wanted.items():
        rows = history.cached_many(list(blobs), f"tokens {language}", tokenizer(language))
        for blob, row in rows:
            tokens = from_json(row)
            sources += [Source(file.path, file.is_test, file.lines.total, tokens) for file in blobs[blob]]
    return sorted(sources, key=lambda source: source.path)


def find_duplication(sources: Sequence[Source], left_out: int = 0) -> Duplication:
    """All copies among the sources, which come in order of path; ``left_out`` counts those not given."""
    counts = accumulate(len(source.tokens.hashes) for source in sources)
    kept = [source for source, count in zip(sources, counts, strict=True) if count <= MAX_TOKENS]
    row = _Row(kept)
    matches = match(row.hashes, row.stops, MIN_TOKENS)
    groups = sorted(
        _groups(row, matches), key=lambda group: (-group.saved_tokens, group.copies[0], group.tokens)
    )
    spans, duplicates = _spans(row, matches), _duplicates(groups)
    files = {
        source.path: FileDuplication(
            source.is_test, source.lines, spans.get(n, ()), duplicates.get(source.path, ())
        )
        for n, source in enumerate(kept)
    }
    return Duplication(groups, files, left_out + len(sources) - len(kept), matches.is_cut)


class _Row:
    """The sources' tokens in one row."""

    def __init__(self, sources: Sequence[Source]) -> None:
        empty = Tokens(np.zeros(0, np.uint64), np.zeros(0, np.int32), np.zeros(0, np.int32))
        tokens = [empty, *(source.tokens for source in sources)]
        self.sources = sources
        self.hashes = np.concatenate([one.hashes for one in tokens])
        self.first_lines = np.concatenate([one.first_lines for one in tokens])
        self.last_lines = np.concatenate([one.last_lines for one in tokens])
        self.stops = np.cumsum([len(one.hashes) for one in tokens[1:]], dtype=np.int64)

    def copy_at(self, place: int, length: int) -> Copy:
        source = self.sources[int(np.searchsorted(self.stops, place, "right"))]
        return Copy(source.path, int(self.first_lines[place]), int(self.last_lines[place + length - 1]))


def _groups(row: _Row, matches: Matches) -> Iterator[Group]:
    for length, places in matches.groups:
        found = [row.copy_at(place, length) for place in places]
        copies = sorted({copy for copy in found if copy.lines >= MIN_LINES})
        if len(copies) > 1:
            yield Group(length, copies)


def _spans(row: _Row, matches: Matches) -> Mapping[int, Sequence[tuple[int, int]]]:
    """The lines of each source, by its position, that belong to a pair; what touches is one span."""
    pairs = matches.pairs
    sides = [(place, place + pairs.length - 1) for place in (pairs.later, pairs.earlier)]
    lines = [(row.first_lines[first], row.last_lines[last]) for first, last in sides]
    is_long = np.logical_and(*(last - first + 1 >= MIN_LINES for first, last in lines))
    files = np.concatenate([np.searchsorted(row.stops, first[is_long], "right") for first, _ in sides])
    starts = np.concatenate([first[is_long] for first, _ in lines])
    ends = np.concatenate([last[is_long] for _, last in lines])
    order = np.lexsort((starts, files))
    found: dict[int, list[tuple[int, int]]] = {}
    for file, start, end in zip(*(part[order].tolist() for part in (files, starts, ends)), strict=True):
        spans = found.setdefault(file, [])
        if spans and start <= spans[-1][1] + 1:
            spans[-1] = (spans[-1][0], max(end, spans[-1][1]))
        else:
            spans.append((start, end))
    return found


def _duplicates(groups: Sequence[Group]) -> Mapping[str, Sequence[Duplicate]]:
    """Each file's longest duplicates, those left out that lie within a longer one."""
    by_file: dict[str, list[Duplicate]] = {}
    for group in sorted(groups, key=lambda group: (-group.tokens, group.copies[0])):
        for copy in group.copies:
            known = by_file.setdefault(copy.path, [])
            inside = any(one.start_line <= copy.start_line and copy.end_line <= one.end_line for one in known)
            if not inside and len(known) < MAX_DUPLICATES:
                other = next(one for one in group.copies if one != copy)
                known.append(
                    Duplicate(copy.start_line, copy.end_line, group.tokens, other, len(group.copies))
                )
    return {path: sorted(found, key=lambda one: one.start_line) for path, found in by_file.items()}
