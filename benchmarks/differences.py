"""Why a figure of ours differs from an oracle's: rules that are told by name, each decided from the text.

A rule says what the other tool does; it does not excuse anything that it does not explain.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator

from benchmarks.cases import Case, case_of
from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import Function

_TOKEN = re.compile(r"&&|[=!<>+\-*/%&|^]=|=|[;{})]")
_LITERAL = re.compile(r'"(?:\\.|[^"\\\n])*"|/\*.*?\*/|//[^\n]*', re.DOTALL)
_MACRO_BEFORE_CASE = re.compile(r"^\s*[A-Z]\w+\s*(?:/\*.*?\*/\s*)?\n\s*case\b", re.MULTILINE)
_JAVASCRIPT_DECISION = re.compile(r"\b(?:if|for|while|catch|case)\b|&&|\|\||\?\?|\?(?![.?:])")
_ASSIGNED_PARENTHESIS = re.compile(r"(?:(?<![=!<>])=|\w\s*:)\s*(\((?![^()]*\)\s*=>)[^;]*)")
_TEMPLATE = re.compile(r"`[^`]*`")
_HEAD = re.compile(r"=>|\bfunction\b|\w\s*\([^()]*\)\s*\{")
_MACRO = re.compile(r"\b(?:[A-Z][A-Z0-9_]{2,}|__\w+|\w+_function|\w+_inline|cdecl)\b")


def rule(oracle: str, language: str, source: Source, known: Known, ours: Function | None) -> str:
    """The name of the first rule that explains a difference, or the empty string."""
    case = case_of(source, language, known, ours)
    rules = _COGNITIVE if oracle in ("cognitive-complexity", "complexipy") else LIZARD.get(language, {})
    if oracle in _ONLY:
        rules = {**rules, **_ONLY[oracle]}
    return next((name for name, explains in rules.items() if explains(case)), "")


def _is_unread(case: Case) -> bool:
    """Our parser, which sees macros unexpanded, takes the head of the function for an error."""
    return case.is_unread


def _loses_cases(case: Case) -> bool:
    """Our parser takes a macro that stands alone before a ``case`` and the ``case`` for one declaration."""
    lost = len(_MACRO_BEFORE_CASE.findall(case.text))
    return case.ours is not None and 0 < case.known.value - case.ours.cyclomatic <= lost


def _ends_too_soon(case: Case) -> bool:
    """Lizard takes an inner brace for the end; the lines after it hold what it misses, strings counted or not."""
    if case.ours is None or case.known.end_line >= case.ours.end_line:
        return False
    rest = "\n".join(case.text.split("\n")[case.known.end_line - case.known.start_line + 1 :])
    missed = case.ours.cyclomatic - case.known.value
    return _decisions(rest) <= missed <= len(_JAVASCRIPT_DECISION.findall(rest)) and missed > 0


def _decisions(text: str) -> int:
    return len(_JAVASCRIPT_DECISION.findall(_LITERAL.sub(" ", text)))


def _passes_over_assigned_parentheses(case: Case) -> bool:
    """Lizard reads a value in parentheses for an arrow's parameters, so that all or part of the value is lost."""
    statements = _ASSIGNED_PARENTHESIS.findall(_LITERAL.sub(" ", case.text))
    return case.ours is not None and 0 < case.ours.cyclomatic - case.known.value <= sum(
        map(_decisions, statements)
    )


def _passes_over_templates(case: Case) -> bool:
    """Lizard does not look into the expressions of a template literal."""
    inside = "\n".join(_TEMPLATE.findall(case.text))
    return case.ours is not None and 0 < case.ours.cyclomatic - case.known.value <= _decisions(inside)


def _is_moved_by_markup(case: Case) -> bool:
    """Lizard swallows line breaks in JSX, so that functions below stand on lines where none begins."""
    return case.ours is None and case.has_markup_above and not _HEAD.search(case.text.split("\n", 1)[0])


def _is_arrow_on_two_lines(case: Case) -> bool:
    """Lizard has an arrow function begin on the line of its body, where that is not the line of the arrow."""
    above = case.before.split("\n")[:-1]
    return case.ours is None and bool(above) and above[-1].rstrip().endswith("=>")


def _rvalue_references(case: Case) -> bool:
    """Lizard takes ``&&`` for C++'s reference where an assignment follows in the statement."""
    missed, waits = 0, False
    for match in _TOKEN.finditer(_LITERAL.sub(" ", case.text)):
        token = match.group()
        if waits and token in "=;{})":
            missed += token == "="
            waits = False
        elif not waits and token == "&&":
            waits = True
    return case.ours is not None and missed == case.ours.cyclomatic - case.known.value != 0


def _method_catch(case: Case) -> bool:
    """Lizard counts a call of a method named ``catch``, ``for``, ``if``, ``case`` or ``while``."""
    calls = len(re.findall(r"\.\s*(?:catch|for|if|case|while)\b", case.text))
    return case.ours is not None and 0 < case.known.value - case.ours.cyclomatic <= calls


def _is_annotation(case: Case) -> bool:
    """Lizard takes an annotation with arguments for a function."""
    return case.ours is None and bool(re.search(r"@[\w.]+\s*\(", _head(case)))


def _is_constant_body(case: Case) -> bool:
    """Lizard takes the body of an enum's constant or of an anonymous class for a function."""
    name = re.escape(case.known.name.rsplit("::", 1)[-1])
    return case.ours is None and bool(
        re.search(rf"(?:\bnew\s+|^\s*){name}\s*\(", case.text.split("\n", 1)[0])
    )


def _head(case: Case) -> str:
    """The function's first line and the two above."""
    return "\n".join(case.before.split("\n")[-3:])


def _has(pattern: str) -> Callable[[Case], bool]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: bool(compiled.search(case.text))


def _missing_after(pattern: str) -> Callable[[Case], bool]:
    compiled = re.compile(pattern, re.MULTILINE)
    return lambda case: case.ours is None and bool(compiled.search(case.before))


def _is_missing_with_macro(case: Case) -> bool:
    head = case.text.split("{", 1)[0]
    return case.ours is None and bool(_MACRO.search(case.before + head))


def _nodes(case: Case) -> Iterator[ast.AST]:
    text = "\n".join(line for line in case.text.split("\n"))
    indent = len(text) - len(text.lstrip())
    try:
        yield from ast.walk(ast.parse(("if 1:\n" if indent else "") + text))
    except SyntaxError:
        return


def _contains(*kinds: type[ast.AST]) -> Callable[[Case], bool]:
    return lambda case: any(isinstance(node, kinds) for node in _nodes(case))


def _has_elif(case: Case) -> bool:
    """The package leaves what stands under an ``if`` with an ``elif`` at the level of the ``if``."""
    return any(
        isinstance(node, ast.If) and len(node.orelse) == 1 and isinstance(node.orelse[0], ast.If)
        for node in _nodes(case)
    )


def _has_loop_else(case: Case) -> bool:
    return any(isinstance(node, ast.For | ast.AsyncFor | ast.While) and node.orelse for node in _nodes(case))


def _returns_more_than_a_name(case: Case) -> bool:
    """The package does not look at what a function returns that defines another and returns."""
    return any(
        isinstance(node, ast.FunctionDef)
        and len(node.body) == 2
        and isinstance(node.body[0], ast.FunctionDef)
        and isinstance(node.body[1], ast.Return)
        and any(isinstance(inner, ast.BoolOp | ast.IfExp | ast.Lambda) for inner in ast.walk(node.body[1]))
        for node in _nodes(case)
    )


def _has_branch_in_operand(case: Case) -> bool:
    """The package does not look into the operands of a logical expression."""
    return any(
        isinstance(inner, ast.IfExp | ast.Lambda)
        for node in _nodes(case)
        if isinstance(node, ast.BoolOp)
        for inner in ast.walk(node)
    )


def _has_closure(case: Case) -> bool:
    return sum(isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) for node in _nodes(case)) > 1


Rules = dict[str, Callable[[Case], bool]]

_C: Rules = {
    "lizard takes && before = for a reference": _rvalue_references,
    "our parser fails on the head of the function": _is_unread,
    "our parser takes a macro and the case after it for a declaration": _loses_cases,
    "macro in or above the declaration": _is_missing_with_macro,
    "conditional compilation": _has(r"^\s*#\s*(?:if|ifdef|ifndef|else|elif)\b"),
    "heads by conditional compilation": _missing_after(r"^\s*#\s*(?:if|else|endif|elif)"),
    "lizard takes a macro call for a function": _missing_after(r"^\s*\w+\s*\([^;{]*\)\s*$"),
}
_JAVASCRIPT: Rules = {
    "lizard starts an arrow function at its body": _is_arrow_on_two_lines,
    "lizard ends the function at an inner brace": _ends_too_soon,
    "lizard counts a method named like a keyword": _method_catch,
    "lizard passes over parentheses after = or :": _passes_over_assigned_parentheses,
    "lizard passes over template literals": _passes_over_templates,
    "lizard loses lines of the markup above": _is_moved_by_markup,
    "lizard reads markup as operators and functions": _has(r"</|/>"),
}
LIZARD: dict[str, Rules] = {
    "C": _C,
    "C++": _C,
    "Go": {"lizard ends the head at the braces of a type": _has(r"\A[^\n]*\b(?:struct|interface)\s*\{\s*\}")},
    "Java": {
        "lizard takes an annotation for a function": _is_annotation,
        "lizard takes a constant's or anonymous class's body for a function": _is_constant_body,
        "lizard takes an annotation's default for a function": _has(r"\A.*\bdefault\b"),
        "lizard takes a field of a local class for a function": _missing_after(r"^\s*class\s+\w+"),
        "lizard adds a local class to its method": _has(
            r"\A.+\n(?:.*\n)*?.*(?:\bclass\s+\w+|\bnew\s+[\w.<>,? ]+\([^;]*\)\s*\{)"
        ),
        "lizard counts the wildcard ? of generics": _has(r"<[^;(]*\?"),
    },
    "JavaScript": _JAVASCRIPT,
    "TSX": _JAVASCRIPT,
    "TypeScript": {
        **_JAVASCRIPT,
        "lizard counts the ? of an optional member or parameter": _has(r"\w\?\s*:"),
    },
}
_COGNITIVE: Rules = {"match": _contains(ast.Match), "else of a loop": _has_loop_else}
_ONLY: dict[str, Rules] = {
    "cognitive-complexity": {
        "package passes over async for": _contains(ast.AsyncFor),
        "package keeps the level under an if with elif": _has_elif,
        "package does not look into operands": _has_branch_in_operand,
        "package does not look at what a wrapper returns": _returns_more_than_a_name,
    },
    "complexipy": {
        "complexipy counts comprehensions": _contains(ast.comprehension),
        "complexipy passes over operators in some places": _contains(ast.BoolOp, ast.IfExp, ast.Lambda),
        "complexipy nests closures in their own way": _has_closure,
    },
}
