"""Code quality over the API: what a text of code is told, in a named or a detected language."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.services.context import tools
from tests.probing import Program

PATH = "/api/v1/ai/analyze-code"

PYTHON = """def sign(value, default=[]):
    if value > 0 and value != 1:
        return 1
    return 0 if value else -1


class Empty:
    pass
"""


@pytest.fixture
def ann(app: Flask) -> Iterator[Program]:
    yield Program(app, "ann")
    tools().inference.close()


def test_functions_health_and_findings_stand_with_their_lines(ann: Program) -> None:
    answer = ann("POST", PATH, json={"code": PYTHON, "language": "python"})

    assert answer.status_code == 200, answer.text
    told = answer.json
    assert (told["model"]["name"], told["language"], told["is_detected"]) == ("code-quality", "Python", False)
    assert told["lines"] == {"code": 6, "comment": 0, "blank": 2}
    # radon counts the function, the if, the `and` and the conditional expression; SonarSource the same but
    # for the function.
    assert told["functions"] == [
        {
            "name": "sign",
            "start_line": 1,
            "end_line": 4,
            "cyclomatic": 4,
            "cognitive": 3,
            "length": 4,
            "nesting": 1,
            "parameters": 2,
        }
    ]
    assert [one["name"] for one in told["classes"]] == ["Empty"]
    assert told["health"] == {"score": 10.0, "band": "healthy", "factors": []}
    assert [(one["rule"], one["start_line"]) for one in told["findings"]] == [("mutable-default", 1)]
    assert (told["not_analyzed"], told["has_syntax_errors"]) == ("", False)


def test_what_costs_health_is_named_with_its_points(ann: Program) -> None:
    branches = "".join(f"    if value == {number}:\n        return {number}\n" for number in range(12))
    told = ann("POST", PATH, json={"code": f"def pick(value):\n{branches}", "path": "pick.py"}).json

    assert told["health"]["factors"] == [{"rule": "complex-method", "title": "Complex methods", "cost": 0.3}]
    assert told["health"]["score"] == 9.7
    assert told["findings"][0]["start_line"] == 1


@pytest.mark.parametrize(
    ("code", "path", "language"),
    [
        (PYTHON, "", "Python"),
        ("#!/usr/bin/env ruby\nputs 1\n", "", "Ruby"),
        ("package main\n\nfunc main() { println(1) }\n", "", "Go"),
        ("const a = (b) => { return b ?? 1; };\n", "", "JavaScript"),
        ("public class A { int f(int b) { return b; } }\n", "", "Java"),
        ("#include <stdio.h>\nint main(void) { return 0; }\n", "", "C"),
        ("fn main() { let x: u8 = 1; match x { 1 => {}, _ => {} } }\n", "", "Rust"),
        ("<?php function f($a) { return $a; }\n", "", "PHP"),
        ("x = 1\n", "a/b.rb", "Ruby"),
    ],
)
def test_a_language_that_is_not_named_is_found(ann: Program, code: str, path: str, language: str) -> None:
    told = ann("POST", PATH, json={"code": code, "path": path}).json

    assert (told["language"], told["is_detected"]) == (language, True)


@pytest.mark.parametrize(
    ("code", "language", "reason"),
    [
        ("Dear all, the meeting is at ten; bring (some) cake!", "", "no language was named and none fits"),
        ("\0\0\0", "Python", "binary"),
        ("-- a query\nSELECT 1;\n", "SQL", "there is no parser for SQL: lines only"),
        ("x" * 999_999, "Python", "minified"),
    ],
)
def test_what_cannot_be_analysed_says_why(ann: Program, code: str, language: str, reason: str) -> None:
    answer = ann("POST", PATH, json={"code": code, "language": language})

    assert answer.status_code == 200, answer.text
    assert reason in answer.json["not_analyzed"]
    assert (answer.json["functions"], answer.json["health"]) == ([], None)


def test_half_a_file_is_read_as_far_as_it_goes(ann: Program) -> None:
    told = ann("POST", PATH, json={"code": PYTHON + "\n\ndef broken(:\n", "language": "Python"}).json

    assert told["has_syntax_errors"]
    assert "sign" in [one["name"] for one in told["functions"]]


def test_nesting_without_end_costs_its_own_answer_only(ann: Program) -> None:
    answer = ann("POST", PATH, json={"code": "(" * 100_000, "language": "Python"})

    assert answer.status_code in {200, 422}
    assert ann("POST", PATH, json={"code": PYTHON}).status_code == 200


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({}, "code"),
        ({"code": ""}, "code"),
        ({"code": "x" * 1_000_001}, "code"),
        ({"code": 1}, "code"),
        ({"code": "x", "langauge": "Python"}, "langauge"),
    ],
)
def test_a_body_of_another_form_is_refused_with_the_field(ann: Program, body: object, field: str) -> None:
    answer = ann("POST", PATH, json=body)

    assert answer.status_code == 422
    assert field in str(answer.json["error"]["details"]["fields"])


def test_an_unknown_language_is_told_with_the_known_ones(ann: Program) -> None:
    answer = ann("POST", PATH, json={"code": "x", "language": "Klingon"})

    assert answer.status_code == 422
    assert "There is no language 'Klingon'" in answer.json["error"]["message"]
    assert "Python" in answer.json["error"]["message"]


def test_a_guest_is_refused(app: Flask, guest: FlaskClient) -> None:
    assert guest.post(PATH, json={"code": "x"}).status_code == 401
