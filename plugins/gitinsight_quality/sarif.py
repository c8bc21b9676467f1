"""Findings as SARIF 2.1.0 (OASIS standard), which code hosts and editors read."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple
from urllib.parse import quote

from gitinsight.plugin import Severity
from gitinsight_quality.deductions import CATEGORIES
from gitinsight_quality.files import File
from gitinsight_quality.health import RepositoryHealth
from gitinsight_quality.model import Smell
from gitinsight_quality.smells import SMELLS

SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"
_LEVELS = {
    Severity.INFO: "note",
    Severity.NOTICE: "note",
    Severity.WARNING: "warning",
    Severity.CRITICAL: "error",
}
WARNING_COST = 0.5
"""Deductions of so many points are warnings, the others notices."""


class CodeFinding(NamedTuple):
    """One thing to look at in the code; ``cost`` is in points of its file's health before the cap."""

    rule: str
    path: str
    start_line: int
    end_line: int
    severity: Severity
    message: str
    fix: str
    cost: float


FREE_SMELLS = (
    "assert-on-tuple",
    "duplicated-condition",
    "empty-handler",
    "mutable-default",
    "swallowed-error",
    "todo",
)
"""Smells that no deduction stands for: they cost nothing, for they say little about a whole file."""
RULES = {rule: (category.name.capitalize(), category.fix) for rule, category in CATEGORIES.items()} | {
    smell: (SMELLS[smell].title, SMELLS[smell].fix) for smell in FREE_SMELLS
}
"""Each rule's title, and what to do about it."""


def code_findings(health: RepositoryHealth, files: Sequence[File] = ()) -> Sequence[CodeFinding]:
    """Every deduction of every file as a finding, the most costly first, then the files' other smells."""
    found = [
        CodeFinding(
            one.rule,
            file.path,
            one.start_line,
            one.end_line,
            Severity.WARNING if one.cost >= WARNING_COST else Severity.NOTICE,
            one.message,
            one.fix,
            round(one.cost, 3),
        )
        for file in health.files
        for one in file.deductions
    ]
    found += [
        _of_smell(file.path, smell)
        for file in files
        for smell in file.measure.smells
        if smell.id in FREE_SMELLS
    ]
    return sorted(found, key=lambda one: (-one.cost, one.path, one.start_line, one.rule, one.end_line))


def _of_smell(path: str, smell: Smell) -> CodeFinding:
    title, fix = RULES[smell.id]
    severity = Severity.INFO if smell.id == "todo" else Severity.NOTICE
    message = f"{title}: {smell.detail}" if smell.detail else title
    return CodeFinding(smell.id, path, smell.start_line, smell.end_line, severity, message, fix, 0.0)


def sarif(findings: Sequence[CodeFinding], tool_version: str) -> dict[str, Any]:
    """A SARIF log with one run; paths become relative URIs and rules those that occur."""
    found = {one.rule for one in findings}
    rules = [rule for rule in RULES if rule in found]
    index = {rule: n for n, rule in enumerate(rules)}
    driver = {"name": "GitInsight", "version": tool_version, "rules": [_rule(rule) for rule in rules]}
    results = [_result(one, index[one.rule]) for one in findings]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(rule: str) -> dict[str, Any]:
    title, fix = RULES[rule]
    return {
        "id": rule,
        "shortDescription": {"text": title},
        "help": {"text": fix},
        "defaultConfiguration": {"level": "warning"},
    }


def _result(one: CodeFinding, rule_index: int) -> dict[str, Any]:
    region = {"startLine": one.start_line, "endLine": one.end_line}
    # "surrogateescape" has no place in a URI: a path that is not UTF-8 was read with U+FFFD.
    location = {"artifactLocation": {"uri": quote(one.path, safe="/", errors="replace")}, "region": region}
    return {
        "ruleId": one.rule,
        "ruleIndex": rule_index,
        "level": _LEVELS[one.severity],
        "message": {"text": f"{one.message}. {one.fix}"},
        "locations": [{"physicalLocation": location}],
        "properties": {"cost": one.cost},
    }
