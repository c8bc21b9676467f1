"""From a mirror to history files: the commits first, then their changes from the newest backwards, and
where their lines come from when somebody asks for it.

What has been read is stored as it comes, in segments that are flushes of git's output. A reading that
was stopped or killed goes on where the stored segments end, and one after new commits, or after a
branch was rewritten, reads only what no segment has.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from pathlib import Path

import polars as pl

from gitinsight.git.headers import RAW_COMMITS, stream_commits
from gitinsight.git.hunks import RAW_HUNKS, stream_hunks
from gitinsight.git.log import ancestors
from gitinsight.git.numstat import RAW_CHANGES, stream_changes
from gitinsight.store.segments import Kind, Segments, without

Tell = Callable[[int, int], None]
Stored = Callable[["Reach"], None]

_FIRST_FLUSH_SECONDS = 2.0
_LAST_FLUSH_SECONDS = 30.0
_MOST_ROWS = 100_000
_MOST_TEXT_BYTES = 24 << 20


@dataclass(frozen=True, slots=True)
class Reach:
    """How far the stored changes go: every change committed after ``since`` is there.

    ``since`` is None where all are; ``done`` and ``total`` count the commits of this reading.
    """

    since: datetime | None
    done: int = 0
    total: int = 0


@dataclass(frozen=True)
class Reader:
    """The history of one commit of a mirror, and the segments that are to hold it."""

    git_dir: Path
    segments: Segments
    head: str

    @cached_property
    def ancestors(self) -> pl.Series:
        """The ids of head and its ancestors, oldest first; git is asked once."""
        return ancestors(self.git_dir, self.head)

    def unread_commits(self) -> pl.Series:
        """The ancestors that are not stored, oldest first."""
        return without(self.ancestors, self.segments.known(Kind.COMMITS))

    def unread_changes(self) -> pl.DataFrame:
        """``commit, committed_at`` of the ancestors whose changes are not stored, newest first.

        The commits must have been stored. Merges have no changes of their own and are never among them.
        """
        stored = self.segments.known(Kind.CHANGES).to_frame()
        missing = (
            self.segments.scan(Kind.COMMITS)
            .filter(pl.col("parents").list.len() < 2)
            .select("commit", "committed_at")
            .join(stored.lazy(), on="commit", how="anti")
            .collect()
        )
        if missing.is_empty():
            return missing
        mine = missing.join(self.ancestors.to_frame(), on="commit", how="semi")
        return mine.sort("committed_at", "commit", descending=True)

    def reach(self) -> Reach:
        """How far the stored changes go."""
        unread = self.unread_changes()
        return Reach(_committed_at(unread, 0), 0, unread.height)

    def store_commits(self, tell: Tell) -> int:
        """Store the commits that are not stored yet; how many commits the history has."""
        unread = self.unread_commits()
        held: list[pl.DataFrame] = []
        done = 0
        for frame in stream_commits(self.git_dir, unread.to_list()):
            held.append(frame)
            done += frame.height
            tell(done, len(unread))
            if sum(part.estimated_size() for part in held) >= _MOST_TEXT_BYTES or done == len(unread):
                rows = pl.concat([RAW_COMMITS.to_frame(), *held])
                held.clear()
                self.segments.append(Kind.COMMITS, rows, rows["commit"])
        return len(self.ancestors)

    def store_changes(self, tell: Tell, stored: Stored) -> None:
        """Store the changes that are not stored yet, from the newest backwards.

        ``stored`` is called after each segment with how far the changes go then, the last time with None
        for ``since``; what it or ``tell`` raises ends the reading, and what was stored stays.
        """
        unread = self.unread_changes()
        flush = _Flush(self.segments, unread, stored)
        with closing(stream_changes(self.git_dir, unread["commit"].to_list())) as batches:
            for places, rows in batches:
                flush.take(places, rows)
                tell(flush.done, unread.height)
        flush.write()

    def hunks(self, tell: Tell) -> pl.DataFrame:
        """Where the lines of all commits come from (``RAW_HUNKS``); what is not stored yet is read and stored."""
        held: list[pl.DataFrame] = []
        unread = without(self.ancestors, self.segments.known(Kind.HUNKS))
        for frame in stream_hunks(self.git_dir, self._parents(unread), tell):
            held.append(frame)
            if sum(part.height for part in held) >= _MOST_ROWS:
                rows = pl.concat(held)
                held.clear()
                self.segments.append(Kind.HUNKS, rows, rows["commit"].unique())
        left = without(unread, self.segments.known(Kind.HUNKS))
        self.segments.append(Kind.HUNKS, pl.concat([RAW_HUNKS.to_frame(), *held]), left)
        return self.segments.scan(Kind.HUNKS).collect()

    def _parents(self, commits: pl.Series) -> dict[str, list[str]]:
        """The parents of the commits, which must have been stored, in their order."""
        stored = self.segments.scan(Kind.COMMITS).select("commit", "parents").collect()
        rows = commits.to_frame().join(stored, on="commit", maintain_order="left")
        return dict(rows.iter_rows())


def _committed_at(unread: pl.DataFrame, place: int) -> datetime | None:
    """When the commit at this place was committed, None behind the last."""
    if place >= unread.height:
        return None
    at: datetime = unread["committed_at"][place]
    return at


@dataclass
class _Flush:
    """What has been read and is not stored yet, and when to store it: at first soon, then ever more seldom."""

    segments: Segments
    unread: pl.DataFrame
    stored: Stored
    done: int = 0
    _frames: list[pl.DataFrame] = field(default_factory=list)
    _places: list[range] = field(default_factory=list)
    _ahead: set[int] = field(default_factory=set)
    _frontier: int = 0
    _written: float = field(default_factory=time.monotonic)
    _pause: float = _FIRST_FLUSH_SECONDS

    def take(self, places: range, rows: pl.DataFrame) -> None:
        """Hold the rows of the commits at these places, and store what is held if it is time."""
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
        self._frames.clear()
        self.segments.append(Kind.CHANGES, rows, commits)
        self._pause = min(2 * self._pause, _LAST_FLUSH_SECONDS)
        self._written = time.monotonic()
        self.stored(Reach(_committed_at(self.unread, self._frontier), self.done, self.unread.height))

    def _taken(self) -> pl.Series:
        """The commits of the batches that are held; a batch ahead of an unfinished one does not count as reached."""
        ids = self.unread["commit"]
        commits = [ids[places.start : places.stop] for places in self._places]
        self._ahead.update(place for places in self._places for place in places)
        self._places.clear()
        while self._frontier in self._ahead:
            self._ahead.remove(self._frontier)
            self._frontier += 1
        return pl.concat([ids.clear(), *commits])
