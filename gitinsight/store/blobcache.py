"""What analyzers found out about blobs, remembered in one SQLite file.

Losing it costs time and nothing else: a file that turns out to be corrupt is deleted and begun anew,
and a write that fails is logged and forgotten. Several processes may use one file at once.
"""

from __future__ import annotations

import contextlib
import json
import logging
import sqlite3
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, TypeVar

_T = TypeVar("_T")
_log = logging.getLogger(__name__)
_BUSY_SECONDS = 30.0
_ASKED_AT_ONCE = 500
_BROKEN = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
_SCHEMA = """
CREATE TABLE IF NOT EXISTS blob_results (
    analyzer_key TEXT NOT NULL,
    blob TEXT NOT NULL,
    result BLOB NOT NULL,
    PRIMARY KEY (analyzer_key, blob)
) WITHOUT ROWID
"""


class SqliteBlobCache:
    """Implements ``gitinsight.domain.history.BlobCache``; opened at first use by the process that uses it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._connection: sqlite3.Connection | None = None

    def get_many(self, analyzer_key: str, blobs: Sequence[str]) -> dict[str, Any]:
        """The remembered results by blob; blobs that are not known are left out."""
        rows = self._tolerating(lambda db: list(_select(db, analyzer_key, blobs)))
        found = {}
        for blob, packed in rows or ():
            with contextlib.suppress(zlib.error, ValueError):
                found[blob] = json.loads(zlib.decompress(packed))
        return found

    def put_many(self, analyzer_key: str, results: Mapping[str, Any]) -> None:
        """Remember results (plain JSON) by blob, replacing older ones."""
        rows = [(analyzer_key, blob, zlib.compress(_json(result), 3)) for blob, result in results.items()]
        self._tolerating(lambda db: _insert(db, rows))

    def close(self) -> None:
        """Close the file; the next use opens it again."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _tolerating(self, use: Callable[[sqlite3.Connection], _T]) -> _T | None:
        """What ``use`` returns; after corruption once more on a new file; None where SQLite cannot."""
        for attempt in (1, 2):
            try:
                return use(self._open())
            except sqlite3.DatabaseError as error:
                if attempt == 1 and getattr(error, "sqlite_errorcode", 0) & 0xFF in _BROKEN:
                    _log.warning("The blob cache %s is corrupt (%s) and is begun anew.", self._path, error)
                    self._discard()
                    continue
                _log.warning("The blob cache %s cannot be used now: %s.", self._path, error)
                self.close()
                return None
        return None

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(
                self._path, timeout=_BUSY_SECONDS, isolation_level=None, check_same_thread=False
            )
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = NORMAL")
            self._connection.execute(_SCHEMA)
        return self._connection

    def _discard(self) -> None:
        self.close()
        for suffix in ("", "-wal", "-shm"):
            Path(f"{self._path}{suffix}").unlink(missing_ok=True)


def _select(db: sqlite3.Connection, analyzer_key: str, blobs: Sequence[str]) -> Iterator[tuple[str, bytes]]:
    for start in range(0, len(blobs), _ASKED_AT_ONCE):
        asked = blobs[start : start + _ASKED_AT_ONCE]
        marks = ",".join("?" * len(asked))
        # Only question marks are put into the statement's text.
        statement = f"SELECT blob, result FROM blob_results WHERE analyzer_key = ? AND blob IN ({marks})"  # noqa: S608
        yield from db.execute(statement, [analyzer_key, *asked])


def _insert(db: sqlite3.Connection, rows: Iterable[tuple[str, str, bytes]]) -> None:
    db.execute("BEGIN IMMEDIATE")
    try:
        db.executemany("INSERT OR REPLACE INTO blob_results VALUES (?, ?, ?)", rows)
        db.execute("COMMIT")
    except BaseException:
        with contextlib.suppress(sqlite3.Error):
            db.execute("ROLLBACK")
        raise


def _json(result: Any) -> bytes:
    return json.dumps(result, separators=(",", ":")).encode()
