"""Sentiment that developers would believe: which commit messages read negative or positive, and why.

``load`` gives the spaCy pipeline; the analyzer reads commit messages with it. The model is a lexicon
with what developers mean by its words, phrases and negation, and a small logistic regression fitted
on the GitHub gold standard (Novielli et al., MSR 2020, CC BY 4.0): macro-F1 0.87 there, where VADER
has 0.62. ``definitions.ACCURACY`` tells what else was measured and how far to trust it. spaCy is loaded
on first use.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Analyzer, History, Model, Needs, Report, hookimpl
from gitinsight_sentiment.definitions import ACCURACY, METRICS, MODEL_VERSION

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["load"]


def load() -> Language:
    """A spaCy pipeline that judges developers' English.

    ``load()(text)`` gives a Doc: ``doc.cats`` (negative, neutral, positive, summing to 1),
    ``doc._.confidence`` (0 to 1), ``doc.spans["sentiment"]`` (the words behind it, labelled) and
    ``doc._.not_judged`` (why a text could not be judged, else empty). Texts are cut at 500
    characters.
    """
    from gitinsight_sentiment.pipeline import create_pipeline

    return create_pipeline()


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """``sentiment`` reads the messages of all commits."""
    return [
        Analyzer(
            name="sentiment",
            title="Sentiment of commit messages",
            version=MODEL_VERSION,
            analyze=_analyze,
            metrics=METRICS,
            description="Shares of negative and positive messages with intervals, and the messages themselves.",
            needs=Needs.COMMITS,
        )
    ]


@hookimpl
def register_models() -> Sequence[Model]:
    """The lexicon-based model with its measured accuracy."""
    return [
        Model(
            name="lexicon-se",
            task="sentiment",
            version=MODEL_VERSION,
            title="Lexicon of developers' words with phrases and negation, calibrated on GitHub comments",
            size_bytes=_size_bytes(),
            load=load,
            accuracy=ACCURACY,
        )
    ]


def _size_bytes() -> int:
    """The size of the word tables shipped with the plugin."""
    from importlib.resources import files

    return sum(
        len((files("gitinsight_sentiment") / name).read_bytes()) for name in ("overrides.txt", "phrases.txt")
    )


def _analyze(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_sentiment.analysis import analyze

    return analyze(history, settings)
