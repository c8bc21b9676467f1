"""The analyzer ``ownership``: whose lines make up the code, how old they are, how long lines live."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Point, Report
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people import ownership_figures as figures
from gitinsight_people import ownership_findings as findings
from gitinsight_people import ownership_tables as tables
from gitinsight_people.concentration import absence_factor
from gitinsight_people.contributions import read_contributions
from gitinsight_people.lifetimes import ENOUGH_LINES, Lifetimes, read_lifetimes
from gitinsight_people.owners import Owned, files_of, read_owned

if TYPE_CHECKING:
    from gitinsight.plugin import History

NO_LINES = "No line at head was written by a person."
NO_TIMES = "No line at head has a date to believe."
FEW_LINES = f"Fewer than {ENOUGH_LINES} lines were ever written."
NOT_YET = "More than half of the lines outlive every age at which one was removed so far."


def analyze(history: History, _settings: Mapping[str, Any]) -> Report:
    """Snapshots, insights, charts and tables; reasons where there are no lines."""
    work = read_contributions(history)
    owned = read_owned(history, work)
    lifetimes = read_lifetimes(history)
    files = files_of(owned)
    report = Report(
        points=snapshots(history, owned, lifetimes),
        insights=findings.insights(history, work, owned, lifetimes, files),
        artifacts=[
            figures.burndown(history, owned),
            figures.survival_curve(lifetimes),
            figures.files_map(files, is_dormant=work.is_dormant),
            tables.files_table(owned, files),
            tables.overwrites_table(history, owned),
            tables.commits_of_lines(history, owned),
        ],
    )
    history.progress(1, 1)
    return report


def snapshots(history: History, owned: Owned, lifetimes: Lifetimes) -> list[Point]:
    """The numbers as of the analysis; a missing one has its reason."""
    factor = absence_factor(owned.by_author()["lines"].to_list())
    share = owned.resting / owned.known if owned.known else None
    too_few = FEW_LINES if lifetimes.written < ENOUGH_LINES else NOT_YET

    def point(name: str, value: float | None, reason: str) -> Point:
        known = None if value is None else float(value)
        return Point(name, history.now, known, reason if value is None else "")

    others = {"bots": owned.bots, "mass edits": owned.mass_edits}
    return [
        point(definitions.LINES.name, owned.lines, ""),
        *(Point(definitions.LINES.name, history.now, float(n), dimension=of) for of, n in others.items()),
        point(definitions.RESTING.name, share, NO_TIMES if owned.lines else NO_LINES),
        point(definitions.ABSENCE_FACTOR.name, factor or None, NO_LINES),
        point(definitions.HALF_LIFE.name, lifetimes.half_life, too_few),
        point(definitions.MEDIAN_AGE.name, lifetimes.median_age, NO_TIMES if owned.lines else NO_LINES),
    ]
