"""Who is who: one identity for all the names and addresses that a person commits under.

The input is (name, e-mail) pairs after ``.mailmap``. Pairs are one person where they share

- an e-mail address, with a forge's noreply addresses folded to their login; placeholders that
  many share, such as ``root@localhost``, join nobody; or
- a full name (two words or more, compared without case), which is what most maintainers expect.
  ``.mailmap`` overrides: where it gives two people of that name an address each, the name joins nobody.

Programs are told from people and never joined with them.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

Pair = tuple[str, str]

_NOREPLY = re.compile(r"^(?P<id>\d+)(?P<sign>[+-])(?P<login>.+)@(?P<host>(?:users\.)?noreply\..+)$")
_PLACEHOLDER = re.compile(r"^$|^(?:|none|unknown|root|you|your|user|username|nobody|no-?reply)(?:@|$)")
_PLACEHOLDER_NAMES = frozenset({"your name", "unknown author", "no author", "not committed yet", "john doe"})
_BOT_NAME = re.compile(
    r"\[bot\]$|\(bot\)$"  # forge applications; "Weblate (bot)"
    r"|(?:^|[-_])bot$"  # "renovate-bot"; not "Abbot"
    r"|^\S*[a-z]Bot(?:App)?$"  # "ImgBot"; a family name is written Talbot
    r"|^\S+ bot$"  # "mergify bot"; a Jan Bot writes himself with a capital letter
)
_BOT_NAMES = frozenset(
    {
        "allcontributors", "bors", "circleci", "codecov-io", "crowdin", "dependabot", "dependabot preview",
        "dependabot-preview", "depfu", "github", "github action", "github actions", "github-actions",
        "greenkeeper", "greenkeeperio", "hosted weblate", "mergify", "pre-commit-ci", "pre-commit.ci",
        "pyup.io bot", "readthedocs-assistant", "renovate", "renovate bot", "semantic-release",
        "snyk", "the gitter badger", "transifex", "travis", "travis ci", "travis ci user", "travis-ci",
        "weblate", "web-flow", "whitesource", "whitesource renovate",
    }
)  # fmt: skip
_BOT_EMAIL = re.compile(
    r"\[bot\]@|(?:^|[-_+])bots?@"
    r"|@(?:[\w.-]+\.)?(?:dependabot\.com|renovateapp\.com|greenkeeper\.io|pyup\.io|travis-ci\.(?:org|com)|weblate\.org|pre-commit\.ci)$"
    r"|^actions?@github\.com$|^web-flow@users\.noreply\.github\.com$|^\d*\+?github-actions@"
)


@dataclass(frozen=True, slots=True)
class Identity:
    """One person or program; ``key`` is unique among the identities of a repository.

    ``name`` and ``email`` are those used most. The key is the name, with the address where two
    identities share a name.
    """

    key: str
    name: str
    email: str
    is_bot: bool


def is_bot(name: str, email: str) -> bool:
    """Whether this is a program: a forge application, a known service, or a name that says so."""
    plain = name.strip()
    if plain.casefold() == "github" and fold_noreply(email) != "noreply@github.com":
        return bool(_BOT_EMAIL.search(email.lower()))
    return (
        plain.casefold() in _BOT_NAMES
        or bool(_BOT_NAME.search(plain))
        or bool(_BOT_EMAIL.search(fold_noreply(email)))
    )


def fold_noreply(email: str) -> str:
    """The address in lower case, a forge's noreply address without the account's number.

    ``12345+ann@users.noreply.github.com`` is ``ann@users.noreply.github.com``. GitLab joins number and
    login with a hyphen; on GitHub a login itself may begin so, and only the plus sign counts.
    """
    plain = email.strip().lower()
    found = _NOREPLY.match(plain)
    if found is None or (found["sign"] == "-" and found["host"].endswith("github.com")):
        return plain
    return f"{found['login']}@{found['host']}"


def identities(pairs: Mapping[Pair, int], settled: Collection[str] = ()) -> dict[Pair, Identity]:
    """The identity of each (name, e-mail) pair; the values of ``pairs`` say how often it was used.

    ``settled`` holds the addresses (lower case) that ``.mailmap`` gives to people.
    """
    groups = _Groups(pairs)
    for same in _by_email(pairs):
        groups.join(same)
    people = [pair for pair in pairs if not is_bot(*pair)]
    for same in _by_name(people):
        given = {pair[1].lower() for pair in same} & set(settled)
        if len({groups.first(pair) for pair in same if pair[1].lower() in given}) <= 1:
            groups.join(same)
    return _named(groups.members(), pairs)


class _Groups:
    """Sets that grow together by joining."""

    def __init__(self, pairs: Iterable[Pair]) -> None:
        self._parent = {pair: pair for pair in pairs}

    def first(self, pair: Pair) -> Pair:
        while (parent := self._parent[pair]) != pair:
            self._parent[pair] = self._parent[parent]
            pair = parent
        return pair

    def join(self, pairs: Collection[Pair]) -> None:
        firsts = {self.first(pair) for pair in pairs}
        for other in firsts:
            self._parent[other] = min(firsts)

    def members(self) -> list[list[Pair]]:
        found: dict[Pair, list[Pair]] = defaultdict(list)
        for pair in self._parent:
            found[self.first(pair)].append(pair)
        return list(found.values())


def _by_email(pairs: Iterable[Pair]) -> list[list[Pair]]:
    found: dict[tuple[str, bool], list[Pair]] = defaultdict(list)
    for pair in pairs:
        email = fold_noreply(pair[1])
        bot = is_bot(*pair)
        if _PLACEHOLDER.search(email):
            email = f"{pair[0].casefold()} <{email}>"
        found[email, bot].append(pair)
    return list(found.values())


def _by_name(pairs: Iterable[Pair]) -> list[list[Pair]]:
    found: dict[str, list[Pair]] = defaultdict(list)
    for pair in pairs:
        name = " ".join(pair[0].casefold().split())
        if " " in name and name not in _PLACEHOLDER_NAMES:
            found[name].append(pair)
    return list(found.values())


def _named(groups: Iterable[Collection[Pair]], counts: Mapping[Pair, int]) -> dict[Pair, Identity]:
    """Identities with the name and the address used most; ties go to the first in the alphabet."""
    chosen = []
    for group in groups:
        names: dict[str, int] = defaultdict(int)
        emails: dict[str, int] = defaultdict(int)
        for pair in group:
            names[pair[0].strip()] += counts[pair]
            emails[fold_noreply(pair[1])] += counts[pair]
        name = min(names, key=lambda one: (not one, -names[one], one))
        email = min(emails, key=lambda one: (not one, -emails[one], one))
        chosen.append((group, name or email, email))
    shared: dict[str, int] = defaultdict(int)
    for _, name, _ in chosen:
        shared[name] += 1
    found: dict[Pair, Identity] = {}
    for group, name, email in chosen:
        key = name if shared[name] == 1 else f"{name} <{email}>"
        bot = any(is_bot(*pair) for pair in group)
        found |= dict.fromkeys(group, Identity(key, name, email, bot))
    return found
