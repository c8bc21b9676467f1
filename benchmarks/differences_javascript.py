"""Rules for JavaScript, TypeScript and their markup: how lizard's reading of a function differs from a parser's."""

from __future__ import annotations

import re

from benchmarks.cases import Case, Rules, counts, has, without_literals

_DECISION = re.compile(r"\b(?:if|for|while|catch|case)\b|&&|\|\||\?\?|\?(?![.?:])")
_ASSIGNED_PARENTHESIS = re.compile(r"(?:(?<![=!<>])=|\w\s*:)\s*(\((?![^()]*\)\s*=>)[^;]*)")
_TEMPLATE = re.compile(r"`[^`]*`")
_HEAD = re.compile(r"=>|\bfunction\b|\b(?!(?:if|for|while|switch|catch)\b)\w+\s*\([^()]*\)\s*\{")
_BARE_ARROW = re.compile(r"=>\s*(?!\{)(\S.*)", re.DOTALL)
_COMMENT_LINE = re.compile(r"\s*(?://|$)")
_METHOD = r"\.\s*(?:catch|for|if|case|while)\b"


def _is_arrow_on_two_lines(case: Case) -> bool:
    """Lizard has an arrow function begin on the line of its body, where that is not the line of the arrow."""
    above = [line for line in case.before.split("\n")[:-1] if not _COMMENT_LINE.match(line)]
    is_other = case.ours is None or case.ours.end_line != case.known.end_line
    return is_other and bool(above) and above[-1].rstrip().endswith("=>")


def _ends_too_soon(case: Case) -> bool:
    """Lizard takes an inner brace for the end; the lines after it hold what it misses, strings counted or not."""
    if case.ours is None or case.known.end_line >= case.ours.end_line:
        return False
    lines = case.text.split("\n")
    own = list(lines)
    for closure in case.closures:
        for number in range(closure.start_line, closure.end_line + 1):
            own[number - case.known.start_line] = ""
    last = case.known.end_line - case.known.start_line + 1
    least, most = _decisions("\n".join(own[last:])), len(_DECISION.findall("\n".join(lines[last:])))
    return least <= -case.surplus <= most and case.surplus < 0


def _adds_closures(case: Case) -> bool:
    """Lizard gives what it counts in a function within to the one around it."""
    inside = sum(closure.cyclomatic - 1 for closure in case.closures)
    return inside > 0 and 0 < case.surplus <= inside + len(re.findall(_METHOD, case.text))


def _loses_bare_arrow(case: Case) -> bool:
    """Lizard ends an arrow function without braces before its decisions, or gives them to the function around."""
    body = _BARE_ARROW.search(case.text)
    return body is not None and 0 < -case.surplus <= _decisions(body.group(1))


def _passes_over_assigned_parentheses(case: Case) -> bool:
    """Lizard reads a value in parentheses for an arrow's parameters, so that all or part of the value is lost."""
    statements = _ASSIGNED_PARENTHESIS.findall(without_literals(case.text))
    return 0 < -case.surplus <= sum(map(_decisions, statements))


def _passes_over_templates(case: Case) -> bool:
    """Lizard does not look into the expressions of a template literal."""
    return 0 < -case.surplus <= _decisions("\n".join(_TEMPLATE.findall(case.text)))


def _is_bodiless(case: Case) -> bool:
    """Lizard takes the type of a function, or a signature in a type, for a function."""
    return case.is_bodiless


def _is_statement(case: Case) -> bool:
    """Lizard takes a statement within a class for a method."""
    return case.ours is None and case.known.name in ("if", "for", "while", "switch", "catch", "with")


def _is_moved_by_markup(case: Case) -> bool:
    """Lizard swallows line breaks in JSX, so that functions in and below it stand on lines where none begins."""
    return case.ours is None and case.has_markup_above and not _HEAD.search(case.text.split("\n", 1)[0])


def _decisions(text: str) -> int:
    return len(_DECISION.findall(without_literals(text)))


RULES: Rules = {
    "lizard starts an arrow function at its body": _is_arrow_on_two_lines,
    "lizard ends the function at an inner brace": _ends_too_soon,
    "lizard counts a method named like a keyword": counts(_METHOD),
    "lizard passes over parentheses after = or :": _passes_over_assigned_parentheses,
    "lizard passes over template literals": _passes_over_templates,
    "lizard loses decisions of an arrow without braces": _loses_bare_arrow,
    "lizard adds a closure to the function around it": _adds_closures,
    "lizard takes a type or a signature for a function": _is_bodiless,
    "lizard takes a statement for a method": _is_statement,
    "lizard loses lines of the markup above": _is_moved_by_markup,
    "lizard reads markup as operators and functions": has(r"</|/>"),
}
