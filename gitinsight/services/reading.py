"""From a mirror to history files: the commits first, then their changes from the newest backwards.

What has been read is stored as it comes, in segments that are flushes of git's output. A reading that
was stopped or killed goes on where the stored segments end, and one after new commits, or after a
branch was rewritten, reads only what no segment has.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

import polars as pl

from gitinsight.git.headers import RAW_COMMITS, stream_commits
from gitinsight.git.log import reachable
from gitinsight.git.numstat import RAW_CHANGES, stream_changes
from gitinsight.store.segments import Kind, Segments

Tell = Callable[[int, int], None]
Stored = Callable[["Reach"], None]

_FIRST_FLUSH_SECONDS = 2.0
_LAST_FLUSH_SECONDS = 30.0
_MOST_ROWS = 200_000
_MOST_TEXT_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the stored changes go: every change committed after ``since`` is there.

    ``since`` is None where all are; ``done`` and ``total`` count the commits of this reading.
    """

    since: datetime | None
    done: int = 0
    total: int = 0


def store_commits(git_dir: Path, segments: Segments, head: str, tell: Tell) -> int:
    """Store the ancestors of head that are not stored yet; how many ancestors there are, itself included."""
    commits = reachable(git_dir, head)
    known = segments.known(Kind.COMMITS)
    missing = [commit for commit in commits if commit not in known]
    held: list[pl.DataFrame] = []
    done = 0
    for frame in stream_commits(git_dir, missing):
        held.append(frame)
        done += frame.height
        tell(done, len(missing))
        if sum(part.estimated_size() for part in held) >= _MOST_TEXT_BYTES or done == len(missing):
            rows = pl.concat([RAW_COMMITS.to_frame(), *held])
            segments.append(Kind.COMMITS, rows, rows["commit"].to_list())
            held.clear()
    return len(commits)


def unread_changes(git_dir: Path, segments: Segments, head: str) -> pl.DataFrame:
    """``commit, committed_at`` of the ancestors of head whose changes are not stored, newest first.

    The commits must have been stored. Merges have no changes of their own and are never among them.
    """
    ancestors = pl.LazyFrame({"commit": reachable(git_dir, head)}, schema={"commit": pl.String})
    stored = pl.LazyFrame({"commit": list(segments.known(Kind.CHANGES))}, schema={"commit": pl.String})
    return (
        segments.scan(Kind.COMMITS)
        .filter(pl.col("parents").list.len() < 2)
        .select("commit", "committed_at")
        .join(ancestors, on="commit", how="semi")
        .join(stored, on="commit", how="anti")
        .sort("committed_at", "commit", descending=True)
        .collect()
    )


def reach_of(git_dir: Path, segments: Segments, head: str) -> Reach:
    """How far the stored changes of head's history go."""
    unread = unread_changes(git_dir, segments, head)
    return Reach(_place(unread, 0), 0, unread.height)


def has_commits(git_dir: Path, segments: Segments, head: str) -> bool:
    """Whether the commits of head's history are all stored."""
    return set(reachable(git_dir, head)) <= segments.known(Kind.COMMITS)


def store_changes(git_dir: Path, segments: Segments, head: str, tell: Tell, stored: Stored) -> None:
    """Store the changes that are not stored yet, from the newest backwards.

    ``stored`` is called after each segment with how far the changes go then, the last time with None
    for ``since``; what it or ``tell`` raises ends the reading, and what was stored stays.
    """
    unread = unread_changes(git_dir, segments, head)
    flush = _Flush(segments, unread, stored)
    with closing(stream_changes(git_dir, unread["commit"].to_list())) as batches:
        for places, rows in batches:
            flush.take(places, rows)
            tell(flush.done, unread.height)
    flush.write()


def _place(unread: pl.DataFrame, frontier: int) -> datetime | None:
    """When the first commit at or behind the frontier was committed, None behind the last."""
    if frontier >= unread.height:
        return None
    at: datetime = unread["committed_at"][frontier]
    return at


@dataclass
class _Flush:
    """What has been read and is not stored yet, and when to store it: seldom, but ever less seldom at first."""

    segments: Segments
    unread: pl.DataFrame
    stored: Stored
    done: int = 0
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _places: list[range] = field(default_factory=list)
    _gaps: set[int] = field(default_factory=set)
    _frontier: int = 0
    _written: float = field(default_factory=time.monotonic)
    _pause: float = _FIRST_FLUSH_SECONDS

    def take(self, places: range, rows: pl.DataFrame) -> None:
        self._frames.append(rows)
        self._places.append(places)
        self.done += len(places)
        is_due = time.monotonic() - self._written >= self._pause
        if is_due or sum(frame.height for frame in self._frames) >= _MOST_ROWS:
            self.write()

    def write(self) -> None:
        """Store what is held as one segment, and say how far back that goes."""
        commits = self._taken()
        rows = pl.concat([RAW_CHANGES.to_frame(), *self._frames])
        self.segments.append(Kind.CHANGES, rows, commits)
        self._frames.clear()
        self._places.clear()
        self._pause = min(2 * self._pause, _LAST_FLUSH_SECONDS)
        self._written = time.monotonic()
        self.stored(Reach(_place(self.unread, self._frontier), self.done, self.unread.height))

    def _taken(self) -> Sequence[str]:
        """The commits of the batches that are held; batches ahead of an unfinished one leave a gap before them."""
        commits: list[str] = []
        for places in self._places:
            self._gaps.update(places)
            commits += self.unread["commit"][places.start : places.stop].to_list()
        while self._frontier in self._gaps:
            self._gaps.remove(self._frontier)
            self._frontier += 1
        return commits
