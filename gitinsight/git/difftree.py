"""A long ``git diff-tree --stdin`` process that is fed commits in batches and says where each batch ends."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import subprocess
import sys
import tempfile
from collections import deque
from collections.abc import Sequence
from pathlib import Path
from typing import IO

from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.damage import damaged

PIPE_BYTES = 1 << 20
_CACHE = {"core.deltaBaseCacheLimit": "64m"}
"""Of the bases of deltas; git's own 96 MiB in each of two processes save hardly any time."""
_KEEP_MEMORY = {"MALLOC_TRIM_THRESHOLD_": "134217728", "MALLOC_MMAP_THRESHOLD_": "134217728"}
"""Git frees and takes the memory of each blob again; without this a tenth of the time is the kernel's."""


class DiffTree:
    """One git process and the batches it has been asked for.

    ``lines`` are what git can be asked: ids of commits, or ``COMMIT PARENT`` for a diff against that
    parent. A line that is no object id is echoed by git and flushes its output: a random one after
    each batch, ``mark``, tells where the batch ends. What is asked ahead fits into a pipe, so that
    asking never blocks.
    """

    def __init__(self, git_dir: Path, arguments: Sequence[str], lines: Sequence[str]) -> None:
        self._lines = lines
        self._complaints = tempfile.TemporaryFile()  # noqa: SIM115 - closed by end()
        self._process = command.start(
            git_dir,
            "diff-tree",
            "--stdin",
            *arguments,
            config=_CACHE,
            extra_environment=_KEEP_MEMORY,
            stdin=subprocess.PIPE,
            stderr=self._complaints,
        )
        assert self._process.stdout is not None and self._process.stdin is not None
        self.output: IO[bytes] = self._process.stdout
        self._input: IO[bytes] = self._process.stdin
        self.mark = f"end {secrets.token_hex(8)}".encode()
        self.asked: deque[range] = deque()
        _widen(self.output)

    def ask(self, batch: range) -> None:
        """Feed a batch of lines by their places; a git that has died is noticed by ``read``."""
        lines = "".join(f"{self._lines[place]}\n" for place in batch).encode()
        self.asked.append(batch)
        try:
            self._input.write(lines + self.mark + b"\n")
            self._input.flush()
        except BrokenPipeError:
            return

    def read(self) -> bytes:
        """Some of git's output as soon as there is any; SourceDamaged where git has ended."""
        text = os.read(self.output.fileno(), PIPE_BYTES)
        if not text:
            raise self._failure()
        return text

    def end(self) -> None:
        """Stop git, whatever it is doing."""
        command.end(self._process)
        self._complaints.close()

    def _failure(self) -> SourceDamaged:
        """Git ended early: it names the object; the commit is one of the batch that it was at."""
        self._process.wait()
        self._complaints.seek(0)
        near = self._lines[self.asked[0].start].split()[0] if self.asked else ""
        return damaged(self._complaints.read(), near)


def _widen(pipe: IO[bytes]) -> None:
    """Let git write ahead as far as may be: only Linux can, elsewhere git waits for its reader more often."""
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, PIPE_BYTES)
