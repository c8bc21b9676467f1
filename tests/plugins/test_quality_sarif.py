"""The SARIF log has what version 2.1.0 of the standard asks for (sections 3.13, 3.14, 3.27, 3.28, 3.30)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gitinsight.plugin import Severity
from gitinsight_quality.deductions import FileFacts, FunctionFacts
from gitinsight_quality.health import repository_health
from gitinsight_quality.sarif import CodeFinding, code_findings, sarif

LEVELS = {"none", "note", "warning", "error"}


def finding(path: str = "src/a.py", rule: str = "complex-method", **more: Any) -> CodeFinding:
    whole = {
        "severity": Severity.NOTICE,
        "message": "f has a complexity of 11",
        "fix": "Split it.",
        "cost": 0.3,
    }
    return CodeFinding(rule, path, 3, 9, **{**whole, **more})


def check(log: dict[str, Any]) -> None:
    """Raise where a required property is missing or has a value that the standard does not allow."""
    assert log["version"] == "2.1.0"
    assert log["$schema"].endswith("sarif-2.1.0.json")
    for run in log["runs"]:
        driver = run["tool"]["driver"]
        assert driver["name"]
        ids = [rule["id"] for rule in driver["rules"]]
        assert len(ids) == len(set(ids))
        assert all(rule["shortDescription"]["text"] and rule["help"]["text"] for rule in driver["rules"])
        assert run["columnKind"] in ("utf16CodeUnits", "unicodeCodePoints")
        for result in run["results"]:
            assert result["message"]["text"]
            assert result["level"] in LEVELS
            assert ids[result["ruleIndex"]] == result["ruleId"]
            for location in result["locations"]:
                place = location["physicalLocation"]
                uri = place["artifactLocation"]["uri"]
                assert uri.isascii()
                assert not set(uri) & set(' <>"{}|\\^`')
                assert 1 <= place["region"]["startLine"] <= place["region"]["endLine"]


def test_a_log_of_findings_keeps_to_the_standard_and_is_plain_json() -> None:
    log = sarif([finding(), finding("b.py", "large-file", severity=Severity.WARNING)], "1.2")
    check(json.loads(json.dumps(log)))
    run = log["runs"][0]
    assert run["tool"]["driver"]["version"] == "1.2"
    assert [rule["id"] for rule in run["tool"]["driver"]["rules"]] == ["complex-method", "large-file"]
    assert [result["ruleIndex"] for result in run["results"]] == [0, 1]
    assert run["results"][0]["message"]["text"] == "f has a complexity of 11. Split it."


def test_a_log_without_findings_is_a_log() -> None:
    log = sarif([], "1")
    check(log)
    assert log["runs"][0]["results"] == []


@pytest.mark.parametrize(
    ("severity", "level"),
    [
        (Severity.INFO, "note"),
        (Severity.NOTICE, "note"),
        (Severity.WARNING, "warning"),
        (Severity.CRITICAL, "error"),
    ],
)
def test_severities_are_levels(severity: Severity, level: str) -> None:
    (result,) = sarif([finding(severity=severity)], "1")["runs"][0]["results"]
    assert result["level"] == level


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        ("a b/ü#?.py", "a%20b/%C3%BC%23%3F.py"),
        ("a\nb.py", "a%0Ab.py"),
        ("100%.py", "100%25.py"),
        ("\udce9.py", "%3F.py"),
    ],
)
def test_any_path_becomes_a_uri(path: str, uri: str) -> None:
    log = sarif([finding(path)], "1")
    check(log)
    place = log["runs"][0]["results"][0]["locations"][0]["physicalLocation"]
    assert place["artifactLocation"]["uri"] == uri


def test_findings_come_from_deductions_with_the_most_costly_first() -> None:
    functions = [FunctionFacts("f", 1, 9, cyclomatic=11), FunctionFacts("g", 20, 29, cyclomatic=30)]
    first, second = code_findings(repository_health([FileFacts("a.py", 40, 40, functions)]))
    assert first == CodeFinding(
        "complex-method",
        "a.py",
        20,
        29,
        Severity.WARNING,
        "g has a complexity of 30",
        "Split it at its branches into steps with names.",
        0.8,
    )
    assert (second.severity, second.cost) == (Severity.NOTICE, 0.3)
