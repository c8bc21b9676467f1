"""What a source offers before anything is fetched: its branches, its HEAD and its object format."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from gitinsight.errors import SourceDamaged, SourceEmpty, SourceError, SourceTooLarge, SourceUnreachable
from gitinsight.git.command import GitFailed
from gitinsight.git.source import Source
from gitinsight.git.transport import Route
from gitinsight.git.watch import Watch

_HEADS = "refs/heads/"
_USUAL_BRANCHES = ("main", "master", "trunk", "develop")
_SHA256_DIGITS = 64
_LISTED = re.compile(r"(?:ref: (?P<target>\S+)|(?P<id>[0-9a-f]{40}(?:[0-9a-f]{24})?))\t(?P<name>.+)")
_MEANINGS: tuple[tuple[re.Pattern[str], type[SourceError], str], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), error, sentence)
    for pattern, error, sentence in (
        (
            r"No space left on device|Disk quota exceeded",
            SourceTooLarge,
            "The disk is full; make room and try again.",
        ),
        (
            r"shallow roots are not allowed|source repository is shallow",
            SourceDamaged,
            "{name} is a shallow clone, so most of its history is missing: run git fetch --unshallow in it.",
        ),
        (
            r"corrupt|inflate: |bad (tree |blob |commit )?object|missing (tree|blob|commit|necessary) |"
            r"unable to (read|parse|load) (tree|commit|object|[0-9a-f]{40})|"
            r"could not (read|parse) [0-9a-f]{40}|fsck error|did not send all necessary objects|"
            r"object file .* is empty|hash mismatch|SHA1 mismatch|unresolved delta|not our ref|"
            r"packfile .* (cannot be accessed|does not match)|pack has bad object",
            SourceDamaged,
            "{name} has damaged, forbidden or missing objects: run git fsck in it, or make a full clone of it.",
        ),
        (
            r"Host key verification failed|REMOTE HOST IDENTIFICATION HAS CHANGED",
            SourceUnreachable,
            "The key of {host} is not the one seen before; check it and mend known_hosts.",
        ),
        (
            r"not found|does not exist|could not read Username|Authentication failed|Permission denied|"
            r"could not be found|does not appear to be a git repository|returned error: 40[134]",
            SourceUnreachable,
            "{host} shows no repository {name}: it does not exist or is private.",
        ),
    )
)


@dataclass(frozen=True)
class Remote:
    """The branches of a source by short name, and its HEAD.

    ``head_branch`` is "" and ``head`` is set where HEAD is detached; both are "" where it leads nowhere.
    """

    branches: Mapping[str, str]
    head: str
    head_branch: str

    @property
    def object_format(self) -> str:
        """``sha1`` or ``sha256``, told by the length of the ids."""
        some_id = self.head or next(iter(self.branches.values()))
        return "sha256" if len(some_id) == _SHA256_DIGITS else "sha1"

    def chosen_branch(self, wanted: str) -> str:
        """The branch to analyse; "" for a detached HEAD.

        Without a wish it is the source's own default, else the first of main, master, trunk, develop,
        else the first by name. Raises SourceError naming the branches where the wanted one is missing.
        """
        if wanted:
            return self._existing(wanted.removeprefix(_HEADS))
        if self.head_branch in self.branches:
            return self.head_branch
        same = [name for name, commit in self.branches.items() if commit == self.head]
        candidates = same if self.head else sorted(self.branches)
        usual = [name for name in _USUAL_BRANCHES if name in candidates]
        return next(iter([*usual, *candidates]), "")

    def _existing(self, wanted: str) -> str:
        if wanted in self.branches:
            return wanted
        names = sorted(self.branches)
        more = ", …" if len(names) > 10 else ""
        raise SourceError(
            f"There is no branch {wanted!r}; the repository has: {', '.join(names[:10])}{more}.",
            branch=wanted,
        )


def list_remote(route: Route, watch: Watch) -> Remote:
    """Ask the source for its branches and HEAD.

    Raises SourceEmpty where it has no commit, and what ``explained`` tells where git fails.
    """
    try:
        ended = watch.run(
            None, "ls-remote", "--symref", *route.options, "--", route.url, "HEAD", f"{_HEADS}*", route=route
        )
    except GitFailed as failed:
        raise explained(failed, route.source) from failed
    remote = _parsed(ended.printed.decode("utf-8", "surrogateescape"))
    if not remote.head and not remote.branches:
        raise SourceEmpty("The repository has no commit yet; push one and try again.")
    return remote


def _parsed(printed: str) -> Remote:
    branches: dict[str, str] = {}
    head = head_branch = ""
    for line in printed.split("\n"):
        found = _LISTED.fullmatch(line)
        if found is None:
            continue
        if found["name"] == "HEAD":
            head = found["id"] or head
            head_branch = (found["target"] or head_branch).removeprefix(_HEADS)
        elif found["id"] and found["name"].startswith(_HEADS):
            branches[found["name"].removeprefix(_HEADS)] = found["id"]
    return Remote(branches, head, head_branch)


def explained(failed: GitFailed, source: Source) -> SourceError:
    """The error that tells a person what git's complaint means; git's own words are in ``details``."""
    said = str(failed.details.get("stderr", ""))
    for pattern, error, sentence in _MEANINGS:
        if pattern.search(said):
            return error(sentence.format(name=source.full_name, host=source.host), **failed.details)
    if source.scheme == "path":
        return SourceError(f"Git could not read {source.full_name}: {failed.message}", **failed.details)
    return SourceUnreachable(
        f"{source.host} could not be reached or stopped answering; try again later.", **failed.details
    )
