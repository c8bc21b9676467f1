"""The drawings of the line history: cohorts over time, the survival curve, the map of knowledge at rest."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind, believable_since
from gitinsight_people import ownership_definitions as definitions
from gitinsight_people.lifetimes import Lifetimes
from gitinsight_people.owners import Owned
from gitinsight_people.words import YEAR_DAYS, span_in_words

if TYPE_CHECKING:
    from gitinsight.plugin import History

MAX_COHORTS = 8
MAX_LEAVES = 500
MAX_DEPTH = 8
UNDATED = "undated"
_STEPS_A_YEAR = 12
_MOST_STEPS = 240


def burndown(history: History, owned: Owned) -> Artifact:
    """The chart ``burndown``: people's lines alive at each month's end, by the year of their writing."""
    series = [
        {"name": name, "shape": "area", "stack": "lines", "points": points}
        for name, points in _cohorts(history, owned).items()
    ]
    return Artifact(
        "burndown",
        ArtifactKind.CHART,
        "Lines at each month's end, by year of writing",
        {"unit": "lines", "ordered": True, "series": series},
        definitions.LINES.id,
    )


def _cohorts(history: History, owned: Owned) -> dict[str, list[list[Any]]]:
    """For each cohort its (month, lines), oldest first; months without commits are as the one before."""
    possible = history.commits["committed_at"].filter(history.commits["committed_at"] <= history.now)
    beginning = believable_since(possible.sort().to_list())
    if beginning is None:
        return {}
    alive = history.burndown.filter(
        ~pl.col("author").is_in(owned.programs),
        pl.col("at").is_between(_month_of(beginning), history.now),
    )
    names = cohort_names(alive["cohort"].unique().sort().to_list(), history.now.year)
    counts = (
        alive.with_columns(pl.col("cohort").replace_strict(names, return_dtype=pl.String))
        .group_by("at", "cohort")
        .agg(pl.col("lines").sum())
        .sort("cohort")
        .pivot("cohort", index="at", values="lines")
        .fill_null(0)
        .sort("at")
    )
    if counts.is_empty():
        return {}
    months = pl.datetime_range(
        counts["at"][0], history.now, "1mo", time_unit="us", time_zone="UTC", eager=True
    )
    full = (
        pl.DataFrame({"at": months})
        .join(counts, on="at", how="left")
        .sort("at")
        .fill_null(strategy="forward")
    )
    days = full["at"].dt.strftime("%Y-%m-%d").to_list()
    return {
        name: [list(point) for point in zip(days, full[name].to_list(), strict=True)]
        for name in dict.fromkeys(names.values())
    }


def _month_of(moment: datetime) -> datetime:
    return moment.replace(day=1, hour=0, minute=0, second=0, microsecond=0)


def cohort_names(years: Sequence[str], last: int) -> dict[str, str]:
    """What to call each cohort: years, or spans of as many years as it takes to have at most 8 of them.

    Years before 1970 or after ``last`` are of wrong clocks and called undated.
    """
    likely = sorted(int(year) for year in years if year.isdigit() and 1970 < int(year) <= last)
    names = dict.fromkeys(years, UNDATED)
    if not likely:
        return names
    first, end = likely[0], likely[-1]
    width = -(-(end - first + 1) // MAX_COHORTS)
    for year in likely:
        # Counted from the last year backwards, so that only the oldest span may be short.
        newest = end - (end - year) // width * width
        oldest = max(newest - width + 1, first)
        names[str(year)] = str(year) if oldest == newest else f"{oldest} to {newest}"
    return names


def survival_curve(lifetimes: Lifetimes) -> Artifact:
    """The chart ``survival``: the share of lines that outlive each age, with its 95 % interval."""
    last = int(lifetimes.steps[-1].age_days) if lifetimes.steps else 0
    in_years = last >= 2 * YEAR_DAYS
    step = YEAR_DAYS / _STEPS_A_YEAR if in_years else 1
    step *= max(1, -(-int(last / step) // _MOST_STEPS))
    ages = [round(place * step) for place in range(int(last / step) + 1)] if last else []
    unit = YEAR_DAYS if in_years else 1
    points = [[round(age / unit, 3), round(lifetimes.outlive(age), 4)] for age in ages]
    band = [[round(age / unit, 3), *(round(end, 4) for end in lifetimes.interval(age))] for age in ages]
    content: dict[str, Any] = {
        "unit": "share",
        "x": {"title": "Age", "unit": "years" if in_years else "days"},
        "series": [{"name": "Lines that live longer", "shape": "line", "points": points}] if points else [],
        "bands": [{"name": "95 % interval", "points": band}] if points else [],
    }
    half = lifetimes.half_life
    if half is not None:
        content["marks"] = [{"at": round(half / unit, 3), "label": f"half-life: {span_in_words(half)}"}]
    title = "How long lines live: the share that outlives each age"
    return Artifact("survival", ArtifactKind.CHART, title, content, definitions.HALF_LIFE.id)


def files_map(files: pl.DataFrame, *, is_dormant: bool) -> Artifact:
    """The largest 500 files by folder: the treemap ``knowledge``, coloured by the share at rest.

    Where nobody is active all would be of one colour: it is ``main_authors`` then, coloured by the share
    of whoever wrote most of the file.
    """
    shown = files.head(MAX_LEAVES).sort("path")
    if is_dormant:
        name, color, metric = "main_authors", "Share of the person who wrote the most", definitions.LINES
        title, shares = "How far one person wrote each file", shown["share"]
    else:
        name, color, metric = "knowledge", "By people no longer active", definitions.RESTING
        title = "Where knowledge is at rest: lines by people who have not been active for 183 days"
        shares = shown["resting"] / shown["lines"]
    content = {
        "size": {"title": "Lines", "unit": "lines"},
        "color": {"title": color, "unit": "share"},
        "tree": _tree(shown.select("path", "lines", "people", color=shares.round(4))),
        "total": len(files),
    }
    return Artifact(name, ArtifactKind.TREEMAP, title, content, metric.id)


def _tree(files: pl.DataFrame) -> Mapping[str, Any]:
    root: dict[str, Any] = {"name": "", "children": []}
    folders: dict[tuple[str, ...], dict[str, Any]] = {(): root}
    for path, lines, people, color in files.iter_rows():
        *parents, name = path.split("/", MAX_DEPTH)
        parent = root
        for depth in range(1, len(parents) + 1):
            key = tuple(parents[:depth])
            if key not in folders:
                folders[key] = {"name": key[-1], "children": []}
                parent["children"].append(folders[key])
            parent = folders[key]
        leaf = {"name": name, "path": path, "size": lines, "color": color, "facts": {"People": people}}
        parent["children"].append(leaf)
    return root
