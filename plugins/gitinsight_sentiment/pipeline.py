"""The spaCy side: the component that judges a text, and the pipeline of it and the tokenizer.

spaCy finds both by their registered names, so a saved pipeline loads wherever this module has been
imported. A text is cut after ``cut`` characters, whatever its length, so no text is too long.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from gitinsight_sentiment import features
from gitinsight_sentiment.evidence import telling_words
from gitinsight_sentiment.language import why_not_judged
from gitinsight_sentiment.lexicon import Lexicon, read_lexicon
from gitinsight_sentiment.normalize import pieces
from gitinsight_sentiment.scoring import LABELS, Cue, Reader
from gitinsight_sentiment.tokenizer import CUT, NOT_JUDGED, TOKENIZER, WORDS
from gitinsight_sentiment.weights import SIDES, Weights, shipped

COMPONENT = "gitinsight_sentiment"
SPANS = "sentiment"
_WHERE_NOT_JUDGED = {"negative": 0.0, "neutral": 1.0, "positive": 0.0}


_BATCH = 256


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
