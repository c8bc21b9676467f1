"""Which words of a commit message are its author's."""

from __future__ import annotations

import pytest

from gitinsight_sentiment.messages import own_words


@pytest.mark.parametrize(
    "subject",
    [
        "Merge branch 'main' into awful",
        "Merge pull request #1 from ann/awful",
        "Bump awful from 1.0 to 2.0",
        "chore(deps): bump awful from 1.0 to 2.0 in /docs",
        "Release 1.2.3",
        "v1.2.3",
        "5.0.0-beta.2",
        "Initial commit",
        "Update README.md",
        "Add files via upload",
        'Revert "Add an awful thing"',
    ],
)
def test_a_message_that_a_tool_worded_is_empty(subject: str) -> None:
    assert own_words(subject, "") == ""


@pytest.mark.parametrize(
    "subject", ["Update the awful docs", "Merge both loops into one", "Bump it up a bit"]
)
def test_a_message_that_a_person_worded_is_kept(subject: str) -> None:
    assert own_words(subject, "") == subject


def test_only_the_first_paragraph_of_the_body_is_read() -> None:
    assert own_words("Fix it", "Because of\nthat.\n\nAwful details.") == "Fix it\n\nBecause of\nthat."


def test_a_revert_keeps_the_reason_only() -> None:
    body = "This reverts commit 0123456789abcdef.\n\nIt broke the build, sorry."
    assert own_words('Revert "Awful hack"', body) == "It broke the build, sorry."


def test_lines_of_a_template_are_dropped() -> None:
    body = "## What\n- [x] tested\n**Why:**\nIt was slow.\nFixes #12, #13 and owner/name#14."
    assert own_words("Make it fast", body) == "Make it fast\n\nIt was slow."


@pytest.mark.parametrize("category", ["💚", ":bug:", "✨ ", ":boom: 🔥 "])
def test_an_emoji_that_opens_the_subject_is_a_category_and_no_mood(category: str) -> None:
    assert own_words(f"{category} Add a test", "") == "Add a test"


def test_an_emoji_alone_is_a_message() -> None:
    assert own_words("🎉", "") == "🎉"


def test_a_hostile_message_takes_no_time() -> None:
    own_words("Merge " * 100_000, "close " + "#1" * 100_000 + "x")
    own_words('Revert "' * 100_000, "\n" * 1_000_000)
