"""Lines by kind and languages by name, counted by hand."""

from __future__ import annotations

import time

import pytest

from gitinsight_quality.catalog import LANGUAGES
from gitinsight_quality.detection import (
    is_test,
    language_of,
    language_of_script,
    languages_of,
    may_be_script,
)
from gitinsight_quality.lines import Lines, comment_spans, count_lines


def lines(text: str, language: str) -> Lines:
    content = text.encode()
    return count_lines(content, comment_spans(content, language))


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("C", "int a; /* one\n two */\n\n// three\nint b;\n", Lines(2, 2, 1)),
        ("C", 'char *s = "/* no comment */"; // yes\n', Lines(1, 0, 0)),
        ("C", "/* never closed\nint a;\n\n", Lines(0, 2, 1)),
        ("Shell", "#!/bin/sh\necho ${#x} # count\n\n# done", Lines(1, 2, 1)),
        ("HTML", "<p>\n<!-- a\n b -->\n</p>\n", Lines(2, 2, 0)),
        ("SQL", "-- a\nSELECT '--b';\n", Lines(1, 1, 0)),
        ("Lua", "--[[ a\nb ]]\nx = 1 -- c\n", Lines(1, 2, 0)),
        ("JSON", '{"a": "// b"}\n', Lines(1, 0, 0)),
        ("Ruby", "x = 1\n=begin\ny\n=end\n", Lines(1, 3, 0)),
        ("Text", "", Lines(0, 0, 0)),
        ("Text", " \t\r\n\n", Lines(0, 0, 2)),
    ],
)
def test_lines_are_code_comment_or_blank(language: str, text: str, expected: Lines) -> None:
    assert lines(text, language) == expected


@pytest.mark.parametrize(
    "text", ["/*\n" * 300_000, '"\n' * 300_000, '"' + "\\a" * 300_000, "'/*\\" * 200_000]
)
def test_hostile_openings_take_linear_time(text: str) -> None:
    begun = time.process_time()
    assert lines(text, "C").total == text.count("\n") + (not text.endswith("\n"))
    assert time.process_time() - begun < 3


@pytest.mark.parametrize(
    ("path", "language"),
    [
        ("src/app.py", "Python"),
        ("lib/index.MJS", "JavaScript"),
        ("ui/Card.tsx", "TSX"),
        ("CMakeLists.txt", "CMake"),
        ("notes.txt", "Text"),
        ("docker/Dockerfile.dev", "Dockerfile"),
        ("Makefile", "Makefile"),
        ("a/.bashrc", "Shell"),
        ("boot.S", "Assembly"),
        ("strange.xyz", ""),
        ("LICENSE", "Text"),
    ],
)
def test_a_files_name_tells_its_language(path: str, language: str) -> None:
    assert language_of(path) == language


def test_headers_follow_the_language_that_most_sources_are_written_in() -> None:
    assert languages_of(["a.h", "b.c"])["a.h"] == "C"
    assert languages_of(["a.h", "b.cc", "c.cpp", "d.c"])["a.h"] == "C++"


@pytest.mark.parametrize(
    ("first_line", "language"),
    [
        (b"#!/bin/sh -e\n", "Shell"),
        (b"#!/usr/bin/env python3.11\n", "Python"),
        (b"#!/usr/bin/env -S node --harmony\n", "JavaScript"),
        (b"#! /usr/bin/perl -w\n", "Perl"),
        (b"#!\n", ""),
        (b"\x7fELF\0\0", ""),
        (b"", ""),
    ],
)
def test_a_scripts_first_line_names_its_interpreter(first_line: bytes, language: str) -> None:
    assert language_of_script(first_line) == language


def test_only_names_without_an_extension_are_looked_into() -> None:
    assert may_be_script("bin/run")
    assert not may_be_script("bin/run.xyz")
    assert not may_be_script(".gitignore")


@pytest.mark.parametrize(
    "path",
    [
        "tests/a.py",
        "src/test_a.py",
        "pkg/a_test.go",
        "a.spec.ts",
        "src/FooTest.java",
        "x/__tests__/b.js",
        "conftest.py",
    ],
)
def test_tests_are_told_by_place_or_name(path: str) -> None:
    assert is_test(path)


@pytest.mark.parametrize(
    "path", ["src/latest.py", "contest.js", "attestation/a.go", "protest.c", "src/testimony.py"]
)
def test_names_that_only_contain_the_word_are_no_tests(path: str) -> None:
    assert not is_test(path)


def test_no_extension_or_file_name_belongs_to_two_languages() -> None:
    names = [name for language in LANGUAGES for name in (*language.extensions, *language.filenames)]
    assert sorted(names) == sorted(set(names))
    assert all(name == name.lower() for name in names)
