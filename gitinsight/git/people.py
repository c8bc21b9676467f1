"""People as a commit's ``.mailmap`` names them; git itself applies its rules."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path

from gitinsight.domain.identity import Pair
from gitinsight.git import command
from gitinsight.git.tree import optional_file

_CONTACT = re.compile(r"^(?:(.*?) ?)<(.*)>$")
_GIVEN = re.compile(r"^[^#<]*<([^>]+)>", re.MULTILINE)


def apply_mailmap(git_dir: Path, commit: str, pairs: Sequence[Pair]) -> dict[Pair, Pair]:
    """Each (name, e-mail) pair as recorded to what the commit's ``.mailmap`` makes of it."""
    lines = [f"{_one_line(name)} <{_one_line(email)}>".lstrip() for name, email in pairs]
    if not lines:
        return {}
    printed = command.run(
        git_dir,
        "check-mailmap",
        "--stdin",
        feed="".join(f"{line}\n" for line in lines).encode(),
        config={"mailmap.blob": f"{commit}:.mailmap", "mailmap.file": ""},
    )
    mapped = printed.decode("utf-8", "replace").split("\n")[:-1]
    return {pair: _pair(line, pair) for pair, line in zip(pairs, mapped, strict=True)}


def mailmap_addresses(git_dir: Path, commit: str) -> frozenset[str]:
    """The addresses, in lower case, that the commit's ``.mailmap`` gives to people."""
    return frozenset(_addresses(optional_file(git_dir, commit, ".mailmap").decode("utf-8", "replace")))


def _addresses(text: str) -> Iterable[str]:
    return (email.strip().lower() for email in _GIVEN.findall(text))


def _pair(contact: str, recorded: Pair) -> Pair:
    found = _CONTACT.match(contact)
    return (found[1] or "", found[2]) if found else recorded


def _one_line(text: str) -> str:
    return text.replace("\n", " ").replace("\0", " ")
