"""What the trained model looks at in a text, as a set of stable 64-bit keys.

Words and pairs of neighbours, those behind a negation marked; how strong the everyday lexicon holds the
words; what the rules of ``scoring`` found; length and marks. The model file holds the keys of what it
learned from, so no word of the training texts can be read in it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from hashlib import blake2b

from gitinsight_sentiment.lexicon import everyday_strengths
from gitinsight_sentiment.normalize import LINE, PARAGRAPH
from gitinsight_sentiment.scoring import NEGATIONS, SCOPE_ENDS, Cue, probabilities

_REACH = 3
_MOST_KNOWN = 100_000
_FACTOR = 0x9E3779B97F4A7C15
_BITS = 0xFFFFFFFFFFFFFFFF
_MOST_COUNTED = 5
_MOST_SUM = 6
_SKIPPED = frozenset((" ", LINE, PARAGRAPH))


def key(name: str) -> int:
    """The key of one word or named fact: the same on every machine and in every version."""
    return int.from_bytes(blake2b(name.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")


@dataclass(frozen=True, slots=True)
class _Word:
    """What is the same wherever a word stands; ``marked`` are the keys of one behind a negation."""

    key: int
    marked: int
    strength: float
    strength_keys: tuple[int, int]
    is_special: bool
    ends_scope: bool
    negates: bool
    is_skipped: bool
    mark: int


class _Known(dict[str, tuple[int, bool, _Word]]):
    """What is known of each word so far: its key, whether no more need be looked at, and all there is."""

    def __missing__(self, word: str) -> tuple[int, bool, _Word]:
        if len(self) >= _MOST_KNOWN:
            self.clear()
        facts = _facts(word)
        known = self[word] = (facts.key, not facts.is_special and not facts.strength, facts)
        return known


_KNOWN = _Known()


def _facts(word: str) -> _Word:
    strength = _everyday().get(word, 0.0)
    bucket = f"@strength {round(strength)}"
    ends_scope, negates = word in SCOPE_ENDS or word[0] in "!?.", word in NEGATIONS
    is_skipped = word in _SKIPPED
    return _Word(
        key(word),
        key(f"~{word}"),
        strength,
        (key(bucket), key(f"{bucket} negated")),
        ends_scope or negates or is_skipped,
        ends_scope,
        negates,
        is_skipped,
        key("@exclaims") if word[0] == "!" else key("@asks") if "?" in word else 0,
    )


@cache
def _everyday() -> dict[str, float]:
    return dict(everyday_strengths())


_fact = lru_cache(maxsize=1_000)(key)
_START, _END = key("^"), key("$")
_PLAIN, _CUELESS = (key("@no strength"),), (key("@no cue"),)


def keys(words: Sequence[str], cues: Sequence[Cue]) -> set[int]:
    """The keys of a text of which ``words`` are the normal forms and ``cues`` what the rules found."""
    found, strengths = _word_keys(words)
    found.append(_fact(f"@length {(len(words) + 1).bit_length()}"))
    found += (
        _strength_facts(max(strengths), min(strengths), len(strengths), sum(strengths))
        if strengths
        else _PLAIN
    )
    found += _cue_facts(words, cues) if cues else _CUELESS
    return set(found)


def _word_keys(words: Sequence[str]) -> tuple[list[int], list[float]]:
    """The keys of words, pairs, strengths and marks; and the strengths, turned behind a negation."""
    found: list[int] = []
    add = found.append
    strengths: list[float] = []
    before, left = _START, 0
    for own_key, is_plain, word in map(_KNOWN.__getitem__, words):
        current = own_key
        if not is_plain and word.is_special:
            if word.ends_scope:
                left = 0
                if word.mark:
                    add(word.mark)
            if word.is_skipped:
                continue
            if word.negates:
                left = _REACH
        elif left:
            left -= 1
            add(current)
            current = word.marked
        if not is_plain and word.strength:
            is_marked = current != own_key
            add(word.strength_keys[is_marked])
            strengths.append(-word.strength if is_marked else word.strength)
        add(current)
        add((before * _FACTOR + current) & _BITS)
        before = current
    add((before * _FACTOR + _END) & _BITS)
    return found, strengths


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
