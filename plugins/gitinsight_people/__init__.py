"""People: who works here, who came, who fell silent, and on how few the work rests.

One analyzer, ``people``. It speaks of persons by name only, counts without judging, and leaves
bots and merges out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitinsight.plugin import Analyzer, History, Report, hookimpl
from gitinsight_people.definitions import METRICS


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """The analyzer ``people``."""
    return [
        Analyzer(
            name="people",
            title="People",
            version="1",
            analyze=_analyze,
            metrics=METRICS,
            description="Active, new, returning and inactive contributors, and how widely work is shared.",
        )
    ]


def _analyze(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_people import people

    return people.analyze(history, settings)
