"""The benchmark's rules for differences from lizard, each on a text that lizard really reads that way."""

import pytest

from benchmarks import oracles
from benchmarks.differences import rule
from benchmarks.oracles import Known
from benchmarks.sources import Source
from gitinsight_quality.functions import parse

ENDINGS = {"C": "c", "JavaScript": "js"}
EARLY_END = (
    "function f(d) {\n  if (d[1].a &&\n      d[2].b > 0) {\n    return f(d[1].a);\n  }\n"
    "  if (d[1]) {\n    return 1;\n  }\n}\n"
)


def explanations(language: str, text: str) -> set[str]:
    """The rules for lizard's functions that we lack or give another figure; "" where none explains."""
    source = Source(f"a.{ENDINGS[language]}", text.encode())
    ours = {one.start_line: one for one in parse(source.content, language, 5.0).functions}
    found = set()
    for known in oracles.lizard_functions(source, ENDINGS[language]):
        own = ours.get(known.start_line)
        if own is None or own.cyclomatic != known.value:
            found.add(rule("lizard", language, source, known, own))
    return found


@pytest.mark.parametrize(
    ("language", "text", "name"),
    [
        ("JavaScript", "function f(a) { var t = (a ? -1 : 1); }\n", "passes over parentheses after = or :"),
        ("JavaScript", "function f(a) { return `x${a ? 1 : 2}`; }\n", "passes over template literals"),
        ("JavaScript", EARLY_END, "ends the function at an inner brace"),
        ("JavaScript", "const f = useIt(\n  (a) =>\n    g(a),\n);\n", "starts an arrow function at its body"),
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
