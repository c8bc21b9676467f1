"""Why a figure of ours differs from an oracle's: rules that are told by name, each decided from the text.

A rule says what the other tool does; it does not excuse anything that it does not explain.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from benchmarks import differences_cognitive, differences_javascript, differences_rust
from benchmarks.cases import (
    Case,
    Rules,
    case_of,
    counts,
    has,
    missing_after,
    missing_at,
    passes_over,
    without_literals,
)
from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import Function

_TOKEN = re.compile(r"&&|[=!<>+\-*/%&|^]=|=|[;{})]")
_MACRO_BEFORE_CASE = re.compile(r"^\s*[A-Z]\w+\s*(?:/\*.*?\*/\s*)?\n\s*case\b", re.MULTILINE)
_MACRO = re.compile(r"\b(?:[A-Z][A-Z0-9_]{2,}|__\w+|\w+_function|\w+_inline|cdecl)\b")


def rule(
    oracle: str,
    language: str,
    source: Source,
    known: Known,
    ours: Function | None,
    functions: Sequence[Function] = (),
) -> str:
    """The name of the first rule that explains a difference, or the empty string; ``functions`` are ours of the file."""
    case = case_of(source, language, known, ours, functions)
    if oracle in ("cognitive-complexity", "complexipy"):
        rules = {**differences_cognitive.EVERY_TOOL, **differences_cognitive.BY_TOOL[oracle]}
    else:
        rules = LIZARD.get(language, {})
    return next((name for name, explains in rules.items() if explains(case)), "")


def _is_unread(case: Case) -> bool:
    """Our parser, which sees macros unexpanded, takes the head of the function for an error."""
    return case.is_unread


def _loses_cases(case: Case) -> bool:
    """Our parser takes a macro that stands alone before a ``case`` and the ``case`` for one declaration."""
    return 0 < case.surplus <= len(_MACRO_BEFORE_CASE.findall(case.text))


def _rvalue_references(case: Case) -> bool:
    """Lizard takes ``&&`` for C++'s reference where an assignment follows in the statement."""
    missed, waits = 0, False
    for match in _TOKEN.finditer(without_literals(case.text)):
        token = match.group()
        if waits and token in "=;{})":
            missed += token == "="
            waits = False
        elif not waits and token == "&&":
            waits = True
    return missed == -case.surplus != 0


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


def _is_missing_with_macro(case: Case) -> bool:
    head = case.text.split("{", 1)[0]
    return case.ours is None and bool(_MACRO.search(case.before + head))


_C: Rules = {
    "lizard takes && before = for a reference": _rvalue_references,
    "our parser fails on the head of the function": _is_unread,
    "our parser takes a macro and the case after it for a declaration": _loses_cases,
    "macro in or above the declaration": _is_missing_with_macro,
    "conditional compilation": has(r"^\s*#\s*(?:if|ifdef|ifndef|else|elif)\b"),
    "heads by conditional compilation": missing_after(r"^\s*#\s*(?:if|else|endif|elif)"),
    "lizard takes a macro call for a function": missing_after(r"^\s*\w+\s*\([^;{]*\)\s*$"),
}
LIZARD: dict[str, Rules] = {
    "C": _C,
    "C++": _C,
    "Go": {"lizard ends the head at the braces of a type": has(r"\A[^\n]*\b(?:struct|interface)\s*\{\s*\}")},
    "Java": {
        "lizard takes an annotation for a function": _is_annotation,
        "lizard takes a constant's or anonymous class's body for a function": _is_constant_body,
        "lizard takes an annotation's default for a function": has(r"\A.*\bdefault\b"),
        "lizard takes a field of a local class for a function": missing_after(r"^\s*class\s+\w+"),
        "lizard adds a local class to its method": has(
            r"\A.+\n(?:.*\n)*?.*(?:\bclass\s+\w+|\bnew\s+[\w.<>,? ]+\([^;]*\)\s*\{)"
        ),
        "lizard counts the wildcard ? of generics": has(r"<[^;(]*\?"),
    },
    "JavaScript": differences_javascript.RULES,
    "PHP": {
        "lizard counts the ? of a nullable type": counts(r"\?[A-Za-z_\\]"),
        "lizard passes over ?? and ?:": passes_over(r"\?\?=?|\?:"),
        "lizard adds an anonymous class to its method": has(r"\bnew\s+class\b"),
        "lizard lists closures outside of functions": missing_at(r"[^\n]*\b(?:function|fn)\b\s*&?\s*\("),
    },
    "Rust": differences_rust.RULES,
    "TSX": differences_javascript.RULES,
    "TypeScript": {
        **differences_javascript.RULES,
        "lizard counts the ? of an optional member or parameter": counts(r"\w\?\s*:"),
    },
}
