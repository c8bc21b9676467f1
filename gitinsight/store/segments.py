"""The history files of a repository: commits and file changes in Parquet, a pair of files a sync.

A segment's name carries the version of the columns and the digests of both files. A file that is
half written, damaged or of another version does not match and counts as absent: its commits are
simply not known, and the next sync writes them again. Nothing is ever changed in place.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.errors import ConfigurationError

VERSION = 1
COMMITS = schema_of(columns.RAW_COMMITS, pl)
CHANGES = schema_of(columns.RAW_CHANGES, pl)
"""The columns of version 1; other columns need another version."""

_NAME = re.compile(
    r"^(?P<stem>v(?P<version>\d+)-(?P<number>\d{8})-[0-9a-f]{8})-(?P<commits>[0-9a-f]{32})-(?P<changes>[0-9a-f]{32})"
    r"\.commits\.parquet$"
)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A closed pair of files by the paths in their store, and the commits that are its own."""

    number: int
    commits: str
    changes: str
    ids: frozenset[str]


class Segments:
    """The segments under a folder or an object store's URL, such as ``s3://bucket/history/<id>``.

    One instance reads the list of segments once; ``append`` keeps it current.
    """

    def __init__(self, root_url: str) -> None:
        try:
            self._store, root = fsspec.core.url_to_fs(root_url)
        except (ValueError, ImportError) as error:
            raise ConfigurationError(
                f"GITINSIGHT_HISTORY_URL: this store cannot be opened, {error}."
            ) from error
        self._root = str(root).rstrip("/")

    def known(self) -> set[str]:
        """The commits whose header and changes are both stored whole."""
        return {commit for segment in self._segments for commit in segment.ids}

    def commits(self) -> pl.DataFrame:
        """All stored commits, each once, with the columns of ``COMMITS``."""
        return pl.concat([COMMITS.to_frame(), *self._own_rows("commits")])

    def changes(self) -> pl.DataFrame:
        """All stored changes with the columns of ``CHANGES``; those of a commit come from one segment."""
        return pl.concat([CHANGES.to_frame(), *self._own_rows("changes")])

    def append(self, commits: pl.DataFrame, changes: pl.DataFrame) -> None:
        """Write one segment with these commits and all of their changes; ValueError for other columns.

        The changes are written first: the file of commits closes the segment.
        """
        if commits.schema != COMMITS or changes.schema != CHANGES:
            raise ValueError(f"The columns are not those of version {VERSION}.")
        if commits.is_empty():
            return
        header, body = _parquet(commits), _parquet(changes)
        number = max((segment.number for segment in self._segments), default=0) + 1
        stem = f"v{VERSION}-{number:08d}-{secrets.token_hex(4)}"
        base = f"{self._root}/{stem}-{_digest(header)}-{_digest(body)}"
        self._store.makedirs(self._root, exist_ok=True)
        self._write(f"{base}.changes.parquet", body)
        self._write(f"{base}.commits.parquet", header)
        new = frozenset(commits["commit"]) - self.known()
        self._segments.append(_Segment(number, f"{base}.commits.parquet", f"{base}.changes.parquet", new))

    def remove(self) -> None:
        """Delete all files of the repository, of any version."""
        if self._store.exists(self._root):
            self._store.rm(self._root, recursive=True)
        self._segments.clear()

    @cached_property
    def _segments(self) -> list[_Segment]:
        """The whole segments, oldest first, each with the commits that no older one has."""
        found: list[_Segment] = []
        seen: set[str] = set()
        for path in self._paths():
            segment = self._open(path, seen)
            if segment is not None:
                found.append(segment)
                seen |= segment.ids
        return found

    def _paths(self) -> list[str]:
        self._store.invalidate_cache(self._root)
        if not self._store.exists(self._root):
            return []
        return sorted(str(path) for path in self._store.ls(self._root, detail=False))

    def _open(self, path: str, seen: set[str]) -> _Segment | None:
        """The segment that this file of commits closes, None where either file is not what its name says."""
        name = _NAME.match(path.rpartition("/")[2])
        if name is None or int(name["version"]) != VERSION:
            return None
        changes = path.removesuffix(".commits.parquet") + ".changes.parquet"
        header = self._read(path, name["commits"])
        if header is None or self._read(changes, name["changes"]) is None:
            return None
        ids = pl.read_parquet(io.BytesIO(header), columns=["commit"])["commit"]
        return _Segment(int(name["number"]), path, changes, frozenset(ids) - seen)

    def _read(self, path: str, digest: str) -> bytes | None:
        try:
            content: bytes = self._store.cat_file(path)
        except FileNotFoundError:
            return None
        return content if _digest(content) == digest else None

    def _own_rows(self, kind: str) -> Iterator[pl.DataFrame]:
        """The frames of the segments, without rows of commits that an older segment has."""
        for segment in self._segments:
            path = segment.commits if kind == "commits" else segment.changes
            frame = pl.read_parquet(io.BytesIO(self._store.cat_file(path)))
            own = pl.DataFrame({"commit": list(segment.ids)}, schema={"commit": pl.String})
            yield frame.join(own, on="commit", how="semi", maintain_order="left")

    def _write(self, path: str, content: bytes) -> None:
        """Write a file so that it is there whole or not at all: object stores put so, a disk renames."""
        if not isinstance(self._store, LocalFileSystem):
            self._store.pipe_file(path, content)
            return
        temporary = Path(f"{path}.{secrets.token_hex(4)}.tmp")
        with temporary.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
