"""A spaCy tokenizer for developers' text: code, addresses, versions and the like are one token each.

What it made of what stands between white space is remembered, because a repository repeats its vocabulary.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any

from spacy.attrs import IS_ALPHA, IS_PUNCT, IS_SPACE, LANG, LOWER, NORM
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import registry
from spacy.vocab import Vocab

from gitinsight_sentiment.language import why_not_judged
from gitinsight_sentiment.memory import Remembered
from gitinsight_sentiment.normalize import MASK, SPACE_RUN, mask, pieces

CUT = 1_000
"""A text's characters that are read, unless told otherwise: comments rarely have more."""
TOKENIZER = "gitinsight.developer_text.v1"
WORDS = "words"
"""Key of ``doc.user_data`` under which the tokens' normal forms stand, placeholders included."""
NOT_JUDGED = "not_judged"
"""Key of ``doc.user_data`` for the reason why a text cannot be judged, empty where it can."""

_KEPT_ATTRIBUTES = (IS_ALPHA, IS_PUNCT, IS_SPACE, LANG, LOWER, NORM)
_MOST_SEEN = 150_000
_Chunk = tuple[Sequence[int], Sequence[str]]
"""Of what stands between white space: ids of the tokens, their normal forms."""

_SURROGATES = re.compile("[\ud800-\udfff]")


def _at_white_space(chunk: str) -> list[str]:
    """The parts of a chunk and the white space between them; most chunks are two words with one line break."""
    words = chunk.split()
    if len(words) == 2 and chunk.startswith(words[0]) and chunk.endswith(words[1]):
        return [words[0], chunk[len(words[0]) : -len(words[1])], words[1]]
    return [part for part in SPACE_RUN.split(chunk) if part]


class DeveloperTokenizer:
    """Makes a Doc of a text's first ``cut`` characters; ``doc.text`` is these, unchanged.

    Code, addresses, versions and the like are one token each; ``doc.user_data["words"]`` has each
    token's normal form.
    """

    def __init__(self, vocab: Vocab, cut: int = CUT) -> None:
        self.vocab = vocab
        self.cut = cut
        self._seen = Remembered(self._learn, _MOST_SEEN)

    def __call__(self, text: str) -> Doc:
        text = text[: self.cut]
        if not text.isascii():
            # Halves of surrogate pairs are no characters, so spaCy cannot store them.
            text = _SURROGATES.sub("\ufffd", text)
        ids, words, spaces = self._tokens(text)
        # spaCy's types do not tell that ids will do.
        orths: Any = ids
        facts = {WORDS: words, NOT_JUDGED: why_not_judged(text, words)}
        return Doc(self.vocab, words=orths, spaces=spaces, user_data=facts)

    def _tokens(self, text: str) -> tuple[list[int], list[str], list[bool]]:
        """The ids of the tokens as written, their normal forms, and whether a space follows each.

        spaCy takes ids four times as fast as strings.
        """
        masked = mask(text)
        chunks, originals = masked.split(" "), text.split(" ")
        is_spaced = not chunks[-1]
        if is_spaced:
            chunks.pop()
        orths: list[int] = []
        words: list[str] = []
        spaces: list[bool] = []
        seen = self._seen
        for chunk, original in zip(chunks, originals, strict=False):
            if "\n" in chunk:
                # It is one of a kind while its parts are not.
                ids, forms = self._joined(_at_white_space(chunk))
            else:
                ids, forms = seen[chunk]
            orths += self._as_in(original, ids) if MASK in chunk else ids
            words += forms
            if len(forms) > 1:
                spaces += (False,) * (len(forms) - 1)
            # Of two spaces in a row, the second is a token.
            spaces.append(chunk != "")
        if spaces and not is_spaced:
            spaces[-1] = False
        return orths, words, spaces

    def _learn(self, chunk: str) -> _Chunk:
        """The tokens of a chunk without line breaks."""
        written, words = pieces(chunk) if chunk else ((" ",), (" ",))
        return tuple(map(self._id, written)), words

    def _joined(self, parts: Iterable[str]) -> _Chunk:
        ids: list[int] = []
        forms: list[str] = []
        for part in parts:
            found = self._seen[part]
            ids += found[0]
            forms += found[1]
        return ids, forms

    def _as_in(self, original: str, orths: Sequence[int]) -> list[int]:
        """The ids of a masked chunk's tokens as they stand in the text itself."""
        if len(orths) == 1:
            return [self._id(original)]
        strings, found, at = self.vocab.strings, [], 0
        for orth in orths:
            end = at + len(strings[orth])
            found.append(self._id(original[at:end]))
            at = end
        return found

    def _id(self, token: str) -> int:
        """The id of a string; remembered ids outlive a memory zone of spaCy's, so the string must as well."""
        strings: Any = self.vocab.strings
        known: int = strings.add(token, allow_transient=False)
        return known

    def __reduce__(self) -> tuple[Any, ...]:
        # What is remembered belongs to this vocabulary's strings.
        return DeveloperTokenizer, (self.vocab, self.cut)

    def pipe(self, texts: Iterable[str], batch_size: int = 1000) -> Iterator[Doc]:  # noqa: ARG002
        """One Doc a text; ``batch_size`` is spaCy's and changes nothing."""
        yield from map(self, texts)

    def to_bytes(self, **_: Any) -> bytes:
        return json.dumps({"cut": self.cut}).encode()

    def from_bytes(self, content: bytes, **_: Any) -> DeveloperTokenizer:
        self.cut = int(json.loads(content)["cut"])
        return self

    def to_disk(self, path: str | Path, **_: Any) -> None:
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, **_: Any) -> DeveloperTokenizer:
        return self.from_bytes(Path(path).read_bytes())


def words_of(text: str) -> list[str]:
    """The normal forms of a text's tokens, as the component reads them."""
    return [word for chunk in mask(text).split(" ") for word in (pieces(chunk)[1] if chunk else (" ",))]


@registry.tokenizers(TOKENIZER)  # type: ignore[untyped-decorator]
def create_tokenizer(cut: int = CUT) -> Callable[[Language], DeveloperTokenizer]:
    """What spaCy calls for the tokenizer named in a pipeline's configuration."""

    def create(nlp: Language) -> DeveloperTokenizer:
        # spaCy refuses texts over this length to spare its parsers; this tokenizer cuts them instead.
        nlp.max_length = sys.maxsize
        # The other attributes (shape, likeness to a number or an address ...) cost a third of the time.
        vocab: Any = nlp.vocab
        getters = vocab.lex_attr_getters
        vocab.lex_attr_getters = {name: getters[name] for name in _KEPT_ATTRIBUTES if name in getters}
        is_punct = getters[IS_PUNCT]
        language = vocab.strings.add("en")
        vocab.lex_attr_getters[LANG] = lambda _: language
        vocab.lex_attr_getters[IS_PUNCT] = lambda text: not text[:1].isalnum() and is_punct(text)
        return DeveloperTokenizer(nlp.vocab, cut)

    return create
