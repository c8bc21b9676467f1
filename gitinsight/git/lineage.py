"""Who owns each line of each file, worked out forwards over the whole graph of commits.

A file's version is an array with the owner of each line: the position of a commit. A commit takes its
first parent's files and changes some of them by hunks, so versions are shared, and so are the maps from
paths to versions: a branch costs nothing until it changes something. What comes out at the head is what
``git blame`` finds by going backwards from each file by itself.
"""

from __future__ import annotations

from array import array
from collections import Counter
from collections.abc import Collection, Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import NamedTuple, TypeAlias

from immutables import Map

Hunk: TypeAlias = tuple[int, int, int, int]
"""Old start, old lines, new start, new lines, as in ``@@ -1,2 +3,4 @@`` without context."""

Owners: TypeAlias = "array[int]"
"""The owner of each line, by the position of the commit."""

Files: TypeAlias = "Mapping[bytes, Owners | None]"
"""A commit's files by path; None for a binary file, whose lines nobody counts."""

_NOBODY = -1


class Edit(NamedTuple):
    """A file of a commit: ``old_path`` of the parent of this place but for the hunks.

    ``old_path`` is None for a new file, ``path`` is None where ``old_path`` is gone, ``hunks`` is None
    for a binary file. Only a merge has several edits of one path, one for each parent, in their order.
    """

    parent: int
    path: bytes | None
    old_path: bytes | None
    hunks: Sequence[Hunk] | None


@dataclass(slots=True)
class Deaths:
    """Removed lines as three columns: whose they were, which commit removed them, how many."""

    owners: Owners = field(default_factory=lambda: array("i"))
    killers: Owners = field(default_factory=lambda: array("i"))
    lines: Owners = field(default_factory=lambda: array("i"))

    def add(self, killer: int, killed: Owners) -> None:
        """Count the lines that a commit removed, given by their owners."""
        for owner, lines in sorted(Counter(killed).items()):
            self.owners.append(owner)
            self.killers.append(killer)
            self.lines.append(lines)


class Lineage:
    """A replay of commits, oldest first; ``parents`` has the positions of each commit's parents.

    ``born`` counts the lines that each commit brought, ``deaths`` those that commits removed, a row for
    each pair of commits, by the removing one. Removals are those of commits with at most one parent: a
    line that two branches removed died twice, and one that a merge dropped by itself never did. Where a
    commit among ``ignored`` replaced lines by as many, these keep their owners one to one; its other
    lines are its own. Lines in files of ``uncounted`` paths have owners, but are neither born nor die.
    """

    def __init__(
        self,
        parents: Sequence[Sequence[int]],
        ignored: Collection[int] = (),
        uncounted: Container[bytes] = (),
    ) -> None:
        self.born: Counter[int] = Counter()
        self.deaths = Deaths()
        self._parents = parents
        self._ignored = frozenset(ignored)
        self._uncounted = uncounted
        self._files: dict[int, Map[bytes, Owners | None]] = {}
        self._children = Counter(parent for of_commit in parents for parent in of_commit)

    def replay(self, edits: Iterable[tuple[int, Sequence[Edit]]]) -> Iterator[tuple[int, Files]]:
        """The files of each commit in turn; ``edits`` are of the commits that have any, in their order.

        Raises ValueError where an edit does not fit the files it is of.
        """
        waiting = iter(edits)
        upcoming = next(waiting, None)
        for commit, parents in enumerate(self._parents):
            own: Sequence[Edit] = ()
            if upcoming is not None and upcoming[0] == commit:
                own = upcoming[1]
                upcoming = next(waiting, None)
            files = self._files[parents[0]] if parents else Map()
            if own:
                change = self._merged if len(parents) > 1 else self._changed
                files = change(commit, files, own)
            self._keep(commit, files)
            yield commit, files
        if upcoming is not None:
            raise ValueError(f"An edit of the commit at {upcoming[0]} is out of order.")

    def _keep(self, commit: int, files: Map[bytes, Owners | None]) -> None:
        """Remember a commit's files until its last child is done."""
        if self._children[commit]:
            self._files[commit] = files
        for parent in self._parents[commit]:
            self._children[parent] -= 1
            if not self._children[parent]:
                del self._files[parent]

    def _changed(
        self, commit: int, before: Map[bytes, Owners | None], edits: Sequence[Edit]
    ) -> Map[bytes, Owners | None]:
        """The files after a commit with at most one parent."""
        moved = {edit.old_path for edit in edits if edit.path is not None}
        killed = array("i")
        files = before.mutate()
        for edit in edits:
            if edit.path is None:
                assert edit.old_path is not None
                files.pop(edit.old_path, None)
                if edit.old_path not in moved and edit.old_path not in self._uncounted:
                    killed.extend(before.get(edit.old_path) or ())
            elif edit.hunks is None:
                files[edit.path] = None
            elif edit.old_path is None:
                if edit.path not in self._uncounted:
                    killed.extend(before.get(edit.path) or ())
                files[edit.path] = self._new(commit, edit.path, edit.hunks)
            else:
                old = _version(before, edit.old_path)
                removed = killed if edit.path not in self._uncounted else None
                files[edit.path] = self._edited(commit, old, edit.hunks, removed)
        self.deaths.add(commit, killed)
        return files.finish()

    def _new(self, commit: int, path: bytes, hunks: Sequence[Hunk]) -> Owners:
        lines = sum(hunk[3] for hunk in hunks)
        if path not in self._uncounted:
            self.born[commit] += lines
        return array("i", [commit]) * lines

    def _edited(
        self, commit: int, old: Owners | None, hunks: Sequence[Hunk], killed: Owners | None
    ) -> Owners | None:
        """The version after the hunks; ``killed`` gets the owners of the lines that they remove.

        Without it the file is one that nobody counts.
        """
        if old is None or not hunks:
            return old
        new, place = array("i"), 0
        own = array("i", [commit])
        for old_start, old_lines, _, new_lines in hunks:
            start = old_start - 1 if old_lines else old_start
            new.extend(old[place:start])
            place = start + old_lines
            if old_lines == new_lines and commit in self._ignored:
                new.extend(old[start:place])
                continue
            new.extend(own * new_lines)
            if killed is not None:
                killed.extend(old[start:place])
                self.born[commit] += new_lines
        if place > len(old):
            raise ValueError(f"A hunk of the commit at {commit} reaches beyond the file's end.")
        new.extend(old[place:])
        return new

    def _merged(
        self, commit: int, before: Map[bytes, Owners | None], edits: Sequence[Edit]
    ) -> Map[bytes, Owners | None]:
        """The files after a merge."""
        parents = [self._files[parent] for parent in self._parents[commit]]
        files = before.mutate()
        for path, group in groupby(edits, key=lambda edit: edit.path):
            if path is None:
                for edit in group:
                    assert edit.old_path is not None
                    files.pop(edit.old_path, None)
            else:
                first, *others = group
                if first.old_path is not None and first.hunks is not None and not first.hunks:
                    files[path] = _version(parents[first.parent], first.old_path)
                else:
                    files[path] = self._blended(commit, path, parents, [first, *others])
        return files.finish()

    def _blended(
        self,
        commit: int,
        path: bytes,
        parents: Sequence[Map[bytes, Owners | None]],
        edits: Sequence[Edit],
    ) -> Owners | None:
        """A merge's version: each line is of the first parent that has it, the rest of the merge."""
        sides: list[Owners] = []
        first: Sequence[Hunk] = ()
        for edit in edits:
            if edit.old_path is None or edit.hunks is None:
                continue
            old = _version(parents[edit.parent], edit.old_path)
            if old is None:
                return None
            first = first if sides else edit.hunks
            sides.append(_passed(old, edit.hunks))
        if not sides:
            hunks = edits[0].hunks
            return None if hunks is None else self._new(commit, path, hunks)
        owners, *others = sides
        added = ((start - 1, lines) for _, _, start, lines in first if lines)
        unclaimed = [place for start, lines in added for place in range(start, start + lines)]
        for other in others:
            if len(other) != len(owners):
                raise ValueError(f"The sides of the merge at {commit} differ in length.")
            for place in unclaimed:
                owners[place] = other[place]
            unclaimed = [place for place in unclaimed if owners[place] == _NOBODY]
        for place in unclaimed:
            owners[place] = commit
        if path not in self._uncounted:
            self.born[commit] += len(unclaimed)
        return owners


def _version(files: Files, path: bytes) -> Owners | None:
    try:
        return files[path]
    except KeyError:
        raise ValueError(f"There is no file {path!r} to take lines from.") from None


def _passed(old: Owners, hunks: Sequence[Hunk]) -> Owners:
    """A copy after the hunks, where new lines have nobody for an owner."""
    new, place = array("i"), 0
    nobody = array("i", [_NOBODY])
    for old_start, old_lines, _, new_lines in hunks:
        start = old_start - 1 if old_lines else old_start
        new.extend(old[place:start])
        new.extend(nobody * new_lines)
        place = start + old_lines
    if place > len(old):
        raise ValueError("A hunk of a merge reaches beyond the file's end.")
    new.extend(old[place:])
    return new
