"""What the trained model looks at in a text, as a set of stable 64-bit keys.

Words and pairs of neighbours, those behind a negation marked; how strong the everyday lexicon holds the
words; what the rules of ``scoring`` found; length and marks. The model file holds the keys of what it
learned from, so no word of the training texts can be read in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b
from itertools import chain, compress
from typing import Any

import numpy as np

from gitinsight_sentiment.lexicon import everyday_strengths
from gitinsight_sentiment.memory import Remembered
from gitinsight_sentiment.normalize import LINE, PARAGRAPH
from gitinsight_sentiment.scoring import NEGATIONS, SCOPE_ENDS, Cue, probabilities

_REACH = 3
_FACTOR = np.uint64(0x9E3779B97F4A7C15)
_MOST_COUNTED = 5
_MOST_SUM = 6
_SKIPPED = frozenset((" ", LINE, PARAGRAPH))

Array = Any
"""A numpy array; shapes are given where they matter."""


def key(name: str) -> int:
    """The key of one word or named fact: the same on every machine and in every version."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class _Special:
    """A word that is more than itself; ``strength_keys`` are those of a word as it stands and of a negated one."""

    strength: float
    strength_keys: tuple[int, int]
    ends_scope: bool
    negates: bool
    is_skipped: bool
    mark: int


def _special(word: str) -> _Special | None:
    """What a word is more than itself; None for most."""
    strength = _everyday().get(word, 0.0)
    ends_scope, negates = word in SCOPE_ENDS or word[0] in "!?.", word in NEGATIONS
    is_skipped = word in _SKIPPED
    if not (strength or ends_scope or negates or is_skipped):
        return None
    bucket = f"@strength {round(strength)}"
    mark = key("@exclaims") if word[0] == "!" else key("@asks") if "?" in word else 0
    return _Special(
        strength,
        (key(bucket), key(f"{bucket} negated")),
        ends_scope,
        negates,
        is_skipped,
        mark if ends_scope else 0,
    )


def _word_key(word: str) -> int:
    return 0 if word in _SKIPPED else key(word)


def _marked_key(word: str) -> int:
    return key(f"~{word}")


_MOST_WORDS = 100_000
_word_keys = Remembered(_word_key, _MOST_WORDS)
"""The key of a word, 0 where it is skipped."""
_marked_keys = Remembered(_marked_key, _MOST_WORDS)
_specials = Remembered(_special, _MOST_WORDS)


@cache
def _everyday() -> dict[str, float]:
    return dict(everyday_strengths())


_fact = lru_cache(maxsize=1_000)(key)
_START, _END = key("^"), key("$")
_PLAIN, _CUELESS = (key("@no strength"),), (key("@no cue"),)


def keys(words: Sequence[str], cues: Sequence[Cue]) -> set[int]:
    """The keys of a text of which ``words`` are the normal forms and ``cues`` what the rules found."""
    found, _ = keys_of([(words, cues)])
    return set(found.tolist())


def keys_of(texts: Iterable[tuple[Sequence[str], Sequence[Cue]]]) -> tuple[Array, Array]:
    """The keys of all texts, of which each is its normal words and what the rules found in them.

    Two arrays, equally long: a key, and the place of the text that it is from. A text's keys may repeat.
    """
    read = [_read(words, cues) for words, cues in texts]
    lengths = np.array([len(line) for line, _ in read], dtype=int)
    counts = np.array([len(facts) for _, facts in read], dtype=int)
    every = np.arange(len(read))
    line = np.fromiter(chain.from_iterable(line for line, _ in read), dtype="<u8", count=lengths.sum())
    facts = np.fromiter(chain.from_iterable(facts for _, facts in read), dtype="<u8", count=counts.sum())
    owners = np.repeat(every, lengths)
    is_pair = owners[:-1] == owners[1:]
    # Start and end of a text are in its pairs, but are no words.
    ends = np.cumsum(lengths)
    is_word = np.ones(len(line), dtype=bool)
    is_word[ends - 1] = is_word[ends - lengths] = False
    pairs = line[:-1] * _FACTOR + line[1:]
    return (
        np.concatenate((line[is_word], pairs[is_pair], facts)),
        np.concatenate((owners[is_word], owners[:-1][is_pair], np.repeat(every, counts))),
    )


def by_word(words: Sequence[str]) -> tuple[list[int], Array, Array]:
    """The places of the n words that are not skipped, their n keys, and the n + 1 keys of pairs around them."""
    line = np.array(_read(words, ())[0], dtype="<u8")
    places = [at for at, word in enumerate(words) if word not in _SKIPPED]
    return places, line[1:-1], line[:-1] * _FACTOR + line[1:]


def _read(words: Sequence[str], cues: Sequence[Cue]) -> tuple[list[int], list[int]]:
    """The keys of the words between a start and an end, those behind a negation marked; and all other keys."""
    line = list(map(_word_keys.__getitem__, words))
    specials = list(map(_specials.__getitem__, words))
    facts: list[int] = []
    strengths: list[float] = []
    marked: set[int] = set()
    for at in compress(range(len(words)), specials):
        special = specials[at]
        if special is None:
            continue
        if special.mark:
            facts.append(special.mark)
        elif special.negates:
            marked.update(_behind(specials, at))
        if special.strength:
            is_marked = at in marked
            facts.append(special.strength_keys[is_marked])
            strengths.append(-special.strength if is_marked else special.strength)
    for at in marked:
        facts.append(line[at])
        line[at] = _marked_keys[words[at]]
    facts.append(_fact(f"@length {(len(words) + 1).bit_length()}"))
    facts += (
        _strength_facts(max(strengths), min(strengths), len(strengths), sum(strengths))
        if strengths
        else _PLAIN
    )
    facts += _cue_facts(words, cues) if cues else _CUELESS
    return [_START, *filter(None, line), _END], facts


def _behind(specials: Sequence[_Special | None], negation: int) -> Iterator[int]:
    """The places of the words that a negation turns: the next few, until punctuation or the next negation."""
    left = _REACH
    for at in range(negation + 1, len(specials)):
        special = specials[at]
        if special and (special.ends_scope or special.negates):
            return
        if not (special and special.is_skipped):
            yield at
            left -= 1
            if not left:
                return


@lru_cache(maxsize=10_000)
def _strength_facts(highest: float, lowest: float, count: int, total: float) -> tuple[int, ...]:
    total = max(-_MOST_SUM, min(_MOST_SUM, round(total)))
    return (
        _fact(f"@strongest {round(highest)}"),
        _fact(f"@weakest {round(lowest)}"),
        _fact(f"@strengths {min(count, _MOST_COUNTED)}"),
        _fact(f"@sum {total}"),
    )


def _cue_facts(words: Sequence[str], cues: Sequence[Cue]) -> list[int]:
    """What the rules say, in steps: each fact is in the text or not."""
    strengths = [cue.strength for cue in cues]
    total = max(-2 * _MOST_COUNTED, min(2 * _MOST_COUNTED, round(2 * sum(strengths))))
    said = probabilities(words, cues)
    facts = (
        f"@cue best {round(2 * max(strengths))}",
        f"@cue worst {round(2 * min(strengths))}",
        f"@cues positive {min(3, sum(strength > 0 for strength in strengths))}",
        f"@cues negative {min(3, sum(strength < 0 for strength in strengths))}",
        f"@cue sum {total}",
        f"@rules negative {round(8 * said['negative'])}",
        f"@rules positive {round(8 * said['positive'])}",
        f"@first cue {cues[0].label}",
        f"@last cue {cues[-1].label}",
    )
    return [_fact(fact) for fact in facts]
