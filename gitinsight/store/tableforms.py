"""The forms that an export's tables can have: Parquet and CSV, a file a table, and one DuckDB database."""

from __future__ import annotations

import glob
from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

import polars as pl

from gitinsight.domain.tables import Table

if TYPE_CHECKING:
    import duckdb

_ROWS_AT_ONCE = 50_000
_TIME = "%Y-%m-%dT%H:%M:%S%.fZ"


class TableFiles(ABC):
    """Tables written into an empty folder; ``about`` is told in files that can hold it."""

    package: ClassVar[str] = ""
    """The optional package that this form needs, which is an extra of the same name."""
    beside: ClassVar[tuple[str, ...]] = ()
    """Files that other programs may have left beside an older export and that belong to that one only."""

    def __init__(self, folder: Path, about: Mapping[str, str]) -> None:
        self._folder = folder
        self._about = about

    @staticmethod
    @abstractmethod
    def name_of(table: str) -> str:
        """The name of the file that holds a table."""

    @abstractmethod
    def write(self, table: Table, frame: pl.DataFrame) -> None:
        """Write one table whole."""

    def close(self) -> None:  # noqa: B027 - most forms hold nothing open
        """Let go of all files."""


class ParquetFiles(TableFiles):
    """``<table>.parquet``, compressed by zstd; texts that repeat are stored once (dictionary encoding)."""

    @staticmethod
    def name_of(table: str) -> str:
        return f"{table}.parquet"

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        frame.write_parquet(
            self._folder / self.name_of(table.name), compression="zstd", metadata=dict(self._about)
        )


class CsvFiles(TableFiles):
    """``<table>.csv`` in UTF-8 as of RFC 4180, with lines that end by a line feed.

    A null is an empty field, an empty text is ``""``; times are ISO 8601 in UTC, lists are joined by
    spaces, bytes are hex.
    """

    @staticmethod
    def name_of(table: str) -> str:
        return f"{table}.csv"

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        with (self._folder / self.name_of(table.name)).open("wb") as file:
            _texts(frame.clear()).write_csv(file)
            for part in frame.iter_slices(_ROWS_AT_ONCE):
                _texts(part).write_csv(file, include_header=False)


def _texts(frame: pl.DataFrame) -> pl.DataFrame:
    """The frame with texts in place of what CSV has no form for."""
    return frame.with_columns(
        pl.selectors.datetime().dt.strftime(_TIME),
        pl.selectors.by_dtype(pl.List(pl.String)).list.join(" "),
        pl.selectors.binary().bin.encode("hex"),
    )


class DuckdbFile(TableFiles):
    """``gitinsight.duckdb`` with all tables, their titles and their columns' meanings as comments.

    Each table goes through a Parquet file beside the database, which DuckDB reads piece by piece.
    """

    package = "duckdb"
    beside = ("gitinsight.duckdb.wal",)

    def __init__(self, folder: Path, about: Mapping[str, str]) -> None:
        super().__init__(folder, about)
        self._opened: duckdb.DuckDBPyConnection | None = None

    @staticmethod
    def name_of(table: str) -> str:  # noqa: ARG004
        return "gitinsight.duckdb"

    @property
    def _database(self) -> duckdb.DuckDBPyConnection:
        if self._opened is None:
            import duckdb

            # No form of ours needs an extension, and nothing is ever fetched.
            self._opened = duckdb.connect(
                self._folder / self.name_of(""),
                config={"autoinstall_known_extensions": "false", "autoload_known_extensions": "false"},
            )
        return self._opened

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        between = self._folder / f"{table.name}.parquet"
        frame.write_parquet(between, compression="zstd")
        name, source = _name(table.name), _text(glob.escape(str(between)))
        self._database.execute(f"CREATE TABLE {name} AS FROM read_parquet({source})")
        between.unlink()
        about = ", ".join(f"{key} {value}" for key, value in self._about.items())
        self._database.execute(f"COMMENT ON TABLE {name} IS {_text(f'{table.title} ({about})')}")
        for column in table.columns:
            self._database.execute(
                f"COMMENT ON COLUMN {name}.{_name(column.name)} IS {_text(column.meaning)}"
            )

    def close(self) -> None:
        if self._opened is not None:
            self._opened.close()
            self._opened = None


def _name(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'


def _text(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
