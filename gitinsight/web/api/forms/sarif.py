"""Insights as SARIF 2.1.0 (OASIS standard), which code hosts and editors read.

An insight is a result in each file of its evidence, so that it shows beside the file; one without files is
a result without a place. The rule is what the analyzer looks for: its name and the type of insight.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import quote

from gitinsight import __version__
from gitinsight.domain.report import Evidence, EvidenceKind, Severity
from gitinsight.services.insights import InsightView

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
LEVELS: Mapping[Severity, str] = {
    Severity.INFO: "note",
    Severity.NOTICE: "note",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "error",
}


def insights_sarif(insights: Iterable[InsightView]) -> Iterator[bytes]:
    """A log of one run; its rules are those that occur, so they stand behind the results."""
    rules: dict[str, dict[str, Any]] = {}
    opening = {"$schema": SCHEMA, "version": "2.1.0"}
    yield json.dumps(opening)[:-1].encode() + b', "runs": [{"columnKind": "unicodeCodePoints", "results": ['
    separator = b""
    for insight in insights:
        rule = f"{insight.analyzer}/{insight.type}"
        rules.setdefault(rule, _rule(rule, insight))
        for result in _results(insight, rule, list(rules).index(rule)):
            yield separator + json.dumps(result).encode()
            separator = b",\n"
    driver = {"name": "GitInsight", "version": __version__, "rules": list(rules.values())}
    yield b'], "tool": ' + json.dumps({"driver": driver}).encode() + b"}]}\n"


def _rule(rule: str, insight: InsightView) -> dict[str, Any]:
    return {
        "id": rule,
        "shortDescription": {"text": f"{insight.type.capitalize()} found by the analyzer {insight.analyzer}"},
        "defaultConfiguration": {"level": "note"},
    }


def _results(insight: InsightView, rule: str, index: int) -> Iterator[dict[str, Any]]:
    common = {
        "ruleId": rule,
        "ruleIndex": index,
        "level": LEVELS[insight.severity],
        "properties": {
            "insight": str(insight.id),
            "confidence": insight.confidence_score,
            "tags": sorted(set(insight.tags)),
        },
    }
    files = [piece for piece in insight.evidence if piece.kind == EvidenceKind.FILE and piece.ref]
    if not files:
        yield {**common, "message": {"text": _text(insight, "")}, "partialFingerprints": _print(insight, "")}
    for file in files:
        yield {
            **common,
            "message": {"text": _text(insight, file.note)},
            "locations": [_location(file)],
            "partialFingerprints": _print(insight, file.ref),
        }


def _text(insight: InsightView, note: str) -> str:
    beside = f" Here: {note}." if note else ""
    return f"{insight.title}. {insight.description}{beside}"


def _location(file: Evidence) -> dict[str, Any]:
    # What is no UTF-8 was read with a replacement, and half of a surrogate pair has no place in a URI.
    uri = quote(file.ref.lstrip("/"), safe="/", errors="replace")
    return {"physicalLocation": {"artifactLocation": {"uri": uri}, "region": {"startLine": 1}}}


def _print(insight: InsightView, path: str) -> dict[str, str]:
    """What recognises the result again in a later log."""
    return {"insight/v1": f"{insight.lasting_id}:{quote(path, errors='replace')}"}
