"""What each number of the analyzer means, and what the model behind it is."""

from __future__ import annotations

from gitinsight.plugin import Bucket, Metric

LEAST_MESSAGES = 10
"""A week or month with fewer judged messages has no share."""

_READ = (
    "A message is judged on its subject and first paragraph, without trailers, code, quotations and a revert's"
    " title, by the model linear-se. Merges, commits by bots, messages that a tool worded, messages without"
    " words and messages that are probably not English are not judged."
)
_WEEK = "A week begins on Monday 00:00 UTC and takes a commit by its committer date; the last is not over."
_YEAR = "The window is the 365 days before the analysis, by committer date."
_WILSON = "of the 95 % Wilson score interval (1927) of"


def _weekly(label: str) -> Metric:
    return Metric(
        f"sentiment.{label}_share",
        f"{label.capitalize()} messages",
        "%",
        f"100 * messages judged {label} / messages judged, in the week; missing where fewer than"
        f" {LEAST_MESSAGES} were judged. {_READ} {_WEEK}",
    )


def _yearly(label: str) -> tuple[Metric, ...]:
    name, title = f"sentiment.{label}_share_year", f"{label.capitalize()} messages in the last year"
    formula = f"100 * messages judged {label} / messages judged"
    return (
        Metric(name, title, "%", f"{formula}. {_YEAR} {_READ}", bucket=Bucket.SNAPSHOT),
        *(
            Metric(
                f"{name}_{side}",
                f"{title}, {side} limit",
                "%",
                f"The {side} limit {_WILSON} {formula}. {_YEAR} {_READ}",
                bucket=Bucket.SNAPSHOT,
            )
            for side in ("low", "high")
        ),
    )


METRICS = (
    Metric(
        "sentiment.messages",
        "Messages judged",
        "messages",
        f"Commit messages that were judged in the week. {_READ} {_WEEK}",
    ),
    _weekly("negative"),
    _weekly("positive"),
    Metric(
        "sentiment.messages_year",
        "Messages judged in the last year",
        "messages",
        f"Commit messages that were judged. {_YEAR} {_READ}",
        bucket=Bucket.SNAPSHOT,
    ),
    *_yearly("negative"),
    *_yearly("positive"),
    Metric(
        "sentiment.not_english_share_year",
        "Messages not judged for their language in the last year",
        "%",
        "100 * messages whose letters are mostly not Latin, or that hold at least two common little words of"
        " another language and more of these than English ones / all messages by people that are no merges."
        f" Short messages count as English. {_YEAR}",
        bucket=Bucket.SNAPSHOT,
    ),
)
BY_NAME = {metric.name: metric for metric in METRICS}
IDS = {metric.name: metric.id for metric in METRICS}

FOLDER_METRICS = (
    Metric(
        "sentiment_folders.folders",
        "Folders with judged messages",
        "folders",
        "Top-level folders that commits with a judged message changed in the 365 days before the analysis; vendored"
        " and generated files do not count.",
        bucket=Bucket.SNAPSHOT,
    ),
)
