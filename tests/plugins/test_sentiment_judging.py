"""What the spaCy pipeline says of developers' texts, the errors of earlier models first."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import gitinsight_sentiment


@pytest.fixture(scope="module")
def nlp() -> Any:
    return gitinsight_sentiment.load()


def label(doc: Any) -> str:
    return max(doc.cats, key=doc.cats.__getitem__)


def spans(doc: Any) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.spans["sentiment"]]


LONG_BODY = "Move the parser into a module of its own.\n\n" + "It reads one line after the other. " * 9


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Kill the worker process on SIGTERM", "neutral"),
        ("False positive in linter", "neutral"),
        ("poison pill message", "neutral"),
        ("bad request errors", "neutral"),
        ("Make mypy happy", "neutral"),
        ("Approved WTF", "neutral"),
        ("This is not good", "negative"),
        ("this fucking test is flaky again", "negative"),
        ("Finally fix the build, sigh", "negative"),
        ("finally!", "positive"),
        ("ridiculous constructor", "negative"),
        (LONG_BODY + "This was a horrible mess.", "negative"),
        (LONG_BODY + "Thanks a lot for the patch!", "positive"),
    ],
)
def test_a_known_error_of_earlier_models_is_right(nlp: Any, text: str, expected: str) -> None:
    assert label(nlp(text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "Great, the build is broken again",
            "negative",
            marks=pytest.mark.xfail(reason="irony: the praise is taken at its word"),
        ),
        pytest.param(
            "I spent two days on this and would rather not talk about it",
            "negative",
            marks=pytest.mark.xfail(reason="a feeling without any word of feeling"),
        ),
        pytest.param(
            "Ignore Gross in the spelling check",
            "neutral",
            marks=pytest.mark.xfail(reason="a person's name that is a word of feeling, without from or by"),
        ),
    ],
)
def test_an_error_that_is_left(nlp: Any, text: str, expected: str) -> None:
    assert label(nlp(text)) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Remove dead code",
        "Fix fatal error on abort signal",
        "Handle exceptions and warnings of the master process",
        "Dirty hack around a crash bug",
        "Fail early instead of dying later",
        "Fix vulnerability in the attack surface",
        'Revert "Horrible hack"',
        "Fix wrong offset",
        "No problem with this",
    ],
)
def test_the_terms_of_the_trade_are_neutral(nlp: Any, text: str) -> None:
    assert label(nlp(text)) == "neutral"


def test_negation_turns_praise_within_three_words_only(nlp: Any) -> None:
    assert label(nlp("this is not a nice design")) == "negative"
    assert label(nlp("do not forget to say that this is nice")) == "positive"
    assert label(nlp("why not, nice design")) == "positive"


def test_negated_blame_is_not_negative(nlp: Any) -> None:
    assert label(nlp("this is not ugly")) == "neutral"


def test_evidence_names_the_words_with_their_negation(nlp: Any) -> None:
    doc = nlp("Nice idea, but I am not happy with the `awful` name :(")
    assert spans(doc) == [("Nice idea", "positive"), ("not happy", "negative"), (":(", "negative")]


def test_evidence_names_the_words_behind_what_was_learned(nlp: Any) -> None:
    # "revert" and "back" are in no list of words with a feeling: the model learned what they tell.
    doc = nlp("That didn't work out for me! Anyway how to revert it back to the old script?")
    assert label(doc) == "negative"
    assert {name for _, name in spans(doc)} == {"negative"}
    assert "revert" in [text for text, _ in spans(doc)]
    assert len(spans(doc)) <= 3


def test_a_neutral_text_has_no_evidence_that_was_learned(nlp: Any) -> None:
    assert spans(nlp("Revert the script to its old place")) == []


def test_an_elongated_word_is_known(nlp: Any) -> None:
    assert spans(nlp("that is greaaaat and uglyyyy")) == [("uglyyyy", "negative")]


@pytest.mark.parametrize("text", ["", "Thanks!", "Fix it", "ugh", "\x00\x01", "日本語"])
def test_probabilities_sum_to_one(nlp: Any, text: str) -> None:
    doc = nlp(text)
    assert set(doc.cats) == {"negative", "neutral", "positive"}
    assert sum(doc.cats.values()) == pytest.approx(1)
    assert 0 <= doc._.confidence <= 1


def test_the_confidence_is_the_largest_probability(nlp: Any) -> None:
    doc = nlp("This is awful")
    assert doc._.confidence == max(doc.cats.values()) > 0.8


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "holds no words"),
        ("1.2.3", "holds no words"),
        ("```\nawful\n```", "holds no words"),
        ("\x00\x01\x02\x03 awful", "is binary content"),
        ("修复登录页面的错误", "is not in Latin script"),
        ("Исправлена ошибка при входе в API", "is not in Latin script"),
        ("Fehler in der Anmeldung ist jetzt nicht mehr da", "is probably not English"),
        ("Ajout de la page pour les utilisateurs", "is probably not English"),
        ("Corrige o erro que não deixava salvar os dados", "is probably not English"),
    ],
)
def test_a_text_that_cannot_be_judged_is_neutral_with_a_reason(nlp: Any, text: str, reason: str) -> None:
    doc = nlp(text)
    assert doc._.not_judged == reason
    assert (label(doc), doc._.confidence, spans(doc)) == ("neutral", 0.0, [])


@pytest.mark.parametrize("text", ["👍", "Über-nice, thanks", "Fix naïve café test", "Add i18n for de and la"])
def test_english_with_some_foreign_signs_is_judged(nlp: Any, text: str) -> None:
    assert not nlp(text)._.not_judged


@pytest.mark.parametrize(
    "text",
    [
        "Kill `foo bar` now.\n\n  This is  really awful, thanks 👍 ",
        " leading and trailing ",
        "\n\ttabs\tand\r\nlines\n",
        "a\u00a0b\u2028c",
        "\ue000 private",
    ],
)
def test_the_doc_keeps_the_text(nlp: Any, text: str) -> None:
    assert nlp(text).text == text


def test_a_huge_text_is_cut_and_not_refused(nlp: Any) -> None:
    doc = nlp("This is awful. " + "x" * 10_000_000)
    assert len(doc.text) == 1_000
    assert label(doc) == "negative"


@pytest.mark.parametrize(
    "unit", ["1", "a_", "))", "1.", ":)", "`", "<!--", "#1", "!?", "no ", "-a=", "[](", "A-"]
)
def test_no_repetition_makes_it_slow_or_raises(nlp: Any, unit: str) -> None:
    texts = [unit * 500 + str(n) + "!" for n in range(20)]
    start = time.process_time()
    assert len(list(nlp.pipe(texts))) == 20
    assert time.process_time() - start < 2


def test_a_saved_pipeline_judges_as_before(nlp: Any, tmp_path: Path) -> None:
    import spacy

    nlp.to_disk(tmp_path / "model")
    again = spacy.load(tmp_path / "model")
    for text in ("This is not good", "Make mypy happy", "Thanks :)", "x" * 3_000_000):
        first, second = nlp(text), again(text)
        assert first.cats == second.cats
        assert spans(first) == spans(second)


def test_a_doc_survives_its_bytes(nlp: Any) -> None:
    from spacy.tokens import Doc

    doc = nlp("An awful hack, sorry")
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert (again.cats, again._.confidence, spans(again)) == (doc.cats, doc._.confidence, spans(doc))


def test_a_doc_of_another_tokenizer_is_judged_too(nlp: Any) -> None:
    from spacy.tokens import Doc

    doc = nlp.get_pipe("gitinsight_sentiment")(Doc(nlp.vocab, words=["This", "is", "awful", "\n"]))
    assert label(doc) == "negative"


def test_importing_the_package_loads_no_heavy_library() -> None:
    code = (
        "import sys, gitinsight_sentiment as plugin; plugin.register_analyzers(); plugin.register_models();"
        "print([name for name in ('spacy', 'polars', 'numpy', 'thinc') if name in sys.modules])"
    )
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert result.stdout.strip() == "[]"
