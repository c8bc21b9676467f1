"""Which words of a commit message its author chose: subject and first paragraph, less what tools wrote."""

from __future__ import annotations

import re

_MOST_CHARACTERS = 2_000

_GENERATED = re.compile(
    r"""
    merge[ ](?:branch|branches|pull[ ]request|remote-tracking|tag|commit|upstream|\S+[ ]into)\b.*
    | merged?[ ]\S+(?:[ ]into[ ]\S+)?
    | (?:build|chore|fix|feat)?(?:\([\w-]+\))?:?[ ]?(?:bump|update|upgrade)[ ]\S+[ ](?:requirement[ ])?from[ ]\S+[ ]to[ ].*
    | (?:bump[ ]version.*|(?:(?:prepare|tag)[ ])?(?:release|version)?[ ]?v?\d+(?:\.\w+)+[\w.-]*)
    | (?:create|update|delete|rename)[ ]\S+\.\w+
    | initial[ ]commit | first[ ]commit | add[ ]files[ ]via[ ]upload | apply[ ]suggestions[ ]from[ ]code[ ]review
    | \[maven-release-plugin\].* | auto-?merge.* | automatic[ ]merge.*
    """,
    re.VERBOSE | re.IGNORECASE,
)
_REVERTED_TITLE = re.compile(r'\s*(?:Revert|Reapply) "(?:Revert ")*[^\n]*')
_GITMOJI = re.compile(r"(?:\s*(?::[a-z0-9_+-]+:|[\u2600-\u27bf\U0001f300-\U0001faff]\ufe0f?))+\s*")
_TEMPLATE_LINE = re.compile(
    r"""
    ^[ \t]*(?:
        This[ ](?:reverts|backports|cherry-picks)[ ]commit[ ].*
        | \(cherry[ ]picked[ ]from[ ]commit[ ].* | \(backported[ ]from[ ].*
        | [-*][ ]\[[ xX]\][ ].* | \#{1,6}[ ].* | \*\*[^*\n]+\*\*:?
        | (?:close[sd]?|fix(?:e[sd])?|resolve[sd]?|refs?|see)[ ][\w./-]*\#\d+(?:[, ]+(?:and[ ]+)?[\w./-]*\#\d+)*\.?
    )[ \t]*$
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)


def own_words(subject: str, body: str) -> str:
    """Subject and first paragraph of the body as one text; empty where a tool worded the whole.

    A revert's quoted title and an emoji that opens the subject, a category by the gitmoji
    convention, are somebody else's choice and go.
    """
    subject = subject[:_MOST_CHARACTERS]
    if _GENERATED.fullmatch(subject.strip()):
        return ""
    subject = _REVERTED_TITLE.sub("", subject, count=1)
    category = _GITMOJI.match(subject)
    if category and category.end() < len(subject):
        subject = subject[category.end() :]
    paragraphs = (
        _TEMPLATE_LINE.sub("", body[:_MOST_CHARACTERS].replace("\r\n", "\n")).strip().split("\n\n", 1)
    )
    return f"{subject.strip()}\n\n{paragraphs[0].strip()}".strip()
