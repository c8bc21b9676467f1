"""Commit headers and messages as a frame, read raw by one ``git cat-file --batch`` process.

A commit that is missing is told by its id; ``gitinsight.git.rawcommit`` reads what an object says.
"""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import IO

import polars as pl

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.errors import SourceDamaged
from gitinsight.git import command
from gitinsight.git.damage import damaged, missing
from gitinsight.git.rawcommit import RawCommit, parse

Progress = Callable[[int, int], None]

RAW_COMMITS = schema_of(columns.RAW_COMMITS, pl)

_AS_READ = pl.Schema(
    {**RAW_COMMITS, "parents": pl.String(), "authored_at": pl.Int64(), "committed_at": pl.Int64()}
)
_CHUNK_BYTES = 4 << 20


def ignore_progress(done: int, total: int) -> None:
    """The progress callback of those who do not look."""


def read_commits(git_dir: Path, commits: Sequence[str], progress: Progress = ignore_progress) -> pl.DataFrame:
    """All rows that ``stream_commits`` gives; ``progress(done, total)`` counts commits."""
    frames = [RAW_COMMITS.to_frame()]
    done = 0
    for frame in stream_commits(git_dir, commits):
        frames.append(frame)
        done += frame.height
        progress(done, len(commits))
    return pl.concat(frames)


def stream_commits(git_dir: Path, commits: Sequence[str]) -> Iterator[pl.DataFrame]:
    """The commits' rows in the order given, with the columns of ``RAW_COMMITS``, a few megabytes at a time.

    Raises SourceDamaged with the name of a commit that is missing or broken.
    """
    for rows in _chunks(_raw_commits(git_dir, commits)):
        yield _frame(rows)


def _raw_commits(git_dir: Path, commits: Sequence[str]) -> Iterator[RawCommit]:
    """The parsed objects, in the order asked for; git reads the ids from a file, so no pipe can block."""
    with tempfile.TemporaryFile() as wanted, tempfile.TemporaryFile() as complaints:
        wanted.write("".join(f"{commit}\n" for commit in commits).encode())
        wanted.seek(0)
        process = command.start(git_dir, "cat-file", "--batch", "--buffer", stdin=wanted, stderr=complaints)
        try:
            with _wide_reader(process) as stream:
                for commit in commits:
                    content = _read_object(stream, commit)
                    if content is None:
                        process.wait()
                        complaints.seek(0)
                        raise damaged(complaints.read(), near=commit)
                    yield parse(commit, content)
        finally:
            command.end(process)


def _wide_reader(process: subprocess.Popen[bytes]) -> IO[bytes]:
    """The process's output through a buffer that saves system calls."""
    assert process.stdout is not None
    return open(process.stdout.fileno(), "rb", buffering=1 << 20, closefd=False)


def _read_object(stream: IO[bytes], commit: str) -> bytes | None:
    """The next object's bytes; None where git stopped before its end."""
    header = stream.readline()
    if header.endswith(b" missing\n"):
        raise missing(commit)
    if not header.endswith(b"\n"):
        return None
    _, kind, size = header.split()
    content = stream.read(int(size) + 1)
    if len(content) <= int(size):
        return None
    if kind != b"commit":
        raise SourceDamaged(f"The object {commit} is not a commit.", object=commit)
    return content[:-1]


def _chunks(rows: Iterator[RawCommit]) -> Iterator[list[RawCommit]]:
    """Groups of rows that hold a few megabytes of text each, so that memory stays bounded."""
    chunk: list[RawCommit] = []
    size = 0
    for row in rows:
        chunk.append(row)
        size += 200 + len(row[-1]) + len(row[-2])
        if size >= _CHUNK_BYTES:
            yield chunk
            chunk, size = [], 0
    if chunk:
        yield chunk


def _frame(rows: Sequence[RawCommit]) -> pl.DataFrame:
    columns = dict(zip(RAW_COMMITS, map(list, zip(*rows, strict=True)), strict=True))
    frame = pl.DataFrame(columns, schema=_AS_READ)
    return frame.with_columns(pl.col("parents").str.extract_all(r"\S+")).cast(RAW_COMMITS)
