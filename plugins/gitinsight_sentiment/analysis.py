"""The analyzer: read every message, count by week and year, and say what was found."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gitinsight.plugin import History, Report
from gitinsight_sentiment.breakdowns import breakdowns
from gitinsight_sentiment.exhibits import artifacts
from gitinsight_sentiment.findings import findings
from gitinsight_sentiment.periods import snapshot_points, weekly_points, window
from gitinsight_sentiment.reading import read_messages


def analyze(history: History, settings: Mapping[str, Any]) -> Report:  # noqa: ARG001
    """Shares of negative and positive commit messages with intervals, counts and the messages."""
    messages = read_messages(history)
    year = window(messages, history.now)
    return Report(
        points=[*weekly_points(messages, history.now), *snapshot_points(year)],
        insights=list(findings(history.commits, messages, year)),
        artifacts=[
            *artifacts(messages, year, history.now),
            *breakdowns(messages, year, history.commits, history.releases, history.now),
        ],
    )
