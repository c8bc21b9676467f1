"""The source files at a repository's HEAD by language, read by ``git cat-file --batch``."""

from __future__ import annotations

import subprocess
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from gitinsight_quality.detection import languages_of

MAX_BYTES = 1_000_000


@dataclass(frozen=True, slots=True)
class Source:
    """A file at HEAD."""

    path: str
    content: bytes


def sources_of(repository: Path, languages: Collection[str]) -> dict[str, list[Source]]:
    """The files of up to 1 MB in the given languages, by language and path."""
    blobs = dict(_tree(repository))
    named = languages_of(list(blobs))
    wanted = sorted(path for path in blobs if named.get(path) in languages)
    found: dict[str, list[Source]] = {}
    for path, content in _read(repository, wanted, [blobs[path] for path in wanted]):
        if len(content) <= MAX_BYTES:
            found.setdefault(named[path], []).append(Source(path, content))
    return found


def _tree(repository: Path) -> Iterator[tuple[str, str]]:
    """Path and blob of every regular file."""
    listed = subprocess.run(
        ["git", "-C", str(repository), "ls-tree", "-rz", "HEAD"], check=True, capture_output=True
    )
    for row in listed.stdout.split(b"\0"):
        if row.startswith(b"100"):
            about, path = row.split(b"\t", 1)
            yield path.decode("utf-8", "replace"), about.split()[2].decode()


def _read(repository: Path, paths: Sequence[str], blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    answered = subprocess.run(
        ["git", "-C", str(repository), "cat-file", "--batch"],
        input="\n".join(blobs).encode(),
        check=True,
        capture_output=True,
    ).stdout
    position = 0
    for path in paths:
        header_end = answered.index(b"\n", position)
        size = int(answered[position:header_end].split()[2])
        yield path, answered[header_end + 1 : header_end + 1 + size]
        position = header_end + size + 2
