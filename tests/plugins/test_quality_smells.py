"""Smells: each is found where it is, and not where it only looks like one."""

from __future__ import annotations

import pytest

from gitinsight_quality.functions import parse
from gitinsight_quality.measuring import measure_text
from gitinsight_quality.model import Smell
from gitinsight_quality.smells import SMELLS


def smells(text: str, language: str = "Python") -> list[tuple[str, int, int]]:
    return [one[:3] for one in measure_text(text.encode(), language, 5.0).smells]


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("Python", "try:\n    a()\nexcept:\n    pass\n", [("swallowed-error", 3, 4)]),
        ("Python", "try:\n    a()\nexcept Exception:\n    pass\n", [("swallowed-error", 3, 4)]),
        ("Python", "try:\n    a()\nexcept KeyError:\n    pass\n", []),
        ("Python", "def f(a, b=[]):\n    return b\n", [("mutable-default", 1, 1)]),
        ("Python", "def f(a, b: list = {}):\n    return b\n", [("mutable-default", 1, 1)]),
        ("Python", "def f(a, b=()):\n    return b\n", []),
        ("Python", "assert (a, 'b')\n", [("assert-on-tuple", 1, 1)]),
        ("Python", "assert (a), 'b'\n", []),
        ("Python", "# TODO: more\nx = 'TODO'\n", [("todo", 1, 1)]),
        ("Python", "if a:\n    b\nelif c:\n    d\nelif a:\n    e\n", [("duplicated-condition", 5, 5)]),
        ("Python", "if a():\n    b\nelif a():\n    d\n", []),
        ("Python", "if a:\n    b\nif a:\n    d\n", []),
        ("Python", "def f():\n    return a and b and c\n", [("complex-condition", 2, 2)]),
        ("Java", "class A { void f() { try { g(); } catch (E e) { } } }", [("empty-handler", 1, 1)]),
        ("Java", "class A { void f() { try { g(); } catch (E e) { /* fine */ } } }", []),
        ("JavaScript", "try { a(); } catch (e) {}\n", [("empty-handler", 1, 1)]),
        (
            "C",
            "int f() { if (a == 1) {} else if (b) {} else if (a == 1) {} }",
            [("duplicated-condition", 1, 1)],
        ),
        ("C", "int f() { if (a = g) {} else if (a = g) {} }", []),
        ("Go", "package a\nfunc f(a, b, c, d, e, g int) {}", [("many-parameters", 2, 2)]),
    ],
)
def test_a_smell_is_found_where_it_is(language: str, text: str, expected: list[tuple[str, int, int]]) -> None:
    assert smells(text, language) == expected


def test_long_deep_and_bumpy_functions_are_told_with_their_figures() -> None:
    deep = "    if a:\n        if b:\n            if c:\n                if d:\n                    e\n"
    text = "def f():\n" + deep * 3 + "    x\n" * 60
    assert [(one.id, one.detail) for one in measure_text(text.encode(), "Python", 5.0).smells] == [
        ("bumpy-road", "f: 3 nested stretches"),
        ("deep-nesting", "f: 4 levels"),
        ("long-function", "f: 76 lines"),
    ]


def test_a_class_of_unrelated_methods_is_told() -> None:
    text = "class A:\n" + "".join(f"    def f{n}(self):\n        self.x{n}\n" for n in range(4))
    measured = measure_text(text.encode(), "Python", 5.0)
    assert measured.smells == (Smell("low-cohesion", 1, 9, "A: 4 groups of methods"),)


def test_every_smell_has_one_sentence_that_says_what_to_do() -> None:
    for kind in SMELLS.values():
        assert kind.fix.endswith(".")
        assert kind.fix.count(".") == 1


def test_a_parse_gives_only_known_smells() -> None:
    text = b"def f(a=[]):\n    try:\n        pass\n    except:\n        pass\n    assert (a, b)\n"
    assert {one.id for one in parse(text, "Python", 5.0).smells} <= SMELLS.keys()
