"""Sentiment that developers would believe: which commit messages read negative or positive, and why.

``load`` gives the spaCy pipeline; the analyzer reads commit messages with it. The model is linear over
words, pairs of words and the findings of rules (a lexicon with what developers mean by its words,
phrases, negation), trained on public gold standards and calibrated. ``card`` tells on what, how well it
does and where it errs. spaCy is loaded on first use.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from gitinsight.plugin import Analyzer, History, Model, Needs, Report, hookimpl
from gitinsight_sentiment import card
from gitinsight_sentiment.definitions import FOLDER_METRICS, METRICS

if TYPE_CHECKING:
    from spacy.language import Language

__all__ = ["load"]


def load(cut: int = 1_000) -> Language:
    """A spaCy pipeline that judges developers' English.

    ``load()(text)`` gives a Doc: ``doc.cats`` (negative, neutral, positive, summing to 1),
    ``doc._.confidence`` (0 to 1), ``doc.spans["sentiment"]`` (the words behind it, labelled) and
    ``doc._.not_judged`` (why a text could not be judged, else empty). Texts are cut at ``cut``
    characters.
    """
    from gitinsight_sentiment.pipeline import create_pipeline

    return create_pipeline(cut)


@hookimpl
def register_analyzers() -> Sequence[Analyzer]:
    """``sentiment`` reads the messages of all commits, ``sentiment_folders`` those of the last year."""
    return [
        Analyzer(
            name="sentiment",
            title="Sentiment of commit messages",
            version=card.version(),
            analyze=_analyze,
            metrics=METRICS,
            description="Shares of negative and positive messages with intervals, and the messages themselves.",
            needs=Needs.COMMITS,
        ),
        Analyzer(
            name="sentiment_folders",
            title="Sentiment by folder",
            version=card.version(),
            analyze=_analyze_folders,
            metrics=FOLDER_METRICS,
            description="Shares of negative and positive messages of the last year by top-level folder.",
        ),
    ]


@hookimpl
def register_models() -> Sequence[Model]:
    """The trained model with its card."""
    return [
        Model(
            name=card.NAME,
            task="sentiment",
            version=card.version(),
            title=card.TITLE,
            size_bytes=_size_bytes(),
            load=_load_judge,
            accuracy=card.accuracy(),
            card=card.card(),
        )
    ]


def _load_judge() -> Callable[..., Any]:
    from gitinsight_sentiment.judging import create_judge

    return create_judge()


def _size_bytes() -> int:
    """The size of the weights and of the word tables shipped with the plugin."""
    from importlib.resources import files

    names = ("model.bin", "overrides.txt", "phrases.txt")
    return sum(len((files("gitinsight_sentiment") / name).read_bytes()) for name in names)


def _analyze(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_sentiment.analysis import analyze

    return analyze(history, settings)


def _analyze_folders(history: History, settings: Mapping[str, Any]) -> Report:
    from gitinsight_sentiment.folders import analyze

    return analyze(history, settings)
