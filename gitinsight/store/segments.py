"""The history files of a repository: Parquet segments that are written once and never changed.

There are rows of several kinds, each in segments of its own: the commits, their changes, where their
lines come from. A segment's name carries the version of the columns, its kind and its content's digest. A file that is half written,
damaged or of another version does not match and counts as absent: its commits are simply not known,
and the next reading writes them again.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path

import fsspec
import polars as pl
from fsspec.implementations.local import LocalFileSystem

from gitinsight.domain import columns
from gitinsight.domain.columns import schema_of
from gitinsight.errors import ConfigurationError

VERSION = 2


class Kind(StrEnum):
    """What the rows of a segment are."""

    COMMITS = "commits"
    CHANGES = "changes"
    HUNKS = "hunks"


SCHEMAS: Mapping[Kind, pl.Schema] = {
    Kind.COMMITS: schema_of(columns.RAW_COMMITS, pl),
    Kind.CHANGES: schema_of(columns.RAW_CHANGES, pl),
    Kind.HUNKS: schema_of(columns.RAW_HUNKS, pl),
}
"""The columns of this version; other columns need another version."""

_NO_COMMITS = pl.Series("commit", [], dtype=pl.String)

_ROW = {Kind.COMMITS: "commit", Kind.CHANGES: "path", Kind.HUNKS: "parent"}
"""The column that is never null in a row; a commit that has no rows stands there with a null."""

_NAME = re.compile(
    rf"^v{VERSION}-(?P<number>\d{{8}})-(?P<kind>{'|'.join(Kind)})-[0-9a-f]{{8}}-(?P<digest>[0-9a-f]{{32}})"
    r"\.parquet$"
)


@dataclass(frozen=True, slots=True)
class _Segment:
    """A closed file by its path in its store, and its commits; ``own`` are those that no older one has."""

    number: int
    path: str
    commits: pl.Series
    own: pl.Series


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

    def known(self, kind: Kind) -> pl.Series:
        """The commits whose rows of this kind are stored whole, each once."""
        return pl.concat([_NO_COMMITS, *(segment.own for segment in self._segments[kind])])

    def scan(self, kind: Kind) -> pl.LazyFrame:
        """All stored rows of the kind, oldest segment first; a commit's rows come from one segment."""
        own = [self._own_rows(segment) for segment in self._segments[kind]]
        rows = pl.concat([SCHEMAS[kind].to_frame().lazy(), *own])
        return rows.filter(pl.col(_ROW[kind]).is_not_null())

    def append(self, kind: Kind, rows: pl.DataFrame, commits: pl.Series) -> None:
        """Write one segment with all rows that these commits have; ValueError for other columns."""
        if rows.schema != SCHEMAS[kind]:
            raise ValueError(f"The columns are not those of {kind} in version {VERSION}.")
        if commits.is_empty():
            return
        content = _parquet(pl.concat([rows, _empty_handed(rows, commits)]))
        segments = self._segments[kind]
        number = max((segment.number for segment in segments), default=0) + 1
        name = f"v{VERSION}-{number:08d}-{kind}-{secrets.token_hex(4)}-{_digest(content)}.parquet"
        path = f"{self._root}/{name}"
        self._store.makedirs(self._root, exist_ok=True)
        self._write(path, content)
        segments.append(_segment(number, path, commits, self.known(kind)))

    def remove(self) -> None:
        """Delete all files of the repository, of any version."""
        if self._store.exists(self._root):
            self._store.rm(self._root, recursive=True)
        self.__dict__.pop("_segments", None)

    @cached_property
    def _segments(self) -> dict[Kind, list[_Segment]]:
        """The whole segments of each kind, oldest first."""
        found: dict[Kind, list[_Segment]] = {kind: [] for kind in Kind}
        for path in self._paths():
            name = _NAME.match(path.rpartition("/")[2])
            content = self._content(path) if name else None
            if name is None or content is None or _digest(content) != name["digest"]:
                continue
            kind = Kind(name["kind"])
            commits = pl.read_parquet(io.BytesIO(content), columns=["commit"])["commit"].unique()
            older = pl.concat([_NO_COMMITS, *(segment.own for segment in found[kind])])
            found[kind].append(_segment(int(name["number"]), path, commits, older))
        return found

    def _paths(self) -> list[str]:
        self._store.invalidate_cache(self._root)
        if not self._store.exists(self._root):
            return []
        return sorted(str(path) for path in self._store.ls(self._root, detail=False))

    def _content(self, path: str) -> bytes | None:
        try:
            content: bytes = self._store.cat_file(path)
        except FileNotFoundError:
            return None
        return content

    def _own_rows(self, segment: _Segment) -> pl.LazyFrame:
        """The segment's rows without those of commits that an older segment has."""
        if isinstance(self._store, LocalFileSystem):
            rows = pl.scan_parquet(segment.path, glob=False)
        else:
            rows = pl.read_parquet(io.BytesIO(self._store.cat_file(segment.path))).lazy()
        if len(segment.own) == len(segment.commits):
            return rows
        return rows.join(segment.own.to_frame().lazy(), on="commit", how="semi", maintain_order="left")

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


def without(commits: pl.Series, others: pl.Series) -> pl.Series:
    """The commits that are not among the others, in their order."""
    named = others.rename("commit").to_frame()
    return (
        commits.rename("commit")
        .to_frame()
        .join(named, on="commit", how="anti", maintain_order="left")["commit"]
    )


def _segment(number: int, path: str, commits: pl.Series, older: pl.Series) -> _Segment:
    return _Segment(number, path, commits.rename("commit"), without(commits, older))


def _empty_handed(rows: pl.DataFrame, commits: pl.Series) -> pl.DataFrame:
    """A row for each commit that has none, null but for the commit."""
    bare = without(commits, rows["commit"]).to_frame()
    others = [pl.lit(None, dtype=kind).alias(name) for name, kind in rows.schema.items() if name != "commit"]
    return bare.select("commit", *others).select(rows.columns)


def _parquet(frame: pl.DataFrame) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, compression="zstd")
    return buffer.getvalue()


def _digest(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()[:32]
