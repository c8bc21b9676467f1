"""File changes of commits, row for row as ``git log --numstat -M`` prints them, by two git processes.

``git diff-tree --stdin`` computes the same diffs as ``git log`` and takes commits as they are fed. Two
processes live through the whole history and take long batches of neighbours in turns, in the order
that the caller gives: git's caches stay warm, both end at the same moment whatever the commits cost,
and what is done is always a beginning of that order, give or take a batch. Git names every commit it
has done, so nothing can be left out unseen.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from pathlib import Path

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.errors import SourceDamaged
from gitinsight.git.difftree import DiffTree
from gitinsight.git.headers import Progress, ignore_progress

RAW_CHANGES = schema_of(columns.RAW_CHANGES, pl)

_Row = tuple[str, str, str | None, str, str]
_COUNTS = ("added", "deleted")

_BATCH = 512
"""Shorter batches cost more: each process then looks for the bases of its deltas all over the packs."""
_AHEAD = 2
_GATHER_SECONDS = 0.004
_ARGUMENTS = ("-z", "-r", "--root", "--always", "--numstat", "-M", "--no-ext-diff")


def read_changes(
    git_dir: Path,
    commits: Sequence[str],
    progress: Progress = ignore_progress,
    pathspecs: Sequence[str] = (),
) -> pl.DataFrame:
    """The changes of the commits, in the order given, with the columns of ``RAW_CHANGES``.

    Where there are ``pathspecs``, git looks at nothing else. Merges may be among the commits and have no rows. ``progress(done, total)`` counts commits; what
    it raises ends git and passes on. Raises SourceDamaged where an object is missing or corrupt.
    """
    batches = []
    done = 0
    for batch, frame in stream_changes(git_dir, commits, pathspecs):
        batches.append((batch.start, frame))
        done += len(batch)
        progress(done, len(commits))
    ordered = sorted(batches, key=lambda batch: batch[0])
    return pl.concat([RAW_CHANGES.to_frame(), *(frame for _, frame in ordered)])


def stream_changes(
    git_dir: Path, commits: Sequence[str], pathspecs: Sequence[str] = ()
) -> Generator[tuple[range, pl.DataFrame], None, None]:
    """As ``read_changes``, batch by batch as git gets them done, each with the places of its commits.

    Batches come nearly in order: at most a few are ahead of an earlier one. Memory holds only these,
    of at most 512 commits each. Closing the generator ends git.
    """
    batches = _batches(len(commits))
    processes = [_Batches(git_dir, commits, pathspecs) for _ in range(min(2, len(batches)))]
    try:
        with selectors.DefaultSelector() as selector:
            for process in processes:
                selector.register(process.output, selectors.EVENT_READ, process)
            for process in processes * _AHEAD:
                if batches:
                    process.ask(batches.popleft())
            while any(process.asked for process in processes):
                ready = selector.select()
                # Git flushes after each commit: reading a few commits at once saves thousands of wake-ups.
                time.sleep(_GATHER_SECONDS)
                for key, _ in ready:
                    for batch, text in key.data.receive():
                        if batches:
                            key.data.ask(batches.popleft())
                        yield batch, _frame(text, commits[batch.start : batch.stop])
    finally:
        for process in processes:
            process.end()


def _batches(total: int) -> deque[range]:
    """Ranges that cover all commits; small ones for small histories, so that both processes get some."""
    size = max(1, min(_BATCH, total // 16))
    return deque(range(start, min(start + size, total)) for start in range(0, total, size))


class _Batches(DiffTree):
    """A git process whose output is wanted batch by batch."""

    def __init__(self, git_dir: Path, commits: Sequence[str], pathspecs: Sequence[str]) -> None:
        super().__init__(git_dir, (*_ARGUMENTS, "--", *pathspecs) if pathspecs else _ARGUMENTS, commits)
        self._received = bytearray()

    def receive(self) -> Iterator[tuple[range, bytes]]:
        """The batches that are complete after one read, with git's output for each."""
        mark = self.mark + b"\n"
        searched = max(0, len(self._received) - len(mark))
        self._received += self.read()
        while (found := self._received.find(mark, searched)) >= 0:
            complete = bytes(self._received[:found])
            del self._received[: found + len(mark)]
            searched = 0
            yield self.asked.popleft(), complete


def _frame(text: bytes, commits: Sequence[str]) -> pl.DataFrame:
    """The rows of one batch; SourceDamaged where git did not speak of exactly these commits.

    In git's output each commit's id is a field by itself and each file is ``added TAB deleted TAB
    path``, or with an empty path followed by the old and the new one as fields of their own.
    """
    fields = iter(text.decode("utf-8", "surrogateescape").split("\0"))
    seen: list[str] = []
    rows: list[_Row] = []
    try:
        for field in fields:
            added, tab, rest = field.partition("\t")
            if not tab:
                seen.append(field)
                continue
            deleted, _, path = rest.partition("\t")
            old_path = None if path else next(fields)
            rows.append((seen[-1], path or next(fields), old_path, added, deleted))
        whole = not seen.pop()
    except (IndexError, StopIteration):
        whole = False
    if not whole or seen != list(commits):
        unread = next((commit for commit in commits if commit not in seen), "")
        raise SourceDamaged(f"Git could not read the commit {unread}.", object=unread, commit=unread)
    return _columns(rows)


def _columns(rows: Sequence[_Row]) -> pl.DataFrame:
    """The rows in columns; SourceDamaged where a count is no number that git prints or a name is empty."""
    commit, path, old_path, added, deleted = map(list, zip(*rows, strict=True)) if rows else ([],) * 5
    raw = [None if name.isascii() else _raw(name) for name in path]
    texts = [
        name if original is None else original.decode("utf-8", "replace")
        for name, original in zip(path, raw, strict=True)
    ]
    olds = [name if name is None or name.isascii() else _text(name) for name in old_path]
    numbers = _numbers(added, deleted)
    if numbers is None or "" in path or "" in old_path:
        raise SourceDamaged("Git's list of changes is not in its usual form.", commit=commit[0])
    return pl.DataFrame(
        {"commit": commit, "path": texts, "path_bytes": raw, "old_path": olds, **numbers.to_dict()},
        schema=RAW_CHANGES,
    )


def _numbers(added: list[str], deleted: list[str]) -> pl.DataFrame | None:
    """The counts, null where git printed two dashes; None where it printed anything else."""
    try:
        texts = pl.DataFrame({"added": added, "deleted": deleted}, schema=dict.fromkeys(_COUNTS, pl.String))
    except UnicodeEncodeError:
        return None
    numbers = texts.select(pl.all().cast(pl.Int64, strict=False))
    binary = pl.all_horizontal(pl.col(_COUNTS) == "-")
    same = pl.all_horizontal(pl.col(name) == numbers[name].cast(pl.String) for name in _COUNTS)
    as_printed = texts.select((binary | same.fill_null(value=False)).all()).item()
    return numbers if as_printed else None


def _raw(name: str) -> bytes | None:
    """The bytes of a name that is not valid UTF-8, else None."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return name.encode("utf-8", "surrogateescape")
    return None


def _text(name: str) -> str:
    return name.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
