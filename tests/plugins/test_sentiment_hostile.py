"""Whatever a text holds, it is judged or not judged with a reason, and never an exception."""

from __future__ import annotations

import pickle
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import gitinsight_sentiment
from gitinsight_sentiment.messages import own_words
from gitinsight_sentiment.normalize import mask

PIECES = st.sampled_from(
    ["```", "`", "> ", "\n", "\r\n", "\n\n", " ", "\t", ":)", ":-).", "👍", "not ", "awful", "thanks", "Revert \"",
     "diff --git ", "    ", "<!--", "#1", "a_b", "É", "日本", "\x00", "\ud83d", "\u200d", "by Ann Lee", ":tada:", "✨",
     "false positive", "x" * 120, "Signed-off-by: A <a@b>", "."]
)  # fmt: skip


@pytest.fixture(scope="module")
def nlp() -> Any:
    return gitinsight_sentiment.load()


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(st.text(max_size=600), st.lists(PIECES, max_size=30).map("".join)))
def test_any_text_is_judged_or_told_why_not(nlp: Any, text: str) -> None:
    doc = nlp(text)
    assert doc.text == "".join("\ufffd" if "\ud800" <= sign <= "\udfff" else sign for sign in text)
    assert sum(doc.cats.values()) == pytest.approx(1)
    assert (doc._.confidence == 0) == bool(doc._.not_judged)
    for span in doc.spans["sentiment"]:
        assert span.label_ in ("negative", "positive")


@settings(max_examples=200, deadline=None)
@given(text=st.lists(PIECES, max_size=30).map("".join))
def test_masking_moves_no_character_of_any_text(text: str) -> None:
    masked = mask(text)
    assert len(masked) == len(text)
    assert [sign.isspace() for sign in masked] == [sign.isspace() for sign in text]


@settings(max_examples=100, deadline=None)
@given(subject=st.text(max_size=200), body=st.text(max_size=400))
def test_the_own_words_of_any_message_are_a_text(subject: str, body: str) -> None:
    assert isinstance(own_words(subject, body), str)


@settings(max_examples=30, deadline=None)
@given(texts=st.lists(st.lists(PIECES, max_size=8).map("".join), max_size=12))
def test_many_texts_at_once_are_judged_as_one_by_one(nlp: Any, texts: list[str]) -> None:
    together = [doc.cats for doc in nlp.pipe(texts)]
    for cats, text in zip(together, texts, strict=True):
        assert cats == pytest.approx(nlp(text).cats)


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "\n" * 10_000_000,
        "\x00" * 10_000,
        "🎉" * 500,
        "Ж" * 10_000,
        "\u202e" * 99,
        "a" * 10_000_000,
        "\ud800",
    ],
)
def test_an_extreme_text_is_no_error(nlp: Any, text: str) -> None:
    assert len(nlp(text).text) <= 1_000


def test_a_text_of_emoji_alone_is_judged(nlp: Any) -> None:
    assert max(nlp("🎉🎉").cats.items(), key=lambda item: item[1])[0] == "positive"


def test_a_text_of_mixed_scripts_is_told_as_such(nlp: Any) -> None:
    assert nlp("Fix ошибка при входе в систему")._.not_judged == "is not in Latin script"


def test_a_memory_zone_of_spacys_leaves_nothing_dangling(nlp: Any) -> None:
    with nlp.memory_zone():
        first = dict(nlp("A perfectly unheardofword, thanks").cats)
    again = nlp("A perfectly unheardofword, thanks")
    assert again.text == "A perfectly unheardofword, thanks"
    assert again.cats == first


def test_a_tokenizer_survives_pickling(nlp: Any) -> None:
    again = pickle.loads(pickle.dumps(nlp.tokenizer))
    assert again("Fix `a b` now").text == "Fix `a b` now"
