"""What the corpus consists of, and the tools that its parts are made with."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from pathlib import Path

from tests.repositories import Repo

Builder = Callable[[Path, str], Repo]
EXACT: dict[str, Builder] = {}
FORBIDDEN: set[str] = set()
TEXT = "".join(f"line {number} of a text that is long enough to be known again\n" for number in range(40))


def exact(build: Builder) -> Builder:
    """Add a builder, which takes a folder and git's object format, under its own name."""
    EXACT[build.__name__] = build
    return build


def forbidden(build: Builder) -> Builder:
    """As ``exact``, and no mirror takes it."""
    FORBIDDEN.add(build.__name__)
    return exact(build)


def write_object(repo: Repo, content: bytes, kind: str = "commit") -> str:
    """An object with exactly this content, however wrong it is."""
    return repo.run("hash-object", "-t", kind, "-w", "--literally", "--stdin", feed=content)


def loose(repo: Repo, name: str) -> Path:
    """Where an object lies that has a file of its own."""
    return repo.git_dir / "objects" / name[:2] / name[2:]


def raw_history(repo: Repo, bodies: Iterable[bytes]) -> list[str]:
    """Commits one on top of the other on main, each with a changed file, then these header lines and message."""
    sides = []
    for text in ("one\n", "two\n"):
        repo.commit({"a": text}, branch="trees")
        sides.append(repo.run("rev-parse", "trees^{tree}"))
    made: list[str] = []
    for number, body in enumerate(bodies):
        parent = f"parent {made[-1]}\n" if made else ""
        made.append(write_object(repo, f"tree {sides[number % 2]}\n{parent}".encode() + body))
    repo.run("update-ref", "refs/heads/main", made[-1])
    return made
