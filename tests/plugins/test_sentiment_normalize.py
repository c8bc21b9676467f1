"""Developers' text becomes words and placeholders, and no character moves."""

from __future__ import annotations

import pytest

from gitinsight_sentiment.normalize import CODE, NEGATIVE_SIGN, PARAGRAPH, POSITIVE_SIGN, mask, pieces


def words(text: str) -> list[str]:
    return [word for chunk in mask(text).split(" ") if chunk for word in pieces(chunk)[1]]


@pytest.mark.parametrize(
    "text",
    [
        "https://example.org/a?b=c",
        "ann@example.org",
        "@ann",
        "#123",
        "GH-7",
        "owner/name#12",
        "3f2a9c1",
        "v1.2.3",
        "1.0rc1",
        "--dry-run",
        "-rf",
        "src/app/main.py",
        "./configure",
        "/etc/hosts",
        "main.py",
        "snake_case",
        "camelCase",
        "PascalCase",
        "std::vector",
        "res.send()",
        "f(x)",
        "__init__",
        "<div>",
        "$HOME",
        "Flask-WTF",
        "42",
        "`dead code`",
        "x" * 101,
    ],
)
def test_what_is_not_english_prose_is_a_placeholder(text: str) -> None:
    assert set(words(text)) == {CODE}


@pytest.mark.parametrize(
    "sign", [":)", ":-)", ";)", "=)", ":D", "^^", "<3", ":tada:", ":+1:", "+1", "👍", "🎉"]
)
def test_a_friendly_sign_is_the_positive_placeholder(sign: str) -> None:
    assert words(sign) == [POSITIVE_SIGN]


@pytest.mark.parametrize("sign", [":(", ":-(", ":'(", ":/", "-_-", ">_<", ":-1:", ":cry:", "👎", "😡"])
def test_an_unhappy_sign_is_the_negative_placeholder(sign: str) -> None:
    assert words(f"so {sign}") == ["so", NEGATIVE_SIGN]


def test_a_sign_at_the_end_of_a_word_is_seen() -> None:
    assert words("done:) or done.:(") == ["done", POSITIVE_SIGN, "or", "done", ".", NEGATIVE_SIGN]


def test_a_sign_before_a_full_stop_is_seen() -> None:
    assert words("removed :-). Why :(?") == ["removed", POSITIVE_SIGN, ".", "why", NEGATIVE_SIGN, "?"]


@pytest.mark.parametrize("text", ["-1", "%s:s", "[1:]", "http://", '":/"'])
def test_code_that_looks_like_a_face_is_none(text: str) -> None:
    assert not {POSITIVE_SIGN, NEGATIVE_SIGN} & set(words(text))


def test_words_are_lower_case_and_elongations_are_cut_to_three() -> None:
    assert words("Sooooooo GREAT, isn’t it?!") == ["sooo", "great", ",", "isn't", "it", "?!"]


@pytest.mark.parametrize(
    "line",
    [
        "> this is awful",
        "Signed-off-by: Awful Person <a@example.org>",
        "Traceback (most recent call last):",
        "TerribleError: awful things",
        "    at awful.terrible (file.js:1)",
        "+++ b/awful.txt",
        "@@ -1 +1 @@ awful",
        "Closes: awful",
    ],
)
def test_a_line_that_the_author_did_not_word_is_blanked(line: str) -> None:
    assert words(f"Change\n{line}")[2:] == [CODE] * len(line.split())


def test_a_fenced_block_is_blanked_to_its_end_or_to_the_end_of_the_text() -> None:
    assert "awful" not in words("see ```\nawful\n\nawful``` and ```awful")


def test_a_reverts_quoted_title_is_blanked() -> None:
    assert words('Revert "Awful hack"') == ["revert", CODE, CODE]


def test_a_person_behind_from_or_by_is_blanked() -> None:
    assert words("Fix grey, from Magnus Gross.") == ["fix", "grey", ",", "from", CODE, CODE, "."]


def test_masking_moves_no_character() -> None:
    text = "Fix `a  b`\n\n> quoted text\n\n```\ncode\n``` by Ann Lee  end "
    masked = mask(text)
    assert len(masked) == len(text)
    assert [sign.isspace() for sign in masked] == [sign.isspace() for sign in text]


def test_the_written_tokens_join_to_the_chunk() -> None:
    chunk = '("Great!",\n\nsaid:)'
    written, normal = pieces(chunk)
    assert "".join(written) == chunk
    assert PARAGRAPH in normal
    assert len(normal) == len(written)
