"""Each commit message with what was read from it, as one frame."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from typing import Any

import polars as pl

from gitinsight.plugin import History, believable_since
from gitinsight_sentiment.language import FOREIGN
from gitinsight_sentiment.messages import own_words

GENERATED = "was worded by a tool"
_TOLD_EVERY = 500
_MOST_SUBJECT = 200
_MOST_WORDS = 8
_CUT = 500
"""Characters of a message that are read: subject and first paragraph rarely have more."""

_SCHEMA: dict[str, Any] = {
    "commit": pl.String,
    "at": pl.Datetime("us", "UTC"),
    "author": pl.String,
    "subject": pl.String,
    "label": pl.String,
    "confidence": pl.Float64,
    "words": pl.String,
    "reason": pl.String,
}


def read_messages(history: History, since: datetime | None = None) -> pl.DataFrame:
    """A row for each commit by a person that is no merge and not dated after ``history.now``.

    Sorted by committer time ``at``: ``commit``, ``author``, ``subject``, ``label`` (null where not
    judged), ``confidence`` (0 to 1), ``words`` (what carries the label) and ``reason`` (why it was not
    judged, else empty). Nothing before ``since`` is read. A mistaken early stretch is left out, see ``_plausible``.
    """
    wanted = (
        history.commits.filter(
            ~pl.col("is_merge") & ~pl.col("is_bot") & (pl.col("committed_at") <= history.now)
        )
        .select("commit", pl.col("committed_at").alias("at"), "author", "subject", "body")
        .sort("at", maintain_order=True)
    )
    beginning = believable_since(wanted["at"].to_list())
    if beginning is None:
        return pl.DataFrame(schema=_SCHEMA)
    wanted = wanted.filter(pl.col("at") >= max(beginning, since or beginning))
    return pl.DataFrame(list(_rows(history, wanted)), schema=_SCHEMA, orient="row")


def _rows(history: History, commits: pl.DataFrame) -> Iterator[tuple[Any, ...]]:
    from gitinsight_sentiment.pipeline import create_pipeline

    nlp = create_pipeline(_CUT)
    texts = (own_words(subject, body) for subject, body in commits.select("subject", "body").iter_rows())
    judged = nlp.pipe(texts)
    facts = commits.select("commit", "at", "author", "subject").iter_rows()
    for done, (fact, doc) in enumerate(zip(facts, judged, strict=True)):
        if done % _TOLD_EVERY == 0:
            history.progress(done, commits.height)
        yield (*fact[:3], fact[3][:_MOST_SUBJECT], *_judgement(doc))
    history.progress(commits.height, commits.height)


def _judgement(doc: Any) -> tuple[str | None, float | None, str, str]:
    """Label, confidence, the words behind the label, and the reason where there is no label."""
    if not doc.text:
        return None, None, "", GENERATED
    if doc._.not_judged:
        return None, None, "", doc._.not_judged
    label = max(doc.cats, key=doc.cats.__getitem__)
    words = [span.text for span in doc.spans["sentiment"] if span.label_ == label][:_MOST_WORDS]
    return label, doc._.confidence, ", ".join(words), ""


def is_foreign() -> pl.Expr:
    """True for a message that was not judged because of its language."""
    return pl.col("reason").is_in(FOREIGN)
