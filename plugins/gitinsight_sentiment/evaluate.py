"""``python -m gitinsight_sentiment.evaluate --data FILE.csv``: how well the shipped pipeline does on it."""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import asdict
from pathlib import Path

from gitinsight_sentiment.card import BINARY
from gitinsight_sentiment.measuring import Scores, scores
from gitinsight_sentiment.samples import labelled
from gitinsight_sentiment.scoring import LABELS
from gitinsight_sentiment.weights import Weights


def evaluate(path: Path, weights: Weights | None = None, *, is_binary: bool = False) -> Scores:
    """The pipeline's scores on a CSV file with columns ``text`` and ``label``, by default as shipped."""
    from gitinsight_sentiment.pipeline import create_pipeline

    samples = labelled(path)
    docs = create_pipeline(weights=weights).pipe(sample.text for sample in samples)
    given = [[doc.cats[label] for label in LABELS] for doc in docs]
    return scores([sample.label for sample in samples], given, is_binary=is_binary)


def main(arguments: list[str] | None = None) -> int:
    """Print the scores of each file; the exit code is 2 where a file cannot be used."""
    parser = argparse.ArgumentParser(prog="python -m gitinsight_sentiment.evaluate", description=__doc__)
    parser.add_argument("--data", type=Path, nargs="+", required=True, help="CSV with columns text, label")
    parser.add_argument("--binary", action="store_true", help="labels are negative and not negative only")
    parser.add_argument("--json", action="store_true", help="one JSON object a file, by its name")
    chosen = parser.parse_args(arguments)
    try:
        found = {
            path.name: evaluate(path, is_binary=chosen.binary or path.name in BINARY) for path in chosen.data
        }
    except (OSError, ValueError) as error:
        print(error, file=sys.stderr)
        return 2
    if chosen.json:
        print(json.dumps({name: asdict(score) for name, score in found.items()}))
    else:
        print("\n\n".join(told(name, score) for name, score in found.items()))
    return 0


def told(name: str, score: Scores) -> str:
    """The scores as lines of text."""
    low, high = score.interval
    each = ", ".join(f"{label} {value:.3f}" for label, value in score.f1.items())
    lines = [
        f"{name}: {score.rows:,} rows",
        f"macro-F1 {score.macro_f1:.3f} (95 % interval {low:.3f} to {high:.3f}), accuracy {score.accuracy:.3f}",
        f"F1: {each}",
        f"expected calibration error {score.calibration_error:.3f}",
        "rows are the true labels, columns the given ones: " + ", ".join(score.f1),
    ]
    return "\n".join([*lines, *("".join(f"{count:8,}" for count in row) for row in score.confusion)])


if __name__ == "__main__":
    sys.exit(main())
