"""A repository to measure on where none is given: made by git fast-import, the same bytes each time."""

from __future__ import annotations

import random
import subprocess
from collections.abc import Iterator
from pathlib import Path

PEOPLE = [f"Person {number} <person{number}@example.org>" for number in range(40)]
_START = 1_577_836_800  # 2020-01-01
_STEP = 30_000
_FILES = 300
_FUNCTION = "def work_{n}(value, limit={n}):\n    if value > limit:\n        return value - limit\n    return value\n\n"


def make(folder: Path, commits: int) -> Path:
    """A bare repository of so many commits over 300 growing Python files; its path."""
    path = folder / f"made-{commits}.git"
    subprocess.run(["git", "init", "--quiet", "--bare", str(path)], check=True)
    process = subprocess.Popen(
        ["git", f"--git-dir={path}", "fast-import", "--quiet"], stdin=subprocess.PIPE, text=True
    )
    assert process.stdin is not None
    for part in _stream(commits):
        process.stdin.write(part)
    process.stdin.close()
    if process.wait():
        raise RuntimeError("git fast-import failed")
    subprocess.run(["git", f"--git-dir={path}", "symbolic-ref", "HEAD", "refs/heads/main"], check=True)
    return path


def _stream(commits: int) -> Iterator[str]:
    chance = random.Random(7)
    contents: dict[str, list[str]] = {}
    for number in range(commits):
        message = f"Change {number}: {chance.choice(['fix a bug', 'add a feature', 'improve the docs'])}"
        person = chance.choice(PEOPLE[: 3 + number * len(PEOPLE) // commits])
        yield f"commit refs/heads/main\ncommitter {person} {_START + number * _STEP} +0000\n"
        yield f"data {len(message.encode())}\n{message}\n"
        for _ in range(chance.randint(1, 4)):
            place = int(_FILES * chance.random() ** 2)
            path = f"package_{place % 12}/module_{place}.py"
            lines = contents.setdefault(path, [])
            lines.insert(chance.randint(0, len(lines)), _FUNCTION.format(n=number))
            del lines[60:]
            text = "".join(lines)
            yield f"M 100644 inline {path}\ndata {len(text)}\n{text}\n"
