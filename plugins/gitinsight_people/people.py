"""The analyzer ``people``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Point, Report
from gitinsight_people import charts, definitions, findings
from gitinsight_people.concentration import absence_factor
from gitinsight_people.contributions import Contributions, read_contributions
from gitinsight_people.flow import half_years, weekly_points
from gitinsight_people.knowledge import read_knowledge, unattended_table
from gitinsight_people.roster import bots_table, contributors_table, roster

if TYPE_CHECKING:
    from gitinsight.plugin import History

_STEPS = 4
NO_COMMITS = "No commit by a person."
NO_RECENT_COMMITS = "No commit by a person in the last 365 days."


def analyze(history: History, _settings: Mapping[str, Any]) -> Report:
    """Weekly series, snapshots, insights and tables; a report of reasons where nobody committed."""
    work = read_contributions(history)
    history.progress(1, _STEPS)
    people = roster(work, history.changes)
    knowledge = read_knowledge(history, work)
    history.progress(2, _STEPS)
    points = [*weekly_points(work), *snapshots(work, people)]
    history.progress(3, _STEPS)
    report = Report(
        points=points,
        insights=findings.insights(history, work, people, half_years(work), knowledge),
        artifacts=[
            contributors_table(people),
            bots_table(work),
            unattended_table(knowledge),
            *charts.artifacts(work, people),
        ],
    )
    history.progress(_STEPS, _STEPS)
    return report


def snapshots(work: Contributions, people: pl.DataFrame) -> list[Point]:
    """The numbers as of the analysis; a missing one has its reason."""
    year, ever = people["year"].filter(people["year"] > 0).to_list(), people["all"].to_list()
    share = 100 * max(year) / sum(year) if year else 0.0

    def point(name: str, value: float, reason: str) -> Point:
        return Point(name, work.now, float(value)) if value else Point(name, work.now, None, reason)

    return [
        Point(definitions.CONTRIBUTORS.name, work.now, float(len(year))),
        Point(definitions.CONTRIBUTORS.name, work.now, float(len(ever)), dimension="all time"),
        point(definitions.ABSENCE_FACTOR.name, absence_factor(year), NO_RECENT_COMMITS),
        point(definitions.ABSENCE_FACTOR_ALL.name, absence_factor(ever), NO_COMMITS),
        point(definitions.TOP_SHARE.name, share, NO_RECENT_COMMITS),
    ]
