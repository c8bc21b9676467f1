"""Sentences of the analyzer ``trends``: where the series go, what to expect, and how good that guess is."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_trends import definitions
from gitinsight_trends.assessment import HORIZONS, Assessment
from gitinsight_trends.backtest import Backtest
from gitinsight_trends.direction import SIGNIFICANCE, Trend
from gitinsight_trends.quantiles import MINIMUM_WEEKS, Forecast
from gitinsight_trends.sums import SumForecast
from gitinsight_trends.words import commit_evidence, counted, per_week

if TYPE_CHECKING:
    from gitinsight.plugin import History

MOST_OTHERS = 5
SURE = 0.999


def insights(history: History, headline: Assessment | None, found: list[Assessment]) -> list[Insight]:
    """One insight at least wherever there is a commit: direction and forecast, or what is missing."""
    if headline is None:
        return [] if history.commits.is_empty() else [_no_series(history)]
    said = [_direction(headline), _forecast(headline)]
    others = [one for one in found if one is not headline]
    return [insight for insight in said if insight] + [_other(one) for one in _significant(others)]


def _no_series(history: History) -> Insight:
    title = "No forecast: the weekly number of commits is not known"
    text = "The analyzer that counts commits by week failed or was switched off: there is nothing to go by."
    if definitions.COMMITS.name in history.metrics:
        title = f"Too short to forecast: 0 of {MINIMUM_WEEKS} weeks"
        text = "No week with commits is over yet, or none of the commits' dates can be believed."
    return Insight(
        InsightType.FORECAST,
        Severity.INFO,
        title,
        text,
        0.99,
        commit_evidence(history.commits),
        tags=["forecast"],
        data={"confidence_basis": "Counted, not estimated."},
    )


def _direction(one: Assessment) -> Insight | None:
    """The direction of the commits; None where the forecast's insight says it all: too short, or silent."""
    if not isinstance(one.trend, Trend):
        return None
    if one.is_silent:
        return None
    if one.trend.direction == "no trend":
        title = "No clear direction: weekly commits neither rise nor fall beyond chance"
        text = (
            f"Ups and downs of the last {one.weeks_tested} weeks are no larger than those of a project with a steady pace, so"
            f" a line through them would mislead (p = {one.trend.p_value:.2f}). This does not prove a steady"
            " pace: a slow change can hide in a project with few commits."
        )
        confidence, basis = 0.5, "A test that finds nothing does not say how likely nothing is."
    else:
        title = f"Activity is {_moving(one)}"
        text = (
            f"Weekly commits of the last {one.weeks_tested} weeks moved one way beyond chance (p = {one.trend.p_value:.2g},"
            " Mann-Kendall with Hamed and Rao's correction for weeks that resemble their neighbours). Look at"
            " releases and at arrivals and departures of people for the reason, and whether it was meant."
        )
        confidence, basis = 1 - one.trend.p_value, "1 - p of the trend test."
    falling = one.trend.direction == "decreasing"
    return Insight(
        InsightType.TREND,
        Severity.NOTICE if falling else Severity.INFO,
        title,
        text,
        _probability(confidence),
        [Evidence(EvidenceKind.METRIC, one.metric.name, f"last {one.weeks_tested} weeks")],
        metrics=[one.metric.id, definitions.DIRECTION.id],
        tags=["direction"],
        data=_trend_data(one, basis) | {"artifacts": [f"forecast:{one.metric.name}", "forecasts"]},
    )


def _moving(one: Assessment) -> str:
    assert isinstance(one.trend, Trend)
    word = "rising" if one.trend.direction == "increasing" else "falling"
    percent = one.percent_per_year or 0.0
    # The test counts weeks and the slope measures sums of four: with many silent weeks they can part.
    agrees = percent > 0 if word == "rising" else percent < 0
    if not agrees or not one.has_percentage or round(abs(percent)) == 0:
        return word
    if percent > 300:
        return f"{word}: about {1 + percent / 100:,.0f} times as much after a year"
    return f"{word}: about {abs(percent):.0f} % {'more' if percent > 0 else 'less'} each year"


def _forecast(one: Assessment) -> Insight:
    if isinstance(one.forecast, str):
        return _too_short(one)
    expected = one.forecast
    confidence, basis = _confidence(one)
    data: dict[str, Any] = {
        "confidence_basis": basis,
        "horizons": {str(weeks): _at(expected, weeks) for weeks in HORIZONS},
        "sums": {str(total.weeks): asdict(total) for total in _sums(one)},
        "verdict": one.verdict,
        "artifacts": [f"forecast:{one.metric.name}", "forecasts"],
    }
    return Insight(
        InsightType.FORECAST,
        Severity.INFO,
        _expectation(expected),
        "The weeks to come are expected to be like the recent ones, most of all like those of the last three"
        f" months.{_total(one)} {_trust(one)} It says how things go if they go on as now: planned releases, holidays and"
        " people who come or leave are not in it.",
        _probability(confidence),
        [Evidence(EvidenceKind.METRIC, one.metric.name, "the weeks that the forecast weighs")],
        metrics=[one.metric.id, definitions.EXPECTED_COMMITS.id, definitions.ERROR.id],
        tags=["forecast"],
        data=data,
    )


def _sums(one: Assessment) -> list[SumForecast]:
    return one.sums if isinstance(one.sums, list) else []


def _total(one: Assessment) -> str:
    """What 12 weeks bring together, with how often such limits held on the series' own past."""
    total = next((total for total in _sums(one) if total.weeks == 12), None)
    if total is None:
        return ""
    held = ""
    if isinstance(one.backtest, Backtest) and one.backtest.sum_coverage80 is not None:
        held = f", which held for {100 * one.backtest.sum_coverage80:.0f} % of such sums in the past"
    return (
        f" That makes about {counted(total.median, 'commit')} in all over 12 weeks, in four of five cases"
        f" {total.lower80:,.0f} to {total.upper80:,.0f}{held}."
    )


def _expectation(expected: Forecast) -> str:
    low, middle, high = (per_week(expected[name][0]) for name in ("lower80", "median", "upper80"))
    if expected.upper80[0] < 0.5:
        return "No commits expected in at least four of five of the next weeks"
    if expected.median[0] < 0.5:
        return f"Expect more weeks without commits than with: {low} to {high} in four of the next five weeks"
    return (
        f"Expect about {middle} commits a week over the next 12 weeks ({low} to {high} in four weeks of five)"
    )


def _too_short(one: Assessment) -> Insight:
    reason = str(one.forecast)
    return Insight(
        InsightType.FORECAST,
        Severity.INFO,
        f"{reason[:1].upper()}{reason[1:]}",
        "Fewer than 26 complete weeks say too little about the weeks to come, and a line through them would be"
        " made up. The forecast appears by itself with an analysis that has enough weeks.",
        0.99,
        [Evidence(EvidenceKind.METRIC, one.metric.name, counted(len(one.series.weeks), "complete week"))],
        metrics=[one.metric.id],
        tags=["forecast"],
        data={"confidence_basis": "Counted, not estimated.", "reason": reason},
    )


def _confidence(one: Assessment) -> tuple[float, str]:
    if not isinstance(one.backtest, Backtest):
        return 0.8, "The nominal share of weeks inside the limits; this history is too short to check it."
    check = one.backtest
    return check.coverage80, (
        f"Share of {check.weeks} weeks, forecast from {check.origins} points in this repository's past, that"
        " fell inside the 80 % limits."
    )


def _trust(one: Assessment) -> str:
    if not isinstance(one.backtest, Backtest):
        return f"How good this is here is unknown ({one.backtest})."
    check = one.backtest
    errors = ""
    if check.mase is not None:
        errors = f" (MASE {check.mase:.2f} against {check.mase_median26:.2f} and {check.mase_seasonal:.2f})"
    return (
        f"On this repository's own past it was {check.verdict}{errors}, and {100 * check.coverage80:.0f} % of"
        " the weeks fell inside the 80 % limits."
        if check.mase is not None
        else f"It cannot be rated on this repository's own past: {check.verdict}."
    )


def _at(expected: Forecast, weeks: int) -> dict[str, float]:
    """The limits of a single week so far ahead."""
    return {name: round(float(expected[name][weeks - 1]), 3) for name in expected.keys()}  # noqa: SIM118


def _significant(others: list[Assessment]) -> list[Assessment]:
    """The series with a trend after Holm's correction for how many were tested, surest first."""
    tested = [one for one in others if isinstance(one.trend, Trend)]
    tested.sort(key=_p_value)
    kept = []
    for rank, one in enumerate(tested):
        if _p_value(one) * (len(tested) - rank) >= SIGNIFICANCE:
            break
        kept.append(one)
    return kept[:MOST_OTHERS]


def _p_value(one: Assessment) -> float:
    return one.trend.p_value if isinstance(one.trend, Trend) else 1.0


def _other(one: Assessment) -> Insight:
    worse = {"higher": "decreasing", "lower": "increasing"}.get(one.metric.better)
    assert isinstance(one.trend, Trend)
    return Insight(
        InsightType.TREND,
        Severity.NOTICE if one.trend.direction == worse else Severity.INFO,
        f"{one.metric.title} by week: {_moving(one)}",
        f"The last {one.weeks_tested} weeks moved one way beyond chance, also when one allows for how many series were tested"
        f" (p = {one.trend.p_value:.2g}). {one.metric.definition}",
        _probability(1 - one.trend.p_value),
        [Evidence(EvidenceKind.METRIC, one.metric.name, f"last {one.weeks_tested} weeks")],
        metrics=[one.metric.id],
        tags=["direction"],
        data=_trend_data(one, "1 - p of the trend test; shown after Holm's correction.")
        | {"artifacts": [f"forecast:{one.metric.name}", "forecasts"]},
    )


def _trend_data(one: Assessment, basis: str) -> dict[str, Any]:
    assert isinstance(one.trend, Trend)
    return {
        "direction": one.trend.direction,
        "p_value": one.trend.p_value,
        "slope_per_week": one.trend.slope_per_week,
        "percent_per_year": one.percent_per_year,
        "confidence_basis": basis,
    }


def _probability(value: float) -> float:
    return round(min(max(value, 0.0), SURE), 3)
