"""Rules for Rust: signs that lizard counts as branches, and what our parser leaves unread."""

from __future__ import annotations

import re

from benchmarks.cases import Case, Rules, counts, has, missing_at, without_literals

_CLOSURE = r"(?:[(,={;:]|=>|\bmove|\breturn|^)\s*\|\|"
_WHERE = r"\bwhere\b"
_UNSIZED = r"\?\s*Sized\b"
_REFERENCE = r"[|(,:<=]\s*&&\s*\w"
_MACRO = re.compile(r"\w!\s*[(\[{]([^;]*)")
_IN_MACRO = re.compile(r"&&|\|\||\bif\b|\bfor\b|\bwhile\b|\?|=>")
_BLOCK_SUBJECT = re.compile(r"\bmatch\b[^{;]*\{[^{}]*\}\s*\{")
_SIGNS = re.compile("|".join((_CLOSURE, _WHERE, _UNSIZED, _REFERENCE)), re.MULTILINE)


def _counts_in_macros(case: Case) -> bool:
    """Our parser leaves what is handed to a macro as it stands; lizard reads it as code."""
    return case.is_in_macro or 0 < case.surplus <= _macro_decisions(without_literals(case.text))


def _counts_several(case: Case) -> bool:
    text = without_literals(case.text)
    return 0 < case.surplus <= len(_SIGNS.findall(text)) + _macro_decisions(text)


def _loses_arms(case: Case) -> bool:
    """Lizard takes a block in the subject of a ``match`` for its arms."""
    return case.surplus < 0 and bool(_BLOCK_SUBJECT.search(without_literals(case.text)))


def _is_text(case: Case) -> bool:
    """Lizard ends a raw string at the first quote in it, and reads what follows as code."""
    return case.is_in_string


def _macro_decisions(text: str) -> int:
    return sum(len(_IN_MACRO.findall(handed)) for handed in _MACRO.findall(text))


RULES: Rules = {
    "lizard counts the bars of a closure without parameters": counts(_CLOSURE),
    "lizard counts the where of a bound": counts(_WHERE),
    "lizard counts the ? of ?Sized": counts(_UNSIZED),
    "lizard counts the && of a reference": counts(_REFERENCE),
    "our parser does not look into macros": _counts_in_macros,
    "several of what lizard alone counts in Rust": _counts_several,
    "lizard takes a block in the subject of a match for its arms": _loses_arms,
    "lizard takes a declaration without a body for a function": missing_at(r"[^{]*;"),
    "lizard takes a function in a raw string for code": _is_text,
    "lizard ends a raw string at a quote or a backslash in it": has(r"""\br(?:#+"|"[^"]*\\")"""),
}
