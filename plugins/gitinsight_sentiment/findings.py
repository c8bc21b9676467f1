"""What the messages say in sentences, each with how sure it is."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import polars as pl

from gitinsight.plugin import Evidence, EvidenceKind, Insight, InsightType, Severity
from gitinsight_sentiment.card import card
from gitinsight_sentiment.definitions import IDS
from gitinsight_sentiment.language import OTHER_SCRIPT
from gitinsight_sentiment.periods import MOODS, Window, window
from gitinsight_sentiment.reading import is_foreign
from gitinsight_sentiment.statistics import Share, difference_p

_COMMITS = "commits_eval.csv"
_FULL_SAMPLE = 50
_LEAST_COMPARED = 30
_LEAST_FOREIGN_PERCENT = 10
_SIGNIFICANT = 0.05
_SHOWN = 10
_CAUTION = (
    "Words are judged, not people: a model read the subject and first paragraph, and it errs; open the messages"
    " before drawing conclusions."
)


def findings(commits: pl.DataFrame, messages: pl.DataFrame, year: Window) -> Iterator[Insight]:
    """The insights, the share of the last year (or of the last active one) first.

    ``commits`` is the whole history; one without any commit gives no insight.
    """
    if commits.is_empty():
        return
    if messages.is_empty():
        yield _no_messages(commits)
        return
    if not messages["label"].count():
        yield _nothing_judged(messages)
        return
    active = year if year.judged else _last_active(messages)
    yield _shares(active, is_dormant=not year.judged)
    before = window(messages, active.start)
    if min(active.judged, before.judged) >= _LEAST_COMPARED:
        yield _change(active, before)
    foreign = active.foreign
    if foreign.count and (foreign.percent or 0) >= _LEAST_FOREIGN_PERCENT:
        yield _foreign(active)


def _last_active(messages: pl.DataFrame) -> Window:
    return window(messages, messages.filter(pl.col("label").is_not_null())["at"][-1])


def _shares(year: Window, *, is_dormant: bool) -> Insight:
    negative, positive = (year.share(mood) for mood in MOODS)
    when = f"the year to {year.end:%-d %B %Y}" if is_dormant else "the last year"
    title = f"{_percent(negative)} of {_messages(year.judged)} from {when} read negative, {_percent(positive)} positive"
    intervals = f"negative {_range(negative)}, positive {_range(positive)}"
    idle = (
        "No message was judged in the last 365 days, so the last active year is shown. " if is_dormant else ""
    )
    accuracy = round(card()["scores"][_COMMITS]["accuracy"], 3)
    return Insight(
        InsightType.SENTIMENT,
        Severity.INFO,
        title,
        f"{idle}95 % intervals: {intervals}. {_left_out(year)}{_CAUTION}",
        round(0.95 * accuracy * min(1.0, year.judged / _FULL_SAMPLE), 3),
        _evidence(year),
        [IDS["sentiment.negative_share_year"], IDS["sentiment.positive_share_year"]],
        ["mood", *(["dormant"] if is_dormant else [])],
        {
            "artifacts": [
                *("mood", "strongest", "weeks", "months", "releases", "groups"),
                *(f"commits:sentiment.{mood}_share_year" for mood in MOODS),
            ],
            "messages": year.judged,
            "negative": _facts(negative),
            "positive": _facts(positive),
            "confidence_basis": "coverage of the Wilson intervals (0.95) times the model's accuracy on commit"
            f" messages ({accuracy}), times messages / {_FULL_SAMPLE} where there are fewer than that",
        },
    )


def _change(year: Window, before: Window) -> Insight:
    """The clearer of the two differences to the year before; two tests are made, so p is doubled."""
    tests = {mood: min(2 * difference_p(year.share(mood), before.share(mood)), 1.0) for mood in MOODS}
    mood = min(MOODS, key=lambda name: tests[name])
    p, now, then = tests[mood], year.share(mood), before.share(mood)
    is_significant = p < _SIGNIFICANT
    rose = (now.percent or 0) > (then.percent or 0)
    if is_significant:
        verb = "rose" if rose else "fell"
        title = f"{mood.capitalize()} messages {verb} from {_percent(then)} to {_percent(now)} in a year"
        advice = "The difference is larger than chance explains; the messages show what it was about."
    else:
        title = (
            f"The mood of messages did not change measurably in a year:"
            f" {mood} {_percent(then)} before, {_percent(now)} now"
        )
        advice = (
            "A difference of this size is often chance; with so few messages a small change cannot be seen."
        )
    return Insight(
        InsightType.SENTIMENT,
        Severity.NOTICE if is_significant and mood == "negative" and rose else Severity.INFO,
        title,
        f"{now.count} of {now.total} messages against {then.count} of {then.total} in the 365 days before"
        f" (Fisher's exact test, p = {p:.2g} for two tests). {advice} {_CAUTION}",
        round(1 - p, 3) if is_significant else 0.5,
        _evidence(year, mood),
        [IDS[f"sentiment.{mood}_share_year"]],
        ["mood", "change"],
        {
            "artifacts": ["mood", f"commits:sentiment.{mood}_share_year"],
            "p_value": p,
            "now": _facts(now),
            "before": _facts(then),
            "confidence_basis": "1 - p of Fisher's exact test, p doubled for two tests; 0.5 where it is not"
            " significant, because a test cannot prove that nothing changed",
        },
    )


def _foreign(year: Window) -> Insight:
    unread = year.messages.filter(is_foreign())
    by_script = int((unread["reason"] == OTHER_SCRIPT).sum())
    share = year.foreign
    sure = (0.95 * by_script + 0.8 * (share.count - by_script)) / share.count
    return Insight(
        InsightType.SENTIMENT,
        Severity.NOTICE,
        f"{_percent(share)} of the messages were not judged because they are probably not English",
        "The model knows English only, so the shares speak for the remaining messages. The language is guessed"
        " from the script and from common little words; short messages count as English.",
        round(sure, 3),
        _commits(unread, "not judged"),
        [IDS["sentiment.not_english_share_year"]],
        ["language"],
        {
            "not_english": _facts(share),
            "confidence_basis": "0.95 for each message told by its script, 0.8 for each told by little words",
        },
    )


def _nothing_judged(messages: pl.DataFrame) -> Insight:
    reasons = Counter(messages["reason"].to_list()).most_common()
    told = "; ".join(f"{count} because the text {reason}" for reason, count in reasons)
    return Insight(
        InsightType.SENTIMENT,
        Severity.INFO,
        f"None of {_messages(messages.height)} could be judged",
        f"The model reads English messages that people worded. Left out: {told}.",
        0.9,
        _commits(messages, "not judged"),
        [IDS["sentiment.messages_year"]],
        ["language"],
        {"confidence_basis": "the guess of language and of tools' wording, about nine in ten right"},
    )


def _no_messages(commits: pl.DataFrame) -> Insight:
    merges, bots = int(commits["is_merge"].sum()), int((commits["is_bot"] & ~commits["is_merge"]).sum())
    newest = commits.tail(_SHOWN).reverse()["commit"].to_list()
    return Insight(
        InsightType.SENTIMENT,
        Severity.INFO,
        f"None of {_messages(commits.height)} is by a person",
        f"{merges} are merges and {bots} are by bots; what is left is dated after the analysis. Such messages"
        " say nothing about mood and are not read.",
        0.95,
        [Evidence(EvidenceKind.COMMIT, commit, "not read") for commit in newest],
        [IDS["sentiment.messages_year"]],
        ["bots"],
        {"merges": merges, "bots": bots, "confidence_basis": "how surely bots are told from people"},
    )


def _left_out(year: Window) -> str:
    left_out = year.messages.height - year.judged
    if not left_out:
        return ""
    foreign = year.foreign.count
    return f"{left_out} more were not judged, {foreign} of them because they are probably not English. "


def _evidence(year: Window, *moods: str) -> list[Evidence]:
    """The newest messages of these moods (of both by default), else the newest that were read."""
    chosen = [year.messages.filter(pl.col("label") == mood).tail(_SHOWN) for mood in moods or MOODS]
    found = [evidence for part in chosen for evidence in _commits(part)]
    return found or _commits(year.messages.filter(pl.col("label").is_not_null()), "read, neutral")


def _commits(messages: pl.DataFrame, note: str = "") -> list[Evidence]:
    return [
        Evidence(EvidenceKind.COMMIT, row["commit"], note or f"{row['label']}: {row['words']}")
        for row in messages.tail(_SHOWN).reverse().iter_rows(named=True)
    ]


def _facts(share: Share) -> dict[str, float | int | None]:
    low, high = share.interval or (None, None)
    return {"count": share.count, "total": share.total, "percent": share.percent, "low": low, "high": high}


def _percent(share: Share) -> str:
    return f"{share.percent or 0:.1f} %"


def _range(share: Share) -> str:
    low, high = share.interval or (0.0, 100.0)
    return f"{low:.1f} to {high:.1f} %"


def _messages(count: int) -> str:
    return "1 commit message" if count == 1 else f"{count:,} commit messages"
