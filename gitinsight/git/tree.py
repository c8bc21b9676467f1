"""The files of a commit and their contents, read from a bare repository without a checkout."""

from __future__ import annotations

import subprocess
import tempfile
from collections import deque
from collections.abc import Generator, Iterable, Sequence
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from gitinsight.domain.history import TreeFile
from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.attributes import mark_paths
from gitinsight.git.damage import damaged, missing

MAX_BLOB_BYTES = 10_000_000
_LINK = b"120000"
_AHEAD = 64
_PIECE_BYTES = 1 << 20


def list_tree(git_dir: Path, commit: str) -> list[TreeFile]:
    """The files in the commit's tree sorted by path, without submodules.

    ``.gitattributes`` of the commit and the paths' names say what is vendored or generated.
    Raises SourceDamaged where the commit, a tree or a blob is missing.
    """
    try:
        listed = command.run(git_dir, "ls-tree", "-r", "-z", "-l", "--full-tree", "--end-of-options", commit)
    except command.GitFailed as failed:
        raise damaged(str(failed.details["stderr"]).encode(), commit) from failed
    entries = [_entry(line) for line in listed.split(b"\0") if line]
    files = [entry for entry in entries if entry is not None]
    marks = mark_paths(git_dir, commit, [path for path, *_ in files])
    tree = [
        TreeFile(path.decode("utf-8", "replace"), blob, size, is_link, mark.is_vendored, mark.is_generated)
        for (path, blob, size, is_link), mark in zip(files, marks, strict=True)
    ]
    return sorted(tree, key=lambda file: file.path)


def _entry(line: bytes) -> tuple[bytes, str, int, bool] | None:
    """Path, blob, size and whether it is a link of a line of ``ls-tree -l``; None for a submodule."""
    about, _, path = line.partition(b"\t")
    mode, kind, name, size = about.split()
    if kind != b"blob":
        return None
    if not size.isdigit():
        raise missing(name.decode())
    return path, name.decode(), int(size), mode == _LINK


def find_blobs(git_dir: Path, places: Sequence[tuple[str, str]]) -> list[str | None]:
    """The blob at each (commit, path), read without listing trees; None where there is no such file.

    Git takes one question a line, so a path with a line break is not found, nor is one that was not UTF-8.
    """
    asked = [place for place in places if not any("\n" in part for part in place)]
    questions = "".join(f"{commit}:{path}\n" for commit, path in asked).encode("utf-8", "replace")
    form = "--batch-check=%(objecttype) %(objectname)"
    answers = (
        command.run(git_dir, "cat-file", form, "--buffer", feed=questions)
        .decode("utf-8", "replace")
        .split("\n")[:-1]
    )
    # What is missing is answered by the question itself, which begins with a commit's id.
    found = {
        place: answer.removeprefix("blob ")
        for place, answer in zip(asked, answers, strict=True)
        if answer.startswith("blob ")
    }
    return [found.get(place) for place in places]


def optional_file(git_dir: Path, commit: str, path: str) -> bytes:
    """The content of a file at a commit; empty where the commit has no such file."""
    question = f"{commit}:{path}\n".encode()
    header, _, content = command.run(git_dir, "cat-file", "--batch", feed=question).partition(b"\n")
    return content[:-1] if b" blob " in header else b""


class BlobReader:
    """Contents of blobs by id through one long ``git cat-file --batch`` process; a context manager.

    A blob of more than ``max_bytes`` is cut there, and no more than that is held in memory: the size
    in the tree tells a reader that it was cut.
    """

    def __init__(self, git_dir: Path, max_bytes: int = MAX_BLOB_BYTES) -> None:
        self._git_dir = git_dir
        self._max_bytes = max_bytes
        self._process: subprocess.Popen[bytes] | None = None
        self._complaints: IO[bytes] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def read(self, blob: str) -> bytes:
        """One blob's content; errors as ``read_many``."""
        return next(content for _, content in self.read_many([blob]))

    def read_many(self, blobs: Iterable[str]) -> Generator[tuple[str, bytes], None, None]:
        """The contents in the order asked for.

        Raises SourceDamaged where a blob is missing or corrupt; the reader can be used again after it.
        """
        waiting: deque[str] = deque()
        wanted = iter(blobs)
        try:
            for blob in wanted:
                waiting.append(blob)
                self._ask(blob)
                # What is asked ahead fits into a pipe, so that git and this process never wait for each other.
                if len(waiting) == _AHEAD:
                    yield self._answer(waiting.popleft())
            while waiting:
                yield self._answer(waiting.popleft())
        finally:
            if waiting:
                self.close()

    def close(self) -> None:
        """End the git process; the next read starts another."""
        if self._process is not None:
            command.end(self._process)
            self._process = None
        if self._complaints is not None:
            self._complaints.close()
            self._complaints = None

    def _ask(self, blob: str) -> None:
        if self._process is None:
            self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by close()
            self._process = command.start(
                self._git_dir, "cat-file", "--batch", stdin=subprocess.PIPE, stderr=self._complaints
            )
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(f"{blob}\n".encode())
            self._process.stdin.flush()
        except BrokenPipeError:
            # Git has died on an earlier blob; its answer, which is due first, says so.
            return

    def _answer(self, blob: str) -> tuple[str, bytes]:
        assert self._process is not None and self._process.stdout is not None
        header = self._process.stdout.readline()
        if header.endswith(b" missing\n"):
            raise missing(blob)
        if not header.endswith(b"\n"):
            raise self._failure(blob)
        size = int(header.split()[-1])
        kept = self._process.stdout.read(min(size, self._max_bytes))
        left = size + 1 - len(kept)
        while left > 0:
            piece = self._process.stdout.read(min(left, _PIECE_BYTES))
            if not piece:
                raise self._failure(blob)
            left -= len(piece)
        return blob, kept

    def _failure(self, blob: str) -> SourceDamaged:
        assert self._process is not None and self._complaints is not None
        self._process.wait()
        self._complaints.seek(0)
        said = self._complaints.read()
        self.close()
        return damaged(said or blob.encode())
