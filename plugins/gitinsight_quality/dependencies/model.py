"""What a manifest says of one package, and how manifests are told apart."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from re import Pattern
from typing import NamedTuple


class Ecosystem(StrEnum):
    """Where packages of one kind come from."""

    PYTHON = "Python"
    JAVASCRIPT = "JavaScript"
    GO = "Go"
    RUST = "Rust"
    RUBY = "Ruby"
    PHP = "PHP"
    JAVA = "Java"
    DOTNET = ".NET"


class Scope(StrEnum):
    """What a package is needed for."""

    RUN = "run"
    OPTIONAL = "optional"
    BUILD = "build"
    DEVELOPMENT = "development"


class Dependency(NamedTuple):
    """A package that a manifest names; ``requirement`` as written, ``version`` where it is exactly one."""

    name: str
    requirement: str
    scope: str
    version: str = ""


class Content(NamedTuple):
    """What a manifest names, and the package that it describes itself, if any."""

    dependencies: Sequence[Dependency]
    provides: str = ""


class Malformed(ValueError):
    """A manifest that cannot be read; the text says why, for people."""


Parse = Callable[[str], Content]
"""What a manifest's text names directly; raises ``Malformed``, or ValueError and the like."""
Locked = Mapping[str, str]
"""The exact version by ``name@requirement`` where the lock file tells that, else by name."""
ParseLock = Callable[[str], Locked]


@dataclass(frozen=True, slots=True)
class Format:
    """A kind of manifest by its file's name, and the lock files that may stand beside or above it.

    With ``folder``, it stands somewhere below a folder of that name.
    """

    name: Pattern[str]
    ecosystem: Ecosystem
    parse: Parse
    locks: tuple[str, ...] = ()
    folder: str = ""

    def fits(self, path: str) -> bool:
        """Whether a file at this path is of this kind."""
        *folders, name = path.split("/")
        return self.name.fullmatch(name) is not None and (not self.folder or self.folder in folders)
