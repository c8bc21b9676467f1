"""The words and phrases that carry feeling, and how strongly: from -4 (very negative) to 4.

Everyday words come from the lexicon of the installed ``vaderSentiment`` package (Hutto and Gilbert
2014, MIT). What developers mean by them stands above it in ``overrides.txt`` and ``phrases.txt``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from importlib.resources import files
from itertools import product
from typing import Any

from gitinsight_sentiment.normalize import NEGATIVE_SIGN, POSITIVE_SIGN

ANY_WORD = "*"
SIGN_STRENGTH = 2.4
EVERYDAY_LEAST, EVERYDAY_SHARE = 1.9, 0.6
"""Everyday words count from this strength on and then for this share of it: weaker ones
("argument", "grant", "bright") are mostly terms of the trade in commit messages."""


Rest = tuple[Sequence[str], float]
"""The words of a phrase after its second, and the strength of the whole."""


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Strength by word; the rests of phrases with theirs, longest first, by first and second word."""

    words: Mapping[str, float]
    phrases: Mapping[str, Mapping[str, Sequence[Rest]]]

    def as_json(self) -> dict[str, Any]:
        """Plain JSON from which ``from_json`` makes an equal lexicon."""
        return asdict(self)

    @classmethod
    def from_json(cls, content: Mapping[str, Any]) -> Lexicon:
        """The lexicon of ``as_json``; tuples may have become lists on the way."""
        phrases = {
            first: {
                second: [(tuple(words), float(strength)) for words, strength in rests]
                for second, rests in seconds.items()
            }
            for first, seconds in content["phrases"].items()
        }
        return cls(dict(content["words"]), phrases)


def read_lexicon() -> Lexicon:
    """The lexicon of this release; FileNotFoundError where vaderSentiment is not installed whole."""
    words = dict(_strong_everyday_words())
    for strength, listed in _table("overrides.txt"):
        words.update(dict.fromkeys(listed.split(), strength))
    words |= {POSITIVE_SIGN: SIGN_STRENGTH, NEGATIVE_SIGN: -SIGN_STRENGTH}
    return Lexicon({word: strength for word, strength in words.items() if strength}, _phrases())


def _phrases() -> dict[str, dict[str, list[Rest]]]:
    phrases: dict[str, dict[str, list[Rest]]] = {}
    for strength, pattern in _table("phrases.txt"):
        for first, second, *rest in _spelt_out(pattern):
            phrases.setdefault(first, {}).setdefault(second, []).append((tuple(rest), strength))
    for seconds in phrases.values():
        for rests in seconds.values():
            rests.sort(key=lambda row: -len(row[0]))
    return phrases


def everyday_strengths() -> Iterator[tuple[str, float]]:
    """The words of the everyday lexicon with their full strength, whatever developers mean by them."""
    text = (files("vaderSentiment") / "vader_lexicon.txt").read_text(encoding="utf-8")
    for line in text.splitlines():
        word, strength = line.split("\t")[:2]
        if word.replace("'", "").isalpha():
            yield word.lower(), float(strength)


def _strong_everyday_words() -> Iterator[tuple[str, float]]:
    for word, strength in everyday_strengths():
        if len(word) > 3 and abs(strength) >= EVERYDAY_LEAST:
            yield word, strength * EVERYDAY_SHARE


def _table(name: str) -> Iterator[tuple[float, str]]:
    """Rows ``strength: rest`` of a text file beside this module; ``#`` starts a comment."""
    text = (files("gitinsight_sentiment") / name).read_text(encoding="utf-8")
    for line in text.splitlines():
        strength, colon, rest = line.partition("#")[0].partition(":")
        if colon:
            yield float(strength), rest.strip()


def _spelt_out(pattern: str) -> Iterator[tuple[str, ...]]:
    """Every phrase that a pattern stands for: ``a/b c`` is (a, c) and (b, c), ``-`` is no word."""
    choices = [part.split("/") for part in pattern.split()]
    for words in product(*choices):
        yield tuple(word for word in words if word != "-")
