"""A single text of code, judged by the same rules as a repository's files: plain JSON in and out."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from gitinsight_quality.detection import is_test, language_of, language_of_script
from gitinsight_quality.files import File
from gitinsight_quality.guessing import guess_language
from gitinsight_quality.health import FileHealth, band_of, facts_of, file_health, repository_health
from gitinsight_quality.measuring import measure_text
from gitinsight_quality.model import Class, Function
from gitinsight_quality.sarif import RULES, CodeFinding, code_findings

TIME_LIMIT_SECONDS = 5.0
NAMELESS = "text"


def create_judge() -> Callable[..., dict[str, Any]]:
    """Return what judges a text: ``judge(code=, language=, path=)``, of which the last two may be empty.

    The answer has ``language``, ``is_detected``, ``not_analyzed`` (why there are no functions, else empty),
    ``has_syntax_errors``, ``lines`` by kind, ``functions``, ``classes``, ``health`` (null where nothing could
    be parsed) and ``findings``, all with lines from 1.
    """
    return judge


def judge(code: str, language: str = "", path: str = "") -> dict[str, Any]:
    """The judgement of one text; see ``create_judge``."""
    content = code.encode("utf-8", "surrogatepass")
    known = language or language_of(path) or language_of_script(content)
    chosen = known or guess_language(content)
    answer: dict[str, Any] = {"language": chosen, "is_detected": not language, **_NOTHING}
    if not chosen:
        return answer | {"not_analyzed": "no language was named and none fits the text"}
    file = File(path or NAMELESS, chosen, is_test(path), measure_text(content, chosen, TIME_LIMIT_SECONDS))
    answer |= {
        "not_analyzed": _reason(file),
        "has_syntax_errors": file.measure.has_error,
        "lines": file.lines._asdict(),
    }
    if not file.is_parsed:
        return answer
    facts = facts_of(file)
    return answer | {
        "functions": [_function(one) for one in file.functions],
        "classes": [_class(one) for one in file.measure.classes],
        "health": _health(file_health(facts)),
        "findings": [_finding(one) for one in code_findings(repository_health([facts]), [file])],
    }


_NOTHING: dict[str, Any] = {
    "not_analyzed": "",
    "has_syntax_errors": False,
    "lines": {"code": 0, "comment": 0, "blank": 0},
    "functions": [],
    "classes": [],
    "health": None,
    "findings": [],
}


def _reason(file: File) -> str:
    if file.measure.skipped or file.measure.unparsed:
        return file.measure.skipped or file.measure.unparsed
    return "" if file.is_parsed else f"there is no parser for {file.language}: lines only"


def _function(one: Function) -> dict[str, Any]:
    names = ("name", "start_line", "end_line", "cyclomatic", "cognitive", "length", "nesting", "parameters")
    return {name: getattr(one, name) for name in names}


def _class(one: Class) -> dict[str, Any]:
    return one._asdict()


def _health(health: FileHealth) -> dict[str, Any]:
    costs: dict[str, float] = {}
    for deduction, cost in zip(health.deductions, health.costs, strict=True):
        costs[deduction.rule] = costs.get(deduction.rule, 0.0) + cost
    factors = [
        {"rule": rule, "title": RULES[rule][0], "cost": round(cost, 3)}
        for rule, cost in sorted(costs.items(), key=lambda item: -item[1])
    ]
    return {"score": round(health.score, 3), "band": band_of(health.score).value, "factors": factors}


def _finding(one: CodeFinding) -> dict[str, Any]:
    return one._asdict() | {"severity": one.severity.value}
