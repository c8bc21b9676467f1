"""What ``git diff-tree`` says of the files of commits: raw entries and the heads of their hunks.

With ``-U0`` a patch has no context, so each line of content begins with ``+``, ``-`` or ``\\`` and every
other line is git's own: one regular expression finds these in large pieces of output, and content is
dropped as it comes. Names stand quoted where they hold a newline, so every entry is one line.
"""

from __future__ import annotations

import re
import selectors
import time
from collections import deque
from collections.abc import Generator, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from gitinsight.errors import SourceDamaged
from gitinsight.git.difftree import DiffTree
from gitinsight.git.headers import Progress, ignore_progress

RAW = ("-r", "--root", "--always", "--raw", "--no-abbrev", "--no-renames")
PATCH = (
    *("-r", "--root", "--always", "--raw", "--no-abbrev", "--full-index", "-p", "-U0", "-M", "-D"),
    *("--no-ext-diff", "--no-textconv", "--no-color", "--submodule=short", "--diff-algorithm=default"),
    *("--indent-heuristic", "--inter-hunk-context=0"),
)
"""What blame diffs with: no context, git's default algorithm, the indent heuristic, renames."""

Hunk = tuple[int, int, int, int]
"""Old start, old lines, new start, new lines as in ``@@ -1,2 +3,4 @@``: a side of 0 lines starts before it."""

_BATCH = 128
_AHEAD = 2
_GATHER_SECONDS = 0.004
_LONGEST_LINE = 1 << 16
_OWN_LINE = re.compile(rb"\n(?:@@ -(\d+)(?:,(\d+))? \+(\d+)(?:,(\d+))? @@|([:0-9a-fB][^\n]*))")
_ESCAPE = re.compile(rb"\\([0-7]{3}|.)", re.DOTALL)
_ESCAPED = dict(zip(b"abtnvfr", b"\a\b\t\n\v\f\r", strict=True))
_FILE_TYPE, _REGULAR, _LINK = 0o170000, 0o100000, 0o120000


@dataclass(slots=True)
class FileDiff:
    """One raw entry with its hunks; ``old_path`` differs from ``path`` for a rename."""

    old_mode: int
    new_mode: int
    old_blob: str
    new_blob: str
    status: str
    old_path: bytes
    path: bytes
    is_binary: bool = False
    hunks: list[Hunk] = field(default_factory=list)

    @property
    def was_file(self) -> bool:
        """Whether the old side is a regular file or a link."""
        return is_file(self.old_mode)

    @property
    def is_file(self) -> bool:
        """Whether the new side is a regular file or a link."""
        return is_file(self.new_mode)

    @property
    def same_type(self) -> bool:
        """Whether both sides are there and of one type: lines pass from one to the other."""
        return self.is_file and self.old_mode & _FILE_TYPE == self.new_mode & _FILE_TYPE


def is_file(mode: int) -> bool:
    """Whether an entry of this mode has content: no submodule, and not absent."""
    return mode & _FILE_TYPE in (_REGULAR, _LINK)


@dataclass(frozen=True, slots=True)
class CommitDiff:
    """All files that ``git diff-tree`` names for a commit."""

    commit: str
    files: list[FileDiff] = field(default_factory=list)


class PatchReader:
    """Reads the output of ``diff-tree`` with the arguments ``RAW`` or ``PATCH``, in pieces of any size."""

    def __init__(self, mark: bytes) -> None:
        self._mark = mark
        self._rest = b"\n"
        self._commits: list[CommitDiff] = []
        self._sections: Iterator[FileDiff] | None = None
        self._file: FileDiff | None = None

    def feed(self, piece: bytes) -> Iterator[list[CommitDiff]]:
        """The batches that this piece completes, each with all of its commits."""
        text = self._rest + piece
        end = text.rfind(b"\n")
        self._rest = text[end:]
        if len(self._rest) > _LONGEST_LINE and self._rest[1:2] in (b"+", b"-"):
            self._rest = self._rest[:2]
        for old, old_lines, new, new_lines, line in _OWN_LINE.findall(text, 0, end):
            if not line:
                assert self._file is not None
                self._file.hunks.append((int(old), int(old_lines or 1), int(new), int(new_lines or 1)))
            elif line == self._mark:
                yield self._commits
                self._commits = []
            else:
                self._take(line)

    def _take(self, line: bytes) -> None:
        if line[:1] == b":":
            self._commits[-1].files.append(_entry(line))
        elif line.startswith(b"diff --git "):
            self._file = self._next_section()
        elif line.startswith(b"Binary files "):
            assert self._file is not None
            self._file.is_binary = True
        elif len(line) in (40, 64):
            self._commits.append(CommitDiff(line.decode("ascii")))
            self._sections = None

    def _next_section(self) -> FileDiff:
        """The file of the patch that begins: patches come in the order of the entries, after all of them."""
        if self._sections is None:
            self._sections = _sections(self._commits[-1].files)
        return next(self._sections)


def _sections(files: Sequence[FileDiff]) -> Iterator[FileDiff]:
    """The files in the order of their patches: where the type changes there are two, old and new."""
    for entry in files:
        yield entry
        if entry.status == "T":
            yield entry


def _entry(line: bytes) -> FileDiff:
    about, _, names = line.partition(b"\t")
    old_mode, new_mode, old_blob, new_blob, status = about.decode("ascii").split(" ")
    old_path, renamed, path = names.partition(b"\t")
    old_path = unquote(old_path)
    path = unquote(path) if renamed else old_path
    return FileDiff(int(old_mode[1:], 8), int(new_mode, 8), old_blob, new_blob, status[0], old_path, path)


def unquote(name: bytes) -> bytes:
    """The path behind a name as git prints it, in quotes where it holds unusual bytes."""
    if not name.startswith(b'"'):
        return name
    return _ESCAPE.sub(lambda found: bytes([_escaped(found[1])]), name[1:-1])


def _escaped(code: bytes) -> int:
    return int(code, 8) if len(code) == 3 else _ESCAPED.get(code[0], code[0])


def stream_diffs(
    git_dir: Path,
    arguments: Sequence[str],
    lines: Sequence[str],
    progress: Progress = ignore_progress,
    *,
    processes: int = 2,
) -> Generator[tuple[range, list[CommitDiff]], None, None]:
    """What git says of each line, in batches: the places of the lines, and a diff for each of them.

    Two processes walk from both ends until they meet; one goes through from the first on. Raises
    SourceDamaged where an object is missing or git did not speak of exactly these commits.
    """
    batches = deque(_ranges(len(lines)))
    takes = (batches.popleft, batches.pop)[: min(processes, len(batches))]
    done = 0
    with ExitStack() as stack, selectors.DefaultSelector() as selector:
        running = []
        for take in takes:
            git = DiffTree(git_dir, arguments, lines)
            stack.callback(git.end)
            running.append(git)
            selector.register(git.output, selectors.EVENT_READ, (git, PatchReader(git.mark), take))
            for _ in range(min(_AHEAD, len(batches))):
                git.ask(take())
        while any(git.asked for git in running):
            ready = selector.select()
            # Git flushes after each commit: reading a few commits at once saves thousands of wake-ups.
            time.sleep(_GATHER_SECONDS)
            for key, _ in ready:
                git, reader, take = key.data
                for diffs in reader.feed(git.read()):
                    batch = git.asked.popleft()
                    if batches:
                        git.ask(take())
                    _check(diffs, lines[batch.start : batch.stop])
                    yield batch, diffs
                    done += len(batch)
                    progress(done, len(lines))


def _ranges(total: int) -> list[range]:
    """Ranges that cover all lines; small ones for small histories, so that both processes get some."""
    size = max(1, min(_BATCH, total // 16))
    return [range(start, min(start + size, total)) for start in range(0, total, size)]


def _check(diffs: Sequence[CommitDiff], lines: Sequence[str]) -> None:
    wanted = [line.split(" ")[0] for line in lines]
    seen = [diff.commit for diff in diffs]
    if seen != wanted:
        unread = next((commit for commit in wanted if commit not in seen), "")
        raise SourceDamaged(f"Git could not read the commit {unread}.", object=unread, commit=unread)
