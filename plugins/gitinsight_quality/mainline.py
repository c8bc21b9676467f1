"""The main line of a history, and the moments of it at which code is looked at."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import polars as pl

from gitinsight.plugin import History, believable_since

MONTHLY = timedelta(days=5 * 365)
"""So far back each month has its snapshot; before that each quarter has one."""
MOST_RELEASES = 100

_STEPS = (12, 6, 3)
"""Months apart in the first rounds; releases come next, then all other months."""
_VERSION = re.compile(r"(?:^|[^0-9A-Za-z.])[vV]?\d+(?:[._-]\d+)+$|^[vV]?\d+$")


@dataclass(frozen=True, slots=True)
class Moment:
    """A commit to look at: the last one of a month on the main line, a release, or both."""

    commit: str
    at: datetime
    month: datetime | None = None
    releases: tuple[str, ...] = ()


def main_line(history: History) -> Sequence[tuple[str, datetime]]:
    """The first-parent commits with their committer times, head first."""
    rows = history.commits.select("commit", pl.col("parents").list.first(), "committed_at").rows()
    parents = {commit: (parent, at) for commit, parent, at in rows}
    line, commit = [], rows[-1][0] if rows else ""
    while commit in parents:
        parent, at = parents[commit]
        line.append((commit, at))
        commit = parent
    return line


def moments(history: History) -> Sequence[Moment]:
    """The commits to look at: head, the last one of each month, and the newest releases.

    They come in an order in which the first few show the most: a year apart, then closer and closer, the
    newest first each time.
    """
    line = main_line(history)
    end = min(line[0][1], history.now)
    beginning = believable_since(sorted(at for _, at in line))
    found: dict[str, Moment] = {}
    seen: set[datetime] = set()
    for commit, recorded in line:
        # Head is looked at whatever its clock said.
        at = end if commit == line[0][0] else recorded
        month = at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
        if at > history.now or (beginning and at < beginning):
            continue
        if end - at > MONTHLY:
            # Of a quarter its last month that has a commit.
            month = month.replace(month=3 * ((month.month + 2) // 3))
        if month not in seen:
            seen.add(month)
            found[commit] = Moment(commit, at, month)
    for commit, at, tags in _releases(history):
        found[commit] = replace(found.get(commit, Moment(commit, at)), releases=tags)
    newest_first = sorted(found.values(), key=lambda moment: moment.at, reverse=True)
    turns = _turns(newest_first)
    return sorted(newest_first, key=lambda moment: turns[moment.commit])


def _turns(newest_first: Sequence[Moment]) -> Mapping[str, int]:
    """In which round each moment is looked at, counted from 0."""
    months = [moment for moment in newest_first if moment.month]
    turns = dict.fromkeys((moment.commit for moment in newest_first), len(_STEPS))
    for turn, step in reversed(list(enumerate([*_STEPS, 1]))):
        seen: set[int] = set()
        for moment in months:
            span = _months_between(moment, months[0]) // step
            if span not in seen:
                seen.add(span)
                turns[moment.commit] = turn if step > 1 else len(_STEPS) + 1
    return turns


def _months_between(earlier: Moment, later: Moment) -> int:
    assert earlier.month is not None and later.month is not None
    return 12 * (later.month.year - earlier.month.year) + later.month.month - earlier.month.month


def _releases(history: History) -> Sequence[tuple[str, datetime, tuple[str, ...]]]:
    """The newest tags that look like versions, by commit."""
    tags: dict[str, list[str]] = {}
    rows = [row for row in history.releases.select("tag", "commit").iter_rows() if _VERSION.search(row[0])]
    for tag, commit in rows[-MOST_RELEASES:]:
        tags.setdefault(commit, []).append(tag)
    times = history.commits.filter(pl.col("commit").is_in(list(tags))).select("commit", "committed_at").rows()
    return [(commit, at, tuple(tags[commit])) for commit, at in times if at <= history.now]
