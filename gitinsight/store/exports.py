"""A folder that tables are exported into: all of them appear at once, when all have been written.

Files are written in a folder of their own inside of it and moved to their names at the end, so that an
export that fails or is killed leaves the one before it as it was. Whatever else lies in the folder is
not touched.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from gitinsight.domain.tables import Table
from gitinsight.errors import ConfigurationError, ExportRefused
from gitinsight.store.tableforms import CsvFiles, DuckdbFile, ParquetFiles, TableFiles

if TYPE_CHECKING:
    import polars as pl

FILES: Mapping[str, type[TableFiles]] = {
    "parquet": ParquetFiles,
    "csv": CsvFiles,
    "duckdb": DuckdbFile,
}
_PREFIX = ".gitinsight-export-"


class ExportFolder:
    """The files of one export on their way; ``paths`` names where each written table will be."""

    def __init__(self, folder: Path, files: TableFiles) -> None:
        self._folder = folder
        self._files = files
        self.paths: dict[str, Path] = {}

    def write(self, table: Table, frame: pl.DataFrame) -> None:
        """Write a table, whose rows are of its columns."""
        self._files.write(table, frame)
        self.paths[table.name] = self._folder / self._files.name_of(table.name)


def check_folder(folder: Path, form: str, tables: Sequence[str]) -> None:
    """Refuse what can never be written to, before anything has been worked out.

    Raises ExportRefused with what is wrong, ConfigurationError where the form needs a missing package.
    """
    kind = FILES[form]
    if kind.package and find_spec(kind.package) is None:
        raise ConfigurationError(
            f"The form {form} needs a package that is missing: pip install 'gitinsight[{kind.package}]'."
        )
    there = folder
    while not there.exists() and there != there.parent:
        there = there.parent
    if not there.is_dir():
        raise ExportRefused(f"{there} is a file; give a folder to export into.")
    if not os.access(there, os.W_OK | os.X_OK):
        raise ExportRefused(f"The folder {there} cannot be written to.")
    for name in map(kind.name_of, tables):
        if (folder / name).is_dir():
            raise ExportRefused(f"{folder / name} is a folder, where the export has a file to write.")


@contextmanager
def open_export(
    folder: Path, form: str, tables: Sequence[str], about: Mapping[str, str]
) -> Iterator[ExportFolder]:
    """An export of these tables, published when the block ends without an error.

    ``about`` goes into files that can hold it. A table of the list that was not written has no file
    afterwards, so that no older one stands beside newer ones. Raises ExportRefused where another export
    writes into the folder.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with _locked(folder):
        for left_over in folder.glob(f"{_PREFIX}*"):
            shutil.rmtree(left_over, ignore_errors=True)
        with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=folder) as name:
            files = FILES[form](Path(name), about)
            export = ExportFolder(folder, files)
            try:
                yield export
            finally:
                files.close()
            _publish(Path(name), folder, {*map(files.name_of, tables), *files.beside})


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    """Hold the folder for one export; nothing is written to it, and the system ends the lock with us."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError as error:
        os.close(descriptor)
        raise ExportRefused(f"Another export is writing into {folder}.") from error
    try:
        yield
    finally:
        os.close(descriptor)


def _publish(staged: Path, folder: Path, names: set[str]) -> None:
    written = {path.name for path in staged.iterdir()}
    for name in written:
        with (staged / name).open("rb") as file:
            os.fsync(file.fileno())
    for name in names - written:
        (folder / name).unlink(missing_ok=True)
    for name in sorted(written):
        (staged / name).replace(folder / name)
