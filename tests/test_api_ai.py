"""Models at work over the API: sentiment of texts, its limits and its errors."""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from gitinsight.domain.access import Permission, Role
from gitinsight.errors import InferenceBusy
from gitinsight.services.context import tools
from gitinsight.services.inference import InferencePool
from tests.probing import Program, probed_app

PATH = "/api/v1/ai/sentiment-analysis"


@pytest.fixture
def ann(app: Flask) -> Iterator[Program]:
    yield Program(app, "ann")
    tools().inference.close()


def test_each_text_gets_a_label_probabilities_and_the_words_behind_it(ann: Program) -> None:
    texts = ["Thanks, great work!", "Kill the worker process on SIGTERM", "What an ugly hack :(", ""]
    answer = ann("POST", PATH, json={"texts": texts})

    assert answer.status_code == 200, answer.text
    assert answer.json["model"]["name"] == "linear-se"
    items = answer.json["items"]
    assert [item["label"] for item in items] == ["positive", "neutral", "negative", "neutral"]
    for item in items:
        assert sum(item["probabilities"].values()) == pytest.approx(1)
    assert [item["not_judged"] for item in items] == ["", "", "", "holds no words"]
    assert items[3]["confidence"] == 0
    for text, item in zip(texts, items, strict=True):
        for span in item["spans"]:
            assert text[span["start"] : span["end"]] == span["text"]
    assert [(span["text"], span["label"]) for span in items[2]["spans"]] == [
        ("ugly", "negative"),
        (":(", "negative"),
    ]


def test_a_thousand_texts_are_answered_and_whatever_they_hold(ann: Program) -> None:
    odd = ["\0\1\2", "\ud800 lone", "修复登录页面的错误", "🎉", "Ω" * 5_000, "a" * 100_000, "\r\n\t"]
    answer = ann("POST", PATH, json={"texts": [*odd, *["Add a test"] * (1_000 - len(odd))]})

    assert answer.status_code == 200, answer.text
    assert len(answer.json["items"]) == 1_000


@pytest.mark.parametrize(
    "body", [{}, {"texts": []}, {"texts": ["a"] * 1_001}, {"texts": "a"}, {"texts": [1]}, {"texts": [None]}]
)
def test_a_body_of_another_form_is_refused_with_the_field(ann: Program, body: object) -> None:
    answer = ann("POST", PATH, json=body)

    assert answer.status_code == 422
    assert answer.json["error"]["code"] == "VALIDATION_ERROR"
    assert "texts" in str(answer.json["error"]["details"]["fields"])


def test_a_body_of_ten_megabytes_is_refused(ann: Program) -> None:
    answer = ann("POST", PATH, json={"texts": ["x" * 10_000_000]})

    assert answer.status_code == 413
    assert answer.json["error"]["code"] == "PAYLOAD_TOO_LARGE"


def test_a_guest_and_a_key_without_the_scope_are_refused(app: Flask, guest: FlaskClient) -> None:
    assert guest.post(PATH, json={"texts": ["a"]}).status_code == 401
    reader = Program(app, "bob")
    assert reader("POST", PATH, json={"texts": ["a"]}).status_code == 200
    narrow = Program(app, "cy", Role.USER, Permission.REPOSITORY_READ)
    assert narrow("POST", PATH, json={"texts": ["a"]}).status_code == 403
    tools().inference.close()


def test_where_too_many_wait_the_answer_says_when_to_come_again(
    ann: Program, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise InferenceBusy("All model processes are busy.", retry_after=5)

    monkeypatch.setattr(InferencePool, "call", refuse)
    answer = ann("POST", PATH, json={"texts": ["a"]})

    assert answer.status_code == 503
    assert answer.headers["Retry-After"] == "5"
    assert answer.json["error"]["code"] == "SERVICE_UNAVAILABLE"


def test_a_model_that_answers_nonsense_is_an_error_of_the_server(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite, ["thinker"]) as app:
        answer = Program(app, "ann")("POST", PATH, json={"texts": ["a"]})
        tools().inference.close()

    assert answer.status_code == 500
    assert answer.json["error"]["code"] == "INFERENCE_FAILED"


def test_without_a_model_for_the_task_there_is_nothing(
    tmp_path: Path, valkey_socket: Path, migrated_sqlite: Path
) -> None:
    with probed_app(tmp_path, valkey_socket, migrated_sqlite) as app:
        answer = Program(app, "ann")("POST", PATH, json={"texts": ["a"]})

    assert answer.status_code == 404
    assert answer.json["error"]["code"] == "MODEL_NOT_FOUND"


def test_the_card_of_the_model_is_told(guest: FlaskClient) -> None:
    (found,) = [m for m in guest.get("/api/v1/ai/models").json["items"] if m["task"] == "sentiment"]

    assert found["size_bytes"] < 1_000_000
    assert found["card"]["data"]["github.csv"]["licence"] == "CC BY 4.0"
    low, high = found["card"]["scores"]["github.csv"]["interval"]
    assert low < found["accuracy"]["github_macro_f1"] < high
    assert found["card"]["known_errors"]


def test_a_web_process_that_answers_loads_no_model(
    tmp_path: Path, migrated_sqlite: Path, clean_environment: dict[str, str]
) -> None:
    shutil.copy(migrated_sqlite, tmp_path / "gitinsight.db")
    program = """
import sys
import gitinsight.app
from gitinsight.services import models
from gitinsight.services.context import tools
with gitinsight.app.create_app().app_context():
    print(models.judge_sentiment(["Thanks, great work!"]).items[0]["label"])
    tools().inference.close()
print([name for name in ("polars", "spacy", "numpy") if name in sys.modules])
"""
    environment = clean_environment | {"GITINSIGHT_HOME": str(tmp_path)}
    told = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True, env=environment
    )
    assert told.stdout.splitlines() == ["positive", "[]"]
