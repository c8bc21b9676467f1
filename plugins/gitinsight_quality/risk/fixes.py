"""Whether a commit fixes a bug, as its subject says.

A commit is a fix where its subject has one of ``FIX_WORDS``, unless what it fixes is something that
nobody runs (typing errors, documentation, linters, tests, builds). A subject by the rules of
Conventional Commits says what it is by its type alone. The body is not read: it quotes other commits
and closes requests for features with the same words.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import polars as pl

FIX_WORDS = (
    r"(?:bug|hot)?[-_ ]?fix(?:e[sd]|ing|up)?", r"bugs?", r"buggy", r"defects?", r"faults?", r"regress(?:ions?|ed|es)?",
    r"crash(?:e[sd]|ing)?", r"segfaults?", r"segv", r"deadlocks?", r"(?:mem(?:ory)?[- ])?leak(?:s|ed|ing)?",
    r"race conditions?", r"data races?", r"overflow(?:s|ed)?", r"out[- ]of[- ]bounds", r"use[- ]after[- ]free",
    r"null(?:[- ]pointer)? (?:dereference|exception)s?", r"corrupt(?:s|ed|ion)?", r"vulnerabilit(?:y|ies)",
    r"cve-\d+-\d+", r"hang(?:s|ing)?", r"infinite loops?", r"repair(?:s|ed)?", r"workaround",
)  # fmt: skip
"""What says that a bug is fixed, as whole words in lower case."""
NOT_RUN = (
    r"typos?", r"typographical", r"mis-?spell\w*", r"spell(?:ing|ings|ed)", r"grammar", r"grammatical", r"wording",
    r"white-?space", r"lint(?:er|ing|s)?", r"flake8", r"pylint", r"eslint", r"jshint", r"jslint", r"ruff", r"clippy",
    r"rubocop", r"checkstyle", r"pep-?8", r"pep-?257", r"code ?style", r"docstrings?", r"doctests?", r"changelogs?",
    r"release notes?", r"merge conflicts?", r"copyright", r"travis\S*", r"appveyor", r"github actions?",
)  # fmt: skip
"""What makes a subject no fix wherever it stands."""
NOT_RUN_AFTER = (
    r"docs?", r"documentation", r"readme\S*", r"comments?", r"links?", r"urls?", r"tests?", r"testing", r"test[- ]?cases?",
    r"test[- ]?suite", r"flaky", r"ci", r"workflows?", r"build", r"(?:compiler |compilation )?warnings?",
    r"indent(?:ation|ing)?", r"formatting", r"style", r"licen[cs]e", r"version(?: number)?", r"mypy", r"typing",
    r"type hints?", r"examples?", r"benchmarks?",
)  # fmt: skip
"""What makes a subject no fix within three words after ``fix``."""
OTHER_TYPES = frozenset(
    ("feat", "feature", "docs", "doc", "style", "refactor", "test", "tests", "chore", "build", "ci", "perf", "deps", "t")
)  # fmt: skip

RULE = (
    "A commit by a person, no merge and no mass edit that .git-blame-ignore-revs lists, whose subject has a word for "
    "a repaired fault (fix, bug, defect, regression, crash, leak, deadlock, overflow, corruption, CVE ...) and is not "
    "about typing errors, documentation, comments, style, linters, tests, examples or builds."
)
"""The definition in words, as it stands beside figures."""

_BEFORE, _AFTER = r"(?:^|(?<=[^a-z0-9_]))", r"(?![a-z0-9_])"
_FIX = re.compile(rf"{_BEFORE}(?:{'|'.join(FIX_WORDS)}){_AFTER}")
_BETWEEN = r"(?:\W+(?!bugs?\b|crash|leak|regression)[\w'.-]+){0,2}\W+"
_OTHER = re.compile(
    rf"{_BEFORE}(?:(?:{'|'.join(NOT_RUN)}){_AFTER}|fix(?:e[sd]|ing|up)?{_BETWEEN}(?:{'|'.join(NOT_RUN_AFTER)}){_AFTER})"
)
_TYPED = re.compile(r"^(?P<type>[a-z]+)\d*(?:\([^)]*\))?!?:\s")


def is_fix(subject: str) -> bool:
    """Whether a commit with this subject fixes a bug in what people run."""
    text = subject.lower()
    typed = _TYPED.match(text)
    if typed and typed["type"] in OTHER_TYPES:
        return False
    return bool(_FIX.search(text)) and not _OTHER.search(text)


def fix_commits(commits: pl.DataFrame) -> pl.DataFrame:
    """The rows of people's commits that fix a bug: no merges, bots or mass edits that the project ignores."""
    import polars as pl

    own = commits.filter(~pl.col("is_merge") & ~pl.col("is_bot") & ~pl.col("is_ignored"))
    return own.filter(pl.Series([is_fix(subject) for subject in own["subject"]], dtype=pl.Boolean))
