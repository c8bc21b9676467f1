"""Whether a text can be judged at all: it must hold words, and English ones as far as one can tell.

The guess is simple and says so: the script of the letters, then counts of the commonest little words
of English and of some other languages. A few words are too few to tell, so a short text in Latin
script counts as English.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from gitinsight_sentiment.normalize import NEGATIVE_SIGN, POSITIVE_SIGN, word_set

NO_WORDS = "holds no words"
OTHER_SCRIPT = "is not in Latin script"
OTHER_LANGUAGE = "is probably not English"
BINARY = "is binary content"
FOREIGN = (OTHER_SCRIPT, OTHER_LANGUAGE)

_LETTERS = re.compile(r"[^\W\d_]")
_LATIN = re.compile(r"[A-Za-z\u00c0-\u024f\u1e00-\u1eff]")
_BINARY_SIGNS = re.compile(r"[\x00-\x08\x0e-\x1a\ufffd]")
_MOST_BINARY = 0.1
_LEAST_LATIN = 0.6
_LEAST_LITTLE_WORDS = 2

_ENGLISH = word_set("""the a an of to in is it and or not this that for with on from by as be are was were if when we i you
    they has have had do does did no all at but so can will would should more than then there which its up
    out don't doesn't it's my your our use add fix remove make set get new only also me""")
_OTHER_LANGUAGES = (
    word_set(
        """aggiunto ajout ajuste al alla anche ao au auch auf aus aux avec añadir bei ce cette che como con
    correção dans das del della dem den der des deze di die dla dodano du e een ein eine einen el em en
    es est está et für gli het ich il im ist jak jest jetzt kann la las le les lo los maar mais met mit
    más na naar nach ne nel nicht nie niet noch non nur não oder ook op os par para pas per pero più
    plus poprawki por pour que qui se się sono sont su sur uma una und une van von voor w wenn werden
    wie wir wird wordt y z zijn zu è że"""
    )
    - _ENGLISH
)
"""Little words of German, Dutch, French, Italian, Spanish, Portuguese and Polish."""
_TELLING = _ENGLISH | _OTHER_LANGUAGES


def why_not_judged(text: str, words: Sequence[str]) -> str:
    """Why a text cannot be judged, as the end of a sentence; empty where it can.

    ``words`` are the normal words of ``text``; an emoticon alone can be judged, code alone cannot.
    """
    if len(_BINARY_SIGNS.findall(text)) > _MOST_BINARY * len(text):
        return BINARY
    if not text.isascii():
        letters = len(_LETTERS.findall(text))
        if len(_LATIN.findall(text)) < _LEAST_LATIN * letters:
            return OTHER_SCRIPT
    if not any(word[0].isalpha() or word in (POSITIVE_SIGN, NEGATIVE_SIGN) for word in words):
        return NO_WORDS
    telling = list(filter(_TELLING.__contains__, words))
    english = sum(map(_ENGLISH.__contains__, telling))
    other = len(telling) - english
    return OTHER_LANGUAGE if other >= _LEAST_LITTLE_WORDS and other > english else ""
