"""``python -m gitinsight_sentiment.train --data DIR --out FILE``: learn the weights anew.

Reads the three labelled sets that may be trained on and, as neutral texts, messages of the repositories
named by ``--neutral``. Prints the sha256 of each set, the commit of each repository, and the scores of
five-fold cross-validation. The same inputs give the same file.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import asdict
from heapq import nsmallest
from pathlib import Path

import numpy as np

from gitinsight_sentiment import features
from gitinsight_sentiment.card import BINARY, SETS
from gitinsight_sentiment.evaluate import evaluate, told
from gitinsight_sentiment.fitting import SEED, Fitted, Rows, fit
from gitinsight_sentiment.language import why_not_judged
from gitinsight_sentiment.lexicon import everyday_strengths, read_lexicon
from gitinsight_sentiment.measuring import Scores, scores
from gitinsight_sentiment.samples import Sample, fingerprint, head_of, labelled, messages_of
from gitinsight_sentiment.scoring import LABELS, Reader
from gitinsight_sentiment.tokenizer import CUT, words_of
from gitinsight_sentiment.weights import Weights

VERSION = "3"
_JUDGE = "github"
COMMITS = "commits"
_WEIGHTS = {_JUDGE: 1.15, COMMITS: 0.5}
"""How much a text of a source counts, 1 where none is named: GitHub's comments are nearest to commit messages,
and the pseudo-neutral commits were read by nobody."""
_MOST_COMMITS = 4_000
_NEUTRAL = LABELS.index("neutral")


def train(folder: Path, repositories: Sequence[Path], out: Path) -> None:
    """Write the weights learned from the sets in ``folder`` and from the repositories' messages.

    Beside them, with the suffix ``.json``, go the inputs and the scores: of the sets trained on by
    cross-validation and, where ``folder`` has them, of the other known sets by the new weights.
    """
    trained = [folder / name for name, known in SETS.items() if known["use"] == "training"]
    others = [folder / name for name in SETS if (folder / name).exists() and folder / name not in trained]
    inputs = {path.name: fingerprint(path) for path in trained}
    inputs |= {repository.resolve().parent.name: head_of(repository) for repository in repositories}
    for name, hexadecimal in inputs.items():
        print(f"{hexadecimal}  {name}")
    rows = _rows([*(sample for path in trained for sample in labelled(path)), *neutral_commits(repositories)])
    fitted = fit(rows, _JUDGE)
    content = fitted.weights.to_bytes()
    found = {path.name: _cross_validated(rows, fitted, path.stem) for path in trained}
    weights = Weights.from_bytes(content)
    found |= {path.name: evaluate(path, weights, is_binary=path.name in BINARY) for path in others}
    for name, score in found.items():
        print("\n" + told(name + (", cross-validated" if name in inputs else ""), score))
    out.write_bytes(content)
    about = {
        "version": VERSION,
        "inputs": inputs,
        "cross_validated": [path.name for path in trained],
        "scores": {name: asdict(score) for name, score in found.items()},
    }
    out.with_suffix(".json").write_text(json.dumps(about, indent=1) + "\n")
    print(f"\n{out}: {len(weights.keys):,} keys, {len(content):,} bytes")


def _cross_validated(rows: Rows, fitted: Fitted, source: str) -> Scores:
    chosen = rows.sources == source
    return scores(rows.labels[chosen].tolist(), fitted.unseen[chosen].tolist())


def neutral_commits(repositories: Sequence[Path]) -> list[Sample]:
    """Commit messages without any sign of mood, taken as neutral: half at random, half in strong terms.

    A strong term is a word that the everyday lexicon holds for emotional and that developers use for
    work, such as "kill" or "abort".
    """
    reader, strong = Reader(read_lexicon()), frozenset(word for word, _ in everyday_strengths())
    plain: list[Sample] = []
    termed: list[Sample] = []
    for repository in repositories:
        for text in messages_of(repository):
            words = words_of(text[:CUT])
            if why_not_judged(text, words) or reader.cues(words) or any(word[0] == "!" for word in words):
                continue
            (plain if strong.isdisjoint(words) else termed).append(Sample(text, _NEUTRAL, COMMITS))
    # Chosen by their keys, so that a word more in the lexicon changes few of them.
    half = _MOST_COMMITS // 2
    return [
        sample
        for part in (plain, termed)
        for sample in nsmallest(half, part, key=lambda sample: features.key(f"{SEED} {sample.text}"))
    ]


def _rows(samples: Sequence[Sample]) -> Rows:
    reader = Reader(read_lexicon())
    read = [reader.read(words_of(sample.text[:CUT])) for sample in samples]
    return Rows(
        [features.keys(words, cues) for cues, words in read],
        np.array([sample.label for sample in samples]),
        np.array([_WEIGHTS.get(sample.source, 1.0) for sample in samples]),
        np.array([sample.source for sample in samples]),
    )


def main(arguments: list[str] | None = None) -> int:
    """Train and write; the exit code is 2 where an input cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gitinsight_sentiment.train", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with the labelled sets")
    parser.add_argument("--out", type=Path, required=True, help="the weights file to write")
    parser.add_argument("--neutral", type=Path, nargs="*", default=[], help="bare repositories")
    chosen = parser.parse_args(arguments)
    try:
        train(chosen.data, chosen.neutral, chosen.out)
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
