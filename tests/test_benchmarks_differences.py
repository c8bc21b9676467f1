"""The benchmark's rules for differences from lizard, each on a text that lizard really reads that way."""

import pytest

from benchmarks import oracles
from benchmarks.differences import rule
from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import parse

ENDINGS = {"C": "c", "JavaScript": "js", "PHP": "php", "Rust": "rs", "TSX": "tsx", "TypeScript": "ts"}
EARLY_END = (
    "function f(d) {\n  if (d[1].a &&\n      d[2].b > 0) {\n    return f(d[1].a);\n  }\n"
    "  if (d[1]) {\n    return 1;\n  }\n}\n"
)


def explanations(language: str, text: str) -> set[str]:
    """The rules for lizard's functions that we lack or give another figure; "" where none explains."""
    source = Source(f"a.{ENDINGS[language]}", text.encode())
    functions = parse(source.content, language, 5.0).functions
    ours = {one.start_line: one for one in functions}
    found = set()
    for known in oracles.lizard_functions(source, ENDINGS[language]):
        own = ours.get(known.start_line)
        if own is None or own.cyclomatic != known.value:
            found.add(rule("lizard", language, source, known, own, functions))
    return found


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("JavaScript", "function f(a) { var t = (a ? -1 : 1); }\n", "passes over parentheses after = or :"),
        ("JavaScript", "function f(a) { return `x${a ? 1 : 2}`; }\n", "passes over template literals"),
        ("JavaScript", EARLY_END, "ends the function at an inner brace"),
        ("JavaScript", "const f = useIt(\n  (a) =>\n    g(a),\n);\n", "starts an arrow function at its body"),
        (
            "TypeScript",
            "type F = (\n  a: string,\n  b?: number\n) => void;\n",
            "takes a type or a signature for a function",
        ),
        ("PHP", "<?php\nfunction f(?int $a) { return 1; }\n", "counts the ? of a nullable type"),
        ("PHP", "<?php\nfunction f($a) { return $a ?? $a ?: 1; }\n", "passes over ?? and ?:"),
        (
            "PHP",
            "<?php\n$a = [\n'b' => function () { return 1; }\n];\n",
            "lists closures outside of functions",
        ),
        (
            "PHP",
            "<?php\nclass A { function f() {\n  return new class {\n    function g($a) { if ($a) { h(); } }\n  };\n} }\n",
            "adds an anonymous class to its method",
        ),
        ("Rust", "fn f() { g(|| 1); }\n", "counts the bars of a closure without parameters"),
        ("Rust", "fn f<T>(a: T) where T: A { g(a); }\n", "counts the where of a bound"),
        ("Rust", "fn f<T: ?Sized>(a: &T) { g(a); }\n", "counts the ? of ?Sized"),
        ("Rust", "fn f(a: &[u8]) { a.iter().find(|&&b| b == 1); }\n", "counts the && of a reference"),
        (
            "Rust",
            "trait A {\n  fn f(&self) -> bool;\n\n  fn g(&self) -> u8 { 1 }\n}\n",
            "takes a declaration without a body for a function",
        ),
        (
            "Rust",
            "fn f(a: u8) {\n  match unsafe { g(a) } {\n    1 => h(),\n    2 => i(),\n    _ => j(),\n  }\n}\n",
            "takes a block in the subject of a match for its arms",
        ),
        (
            "Rust",
            'fn f() -> A {\n  g(r#"\n"\nfn main() {}\n"#)\n}\n',
            "takes a function in a raw string for code",
        ),
    ],
)
def test_a_rule_names_what_lizard_does(language: str, text: str, name: str) -> None:
    assert explanations(language, text) == {f"lizard {name}"}


def test_a_case_after_a_bare_macro_is_lost_to_our_parser() -> None:
    text = (
        "int f(int a) {\n  switch (a) {\n  case 1:\n    g();\n    FALLTHROUGH\n  case 2:\n    h();\n  }\n}\n"
    )
    assert explanations("C", text) == {"our parser takes a macro and the case after it for a declaration"}


def test_a_head_that_our_parser_cannot_read_is_named_as_ours() -> None:
    assert explanations("C", 'REPEAT(2) "a" static\nint f(const char *a) { return 1; }\n') == {
        "our parser fails on the head of the function"
    }


@pytest.mark.parametrize(
    ("above", "name"),
    [("const a = <p>x</p>;", "lizard loses lines of the markup above"), ("const a = 1;", "")],
)
def test_a_function_where_none_begins_is_explained_by_markup_above_it_alone(above: str, name: str) -> None:
    source = Source("a.jsx", f"{above}\n\nfunction g() {{ return 1; }}\n".encode())
    assert rule("lizard", "JavaScript", source, Known("g", 2, 2, 1), None) == name


@pytest.mark.parametrize("language", ["C", "JavaScript"])
def test_a_wrong_figure_of_a_plain_function_is_explained_by_no_rule(language: str) -> None:
    text = {"C": "int f(int a) { if (a) return 1; return 2; }\n"}.get(
        language, "function f(a) { if (a) g(); }\n"
    )
    source = Source(f"a.{ENDINGS[language]}", text.encode())
    [ours] = parse(source.content, language, 5.0).functions
    for value in (1, 3, 9):
        assert rule("lizard", language, source, Known("f", 1, 1, value), ours) == ""


def test_what_a_macro_is_given_is_unread_by_our_parser() -> None:
    assert explanations("Rust", "fn f(a: bool) { assert!(a && g(a)); }\n") == {
        "our parser does not look into macros"
    }
    assert explanations("Rust", "g! {\n  fn f() { h() }\n}\n") == {"our parser does not look into macros"}


def test_signs_that_lizard_counts_in_rust_are_added_up() -> None:
    assert explanations("Rust", "fn f<T>(a: T) where T: A { g(|| a); }\n") == {
        "several of what lizard alone counts in Rust"
    }


def test_decisions_of_an_arrow_without_braces_go_to_the_function_around_it() -> None:
    text = "function r(q) {\n  const l = () =>\n    A.i() ? this.l() : this.m(q);\n  return l();\n}\n"
    assert explanations("JavaScript", text) == {
        "lizard loses decisions of an arrow without braces",
        "lizard adds a closure to the function around it",
    }


def test_a_statement_that_lizard_lists_as_a_method_is_named() -> None:
    source = Source("a.js", b"class A {\n  m() {\n    if (a) { b(); }\n  }\n}\n")
    assert rule("lizard", "JavaScript", source, Known("if", 3, 3, 1), None) == (
        "lizard takes a statement for a method"
    )


def test_markup_that_begins_above_explains_a_function_where_none_begins() -> None:
    source = Source("a.tsx", b"const a = (\n  <A\n    b={1}\n    onC={(d) => d}\n  />\n);\n")
    known = Known("(anonymous)", 3, 3, 1)
    assert rule("lizard", "TSX", source, known, None) == "lizard loses lines of the markup above"


def test_a_raw_string_with_a_backslash_before_its_end_is_named() -> None:
    text = 'fn f(a: u8) {\n  g(r"\\");\n  if a == 1 { g("") }\n}\n'
    assert explanations("Rust", text) == {"lizard ends a raw string at a quote or a backslash in it"}
