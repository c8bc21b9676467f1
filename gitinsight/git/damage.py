"""Telling that a mirror is damaged: what git said about it, in the product's own error."""

from __future__ import annotations

import re

from gitinsight.errors import SourceDamaged

_OBJECT = re.compile(rb"\b(?:[0-9a-f]{64}|[0-9a-f]{40})\b")


def damaged(complaints: bytes, near: str = "") -> SourceDamaged:
    """The error for a git process that could not read what it was asked for.

    ``details`` hold ``object`` (the id that git named, else "") and ``stderr``. ``near`` is the commit
    that git was at, as far as it is known.
    """
    found = _OBJECT.search(complaints)
    name = found.group().decode() if found else ""
    what = f"the object {name}" if name else "an object"
    where = f" near the commit {near}" if near else ""
    stderr = complaints.decode("utf-8", "replace").strip()[-4000:]
    return SourceDamaged(f"Git could not read {what}{where}.", object=name, commit=near, stderr=stderr)


def missing(name: str) -> SourceDamaged:
    """The error for an object that the repository refers to but does not hold."""
    return SourceDamaged(f"The object {name} is missing from the repository.", object=name)
