"""People: who works here, who came, who fell silent, and on how few the work rests.

Two analyzers. ``people`` looks at commits, ``ownership`` at lines: whose they are, how old, how long they
live. They speak of persons by name only, count without judging, and leave bots out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gitinsight.plugin import Analyzer, History, Needs, Report, hookimpl
from gitinsight_people import ownership_definitions
from gitinsight_people.definitions import METRICS


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """The analyzers ``people`` and ``ownership``."""
    return [
        Analyzer(
            name="people",
            title="People",
            version="1",
            analyze=_analyze,
            metrics=METRICS,
            description="Active, new, returning and inactive contributors, and how widely work is shared.",
        ),
        Analyzer(
            name="ownership",
            title="Code ownership",
            version="1",
            analyze=_analyze_ownership,
            metrics=ownership_definitions.METRICS,
            # It reads no series of the others: reading all lines takes longest, and they should not wait for it.
            after=("*",),
            description="Who wrote the lines at head, how old these are, and how long lines live here.",
            needs=Needs.COMMITS,
        ),
    ]


def _analyze(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_people import people

    return people.analyze(history, settings)


def _analyze_ownership(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_people import ownership

    return ownership.analyze(history, settings)
