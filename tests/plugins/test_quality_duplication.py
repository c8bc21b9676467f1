"""Copies in texts made by hand, where it is known what has to be found, and what must not be."""

from __future__ import annotations

import json
import random
from collections.abc import Mapping, Sequence

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gitinsight_quality import duplication as subject
from gitinsight_quality.duplication import MIN_TOKENS, Copy, Duplication, Source, find_duplication
from gitinsight_quality.duplication_matching import match
from gitinsight_quality.tokens import from_json, tokenizer

# Ten lines of six tokens: x 1 = f ( 1 ) has no token in common between lines but = f ( ).
BLOCK = "".join(f"x{n} = f({n})\n" for n in range(10))


def sources(texts: Mapping[str, str | bytes], language: str = "Python") -> Sequence[Source]:
    contents = {p: text.encode() if isinstance(text, str) else text for p, text in sorted(texts.items())}
    return [
        Source(path, "test" in path, content.count(b"\n"), from_json(tokenizer(language)(content)))
        for path, content in contents.items()
    ]


def found(texts: Mapping[str, str | bytes], language: str = "Python") -> Duplication:
    return find_duplication(sources(texts, language))


def copies(duplication: Duplication) -> Sequence[Sequence[str]]:
    return [[str(copy) for copy in group.copies] for group in duplication.groups]


def words(start: int, count: int) -> str:
    return "".join(f"w{n}\n" for n in range(start, start + count))


def test_a_block_in_two_files_is_one_group_with_its_lines() -> None:
    duplication = found({"a.py": "one\n" + BLOCK + "two\n", "b.py": "three\nfour\n" + BLOCK})
    assert copies(duplication) == [["a.py:2-11", "b.py:3-12"]]
    assert duplication.groups[0].tokens == 60
    assert duplication.files["a.py"].spans == [(2, 11)]
    assert duplication.files["a.py"].share == pytest.approx(10 / 12)
    assert duplication.share() == pytest.approx(20 / 24)


def test_white_space_and_line_ends_do_not_matter() -> None:
    other = "\r\n\r\n".join(line.replace(" = ", "  =\t") for line in BLOCK.split("\n"))
    assert copies(found({"a.py": BLOCK, "b.py": other})) == [["a.py:1-10", "b.py:1-19"]]


def test_a_comment_of_several_lines_may_be_indented_anew() -> None:
    comment = "/* one\n * two */\n"
    moved = "    /* one\n     * two */\n"
    duplication = found({"a.c": comment + BLOCK, "b.c": moved + BLOCK}, "C")
    assert copies(duplication) == [["a.c:1-12", "b.c:1-12"]]
    assert duplication.groups[0].tokens == 61


def test_one_other_name_ends_a_copy() -> None:
    other = BLOCK.replace("x9", "y9")
    (group,) = found({"a.py": BLOCK, "b.py": other}).groups
    assert (group.tokens, group.copies[0].end_line) == (54, 9)


@pytest.mark.parametrize(("shared", "groups"), [(MIN_TOKENS - 1, 0), (MIN_TOKENS, 1)])
def test_fifty_tokens_are_enough_and_fewer_are_not(shared: int, groups: int) -> None:
    texts = {"a.py": words(0, shared) + "end", "b.py": "start\n" + words(0, shared)}
    assert len(found(texts).groups) == groups


@pytest.mark.parametrize(("lines", "groups"), [(3, 0), (4, 1)])
def test_many_tokens_on_few_lines_are_no_copy(lines: int, groups: int) -> None:
    text = "\n".join(" ".join(f"w{line}_{n}" for n in range(30)) for line in range(lines)) + "\n"
    duplication = found({"a.py": text, "b.py": text})
    assert len(duplication.groups) == groups
    assert (duplication.share() == 0) is (groups == 0)


def test_copies_reach_from_the_first_token_of_a_file_to_the_last_without_a_line_end() -> None:
    assert copies(found({"a.py": BLOCK.strip(), "b.py": BLOCK.strip()})) == [["a.py:1-10", "b.py:1-10"]]


def test_a_copy_does_not_run_on_into_the_next_file() -> None:
    half = words(0, 30)
    assert found({"a.py": half, "b.py": words(30, 30), "c.py": words(0, 60)}).groups == []


def test_three_copies_are_one_group() -> None:
    texts = {"a.py": BLOCK + "one\n" + BLOCK, "b.py": "two\n" + BLOCK}
    assert copies(found(texts)) == [["a.py:1-10", "a.py:12-21", "b.py:2-11"]]


def test_a_shorter_copy_of_a_longer_one_joins_all_its_places() -> None:
    longer = BLOCK + words(0, 20)
    groups = found({"a.py": longer, "b.py": "one\n" + longer, "c.py": "two\n" + BLOCK + "three\n"}).groups
    assert [(group.tokens, len(group.copies)) for group in groups] == [(60, 3), (80, 2)]


def test_two_copies_side_by_side_are_told_as_two() -> None:
    assert copies(found({"a.py": BLOCK + BLOCK})) == [["a.py:1-10", "a.py:11-20"]]


def test_a_block_that_repeats_itself_is_told_as_two_halves_and_counts_in_full() -> None:
    duplication = found({"a.py": BLOCK * 5})
    assert copies(duplication) == [["a.py:1-20", "a.py:21-40"]]
    assert duplication.files["a.py"].spans == [(1, 50)]


def test_short_blocks_in_a_row_may_overlap_with_themselves() -> None:
    # 24 tokens three times: no two copies of 50 tokens fit side by side, yet 48 of 72 are said again.
    block = words(0, 24)
    duplication = found({"a.py": block * 3 + words(100, 5)})
    assert duplication.groups == []
    duplication = found({"a.py": block * 4})
    assert copies(duplication) == [["a.py:1-72", "a.py:25-96"]]


def test_unicode_empty_and_utf16_texts_are_compared() -> None:
    text = "".join(f"größe_{n} = 'Ünïcode {n} 😀'\n" for n in range(20))
    duplication = found({"a.py": text, "b.py": "", "c.py": text.encode("utf-16"), "d.py": b"\xff\xfe"})
    assert copies(duplication) == [["a.py:1-20", "c.py:1-20"]]
    assert duplication.files["b.py"].share == 0


def test_no_files_at_all_have_no_share() -> None:
    assert find_duplication([]).share() is None


def test_a_million_equal_lines_are_two_halves() -> None:
    (group,) = found({"a.py": "x = 1\n" * 1_000_000}).groups
    assert [str(copy) for copy in group.copies] == ["a.py:1-500000", "a.py:500001-1000000"]


def test_what_is_beyond_the_most_tokens_is_left_out_and_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subject, "MAX_TOKENS", 130)
    duplication = found({"a.py": BLOCK, "b.py": BLOCK, "c.py": BLOCK})
    assert duplication.left_out == 1
    assert copies(duplication) == [["a.py:1-10", "b.py:1-10"]]


def test_more_pairs_than_the_limit_are_cut_and_it_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gitinsight_quality.duplication_matching.MAX_PAIRS", 1)
    texts = {"a.py": BLOCK + "one\n" + words(0, 80), "b.py": BLOCK + "two\n" + words(0, 80)}
    duplication = found(texts)
    assert duplication.is_cut
    assert [group.tokens for group in duplication.groups] == [80]


def test_tokens_survive_their_way_through_json() -> None:
    row = json.loads(json.dumps(tokenizer("Python")(b'a = """b\nc"""\n\nd\n')))
    tokens = from_json(row)
    assert tokens.first_lines.tolist() == [1, 1, 1, 4]
    assert tokens.last_lines.tolist() == [1, 1, 2, 4]


@pytest.mark.parametrize(
    ("language", "text", "tokens"),
    [
        ("Python", "def f(a): # b c\n", 7),
        ("Python", "x = 'it\\'s' + r\"a b\"\n", 6),
        ("C", "a->b == 1; /* x\n y */ // z", 8),
        ("JavaScript", "f(`a ${b} c`)", 11),
        ("TSX", '<A b="c d">', 7),
        ("Ruby", "x\n=begin\ny z\n=end\n", 2),
        ("HTML", "<p>it's</p>", 10),
        ("C", "'", 1),
        ("C", "/* open", 1),
        ("Python", '"""open', 1),
    ],
)
def test_a_text_is_cut_into_words_numbers_strings_comments_and_operators(
    language: str, text: str, tokens: int
) -> None:
    assert len(from_json(tokenizer(language)(text.encode())).hashes) == tokens


@pytest.mark.parametrize(
    ("text", "tokens"),
    [(b" " * 1_000_000, 0), (b"/*\n" * 300_000, 1), (b'="a\n' * 200_000, 400_000), (b"\t \n" * 300_000, 0)],
)
def test_hostile_texts_are_cut_in_linear_time(text: bytes, tokens: int) -> None:
    # In quadratic time these would take hours.
    assert len(from_json(tokenizer("C")(text)).hashes) == tokens


_WORDS = st.lists(st.sampled_from("abcdefgh+-("), min_size=0, max_size=120)


@settings(max_examples=60, deadline=None)
@given(_WORDS, _WORDS, _WORDS, _WORDS, st.lists(st.sampled_from("abcd"), min_size=50, max_size=90))
def test_an_inserted_copy_of_fifty_tokens_is_always_found(a, b, c, d, block) -> None:
    texts = {"a.c": "\n".join([*a, *block, *b]), "b.c": "\n".join([*c, *block, *d])}
    files = found(texts, "C").files
    for path, before in (("a.c", a), ("b.c", c)):
        lines = {line for first, last in files[path].spans for line in range(first, last + 1)}
        assert set(range(len(before) + 1, len(before) + len(block) + 1)) <= lines


@settings(max_examples=60, deadline=None)
@given(st.lists(st.lists(st.sampled_from("abc"), max_size=150), min_size=1, max_size=4))
def test_whatever_is_reported_is_equal_token_by_token(texts: list[list[str]]) -> None:
    duplication = found({f"{n}.c": "\n".join(text) for n, text in enumerate(texts)}, "C")
    for group in duplication.groups:
        stretches = {tuple(_lines(texts, copy)) for copy in group.copies}
        assert len(stretches) == 1
        assert len(stretches.pop()) == group.tokens >= MIN_TOKENS
        assert len(set(group.copies)) == len(group.copies) >= 2


def _lines(texts: list[list[str]], copy: Copy) -> list[str]:
    return texts[int(copy.path[0])][copy.start_line - 1 : copy.end_line]


@settings(max_examples=100, deadline=None)
@given(st.lists(st.integers(0, 1), min_size=8, max_size=60), st.integers(3, 5))
def test_pairs_cover_every_window_that_occurs_twice(text: list[int], window: int) -> None:
    hashes = np.array(text, np.uint64) + np.uint64(7)
    pairs = match(hashes, np.array([len(text)]), window).pairs
    covered = {
        place + n
        for later, earlier, length in zip(*(column.tolist() for column in pairs), strict=True)
        for place in (later, earlier)
        for n in range(length)
    }
    windows = [tuple(text[n : n + window]) for n in range(len(text) - window + 1)]
    twice = {n + m for n, one in enumerate(windows) if windows.count(one) > 1 for m in range(window)}
    assert covered == twice


def test_the_order_in_which_texts_come_does_not_matter() -> None:
    names = [f"{name}.py" for name in "abcdef"]
    texts = {name: BLOCK + words(10 * n, 5) for n, name in enumerate(names)}
    shuffled = dict(random.Random(1).sample(sorted(texts.items()), len(texts)))
    assert find_duplication(sources(texts)) == find_duplication(sources(shuffled))
