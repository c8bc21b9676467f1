"""Texts that mean harm or are broken: what can be measured is measured, and nothing else ever happens."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_quality.functions import ParsingFailed, parse
from gitinsight_quality.languages import MODULES
from gitinsight_quality.measuring import Measure, from_json, measure_text, measurer
from tests.plugins.test_quality_functions import SOURCES

DEEP = 10_000
NESTS = {
    "C": (b"int f() {", b"if (a) {", b"}", b"}"),
    "C#": (b"class A { int f() {", b"if (a) {", b"}", b"}}"),
    "C++": (b"int f() {", b"if (a) {", b"}", b"}"),
    "Go": (b"package a\nfunc f() {", b"if a {", b"}", b"}"),
    "Java": (b"class A { int f() {", b"if (a) {", b"}", b"}}"),
    "JavaScript": (b"function f() {", b"if (a) {", b"}", b"}"),
    "Kotlin": (b"fun f() {", b"if (a) {", b"}", b"}"),
    "PHP": (b"<?php function f() {", b"if ($a) {", b"}", b"}"),
    "Ruby": (b"def f\n", b"if a\n", b"end\n", b"end\n"),
    "Rust": (b"fn f() {", b"if a {", b"}", b"}"),
    "Scala": (b"object A { def f = {", b"if (a) {", b"}", b"}}"),
    "Shell": (b"f() {\n", b"if a; then\n", b"fi\n", b"}\n"),
    "Swift": (b"func f() {", b"if a {", b"}", b"}"),
    "TSX": (b"function f() {", b"if (a) {", b"}", b"}"),
    "TypeScript": (b"function f() {", b"if (a) {", b"}", b"}"),
}
SEEDS = [path.read_bytes() for path in sorted(SOURCES.glob("*.txt"))]


@pytest.mark.parametrize("language", NESTS)
def test_ten_thousand_levels_are_measured_in_each_language(language: str) -> None:
    before, opening, closing, after = NESTS[language]
    (function,) = parse(before + opening * DEEP + closing * DEEP + after, language, 60.0).functions
    assert function.nesting == DEEP
    assert function.cognitive == DEEP * (DEEP + 1) // 2


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("Python", b"def f():\n    x = " + b"(" * DEEP + b"1" + b")" * DEEP),
        ("Python", b"def f():\n    x = " + b"lambda: " * DEEP + b"1"),
        ("Python", b"def f():\n if a: pass\n" + b" elif a: pass\n" * DEEP),
        ("JavaScript", b"function f() {" * DEEP + b"}" * DEEP),
        ("JavaScript", b"function f() {" + b"class A { a() {" * 3_000 + b"}}" * 3_000 + b"}"),
        ("Java", b"class A {" * DEEP + b" int f() { return 1; } " + b"}" * DEEP),
    ],
)
def test_ten_thousand_of_other_things_are_measured(language: str, text: bytes) -> None:
    assert parse(text, language, 60.0).functions


@pytest.mark.parametrize("language", ["C", "Go", "Java", "PHP", "Shell"])
def test_what_a_query_gives_up_is_marked(language: str) -> None:
    before, _, _, after = NESTS[language]
    body = b"x = " + b"a && " * DEEP + b"a;" if language != "Shell" else b"a && " * DEEP + b"a\n"
    parsed = parse(before + body + after, language, 60.0)
    assert parsed.has_error
    assert len(parsed.functions) == 1


@pytest.mark.parametrize("text", [b"a && " * 90_000 + b"a", b"(" * 90_000 + b"1" + b")" * 90_000])
def test_what_is_too_deep_for_a_query_is_refused(text: bytes) -> None:
    with pytest.raises(ParsingFailed, match="nested too deeply"):
        parse(b"int f() { x = " + text + b"; }", "C", 60.0)


@pytest.mark.parametrize("language", MODULES)
@pytest.mark.parametrize("name", sorted(path.name for path in SOURCES.glob("*.txt")))
def test_half_a_file_in_any_language_gives_what_is_there(language: str, name: str) -> None:
    text = (SOURCES / name).read_bytes()
    for part in (text[: len(text) // 2], text[len(text) // 2 :]):
        assert isinstance(measure_text(part, language, 5.0), Measure)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "latin-1", "cp1252"])
def test_encodings_and_byte_order_marks_are_read_or_told(encoding: str) -> None:
    text = "def café(a):\n    return a or 1\n".encode(encoding)
    measure = measure_text(text, "Python", 5.0)
    assert measure.skipped == "binary" or [one.cyclomatic for one in measure.functions] == [2]
    assert (measure.skipped == "binary") == (encoding in ("utf-16-le", "utf-16-be"))


def test_a_byte_order_mark_is_no_syntax_error() -> None:
    assert not measure_text(b"\xef\xbb\xbfx = 1\n", "Python", 5.0).has_error


def test_a_zero_byte_far_down_does_not_hide_what_stands_before_it() -> None:
    text = b"def f():\n    pass\n" + b"# long\n" * 2_000 + b"\0\0\n"
    assert [one.name for one in measure_text(text, "Python", 5.0).functions] == ["f"]


@pytest.mark.parametrize("language", MODULES)
def test_a_time_limit_ends_a_file_with_its_lines(language: str) -> None:
    text = b"x = 1\n" * 20_000
    if language == "Jupyter Notebook":
        text = b'{"cells": [{"cell_type": "code", "source": "' + b"x = 1\\n" * 20_000 + b'"}]}'
    measure = measure_text(text, language, 0.0)
    assert measure.unparsed in ("time limit", "template")
    assert measure.lines.code == 20_000


@settings(max_examples=60, deadline=None)
@given(content=st.binary(max_size=400), language=st.sampled_from(sorted(MODULES)))
def test_random_bytes_raise_nothing_but_parsing_failed(content: bytes, language: str) -> None:
    with contextlib.suppress(ParsingFailed):
        parse(content, language, 5.0)
    assert from_json(measurer(language, 5.0)(content)) == measure_text(content, language, 5.0)


@settings(max_examples=80, deadline=None)
@given(
    seed=st.sampled_from(SEEDS),
    language=st.sampled_from(sorted(MODULES)),
    cuts=st.lists(st.tuples(st.integers(0, 4_000), st.integers(0, 60), st.binary(max_size=6)), max_size=6),
)
def test_mutated_sources_raise_nothing_but_parsing_failed(
    seed: bytes, language: str, cuts: list[tuple[int, int, bytes]]
) -> None:
    for start, length, put in cuts:
        seed = seed[:start] + put + seed[start + length :]
    measure = measure_text(seed, language, 5.0)
    assert from_json(measurer(language, 5.0)(seed)) == measure
    for one in measure.functions:
        assert 1 <= one.start_line <= one.end_line
        assert one.cyclomatic >= 1
        assert one.cognitive >= 0
