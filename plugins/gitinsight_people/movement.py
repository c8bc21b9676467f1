"""Arrivals and departures of the last half year against the half year before, in sentences."""

from __future__ import annotations

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity, person_name
from gitinsight_people import definitions
from gitinsight_people.concentration import ALIKE, chance_alike, chance_of_more
from gitinsight_people.flow import REGULAR_COMMITS, Flow
from gitinsight_people.words import people_in_words

LIKELY = 0.9
SHOWN = 20


def movements(flow: Flow, people: pl.DataFrame) -> list[Insight]:
    """Up to two insights; none about a kind of movement that did not happen in the whole year.

    ``people`` is the roster, for names. A repository younger than the year has no half year to
    compare with, so there is nothing to say yet.
    """
    if not flow.comparable:
        return []
    names = dict(people.select("author", "name").iter_rows())
    found = []
    if flow.arrived or flow.arrived_before:
        found.append(_arrivals(flow, names))
    if flow.silent or flow.silent_before:
        found.append(_departures(flow, names))
    return found


def _arrivals(flow: Flow, names: dict[str, str]) -> Insight:
    now, before = len(flow.arrived), len(flow.arrived_before)
    words, confidence, basis = _compared(now, before)
    return Insight(
        InsightType.PEOPLE,
        Severity.NOTICE if words == "fewer" else Severity.INFO,
        f"{people_in_words(now)} made a first commit in the last half year, {_against(words, before)}",
        "New people are how a project survives the leaving of old ones, and most of them write one commit and"
        " go. Quick answers to a first contribution and a list of small open tasks help some of them to stay.",
        confidence,
        _persons(flow.arrived or flow.arrived_before, names, "first commit"),
        metrics=[definitions.NEW.id],
        tags=["arrivals"],
        data={"recent": now, "before": before, "confidence_basis": basis, "artifacts": ["active_authors"]},
    )


def _departures(flow: Flow, names: dict[str, str]) -> Insight:
    now, before = len(flow.silent), len(flow.silent_before)
    words, confidence, basis = _compared(now, before)
    return Insight(
        InsightType.PEOPLE,
        Severity.NOTICE if words == "more" else Severity.INFO,
        f"{people_in_words(now, 'regular')} fell silent in the last half year, {_against(words, before)}",
        f"A regular here has at least {REGULAR_COMMITS} commits, and falls silent on the day that makes 183 days"
        " without one. People pause for many reasons and often come back. Where one of them was the only one"
        " to know a part, it is time to hand it over while it can still be asked about.",
        confidence,
        _persons(flow.silent or flow.silent_before, names, "183 days without a commit"),
        metrics=[definitions.INACTIVE.id],
        tags=["departures"],
        data={"recent": now, "before": before, "confidence_basis": basis, "artifacts": ["contributors"]},
    )


def _compared(now: int, before: int) -> tuple[str, float, str]:
    """More, fewer or "" for no clear change, the confidence in that, and how it was found."""
    more = chance_of_more(now, before)
    surest = max(more, 1 - more)
    if surest >= LIKELY:
        basis = (
            "Probability that the rate changed in this direction, for two Poisson counts with a flat prior."
        )
        return "more" if more >= LIKELY else "fewer", round(min(surest, 0.999), 3), basis
    basis = f"Probability that the two rates lie within a factor of {ALIKE}, for two Poisson counts."
    return "", round(chance_alike(now, before), 3), basis


def _against(words: str, before: int) -> str:
    return (
        f"{words} than the {before:,} of the half year before"
        if words
        else f"{before:,} in the half year before"
    )


def _persons(authors: list[str], names: dict[str, str], note: str) -> list[Evidence]:
    return [Evidence(EvidenceKind.PERSON, person_name(names[author]), note) for author in authors[:SHOWN]]
