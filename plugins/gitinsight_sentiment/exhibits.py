"""What a reader can open: the mood chart, the strongest messages, the commits behind a share."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

import polars as pl

from gitinsight.plugin import Artifact, ArtifactKind, commits_behind
from gitinsight_sentiment.definitions import BY_NAME, LEAST_MESSAGES
from gitinsight_sentiment.periods import MOODS, Window, counted
from gitinsight_sentiment.statistics import Share

_CHART_YEARS = 5
_ENOUGH_SPANS = 0.75
_STRONG = 0.8
_MOST_STRONG = 50

_COLUMNS = [
    {"name": "commit", "title": "Commit", "kind": "commit"},
    {"name": "at", "title": "Date", "kind": "date"},
    {"name": "subject", "title": "Subject", "kind": "text"},
    {"name": "label", "title": "Reads", "kind": "text"},
    {"name": "words", "title": "Because of", "kind": "text"},
    {"name": "confidence", "title": "Probability", "kind": "percent"},
]


def artifacts(messages: pl.DataFrame, year: Window, now: datetime) -> Iterator[Artifact]:
    """All artifacts of the analyzer; each is there for an empty history too."""
    yield mood_chart(messages, now)
    yield strongest(messages)
    for mood in MOODS:
        yield drill_down(year, mood)


def mood_chart(messages: pl.DataFrame, now: datetime) -> Artifact:
    """Shares of the last five years with Wilson bands; null for a month, quarter or year of few messages."""
    recent = messages.filter(pl.col("at") > now - timedelta(days=365 * _CHART_YEARS))
    step, spans = _spans(recent, now)
    lines, bands = [], []
    for mood in MOODS:
        shares = [
            (start.date().isoformat(), Share(count, judged))
            for start, judged, count in spans.select("start", "judged", mood).iter_rows()
        ]
        lines.append({"name": mood, "shape": "line", "points": [[at, _shown(share)] for at, share in shares]})
        bands.append({"name": mood, "points": [[at, *_limits(share)] for at, share in shares]})
    return Artifact(
        "mood",
        ArtifactKind.CHART,
        _finding(spans),
        {"unit": "%", "series": lines, "bands": bands},
        f"Shares of judged messages by {step}, missing where fewer than {LEAST_MESSAGES} were judged; the bands"
        " are 95 % Wilson score intervals.",
    )


def _spans(messages: pl.DataFrame, now: datetime) -> tuple[str, pl.DataFrame]:
    """The finest division of time of which most parts have messages enough, and the counts of its parts."""
    for step, every in (("month", "1mo"), ("quarter", "1q")):
        spans = counted(messages, every, now)
        enough = spans.filter(pl.col("judged") >= LEAST_MESSAGES).height
        if enough >= _ENOUGH_SPANS * spans.height:
            return step, spans
    return "year", counted(messages, "1y", now)


def _finding(spans: pl.DataFrame) -> str:
    judged = int(spans["judged"].sum())
    if not judged:
        return "Negative and positive commit messages"
    negative, positive = (100 * int(spans[mood].sum()) / judged for mood in MOODS)
    return f"{negative:.1f} % of {judged:,} commit messages in five years read negative, {positive:.1f} % positive"


def _shown(share: Share) -> float | None:
    percent = share.percent if share.total >= LEAST_MESSAGES else None
    return None if percent is None else round(percent, 2)


def _limits(share: Share) -> tuple[float | None, float | None]:
    interval = share.interval if share.total >= LEAST_MESSAGES else None
    return (round(interval[0], 2), round(interval[1], 2)) if interval else (None, None)


def strongest(messages: pl.DataFrame) -> Artifact:
    """The newest messages that read clearly negative or positive, with the words that say so."""
    clear = messages.filter(pl.col("label").is_in(MOODS) & (pl.col("confidence") >= _STRONG)).sort(
        "at", descending=True
    )
    newest = [clear.filter(pl.col("label") == mood).head(_MOST_STRONG) for mood in MOODS]
    rows = pl.concat(newest).sort("at", descending=True)
    return Artifact(
        "strongest",
        ArtifactKind.TABLE,
        "The newest messages with a clear mood",
        {
            "columns": _COLUMNS,
            "rows": [_row(row) for row in rows.iter_rows(named=True)],
            "total": clear.height,
        },
        f"The newest {_MOST_STRONG} messages each with a probability of at least {_STRONG:.0%} of being negative"
        " or positive, by date.",
    )


def _row(message: dict[str, Any]) -> list[Any]:
    return [
        message["commit"],
        message["at"].isoformat(),
        message["subject"],
        message["label"],
        message["words"],
        round(message["confidence"], 3),
    ]


def drill_down(year: Window, mood: str) -> Artifact:
    """The newest of the last year's messages that count for the share of ``mood``."""
    found = year.messages.filter(pl.col("label") == mood).sort("at", descending=True)
    rows = found.select("commit", "subject", "author", "at", "words").iter_rows()
    title = f"Commit messages of the last year that read {mood}"
    return commits_behind(BY_NAME[f"sentiment.{mood}_share_year"], title, rows, found.height)
