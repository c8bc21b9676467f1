"""Functions and their complexity, held against radon and lizard and against counts made by hand."""

from __future__ import annotations

import time
from pathlib import Path

import lizard
import pytest
import radon.complexity

from gitinsight_quality.functions import Function, ParsingFailed, parse
from gitinsight_quality.languages import MODULES, load

SOURCES = Path(__file__).parent / "quality_sources"
LIZARD = [
    ("C", "c"),
    ("C++", "cpp"),
    ("Go", "go"),
    ("Java", "java"),
    ("JavaScript", "js"),
    ("Rust", "rs"),
    ("TypeScript", "ts"),
]
FILES = {"C++": "cpp", "JavaScript": "javascript", "TypeScript": "typescript"}


def source(language: str) -> bytes:
    return (SOURCES / f"{FILES.get(language, language.lower())}.txt").read_bytes()


def functions(text: str, language: str) -> list[Function]:
    return list(parse(text.encode(), language, 5.0).functions)


def only(text: str, language: str = "Python") -> Function:
    (function,) = functions(text, language)
    return function


@pytest.mark.parametrize("language", MODULES)
def test_every_grammar_loads_and_finds_nothing_in_an_empty_text(language: str) -> None:
    assert load(language).query.pattern_count > 0
    assert functions("", language) == []


def test_python_functions_and_complexities_are_those_of_radon() -> None:
    blocks = radon.complexity.cc_visit(source("Python"))
    expected = {(block.lineno, block.complexity) for block in blocks if block.letter in "FM"}
    listed = [one for one in parse(source("Python"), "Python", 5.0).functions if not one.is_inner]
    found = {(one.start_line, one.cyclomatic) for one in listed}
    assert len(expected) == 10
    assert expected <= found
    assert {one.name for one in listed if (one.start_line, one.cyclomatic) not in expected} == {
        "Store.Meta.label"
    }


def test_python_closures_are_marked_as_inner_and_keep_their_own_decisions() -> None:
    found = {one.name: one for one in parse(source("Python"), "Python", 5.0).functions}
    assert {name for name, one in found.items() if one.is_inner} == {
        "decorate",
        "wrapper",
        "Cleaner.clean",
        "inner",
    }
    assert found["wrapper"].cyclomatic == 3


@pytest.mark.parametrize(("language", "ending"), LIZARD)
def test_functions_and_complexities_are_those_of_lizard(language: str, ending: str) -> None:
    text = source(language)
    known = lizard.analyze_file.analyze_source_code(f"sample.{ending}", text.decode()).function_list
    expected = sorted((one.start_line, one.end_line, one.cyclomatic_complexity) for one in known)
    found = [(one.start_line, one.end_line, one.cyclomatic) for one in parse(text, language, 5.0).functions]
    assert len(expected) >= 3
    assert sorted(found) == expected


def test_the_published_snippet_has_a_complexity_of_four() -> None:
    snippet = "def f(a,b):\n    if a:\n        for i in b:\n            if i: return i\n    return 0\n"
    assert only(snippet) == Function("f", 1, 5, 4, 3, 2, cognitive=6, bumps=1)


def test_a_decorated_function_starts_at_its_def_and_not_at_the_decorator() -> None:
    one = only("@a\n@b(1 if x else 2)\ndef f(x=1 if y else 2):\n    pass\n")
    assert (one.start_line, one.end_line, one.cyclomatic) == (3, 4, 1)


def test_an_assertion_counts_once_whatever_it_holds() -> None:
    assert only("def f():\n    assert a and b or c\n").cyclomatic == 2


def test_an_else_if_chain_does_not_nest() -> None:
    text = "int f(int a) { if (a) {} else if (a > 1) {} else if (a > 2) { while (a) {} } return 0; }"
    assert only(text, "C").nesting == 2


@pytest.mark.parametrize(
    ("language", "text", "name", "parameters"),
    [
        ("Python", "class A:\n  class B:\n    def f(self, a, *, b=1, **c): pass", "A.B.f", 4),
        ("JavaScript", "const f = async (a, {b}, c = 1) => a", "f", 3),
        ("JavaScript", "const f = a => a", "f", 1),
        ("JavaScript", "x.y = function () {}", "x.y", 0),
        ("JavaScript", "run({ stop: function (a) {} })", "stop", 1),
        ("JavaScript", "run(function () {})", "(anonymous)", 0),
        ("JavaScript", "class A { on = () => 1 }", "A.on", 0),
        ("TypeScript", "class A { f(a: number, b?: string): void {} }", "A.f", 2),
        ("TSX", "const F = (p: P) => <b>{p.x}</b>", "F", 1),
        ("Go", "package a\nfunc (q *Queue[T]) Push(a, b int, c string) {}", "Queue.Push", 3),
        ("Java", "class A { class B { B(int a) {} } }", "A.B.B", 1),
        ("C", "static char *f(void) { return 0; }", "f", 0),
        ("C", "int (*f(int a, int b))(int) { return 0; }", "f", 2),
        ("C++", "namespace n { struct A { ~A() {} }; }", "n::A::~A", 0),
        ("C++", "bool A::operator<(const A &b) const { return true; }", "A::operator<", 1),
        ("Rust", "impl Shelf { fn f(&self, a: u8) {} }", "Shelf::f", 2),
        ("C#", "namespace N { class A { int F(int a, string b) { return 1; } } }", "N.A.F", 2),
        ("C#", "class A { int P { get { return 1; } } }", "A.P.get", 0),
        ("Ruby", "class A\n  def f?(a, b = 1, *c, &d)\n  end\nend", "A.f?", 4),
        ("PHP", "<?php class A { function f(int $a, &...$b) {} }", "A::f", 2),
        ("Kotlin", "class A {\n  fun f(a: Int, b: Int = 2): Int { return a }\n}", "A.f", 2),
        ("Kotlin", "class A {\n  val p: Int\n    get() = 1\n}", "A.p.get", 0),
        ("Swift", "class A { func f(_ a: Int, b: Int) {} }", "A.f", 2),
        ("Swift", "class A { var p: Int { return 1 } }", "A.p.get", 0),
        ("Scala", "object A { def f(a: Int, b: Int) = a }", "A.f", 2),
        ("Shell", "function f() { echo; }", "f", 0),
    ],
)
def test_names_carry_their_scope_and_parameters_are_counted(
    language: str, text: str, name: str, parameters: int
) -> None:
    one = only(text, language)
    assert (one.name, one.parameters) == (name, parameters)


def test_a_function_before_a_syntax_error_is_still_found() -> None:
    found = parse(b"def f(a):\n    if a:\n        return 1\n\nclass ((((:\n", "Python", 5.0)
    assert found.has_error
    assert ("f", 2) in [(one.name, one.cyclomatic) for one in found.functions]


@pytest.mark.parametrize(
    ("language", "text", "cyclomatic"),
    [
        # if, &&, else if, for, case, case, catch, ?:
        ("C#", "class A { int F(int a) { if (a > 1 && a < 9) {} else if (a > 2) {} for (;;) {} switch (a) {"
               " case 1: break; case 2: break; default: break; } try {} catch {} return a > 1 ? 1 : 2; } }", 9),
        # if, &&, elsif, unless, when, when, rescue, if as a modifier, ?:
        ("Ruby", "def f(a)\n if a && b\n elsif c\n end\n unless a\n end\n case a\n when 1 then 2\n when 2 then 3\n"
                 " else 4\n end\n begin\n rescue\n end\n x if a\n a ? 1 : 2\nend", 10),
        # if, and, elseif, foreach, case, catch, two arms of a match, ??
        ("PHP", "<?php function f($a) { if ($a and 1) {} elseif ($a) {} foreach ($a as $b) {} switch ($a) { case 1: }"
                " try {} catch (E $e) {} return match($a) { 1 => 2, 2 => 3, default => 4 } ?? 5; }", 10),
        # if, &&, if, for, two entries of a when, catch, ?:
        ("Kotlin", "fun f(a: Int) {\n if (a > 1 && a < 2) {} else if (a > 3) {}\n for (i in a) {}\n when (a) {\n 1 -> b()\n"
                   " 2 -> c()\n else -> d()\n }\n try { a() } catch (e: E) {}\n val x = a ?: 1\n}", 9),
        # if, &&, guard, for, while, two cases, catch, ?:, ??
        ("Swift", "func f(a: Int) { if a > 1 && b {}; guard let x = y else { return }; for i in a {}; while b {}\n"
                  " switch a { case 1: b()\n case 2: c()\n default: d() }\n do { try x() } catch {}\n"
                  " let z = b ? 1 : 2\n let q = y ?? 3 }", 11),
        # if, &&, if, for, while, three cases
        ("Scala", "def f(a: Int) = { if (a > 1 && b) 1 else if (a > 2) 2\n for (i <- a) {}\n while (b) {}\n"
                  " a match { case 1 => 2; case 2 => 3; case _ => 4 } }", 9),
        # if, &&, elif, for, while, two items, ||
        ("Shell", "f() {\nif a && b; then c; elif d; then e; fi\nfor i in 1; do a; done\nwhile a; do b; done\n"
                  "case $1 in a) b ;; *) c ;; esac\na || b\n}", 9),
    ],
)  # fmt: skip
def test_decisions_of_languages_without_an_oracle_are_counted_as_by_hand(
    language: str, text: str, cyclomatic: int
) -> None:
    found = parse(text.encode(), language, 5.0)
    assert [one.cyclomatic for one in found.functions] == [cyclomatic]
    assert not found.has_error


def test_a_text_that_is_one_wide_error_is_refused_quickly() -> None:
    begun = time.process_time()
    with pytest.raises(ParsingFailed, match="syntax errors"):
        parse(b"x = " + b"[" * 200_000, "Python", 30.0)
    assert time.process_time() - begun < 5


def test_a_parse_ends_at_its_time_limit_and_the_parser_stays_usable() -> None:
    with pytest.raises(ParsingFailed, match="time limit"):
        parse(b"x = 1\n" * 50_000, "Python", 0.0)
    assert only("def f(): pass").name == "f"
