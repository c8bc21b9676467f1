"""The spaCy side: a tokenizer for developers' text, and the component that judges it.

spaCy finds both by their registered names, so a saved pipeline loads wherever this module has been
imported. A text is cut after ``cut`` characters, whatever its length, so no text is too long.
"""

from __future__ import annotations

import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import spacy
from spacy.attrs import IS_ALPHA, IS_PUNCT, IS_SPACE, LANG, LOWER, NORM
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.util import registry
from spacy.vocab import Vocab

from gitinsight_sentiment import features
from gitinsight_sentiment.evidence import telling_words
from gitinsight_sentiment.language import why_not_judged
from gitinsight_sentiment.lexicon import Lexicon, read_lexicon
from gitinsight_sentiment.memory import Remembered
from gitinsight_sentiment.normalize import MASK, SPACE_RUN, mask, pieces
from gitinsight_sentiment.scoring import LABELS, Cue, Reader
from gitinsight_sentiment.weights import SIDES, Weights, shipped

CUT = 1_000
"""A text's characters that are read, unless told otherwise: comments rarely have more."""

TOKENIZER = "gitinsight.developer_text.v1"
COMPONENT = "gitinsight_sentiment"
SPANS = "sentiment"
WORDS = "words"
"""Key of ``doc.user_data`` under which the tokens' normal forms stand, placeholders included."""
NOT_JUDGED = "not_judged"
"""Key of ``doc.user_data`` for the reason why a text cannot be judged, empty where it can."""

_KEPT_ATTRIBUTES = (IS_ALPHA, IS_PUNCT, IS_SPACE, LANG, LOWER, NORM)
_WHERE_NOT_JUDGED = {"negative": 0.0, "neutral": 1.0, "positive": 0.0}


_BATCH = 256
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


class SentimentComponent:
    """Writes what a text says of its author's mood.

    ``doc.cats`` has probabilities of negative, neutral and positive that sum to 1;
    ``doc._.confidence`` is the largest; ``doc.spans["sentiment"]`` has the words that carry it,
    labelled positive or negative: those that the rules found and, where none of them has the text's label,
    those that the learned weights hold most for it. Where a text cannot be judged, ``doc._.not_judged`` says why, the
    text counts as neutral and the confidence is 0.
    """

    def __init__(
        self, name: str = COMPONENT, reader: Reader | None = None, weights: Weights | None = None
    ) -> None:
        self.name = name
        self.reader = reader or Reader(read_lexicon())
        self._weights = weights

    @property
    def weights(self) -> Weights:
        """The trained weights, those that are shipped unless others were given."""
        if self._weights is None:
            self._weights = shipped()
        return self._weights

    @weights.setter
    def weights(self, weights: Weights) -> None:
        self._weights = weights

    def __call__(self, doc: Doc) -> Doc:
        self._judge([doc])
        return doc

    def pipe(self, docs: Iterable[Doc], batch_size: int = _BATCH) -> Iterator[Doc]:
        """The docs, judged in batches: most of the work on one is cheaper on many."""
        docs = iter(docs)
        while batch := list(islice(docs, min(batch_size, _BATCH))):
            self._judge(batch)
            yield from batch

    def _judge(self, docs: Sequence[Doc]) -> None:
        read: list[Doc] = []
        texts: list[tuple[Sequence[str], Sequence[Cue]]] = []
        for doc in docs:
            if WORDS not in doc.user_data:
                _read_tokens(doc)
            if doc.user_data[NOT_JUDGED]:
                doc.cats, doc.spans[SPANS] = dict(_WHERE_NOT_JUDGED), []
                continue
            cues, words = self.reader.read(doc.user_data[WORDS])
            texts.append((words, cues))
            read.append(doc)
            doc.spans[SPANS] = [_span(doc, cue) for cue in cues]
        found = self.weights.probabilities(*features.keys_of(texts), len(texts))
        for doc, text, shares in zip(read, texts, found, strict=True):
            doc.cats = dict(zip(LABELS, shares, strict=True))
            label = LABELS[shares.index(max(shares))]
            if label in SIDES and all(cue.label != label for cue in text[1]):
                places = telling_words(text[0], label, self.weights)
                learned = [Span(doc, place, place + 1, label=label) for place in places]
                doc.spans[SPANS] = sorted([*doc.spans[SPANS], *learned])

    def to_bytes(self, **_: Any) -> bytes:
        return json.dumps(self.reader.lexicon.as_json()).encode() + b"\n" + self.weights.to_bytes()

    def from_bytes(self, content: bytes, **_: Any) -> SentimentComponent:
        lexicon, table = content.split(b"\n", 1)
        self.reader = Reader(Lexicon.from_json(json.loads(lexicon)))
        self.weights = Weights.from_bytes(table)
        return self

    def to_disk(self, path: str | Path, **_: Any) -> None:
        Path(path).write_bytes(self.to_bytes())

    def from_disk(self, path: str | Path, **_: Any) -> SentimentComponent:
        return self.from_bytes(Path(path).read_bytes())


def _read_tokens(doc: Doc) -> None:
    """Note the normal form of each token of a Doc that another tokenizer made."""
    words = [pieces(token.text)[1][0] for token in doc]
    doc.user_data[WORDS] = words
    doc.user_data[NOT_JUDGED] = why_not_judged(doc.text, words)


def _span(doc: Doc, cue: Cue) -> Span:
    return Span(doc, cue.start, cue.end, label=cue.label)


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


@Language.factory(COMPONENT, assigns=["doc.cats"])
def create_component(nlp: Language, name: str) -> SentimentComponent:  # noqa: ARG001
    """What spaCy calls for the component named in a pipeline's configuration."""
    return SentimentComponent(name)


def _confidence(doc: Doc) -> float:
    return 0.0 if doc.user_data.get(NOT_JUDGED) else max(doc.cats.values(), default=0.0)


Doc.set_extension("confidence", getter=_confidence, force=True)
Doc.set_extension("not_judged", getter=lambda doc: doc.user_data.get(NOT_JUDGED, ""), force=True)


def create_pipeline(cut: int = CUT, weights: Weights | None = None) -> Language:
    """An English spaCy pipeline that judges developers' texts; see the two classes for what it writes.

    ``weights`` stand in for those that are shipped.
    """
    config = {"nlp": {"tokenizer": {"@tokenizers": TOKENIZER, "cut": cut}}}
    nlp = spacy.blank("en", config=config)
    component: Any = nlp.add_pipe(COMPONENT)
    if weights is not None:
        component.weights = weights
    return nlp
