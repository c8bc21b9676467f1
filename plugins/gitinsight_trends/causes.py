"""What happened around a change of level: releases, and who came and who went.

It is told as what goes together in time; whether one made the other a program cannot know.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import person_name

if TYPE_CHECKING:
    from gitinsight.plugin import History

NEAR = timedelta(days=45)
SIDE = timedelta(days=183)
TOLD_SHARE = 0.25
FEWEST_COMMITS = 10
MOST_RELEASES = 3


@dataclass(frozen=True, slots=True)
class Release:
    tag: str
    commit: str
    on: date


@dataclass(frozen=True, slots=True)
class Causes:
    """Around the first week of a new level: the nearest releases, and shares of the commits on each side.

    ``joined`` is the share of the half year after by people without a commit in the half year before,
    ``left`` the share of the half year before by people without one after; None where a side has under 10
    commits. ``risen`` is the person whose share grew most, with both shares.
    """

    releases: list[Release]
    joined: float | None
    left: float | None
    risen: tuple[str, float, float] | None

    @property
    def sentence(self) -> str:
        """What of this is worth telling; empty where nothing is."""
        told = []
        if self.releases:
            tags = ", ".join(f"{release.tag} ({release.on:%-d %B %Y})" for release in self.releases)
            told.append(f"{'Releases' if len(self.releases) > 1 else 'A release'} within 45 days: {tags}.")
        if self.joined is not None and self.joined >= TOLD_SHARE:
            told.append(
                f"{100 * self.joined:.0f} % of the commits of the half year after are by people who had none in"
                " the half year before."
            )
        if self.left is not None and self.left >= TOLD_SHARE:
            told.append(
                f"{100 * self.left:.0f} % of the commits of the half year before are by people who had none in"
                " the half year after."
            )
        if self.risen is not None and self.risen[2] - self.risen[1] >= TOLD_SHARE:
            name, before, after = self.risen
            told.append(f"The share of {name} went from {100 * before:.0f} to {100 * after:.0f} %.")
        return " ".join(told)


def causes(history: History, work: pl.DataFrame, week: datetime) -> Causes:
    """What is known around the Monday ``week``; ``work`` holds the commits by people, without merges."""
    before = _by_person(work, week - SIDE, week)
    after = _by_person(work, week, week + SIDE)
    joined = left = risen = None
    if min(sum(before.values()), sum(after.values())) >= FEWEST_COMMITS:
        joined = _share(after, set(after) - set(before))
        left = _share(before, set(before) - set(after))
        risen = _risen(work, before, after)
    return Causes(_releases(history, week), joined, left, risen)


def _by_person(work: pl.DataFrame, since: datetime, until: datetime) -> dict[str, int]:
    span = work.filter((pl.col("committed_at") >= since) & (pl.col("committed_at") < until))
    return dict(span.group_by("author").len().iter_rows())


def _share(counts: dict[str, int], people: set[str]) -> float:
    return sum(counts[person] for person in people) / sum(counts.values())


def _risen(work: pl.DataFrame, before: dict[str, int], after: dict[str, int]) -> tuple[str, float, float]:
    def shares(person: str) -> tuple[float, float]:
        return before.get(person, 0) / sum(before.values()), after[person] / sum(after.values())

    most = max(sorted(after), key=lambda person: shares(person)[1] - shares(person)[0])
    names = work.filter(pl.col("author") == most)["author_name"]
    return person_name(str(names[-1])), *shares(most)


def _releases(history: History, week: datetime) -> list[Release]:
    """The nearest to the week's beginning, in the order of time."""
    near = history.releases.filter((pl.col("at") >= week - NEAR) & (pl.col("at") <= week + NEAR))
    nearest = near.sort((pl.col("at") - week).abs()).head(MOST_RELEASES).sort("at")
    return [
        Release(tag[:80], commit, at.date())
        for tag, commit, at in nearest.select("tag", "commit", "at").iter_rows()
    ]
