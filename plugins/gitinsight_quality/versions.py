"""Past versions of a file: what git has at a path and a commit, measured once for each content."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from gitinsight.plugin import History
from gitinsight_quality.measuring import Measure, as_utf8, from_json, measurer

Text = tuple[bytes, ...]
"""A function's lines."""


class Version(NamedTuple):
    """The functions of one content by their qualified names, in the order of the text."""

    functions: Mapping[str, Sequence[Text]]


NOTHING = Version({})
"""What a file was before it was made."""


def measures_of(
    history: History, blobs: Sequence[str], language: str, time_limit_seconds: float
) -> Mapping[str, Measure]:
    """The measures of contents by blob, shared with those of the files at head."""
    wanted = list(dict.fromkeys(blobs))
    measure = measurer(language, time_limit_seconds)
    rows = history.cached_many(wanted, f"measure {language}", measure)
    return {blob: from_json(row) for blob, row in rows}


def versions_of(
    history: History, blobs: Sequence[str], language: str, time_limit_seconds: float
) -> Mapping[str, Version]:
    """The versions by blob; contents that could not be parsed are left out."""
    measures = measures_of(history, blobs, language, time_limit_seconds)
    parsed = [blob for blob, one in measures.items() if not (one.skipped or one.unparsed)]
    return {blob: _version(content, measures[blob]) for blob, content in history.blobs(parsed)}


def _version(content: bytes, measure: Measure) -> Version:
    lines = as_utf8(content).split(b"\n")
    functions: dict[str, list[Text]] = {}
    for one in measure.functions:
        if not one.is_inner:
            functions.setdefault(one.name, []).append(tuple(lines[one.start_line - 1 : one.end_line]))
    return Version(functions)
