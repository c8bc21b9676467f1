"""Cohesion of classes, each graph drawn by hand."""

from __future__ import annotations

import pytest

from gitinsight_quality.functions import parse
from gitinsight_quality.model import Class


def classes(text: str, language: str) -> list[Class]:
    return list(parse(text.encode(), language, 5.0).classes)


PYTHON = """class A:
    def __init__(self):
        self.x = self.y = self.z = 0

    def a(self):
        return self.x

    def b(self):
        self.a()  # self.y

    def c(self):
        return self.y

    def d(self):
        return self.y + self.z

    @staticmethod
    def e(value):
        return value
"""


def test_methods_that_share_a_field_or_call_one_another_are_one_group() -> None:
    assert classes(PYTHON, "Python") == [Class("A", 1, 19, 6, 2)]


@pytest.mark.parametrize(
    ("language", "text", "methods", "lcom4"),
    [
        ("Java", "class A { int x, y; A() { x = y; } int a() { return x; } void b(int y) { x = y; }"
                 " int c() { return y; } static int d() { return 1; } }", 5, 2),
        ("C#", "class A { int x; int Y { get; set; } int F() { return x; } int G() { return this.Y; }"
               " int H() { return F() + Y; } }", 3, 1),
        ("TypeScript", "class A { x = 1; a() { return this.x; } b() { return this.a(); } c() { return x; } }", 3, 2),
        ("JavaScript", "class A { #x = 1; a() { return this.#x; } b = () => this.#x; static c() { this.#x; } }", 3, 1),
        ("PHP", "<?php class A { private $x; function a() { $this->x; } function b() { self::c(); }"
                " function c() { return 1; } }", 3, 2),
        ("Ruby", "class A\n  def a\n    @x\n  end\n  def b\n    @x = 1\n  end\n  def c\n    d\n  end\n"
                 "  def d\n  end\nend", 4, 2),
        ("Kotlin", "class A(val x: Int) {\n  var y = 1\n  fun a() = x\n  fun b() = this.x\n  fun c() = y\n}", 3, 2),
        ("Scala", "class A(val x: Int) { var y = 1; def a = x; def b = this.x; def c = y }", 3, 2),
        ("Swift", "class A { var x = 1; var y = 2; func a() { x }; func b() { self.x }; func c() { y } }", 3, 2),
    ],
)  # fmt: skip
def test_groups_are_found_in_each_language(language: str, text: str, methods: int, lcom4: int) -> None:
    assert [(one.methods, one.lcom4) for one in classes(text, language)] == [(methods, lcom4)]


def test_a_language_that_does_not_tell_has_no_cohesion() -> None:
    assert classes("struct A { int f() { return 1; } };", "C++") == [Class("A", 1, 1, 1, None)]


def test_a_class_without_methods_has_no_groups() -> None:
    assert [one.lcom4 for one in classes("class A:\n    x = 1\n", "Python")] == [0]
