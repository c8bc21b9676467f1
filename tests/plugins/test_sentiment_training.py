"""Training, weights and evaluation on tiny sets that the tests make."""

from __future__ import annotations

import csv
import json
import random
from pathlib import Path

import numpy as np
import pytest

from gitinsight_sentiment import card, evaluate, train
from gitinsight_sentiment.features import key, keys
from gitinsight_sentiment.measuring import calibration_error, f1_of, scores
from gitinsight_sentiment.samples import fingerprint, labelled, messages_of
from gitinsight_sentiment.weights import Weights, in_steps
from tests.repositories import Repo

PARTS = {
    "negative": ["this is awful", "what an ugly mess", "I hate this", "so annoying", "sigh, horrible"],
    "neutral": ["add a test", "rename the field", "move the parser", "read the file", "sort the list"],
    "positive": ["thanks a lot", "great work", "I love this", "nice idea", "awesome, well done"],
}


def write(path: Path, rows: list[tuple[str, str]]) -> Path:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([("id", "text", "label"), *((n, *row) for n, row in enumerate(rows))])
    return path


def made(count: int) -> list[tuple[str, str]]:
    """So many texts of each label, in a fixed order."""
    generator = random.Random(7)
    return [
        (f"{generator.choice(texts)} in part {generator.randrange(50)}", label)
        for _ in range(count)
        for label, texts in PARTS.items()
    ]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    found = tmp_path_factory.mktemp("sets")
    for name, about in card.SETS.items():
        if about["use"] == "training":
            write(found / name, made(20))
    write(found / "jira_ortu.csv", made(5))
    return found


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    repo = Repo(tmp_path_factory.mktemp("commits") / "repo")
    for number, subject in enumerate(["Read the file", "Kill the worker", "This is awful", "Sort it!"]):
        repo.commit({"a": str(number)}, subject)
    return repo.git_dir


def test_training_is_reproducible_and_tells_its_inputs(
    folder: Path, repository: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("sklearn")
    for name in ("one.bin", "two.bin"):
        arguments = ["--data", str(folder), "--out", str(tmp_path / name), "--neutral", str(repository)]
        assert train.main(arguments) == 0
    told = capsys.readouterr().out
    assert fingerprint(folder / "github.csv") in told
    assert "github.csv, cross-validated: 60 rows" in told
    assert "jira_ortu.csv: 15 rows" in told
    assert (tmp_path / "one.bin").read_bytes() == (tmp_path / "two.bin").read_bytes()
    about = json.loads((tmp_path / "one.json").read_text())
    assert set(about["scores"]) == {"github.csv", "so_senti4sd.csv", "pr_premo.csv", "jira_ortu.csv"}
    assert about["scores"]["github.csv"]["macro_f1"] > 0.9


def test_no_word_of_the_training_texts_stands_in_the_weights(folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    train.train(folder, [], tmp_path / "model.bin")
    content = (tmp_path / "model.bin").read_bytes()
    assert not any(word in content for word in (b"awful", b"thanks", b"parser"))


def test_neutral_commits_are_those_without_any_sign_of_mood(repository: Path) -> None:
    found = {sample.text for sample in train.neutral_commits([repository])}
    assert found == {"Read the file", "Kill the worker"}


def test_messages_of_a_repository_are_told_once(tmp_path: Path) -> None:
    repo = Repo(tmp_path / "repo")
    for number in range(3):
        repo.commit({"a": str(number)}, "Say it again")
    assert list(messages_of(repo.git_dir)) == ["Say it again"]


def test_a_folder_without_the_sets_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert train.main(["--data", str(tmp_path), "--out", str(tmp_path / "model.bin")]) == 2
    assert "github.csv" in capsys.readouterr().err


def test_evaluation_prints_figures_or_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = write(tmp_path / "own.csv", [*made(5), ("who knows", "ambiguous")])
    assert evaluate.main(["--data", str(path)]) == 0
    told = capsys.readouterr().out
    assert "own.csv: 15 rows" in told
    assert "expected calibration error" in told
    assert evaluate.main(["--data", str(path), "--json"]) == 0
    found = json.loads(capsys.readouterr().out)["own.csv"]
    assert sum(map(sum, found["confusion"])) == found["rows"] == 15
    assert found["interval"][0] <= found["macro_f1"] <= found["interval"][1]


@pytest.mark.parametrize("content", ["", "text\nhello\n", "text,label\nhello,strange\n"])
def test_a_file_of_another_form_is_refused(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: str
) -> None:
    path = tmp_path / "own.csv"
    path.write_text(content)
    assert evaluate.main(["--data", str(path)]) == 2
    assert "own.csv" in capsys.readouterr().err


def test_a_set_of_two_labels_takes_positive_for_neutral() -> None:
    found = scores([0, 1], [(0.1, 0.2, 0.7), (0.1, 0.2, 0.7)], is_binary=True)
    assert found.confusion == ((0, 1), (0, 1))


def test_macro_f1_is_the_mean_of_the_labels() -> None:
    # Precision and recall: 1/1 and 1/2; 1/2 and 1/1; 1/1 and 1/1.
    found = scores([0, 0, 1, 2], [(1, 0, 0), (0, 1, 0), (0, 1, 0), (0, 0, 1)])
    assert found.f1 == {
        "negative": pytest.approx(2 / 3),
        "neutral": pytest.approx(2 / 3),
        "positive": pytest.approx(1),
    }
    assert found.macro_f1 == pytest.approx(7 / 9)
    assert found.accuracy == 0.75


def test_f1_of_a_label_that_never_occurs_is_zero() -> None:
    assert f1_of([[1, 0], [0, 0]]) == [1, 0]


def test_calibration_error_is_the_gap_between_confidence_and_accuracy() -> None:
    # Four texts of confidence 0.75, of which half are right: the gap is 0.25.
    given = [(0.75, 0.25, 0.0)] * 4
    assert calibration_error([0, 0, 1, 1], given) == pytest.approx(0.25)


def test_weights_come_back_from_their_bytes_and_add_up() -> None:
    steps, scale = in_steps([[2.0, 0.0], [-1.0, 1.0]])
    assert steps.tolist() == [[127, 0], [-64, 64]]
    weights = Weights([3, 2**63], steps, scale, (0.0, 0.0))
    again = Weights.from_bytes(weights.to_bytes())
    for table in (weights, again):
        nothing, one = table.probabilities([2**63, 4, 2**63], np.array([1, 1, 1]), 2)
        assert nothing == pytest.approx((1 / 3, 1 / 3, 1 / 3))
        # Odds against neutral are e^-1 and e: 0.3679, 1, 2.7183 of 4.0862.
        assert one == pytest.approx((0.090, 0.245, 0.665), abs=0.003)
    assert weights.probabilities([], np.array([], dtype=int), 0) == []


def test_a_cut_weights_file_is_refused() -> None:
    with pytest.raises(ValueError, match="has 10 bytes, not 9"):
        Weights.from_bytes(Weights([1], [[1, 1]], 1.0, (0, 0)).to_bytes()[:-1])


def test_the_key_of_a_word_is_the_same_for_ever() -> None:
    # Python: int.from_bytes(hashlib.blake2b(b"awful", digest_size=8).digest(), "little")
    assert key("awful") == 2_550_163_017_576_714_371
    assert key("awful") in keys(["awful"], [])


def test_the_words_behind_a_negation_are_marked_until_punctuation() -> None:
    found = keys(["not", "fast", ",", "slow"], [])
    assert {key("~fast"), key("fast"), key("slow")} <= found
    assert key("~slow") not in found


def test_the_shipped_weights_are_small_and_the_card_tells_their_figures() -> None:
    from gitinsight_sentiment.weights import shipped

    assert len(shipped().to_bytes()) <= 1_000_000
    about = card.card()
    assert set(about["scores"]) <= set(about["data"])
    assert about["scores"]["github.csv"]["calibration_error"] <= 0.03


def test_labels_are_numbers_in_the_order_of_the_labels(tmp_path: Path) -> None:
    path = write(tmp_path / "own.csv", [("a", "positive"), ("b", "negative")])
    assert [(sample.text, sample.label) for sample in labelled(path)] == [("a", 2), ("b", 0)]
