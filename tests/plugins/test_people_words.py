"""Numbers in words."""

from __future__ import annotations

import pytest

from gitinsight_people.words import people_in_words, percent


@pytest.mark.parametrize(
    ("share", "words"), [(0, "0 %"), (0.004, "under 1 %"), (0.5, "50 %"), (0.996, "over 99 %"), (1, "100 %")]
)
def test_a_share_is_never_rounded_to_none_or_all(share: float, words: str) -> None:
    assert percent(share) == words


def test_small_numbers_begin_a_sentence_as_words() -> None:
    assert [people_in_words(count) for count in (1, 10, 1204)] == ["One person", "Ten people", "1,204 people"]
    assert people_in_words(2, "regular") == "Two regulars"
