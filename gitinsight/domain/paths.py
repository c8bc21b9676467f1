"""Which paths of a repository count: what an owner includes and what he leaves out.

A pattern is a file, a folder, or a text in which ``*`` stands for any text, slashes too: a pathspec as git
reads it without magic, of which ``*`` is the only character that means something. Where nothing is
included everything is; what is left out is left out of that.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Self

MOST_PATTERNS = 50
LONGEST_PATTERN = 200
ANY = "*"


@dataclass(frozen=True)
class PathFilter:
    """The paths that count; without any pattern all do, and the filter is false."""

    include: tuple[str, ...] = ()
    exclude: tuple[str, ...] = ()

    @classmethod
    def of(cls, settings: Mapping[str, Any]) -> Self:
        """The filter in a repository's settings, as ``settings`` gives it."""
        return cls(tuple(settings.get("include_paths", ())), tuple(settings.get("exclude_paths", ())))

    @property
    def settings(self) -> dict[str, list[str]]:
        """The filter as settings of a repository; empty where there is none."""
        return {"include_paths": list(self.include), "exclude_paths": list(self.exclude)} if self else {}

    def __str__(self) -> str:
        parts = [f"only {', '.join(self.include)}"] if self.include else []
        return "; ".join([*parts, f"without {', '.join(self.exclude)}"] if self.exclude else parts)

    def __bool__(self) -> bool:
        return bool(self.include or self.exclude)

    def passes(self, path: str) -> bool:
        """Whether a file of this path counts."""
        included = not self.include or self._included.fullmatch(path)
        return bool(included) and not (self.exclude and self._excluded.fullmatch(path))

    @cached_property
    def _included(self) -> re.Pattern[str]:
        return re.compile(_expression(self.include), re.DOTALL)

    @cached_property
    def _excluded(self) -> re.Pattern[str]:
        return re.compile(_expression(self.exclude), re.DOTALL)


EVERYTHING = PathFilter()


def problem_with(pattern: str) -> str:
    """Why this cannot be a pattern of a path; empty where it can."""
    if not pattern.strip(f"/{ANY} "):
        return "names nothing"
    if len(pattern) > LONGEST_PATTERN:
        return f"has more than {LONGEST_PATTERN} characters"
    if not pattern.isprintable():
        return "holds a character that is not text"
    if pattern.startswith("/"):
        return "begins with a slash; paths begin at the top of the repository"
    if {"", ".", ".."} & set(pattern.removesuffix("/").split("/")):
        return "is not written as git writes paths, without empty parts and without . or .."
    return ""


def _expression(patterns: Sequence[str]) -> str:
    """The regular expression of every path that one of these patterns means."""
    return "|".join(_one(pattern) for pattern in patterns)


def _one(pattern: str) -> str:
    first, *others = (re.escape(part) for part in pattern.split(ANY))
    if others:
        # The first place that a part fits is as good as any later one, so none but the last is tried again:
        # with plain ``.*`` a handful of stars takes minutes for one long path.
        return first + "".join(f"(?>.*?{part})" for part in others[:-1]) + f".*{others[-1]}"
    # A folder means what is in it; without its slash at the end it may be a file, too.
    return f"{first}.+" if pattern.endswith("/") else f"{first}(?:/.*)?"
