"""Cognitive complexity, bumps and conditions: the white paper's examples, an oracle, and counts by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from benchmarks import differences, oracles
from benchmarks.sources import Source
from gitinsight_quality.functions import Function, parse

ROOT = Path(__file__).resolve().parents[2]


def functions(text: str, language: str) -> dict[str, Function]:
    return {one.name: one for one in parse(text.encode(), language, 5.0).functions}


def only(text: str, language: str = "Python") -> Function:
    (function,) = functions(text, language).values()
    return function


def test_the_white_papers_sum_of_primes_costs_seven() -> None:
    text = """class A { int sumOfPrimes(int max) { int total = 0;
        OUT: for (int i = 1; i <= max; ++i) {
          for (int j = 2; j < i; ++j) { if (i % j == 0) { continue OUT; } }
          total += i; } return total; } }"""
    assert only(text, "Java").cognitive == 7


def test_the_white_papers_switch_costs_one_and_its_cyclomatic_complexity_is_four() -> None:
    text = """class A { String getWords(int number) { switch (number) {
        case 1: return "one"; case 2: return "a couple"; case 3: return "a few"; default: return "lots"; } } }"""
    one = only(text, "Java")
    assert (one.cognitive, one.cyclomatic) == (1, 4)


@pytest.mark.parametrize(
    ("condition", "cost"),
    [
        ("a && b", 1),
        ("a && b && c", 1),
        ("a || b && c", 2),
        ("a && b && c || d || e && f", 3),
        ("a && !(b && c)", 2),
    ],
)
def test_each_run_of_like_operators_costs_one(condition: str, cost: int) -> None:
    for language, text in (
        ("C", f"int f() {{ return {condition}; }}"),
        ("JavaScript", f"function f() {{ return {condition}; }}"),
        ("Kotlin", f"fun f(): Boolean {{ return {condition} }}"),
    ):
        assert only(text, language).cognitive == cost, language


@pytest.mark.parametrize(
    ("text", "cost"),
    [
        (
            "def f(a):\n    if a:\n        return 1\n    elif b:\n        return 2\n    else:\n        return 3",
            3,
        ),
        ("def f(a):\n    for b in a:\n        if b:\n            break\n    else:\n        return 1", 4),
        ("def f(a):\n    try:\n        g()\n    except E:\n        if a:\n            pass", 3),
        ("def f(a):\n    return f(a - 1) if a else 0", 2),
        ("def f(a):\n    'f(1) is a call in words'\n    return self.f(a)", 0),
        ("def f(a):\n    return lambda b: 1 if b else 2", 2),
        ("def f(a):\n    match a:\n        case 1:\n            return 2", 1),
    ],
)
def test_python_statements_cost_what_the_definition_says(text: str, cost: int) -> None:
    assert only(text).cognitive == cost


def test_a_closure_costs_its_parent_one_level_more_unless_the_parent_only_wraps_it() -> None:
    wrapper = "def f(g):\n    def h(a):\n        if a:\n            pass\n    return h\n"
    busy = wrapper.replace("    return", "    x = 1\n    return")
    assert functions(wrapper, "Python")["f"].cognitive == 1
    remarked = wrapper.replace("    return", "    # b\n    return").replace(
        "    def h", "    # a\n    @c\n    def h"
    )
    assert functions(remarked, "Python")["f"].cognitive == 1
    assert functions(busy, "Python")["f"].cognitive == 2
    assert functions(busy, "Python")["h"].cognitive == 1


def test_real_python_agrees_with_two_oracles_but_for_named_differences() -> None:
    known = equal = 0
    for path in sorted((ROOT / "gitinsight").rglob("*.py")):
        one = Source(path.name, path.read_bytes())
        parsed = parse(one.content, "Python", 5.0)
        found = {function.start_line: function for function in parsed.functions}
        for expected in oracles.radon_functions(one):
            assert found[expected.start_line].cyclomatic == expected.value, (path, expected)
        for expected in oracles.cognitive_functions(one):
            ours = found[expected.start_line]
            known += 1
            equal += ours.cognitive == expected.value
            if ours.cognitive != expected.value:
                assert differences.rule("cognitive-complexity", "Python", one, expected, ours), (
                    path,
                    expected,
                )
    assert known > 800
    assert equal / known >= 0.97


@pytest.mark.parametrize(
    ("language", "text", "cost"),
    [
        (
            "C#",
            "class A { void F() { if (a) {} else if (b) {} else {} foreach (var x in y) { if (x) {} } } }",
            6,
        ),
        ("Ruby", "def f\n if a\n elsif b\n else\n end\n case c\n when 1 then 2\n else 3\n end\nend", 4),
        ("PHP", "<?php function f() { if ($a) {} elseif ($b) {} else {} while ($c) { break 2; } }", 5),
        (
            "Kotlin",
            "fun f() {\n if (a) {} else if (b) {} else {}\n when (c) {\n 1 -> d()\n else -> e()\n }\n}",
            4,
        ),
        ("Swift", "func f() { if a {} else if b {} else {}\n guard let x = y else { return }\n}", 4),
        ("Scala", "def f() = { if (a) 1 else if (b) 2 else 3\n while (c) { if (d) 1 } }", 6),
        (
            "Shell",
            "f() {\nif a; then b; elif c; then d; else e; fi\nwhile a; do if b; then c; fi; done\n}",
            6,
        ),
        ("Go", "package a\nfunc f() { if a {} else if b {} else {}\n for { break }\n goto x\n x: }", 5),
        ("Rust", "fn f() { if a {} else if b {} else {} match c { 1 => 2, _ => 3 } }", 4),
        ("C++", "void f() { auto g = [](int a) { if (a) {} }; try {} catch (...) {} }", 3),
    ],
)
def test_other_languages_cost_the_same_by_hand(language: str, text: str, cost: int) -> None:
    assert only(text, language).cognitive == cost


def test_each_rise_to_the_second_level_is_a_bump() -> None:
    text = "int f() { if (a) { if (b) { if (c) {} } } while (d) { if (e) {} else if (f) {} for (;;) {} } if (g) {} }"
    one = only(text, "C")
    assert (one.bumps, one.nesting) == (3, 3)


def test_a_logical_expression_of_three_operands_is_a_complex_condition() -> None:
    text = "def f():\n    if a and b:\n        pass\n    if a and (b or c):\n        pass\n    x = a or b or c or d\n"
    assert only(text).complex_conditions == (4, 6)
