"""How negative and how positive a list of words reads, and which of them say so.

Phrases are looked up before single words; a negation turns the three words after it, until
punctuation; of a text's sentences the strongest counts most. A logistic regression with ten features
makes probabilities of that.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import compress

from gitinsight_sentiment.lexicon import ANY_WORD, Lexicon
from gitinsight_sentiment.memory import Remembered
from gitinsight_sentiment.normalize import LINE, PARAGRAPH, PLACEHOLDERS, word_set

LABELS = ("negative", "neutral", "positive")

NEGATIONS = word_set("""not no never none nobody nothing neither nor without cannot hardly barely cant dont doesnt didnt
    isnt wasnt wont wouldnt couldnt shouldnt can't don't doesn't didn't isn't aren't wasn't weren't won't
    wouldn't couldn't shouldn't haven't hasn't hadn't ain't""")
TERM = "<term>"
"""Stands for each word of a phrase that has no feeling in developers' language."""
_REACH = 3
_MOST_WORDS = 100_000
_STRONGER = word_set("very really so too extremely super absolutely totally incredibly quite damn")
_WISHES = word_set("would could should might may if hopefully")
SCOPE_ENDS = frozenset((",", ";", ":", "(", ")", ".", LINE, PARAGRAPH))
_SENTENCE_ENDS = frozenset((".", PARAGRAPH))

_NEGATED_PRAISE, _NEGATED_BLAME = -0.6, 0.0
_EMPHASIS, _DOUBT = 1.25, 0.6

WEIGHTS = {
    "negative": (2.86, -0.07, 4.25, 0.28, 2.24, -0.82, 4.59, 1.35, -0.25, -1.15),
    "positive": (2.65, 4.13, -0.91, 2.09, 0.17, 5.1, -0.5, 2.48, -1.01, -1.37),
}
"""Logistic weights against neutral of ``features``, fitted on the GitHub gold standard."""

WITHOUT_CUE = {"negative": 0.121, "neutral": 0.824, "positive": 0.055}
"""How often a GitHub comment without any cue has each label."""


@dataclass(frozen=True, slots=True)
class Cue:
    """Words ``start`` to ``end`` (exclusive) that carry a feeling of ``strength``; a sign is an emoticon."""

    start: int
    end: int
    strength: float
    is_sign: bool = False

    @property
    def label(self) -> str:
        return "positive" if self.strength > 0 else "negative"


class Reader:
    """Finds the cues in lists of normal words, with one lexicon."""

    def __init__(self, lexicon: Lexicon) -> None:
        self.lexicon = lexicon
        self._telling = Remembered(self._may_tell, _MOST_WORDS)

    def _may_tell(self, word: str) -> bool:
        """Whether an entry of the lexicon may begin with the word."""
        lexicon = self.lexicon
        return word in lexicon.words or word in lexicon.phrases or _is_elongated(word)

    def cues(self, words: Sequence[str]) -> list[Cue]:
        """The words and phrases with a feeling, in order; each begins at the negation that turns it."""
        return self.read(words)[0]

    def read(self, words: Sequence[str]) -> tuple[list[Cue], Sequence[str]]:
        """The cues, and the words with each phrase of the trade, such as "dead code", made a placeholder."""
        found: list[Cue] = []
        terms: list[tuple[int, int]] = []
        end = 0
        for index in compress(range(len(words)), map(self._telling.__getitem__, words)):
            if index < end:
                continue
            length, strength = self._longest_at(words, index)
            end = index + length
            if not strength:
                if length > 1:
                    terms.append((index, end))
                continue
            cue = _in_company(words, index, end, strength)
            if cue.strength:
                found.append(cue)
        return found, _without(words, terms) if terms else words

    def _longest_at(self, words: Sequence[str], index: int) -> tuple[int, float]:
        """How many words the entry at ``index`` has, and its strength."""
        word = words[index]
        if word in self.lexicon.phrases and index + 1 < len(words):
            seconds = self.lexicon.phrases[word]
            for second in (words[index + 1], ANY_WORD):
                for rest, strength in seconds.get(second, ()):
                    if _continues(words, index + 2, rest):
                        return 2 + len(rest), strength
        if word not in self.lexicon.words and _is_elongated(word):
            word = word.rstrip(word[-1]) + word[-1]
        return 1, self.lexicon.words.get(word, 0.0)


def _without(words: Sequence[str], terms: Sequence[tuple[int, int]]) -> list[str]:
    """The words with ``TERM`` in the place of each word of a term."""
    left = list(words)
    for start, end in terms:
        left[start:end] = [TERM] * (end - start)
    return left


def _is_elongated(word: str) -> bool:
    return len(word) > 4 and word[-1] == word[-2] == word[-3]


def _continues(words: Sequence[str], at: int, rest: Sequence[str]) -> bool:
    part = words[at : at + len(rest)]
    return len(part) == len(rest) and all(
        pattern in (word, ANY_WORD) for word, pattern in zip(part, rest, strict=True)
    )


def _in_company(words: Sequence[str], start: int, end: int, strength: float) -> Cue:
    """The cue as the three words before it leave it: turned, stressed or only wished for."""
    if words[start] in PLACEHOLDERS:
        return Cue(start, end, strength, is_sign=True)
    first = start
    for at in range(start - 1, max(start - 1 - _REACH, -1), -1):
        word = words[at]
        if word in SCOPE_ENDS or word[0] in "!?.":
            break
        if word in NEGATIONS:
            strength *= _NEGATED_PRAISE if strength > 0 else _NEGATED_BLAME
            first = at
            break
        if word in _STRONGER and at == start - 1:
            strength *= _EMPHASIS
        elif word in _WISHES:
            strength *= _DOUBT
    return Cue(first, end, strength)


def features(words: Sequence[str], cues: Sequence[Cue]) -> tuple[float, ...]:
    """The ten numbers that the regression weighs, each about 0 to 1 but the length.

    1; praise and blame of the strongest sentence; of the other sentences; whether there are positive
    and negative signs; ``!``; ``?``; the logarithm of the number of words.
    """
    ends = [at for at, word in enumerate(words) if word in _SENTENCE_ENDS or word[0] in "!?"]
    spoken = [cue for cue in cues if not cue.is_sign]
    praise, more_praise = _by_sentence(ends, (cue for cue in spoken if cue.strength > 0))
    blame, more_blame = _by_sentence(ends, (cue for cue in spoken if cue.strength < 0))
    signs = {cue.label for cue in cues if cue.is_sign}
    return (
        1.0,
        _saturated(praise),
        _saturated(blame),
        _saturated(more_praise),
        _saturated(more_blame),
        float("positive" in signs),
        float("negative" in signs),
        float(any(word[0] == "!" for word in words)),
        float(any("?" in word for word in words)),
        math.log(max(len(words), 1)),
    )


def _by_sentence(ends: Sequence[int], cues: Iterable[Cue]) -> tuple[float, float]:
    """The strength of the strongest sentence, and of all others together."""
    sums: dict[int, float] = {}
    for cue in cues:
        sentence = bisect_left(ends, cue.end - 1)
        sums[sentence] = sums.get(sentence, 0.0) + abs(cue.strength)
    strongest = max(sums.values(), default=0.0)
    return strongest, sum(sums.values()) - strongest


def _saturated(strength: float) -> float:
    return 1 - math.exp(-strength / 2)


def probabilities(words: Sequence[str], cues: Sequence[Cue]) -> dict[str, float]:
    """How likely a developer would call the text negative, neutral or positive; they sum to 1."""
    if not cues:
        return dict(WITHOUT_CUE)
    found = features(words, cues)
    negative, positive = (
        math.exp(sum(weight * value for weight, value in zip(WEIGHTS[label], found, strict=True)))
        for label in ("negative", "positive")
    )
    total = 1 + negative + positive
    return {"negative": negative / total, "neutral": 1 / total, "positive": positive / total}
