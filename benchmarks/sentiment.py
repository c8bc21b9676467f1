"""How many commit messages a second the sentiment model reads on one core, beside VADER and spaCy's textcat.

``python -m benchmarks.sentiment REPOSITORY ... [--data FILE.csv | --flagged]``: messages are cut at 500
characters and each is read once. With ``--data``, rows with columns ``text`` and ``label``, a stock textcat is
trained on four fifths of them and all three are measured on the last fifth; without, textcat is trained on a
few rows for its speed alone. With ``--flagged``, only the share of the subjects that have a mood is told.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from benchmarks import repositories

CUT = 500
_MOST_MESSAGES = 20_000
_MOST_SLOW = 2_000
_EPOCHS = 8
_SEED = 20_240_601
_MADE_COMMITS = 5_000
_FEW_ROWS = [("this is awful", "negative"), ("add a test", "neutral"), ("thanks a lot", "positive")]

Judge = Callable[[Sequence[str]], Iterable[str]]
"""Gives the label of each text."""


def main() -> None:
    """Measure on the messages of the repositories that were named, else of one that is made."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.sentiment", description=__doc__)
    parser.add_argument("repositories", nargs="*", type=Path)
    parser.add_argument("--data", type=Path, help="CSV with columns text and label")
    parser.add_argument("--flagged", action="store_true", help="only tell which share of subjects has a mood")
    chosen = parser.parse_args()
    if chosen.flagged:
        report_flagged(chosen.repositories)
        return
    report([path.resolve() for path in chosen.repositories], chosen.data)


def report(paths: Sequence[Path], data: Path | None = None, times: int = 3) -> None:
    """Print messages a CPU second of each tool, the median of ``times``, and with data their macro-F1."""
    texts = [text for path in paths for text in messages_of(path)]
    random.Random(_SEED).shuffle(texts)
    texts = texts[:_MOST_MESSAGES]
    rows = _rows(data) if data else _FEW_ROWS * 20
    held = rows[: len(rows) // 5]
    tools: dict[str, tuple[Callable[[], Judge], int]] = {
        "gitinsight_sentiment": (_ours, len(texts)),
        "VADER": (_vader, _MOST_SLOW),
        "spaCy textcat": (lambda: _textcat(rows[len(held) :]), _MOST_SLOW),
    }
    mean = sum(map(len, texts)) / max(len(texts), 1)
    print(
        f"\n{len(texts):,} commit messages of {mean:.0f} characters on average, each read once, on one core"
    )
    print(f"{'':<24}{'messages/s':>12}" + (f"{'macro-F1':>12}" if data else ""))
    for name, (load, most) in tools.items():
        rates = sorted(_rate(load, texts[:most]) for _ in range(times))
        line = f"{name:<24}{rates[len(rates) // 2]:>12,.0f}"
        if data:
            line += f"{_macro_f1(load(), held):>12.3f}"
        print(line)
    if data:
        print("Our shipped weights have seen these rows; its card has the cross-validated figures.")


def report_flagged(paths: Sequence[Path]) -> None:
    """Print which share of each repository's subjects is called negative or positive, and ten of them."""
    judge = _ours()
    for path in paths:
        subjects = list(dict.fromkeys(text.split("\n", 1)[0] for text in messages_of(path)))
        labels = list(judge(subjects))
        flagged = [
            f"{label:>9}  {text}" for text, label in zip(subjects, labels, strict=True) if label != "neutral"
        ]
        print(f"{path}: {len(flagged) / max(len(subjects), 1):.2%} of {len(subjects):,} subjects have a mood")
        print("\n".join(random.Random(_SEED).sample(flagged, min(10, len(flagged)))))


def messages_of(repository: Path) -> list[str]:
    """The messages of all commits of HEAD that are no merges, each cut and told once."""
    done = subprocess.run(
        ["git", "-C", str(repository), "log", "--no-merges", "--format=%B%x00", "HEAD"],
        check=True,
        capture_output=True,
    )
    found = (text.strip()[:CUT] for text in done.stdout.decode("utf-8", "replace").split("\0"))
    return list(dict.fromkeys(text for text in found if text))


def _rate(load: Callable[[], Judge], texts: Sequence[str]) -> float:
    """Texts a CPU second of a tool that has just been loaded, so nothing of them is remembered."""
    judge = load()
    list(judge(["warm up"]))
    started = time.process_time()
    count = sum(1 for _ in judge(texts))
    return count / (time.process_time() - started)


def _ours() -> Judge:
    import gitinsight_sentiment

    nlp = gitinsight_sentiment.load(cut=CUT)
    return lambda texts: map(_label, nlp.pipe(texts))


def _label(doc: Any) -> str:
    label: str = max(doc.cats, key=doc.cats.__getitem__)
    return label


def _vader() -> Judge:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()

    def judge(text: str) -> str:
        compound = analyzer.polarity_scores(text)["compound"]
        return "positive" if compound >= 0.05 else "negative" if compound <= -0.05 else "neutral"

    return lambda texts: map(judge, texts)


def _textcat(rows: Sequence[tuple[str, str]]) -> Judge:
    """spaCy's stock text classifier, trained for a few rounds on these rows."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed, minibatch

    fix_random_seed(_SEED)
    nlp = spacy.blank("en")
    nlp.add_pipe("textcat")
    labels = sorted({label for _, label in rows})
    examples = [
        Example.from_dict(nlp.make_doc(text), {"cats": {one: float(one == label) for one in labels}})
        for text, label in rows
    ]
    optimizer = nlp.initialize(lambda: examples)
    generator = random.Random(_SEED)
    for _ in range(_EPOCHS):
        generator.shuffle(examples)
        for batch in minibatch(examples, 64):
            nlp.update(batch, sgd=optimizer)
    return lambda texts: map(_label, nlp.pipe(texts))


def _rows(data: Path) -> list[tuple[str, str]]:
    from gitinsight_sentiment.samples import labelled
    from gitinsight_sentiment.scoring import LABELS

    rows = [(sample.text, LABELS[sample.label]) for sample in labelled(data)]
    random.Random(_SEED).shuffle(rows)
    return rows


def _macro_f1(judge: Judge, rows: Sequence[tuple[str, str]]) -> float:
    from gitinsight_sentiment.measuring import scores
    from gitinsight_sentiment.scoring import LABELS

    given = [[float(one == label) for one in LABELS] for label in judge([text for text, _ in rows])]
    return scores([LABELS.index(label) for _, label in rows], given).macro_f1


def _with_made_repository() -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        report([repositories.make(Path(folder), _MADE_COMMITS)])


if __name__ == "__main__":
    sys.exit(_with_made_repository() if len(sys.argv) == 1 else main())
