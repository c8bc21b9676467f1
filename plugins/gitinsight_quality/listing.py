"""Findings as people and as programs read them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from importlib.metadata import version

from gitinsight_quality.sarif import CodeFinding, sarif


def as_table(findings: Sequence[CodeFinding], repository: str, head: str) -> str:
    """A line a finding: severity, place, what was found and what to do."""
    count = f"{len(findings):,} finding" + ("" if len(findings) == 1 else "s")
    lines = [f"{printable(repository)}  {head[:10]}  {count}"]
    lines += [
        f"{one.severity:<8} {printable(one.path)}:{one.start_line}  {printable(one.message)}. {one.fix}"
        for one in findings
    ]
    return "\n".join(lines) + "\n"


def as_json(findings: Sequence[CodeFinding], repository: str, head: str) -> str:
    """Every finding with its fields, the most costly first."""
    content = {"repository": repository, "head": head, "findings": [one._asdict() for one in findings]}
    return json.dumps(content, ensure_ascii=True, indent=1) + "\n"


def as_sarif(findings: Sequence[CodeFinding]) -> str:
    """A SARIF log of this release."""
    return json.dumps(sarif(findings, version("gitinsight")), ensure_ascii=True, indent=1) + "\n"


def printable(text: str) -> str:
    """A repository's text without what could steer a terminal."""
    return "".join(letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in text)
