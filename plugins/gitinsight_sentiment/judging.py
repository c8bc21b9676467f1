"""The model as programs call it: texts in, plain JSON out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from gitinsight_sentiment.pipeline import SPANS, create_pipeline


def create_judge() -> Callable[[Sequence[str]], list[dict[str, Any]]]:
    """Load the pipeline, and return what judges a list of texts.

    For each text in order: ``label``, ``probabilities`` by label, ``confidence`` (0 to 1), ``not_judged``
    (a reason, else empty) and ``spans``, each with ``start`` and ``end`` in characters, ``text``, ``label``.
    """
    nlp = create_pipeline()

    def judge(texts: Sequence[str]) -> list[dict[str, Any]]:
        return [_judgement(doc) for doc in nlp.pipe(texts)]

    return judge


def _judgement(doc: Any) -> dict[str, Any]:
    return {
        "label": max(doc.cats, key=doc.cats.__getitem__),
        "probabilities": doc.cats,
        "confidence": doc._.confidence,
        "not_judged": doc._.not_judged,
        "spans": [
            {"start": span.start_char, "end": span.end_char, "text": span.text, "label": span.label_}
            for span in doc.spans[SPANS]
        ],
    }
