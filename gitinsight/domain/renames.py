"""Following files through renames over a history that branches and merges.

A row of history says only that a path was changed, or renamed from another. After ``a`` became ``b`` a
change of ``a`` is a new file where the commit descends from the rename, and still the old file where
it was made on a branch that had not seen the rename. Which of the two it is, the graph of commits
tells exactly.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Claim:
    """A path that a file bears, until the commits that renamed it away (a bit for each)."""

    file: int
    left: int = 0


@dataclass(frozen=True, slots=True)
class FoldedFiles:
    """``ids`` has the file of each row, ``names`` the newest name of each file."""

    ids: Sequence[int] = field(default_factory=list)
    names: Sequence[str] = field(default_factory=list)


def fold_renames(
    rows: Sequence[tuple[int, str, str | None]],
    parents: Sequence[Sequence[int]],
    alive: Collection[str] = (),
) -> FoldedFiles:
    """Give each changed file one number across its renames.

    ``rows`` are (commit, path, old path or None) with commits as positions in topological order,
    oldest first; ``parents`` are the positions of each commit's parents. Where branches renamed a
    file differently, its newest name is the one among ``alive``, the paths at the head.
    A path that was deleted and comes again is the same file. Linear in rows and commits.
    """
    bits = _rename_bits(rows)
    seen = _ancestors(parents, bits)
    claims: dict[str, list[_Claim]] = {}
    names: list[list[str]] = []
    ids = []
    for commit, path, old in rows:
        claim = _claim(claims, names, path if old is None else old, seen[commit])
        if old is not None:
            claim.left |= bits[commit]
            _take(claims, path, claim.file)
            names[claim.file].append(path)
        ids.append(claim.file)
    living = frozenset(alive)
    return FoldedFiles(ids, [_newest(of_file, living) for of_file in names])


def _rename_bits(rows: Iterable[tuple[int, str, str | None]]) -> dict[int, int]:
    """A bit for each commit that renamed something which was touched again under its old name."""
    left: dict[str, set[int]] = {}
    renaming: set[int] = set()
    touched: set[int] = set()
    for commit, path, old in rows:
        for name in (path, old):
            if name in left:
                touched |= left[name]
        if old is not None:
            left.setdefault(old, set()).add(commit)
            renaming.add(commit)
    used = {commit: 1 << place for place, commit in enumerate(sorted(touched))}
    return {commit: used.get(commit, 0) for commit in renaming}


def _ancestors(parents: Sequence[Sequence[int]], bits: dict[int, int]) -> list[int]:
    """For each commit the bits of itself and of all its ancestors, in one pass over the graph."""
    seen: list[int] = []
    for commit, of_commit in enumerate(parents):
        mask = bits.get(commit, 0)
        for parent in of_commit:
            mask |= seen[parent]
        seen.append(mask)
    return seen


def _claim(claims: dict[str, list[_Claim]], names: list[list[str]], path: str, seen: int) -> _Claim:
    """The newest claim on the path that no ancestor gave up, else a new file's."""
    on_path = claims.setdefault(path, [])
    for claim in reversed(on_path):
        if not claim.left & seen:
            return claim
    names.append([path])
    on_path.append(_Claim(len(names) - 1))
    return on_path[-1]


def _take(claims: dict[str, list[_Claim]], path: str, file: int) -> None:
    """Let a renamed file bear its new path."""
    on_path = claims.setdefault(path, [])
    if not on_path or on_path[-1].file != file or on_path[-1].left:
        on_path.append(_Claim(file))


def _newest(names: Sequence[str], alive: Collection[str]) -> str:
    return next((name for name in reversed(names) if name in alive), names[-1])
