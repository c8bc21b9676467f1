"""How much is done now, against the year before, and whether anything is done at all."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta
from statistics import NormalDist
from typing import TYPE_CHECKING

import polars as pl

from gitinsight.plugin import Insight, InsightType, Severity, ago
from gitinsight_trends.definitions import COMMITS
from gitinsight_trends.words import commit_evidence, counted, per_week

if TYPE_CHECKING:
    from gitinsight.plugin import History

RECENT_WEEKS = 13
BEFORE_WEEKS = 52
QUIET_AFTER = timedelta(days=183)
DORMANT_AFTER = timedelta(days=365)
LIKELY = 0.9
"""From this probability on the pace is said to have moved one way."""
ALIKE = 2.0
"""Two paces within a factor of 2 of each other are called alike."""


@dataclass(frozen=True, slots=True)
class Pace:
    """Recent commits a week divided by those before, with the 95 % interval and the odds.

    From a quasi-Poisson comparison: the variance of a weekly count is its mean times the dispersion
    measured within the two spans (Pearson, at least 1). Half a commit is added to each sum so that a
    silent span has a logarithm: to a silent one half the dispersion, since it is bursts that did not come.
    """

    recent: float
    before: float
    ratio: float
    low: float
    high: float
    chance_slower: float
    chance_alike: float


def compare(recent: list[int], before: list[int]) -> Pace:
    """The pace of the recent weeks against the weeks before, from weekly counts."""
    sums = (sum(recent) + 0.5, sum(before) + 0.5)
    means = (sums[0] / len(recent), sums[1] / len(before))
    squares = sum(
        (count - mean) ** 2 / mean
        for span, mean in zip((recent, before), means, strict=True)
        for count in span
    )
    dispersion = max(1.0, squares / (len(recent) + len(before) - 2))
    sums = (sums[0] if any(recent) else dispersion / 2, sums[1] if any(before) else dispersion / 2)
    means = (sums[0] / len(recent), sums[1] / len(before))
    middle = math.log(means[0] / means[1])
    error = math.sqrt(dispersion * (1 / sums[0] + 1 / sums[1]))
    belief = NormalDist(middle, error)
    return Pace(
        recent=sum(recent) / len(recent),
        before=sum(before) / len(before),
        ratio=math.exp(middle),
        low=math.exp(middle - 1.96 * error),
        high=math.exp(middle + 1.96 * error),
        chance_slower=belief.cdf(0),
        chance_alike=belief.cdf(math.log(ALIKE)) - belief.cdf(-math.log(ALIKE)),
    )


def insights(history: History, work: pl.DataFrame, complete: pl.DataFrame) -> list[Insight]:
    """What there is to say about size and pace; ``complete`` holds the weeks that are over."""
    if work.is_empty():
        return nothing_to_count(history)
    last = _last(work)
    found = [_dormant(history, work, last)] if history.now - last >= QUIET_AFTER else []
    weeks = complete["commits"].to_list()
    if len(weeks) < RECENT_WEEKS + BEFORE_WEEKS:
        return [*found, _size(work, complete)]
    if not found:
        recent, before = weeks[-RECENT_WEEKS:], weeks[-RECENT_WEEKS - BEFORE_WEEKS : -RECENT_WEEKS]
        found.append(_pace(compare(recent, before), work))
    return found


def nothing_to_count(history: History) -> list[Insight]:
    """That there are commits but none to count; empty where there are no commits at all."""
    commits = history.commits
    if commits.is_empty():
        return []
    bots, merges = int(commits["is_bot"].sum()), int(commits["is_merge"].sum())
    insight = Insight(
        InsightType.TREND,
        Severity.NOTICE,
        f"None of {counted(len(commits), 'commit')} can be counted as a person's work at a known time",
        f"{counted(bots, 'commit')} by bots, {counted(merges, 'merge')}, and the rest dated after this analysis:"
        " weekly numbers would say nothing. If people work here under a bot's name, map it in .mailmap; if the"
        " dates are wrong, the clock of the machine that commits needs setting.",
        0.99,
        commit_evidence(commits),
        metrics=[COMMITS.id],
        tags=["size"],
        data={"confidence_basis": "Counted, not estimated."},
    )
    return [insight]


def _last(work: pl.DataFrame) -> datetime:
    last = work["committed_at"].max()
    assert isinstance(last, datetime)
    return last


def _dormant(history: History, work: pl.DataFrame, last: datetime) -> Insight:
    long = history.now - last >= DORMANT_AFTER
    silence = ago(last, history.now)
    return Insight(
        InsightType.TREND,
        Severity.WARNING if long else Severity.NOTICE,
        f"{'Dormant' if long else 'Quiet'}: no commit by a person for {silence}",
        f"The last of {counted(len(work), 'commit')} on the default branch dates from {last:%-d %B %Y}. Numbers"
        " about the last months describe a project at rest. If it is finished, saying so in its README helps"
        " those who rely on it; if not, look for open work and for people who can take it up.",
        0.99,
        commit_evidence(work),
        metrics=[COMMITS.id],
        tags=["dormant"],
        data={
            "last_commit_at": last.isoformat(),
            "confidence_basis": "Counted, not estimated; wrong only where the default branch is not where the"
            " work happens or where its dates are wrong.",
            "artifacts": ["activity", f"commits:{COMMITS.name}"],
        },
    )


def _size(work: pl.DataFrame, complete: pl.DataFrame) -> Insight:
    people = work["author"].n_unique()
    weeks = max(len(complete), 1)
    return Insight(
        InsightType.TREND,
        Severity.INFO,
        f"{counted(len(work), 'commit')} by {'1 person' if people == 1 else f'{people:,} people'}"
        f" in {counted(weeks, 'week')}",
        f"That is {per_week(len(work) / weeks)} a week on average, without merges and bots. To compare the pace"
        f" of the last {RECENT_WEEKS} weeks with the {BEFORE_WEEKS} before, a history of"
        f" {RECENT_WEEKS + BEFORE_WEEKS} complete weeks is needed; {len(complete)} are there.",
        0.99,
        commit_evidence(work),
        metrics=[COMMITS.id],
        tags=["size"],
        data={
            "confidence_basis": "Counted, not estimated.",
            "artifacts": ["activity", f"commits:{COMMITS.name}"],
        },
    )


def _pace(pace: Pace, work: pl.DataFrame) -> Insight:
    chance = max(pace.chance_slower, 1 - pace.chance_slower)
    moved = chance >= LIKELY
    confidence = chance if moved else pace.chance_alike
    basis = (
        "Probability that the pace moved in this direction, by a quasi-Poisson comparison of weekly counts."
        if moved
        else f"Probability that the two paces lie within a factor of {ALIKE:g}, by a quasi-Poisson comparison."
    )
    return Insight(
        InsightType.TREND,
        Severity.NOTICE if pace.high < 1 else Severity.INFO,
        f"{per_week(pace.recent)} commits a week in the last {RECENT_WEEKS} weeks: {_comparison(pace, moved)}",
        f"The {BEFORE_WEEKS} weeks before had {per_week(pace.before)} a week; {_range(pace)}. A pace is neither good"
        " nor bad: compare it with what was planned, and see under trends whether it lasts.",
        round(min(confidence, 0.999), 3),
        commit_evidence(work),
        metrics=[COMMITS.id],
        tags=["pace"],
        data={
            "per_week_recent": round(pace.recent, 2),
            "per_week_before": round(pace.before, 2),
            "ratio": round(pace.ratio, 3),
            "interval95": [round(pace.low, 3), round(pace.high, 3)],
            "confidence_basis": basis,
            "artifacts": ["activity", f"commits:{COMMITS.name}"],
        },
    )


def _range(pace: Pace) -> str:
    """Between which limits the ratio lies; of a silent span only the upper one says anything."""
    if not pace.recent:
        return f"after such ups and downs the pace may be up to {pace.high:.2f} of that, with a probability of 97.5 %"
    return f"the ratio is {pace.ratio:.2f}, and lies between {pace.low:.2f} and {pace.high:.2f} with a probability of 95 %"


def _comparison(pace: Pace, moved: bool) -> str:
    if not moved:
        return "no clear change against the year before"
    if pace.ratio >= 2:
        return f"{per_week(pace.ratio)} times as many as in the year before"
    change, side = 100 * abs(pace.ratio - 1), "more" if pace.ratio > 1 else "fewer"
    return f"{change:.0f} % {side} than in the year before"
