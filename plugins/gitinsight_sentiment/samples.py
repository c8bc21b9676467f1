"""The texts that models are trained and measured on: labelled rows of CSV files, commits of repositories.

Nothing of them travels with the plugin; only weights learned from them do.
"""

from __future__ import annotations

import csv
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from gitinsight_sentiment.messages import own_words
from gitinsight_sentiment.scoring import LABELS

_COLUMNS = {"text", "label"}
_MOST_READ = 6_000


@dataclass(frozen=True, slots=True)
class Sample:
    """One labelled text; ``label`` is an index into ``LABELS``, ``source`` tells where it is from."""

    text: str
    label: int
    source: str


def labelled(path: Path) -> list[Sample]:
    """The rows of a CSV file with columns ``text`` and ``label``; rows of other labels are left out.

    ValueError where a column is missing or no row is left.
    """
    csv.field_size_limit(sys.maxsize)
    with path.open(newline="", encoding="utf-8") as file:
        reader = csv.DictReader(file)
        missing = _COLUMNS - set(reader.fieldnames or ())
        if missing:
            raise ValueError(f"{path} has no column {', '.join(sorted(missing))}")
        found = [
            Sample(row["text"], LABELS.index(row["label"]), path.stem)
            for row in reader
            if row["label"] in LABELS
        ]
    if not found:
        raise ValueError(f"{path} has no row labelled {', '.join(LABELS)}")
    return found


def fingerprint(path: Path) -> str:
    """The sha256 of a file in hex."""
    return sha256(path.read_bytes()).hexdigest()


def head_of(repository: Path) -> str:
    """The commit that HEAD of a bare repository names."""
    return _git(repository, "rev-parse", "HEAD").strip()


def messages_of(repository: Path, most: int = _MOST_READ) -> Iterator[str]:
    """What people worded in a repository's commits, at most ``most`` spread evenly over its history."""
    log = _git(repository, "log", "--no-merges", "--format=%s%x01%b%x00", "HEAD").split("\0")
    step = max(1, len(log) // most)
    seen: set[str] = set()
    for message in log[::step]:
        subject, _, body = message.strip().partition("\x01")
        words = own_words(subject, body)
        if words and words not in seen:
            seen.add(words)
            yield words


def _git(repository: Path, *arguments: str) -> str:
    done = subprocess.run(["git", "-C", str(repository), *arguments], check=True, capture_output=True)
    return done.stdout.decode("utf-8", "replace")


def by_source(samples: Iterable[Sample]) -> dict[str, list[Sample]]:
    """The samples of each source, in their order."""
    found: dict[str, list[Sample]] = {}
    for sample in samples:
        found.setdefault(sample.source, []).append(sample)
    return found
